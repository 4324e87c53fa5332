# SPDX-License-Identifier: Apache-2.0
"""What each ingest processor does to a document (compatibility 12), by _simulate."""

from support.pipelines import reason, refusal, simulate, source

ILLEGAL = "illegal_argument_exception"

# processor, document, document afterwards
DONE = [
    ({"set": {"field": "a.b", "value": 1}}, {}, {"a": {"b": 1}}),
    ({"set": {"field": "a", "value": {"x": ["{{b}}", {"y": "{{{ c.0 }}}-{{none}}"}]}}}, {"b": 1.5, "c": ["<z>"]},
     {"b": 1.5, "c": ["<z>"], "a": {"x": ["1.5", {"y": "<z>-"}]}}),
    ({"set": {"field": "{{name}}", "value": True}}, {"name": "x.y"}, {"name": "x.y", "x": {"y": True}}),
    ({"set": {"field": "a", "copy_from": "b"}}, {"b": {"c": [1]}}, {"b": {"c": [1]}, "a": {"c": [1]}}),
    ({"set": {"field": "a", "value": 2, "override": False}}, {"a": 1}, {"a": 1}),
    ({"set": {"field": "a", "value": 2, "override": False}}, {"a": None}, {"a": 2}),
    ({"set": {"field": "a", "value": "{{none}}", "ignore_empty_value": True}}, {"a": 1}, {"a": 1}),
    ({"set": {"field": "l.1", "value": "new"}}, {"l": [1, 2]}, {"l": [1, "new"]}),
    ({"set": {"field": "_source.a", "value": 9007199254740993}}, {}, {"a": 9007199254740993}),
    ({"append": {"field": "a", "value": [2, 3]}}, {"a": 1}, {"a": [1, 2, 3]}),
    ({"append": {"field": "a", "value": ["{{b}}"]}}, {"b": "x"}, {"b": "x", "a": ["x"]}),
    ({"append": {"field": "a", "value": [1, 2], "allow_duplicates": False}}, {"a": [1]}, {"a": [1, 2]}),
    ({"append": {"field": "a", "copy_from": "b"}}, {"a": 1, "b": [2, ""]}, {"a": [1, 2, ""], "b": [2, ""]}),
    ({"append": {"field": "a", "copy_from": "b.c"}}, {"b": {"c": "x"}}, {"b": {"c": "x"}, "a": ["x"]}),
    ({"append": {"field": "a", "copy_from": "b", "ignore_empty_values": True}}, {"b": ["", None, 0]},
     {"b": ["", None, 0], "a": [0]}),
    ({"append": {"field": "a", "copy_from": "none", "ignore_empty_values": True}}, {}, {}),
    ({"append": {"field": "a", "value": ["{{b}}", ""], "ignore_empty_values": True}}, {"b": ""}, {"b": ""}),
    ({"remove": {"keep": ["a", "b.c", "n.{{a}}"]}},
     {"a": "x", "b": {"c": {"d": 1}, "e": 2}, "n": {"x": 1, "y": 2}, "z": 1},
     {"a": "x", "b": {"c": {"d": 1}}, "n": {"x": 1}}),
    ({"remove": {"keep": "a.0"}}, {"a": [1, 2], "ab": 1}, {"a": [1, 2]}),
    ({"remove": {"keep": "none"}}, {"a": 1, "b": {"c": 2}}, {}),
    ({"remove": {"field": ["a", "b.c"]}}, {"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"d": 3}}),
    ({"remove": {"field": ["none", "a"], "ignore_missing": True}}, {"a": 1}, {}),
    ({"remove": {"field": "l.0"}}, {"l": [1, 2]}, {"l": [2]}),
    ({"rename": {"field": "a", "target_field": "b.c"}}, {"a": [1]}, {"b": {"c": [1]}}),
    ({"rename": {"field": "none", "target_field": "b", "ignore_missing": True}}, {"a": 1}, {"a": 1}),
    ({"rename": {"field": "a", "target_field": "b", "override": True}}, {"a": 1, "b": 2}, {"b": 1}),
    ({"lowercase": {"field": "a"}}, {"a": "ÄB İ"}, {"a": "äb i"}),
    ({"lowercase": {"field": "a", "target_field": "b"}}, {"a": ["A", "B"]}, {"a": ["A", "B"], "b": ["a", "b"]}),
    ({"uppercase": {"field": "a"}}, {"a": "äß"}, {"a": "ÄSS"}),
    ({"trim": {"field": "a"}}, {"a": " \t x y\n"}, {"a": "x y"}),
    ({"trim": {"field": "none", "ignore_missing": True}}, {}, {}),
    ({"html_strip": {"field": "a"}}, {"a": "<p class='a>b'>x <b>y</b> &lt;&#65;&amp;</p><!-- c "
                                           "--><script>1<2</script>z"},
     {"a": "\nx y <A&\n\nz"}),
    ({"split": {"field": "a", "separator": "\\s*,\\s*"}}, {"a": "x , y,,z,,"}, {"a": ["x", "y", "", "z"]}),
    ({"split": {"field": "a", "separator": ",", "preserve_trailing": True}}, {"a": "x,,"}, {"a": ["x", "", ""]}),
    ({"join": {"field": "a", "separator": "-"}}, {"a": ["x", 1, True, 1.5]}, {"a": "x-1-true-1.5"}),
    ({"gsub": {"field": "a", "pattern": "(\\w)(\\d)", "replacement": "$2\\$$1"}}, {"a": "a1 b2"}, {"a": "1$a 2$b"}),
    ({"gsub": {"field": "a", "pattern": "", "replacement": "-"}}, {"a": "äx"}, {"a": "-ä-x-"}),
    ({"convert": {"field": "a", "type": "integer"}}, {"a": ["1", "-0x10", 3]}, {"a": [1, -16, 3]}),
    ({"convert": {"field": "a", "type": "long"}}, {"a": "9223372036854775807"}, {"a": 9223372036854775807}),
    ({"convert": {"field": "a", "type": "double", "target_field": "b"}}, {"a": "1.25"}, {"a": "1.25", "b": 1.25}),
    ({"convert": {"field": "a", "type": "boolean"}}, {"a": "TRUE"}, {"a": True}),
    ({"convert": {"field": "a", "type": "string"}}, {"a": [1, True, {"b": 1}]}, {"a": ["1", "true", '{"b":1}']}),
    ({"convert": {"field": "a", "type": "auto"}}, {"a": ["1", "1.5", "false", "x"]}, {"a": [1, 1.5, False, "x"]}),
    ({"convert": {"field": "a", "type": "ip"}}, {"a": "::1"}, {"a": "::1"}),
    ({"json": {"field": "a", "target_field": "b"}}, {"a": '{"x":[1]}'}, {"a": '{"x":[1]}', "b": {"x": [1]}}),
    ({"json": {"field": "a", "add_to_root": True}}, {"a": '{"x":1,"y":{"z":2}}', "y": {"w": 1}},
     {"a": '{"x":1,"y":{"z":2}}', "y": {"z": 2}, "x": 1}),
    ({"json": {"field": "a", "add_to_root": True, "add_to_root_conflict_strategy": "merge"}},
     {"a": '{"y":{"z":2}}', "y": {"w": 1}}, {"a": '{"y":{"z":2}}', "y": {"w": 1, "z": 2}}),
    ({"date": {"field": "a", "formats": ["ISO8601"]}}, {"a": "2026-11-28T04:30:15.5+01:00"},
     {"a": "2026-11-28T04:30:15.5+01:00", "@timestamp": "2026-11-28T03:30:15.500Z"}),
    ({"date": {"field": "a", "formats": ["UNIX"], "target_field": "t", "timezone": "+02:00"}}, {"a": 0},
     {"a": 0, "t": "1970-01-01T02:00:00.000+02:00"}),
    ({"date": {"field": "a", "formats": ["yyyy-MM-dd HH:mm"], "timezone": "Europe/Berlin"}}, {"a": "2026-07-01 12:00"},
     {"a": "2026-07-01 12:00", "@timestamp": "2026-07-01T12:00:00.000+02:00"}),
    ({"date": {"field": "a", "formats": ["UNIX_MS", "dd/MMM/yyyy:HH:mm:ss Z"], "target_field": "t",
               "output_format": "EEEE, d MMMM yy h 'o''clock' a"}}, {"a": "29/Feb/2024:15:04:05 -0100"},
     {"a": "29/Feb/2024:15:04:05 -0100", "t": "Thursday, 29 February 24 4 o'clock PM"}),
    ({"foreach": {"field": "a", "processor": {"uppercase": {"field": "_ingest._value"}}}}, {"a": ["x", "y"]},
     {"a": ["X", "Y"]}),
    ({"foreach": {"field": "a", "processor": {"set": {"field": "_ingest._value.k", "value": "{{_ingest._key}}"}}}},
     {"a": {"x": {}, "y": {}}}, {"a": {"x": {"k": "x"}, "y": {"k": "y"}}}),
    ({"foreach": {"field": "a", "processor": {"foreach": {"field": "_ingest._value", "processor": {
        "convert": {"field": "_ingest._value", "type": "integer"}}}}}}, {"a": [["1"], ["2", "3"]]},
     {"a": [[1], [2, 3]]}),
    ({"foreach": {"field": "none", "ignore_missing": True, "processor": {"drop": {}}}}, {}, {}),
    ({"foreach": {"field": "a", "processor": {"fail": {"message": "m", "ignore_failure": True}}}}, {"a": [1]},
     {"a": [1]}),
    ({"pipeline": {"name": "none", "ignore_missing_pipeline": True}}, {"a": 1}, {"a": 1}),
]

# processor, document, type and reason of the failure
FAILED = [
    ({"remove": {"field": "a.b"}}, {}, ILLEGAL, "field [a] not present as part of path [a.b]"),
    ({"remove": {"field": "a.b"}}, {"a": "x"}, ILLEGAL,
     "cannot resolve [b] from object of type [java.lang.String] as part of path [a.b]"),
    ({"remove": {"field": "a.b"}}, {"a": None}, ILLEGAL, "cannot resolve [b] from null as part of path [a.b]"),
    ({"remove": {"field": "a.b"}}, {"a": [1]}, ILLEGAL,
     "[b] is not an integer, cannot be used as an index as part of path [a.b]"),
    ({"remove": {"field": "a.1"}}, {"a": [1]}, ILLEGAL,
     "[1] is out of bounds for array with length [1] as part of path [a.1]"),
    ({"set": {"field": "a.b", "value": 1}}, {"a": 1}, ILLEGAL,
     "cannot set [b] with parent object of type [java.lang.Integer] as part of path [a.b]"),
    ({"set": {"field": "a..b", "value": 1}}, {}, ILLEGAL, "path [a..b] is not valid"),
    ({"rename": {"field": "a", "target_field": "b"}}, {}, ILLEGAL, "field [a] doesn't exist"),
    ({"rename": {"field": "a", "target_field": "b"}}, {"a": 1, "b": 1}, ILLEGAL, "field [b] already exists"),
    ({"lowercase": {"field": "a"}}, {"a": 1}, ILLEGAL,
     "field [a] of type [java.lang.Integer] cannot be cast to [java.lang.String]"),
    ({"trim": {"field": "a"}}, {"a": None}, ILLEGAL, "field [a] is null, cannot process it."),
    ({"convert": {"field": "a", "type": "integer"}}, {"a": "2147483648"}, ILLEGAL,
     "unable to convert [2147483648] to integer"),
    ({"convert": {"field": "a", "type": "boolean"}}, {"a": "yes"}, ILLEGAL,
     "[yes] is not a boolean value, cannot convert to boolean"),
    ({"json": {"field": "a", "add_to_root": True}}, {"a": "[1]"}, ILLEGAL,
     "cannot add non-map fields to root of document"),
    ({"date": {"field": "a", "formats": ["yyyy-MM-dd"]}}, {"a": "2026-02-29"}, ILLEGAL,
     "unable to parse date [2026-02-29]"),
    ({"gsub": {"field": "a", "pattern": "(a+)+$", "replacement": ""}}, {"a": "a" * 40 + "b"}, ILLEGAL,
     "the pattern [(a+)+$] takes more than [1000000] steps with this text of [41] bytes"),
    ({"fail": {"message": "no {{a}}"}}, {"a": 1}, "fail_processor_exception", "no 1"),
    ({"pipeline": {"name": "{{a}}"}}, {"a": "none"}, "illegal_state_exception",
     "Pipeline processor configured for non-existent pipeline [none]"),
    ({"foreach": {"field": "a", "processor": {"drop": {}}}}, {"a": 1}, ILLEGAL,
     "field [a] of type [java.lang.Integer] cannot be cast to a list or a map"),
]

# processor, property, reason
REFUSED = [
    ({"remove": {"field": "a", "keep": "b"}}, "keep", "[keep] or [field] must be specified."),
    ({"remove": {}}, "keep", "[keep] or [field] must be specified."),
    ({"remove": {"keep": [1]}}, "keep", "[keep] property isn't a string, but of type [java.lang.Integer]"),
    ({"append": {"field": "a", "copy_from": "b", "value": 1}}, "copy_from",
     "[copy_from] cannot set both `copy_from` and `value` in the same processor"),
    ({"set": {"value": 1}}, "field", "[field] required property is missing"),
    ({"set": {"field": "a"}}, "value", "[value] required property is missing"),
    ({"set": {"field": 1, "value": 1}}, "field", "[field] property isn't a string, but of type [java.lang.Integer]"),
    ({"set": {"field": "a", "value": 1, "override": 1}}, "override",
     "[override] property isn't a boolean, but of type [java.lang.Integer]"),
    ({"set": {"field": "a", "value": 1, "foo": 1, "bar": 2}}, None,
     "processor [set] doesn't support one or more provided configuration parameters [foo, bar]"),
    ({"set": {"field": "a", "value": 1, "on_failure": []}}, "on_failure",
     "[on_failure] processors list cannot be empty"),
    ({"foo": {}}, None, "No processor type exists with name [foo]"),
    ({"set": 1}, None, "property isn't a map, but of type [java.lang.Integer]"),
    ({"convert": {"field": "a", "type": "foo"}}, "type", "[type] type [foo] not supported, cannot convert field."),
    ({"json": {"field": "a", "target_field": "b", "add_to_root": True}}, "target_field",
     "[target_field] Cannot set a target field while also setting `add_to_root` to true"),
    ({"foreach": {"field": "a", "processor": {}}}, "processor", "[processor] Must specify exactly one processor type"),
]


def test_what_they_do(daemon):
    for processor, before, after in DONE:
        assert source(daemon, [processor], before) == after, processor


def test_how_they_fail(daemon):
    for processor, document, kind, text in FAILED:
        assert reason(daemon, [processor], document) == (kind, text), processor


def test_what_is_refused(daemon):
    for processor, name, text in REFUSED:
        answer = refusal(daemon, [processor])
        answer.fails(400, "parse_exception", text)
        assert answer.json["error"].get("property_name") == name
        assert answer.json["error"]["processor_type"] == next(iter(processor))


def test_what_is_not_served_is_refused_with_a_reason(daemon):
    for processor, words in (({"script": {"source": "ctx.a = 1"}}, "this server runs no scripts"),
                             ({"set": {"field": "a", "value": "{{#b}}x{{/b}}"}}, "{{field}} and {{{field}}} alone"),
                             ({"set": {"field": "a", "value": 1, "if": "for (x in ctx) {}"}},
                              "compile error at character [1]"),
                             ({"gsub": {"field": "a", "pattern": "(", "replacement": ""}}, "Invalid regex pattern [(]"),
                             ({"date": {"field": "a", "formats": ["TAI64N"]}}, "ISO8601, UNIX, UNIX_MS"),
                             ({"date": {"field": "a", "formats": ["UNIX"], "timezone": "Europe/../../passwd"}},
                              "[Europe/../../passwd] is not served: UTC, offsets")):
        answer = refusal(daemon, [{name: {**settings, "tag": "t"}} for name, settings in processor.items()])
        assert answer.status == 400 and words in answer.reason, answer
        assert answer.json["error"]["processor_tag"] == "t"


DOCUMENT = {"a": {"b": "Text", "n": 3, "l": ["x", 1], "z": None}, "t": True}
CONDITIONS = [
    ("ctx.a.b == 'Text'", True), ("ctx['a']['b'] != \"Text\"", False), ("ctx.a.n >= 3 && ctx.a.n < 3.5", True),
    ("ctx.t", True), ("!ctx.t || ctx.a.n == 3", True), ("ctx.none == null", True), ("ctx.none?.x?.y == null", True),
    ("ctx.a?.b?.contains('ex')", True), ("ctx.a.b.toLowerCase().startsWith('te')", True),
    ("ctx.a.b.length() == 4", True), ("ctx.a.l.size() > 2", False), ("ctx.a.l.contains('x')", True),
    ("ctx.a.l[1] == 1", True), ("ctx.containsKey('a')", True), ("ctx.a.b instanceof String", True),
    ("ctx.a.l instanceof Map", False), ("return (ctx.a.n == -3) == false;", True), ("ctx.a.z == null", True),
    ("'Text'.equals(ctx.a.b)", True), ("ctx.a.b.equalsIgnoreCase('tEXT')", True), ("ctx._index == '_index'", True),
    ("ctx.a.l.isEmpty()", False), ("' x '.trim() == 'x'", True), ("ctx._ingest.timestamp != null", True),
]


def test_conditions(daemon):
    processors = [{"set": {"field": f"r{i}", "value": True, "if": text}} for i, (text, _) in enumerate(CONDITIONS)]
    found = source(daemon, processors, DOCUMENT)
    wrong = [text for i, (text, held) in enumerate(CONDITIONS) if found.get(f"r{i}", False) != held]
    assert wrong == []


def test_conditions_that_fail(daemon):
    for text, cause in (("ctx.none.x == 1", "null_pointer_exception"), ("ctx.a.b > 1", "class_cast_exception"),
                        ("ctx.a.b", "class_cast_exception"), ("ctx.a.n.contains('x')", "illegal_argument_exception")):
        answer, = simulate(daemon, [{"drop": {"if": text}}], DOCUMENT)
        assert answer["error"]["reason"] == "runtime error"
        assert cause in answer["error"]["caused_by"]["reason"]


def test_a_dropped_document_is_null(daemon):
    gone, left = simulate(daemon, [{"drop": {"if": "ctx.a == 1"}}, {"set": {"field": "b", "value": 1}}], {"a": 1},
                          {"a": 2})
    assert gone is None and left["doc"]["_source"] == {"a": 2, "b": 1}


def test_what_grows_without_end_is_stopped(daemon):
    double = [{"set": {"field": f"a.{i}", "copy_from": "a"}} for i in range(40)]
    kind, text = reason(daemon, [{"set": {"field": "a.x", "value": "x" * 1000}}, *double], {})
    assert kind == ILLEGAL and "processors have put" in text
    deep = [{"set": {"field": ".".join("a" * 100), "copy_from": "a"}} for _ in range(4)]
    kind, text = reason(daemon, [{"set": {"field": "a.x", "value": 1}}, *deep], {})
    assert kind == ILLEGAL and "levels deep" in text
