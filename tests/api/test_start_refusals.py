# SPDX-License-Identifier: Apache-2.0
"""_start: what it refuses after validation, in Elasticsearch's words (compatibility 8.1, 9.3, 9.4)."""

import re

import pytest

from support import models

PATH = "/_ml/trained_models"
NO_CAPACITY = "Could not start deployment because no ML nodes with sufficient capacity were found"


def start(daemon, model_id, query=""):
    return daemon.post(f"{PATH}/{model_id}/deployment/_start{query}")


def test_unknown_model(daemon):
    start(daemon, "none").fails(404, "resource_not_found_exception",
                                "No known trained model with model_id [none]")


def test_same_deployment_twice(daemon, name):
    models.serve(daemon, name, models.ones(), "pass_through")
    start(daemon, name).fails(
        400, "status_exception",
        "Could not start model deployment because an existing deployment with the same id "
        f"[{name}] exist")
    assert models.vectors(daemon, name, "alpha") == [models.ones_answer("alpha")]


def test_deployment_named_like_another_model(daemon, name):
    models.put_config(daemon, "other")
    models.upload(daemon, name, models.ones(), "pass_through")
    start(daemon, name, "?deployment_id=other").fails(
        400, "status_exception",
        "Deployment id [other] is the same as an another model which is not the model being "
        "deployed. Deployment id can be the same as the model being deployed but cannot match a "
        "different model")


def test_pattern_that_matches_several(daemon):
    models.put_config(daemon, "a1")
    models.put_config(daemon, "a2")
    start(daemon, "a*").fails(
        400, "status_exception",
        "cannot deploy more than one model at the same time; [a*] matches models [[a1, a2]]")


def test_upgrade_mode(daemon, name):
    """The contract's #2, before everything else that can be said."""
    models.upload(daemon, name, models.ones(), "pass_through")
    daemon.post("/_ml/set_upgrade_mode?enabled=true").acknowledged()
    try:
        for model_id in (name, "none"):
            start(daemon, model_id).fails(
                403, "status_exception", f"Cannot start model deployment [{model_id}] while "
                "cluster upgrade is in progress.")
    finally:
        daemon.post("/_ml/set_upgrade_mode?enabled=false").acknowledged()
    models.start(daemon, name)


def alias(daemon, model_id, name):
    daemon.put(f"{PATH}/{model_id}/model_aliases/{name}").acknowledged()


def test_start_by_alias(daemon, name):
    """The deployment has the name it was started by, the model its own."""
    models.upload(daemon, name, models.ones(), "pass_through")
    alias(daemon, name, "second-name")
    parameters = models.start(daemon, "second-name")["task_parameters"]
    assert (parameters["deployment_id"], parameters["model_id"]) == ("second-name", name)
    for id_or_alias in ("second-name", name):
        assert models.vectors(daemon, id_or_alias, "alpha") == [models.ones_answer("alpha")]
    parameters = models.start(daemon, "second-name", deployment_id="d2")["task_parameters"]
    assert (parameters["deployment_id"], parameters["model_id"]) == ("d2", name)
    for deployment_id in ("d2", "second-name"):
        daemon.post(f"{PATH}/{deployment_id}/deployment/_stop?allow_no_match=false").ok()
    models.infer(daemon, name, "alpha").fails(
        409, "status_exception", f"Model [{name}] must be deployed to use. Please deploy with the "
        "start trained model deployment API.")


def test_deployment_named_like_an_alias_of_another_model(daemon, name):
    models.put_config(daemon, "other")
    alias(daemon, "other", "second-name")
    models.upload(daemon, name, models.ones(), "pass_through")
    start(daemon, name, "?deployment_id=second-name").fails(
        400, "status_exception",
        "Deployment id [second-name] is the same as an another model which is not the model being "
        "deployed. Deployment id can be the same as the model being deployed but cannot match a "
        "different model")


def test_pattern_that_matches_one(daemon, name):
    models.upload(daemon, name, models.ones(), "pass_through")
    parameters = models.start(daemon, f"{name[:-1]}*")["task_parameters"]
    assert (parameters["deployment_id"], parameters["model_id"]) == (name, name)


def test_length_of_a_deployment_id(daemon, name):
    models.upload(daemon, name, models.ones(), "pass_through")
    start(daemon, name, f"?deployment_id={'d' * 513}").fails(
        400, "illegal_argument_exception",
        f"Invalid deployment_id; [{'d' * 513}] has [513] bytes, must have [1] to [512]")
    start(daemon, name, "?deployment_id=").fails(
        400, "illegal_argument_exception",
        "Invalid deployment_id; [] has [0] bytes, must have [1] to [512]")
    models.start(daemon, name, deployment_id="d" * 512)


def test_existing_deployment_comes_before_unknown_model(daemon, name):
    """The contract's order: #4 before #6."""
    models.serve(daemon, name, models.ones(), "pass_through")
    answer = start(daemon, "none", f"?deployment_id={name}")
    assert (answer.status, answer.json["error"]["type"]) == (400, "status_exception"), answer


def test_threads_beyond_the_processors(make_daemon, name):
    daemon = make_daemon({"node.processors": 2})
    models.upload(daemon, name, models.ones(), "pass_through")
    error = start(daemon, name, "?threads_per_allocation=4").fails(429, "status_exception",
                                                                   NO_CAPACITY)
    assert error["caused_by"]["type"] == "illegal_state_exception"
    assert re.fullmatch(
        r"Could not start deployment because no suitable nodes were found, allocation explanation "
        r"\[Could not assign \(more\) allocations on node \[.+\]\. Reason: This node has "
        r"insufficient allocated processors\. Available processors \[2\], free processors \[2\], "
        r"processors required for each allocation of this model \[4\]\]",
        error["caused_by"]["reason"]), error


def test_allocations_beyond_the_processors(make_daemon, name):
    daemon = make_daemon({"node.processors": 4})
    models.upload(daemon, name, models.ones(), "pass_through")
    start(daemon, name, "?threads_per_allocation=2&number_of_allocations=3").fails(
        429, "status_exception",
        "Could not start deployment because there are not enough resources to provide all "
        "requested allocations")
    models.start(daemon, name, threads_per_allocation=2, number_of_allocations=2,
                 wait_for="fully_allocated")
    start(daemon, name, "?deployment_id=d2").fails(429, "status_exception", NO_CAPACITY)
    models.start(daemon, name, deployment_id="low", priority="low")
    daemon.post(f"{PATH}/{name}/deployment/_stop").ok()
    models.start(daemon, name, deployment_id="d2", number_of_allocations=4)


def test_newcomer_takes_nothing_away(make_daemon, name):
    """More allocations would fit if the first deployment gave one of its own up."""
    daemon = make_daemon({"node.processors": 4})
    models.upload(daemon, name, models.ones(), "pass_through")
    models.start(daemon, name, threads_per_allocation=2, number_of_allocations=2,
                 wait_for="fully_allocated")
    assert start(daemon, name, "?deployment_id=d2&number_of_allocations=2").status == 429
    found = models.stats(daemon, name)["deployment_stats"]
    assert found["allocation_status"]["allocation_count"] == 2


def test_memory_beyond_the_machine(daemon, name):
    models.upload(daemon, name, models.ones(), "pass_through",
                  metadata={"per_deployment_memory_bytes": 1 << 60})
    error = start(daemon, name).fails(429, "status_exception", NO_CAPACITY)
    assert "This node has insufficient available memory. Available memory for ML [" in \
        error["caused_by"]["reason"], error


def test_a_hundred_deployments_are_the_limit(daemon, name):
    models.upload(daemon, name, models.ones(), "pass_through")
    for number in range(100):
        models.start(daemon, name, deployment_id=f"d{number}", priority="low",
                     wait_for="starting")
    start(daemon, name, "?priority=low").fails(
        429, "status_exception",
        "Could not start model deployment because existing deployments reached the limit of [100]")
    daemon.post(f"{PATH}/d7/deployment/_stop").ok()
    models.start(daemon, name, priority="low")


def test_file_that_cannot_be_loaded(daemon, name):
    models.upload(daemon, name, models.fails_to_load())
    answer = start(daemon, name)
    answer.fails(500, "status_exception", re.compile(
        "Could not start trained model deployment, the following nodes failed with errors "
        r"\[\{.+=.+\}\]", re.S))
    node = daemon.get(f"{PATH}/{name}/_stats").ok()["trained_model_stats"][0]
    assert "deployment_stats" not in node
    models.infer(daemon, name, "alpha").fails(
        409, "status_exception",
        f"Model [{name}] must be deployed to use. Please deploy with the start trained model "
        "deployment API.")
    daemon.delete(f"{PATH}/{name}").acknowledged()


def test_failed_start_does_not_come_back_after_a_restart(make_daemon, name):
    daemon = make_daemon()
    models.upload(daemon, name, models.fails_to_load())
    assert start(daemon, name).status == 500
    daemon.stop()
    daemon.restart()
    found = daemon.get(f"{PATH}/{name}/_stats").ok()["trained_model_stats"]
    assert "deployment_stats" not in found[0]
