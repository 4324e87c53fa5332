# SPDX-License-Identifier: Apache-2.0
"""_start: every parameter in query and body, its complaints, and the shape of the answer (8.1)."""

import re

import pytest

from support import models

PATH = "/_ml/trained_models"


@pytest.fixture
def model(daemon, name):
    models.upload(daemon, name, models.ones(), "pass_through")
    return name


def start(daemon, model_id, query="", body=None):
    return daemon.post(f"{PATH}/{model_id}/deployment/_start{query}", body)


def test_answer(daemon, model):
    assignment = start(daemon, model).ok()["assignment"]
    node, = assignment["routing_table"]
    size = len(models.ones())
    start_time = assignment.pop("start_time")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z", start_time)
    assert assignment == {
        "task_parameters": {
            "model_id": model, "deployment_id": model, "model_bytes": size,
            "threads_per_allocation": 1, "number_of_allocations": 1, "queue_capacity": 1024,
            "cache_size": f"{size}b", "priority": "normal", "per_deployment_memory_bytes": 0,
            "per_allocation_memory_bytes": 0},
        "routing_table": {node: {"current_allocations": 1, "target_allocations": 1,
                                 "routing_state": "started", "reason": ""}},
        "assignment_state": "started", "max_assigned_allocations": 1, "adaptive_allocations": None}
    assert list(models.node_stats(daemon, model)["node"]) == [node]


VALUES = {"number_of_allocations": 3, "threads_per_allocation": 2, "queue_capacity": 77,
          "cache_size": "10kb", "priority": "normal"}


@pytest.mark.parametrize("place", ["query", "body"])
def test_every_parameter_is_taken(daemon, model, place):
    values = {**VALUES, "timeout": "40s", "wait_for": "fully_allocated"}
    if place == "query":
        query = "?" + "&".join(f"{key}={value}" for key, value in values.items())
        answer = start(daemon, model, query + "&deployment_id=other")
    else:
        answer = start(daemon, model, "?deployment_id=other", values)
    assignment = answer.ok()["assignment"]
    parameters = assignment["task_parameters"]
    assert {key: parameters[key] for key in VALUES} == VALUES
    assert parameters["deployment_id"] == "other"
    route, = assignment["routing_table"].values()
    assert (route["current_allocations"], route["target_allocations"]) == (3, 3)
    deployment = models.stats(daemon, model, "other")["deployment_stats"]
    assert {key: deployment[key] for key in VALUES} == VALUES


def test_query_overrides_body(daemon, model):
    parameters = start(daemon, model, "?queue_capacity=5", {
        "queue_capacity": 6, "number_of_allocations": 2}).ok()["assignment"]["task_parameters"]
    assert (parameters["queue_capacity"], parameters["number_of_allocations"]) == (5, 2)


def test_deployment_id_of_the_body_is_overwritten(daemon, model):
    """The handler sets it from the URL after the body was read, with the model's id as default."""
    parameters = start(daemon, model, "", {"deployment_id": "d4"}).ok()["assignment"]
    assert parameters["task_parameters"]["deployment_id"] == model


def test_deployment_ids_of_any_form(daemon, model):
    start(daemon, model, "?deployment_id=d%202%2Fx").ok()
    answer = models.infer(daemon, "d%202%2Fx", "alpha")
    assert models.float32(answer.ok()["inference_results"][0]["predicted_value"]) == \
        models.ones_answer("alpha")
    assert daemon.post(f"{PATH}/d%202%2Fx/deployment/_stop?allow_no_match=false").ok()


def test_numbers_may_be_strings(daemon, model):
    parameters = start(daemon, model, "", {"queue_capacity": "12"}).ok()["assignment"]
    assert parameters["task_parameters"]["queue_capacity"] == 12


def test_model_id_in_the_body_must_be_the_urls(daemon, model):
    start(daemon, model, "", {"model_id": "x"}).fails(
        400, "status_exception",
        f"Inconsistent model_id; 'x' specified in the body differs from '{model}' specified as a "
        "URL argument")
    start(daemon, model, "", {"model_id": model}).ok()


POWER = "[threads_per_allocation] must be a power of 2 less than or equal to 32"
COMPLAINTS = [
    ({"number_of_allocations": 0}, ["[number_of_allocations] must be a positive integer"]),
    ({"number_of_allocations": -3}, ["[number_of_allocations] must be a positive integer"]),
    ({"threads_per_allocation": 3}, [POWER]),
    ({"threads_per_allocation": 64}, [POWER]),
    ({"threads_per_allocation": 0},
     ["[threads_per_allocation] must be a positive integer", POWER]),
    ({"threads_per_allocation": -1},
     ["[threads_per_allocation] must be a positive integer", POWER]),
    ({"queue_capacity": 0}, ["[queue_capacity] must be a positive integer"]),
    ({"queue_capacity": 1_000_001}, ["[queue_capacity] must be less than 1000000"]),
    ({"timeout": "0"}, ["[timeout] must be positive"]),
    ({"timeout": "0s"}, ["[timeout] must be positive"]),
    ({"timeout": "-1"}, ["[timeout] must be positive"]),
    ({"priority": "low", "number_of_allocations": 2},
     ["[number_of_allocations] must be 1 when [priority] is low"]),
    ({"priority": "low", "threads_per_allocation": 2},
     ["[threads_per_allocation] must be 1 when [priority] is low"]),
    ({"number_of_allocations": 0, "threads_per_allocation": 5, "queue_capacity": -1,
      "timeout": "0"},
     ["[number_of_allocations] must be a positive integer", POWER,
      "[queue_capacity] must be a positive integer", "[timeout] must be positive"]),
]


@pytest.mark.parametrize("place", ["query", "body"])
@pytest.mark.parametrize("values, messages", COMPLAINTS, ids=range(len(COMPLAINTS)))
def test_complaints(daemon, model, place, values, messages):
    query = "?" + "&".join(f"{key}={value}" for key, value in values.items())
    answer = start(daemon, model, query) if place == "query" else start(daemon, model, "", values)
    answer.invalid(*messages)
    found = daemon.get(f"{PATH}/{model}/_stats").ok()["trained_model_stats"]
    assert "deployment_stats" not in found[0]


@pytest.mark.parametrize("values", [
    {"queue_capacity": 1}, {"queue_capacity": 1_000_000}, {"threads_per_allocation": 32},
    {"cache_size": "0"}, {"cache_size": "0b"}, {"cache_size": "1mb"}, {"timeout": "1h"},
])
def test_limits_are_inclusive(daemon, model, values):
    query = "?" + "&".join(f"{key}={value}" for key, value in values.items())
    start(daemon, model, query).ok()


@pytest.mark.parametrize("parameter, java", [("wait_for", "AllocationStatus.State"),
                                             ("priority", "Priority")])
def test_unknown_choice(daemon, model, parameter, java):
    answer = start(daemon, model, f"?{parameter}=sideways")
    answer.fails(400, "illegal_argument_exception",
                 re.compile(rf"No enum constant .*{re.escape(java)}\.SIDEWAYS"))


@pytest.mark.parametrize("value, reason", [
    ("10", "failed to parse setting [cache_size] with value [10] as a size in bytes: "
           "unit is missing or unrecognized"),
    ("abcmb", "failed to parse setting [cache_size] with value [abcmb]"),
    ("-5mb", "failed to parse setting [cache_size] with value [-5mb] as a size in bytes"),
])
def test_bad_cache_size(daemon, model, value, reason):
    start(daemon, model, f"?cache_size={value}").fails(400, "parse_exception", reason)


@pytest.mark.parametrize("parameter", ["number_of_allocations", "threads_per_allocation",
                                       "queue_capacity"])
@pytest.mark.parametrize("value", ["abc", "1.5", "99999999999", "", "1e3"])
def test_bad_integers(daemon, model, parameter, value):
    answer = start(daemon, model, f"?{parameter}={value}")
    answer.fails(400, "illegal_argument_exception",
                 f"Failed to parse int parameter [{parameter}] with value [{value}]")


@pytest.mark.parametrize("value", [4.5, "x", True, {}, None, 1e300])
def test_bad_integer_in_the_body(daemon, model, value):
    answer = start(daemon, model, "", {"queue_capacity": value})
    assert answer.status == 400, answer
    assert answer.json["error"]["type"] == "x_content_parse_exception", answer


def test_fraction_in_the_body_names_the_loss(daemon, model):
    answer = start(daemon, model, "", {"queue_capacity": 4.5})
    assert answer.json["error"]["caused_by"]["reason"] == \
        "4.5 cannot be converted to Integer without data loss", answer


@pytest.mark.parametrize("value, reason", [
    ("10", "failed to parse setting [timeout] with value [10] as a time value: "
           "unit is missing or unrecognized"),
    ("1.5s", "failed to parse [1.5s], fractional time values are not supported"),
])
def test_bad_timeout(daemon, model, value, reason):
    start(daemon, model, f"?timeout={value}").fails(400, "illegal_argument_exception", reason)


@pytest.mark.parametrize("unit", ["60000ms", "60S", "1m", "1h", "1d", "60000000micros"])
def test_time_units(daemon, model, unit):
    start(daemon, model, f"?timeout={unit}").ok()
