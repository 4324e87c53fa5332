# SPDX-License-Identifier: Apache-2.0
"""Routes, parameters, negotiation and answers, through the socket."""

import pytest

from support.http_tool import HttpTool

VENDORED = "application/vnd.elasticsearch+json; compatible-with=%d"


@pytest.fixture(scope="module")
def tool():
    with HttpTool() as running:
        yield running


def reason(answer, status, kind):
    assert answer.status == status, answer
    error = answer.json["error"]
    assert error["type"] == kind, answer
    assert answer.json["status"] == status
    return error["reason"]


@pytest.mark.parametrize("path, name", [
    ("a%2Fb", "a/b"), ("a%2fb%2F", "a/b/"), ("a%20b", "a b"), ("a+b", "a+b"), ("%C3%BC", "ü"),
    ("jm%2Cx", "jm,x"), ("m1,x*", "m1,x*"), ("%25", "%"), ("a%3Fb", "a?b"), (".", "."), ("..", "..")])
def test_percent_encoded_ids(tool, path, name):
    assert tool.ask("GET", f"/echo/{path}").json["id"] == name
    assert tool.ask("GET", f"/echo/{path}/").json["id"] == name


@pytest.mark.parametrize("path", ["%", "%4", "%zz", "a%00b", "%ff", "%ED%A0%80", "%C0%AF"])
def test_ill_encoded_paths(tool, path):
    reason(tool.ask("GET", f"/echo/{path}"), 400, "illegal_argument_exception")
    reason(tool.ask("GET", f"/?human={path}"), 400, "illegal_argument_exception")


@pytest.mark.parametrize("path", ["/none", "/echo", "/echo/a/b", "/echo//", "//echo/a", "/Echo/a", "/%65cho/a"])
def test_no_handler(tool, path):
    answer = tool.ask("GET", path + "?x=1")
    assert answer.status == 400
    assert answer.json == {"error": f"no handler found for uri [{path}?x=1] and method [GET]"}


def test_no_handler_whatever_the_body(tool):
    answer = tool.ask("POST", "/none", b"a=b", headers=[("X-Any", "1")])
    assert answer.json == {"error": "no handler found for uri [/none] and method [POST]"}
    with tool.connect() as connection:
        connection.send(b"POST /none HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\n{}")
        assert connection.response().json == answer.json


def test_wrong_method(tool):
    answer = tool.ask("DELETE", "/echo/x?a=b")
    answer.plain_error(405, "Incorrect HTTP method for uri [/echo/x?a=b] and method [DELETE], "
                            "allowed: [GET, POST]")
    assert answer.headers["allow"] == "GET,POST"
    tool.ask("PATCH", "/text").plain_error(
        405, "Incorrect HTTP method for uri [/text] and method [PATCH], allowed: [GET]")
    tool.ask("BREW", "/text").plain_error(405, "Unexpected http method: BREW, allowed: [GET]")
    tool.ask("BREW", "/none").plain_error(405, "Unexpected http method: BREW")


def test_options(tool):
    answer = tool.ask("OPTIONS", "/echo/x")
    assert answer.status == 200 and answer.body == b"" and answer.headers["allow"] == "GET,POST"
    assert answer.headers["content-type"].startswith("text/plain")


def test_every_answer_names_the_product(tool):
    for path in ["/", "/text", "/fail", "/none", "/sleep?ms=0"]:
        assert tool.ask("GET", path).headers["x-elastic-product"] == "Elasticsearch"


def test_opaque_id_comes_back(tool):
    for path in ["/", "/none", "/sleep?ms=0"]:
        answer = tool.ask("GET", path, headers=[("X-Opaque-Id", "my id; 7")])
        assert answer.headers["x-opaque-id"] == "my id; 7"
    assert "x-opaque-id" not in tool.ask("GET", "/").headers


@pytest.mark.parametrize("name", ["X-Opaque-Id", "Accept", "Authorization"])
def test_single_valued_headers(tool, name):
    answer = tool.ask("GET", "/", headers=[(name, "a/b"), (name, "c/d")])
    answer.plain_error(400, f"multiple values for single-valued header [{name}].")
    assert tool.ask("GET", "/", headers=[(name, "a/b"), (name, "a/b")]).status == 200


@pytest.mark.parametrize("accept, kind", [
    ("*/*", "application/json"), ("application/json", "application/json"),
    (VENDORED % 8, "application/vnd.elasticsearch+json;compatible-with=8"),
    (VENDORED % 9, "application/vnd.elasticsearch+json;compatible-with=9"),
    (VENDORED % 9 + ",text/plain", "application/json"), ("text/html", "application/json")])
def test_accept(tool, accept, kind):
    assert tool.ask("GET", "/", headers=[("Accept", accept)]).headers["content-type"] == kind


def test_format_wins_over_accept(tool):
    answer = tool.ask("GET", "/?format=json", headers=[("Accept", VENDORED % 9)])
    assert answer.headers["content-type"] == "application/json"
    answer = tool.ask("GET", "/?format=json", headers=[("Accept", "application/yaml")])
    assert answer.headers["content-type"] == "application/json"


def test_media_types_that_are_none(tool):
    answer = tool.ask("GET", "/", headers=[("Accept", "foo")])
    assert reason(answer, 400, "media_type_header_exception") == \
        "Invalid media-type value on headers [Accept]"
    assert answer.json["error"]["caused_by"]["reason"] == "invalid media-type [foo]"
    answer = tool.ask("GET", "/", headers=[("Accept", VENDORED % 7)])
    reason(answer, 400, "media_type_header_exception")
    assert answer.json["error"]["caused_by"]["reason"].startswith(
        "Accept version must be either version 9 or 8, but found 7. Accept=")


def test_content_type_without_a_body_means_nothing(tool):
    for kind in ["text/plain", VENDORED % 9, "nonsense"]:
        assert tool.ask("GET", "/", headers=[("Content-Type", kind)]).status == 200


def test_missing_content_type(tool):
    with tool.connect() as connection:
        connection.send(b"POST /echo/x HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\n{}")
        connection.response().plain_error(406, "Content-Type header is missing")


def test_parameters_of_every_kind(tool):
    answer = tool.ask("POST", "/params/x").json
    assert answer == {"allocations": 1, "threads": 1, "timeout": 20000, "cache_size": 0,
                      "cache_given": False, "priority": "normal", "force": False, "human": False}
    answer = tool.ask("POST", "/params/x?number_of_allocations=3&force&human=true&cache_size=1kb",
                      {"timeout": "2s", "number_of_allocations": 7, "threads_per_allocation": "4",
                       "priority": "NORMAL", "tags": ["a", "b"], "id": "y", "adaptive": None}).json
    assert answer == {"allocations": 3, "threads": 4, "timeout": 2000, "cache_size": 1024,
                      "cache_given": True, "priority": "normal", "force": True, "human": True,
                      "tags": ["a", "b"]}


@pytest.mark.parametrize("query, expected", [
    ("number_of_allocations=x", "Failed to parse int parameter [number_of_allocations] with value [x]"),
    ("force=yes", "Failed to parse value [yes] as only [true] or [false] are allowed."),
    ("pretty=1", "Failed to parse value [1] as only [true] or [false] are allowed."),
    ("priority=foo", "No enum constant org.example.Priority.FOO"),
    ("timeout=10", "failed to parse setting [timeout] with value [10] as a time value: "
                   "unit is missing or unrecognized"),
    ("timeot=1s", "request [/params/x] contains unrecognized parameter: [timeot] -> "
                  "did you mean [timeout]?"),
    ("zzz=1", "request [/params/x] contains unrecognized parameter: [zzz]"),
    ("zzz=1&timeot=2&zzz=3", "request [/params/x] contains unrecognized parameters: "
                             "[timeot] -> did you mean [timeout]?, [zzz]"),
    ("tags=a", "request [/params/x] contains unrecognized parameter: [tags]"),
])
def test_parameters_that_are_refused(tool, query, expected):
    assert reason(tool.ask("POST", f"/params/x?{query}"), 400, "illegal_argument_exception") == expected


def test_byte_size_that_is_refused(tool):
    assert reason(tool.ask("POST", "/params/x?cache_size=10"), 400, "parse_exception") == (
        "failed to parse setting [cache_size] with value [10] as a size in bytes: "
        "unit is missing or unrecognized")


def test_fractional_byte_size_is_taken_with_a_warning(tool):
    answer = tool.ask("POST", "/params/x?cache_size=1.5mb")
    assert answer.json["cache_size"] == 1572864
    assert answer.headers["warning"] == (
        '299 Elasticsearch-9.2.0-abc "Fractional bytes values are deprecated. Use non-fractional '
        'bytes values instead: [1.5mb] found for setting [cache_size]"')


def test_int_has_its_cause(tool):
    answer = tool.ask("POST", "/params/x?number_of_allocations=99999999999")
    assert answer.json["error"]["caused_by"] == {
        "type": "number_format_exception", "reason": 'For input string: "99999999999"'}


def test_complaints_are_joined_in_order(tool):
    answer = tool.ask("POST", "/params/x?threads_per_allocation=0&number_of_allocations=0")
    assert reason(answer, 400, "action_request_validation_exception") == (
        "Validation Failed: 1: [number_of_allocations] must be a positive integer;"
        "2: [threads_per_allocation] must be a positive integer;"
        "3: [threads_per_allocation] must be a power of 2 less than or equal to 32;")
    answer = tool.ask("POST", "/params/x?threads_per_allocation=3&priority=low",
                      {"number_of_allocations": 2})
    assert reason(answer, 400, "action_request_validation_exception") == (
        "Validation Failed: 1: [threads_per_allocation] must be a power of 2 less than or equal to 32;"
        "2: [number_of_allocations] must be 1 when [priority] is low;")


@pytest.mark.parametrize("body, expected", [
    ({"timeot": "1s"}, "[1:2] [params] unknown field [timeot] did you mean [timeout]?"),
    ({"force": True, "zzz": 1}, "[1:17] [params] unknown field [zzz]"),
    ({"number_of_allocations": []},
     "[1:2] [params] number_of_allocations doesn't support values of type: START_ARRAY"),
    ({"timeout": 5}, "[1:2] [params] timeout doesn't support values of type: VALUE_NUMBER"),
    ({"adaptive": "x"}, "[1:2] [params] adaptive doesn't support values of type: VALUE_STRING"),
    ({"number_of_allocations": 4.5}, "[1:2] [params] failed to parse field [number_of_allocations]"),
    ({"priority": "foo"}, "[1:2] [params] failed to parse field [priority]"),
    ({"tags": ["a", 1]}, "[1:2] [params] failed to parse field [tags]"),
    ([], "[1:1] [params] Expected START_OBJECT but was: START_ARRAY"),
])
def test_body_members_that_are_refused(tool, body, expected):
    assert reason(tool.ask("POST", "/params/x", body), 400, "x_content_parse_exception") == expected


def test_body_replaces_query(tool):
    assert tool.ask("POST", "/stop/x?force=true").json["force"] is True
    assert tool.ask("POST", "/stop/x", {"force": True}).json["force"] is True
    answer = tool.ask("POST", "/stop/x?force=true", {"priority": "low"})
    assert reason(answer, 400, "illegal_argument_exception") == \
        "request [/stop/x] contains unrecognized parameter: [force]"


def test_body_that_is_required(tool):
    answer = tool.ask("POST", "/echo/x")
    assert reason(answer, 400, "status_exception") == "requires body"
    assert reason(tool.ask("PUT", "/stream"), 400, "parse_exception") == "request body is required"


def test_source_stands_for_a_body(tool):
    kind = "source_content_type=application/json"
    assert tool.ask("GET", f'/echo/x?source={{"text":"s"}}&{kind}').json["text"] == "s"
    assert tool.ask("GET", "/echo/x?source={}").status == 400
    assert tool.ask("GET", f"/text?source={{}}&{kind}").status == 400


def test_stream_is_refused_at_its_start_and_in_its_middle(tool):
    body = b"x" * 200000
    with tool.connect() as connection:
        for query, kind in [("?fail_at=0", "resource_not_found_exception"),
                            ("?fail_at=1000", "status_exception")]:
            connection.request("PUT", "/stream" + query, body)
            assert connection.response().json["error"]["type"] == kind
        connection.request("PUT", "/stream", body)
        assert connection.response().json == {"bytes": len(body)}


def test_pretty_and_filter_path(tool):
    assert tool.ask("GET", "/?pretty").body == b'{\n  "ok" : true\n}\n'
    assert tool.ask("GET", "/echo/x?filter_path=id").json == {"id": "x"}
    assert tool.ask("GET", "/echo/x?filter_path=-id,-body").json == {"path": "/echo/x"}
    assert tool.ask("GET", "/echo/x?filter_path=none").body == b"{}"
    assert tool.ask("GET", "/none?pretty").body.startswith(b'{\n  "error"')
    assert tool.ask("GET", "/text?pretty").body == b"plain\n"
    assert tool.ask("GET", "/fail?filter_path=error.type,status").json == {
        "error": {"type": "es_rejected_execution_exception"}, "status": 429}


def test_warning_and_retry_after(tool):
    answer = tool.ask("POST", "/echo/x", {})
    assert answer.headers["warning"] == '299 Elasticsearch-9.2.0-abc "this \\"echo\\" is deprecated"'
    assert tool.ask("GET", "/fail").headers["retry-after"] == "3"


def test_a_long_answer(tool):
    with tool.connect() as connection:
        connection.request("GET", "/big?kb=3000")
        assert len(connection.response().body) == 3000 * 1024 + 2
