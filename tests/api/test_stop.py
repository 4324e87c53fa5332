# SPDX-License-Identifier: Apache-2.0
"""_stop with all its options, and what it does to requests (compatibility 8.2)."""

import concurrent.futures

import pytest

from support import models, procfs
from support.poll import until

PATH = "/_ml/trained_models"


@pytest.fixture
def pool():
    with concurrent.futures.ThreadPoolExecutor(16) as executor:
        yield executor


def stop(daemon, deployment_id, query="", body=None):
    return daemon.post(f"{PATH}/{deployment_id}/deployment/_stop{query}", body)


def stopped(answer):
    assert answer.ok() == {"stopped": True}, answer


def not_deployed(daemon, model_id):
    models.infer(daemon, model_id, "alpha").fails(
        409, "status_exception",
        f"Model [{model_id}] must be deployed to use. Please deploy with the start trained model "
        "deployment API.")


@pytest.mark.parametrize("query, body", [
    ("", None), ("", {}), ("?force=true", None), ("?allow_no_match=false", None),
    ("", {"allow_no_match": False, "force": True}), ("?finish_pending_work=true", None),
    ("?allow_no_match=false&force=false&finish_pending_work=false", None),
])
def test_stop(daemon, name, query, body):
    models.serve(daemon, name, models.ones(), "pass_through")
    stopped(stop(daemon, name, query, body))
    not_deployed(daemon, name)
    until(lambda: not daemon.workers(), "the worker ends")
    models.start(daemon, name)
    assert models.vectors(daemon, name, "alpha") == [models.ones_answer("alpha")]


def test_id_in_the_body(daemon, name):
    models.serve(daemon, name, models.ones(), "pass_through")
    stopped(stop(daemon, name, "", {"id": name, "force": True}))
    not_deployed(daemon, name)


@pytest.mark.parametrize("query, body", [
    ("", None), ("?allow_no_match=true", None), ("", {"allow_no_match": True}), ("", {})])
def test_nothing_to_stop_is_fine(daemon, query, body):
    stopped(stop(daemon, "none", query, body))


@pytest.mark.parametrize("query, body", [
    ("?allow_no_match=false", None), ("", {"allow_no_match": False})])
def test_nothing_to_stop_may_be_an_error(daemon, query, body):
    stop(daemon, "none", query, body).fails(404, "resource_not_found_exception",
                                            "No known model deployment with id [none]")


def test_query_is_not_read_beside_a_body(daemon):
    stop(daemon, "none", "?force=true", {"allow_no_match": True}).fails(
        400, "illegal_argument_exception",
        "request [/_ml/trained_models/none/deployment/_stop] contains unrecognized parameter: "
        "[force]")


def test_model_id_does_not_stop_deployments_of_other_names(daemon, name):
    models.serve(daemon, name, models.ones(), "pass_through", deployment_id="other")
    stopped(stop(daemon, name))
    stop(daemon, name, "?allow_no_match=false").fails(
        404, "resource_not_found_exception", f"No known model deployment with id [{name}]")
    assert models.vectors(daemon, "other", "alpha") == [models.ones_answer("alpha")]


def test_one_of_two_deployments(daemon, name):
    models.serve(daemon, name, models.behaving())
    models.start(daemon, name, deployment_id="second")
    worker = daemon.worker()
    stopped(stop(daemon, name))
    assert models.vectors(daemon, "second", "alpha") == [models.embedding("alpha")]
    assert daemon.workers() == [worker]
    stopped(stop(daemon, "second"))
    until(lambda: not procfs.alive(worker), "the worker ends with its last deployment")


def test_queued_and_running_requests_are_told(daemon, name, pool):
    models.serve(daemon, name, models.behaving())
    running = pool.submit(models.infer, daemon, name, "hang", query="?timeout=30s")
    until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] == 1, "running")
    queued = [pool.submit(models.infer, daemon, name, "alpha", query="?timeout=30s")
              for _ in range(3)]
    until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] == 4, "queued")
    stopped(stop(daemon, name))
    running.result().fails(
        503, "status_exception",
        "Error in inference process: [inference canceled as process is stopping]")
    for future in queued:
        future.result().fails(429, "es_rejected_execution_exception",
                              "inference process worker service has shutdown")


def test_finish_pending_work_drains_the_queue(daemon, name, pool):
    models.serve(daemon, name, models.behaving(forward_ms=300))
    texts = ["alpha", "beta", "gamma", "delta", "epsilon"]
    futures = [pool.submit(models.vectors, daemon, name, text, query="?timeout=30s")
               for text in texts]

    def arrived():
        stats = models.node_stats(daemon, name)
        return stats["number_of_pending_requests"] + stats.get("inference_count", 0)

    until(lambda: arrived() == len(texts), "all of them are there")
    ending = pool.submit(stop, daemon, name, "?finish_pending_work=true")
    until(lambda: models.stats(daemon, name)["deployment_stats"]["state"] == "stopping", "stopping")
    models.infer(daemon, name, "alpha").fails(
        409, "status_exception", f"Trained model [{name}] is [stopping]")
    assert [future.result() for future in futures] == [[models.embedding(t)] for t in texts]
    stopped(ending.result())


def test_stop_while_it_starts(daemon, name, pool):
    models.upload(daemon, name, models.behaving(forward_ms=500))
    waiting = pool.submit(daemon.post, f"{PATH}/{name}/deployment/_start")
    until(lambda: models.stats(daemon, name), "the deployment exists")
    stopped(stop(daemon, name))
    waiting.result().fails(
        400, "status_exception",
        "Error waiting for the model deployment to start. The trained model assignment was removed "
        "while waiting")
    not_deployed(daemon, name)


def test_stopped_deployments_do_not_come_back(make_daemon, name):
    daemon = make_daemon()
    models.serve(daemon, name, models.ones(), "pass_through")
    stopped(stop(daemon, name))
    daemon.kill()
    daemon.restart()
    not_deployed(daemon, name)
