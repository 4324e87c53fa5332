# SPDX-License-Identifier: Apache-2.0
"""What a client may wish of an answer: YAML, compression, text, the trace of an error."""

import gzip
import json

import pytest
import yaml

from support.http_tool import HttpTool
from support.poll import until

VENDORED = "application/vnd.elasticsearch+%s;compatible-with=%d"
LONG_KB = 3000


@pytest.fixture(scope="module")
def tool():
    with HttpTool() as running:
        yield running


def with_accept(value):
    return [("Accept", value)]


# ---- YAML ----

@pytest.mark.parametrize("query, accept, kind", [
    ("?format=yaml", "*/*", "application/yaml"),
    ("?format=YAML", "application/json", "application/yaml"),
    ("", "application/yaml", "application/yaml"),
    ("", VENDORED % ("yaml", 9), VENDORED % ("yaml", 9)),
    ("", VENDORED % ("yaml", 8), VENDORED % ("yaml", 8)),
])
def test_yaml(tool, query, accept, kind):
    answer = tool.ask("GET", f"/{query}", headers=with_accept(accept))
    assert answer.status == 200 and answer.headers["content-type"] == kind
    assert answer.body == b"---\nok: true\n"


def test_yaml_errors(tool):
    answer = tool.ask("GET", "/fail?format=yaml")
    assert answer.status == 429 and answer.headers["content-type"] == "application/yaml"
    assert yaml.safe_load(answer.body)["error"]["type"] == "es_rejected_execution_exception"
    assert yaml.safe_load(tool.ask("GET", "/none?format=yaml").body)["error"].startswith("no handler")
    filtered = tool.ask("GET", "/fail?format=yaml&filter_path=status")
    assert yaml.safe_load(filtered.body) == {"status": 429}


@pytest.mark.parametrize("text", [
    "yes", "null", "1.5", "0x1f", "2020-01-01", "- a", "a: b", "#c", "'\"", "\\n", "line\nbreak",
    " lead and trail ", "\t", "a\u2028b\u0085c", "\ufeffbom", "\x7f\x80\x9f", "\u4e16\u754c\U0001f600",
    "", "|", ">", "%", "@", "`", "&a", "*a", "!t", "? k", "~", "x" * 5000])
def test_every_string_survives_yaml(tool, text):
    answer = tool.ask("POST", "/echo/id?format=yaml", {"text": text})
    assert yaml.safe_load(answer.body)["text"] == text
    tree = {"tags": [text]}
    answer = tool.ask("POST", "/params/x?format=yaml", tree)
    assert yaml.safe_load(answer.body)["tags"] == [text]


@pytest.mark.parametrize("kind", ["cbor", "smile"])
def test_formats_that_are_not_spoken(tool, kind):
    tool.ask("GET", f"/?format={kind}").plain_error(406, f"format [{kind}] is not supported")
    for name in [f"application/{kind}", VENDORED % (kind, 9)]:
        tool.ask("GET", "/", headers=with_accept(name)).plain_error(
            406, f"Accept header [{name}] is not supported")


@pytest.mark.parametrize("kind", ["application/yaml", "application/cbor", "application/smile",
                                  "application/x-ndjson", VENDORED % ("yaml", 9)])
def test_bodies_that_are_not_json(tool, kind):
    with tool.connect() as connection:
        connection.send(f"POST /echo/x HTTP/1.1\r\nHost: t\r\nContent-Type: {kind}\r\n"
                        "Content-Length: 2\r\n\r\n{}".encode())
        connection.response().plain_error(406, f"Content-Type header [{kind}] is not supported")


# ---- text ----

@pytest.mark.parametrize("query, accept, kind", [
    ("", "*/*", "text/plain; charset=UTF-8"),
    ("", "text/plain", "text/plain; charset=UTF-8"),
    ("", "text/plain," + VENDORED % ("json", 9), "text/plain; charset=UTF-8"),
    ("?format=text", "application/json", "text/plain; charset=UTF-8"),
    ("", "application/json", "application/json"),
    ("", VENDORED % ("json", 8), VENDORED % ("json", 8)),
    ("?format=json", "text/plain", "application/json"),
    ("?format=yaml", "*/*", "application/yaml"),
])
def test_text_unless_something_else_is_named(tool, query, accept, kind):
    answer = tool.ask("GET", f"/list{query}", headers=with_accept(accept))
    assert answer.status == 200 and answer.headers["content-type"] == kind


# ---- gzip ----

def accepting(value):
    return [("Accept-Encoding", value)]


@pytest.mark.parametrize("kb", [1, 20, 31, 40, LONG_KB])
@pytest.mark.parametrize("query", ["", "&pretty"])
def test_compressed_answers(tool, kb, query):
    with tool.connect() as connection:
        connection.request("GET", f"/big?kb={kb}{query}", headers=accepting("gzip, deflate"))
        status, headers = connection.head_of_response()
        assert status == 200 and headers["content-encoding"] == "gzip"
        assert headers["vary"] == "Accept-Encoding"
        body = connection._exactly(int(headers["content-length"]))
        assert len(body) < kb * 128
        assert json.loads(gzip.decompress(body)) == "x" * (kb * 1024)
        connection.request("GET", "/")
        assert connection.response().json == {"ok": True}


@pytest.mark.parametrize("value", ["identity", "br", "gzip;q=0", ""])
def test_answers_that_must_not_be_compressed(tool, value):
    answer = tool.ask("GET", "/big?kb=40", headers=accepting(value))
    assert "content-encoding" not in answer.headers and answer.headers["vary"] == "Accept-Encoding"
    assert answer.json == "x" * (40 * 1024)


def test_short_answers_are_not_compressed(tool):
    answer = tool.ask("GET", "/", headers=accepting("gzip"))
    assert "content-encoding" not in answer.headers and "vary" not in answer.headers


def test_accept_encoding_may_be_repeated(tool):
    answer = tool.ask("GET", "/", headers=accepting("br") + accepting("gzip"))
    assert answer.status == 200


def test_several_gzip_members_are_one_body(tool):
    body = gzip.compress(b'{"te') + gzip.compress(b'xt":"') + gzip.compress(b's"}')
    answer = tool.ask("POST", "/echo/x", body, headers=[("Content-Encoding", "gzip")])
    assert answer.json["text"] == "s"


# ---- long answers, which the pool works on ----

def test_many_long_answers_at_once(tool):
    connections = [tool.connect() for _ in range(20)]
    for connection in connections:
        connection.request("GET", "/big?kb=200&pretty", headers=accepting("gzip"))
    for connection in connections:
        assert connection.response().json == "x" * (200 * 1024)
        connection.close()


def test_clients_that_leave_before_their_long_answer():
    with HttpTool() as tool:
        for _ in range(20):
            with tool.connect() as connection:
                connection.request("GET", f"/big?kb={LONG_KB}&format=yaml",
                                   headers=accepting("gzip"))
        assert tool.ask("GET", "/").json == {"ok": True}


def test_stop_while_long_answers_are_made():
    with HttpTool(drain_ms=0) as tool:
        connections = [tool.connect() for _ in range(8)]
        for connection in connections:
            connection.request("GET", f"/big?kb={LONG_KB}&format=yaml", headers=accepting("gzip"))
        tool.terminate()
        until(lambda: tool.process.poll() is not None, "the program ends")
        for connection in connections:
            connection.close()


# ---- errors ----

def test_error_trace(tool):
    error = tool.ask("GET", "/fail?error_trace").json["error"]
    assert list(error) == ["root_cause", "type", "reason", "stack_trace"]
    first, second = error["stack_trace"].split("\n\tat GET /fail?error_trace (request ")
    assert first == "es_rejected_execution_exception: inference process queue is full"
    assert second.rstrip(")").isdigit()
    assert error["root_cause"][0]["stack_trace"] == error["stack_trace"]
    for query in ["", "?error_trace=false"]:
        assert b"stack_trace" not in tool.ask("GET", "/fail" + query).body


def test_error_trace_names_the_cause(tool):
    error = tool.ask("POST", "/params/x?error_trace=true&number_of_allocations=x").json["error"]
    assert error["stack_trace"].endswith(
        '\nCaused by: number_format_exception: For input string: "x"')


def test_long_uri_in_an_error_trace(tool):
    answer = tool.ask("GET", f"/none{'%01' * 3000}?error_trace&pretty&format=yaml")
    assert answer.status == 400
    answer = tool.ask("GET", f"/fail?error_trace&pretty&filter_path={'%01' * 3000},error.type")
    assert answer.status == 429


# ---- paths of the older version ----

@pytest.mark.parametrize("accept", [VENDORED % ("json", 8), VENDORED % ("json", 8) + ",text/plain"])
def test_old_paths_are_there_for_old_clients(tool, accept):
    answer = tool.ask("GET", "/old", headers=with_accept(accept))
    assert answer.json == {"ok": True}
    assert "[/old] is deprecated" in answer.headers["warning"]


@pytest.mark.parametrize("accept", ["*/*", "application/json", VENDORED % ("json", 9)])
def test_old_paths_are_not_there_for_others(tool, accept):
    answer = tool.ask("GET", "/old", headers=with_accept(accept))
    assert answer.status == 400
    assert answer.json == {"error": "no handler found for uri [/old] and method [GET]"}
    assert tool.ask("POST", "/old", headers=with_accept(accept)).status == 400
