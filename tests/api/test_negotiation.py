# SPDX-License-Identifier: Apache-2.0
"""Content types, clients of 8.x and 9.x, common parameters (compatibility 1.2, 1.5, 1.6, 1.8)."""

import gzip
import json

import pytest
import yaml

from support import models
from support.raw import RawConnection

PATH = "/_ml/trained_models"


def vendored(version):
    return f"application/vnd.elasticsearch+json; compatible-with={version}"


@pytest.mark.parametrize("accept, expected", [
    (None, "application/json"), ("*/*", "application/json"),
    ("application/json", "application/json"),
    (vendored(9), "application/vnd.elasticsearch+json;compatible-with=9"),
    (vendored(8), "application/vnd.elasticsearch+json;compatible-with=8"),
    ("application/vnd.elasticsearch+json;compatible-with=9",
     "application/vnd.elasticsearch+json;compatible-with=9"),
    ("application/vnd.elasticsearch+json; compatible-with=9,text/plain", "application/json"),
])
def test_answer_has_the_type_asked_for(daemon, accept, expected):
    answer = daemon.get(PATH, headers={"Accept": accept} if accept else {})
    assert answer.status == 200
    assert answer.headers["content-type"].replace("; ", ";") == expected
    assert answer.json["count"] == 0


@pytest.mark.parametrize("version", [8, 9])
def test_bodies_of_both_client_generations(daemon, name, version):
    headers = {"Accept": vendored(version), "Content-Type": vendored(version)}
    answer = daemon.put(f"{PATH}/{name}", models.config(), headers=headers)
    assert answer.ok()["model_id"] == name


@pytest.mark.parametrize("version", [7, 10])
def test_other_versions_are_refused(daemon, version):
    answer = daemon.get(PATH, headers={"Accept": vendored(version)})
    assert answer.status == 400, answer
    assert answer.json["error"]["type"] == "media_type_header_exception"


def test_versions_of_accept_and_content_type_must_match(daemon, name):
    answer = daemon.put(f"{PATH}/{name}", models.config(),
                        headers={"Accept": vendored(8), "Content-Type": vendored(9)})
    assert answer.status == 400
    assert answer.json["error"]["type"] == "media_type_header_exception"
    daemon.get(f"{PATH}/{name}").fails(404, "resource_not_found_exception",
                                       f"No known trained model with model_id [{name}]")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
def test_unsupported_content_type(daemon, name, kind):
    answer = daemon.put(f"{PATH}/{name}", json.dumps(models.config()),
                        headers={"Content-Type": kind})
    answer.plain_error(406, f"Content-Type header [{kind}] is not supported")


def test_missing_content_type(daemon, name):
    with RawConnection(daemon) as connection:
        connection.send(f"PUT {PATH}/{name} HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\n{{}}"
                        .encode())
        connection.response().plain_error(406, "Content-Type header is missing")


def test_content_type_with_an_empty_body_is_no_body(daemon):
    answer = daemon.post(f"{PATH}/none/deployment/_stop", b"",
                         headers={"Content-Type": vendored(9)})
    assert answer.ok() == {"stopped": True}


def test_charset_and_case_of_the_type(daemon, name):
    daemon.put(f"{PATH}/{name}", json.dumps(models.config()),
               headers={"Content-Type": "Application/JSON ; Charset=UTF-8"}).ok()


def test_pretty(daemon):
    body = daemon.get(f"{PATH}?pretty").body
    assert body.endswith(b"\n") and b'\n  "count"' in body
    assert daemon.get(f"{PATH}?pretty=true").body == body
    assert b"\n" not in daemon.get(f"{PATH}?pretty=false").body


def test_pretty_errors(daemon):
    body = daemon.get(f"{PATH}/none?pretty").body
    assert b'\n  "error"' in body


@pytest.mark.parametrize("pattern, expected", [
    ("count", {"count": 1}),
    ("trained_model_configs.model_id", {"trained_model_configs": [{"model_id": "filtered"}]}),
    ("**.model_id", {"trained_model_configs": [{"model_id": "filtered"}]}),
    ("trained_model_configs.model_*,-*.model_type,-*.model_size_bytes",
     {"trained_model_configs": [{"model_id": "filtered"}]}),
    ("nothing", {}),
])
def test_filter_path(daemon, pattern, expected):
    models.put_config(daemon, "filtered")
    assert daemon.get(f"{PATH}?filter_path={pattern}").ok() == expected


def test_filter_path_excludes(daemon, name):
    models.put_config(daemon, name)
    body = daemon.get(f"{PATH}?filter_path=-trained_model_configs").ok()
    assert body == {"count": 1}


def test_human_adds_readable_twins(daemon, name):
    models.put_config(daemon, name)
    plain = daemon.get(f"{PATH}/{name}").ok()["trained_model_configs"][0]
    human = daemon.get(f"{PATH}/{name}?human=true").ok()["trained_model_configs"][0]
    assert set(human) - set(plain) == {"create_time_string", "model_size"}
    assert human["model_size"] == "0b"


def test_opaque_id_comes_back(daemon):
    answer = daemon.get("/", headers={"X-Opaque-Id": "abc-1"})
    assert answer.headers["X-Opaque-Id"] == "abc-1"


def test_gzip_body(daemon, name):
    body = gzip.compress(json.dumps(models.config()).encode())
    daemon.put(f"{PATH}/{name}", body, headers={"Content-Encoding": "gzip",
                                                "Content-Type": "application/json"}).ok()
    assert daemon.get(f"{PATH}/{name}").ok()["count"] == 1


def test_broken_gzip_body(daemon, name):
    answer = daemon.put(f"{PATH}/{name}", b"not gzip", headers={
        "Content-Encoding": "gzip", "Content-Type": "application/json"})
    assert answer.status == 400, answer


def test_no_compression_for_identity(daemon):
    answer = daemon.get("/", headers={"Accept-Encoding": "identity"})
    assert answer.headers["Content-Encoding"] is None and answer.json


UNKNOWN = "contains unrecognized parameter"


@pytest.mark.parametrize("path, text", [
    ("/_ml/trained_models/m/_infer?timeot=1s",
     f"request [/_ml/trained_models/m/_infer] {UNKNOWN}: [timeot] -> did you mean [timeout]?"),
    ("/_ml/trained_models/m/_infer?zzz=1",
     f"request [/_ml/trained_models/m/_infer] {UNKNOWN}: [zzz]"),
    ("/_ml/trained_models/m/deployment/_start?queue_capacitty=4",
     f"request [/_ml/trained_models/m/deployment/_start] {UNKNOWN}: [queue_capacitty]"
     " -> did you mean [queue_capacity]?"),
    ("/_ml/trained_models/m/deployment/_stop?forced=true",
     f"request [/_ml/trained_models/m/deployment/_stop] {UNKNOWN}: [forced]"
     " -> did you mean [force]?"),
])
def test_unknown_parameter(daemon, path, text):
    body = {"docs": [{"text_field": "a"}]} if "_infer" in path else None
    daemon.post(path, body).fails(400, "illegal_argument_exception", text)


def test_unknown_parameters_are_sorted(daemon):
    daemon.get(f"{PATH}?zzz=1&aaa=2").fails(
        400, "illegal_argument_exception",
        "request [/_ml/trained_models] contains unrecognized parameters: [aaa], [zzz]")


@pytest.mark.parametrize("path", [
    "/", "/_cluster/health", "/_ml/trained_models", "/_ml/trained_models/_stats",
])
def test_unknown_parameter_of_every_get(daemon, path):
    answer = daemon.get(f"{path}?no_such=1")
    assert answer.status == 400 and "[no_such]" in answer.json["error"]["reason"], answer


def test_parts_and_vocabulary_take_no_timeout(daemon, name):
    models.put_config(daemon, name)
    path = f"{PATH}/{name}/definition/0"
    answer = daemon.put(f"{path}?timeout=1s", models.part_body(b"x", 1, 1))
    answer.fails(400, "illegal_argument_exception", f"request [{path}] {UNKNOWN}: [timeout]")
    assert models.put_definition(daemon, name, models.ones()) is None  # nothing of it was stored


def test_bad_boolean(daemon):
    daemon.get(f"{PATH}?allow_no_match=yes").fails(
        400, "illegal_argument_exception",
        "Failed to parse value [yes] as only [true] or [false] are allowed.")


def test_empty_boolean_is_true(daemon):
    daemon.get(f"{PATH}?exclude_generated").ok()


def test_bad_integer(daemon):
    error = daemon.get(f"{PATH}?size=abc").fails(
        400, "illegal_argument_exception", "Failed to parse int parameter [size] with value [abc]")
    assert error["caused_by"] == {"type": "number_format_exception",
                                  "reason": 'For input string: "abc"'}


@pytest.mark.parametrize("value, reason", [
    ("10", "failed to parse setting [timeout] with value [10] as a time value: "
           "unit is missing or unrecognized"),
    ("1.5s", "failed to parse [1.5s], fractional time values are not supported"),
    ("abcs", "failed to parse [abcs]"),
    ("-5s", "failed to parse setting [timeout] with value [-5s] as a time value: "
            "negative durations are not supported"),
])
def test_bad_time(daemon, value, reason):
    daemon.post(f"{PATH}/m/_infer?timeout={value}", {"docs": [{"text_field": "a"}]}).fails(
        400, "illegal_argument_exception", reason)


def test_repeated_single_valued_header(daemon):
    with RawConnection(daemon) as connection:
        connection.send(b"POST /_ml/trained_models/m/_infer HTTP/1.1\r\nHost: t\r\n"
                        b"Content-Type: application/json\r\nContent-Type: text/plain\r\n"
                        b"Content-Length: 2\r\n\r\n{}")
        answer = connection.response()
        assert answer.status == 400, answer
        assert answer.json == {
            "error": "multiple values for single-valued header [Content-Type].", "status": 400}


def test_error_trace(daemon):
    error = daemon.get(f"{PATH}/none?error_trace=true").fails(
        404, "resource_not_found_exception", "No known trained model with model_id [none]")
    assert error["stack_trace"].startswith(
        "resource_not_found_exception: No known trained model with model_id [none]\n"
        f"\tat GET {PATH}/none?error_trace=true (request ")
    assert error["root_cause"][0]["stack_trace"] == error["stack_trace"]


def test_filter_path_of_errors(daemon):
    answer = daemon.get(f"{PATH}/none?filter_path=error.root_cause.type,status")
    assert answer.status == 404
    assert answer.json == {
        "error": {"root_cause": [{"type": "resource_not_found_exception"}]}, "status": 404}


def test_yaml(daemon, name):
    models.put_config(daemon, name, metadata={"on": "off", "no": ["1e5", 1e-7, None, "é"]})
    answer = daemon.get(f"{PATH}/{name}?format=yaml")
    assert answer.headers["content-type"] == "application/yaml"
    assert yaml.safe_load(answer.body) == daemon.get(f"{PATH}/{name}").ok()
    accept = "application/vnd.elasticsearch+yaml; compatible-with=9"
    answer = daemon.get(f"{PATH}/{name}", headers={"Accept": accept})
    assert answer.headers["content-type"] == accept.replace("; ", ";")


def test_yaml_of_a_large_answer(daemon, name):
    """Beyond 32 KiB the pool makes it."""
    metadata = {f"key-{n}" * 20: n for n in range(1000)}
    models.put_config(daemon, name, metadata=metadata)
    answer = daemon.get(f"{PATH}/{name}?format=yaml", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert yaml.safe_load(answer.body)["trained_model_configs"][0]["metadata"] == metadata


def test_compression_of_an_answer(daemon, name):
    models.put_config(daemon, name, description="x" * 2000)
    plain = daemon.get(f"{PATH}/{name}")
    small = daemon.get(f"{PATH}/{name}", headers={"Accept-Encoding": "deflate, gzip, br"})
    assert plain.headers["content-encoding"] is None
    assert small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) < 1000
    assert small.ok() == plain.ok()
    assert plain.headers["vary"] == small.headers["vary"] == "Accept-Encoding"
