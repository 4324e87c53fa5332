# SPDX-License-Identifier: Apache-2.0
"""What must not be written, and what must: calls, licence lines, comments, names of places."""

import re

import tree

BANNED_CALLS = (
    "strcpy strcat stpcpy sprintf vsprintf gets atoi atol atoll atof strtok "
    "system popen alloca tmpnam tempnam mktemp"
).split()
SOURCES = {".c", ".h", ".cc", ".py", ".sh", ".cmake"}


def word(*parts):
    """A pattern put together from pieces, so that this file does not hold the word itself."""
    return "".join(parts)


# Machines and places that a reader of the repository does not have.
PLACES = [
    word(r"(?<![\w.<>-])/wo", r"rk/"),
    word(r"/ro", r"ot/"),
    word(r"/ho", r"me/\w"),
    word(r"/t", r"mp/[vbp][/-]"),
    word(r"/opt/(wh", r"eels|py", r"pi)"),
    word(r"\.py", r"env"),
]
# Hosts of package registries and model hubs: which one is used is the user's configuration.
HOSTS = [
    word(r"py", r"pi\.org"),
    word(r"python", r"hosted\.org"),
    word(r"download\.py", r"torch\.org"),
    word(r"npm", r"js\.org"),
    word(r"(deb|security)\.deb", r"ian\.org"),
    word(r"archive\.ub", r"untu\.com"),
    word(r"huggingface", r"\.co\b"),
    word(r"\bcon", r"da\.anaconda"),
]
UNFINISHED = [word("TO", "DO"), word("FIX", "ME"), word("XX", "X"), word("HA", "CK")]


def lines_with(root, paths, pattern, what, flags=0):
    complaints = []
    for path in paths:
        text = tree.read(root, path)
        if not re.search(pattern, text, flags | re.MULTILINE):  # a whole file is read faster than its lines
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if re.search(pattern, line, flags):
                complaints.append(f"{path}:{number}: {what}: {line.strip()[:80]}")
    return complaints


def check_banned_calls(root):
    pattern = re.compile(r"(?<![\w.>])(%s)\s*\(" % "|".join(BANNED_CALLS))
    complaints = []
    for path in tree.files(root, suffixes=tree.C_SUFFIXES):
        text = tree.read(root, path)
        if not pattern.search(text):
            continue
        for number, line in enumerate(tree.without_comments(text).split("\n"), 1):
            match = pattern.search(line)
            if match:
                complaints.append(f"{path}:{number}: {match.group(1)} is banned")
    return complaints


def sources(root):
    scripts = [p for p in tree.files(root) if p.startswith(("scripts/", ".ci/"))]
    return sorted(set(tree.files(root, suffixes=SOURCES) + scripts))


def check_licence(root):
    return [
        f"{path}: no SPDX line near its top"
        for path in sources(root)
        if not path.endswith(".sha256")
        and "SPDX-License-Identifier: Apache-2.0" not in "\n".join(tree.read(root, path).split("\n")[:30])
    ]


def check_opening_comment(root):
    """A .c, .cc or .h file opens by saying what it is."""
    complaints = []
    for path in tree.files(root, suffixes=tree.C_SUFFIXES):
        text = tree.read(root, path).replace("/* SPDX-License-Identifier: Apache-2.0 */", "")
        text = text.replace("// SPDX-License-Identifier: Apache-2.0", "").lstrip()
        if not text.startswith(("/*", "//")):
            complaints.append(f"{path}: does not open with a comment that says what it is")
    return complaints


def check_declarations(root):
    """A function that a header declares has a comment, its own or that of its group of lines."""
    complaints = []
    for path in tree.files(root, "include", {".h"}) + tree.files(root, "src", {".h"}):
        text, line = tree.read(root, path), 1
        for group in re.split(r"(\n[ \t]*\n)", text):
            code = tree.without_comments(group)
            declared = re.search(r"^(?!static|typedef|#)[a-z][\w \*]*?\b(\w+)\([^;{]*\)[^;{]*;", code, re.M)
            if declared and "/*" not in group and "//" not in group:
                complaints.append(f"{path}:{line}: {declared.group(1)} has no comment")
            line += group.count("\n")
    return complaints


def check_places(root):
    complaints = []
    paths = [p for p in tree.files(root) if p != "LICENSE"]
    for pattern in PLACES:
        complaints += lines_with(root, paths, pattern, "names a place of one machine")
    for pattern in HOSTS:
        complaints += lines_with(root, paths, pattern, "names a registry's host", re.I)
    return complaints


def check_unfinished(root):
    return lines_with(root, sources(root) + tree.files(root, suffixes={".md", ".txt", ".yml"}),
                      r"\b(%s)\b" % "|".join(UNFINISHED), "is unfinished")


def check_line_lengths(root):
    """clang-format keeps C; scripts and Python keep to 120 columns."""
    paths = [p for p in sources(root) if not p.endswith((".c", ".h", ".cc", ".sha256"))]
    return lines_with(root, paths, ".{121,}", "is longer than 120 columns")


CHECKS = {
    check_banned_calls: {"src/base/a.c": "/* a */\nint f(void)\n{\n    return at" + "oi(x);\n}\n"},
    check_licence: {"src/base/a.c": "/* a.c - nothing. */\n"},
    check_opening_comment: {"src/base/a.c": "/* SPDX-License-Identifier: Apache-2.0 */\nint a;\n"},
    check_declarations: {"include/inferd/a.h": "/* a.h */\n\nint inf_a(int b,\n          int c);\n"},
    check_unfinished: {"docs/a.md": UNFINISHED[0] + ": write this\n"},
    check_line_lengths: {"scripts/a": "x" * 121 + "\n"},
}


def test_the_repository():
    for check in [*CHECKS, check_places]:
        tree.report(check(tree.ROOT))


def test_bad_samples_are_seen():
    for check, sample in CHECKS.items():
        with tree.Sample(sample) as root:
            assert len(check(root)) == 1, check.__name__


def test_places_are_seen():
    texts = ["/wo" + "rk/main", "/ro" + "ot/x", "/t" + "mp/v/V", "https://py" + "pi.org/simple",
             "/opt/wh" + "eels", "python" + "hosted.org"]
    for text in texts:
        with tree.Sample({"docs/a.md": f"see {text}\n"}) as root:
            assert len(check_places(root)) == 1, text


def test_good_samples_are_not_blamed():
    good = (
        "/* SPDX-License-Identifier: Apache-2.0 */\n/* a.h - calls no str" + "cpy(a, b). */\n\n"
        "int inf_a(void); /* what it does */\nint inf_b(void);\n\nstruct inf_c {\n    int d;\n};\n"
    )
    with tree.Sample({"include/inferd/a.h": good}) as root:
        for check in [*CHECKS, check_places]:
            assert check(root) == [], check.__name__
    with tree.Sample({"src/base/a.c": "int f(void)\n{\n    snprintf(a, 1, b);\n    inf_rand(1);\n}\n"}) as root:
        assert check_banned_calls(root) == []


if __name__ == "__main__":
    tree.main(globals())
