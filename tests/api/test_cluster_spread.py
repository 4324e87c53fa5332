# SPDX-License-Identifier: Apache-2.0
"""A deployment's allocations on several nodes of one cluster, and the requests for it."""

import concurrent.futures
import signal
import threading

from support import models
from support.nodes import answering
from support.poll import until

PATH = "/_ml/trained_models"
LEASE = {"cluster.etcd.lease": "2s"}
ANSWER = [models.ones_answer("alpha")]


def stats(node, name="m"):
    return node.get(f"{PATH}/{name}/_stats").ok()["trained_model_stats"][0]["deployment_stats"]


def own_figures(node, name="m"):
    """This node's own figures of it; empty where it runs none."""
    ids = set(node.get("/_nodes/_local").ok()["nodes"])
    return next((one for one in stats(node, name)["nodes"] if set(one["node"]) <= ids), {})


def counted(node, name="m"):
    """Inferences of this node's own."""
    return own_figures(node, name).get("inference_count", 0)


def three(nodes, zones="aaa"):
    return [nodes.add({**LEASE, "node.processors": 2, "node.attr.availability_zone": zone}) for zone in zones]


def all_there(node, count=3):
    assert node.get(f"/_cluster/health?wait_for_nodes={count}&timeout=20s").status == 200


def test_allocations_are_spread_and_requests_with_them(nodes):
    a, b, c = three(nodes)
    all_there(a)
    models.serve(a, "m", models.ones(), "pass_through", number_of_allocations=6, wait_for="fully_allocated")
    for node in (a, b, c):
        until(lambda node=node: answering(node) == {"n0": 2, "n1": 2, "n2": 2}, "all nodes run two, and know it")
    models.upload(a, "k", models.ones(), "pass_through")
    answer = b.post(f"{PATH}/k/deployment/_start")
    assert answer.status == 429, "there is no room left"
    assert answer.json["error"]["caused_by"]["reason"].count("Available processors [2], free processors [0]") == 3
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda i: models.vectors((a, b, c)[i % 3], "m", f"text {i}"), range(120)))
    assert found == [[models.ones_answer(f"text {i}")] for i in range(120)]
    a.post(f"{PATH}/m/deployment/cache/_clear").ok()
    assert sum(one["inference_cache_hit_count"] for one in stats(c)["nodes"]) == 0
    assert [models.vectors(b, "m", f"text {i}") for i in range(3)] == found[:3]
    assert sum(one["inference_cache_hit_count"] for one in stats(c)["nodes"]) == 0, "on no node it is known"
    assert b.post(f"{PATH}/m/deployment/_update", {"number_of_allocations": 3}).status == 200
    until(lambda: sum(answering(c).values()) == 3, "three of them end")
    a.post(f"{PATH}/m/deployment/_stop").ok()
    until(lambda: not (a.workers() or b.workers() or c.workers()), "all end")


def test_busy_nodes_are_helped(nodes):
    """The one that is asked computes itself as long as it has an allocation free, and no longer."""
    a, b = (nodes.add({**LEASE, "node.processors": 1}) for _ in range(2))
    all_there(a, 2)
    models.serve(a, "m", models.behaving(), number_of_allocations=2, wait_for="fully_allocated")
    models.infer(a, "m", "one")
    assert (counted(a), counted(b)) == (1, 0)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        stuck = pool.submit(models.infer, a, "m", "hang", query="?timeout=5s")
        until(lambda: own_figures(a)["number_of_pending_requests"] == 1, "it is busy")
        models.infer(a, "m", "two").ok()
        assert counted(b) == 1
        stuck.cancel()


def test_a_model_that_fails_on_another_node(nodes):
    """The start that waits for it says which node it was, and nothing is left."""
    a, b = nodes.add({**LEASE, "node.processors": 1}), nodes.add({**LEASE, "node.processors": 2})
    all_there(a, 2)
    models.upload(a, "m", models.fails_to_load())
    answer = a.post(f"{PATH}/m/deployment/_start?number_of_allocations=2")
    assert answer.status == 500, answer
    own = next(iter(b.get("/_nodes/_local").ok()["nodes"]))
    assert f"the following nodes failed with errors [{{{own}=" in answer.reason, answer
    until(lambda: not b.workers(), "nothing runs")
    assert a.post(f"{PATH}/m/_infer", {"docs": [{"text_field": "alpha"}]}).status == 409


class Asking:
    """Clients that ask nodes all the time, each its own; every answer has to be right."""

    def __init__(self, askers):
        self.ending, self.wrong, self.count = threading.Event(), [], 0
        self.threads = [threading.Thread(target=self._run, args=(node,)) for node in askers]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        for thread in self.threads:
            thread.join()

    def _run(self, node):
        while not self.ending.is_set():
            answer = models.infer(node, "m", "alpha")
            if answer.status != 200:
                self.wrong.append(str(answer)[:300])
            self.count += 1

    def until_more(self, more=50):
        count = self.count
        until(lambda: self.count > count + more, "requests are answered")


def test_a_node_that_is_stopped_is_not_missed(nodes):
    """Its allocations are elsewhere before it goes: a rolling upgrade, without a failed request."""
    a, b, c = three(nodes)
    all_there(a)
    models.serve(a, "m", models.ones(), "pass_through", number_of_allocations=3, wait_for="fully_allocated")
    with Asking([a, a, a]) as asking:
        asking.until_more()
        for node in (b, c):
            node.stop()
            asking.until_more()
            node.restart()
            all_there(a)
            asking.until_more()
    assert not asking.wrong, asking.wrong[:3]
    until(lambda: sum(answering(b).values()) == 3, "all allocations run")


def test_a_node_that_dies_under_load(nodes):
    """What was on it is tried on another node once, so nobody else notices; then all is there again."""
    a, b, c = three(nodes, zones="abc")
    all_there(a)
    models.serve(a, "m", models.ones(), "pass_through", number_of_allocations=3, wait_for="fully_allocated")
    until(lambda: len(answering(a)) == 3, "each has one")
    with Asking([a, a, b]) as asking:
        asking.until_more()
        c.kill()
        asking.until_more(200)
        all_there(a, 2)
        until(lambda: sum(answering(a).values()) == 3, "the other nodes run all")
    assert not asking.wrong, asking.wrong[:3]


def test_a_node_that_stands_still(nodes):
    """What it has is asked of another node when its lease is over: nobody waits for it longer."""
    a, b = (nodes.add({**LEASE, "node.processors": 1}) for _ in range(2))
    all_there(a, 2)
    models.serve(a, "m", models.behaving(), number_of_allocations=2, wait_for="fully_allocated")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        stuck = pool.submit(models.infer, a, "m", "hang", query="?timeout=2s")
        until(lambda: own_figures(a).get("number_of_pending_requests") == 1, "it is busy, so the other one is asked")
        b.process.send_signal(signal.SIGSTOP)
        try:
            assert models.infer(a, "m", "alpha", query="?timeout=50s").status == 200
            assert stuck.result().status == 408
        finally:
            b.process.send_signal(signal.SIGCONT)


def test_a_sleeping_deployment_is_woken_from_any_node(nodes):
    settings = {**LEASE, "deployment.adaptive_interval": "250ms", "node.processors": 1,
                "xpack.ml.trained_models.adaptive_allocations.scale_to_zero_time": "1s",
                "xpack.ml.trained_models.adaptive_allocations.scale_up_cooldown_time": "1s"}
    a, b = nodes.add(settings), nodes.add(settings)
    all_there(a, 2)
    models.upload(a, "m", models.ones(), "pass_through")
    a.post(f"{PATH}/m/deployment/_start?wait_for=started",
           {"adaptive_allocations": {"enabled": True, "min_number_of_allocations": 0}}).ok()
    until(lambda: not a.workers() and not b.workers(), "it is scaled to zero")
    for node in (a, b, a):
        assert models.vectors(node, "m", "alpha") == ANSWER
        until(lambda: not a.workers() and not b.workers(), "it sleeps again")


def test_pipelines_ask_other_nodes(nodes):
    """Also one that comes before any node answers, and one whose node dies."""
    a, b = nodes.add({**LEASE, "node.processors": 1}), nodes.add({**LEASE, "node.processors": 2})
    all_there(a, 2)
    models.serve(a, "m", models.behaving(), number_of_allocations=1, threads_per_allocation=2)
    assert b.workers() and not a.workers(), "one node has the processors"
    a.put("/_ingest/pipeline/p", {"processors": [{"inference": {"model_id": "m", "input_output": {
        "input_field": "text", "output_field": "vector"}}}]}).acknowledged()
    until(lambda: b.get("/_ingest/pipeline/p").status == 200, "the pipeline is known")

    def simulate(node, *texts):
        found = node.post("/_ingest/pipeline/p/_simulate", {"docs": [{"_source": {"text": text}} for text in texts]})
        return [doc["doc"]["_source"].get("vector") for doc in found.ok()["docs"]]

    expected = simulate(b, "alpha", "beta")
    assert None not in expected and simulate(a, "alpha", "beta") == expected
    assert counted(b) == 4
    throwing = {"docs": [{"_source": {"text": "throw"}}]}
    failed, there = (node.post("/_ingest/pipeline/p/_simulate", throwing).ok()["docs"][0]["error"] for node in (a, b))
    assert failed == there
    b.kill()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        b.restart()
        assert pool.submit(simulate, a, "alpha", "beta").result() == expected, "it is waited for"
