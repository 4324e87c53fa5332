# SPDX-License-Identifier: Apache-2.0
"""What the targets of requests, settings and the data directory begin with."""

import base64
import gzip
import json

HEADERS = ["", "Accept: application/vnd.elasticsearch+json;compatible-with=8\nContent-Type: "
           "application/vnd.elasticsearch+json;compatible-with=8\n", "Accept: application/yaml\n",
           "Accept-Encoding: gzip\n", "Content-Encoding: identity\n", "Expect: 100-continue\nX-Opaque-Id: me\n",
           "Content-Type: text/plain\n", "Accept: text/html, */*\n", "Content-Length: 7\nContent-Length: 8\n"]
LINES = ["GET /", "GET /?pretty&human&error_trace=true&filter_path=name,-version.*", "HEAD /",
         "GET /_ml/trained_models/m?from=0&size=10&allow_no_match=false&exclude_generated=true",
         "GET /_ml/trained_models/a%2Fb,c*/_stats?filter_path=**.state&pretty=true",
         "GET /_cat/ml/trained_models?format=yaml&h=id,state&s=id:desc&v&help=false&bytes=kb&time=ms",
         "DELETE /_ml/trained_models/m?force=true&timeout=30s", "GET /_nodes/stats?human", "PATCH /",
         "OPTIONS /_ml/info",
         "POST /_ml/trained_models/m/deployment/_stop?allow_no_match=true&force=maybe", "GET /%zz?a=%", "GET /a//b/",
         "PUT /_ml/trained_models/m/model_aliases/a-b?reassign=true", "POST /_ml/trained_models/m/cache/_clear",
         "GET x"]
BODIES = [("PUT /_ml/trained_models/m?defer_definition_decompression=true&wait_for_completion=false",
           {"input": {"field_names": ["text_field"]}, "inference_config": {"fill_mask": {}}, "tags": ["a"]}),
          ("PUT /_ml/trained_models/m/vocabulary", {"vocabulary": ["a", "b"], "merges": [], "scores": [0, -1.5]}),
          ("POST /_ml/trained_models/m/deployment/_start?timeout=1m&wait_for=started&priority=low&cache_size=1mb",
           {"adaptive_allocations": {"enabled": True, "min_number_of_allocations": 0}}),
          ("POST /_ml/trained_models/m/deployment/_update", {"number_of_allocations": 4}),
          ("POST /_ml/trained_models/m/_infer?timeout=10s", {"docs": [{"text_field": "a \u00e9 \U0001f642"}],
                                                             "inference_config": None}),
          ("PUT /_cluster/settings?flat_settings", {"persistent": {"logger.level": "warn"}, "transient": {"a": None}}),
          ("GET /_ml/trained_models/m?source={}&source_content_type=application/json", {}),
          ("PUT /_ml/trained_models/m/definition/0", {"definition": "Zm9v", "total_parts": 1,
                                                      "total_definition_length": 3})]


def request_seeds():
    for number, line in enumerate(LINES):
        yield bytes([0, 1]) + f"{line}\n{HEADERS[number % len(HEADERS)]}\n".encode()
    for line, body in BODIES:
        for options in range(4):
            head = f"{line}\nContent-Type: application/json\nAccept-Encoding: gzip\n\n"
            yield bytes([options, 3]) + head.encode() + json.dumps(body).encode()
        yield bytes([0, 1]) + f"{line}\n{HEADERS[1]}\n".encode() + json.dumps(body).encode()[:-1]
    packed = gzip.compress(b'{"docs":[{"text_field":"x"}]}', mtime=0)
    yield bytes([0, 5]) + b"POST /_ml/trained_models/m/_infer\nContent-Type: application/json\n" \
        b"Content-Encoding: gzip\n\n" + packed + packed


def filter_path_seeds():
    answer = {"took": 1, "nodes": {"a": {"name": "x", "list": [{"k": 1}, {"k": []}, 2]}, "b.c": {}, "": None}}
    for filters in ("took", "nodes.*.name", "-nodes.a.list.k", "**.k,-took", "n*.?,nodes.b\\.c", "**", "*", ",,.", "-",
                    "nodes.**.k,-nodes.*.name,a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q"):
        yield filters.encode() + b"\0" + json.dumps(answer).encode()


def gunzip_seeds():
    texts = [b"", b"{}", b'{"docs":[]}' * 20, bytes(9000), bytes(range(256)) * 4]
    for number, text in enumerate(texts):
        packed = gzip.compress(text, mtime=0)
        yield bytes([255, number]) + packed
        yield bytes([4, 0]) + packed + packed
        yield bytes([255, 7]) + packed[:-3]


def json_seeds():
    texts = ['{"a":{"b.c":[1,-0.0,1e-300,12345678901234567890,"\\ud83d\\ude42\\u00e9 \\n"],"":null}}',
             "[true,false,[[]],{}]",
             '{"yes":"no","a b":"- x: #y","1":"~","null":null,"n":-5e22}', '"\u00e9\u4e2d\U0001f642\\"\\\\\\/"',
             "1.5E+3",
             '{"a":1,"a":2}', "[1,]", '{"a":"\\ud800"}', '{"a":"\x01"}', "[" * 70, "nul", "1 2",
             ' \r\n\t{ "x" : [ ] } \n']
    for text in texts:
        yield b"\0\0" + text.encode()
        yield b"\x02\x04" + text.encode()


def part_seeds():
    whole = {"definition": base64.b64encode(bytes(range(100))).decode(), "total_definition_length": 100,
                                            "total_parts": 1}
    texts = [json.dumps(whole), json.dumps(whole, indent=1), '{"total_parts":"2","definition":"Zm9v\\/\\u002b==",'
             '"total_definition_length":3.0}', '{"definition":"Zg==Zg=="}', '{"definition":"Z"}', '{"definition":null}',
             '{"d\\u0065finition":"Zg==","x":1}', '{"definition":"","total_parts":1e400}', "{}", "[]",
             '{"definition":"Zh=="}']
    for number, text in enumerate(texts):
        yield bytes([number, 6]) + text.encode()


def config_seeds():
    file = "http:\n  port: 9201\n  max_content_length: 50mb\nnode.name: 'x y'\nlogger.level: warn\n"
    for text in (file, "", "# nothing\n", "http.port: 70000\n", "a: [1]\n", "--- {http.port: 1}\n", "x: &a y\nz: *a\n",
                 "http:\n  port: 1\nhttp.port: 2\n", "\ufeffnode.name: \"\\u00e9\\0\"\n", "http:\n",
                 "a: b\n---\nc: d\n"):
        yield text.encode()
    for turns in (["http.port=9202", "logger.level=debug", "logger.http=trace"], ["=", "logger.*", "logger.level"],
                  ["node.name=", "search.idle=1", "engine.forward_timeout=1.5h"], ["shutdown.drain_timeout=5nanos"] * 3,
                  ["http.max_content_length=1.5gb", "cluster.max=2", "logger.level=LOUD"]):
        yield file.encode() + b"".join(b"\0" + turn.encode() for turn in turns)


def change(what, file, offset, text=b""):
    return bytes([what, file, offset & 255, offset >> 8 & 255, offset >> 16, len(text)]) + text


def store_seeds():
    """As tests/fuzz/fuzz_store.c reads them. Files of the image by name: the database, its log if it was left, then
    models/1/definition.pt, models/2/part-1."""
    yield b"\0"
    yield b"\1"
    for options, file, offset in ((0, 0, 0), (0, 0, 18), (0, 0, 24), (0, 0, 100), (0, 0, 4096), (0, 0, 8192), (0, 0,
                                  20480),
                                  (1, 1, 0), (1, 1, 32), (1, 1, 60), (3, 1, 40), (3, 1, 100), (3, 1, 5000)):
        yield bytes([options]) + change(0, file, offset, b"\xff\0\x7f\1")
    for options in range(4):
        yield bytes([options]) + change(1, options & 1, 10000)
        yield bytes([options]) + change(3, 1 + (options & 1), 0) + change(5, 0, 0, b"\3\7")
        yield bytes([options]) + change(4, 1 + (options & 1), 0, b"\4\x05") + change(2, 0, 0, bytes(9))
    yield b"\0" + b"".join(change(5, file, 0, text) for file, text in ((0, b"\0\1"), (0, b"\0\2"), (1, b"\2\3"),
                                                                      (1, b"\5\7")))


SOURCES = {"fuzz_request": request_seeds, "fuzz_filter_path": filter_path_seeds, "fuzz_gunzip": gunzip_seeds,
           "fuzz_json": json_seeds, "fuzz_part": part_seeds, "fuzz_config": config_seeds, "fuzz_store": store_seeds}
