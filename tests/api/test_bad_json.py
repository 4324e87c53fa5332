# SPDX-License-Identifier: Apache-2.0
"""Bodies that are not JSON, or hostile JSON, on every endpoint that reads one.

Each must be refused with 400 (413 when too long) and Elasticsearch's type; nothing may be changed
by it and the daemon goes on (the daemon fixture asserts that after each test).
"""

import json
import re

import pytest

from support import models
from support.raw import RawConnection

ENDPOINTS = {
    "put": ("PUT", "/_ml/trained_models/{id}"),
    "part": ("PUT", "/_ml/trained_models/{id}/definition/0"),
    "vocabulary": ("PUT", "/_ml/trained_models/{id}/vocabulary"),
    "start": ("POST", "/_ml/trained_models/{id}/deployment/_start"),
    "stop": ("POST", "/_ml/trained_models/{id}/deployment/_stop"),
    "infer": ("POST", "/_ml/trained_models/{id}/_infer"),
}

BODIES = {
    "not_json": b"hello",
    "cut_off": b'{"docs": [',
    "trailing": b'{} {}',
    "comment": b'{/* no */}',
    "single_quotes": b"{'a': 1}",
    "bare_word": b'{"a": nul}',
    "number_with_zero": b'{"a": 01}',
    "not_a_number": b'{"a": NaN}',
    "lone_bracket": b"]",
    "control_character": b'{"a": "\x01"}',
    "ill_formed_utf8": b'{"a": "\xff\xfe"}',
    "surrogate_bytes": b'{"a": "\xed\xa0\x80"}',
    "overlong_utf8": b'{"a": "\xc0\xaf"}',
    "lone_surrogate_escape": b'{"a": "\\ud800"}',
    "nul_byte": b'{"a": "x\x00y"}',
    "nul_escape": b'{"a": "x\\u0000y"}',
    "nul_in_key": b'{"a\\u0000b": 1}',
    "too_deep": b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep_objects": b'{"a": ' * 5_000 + b"1" + b"}" * 5_000,
    "bad_escape": b'{"a": "\\x41"}',
}
KINDS = {"x_content_parse_exception", "parse_exception", "json_parse_exception"}


def refused(answer):
    assert answer.status == 400, answer
    error = answer.json["error"]
    assert error["type"] in KINDS and error["reason"], answer


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("body", BODIES)
def test_bad_body(daemon, endpoint, body):
    method, path = ENDPOINTS[endpoint]
    if endpoint != "put":
        models.put_config(daemon, "target")
    before = daemon.get("/_ml/trained_models").ok()
    refused(daemon.request(method, path.format(id="target"), BODIES[body]))
    assert daemon.get("/_ml/trained_models").ok() == before
    if endpoint == "part":
        models.put_definition(daemon, "target", models.ones())
    if endpoint == "vocabulary":
        models.put_vocabulary(daemon, "target")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("body", [b"[]", b'"text"', b"7", b"null", b"true"])
def test_body_that_is_no_object(daemon, endpoint, body):
    method, path = ENDPOINTS[endpoint]
    if endpoint != "put":
        models.put_config(daemon, "target")
    refused(daemon.request(method, path.format(id="target"), body))


def test_malformed_json_says_where(daemon):
    error = daemon.post("/_ml/trained_models/m/_infer", b'{"docs": }').fails(
        400, "x_content_parse_exception", re.compile(r"\[1:\d+\] .+"))
    assert error["caused_by"]["type"] == "json_parse_exception"


def test_duplicate_key(daemon):
    body = b'{"docs": [{"text_field": "a"}], "docs": []}'
    answer = daemon.post("/_ml/trained_models/m/_infer", body)
    refused(answer)
    assert "Duplicate field 'docs'" in answer.json["error"]["reason"]


@pytest.mark.parametrize("endpoint", ["put", "vocabulary", "infer"])
def test_empty_body_where_one_is_required(daemon, endpoint):
    method, path = ENDPOINTS[endpoint]
    answer = daemon.request(method, path.format(id="target"), b"")
    if endpoint == "infer":
        answer.fails(400, "status_exception", "requires body")
    else:
        answer.fails(400, "parse_exception", "request body is required")


@pytest.mark.parametrize("endpoint, parser", [
    ("put", "trained_model_config"),
    ("part", "put_trained_model_part_action"),
    ("vocabulary", "put_trained_model_vocabulary"),
    ("start", "cluster:admin/xpack/ml/trained_models/deployment/start"),
    ("infer", "cluster:internal/xpack/ml/inference/infer"),
])
def test_unknown_field_names_line_column_and_parser(daemon, endpoint, parser):
    method, path = ENDPOINTS[endpoint]
    if endpoint != "put":
        models.put_config(daemon, "target")
    answer = daemon.request(method, path.format(id="target"), b'{\n  "no_such_field": 1\n}')
    answer.fails(400, "x_content_parse_exception",
                 re.compile(rf"\[2:\d+\] \[{parser}\] unknown field \[no_such_field\]"
                                          r"( did you mean .*)?"))


def test_similar_field_is_suggested(daemon):
    answer = daemon.post("/_ml/trained_models/m/deployment/_start", {"queue_capasity": 4})
    assert "did you mean [queue_capacity]?" in answer.json["error"]["reason"], answer


def test_wrong_token_type(daemon):
    answer = daemon.post("/_ml/trained_models/m/deployment/_start", {"queue_capacity": [1]})
    refused(answer)
    assert "queue_capacity doesn't support values of type: START_ARRAY" in \
        answer.json["error"]["reason"], answer


def test_too_long_body_is_413(make_daemon):
    daemon = make_daemon({"http.max_content_length": "1mb"})
    body = json.dumps({"docs": [{"text_field": "a" * (1 << 20)}]}).encode()
    answer = daemon.post("/_ml/trained_models/m/_infer", body)
    assert answer.status == 413, answer
    daemon.check()


def test_too_long_chunked_body_is_413(make_daemon):
    daemon = make_daemon({"http.max_content_length": "1mb"})
    with RawConnection(daemon) as connection:
        connection.send(b"POST /_ml/trained_models/m/_infer HTTP/1.1\r\nHost: t\r\n"
                        b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        try:
            for _ in range(64):
                connection.send(chunk)
        except OSError:
            pass  # refused before all was sent, which is what is wanted
        assert connection.response().status == 413
    daemon.check()


def test_many_values_are_bounded(daemon):
    body = b'{"docs": [' + b"{}," * 6_000_000 + b"{}]}"
    answer = daemon.post("/_ml/trained_models/m/_infer", body)
    assert answer.status in (400, 413), answer


def test_unicode_text_survives(daemon, name):
    text = "Grüße, 世界 \U0001f600 \" \\ \t end"
    daemon.put(f"/_ml/trained_models/{name}", models.config(description=text)).ok()
    found = daemon.get(f"/_ml/trained_models/{name}").ok()["trained_model_configs"][0]
    assert found["description"] == text
    assert "世界".encode() in daemon.get(f"/_ml/trained_models/{name}").body
    escaped = json.dumps(models.config(description=text))
    daemon.put(f"/_ml/trained_models/{name}-2", escaped).ok()
    found = daemon.get(f"/_ml/trained_models/{name}-2").ok()["trained_model_configs"][0]
    assert found["description"] == text
