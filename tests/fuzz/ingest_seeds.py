# SPDX-License-Identifier: Apache-2.0
"""Seeds of tests/fuzz/fuzz_ingest.c: a letter for the language, what the definition says, and the document's text."""

CONDITIONS = ["ctx.text == 'x'", "ctx?.a?.b != null && ctx.text.length() < 20", "ctx.a.b[0].c >= 1 || !ctx.t",
              "ctx.text instanceof String", "ctx['text'].contains(\"a\")", "ctx.containsKey('n')", "ctx.a.b.size() > 1",
              "(ctx.n == 1.5)", "ctx.text.startsWith('\\u00e4')", "'open", "ctx.", "((((", "1 == 1L"]
DATES = [("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2026-11-28T06:00:00.123+01:00"), ("ISO8601", "2026-11-28"), ("UNIX", "1.5"),
         ("UNIX_MS", "1795840611302"), ("EEE, dd MMM yyyy 'at' hh:mm a", "Sat, 28 Nov 2026 at 06:00 AM"),
         ("yyyy 'open", "2026"), ("yyyy''", "2026'"), ("d/M/uu", "1/2/03"), ("yyyyyyyyyy", "1"), ("HH", "+05:30")]
TEMPLATES = ["{{text}}", "a {{{a.b.0.c}}} b", "{{_ingest.timestamp}}", "{{#a}}x{{/a}}", "{{", "}}", "{{{a}}", "{{ n }}"]
PATTERNS = ["[ab]+", "(?<n>x)|y", "\\p{L}", "(a+)+$", "(", "^", "\\bword\\b", "a{2,}", "\\Qx\\E"]
PATHS = ["a.b.0.c", "new.path.here", "_ingest.x", "a.b.9", "a..b", ".", "n.x", "_source.text", "a.b"]
LETTERS = ["<p>Fine &amp; <b>well</b></p><!-- x --><script>1</script>", " \u00df\u0130 \U0001f600 ",
           "&#x41;&#65;&;&#xffffffff;", "<br/><", "<a href='>'>x</a>"]


def seeds():
    for letter, definitions in (("c", CONDITIONS), ("t", TEMPLATES), ("r", PATTERNS), ("p", PATHS)):
        for definition in definitions:
            for text in ("", "aab x word", "\u00e4 \u6771\u4eac"):
                yield f"{letter}{definition}\n{text}".encode()
    for definition, text in DATES:
        yield f"d{definition}\n{text}".encode()
    for text in LETTERS:
        yield f"l\n{text}".encode()
