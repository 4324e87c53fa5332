# SPDX-License-Identifier: Apache-2.0
"""_update: allocations up and down, adaptive settings merged, every refusal (compatibility 8.3)."""

import concurrent.futures
import re

import pytest

from support import models, procfs
from support.poll import until

PATH = "/_ml/trained_models"
NUMBERED = "[number_of_allocations] cannot be set if adaptive allocations is enabled"
BOUNDS = "[min_number_of_allocations] must not be larger than [max_number_of_allocations]"


@pytest.fixture
def pool():
    with concurrent.futures.ThreadPoolExecutor(8) as executor:
        yield executor


def update(daemon, deployment_id, body=None, query=""):
    return daemon.post(f"{PATH}/{deployment_id}/deployment/_update{query}", body)


def updated(daemon, deployment_id, body=None, query=""):
    return update(daemon, deployment_id, body, query).ok()["assignment"]


def deployment(daemon, name):
    return models.stats(daemon, name)["deployment_stats"]


def allocations(daemon, name):
    return deployment(daemon, name)["allocation_status"]["allocation_count"]


def test_up_waits_for_the_new_allocations(daemon, name):
    models.serve(daemon, name, models.behaving())
    worker = daemon.worker()
    assignment = updated(daemon, name, {"number_of_allocations": 4})
    route, = assignment["routing_table"].values()
    assert route == {"current_allocations": 4, "target_allocations": 4, "routing_state": "started",
                     "reason": ""}
    assert assignment["task_parameters"]["number_of_allocations"] == 4
    assert assignment["max_assigned_allocations"] == 4
    assert assignment["assignment_state"] == "started" and "reason" not in assignment
    assert daemon.workers() == [worker]
    assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]


def test_down_takes_allocations_away(daemon, name):
    models.serve(daemon, name, models.behaving(), number_of_allocations=4,
                 wait_for="fully_allocated")
    assignment = updated(daemon, name, {"number_of_allocations": 1})
    route, = assignment["routing_table"].values()
    assert (route["current_allocations"], route["target_allocations"]) == (1, 1)
    assert assignment["max_assigned_allocations"] == 4
    assert deployment(daemon, name)["number_of_allocations"] == 1
    assert allocations(daemon, name) == 1
    assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]


def test_threads_of_what_retires_end(daemon, name):
    models.serve(daemon, name, models.behaving())
    worker = daemon.worker()
    before = len(procfs.nice_of_threads(worker))
    for number in (5, 1, 3, 1):
        updated(daemon, name, {"number_of_allocations": number})
        until(lambda: len(procfs.nice_of_threads(worker)) == before + number - 1,
              "a thread an allocation")


def test_down_waits_for_what_runs(daemon, name, pool):
    """All four allocations compute when three of them retire; all four answer."""
    models.serve(daemon, name, models.behaving(forward_ms=300), number_of_allocations=4,
                 wait_for="fully_allocated")
    futures = [pool.submit(models.vectors, daemon, name, text, query="?timeout=30s")
               for text in ("alpha", "beta", "gamma", "delta")]
    until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] == 4, "running")
    updated(daemon, name, {"number_of_allocations": 1})
    assert [future.result() for future in futures] == \
        [[models.embedding(text)] for text in ("alpha", "beta", "gamma", "delta")]
    assert allocations(daemon, name) == 1


def test_down_and_up_again_before_the_answers(daemon, name, pool):
    """Allocations that retire come back."""
    models.serve(daemon, name, models.behaving(forward_ms=300), number_of_allocations=2,
                 wait_for="fully_allocated")
    futures = [pool.submit(models.vectors, daemon, name, text, query="?timeout=30s")
               for text in ("alpha", "beta")]
    until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] == 2, "running")
    updated(daemon, name, {"number_of_allocations": 1})
    updated(daemon, name, {"number_of_allocations": 2})
    assert [future.result() for future in futures] == \
        [[models.embedding("alpha")], [models.embedding("beta")]]
    assert allocations(daemon, name) == 2


def test_timeout_is_no_error(daemon, name):
    models.serve(daemon, name, models.behaving(forward_ms=300))
    assignment = updated(daemon, name, {"number_of_allocations": 2, "timeout": "1ms"})
    route, = assignment["routing_table"].values()
    assert route["target_allocations"] == 2
    until(lambda: allocations(daemon, name) == 2, "the second allocation answers all the same")


@pytest.mark.parametrize("query", ["?number_of_allocations=2",
                                   "?number_of_allocations=2&timeout=20s&master_timeout=5s"])
def test_number_in_the_query_alone(daemon, name, query):
    models.serve(daemon, name, models.ones(), "pass_through")
    assert updated(daemon, name, None, query)["task_parameters"]["number_of_allocations"] == 2


def test_query_overrides_body(daemon, name):
    models.serve(daemon, name, models.ones(), "pass_through")
    assignment = updated(daemon, name, {"number_of_allocations": 3}, "?number_of_allocations=2")
    assert assignment["task_parameters"]["number_of_allocations"] == 2


def test_body_is_required(daemon, name):
    models.serve(daemon, name, models.ones(), "pass_through")
    update(daemon, name).fails(400, "parse_exception", "request body is required")


def test_id_in_the_body(daemon, name):
    models.serve(daemon, name, models.ones(), "pass_through")
    updated(daemon, name, {"model_id": name, "number_of_allocations": 2})
    update(daemon, name, {"model_id": "x", "number_of_allocations": 2}).fails(
        400, "status_exception",
        f"Inconsistent model_id; 'x' specified in the body differs from '{name}' specified as a "
        "URL argument")


def test_unknown_field(daemon, name):
    update(daemon, name, {"threads_per_allocation": 2}).fails(
        400, "x_content_parse_exception", re.compile(
            r"\[1:\d+\] \[cluster:admin/xpack/ml/trained_models/deployment/update\] unknown field "
            r"\[threads_per_allocation\].*"))


def test_unknown_deployment(daemon, name):
    models.serve(daemon, name, models.ones(), "pass_through", deployment_id="other")
    update(daemon, name, {"number_of_allocations": 2}).fails(
        404, "resource_not_found_exception", f"No known model deployment with id [{name}]")
    updated(daemon, "other", {"number_of_allocations": 2})


def test_invalid_comes_before_unknown(daemon):
    update(daemon, "none", {"number_of_allocations": 0}).invalid(
        "[number_of_allocations] must be a positive integer")


@pytest.mark.parametrize("body, messages", [
    ({"number_of_allocations": 0}, ["[number_of_allocations] must be a positive integer"]),
    ({"number_of_allocations": -1}, ["[number_of_allocations] must be a positive integer"]),
    ({"number_of_allocations": 2, "adaptive_allocations": {"enabled": True}}, [NUMBERED]),
    ({"adaptive_allocations": {"min_number_of_allocations": -2}},
     ["[min_number_of_allocations] must be a non-negative integer or null"]),
    ({"adaptive_allocations": {"max_number_of_allocations": 0}},
     ["[max_number_of_allocations] must be a positive integer or null"]),
    ({"adaptive_allocations": {"min_number_of_allocations": 3, "max_number_of_allocations": 2}},
     [BOUNDS]),
])
def test_complaints(daemon, name, body, messages):
    models.serve(daemon, name, models.ones(), "pass_through")
    update(daemon, name, body).invalid(*messages)
    assert deployment(daemon, name)["number_of_allocations"] == 1
    assert "adaptive_allocations" not in deployment(daemon, name)


# ---- adaptive settings ----

def adaptive(daemon, name, settings):
    return updated(daemon, name, {"adaptive_allocations": settings})["adaptive_allocations"]


def test_adaptive_settings_merge(daemon, name):
    models.serve(daemon, name, models.ones(), "pass_through")
    assert adaptive(daemon, name, {"enabled": True, "min_number_of_allocations": 1}) == \
        {"enabled": True, "min_number_of_allocations": 1}
    assert adaptive(daemon, name, {"max_number_of_allocations": 4}) == \
        {"enabled": True, "min_number_of_allocations": 1, "max_number_of_allocations": 4}
    assert adaptive(daemon, name, {"min_number_of_allocations": None}) == \
        {"enabled": True, "max_number_of_allocations": 4}
    assert adaptive(daemon, name, {"max_number_of_allocations": -1}) == {"enabled": True}
    assert adaptive(daemon, name, {"enabled": False}) == {"enabled": False}
    assert deployment(daemon, name)["adaptive_allocations"] == {"enabled": False}
    assert adaptive(daemon, name, None) is None
    assert "adaptive_allocations" not in deployment(daemon, name)


def test_bounds_are_compared_after_the_merge(daemon, name):
    models.serve(daemon, name, models.ones(), "pass_through")
    adaptive(daemon, name, {"enabled": True, "min_number_of_allocations": 3})
    update(daemon, name, {"adaptive_allocations": {"max_number_of_allocations": 2}}).invalid(BOUNDS)
    assert deployment(daemon, name)["adaptive_allocations"] == \
        {"enabled": True, "min_number_of_allocations": 3}


def test_number_beside_adaptive_allocations(daemon, name):
    models.serve(daemon, name, models.ones(), "pass_through")
    adaptive(daemon, name, {"enabled": True})
    update(daemon, name, {"number_of_allocations": 2}).fails(
        400, "validation_exception", f"Validation Failed: 1: {NUMBERED};")
    assignment = updated(daemon, name, {"number_of_allocations": 2,
                                        "adaptive_allocations": {"enabled": False}})
    assert assignment["adaptive_allocations"] == {"enabled": False}
    assert assignment["task_parameters"]["number_of_allocations"] == 2


def test_number_and_the_end_of_adaptive_allocations(daemon, name):
    models.serve(daemon, name, models.ones(), "pass_through")
    adaptive(daemon, name, {"enabled": True})
    assignment = updated(daemon, name, {"number_of_allocations": 3, "adaptive_allocations": None})
    assert assignment["adaptive_allocations"] is None
    assert assignment["task_parameters"]["number_of_allocations"] == 3


def test_adaptive_settings_of_a_start(daemon, name):
    models.upload(daemon, name, models.ones(), "pass_through")
    settings = {"enabled": True, "min_number_of_allocations": 2, "max_number_of_allocations": 3}
    assignment = daemon.post(f"{PATH}/{name}/deployment/_start?wait_for=fully_allocated",
                             {"adaptive_allocations": settings}).ok()["assignment"]
    assert assignment["adaptive_allocations"] == settings
    assert assignment["task_parameters"]["number_of_allocations"] == 2
    assert deployment(daemon, name)["adaptive_allocations"] == settings


@pytest.mark.parametrize("settings, number", [
    ({"enabled": True}, 1), ({"enabled": True, "min_number_of_allocations": 0}, 1),
    ({"enabled": True, "min_number_of_allocations": None}, 1), (None, 1),
    ({"enabled": False, "min_number_of_allocations": 2}, 2)])
def test_number_that_a_start_begins_with(daemon, name, settings, number):
    models.upload(daemon, name, models.ones(), "pass_through")
    assignment = daemon.post(f"{PATH}/{name}/deployment/_start",
                             {"adaptive_allocations": settings}).ok()["assignment"]
    assert assignment["task_parameters"]["number_of_allocations"] == number


@pytest.mark.parametrize("query, more", [("", {"number_of_allocations": 1}),
                                         ("?number_of_allocations=1", {})])
def test_start_with_a_number_beside_adaptive_allocations(daemon, name, query, more):
    models.upload(daemon, name, models.ones(), "pass_through")
    daemon.post(f"{PATH}/{name}/deployment/_start{query}",
                {"adaptive_allocations": {"enabled": True}, **more}).invalid(NUMBERED)


@pytest.mark.parametrize("command", ["_start", "_update"])
@pytest.mark.parametrize("settings", [7, "on", [], {"enabled": 1}, {"foo": 1},
                                      {"min_number_of_allocations": 1.5}])
def test_malformed_settings(daemon, name, command, settings):
    models.upload(daemon, name, models.ones(), "pass_through")
    answer = daemon.post(f"{PATH}/{name}/deployment/{command}", {"adaptive_allocations": settings})
    assert answer.status == 400, answer
    assert answer.json["error"]["type"] == "x_content_parse_exception", answer


# ---- states ----

def test_nothing_to_change_is_fine_in_any_state(daemon, name):
    models.upload(daemon, name, models.behaving(forward_ms=400))
    models.start(daemon, name, wait_for="starting", number_of_allocations=2)
    for body in ({"number_of_allocations": 2}, {}, {"adaptive_allocations": None}):
        assignment = updated(daemon, name, body)
        assert assignment["task_parameters"]["number_of_allocations"] == 2
    update(daemon, name, {"number_of_allocations": 1}).fails(
        409, "status_exception", "cannot update deployment that is not in [started] state")
    until(lambda: deployment(daemon, name)["state"] == "started", "started")
    updated(daemon, name, {"number_of_allocations": 1})


def test_stopping_deployment_cannot_be_changed(daemon, name, pool):
    models.serve(daemon, name, models.behaving(forward_ms=500))
    running = pool.submit(models.infer, daemon, name, "alpha", query="?timeout=30s")
    until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] == 1, "running")
    ending = pool.submit(daemon.post,
                         f"{PATH}/{name}/deployment/_stop?finish_pending_work=true")
    until(lambda: deployment(daemon, name)["state"] == "stopping", "stopping")
    update(daemon, name, {"number_of_allocations": 2}).fails(
        409, "status_exception", "cannot update deployment that is not in [started] state")
    running.result().ok()
    ending.result().ok()


def test_more_than_there_are_processors(make_daemon, name):
    daemon = make_daemon({"node.processors": 4})
    models.serve(daemon, name, models.ones(), "pass_through", threads_per_allocation=2)
    error = update(daemon, name, {"number_of_allocations": 3}).fails(
        429, "status_exception",
        "Could not update deployment because there are not enough resources to provide all "
        "requested allocations")
    assert "Available processors [4], free processors [0], processors required for each " \
        "allocation of this model [2]" in error["caused_by"]["reason"]
    assert deployment(daemon, name)["number_of_allocations"] == 1
    updated(daemon, name, {"number_of_allocations": 2})
    assert allocations(daemon, name) == 2


def test_another_deployment_does_not_pay(make_daemon, name):
    daemon = make_daemon({"node.processors": 4})
    models.serve(daemon, name, models.ones(), "pass_through", threads_per_allocation=2)
    models.start(daemon, name, deployment_id="second", number_of_allocations=2)
    assert update(daemon, "second", {"number_of_allocations": 3}).status == 429
    updated(daemon, "second", {"number_of_allocations": 1})
    assert update(daemon, name, {"number_of_allocations": 2}).status == 429
    daemon.post(f"{PATH}/second/deployment/_stop").ok()
    updated(daemon, name, {"number_of_allocations": 2})


def test_updates_of_one_deployment_take_turns(daemon, name, pool):
    """Each answers with what it asked for, whatever the order; the last one stays."""
    models.serve(daemon, name, models.behaving())
    bodies = [{"number_of_allocations": number} for number in (2, 3, 4, 5) * 4 + (3,) * 16 + (1,) * 16]
    answers = list(pool.map(lambda body: updated(daemon, name, body, "?timeout=30s"), bodies))
    assert len(answers) == len(bodies)
    final = deployment(daemon, name)["number_of_allocations"]
    until(lambda: allocations(daemon, name) == final, "all of them answer")
    assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]


def test_what_was_changed_survives_a_kill(make_daemon, name):
    daemon = make_daemon()
    models.serve(daemon, name, models.ones(), "pass_through")
    updated(daemon, name, {"number_of_allocations": 3})
    settings = {"enabled": False, "min_number_of_allocations": 1, "max_number_of_allocations": 5}
    assert adaptive(daemon, name, settings) == settings
    daemon.kill()
    daemon.restart()
    assert deployment(daemon, name)["number_of_allocations"] == 3
    assert deployment(daemon, name)["adaptive_allocations"] == settings
    until(lambda: allocations(daemon, name) == 3, "all of them come back")
    assert adaptive(daemon, name, None) is None
    daemon.kill()
    daemon.restart()
    assert "adaptive_allocations" not in deployment(daemon, name)


def test_up_and_down_while_the_worker_dies(daemon, name):
    models.serve(daemon, name, models.behaving(), number_of_allocations=2,
                 wait_for="fully_allocated")
    assert models.infer(daemon, name, "crash", query="?timeout=30s").status == 500
    until(lambda: deployment(daemon, name)["state"] == "started", "started again")
    updated(daemon, name, {"number_of_allocations": 3})
    until(lambda: allocations(daemon, name) == 3, "all of them answer")
    assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]
