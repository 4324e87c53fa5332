# SPDX-License-Identifier: Apache-2.0
"""cluster.hedge_after: what a node that is slow has not answered is asked of another one."""

import concurrent.futures
import signal
import time

import pytest

from support import models
from support.nodes import answering
from support.poll import until

PATH = "/_ml/trained_models"
AFTER = {"cluster.hedge_after": "100ms"}
BODY = {"docs": [{"text_field": "alpha"}]}


def hedges(node):
    return next(iter(node.get("/_nodes/_local/stats/http").ok()["nodes"].values()))["http"]["hedges"]


def around(nodes, asked, definition=None, lease="30s"):
    """One that runs nothing, and two that have one allocation each: the one that is asked first, and the other one."""
    a = nodes.add({"node.processors": 1, "cluster.etcd.lease": lease, **asked})
    b, c = (nodes.add({"node.processors": 2, "cluster.etcd.lease": lease}) for _ in range(2))
    a.get("/_cluster/health?wait_for_nodes=3&timeout=20s").ok()
    models.serve(b, "m", definition or models.ones(), "pass_through" if definition is None else "text_embedding",
                 number_of_allocations=2, threads_per_allocation=2, wait_for="fully_allocated")
    until(lambda: answering(a) == {"n1": 1, "n2": 1}, "both answer")
    return a, *sorted((b, c), key=lambda node: next(iter(node.get("/_nodes/_local").ok()["nodes"])))


@pytest.fixture
def standing():
    """Nodes that are made to stand still, until the test is over."""
    stopped = []

    def stop(node):
        node.process.send_signal(signal.SIGSTOP)
        stopped.append(node)

    yield stop
    for node in stopped:
        node.process.send_signal(signal.SIGCONT)


def figures(node):
    return models.stats(node, "m")["deployment_stats"]


def infer(node, **more):
    return node.post(f"{PATH}/m/_infer?timeout=20s", BODY, **more)


def test_a_node_that_stands_still_is_not_waited_for(nodes, standing):
    a, b, _ = around(nodes, AFTER)
    first = infer(a).ok()
    standing(b)
    begun = time.monotonic()
    assert all(infer(a).ok() == first for _ in range(20))
    assert time.monotonic() - begun < 15, "neither its lease nor the request's time was waited for"
    found = hedges(a)
    assert found["sent"] == found["answered_first"] == 1, "then it is asked less"


def test_not_unless_it_is_wanted(nodes, standing):
    a, b, _ = around(nodes, {}, lease="2s")
    infer(a).ok()
    standing(b)
    answers = [infer(a).status for _ in range(3)]
    assert answers == [200] * 3 and hedges(a) == {"sent": 0, "answered_first": 0, "held_back": 0}
    assert len(a.get("/_nodes").ok()["nodes"]) == 2, "its lease was waited for"


def test_it_is_switched_on_while_it_runs(nodes, standing):
    a, b, _ = around(nodes, {})
    a.put("/_cluster/settings", {"persistent": {"cluster.hedge_after": "50ms"}}).ok()
    standing(b)
    for _ in range(3):
        infer(a).ok()
    assert hedges(a)["answered_first"] == 1


def are_late(node, count):
    found = hedges(node)
    assert found["sent"] + found["held_back"] == count, found
    return True


def test_there_are_only_so_many(nodes, standing):
    a, b, c = around(nodes, AFTER)
    for node in (b, c):
        standing(node)
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        asked = [pool.submit(infer, a) for _ in range(12)]
        until(lambda: are_late(a, 12), "all are late")
        assert hedges(a)["sent"] == 4
        for node in (b, c):
            node.process.send_signal(signal.SIGCONT)
        assert [one.result().status for one in asked] == [200] * 12


def test_the_late_one_is_cancelled(nodes):
    """What has not begun there is dropped; what is refused is told at once."""
    a, b, _ = around(nodes, AFTER, models.behaving())
    assert a.post(f"{PATH}/m/_infer", {"docs": [{"text_field": 7}]}).status == 400
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(b.post, f"{PATH}/m/_infer?timeout=3s", {"docs": [{"text_field": "hang"}]},
                              headers={"X-Inferd-Relayed": "1"})
        until(lambda: any(one["number_of_pending_requests"] for one in figures(b)["nodes"]), "it computes")
        infer(a).ok()
        assert hedges(a) == {"sent": 1, "answered_first": 1, "held_back": 0}
        until(lambda: figures(a)["queue_stats"]["client_left_count"] == 1, "the far node has heard")
        assert figures(a)["queue_stats"]["dropped_before_inference_count"] == 1
        assert hanging.result().status == 408
