# SPDX-License-Identifier: Apache-2.0
"""_start: each parameter does what it says, seen from outside (compatibility 8.1).

A document with the word "hang" occupies its allocation until engine.forward_timeout ends the
worker, so a test can say what the others do meanwhile without measuring time.
"""

import concurrent.futures

import pytest

from support import models, procfs
from support.poll import until
from support.raw import RawConnection

PATH = "/_ml/trained_models"


@pytest.fixture
def pool():
    with concurrent.futures.ThreadPoolExecutor(16) as executor:
        yield executor


def pending(daemon, model_id, count):
    def reached():
        return models.node_stats(daemon, model_id)["number_of_pending_requests"] == count
    return until(reached, f"{count} requests pending")


def hang(daemon, pool, model_id, timeout="2s"):
    return pool.submit(models.infer, daemon, model_id, "hang", query=f"?timeout={timeout}")


def test_one_allocation_does_one_request_at_a_time(daemon, name, pool):
    models.serve(daemon, name, models.behaving())
    stuck = hang(daemon, pool, name)
    pending(daemon, name, 1)
    models.infer(daemon, name, "alpha", query="?timeout=300ms").fails(
        408, "status_exception", models.late("300ms", "in the queue"))
    assert not stuck.done()
    stuck.result().fails(408, "status_exception", models.late("2s", "computing"))


def test_allocations_work_in_parallel(daemon, name, pool):
    models.serve(daemon, name, models.behaving(), number_of_allocations=3,
                 wait_for="fully_allocated")
    stuck = [hang(daemon, pool, name) for _ in range(2)]
    pending(daemon, name, 2)
    assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]
    assert not any(future.done() for future in stuck)
    for future in stuck:
        assert future.result().status == 408


def test_documents_of_one_request_use_all_allocations(daemon, name, pool):
    models.serve(daemon, name, models.behaving(), number_of_allocations=2,
                 wait_for="fully_allocated")
    stuck = pool.submit(models.infer, daemon, name, "hang", "hang", query="?timeout=2s")
    pending(daemon, name, 2)
    models.infer(daemon, name, "alpha", query="?timeout=300ms").fails(
        408, "status_exception", models.late("300ms", "in the queue"))
    assert stuck.result().status == 408


def test_queue_capacity_bounds(daemon, name, pool):
    models.serve(daemon, name, models.behaving(), queue_capacity=2)
    stuck = hang(daemon, pool, name)
    pending(daemon, name, 1)
    queued = [pool.submit(models.infer, daemon, name, text, query="?timeout=30s")
              for text in ("alpha", "beta")]
    pending(daemon, name, 3)
    answer = models.infer(daemon, name, "gamma")
    answer.fails(429, "es_rejected_execution_exception",
                 "inference process queue is full. Unable to execute command")
    assert int(answer.headers["Retry-After"]) >= 1
    assert models.node_stats(daemon, name)["rejected_execution_count"] == 1
    assert stuck.result().status == 408
    for future, text in zip(queued, ("alpha", "beta")):
        result = future.result().ok()["inference_results"][0]["predicted_value"]
        assert models.float32(result) == models.embedding(text)
    assert models.vectors(daemon, name, "gamma") == [models.embedding("gamma")]


def test_documents_beyond_the_capacity_are_refused_whole(daemon, name, pool):
    models.serve(daemon, name, models.behaving(), queue_capacity=3)
    stuck = hang(daemon, pool, name)
    pending(daemon, name, 1)
    models.infer(daemon, name, *["alpha"] * 4).fails(
        429, "es_rejected_execution_exception",
        "inference process queue is full. Unable to execute command")
    assert models.node_stats(daemon, name)["number_of_pending_requests"] == 1
    three = pool.submit(models.infer, daemon, name, "alpha", "beta", "gamma", query="?timeout=30s")
    pending(daemon, name, 4)
    assert stuck.result().status == 408
    assert len(three.result().ok()["inference_results"]) == 3


def test_queues_of_two_deployments_are_their_own(daemon, name, pool):
    models.serve(daemon, name, models.behaving(), queue_capacity=1)
    models.start(daemon, name, deployment_id="second")
    stuck = hang(daemon, pool, name)
    pending(daemon, name, 1)
    assert models.vectors(daemon, "second", "alpha") == [models.embedding("alpha")]
    assert not stuck.done() or stuck.result().status == 408


@pytest.mark.torch
@pytest.mark.parametrize("threads", [1, 2])
def test_threads_per_allocation_are_used(make_daemon, name, threads):
    daemon = make_daemon({"engine.forward_timeout": "60s"})  # this much computing takes seconds where all is busy
    models.serve(daemon, name, models.behaving(), threads_per_allocation=threads)
    worker = daemon.worker()
    before = procfs.cpu_seconds_of_threads(worker)
    models.infer(daemon, name, "matmul", query="?timeout=60s").ok()
    after = procfs.cpu_seconds_of_threads(worker)
    busy = [thread for thread in after if after[thread] - before.get(thread, 0) > 0.1]
    assert len(busy) == threads, (before, after)


def test_low_priority_is_nice(daemon, name):
    models.serve(daemon, name, models.behaving(), priority="low")
    worker = daemon.worker()
    assert procfs.nice_of_threads(worker).count(15) >= 1
    assert models.stats(daemon, name)["deployment_stats"]["priority"] == "low"
    assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]


def test_normal_priority_is_not_nice_beside_a_low_one(daemon, name):
    models.serve(daemon, name, models.behaving())
    worker = daemon.worker()
    normal = procfs.nice_of_threads(worker)
    assert 15 not in normal
    models.start(daemon, name, deployment_id="low", priority="low")
    mixed = procfs.nice_of_threads(worker)
    assert mixed.count(0) >= normal.count(0) and 15 in mixed


def test_timeout_ends_the_wait_and_the_start_goes_on(daemon, name):
    models.upload(daemon, name, models.behaving(forward_ms=400))
    daemon.post(f"{PATH}/{name}/deployment/_start?timeout=200ms").fails(
        408, "model_deployment_timeout_exception",
        f"Timed out after [200ms] waiting for trained model deployment [{name}] to start. Use the "
        "trained model stats API to track the state of the deployment and try again once it has "
        "started.")
    assert models.stats(daemon, name)["deployment_stats"]["state"] == "starting"
    until(lambda: models.stats(daemon, name)["deployment_stats"]["state"] == "started",
          "the deployment starts all the same")
    assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]


def test_wait_for_starting_does_not_wait(daemon, name):
    models.upload(daemon, name, models.behaving(forward_ms=400))
    assignment = models.start(daemon, name, wait_for="starting")
    assert assignment["assignment_state"] == "starting"
    route, = assignment["routing_table"].values()
    assert route == {"current_allocations": 0, "target_allocations": 1,
                     "routing_state": "starting", "reason": ""}
    models.infer(daemon, name, "alpha").fails(
        409, "status_exception",
        f"Trained model deployment [{name}] is not allocated to any nodes")
    until(lambda: models.stats(daemon, name)["deployment_stats"]["state"] == "started", "started")
    assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]


def test_wait_for_started_waits(daemon, name):
    """Nothing between: the next request is answered."""
    models.upload(daemon, name, models.behaving(forward_ms=200))
    assignment = models.start(daemon, name, wait_for="started", number_of_allocations=2)
    route, = assignment["routing_table"].values()
    assert route["current_allocations"] >= 1 and route["routing_state"] == "started"
    assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]


def test_wait_for_fully_allocated_waits_for_all(daemon, name):
    models.upload(daemon, name, models.behaving(forward_ms=100))
    assignment = models.start(daemon, name, wait_for="fully_allocated", number_of_allocations=4)
    route, = assignment["routing_table"].values()
    assert (route["current_allocations"], route["target_allocations"]) == (4, 4)
    status = models.stats(daemon, name)["deployment_stats"]["allocation_status"]
    assert status == {"allocation_count": 4, "target_allocation_count": 4,
                      "state": "fully_allocated"}


def test_client_that_leaves_while_it_waits_changes_nothing(daemon, name):
    models.upload(daemon, name, models.behaving(forward_ms=300))
    with RawConnection(daemon) as connection:
        connection.request("POST", f"{PATH}/{name}/deployment/_start")
        until(lambda: models.stats(daemon, name), "the deployment exists")
    until(lambda: models.stats(daemon, name)["deployment_stats"]["state"] == "started", "started")
    assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]
