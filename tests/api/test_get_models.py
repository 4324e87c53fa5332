# SPDX-License-Identifier: Apache-2.0
"""GET _ml/trained_models with all its parameters (compatibility 5)."""

import pytest

from support import models

PATH = "/_ml/trained_models"


@pytest.fixture
def five(daemon):
    for model_id, tags in (("b1", ["x"]), ("a2", ["x", "y"]), ("a1", []), ("c", ["y"]),
                           ("a10", ["x", "y"])):
        models.put_config(daemon, model_id, tags=tags)
    return daemon


def ids(answer):
    return [model["model_id"] for model in answer.ok()["trained_model_configs"]]


@pytest.mark.parametrize("expression, expected", [
    ("", ["a1", "a10", "a2", "b1", "c"]),
    ("/_all", ["a1", "a10", "a2", "b1", "c"]),
    ("/*", ["a1", "a10", "a2", "b1", "c"]),
    ("/a*", ["a1", "a10", "a2"]),
    ("/a*,c", ["a1", "a10", "a2", "c"]),
    ("/a*%2Cc", ["a1", "a10", "a2", "c"]),
    ("/*1", ["a1", "b1"]),
    ("/c,c,c", ["c"]),
    ("/a%31", ["a1"]),
    ("/zzz*", []),
    ("?size=2", ["a1", "a10"]),
    ("?from=1&size=2", ["a10", "a2"]),
    ("?from=100", []),
    ("?size=0", []),
    ("?tags=x", ["a10", "a2", "b1"]),
    ("?tags=x,y", ["a10", "a2"]),
    ("?tags=x%2Cy", ["a10", "a2"]),
    ("?tags=none", []),
])
def test_selection(five, expression, expected):
    assert ids(five.get(PATH + expression)) == expected


def test_count_is_of_all_matches_not_of_the_page(five):
    assert five.get(f"{PATH}?size=2&from=1").ok()["count"] == 5


def test_missing_id(five):
    five.get(f"{PATH}/none").fails(404, "resource_not_found_exception",
                                   "No known trained model with model_id [none]")


def test_missing_id_beside_one_that_is_there(five):
    five.get(f"{PATH}/c,none").fails(404, "resource_not_found_exception",
                                     "No known trained model with model_id [none]")


def test_no_match_may_be_an_error(five):
    five.get(f"{PATH}/zzz*?allow_no_match=false").fails(
        404, "resource_not_found_exception", "No known trained model with model_id [zzz*]")


@pytest.mark.parametrize("parameter", ["from", "size"])
def test_negative_page(five, parameter):
    five.get(f"{PATH}?{parameter}=-1").fails(400, "illegal_argument_exception",
                                             f"Parameter [{parameter}] cannot be < 0")


def test_exclude_generated(five):
    left = five.get(f"{PATH}/c?exclude_generated=true").ok()["trained_model_configs"][0]
    assert not set(left) & {"created_by", "version", "create_time", "model_size_bytes",
                            "estimated_operations", "license_level"}
    assert set(left) >= {"model_id", "model_type", "inference_config", "input", "tags"}


def test_exported_configuration_can_be_put_again(five):
    left = five.get(f"{PATH}/a2?exclude_generated=true").ok()["trained_model_configs"][0]
    for field in ("model_id", "location"):
        left.pop(field, None)
    for task in left["inference_config"].values():
        task.pop("vocabulary", None)
    echo = five.put(f"{PATH}/again", left).ok()
    assert echo["inference_config"] == models.put_config(five, "other").json["inference_config"]


def test_definition_status(five):
    path = f"{PATH}/c?include=definition_status"
    assert five.get(path).ok()["trained_model_configs"][0]["fully_defined"] is False
    models.put_definition(five, "c", models.ones())
    assert five.get(path).ok()["trained_model_configs"][0]["fully_defined"] is True
    assert "fully_defined" not in five.get(f"{PATH}/c").ok()["trained_model_configs"][0]


def test_definition_status_of_several(five):
    five.get(f"{PATH}/a*?include=definition_status").fails(
        400, "status_exception",
        "Getting the model download status is not supported when getting more than one model")


def test_definition_of_several(five):
    five.get(f"{PATH}/a*?include=definition").fails(
        400, "status_exception",
        "Getting model definition is not supported when getting more than one model")


def test_unknown_include(five):
    answer = five.get(f"{PATH}/c?include=colour")
    assert answer.status == 400, answer
    assert answer.json["error"]["reason"].startswith("unknown [include] parameters [colour]. Valid")


def test_parameters_of_the_clients(five):
    assert ids(five.get(f"{PATH}/c?allow_no_match=true&decompress_definition=true"
                        "&exclude_generated=false&from=0&size=100")) == ["c"]
