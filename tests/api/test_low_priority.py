# SPDX-License-Identifier: Apache-2.0
"""Priorities: who gets memory and processors, who has to make room, and who comes back (9.2, 9.4)."""

import concurrent.futures
import re

import pytest

from support import models
from support.poll import until

PATH = "/_ml/trained_models"
NO_CAPACITY = "Could not start deployment because no ML nodes with sufficient capacity were found"
NO_MEMORY = re.compile(
    r"Could not assign \(more\) allocations on node \[.+\]\. Reason: This node has insufficient "
    r"available memory\. Available memory for ML \[(\d+) \(.+\)\], free memory \[(\d+) \(.+\)\], "
    r"estimated memory required for this model \[(\d+) \(.+\)\]\.")


def deployment(daemon, name):
    return models.stats(daemon, name)["deployment_stats"]


def state(daemon, name):
    return deployment(daemon, name)["state"]


def upload(daemon, name, share_of=0, share=0.0):
    """A model that claims a share of so many bytes."""
    models.upload(daemon, name, models.ones(), "pass_through",
                  metadata={"per_deployment_memory_bytes": int(share_of * share)})


@pytest.fixture
def memory(daemon):
    """Bytes that models may take on the node, as a refusal names them."""
    upload(daemon, "giant", 1 << 60, 1.0)
    error = daemon.post(f"{PATH}/giant/deployment/_start").fails(429, "status_exception",
                                                                 NO_CAPACITY)
    all_of_it, unused, needed = map(int, NO_MEMORY.search(error["caused_by"]["reason"]).groups())
    assert unused == all_of_it < needed
    daemon.delete(f"{PATH}/giant").acknowledged()
    return all_of_it


def not_allocated(daemon, name):
    models.infer(daemon, name, "alpha").fails(
        409, "status_exception", f"Trained model deployment [{name}] is not allocated to any nodes")


def test_normal_one_evicts_a_low_one_which_comes_back(daemon, memory):
    upload(daemon, "low", memory, 0.6)
    upload(daemon, "normal", memory, 0.6)
    models.start(daemon, "low", priority="low")
    assert models.vectors(daemon, "low", "alpha") == [models.ones_answer("alpha")]
    models.start(daemon, "normal")
    found = deployment(daemon, "low")
    assert found["state"] == "starting" and NO_MEMORY.search(found["reason"]), found
    assert found["allocation_status"] == {"allocation_count": 0, "target_allocation_count": 1,
                                          "state": "starting"}
    not_allocated(daemon, "low")
    assert models.vectors(daemon, "normal", "alpha") == [models.ones_answer("alpha")]
    until(lambda: len(daemon.workers()) == 1, "the evicted one's worker ends")
    daemon.post(f"{PATH}/normal/deployment/_stop").ok()
    until(lambda: state(daemon, "low") == "started", "it comes back by itself")
    assert "reason" not in deployment(daemon, "low")
    assert models.vectors(daemon, "low", "alpha") == [models.ones_answer("alpha")]


def test_low_one_evicts_nobody(daemon, memory):
    for name, priority in (("first", "normal"), ("second", "low")):
        upload(daemon, name, memory, 0.6)
        upload(daemon, f"{name}-late", memory, 0.6)
        models.start(daemon, name, priority=priority)
        error = daemon.post(f"{PATH}/{name}-late/deployment/_start?priority=low").fails(
            429, "status_exception", NO_CAPACITY)
        assert NO_MEMORY.search(error["caused_by"]["reason"]), error
        assert state(daemon, name) == "started"
        daemon.post(f"{PATH}/{name}/deployment/_stop").ok()


def test_normal_one_evicts_no_normal_one(daemon, memory):
    upload(daemon, "first", memory, 0.6)
    upload(daemon, "second", memory, 0.6)
    models.start(daemon, "first")
    daemon.post(f"{PATH}/second/deployment/_start").fails(429, "status_exception", NO_CAPACITY)
    assert models.vectors(daemon, "first", "alpha") == [models.ones_answer("alpha")]


def test_evicted_one_answers_what_it_had_taken(daemon, memory, name):
    """Its last request is in the model when its place goes."""
    models.upload(daemon, name, models.behaving(forward_ms=400),
                  metadata={"per_deployment_memory_bytes": int(memory * 0.6)})
    upload(daemon, "normal", memory, 0.6)
    models.start(daemon, name, priority="low")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        running = [pool.submit(models.vectors, daemon, name, text, query="?timeout=30s")
                   for text in ("alpha", "beta")]
        until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] == 2, "taken")
        models.start(daemon, "normal", wait_for="starting")
        not_allocated(daemon, name)
        assert [future.result() for future in running] == \
            [[models.embedding("alpha")], [models.embedding("beta")]]


def test_evicted_one_can_be_stopped(daemon, memory):
    upload(daemon, "low", memory, 0.6)
    upload(daemon, "normal", memory, 0.6)
    models.start(daemon, "low", priority="low")
    models.start(daemon, "normal")
    assert daemon.post(f"{PATH}/low/deployment/_stop").ok() == {"stopped": True}
    models.infer(daemon, "low", "alpha").fails(
        409, "status_exception", "Model [low] must be deployed to use. Please deploy with the "
        "start trained model deployment API.")


def test_evicted_one_comes_back_when_the_other_fails(daemon, memory):
    upload(daemon, "low", memory, 0.6)
    models.upload(daemon, "broken", models.fails_to_load(),
                  metadata={"per_deployment_memory_bytes": int(memory * 0.6)})
    models.start(daemon, "low", priority="low")
    assert daemon.post(f"{PATH}/broken/deployment/_start").status == 500
    until(lambda: state(daemon, "low") == "started", "it comes back by itself")
    assert models.vectors(daemon, "low", "alpha") == [models.ones_answer("alpha")]


def test_deployments_of_one_model_share_its_memory(daemon, memory, name):
    upload(daemon, name, memory, 0.6)
    models.start(daemon, name)
    models.start(daemon, name, deployment_id="second")
    models.start(daemon, name, deployment_id="third", priority="low")
    assert all(models.stats(daemon, name, each)["deployment_stats"]["state"] == "started"
               for each in (name, "second", "third"))


def test_cache_counts_as_memory(daemon, memory, name):
    upload(daemon, name, memory, 0.1)
    error = daemon.post(f"{PATH}/{name}/deployment/_start?cache_size={memory}b").fails(
        429, "status_exception", NO_CAPACITY)
    assert NO_MEMORY.search(error["caused_by"]["reason"]), error
    models.start(daemon, name, cache_size="1mb")


@pytest.mark.parametrize("place", ["query", "body"])
def test_one_allocation_is_all_a_low_one_may_have(daemon, name, place):
    models.serve(daemon, name, models.ones(), "pass_through", priority="low")
    body = {"number_of_allocations": 2}
    answer = daemon.post(f"{PATH}/{name}/deployment/_update", body) if place == "body" else \
        daemon.post(f"{PATH}/{name}/deployment/_update?number_of_allocations=2")
    answer.invalid("[number_of_allocations] must be 1 when [priority] is low")
    daemon.post(f"{PATH}/{name}/deployment/_update", {"number_of_allocations": 1}).ok()


def test_low_one_with_an_adaptive_minimum(daemon, name):
    models.upload(daemon, name, models.ones(), "pass_through")
    daemon.post(f"{PATH}/{name}/deployment/_start?priority=low", {
        "adaptive_allocations": {"enabled": True, "min_number_of_allocations": 2}}).invalid(
            "[number_of_allocations] must be 1 when [priority] is low")


def test_recorded_one_that_fits_no_more(make_daemon, name):
    """Fewer processors than before the restart: it stays, says why, and starts when there is room."""
    daemon = make_daemon({"node.processors": 4})
    models.serve(daemon, name, models.ones(), "pass_through", threads_per_allocation=4)
    daemon.stop()
    daemon.settings["node.processors"] = 2
    daemon.restart()
    found = deployment(daemon, name)
    assert found["state"] == "starting", found
    assert "This node has insufficient allocated processors. Available processors [2]" in \
        found["reason"], found
    not_allocated(daemon, name)
    daemon.stop()
    daemon.settings["node.processors"] = 4
    daemon.restart()
    until(lambda: state(daemon, name) == "started", "it starts where there is room")
    assert models.vectors(daemon, name, "alpha") == [models.ones_answer("alpha")]


def test_recorded_one_that_fits_in_part(make_daemon, name):
    daemon = make_daemon({"node.processors": 4})
    models.serve(daemon, name, models.ones(), "pass_through", number_of_allocations=4)
    daemon.stop()
    daemon.settings["node.processors"] = 3
    daemon.restart()
    until(lambda: deployment(daemon, name)["allocation_status"]["allocation_count"] == 3,
          "three of four answer")
    found = deployment(daemon, name)
    assert found["state"] == "started" and found["number_of_allocations"] == 4, found
    assert "free processors [0]" in found["reason"], found
    daemon.post(f"{PATH}/{name}/deployment/_update", {"number_of_allocations": 3}).ok()
    assert "reason" not in deployment(daemon, name)


@pytest.mark.parametrize("niceness", [5, 19])
def test_a_daemon_that_is_nice_itself(make_daemon, niceness):
    """Started with nice, or with Nice= by systemd: its allocations cannot be less nice, and work all the same."""
    daemon = make_daemon(start=False)
    command = daemon.command()
    daemon.command = lambda: ["nice", "-n", str(niceness), *command]
    daemon.start()
    for name, priority in [("ordinary", "normal"), ("humble", "low")]:
        models.serve(daemon, name, models.behaving(), priority=priority)
        assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]
