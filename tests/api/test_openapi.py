# SPDX-License-Identifier: Apache-2.0
"""The OpenAPI document: valid, complete, served as it is printed; and the check that holds every
answer of these tests against it sees what is wrong."""

import json

import openapi_spec_validator
import pytest

from support import models, openapi
from support.answer import Answer

COMMON = {"pretty", "human", "error_trace", "filter_path", "format"}


def operations():
    return [(f"{method.upper()} {path}", operation)
            for path, methods in openapi.document()["paths"].items()
            for method, operation in methods.items()]


def test_document_is_valid():
    openapi_spec_validator.validate(openapi.document())
    assert openapi.document()["openapi"] == "3.1.0"


def test_document_is_served(daemon):
    answer = daemon.get("/_openapi.json")
    assert answer.ok() == openapi.document()
    assert answer.headers["content-type"] == "application/json"


def test_document_may_be_compressed_filtered_and_yaml(daemon):
    answer = daemon.get("/_openapi.json", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip" and answer.ok() == openapi.document()
    assert daemon.get("/_openapi.json?filter_path=openapi").ok() == {"openapi": "3.1.0"}
    assert daemon.get("/_openapi.json?format=yaml").body.startswith(b"---\nopenapi: \"3.1.0\"\n")


def test_operation_ids_are_unique():
    ids = [operation["operationId"] for _, operation in operations()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name, operation", operations(), ids=lambda value: str(value)[:80])
def test_operation_is_described(name, operation):
    responses = operation["responses"]
    assert {"200", "4XX", "5XX"} <= set(responses), name
    assert name.startswith("HEAD ") or "content" in responses["200"], f"{name} has no schema"
    assert operation["summary"], name
    assert COMMON <= {parameter["$ref"].rsplit("/", 1)[1]
                      for parameter in operation["parameters"] if "$ref" in parameter}
    for parameter in operation["parameters"]:
        assert "$ref" in parameter or parameter["description"], (name, parameter)


def test_parameters_have_types_ranges_choices_and_defaults():
    start = openapi.operation("POST", "/_ml/trained_models/m/deployment/_start")
    known = {parameter.get("name"): parameter for parameter in start["parameters"]}
    assert known["model_id"]["in"] == "path" and known["model_id"]["required"] is True
    assert known["threads_per_allocation"]["schema"]["enum"] == [1, 2, 4, 8, 16, 32]
    assert known["queue_capacity"]["schema"]["minimum"] == 1
    assert known["wait_for"]["schema"]["default"] == "started"
    body = start["requestBody"]["content"]["application/json"]["schema"]
    assert body["additionalProperties"] is False and "adaptive_allocations" in body["properties"]
    old = openapi.operation("POST", "/_ml/trained_models/m/deployment/_infer")
    assert old["deprecated"] is True


def made_up(status, body, kind="application/json"):
    text = body if isinstance(body, str) else json.dumps(body)
    return Answer(status, {"content-type": kind}, text.encode(), "made up")


ROOT_ERROR = {"type": "t", "reason": "r"}


@pytest.mark.parametrize("path, answer", [
    ("/none", made_up(200, {})),
    ("/_ml/trained_models", made_up(200, {"count": 0})),
    ("/_ml/trained_models", made_up(200, {"count": "0", "trained_model_configs": []})),
    ("/_ml/trained_models", made_up(200, {"count": 0, "trained_model_configs": [], "more": 1})),
    ("/_ml/trained_models", made_up(200, {"count": 0, "trained_model_configs": []}, "text/plain")),
    ("/_ml/trained_models", made_up(201, {"count": 0, "trained_model_configs": []})),
    ("/_ml/trained_models", made_up(404, {"count": 0, "trained_model_configs": []})),
    ("/_ml/trained_models", made_up(400, {"error": dict(ROOT_ERROR, root_cause=[]), "status": 400})),
    ("/_ml/trained_models", made_up(200, "not json")),
])
def test_wrong_answers_are_seen(path, answer):
    with pytest.raises((AssertionError, ValueError)):
        openapi.check(answer, "GET", path)


@pytest.mark.parametrize("path, answer", [
    ("/_ml/trained_models", made_up(200, {"count": 0, "trained_model_configs": []})),
    ("/_ml/trained_models?filter_path=x", made_up(200, {})),
    ("/_ml/trained_models", made_up(400, {"error": "text", "status": 400})),
    ("/none", made_up(400, {"error": "no handler"})),
    ("/_ml/trained_models", made_up(400, {
        "error": dict(ROOT_ERROR, root_cause=[ROOT_ERROR], caused_by=ROOT_ERROR), "status": 400})),
])
def test_right_answers_are_not_blamed(path, answer):
    openapi.check(answer, "GET", path)


def test_yaml_answers_are_checked_too(daemon, name):
    models.put_config(daemon, name)
    assert daemon.get(f"/_ml/trained_models/{name}?format=yaml").status == 200
    assert daemon.get("/_ml/trained_models/none?format=yaml").status == 404
