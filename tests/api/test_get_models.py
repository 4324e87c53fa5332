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


def test_missing_ids_are_listed(five):
    five.get(f"{PATH}/x,c,y,zzz*").fails(404, "resource_not_found_exception",
                                         "No known trained model with model_id [x,y]")


def test_tags_that_an_id_does_not_have(five):
    five.get(f"{PATH}/a1?tags=x").fails(404, "resource_not_found_exception",
                                        "No known trained model with model_id [a1]")


def test_human(five):
    model = five.get(f"{PATH}/c?human=true").ok()["trained_model_configs"][0]
    assert model["create_time_string"].endswith("Z") and model["model_size"] == "0b"
    keys = list(model)
    assert keys.index("create_time_string") + 1 == keys.index("create_time")
    assert keys.index("model_size") + 1 == keys.index("model_size_bytes")


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


def test_a_page_of_one_has_a_status(five):
    model = five.get(f"{PATH}/a*?include=definition_status&size=1").ok()["trained_model_configs"][0]
    assert (model["model_id"], model["fully_defined"]) == ("a1", False)


def test_definition_of_one(five):
    five.get(f"{PATH}/c?include=definition").fails(
        400, "status_exception", "[c] is type [pytorch] and does not support retrieving the definition")


def test_includes_without_effect(five):
    plain = five.get(f"{PATH}/a*").ok()
    assert five.get(f"{PATH}/a*?include=feature_importance_baseline,hyperparameters,"
                    "total_feature_importance").ok() == plain


@pytest.mark.parametrize("include", ["colour", "definition,colour", "Definition"])
def test_unknown_include(five, include):
    five.get(f"{PATH}/c?include={include}").fails(
        400, "illegal_argument_exception",
        f"unknown [include] parameters [{include.rsplit(',', 1)[-1]}]. Valid options are [definition, "
        "definition_status, feature_importance_baseline, hyperparameters, total_feature_importance, vetting]")


# ---- the paths of version 8 ----

COMPATIBLE = {"Accept": "application/vnd.elasticsearch+json; compatible-with=8"}


@pytest.mark.parametrize("old, new", [
    ("/_ml/inference", PATH), ("/_ml/inference/a*", f"{PATH}/a*"), ("/_ml/inference/_stats", f"{PATH}/_stats"),
    ("/_ml/inference/c/_stats", f"{PATH}/c/_stats"),
])
def test_old_paths(five, old, new):
    answer = five.get(old, headers=COMPATIBLE)
    assert answer.ok() == five.get(new).ok()
    pattern = old.replace("/c", "/{model_id}").replace("/a*", "/{model_id}")
    assert answer.headers["Warning"].endswith(
        f'"[GET {pattern}] is deprecated! Use [GET {pattern.replace("inference", "trained_models")}] instead."')


def test_old_paths_that_change_something(daemon, name):
    path, both = f"/_ml/inference/{name}", dict(COMPATIBLE)
    both["Content-Type"] = both["Accept"]
    answer = daemon.put(path, models.config(), headers=both)
    assert answer.ok()["model_id"] == name and "deprecated" in answer.headers["Warning"]
    daemon.delete(path, headers=COMPATIBLE).acknowledged()


@pytest.mark.parametrize("headers", [{}, {"Accept": COMPATIBLE["Accept"].replace("8", "9")}])
def test_old_paths_are_gone_from_version_9(five, headers):
    answer = five.get("/_ml/inference", headers=headers)
    assert answer.status == 400, answer
    assert answer.json == {
        "error": "no handler found for uri [/_ml/inference] and method [GET]"}, answer


def test_parameters_of_the_clients(five):
    assert ids(five.get(f"{PATH}/c?allow_no_match=true&decompress_definition=true"
                        "&exclude_generated=false&from=0&size=100")) == ["c"]
