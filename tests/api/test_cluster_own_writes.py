# SPDX-License-Identifier: Apache-2.0
"""What one node has acknowledged is true for the next request at another node: nothing is refused by what that has
not heard of yet. Each round speaks to the nodes by turns, without a pause."""

import base64
import itertools

import pytest

from support import models
from support.nodes import Nodes
from support.secured import Secured, basic

PATH = "/_ml/trained_models"
ROUNDS = 30
PIPELINE = {"processors": []}
CONFIG = models.config("pass_through")


@pytest.fixture(scope="module")
def pair(etcd):
    """Two nodes with two models; both have a model's definition, which is not what this is about."""
    with Nodes(etcd, "own-writes") as group:
        nodes = [group.add({"node.processors": 4}, kind=Secured) for _ in range(2)]
        for node in nodes:
            assert node.get("/_cluster/health?wait_for_nodes=2&timeout=20s").status == 200
        for name in ("m", "n"):
            models.upload(nodes[0], name, models.ones(), "pass_through")
        yield nodes


def alternate(nodes, *steps, rounds=ROUNDS):
    """Each step is a function of a node and the round; the node is another one each time."""
    turns = itertools.cycle(nodes)
    for number in range(rounds):
        for place, step in enumerate(steps):
            answer = step(next(turns), number)
            assert answer.status == 200, (number, place, answer)
        if len(steps) % 2 == 0:
            next(turns)


def vocabulary(node, _):
    return node.put(f"{PATH}/x/vocabulary", {"vocabulary": models.VOCABULARY})


def test_models(pair):
    alternate(pair, lambda node, n: node.put(f"{PATH}/x", CONFIG), lambda node, n: node.get(f"{PATH}/x"),
              lambda node, n: node.delete(f"{PATH}/x"))


def test_definitions(pair):
    body, = models.parts_of(models.ones(), 1 << 20)
    alternate(pair, lambda node, n: node.put(f"{PATH}/x", CONFIG),
              lambda node, n: node.put(f"{PATH}/x/definition/0", body), vocabulary,
              lambda node, n: node.delete(f"{PATH}/x"))


def test_aliases(pair):
    alternate(pair, lambda node, n: node.put(f"{PATH}/m/model_aliases/nick"),
              lambda node, n: node.put(f"{PATH}/n/model_aliases/nick?reassign=true"),
              lambda node, n: node.get(f"{PATH}/nick"), lambda node, n: node.delete(f"{PATH}/n/model_aliases/nick"))


def test_pipelines(pair):
    alternate(pair, lambda node, n: node.put("/_ingest/pipeline/p", {**PIPELINE, "version": 1}),
              lambda node, n: node.put("/_ingest/pipeline/p?if_version=1", {**PIPELINE, "version": 2}),
              lambda node, n: node.post("/_ingest/pipeline/p/_simulate", {"docs": [{"_source": {}}]}),
              lambda node, n: node.get("/_ingest/pipeline/p"), lambda node, n: node.delete("/_ingest/pipeline/p"))


def test_deployments(pair):
    """The capacity of both nodes: what has stopped makes room for what starts."""
    start = f"{PATH}/m/deployment/_start?number_of_allocations=8&wait_for=starting"
    alternate(pair, lambda node, n: node.post(start), lambda node, n: node.post(f"{PATH}/m/deployment/_stop"),
              lambda node, n: node.post(f"{start}&deployment_id=d{n}"),
              lambda node, n: node.post(f"{PATH}/d{n}/deployment/_stop"))


def test_a_model_that_is_started_right_away(pair):
    """What stops with its model, too; an update knows of the start when it has answered."""
    body, = models.parts_of(models.ones(), 1 << 20)
    start = f"{PATH}/x/deployment/_start?number_of_allocations=2"
    alternate(pair, lambda node, n: node.put(f"{PATH}/x", CONFIG),
              lambda node, n: node.put(f"{PATH}/x/definition/0", body), vocabulary,
              lambda node, n: node.post(start), lambda node, n: node.delete(f"{PATH}/x?force=true"), rounds=10)


def test_users(pair):
    def asks(path):
        return lambda node, n: node.get(path, headers=basic(f"u{n}", "a-long-password"))

    alternate(pair, lambda node, n: node.put(f"/_security/user/u{n}", {"password": "a-long-password", "roles": []}),
              asks("/_security/_authenticate"),
              lambda node, n: node.put(f"/_security/user/u{n}", {"roles": ["superuser"]}), asks("/_cluster/health"),
              lambda node, n: node.put(f"/_security/user/u{n}/_disable"),
              lambda node, n: node.delete(f"/_security/user/u{n}"), rounds=10)


def test_keys(pair):
    made = {}

    def make(node, n):
        answer = node.post("/_security/api_key", {"name": "k"})
        made[n] = answer.ok()
        return answer

    def use(node, n):
        text = base64.b64encode(f"{made[n]['id']}:{made[n]['api_key']}".encode()).decode()
        return node.get("/_security/_authenticate", headers={"Authorization": f"ApiKey {text}"})

    alternate(pair, make, use, lambda node, n: node.get(f"/_security/api_key?id={made[n]['id']}"),
              lambda node, n: node.put(f"/_security/api_key/{made[n]['id']}", {"metadata": {"n": n}}))


def test_what_is_not_there_is_refused(pair):
    """Once, and as it always was."""
    for node in pair:
        node.get(f"{PATH}/none").fails(404, "resource_not_found_exception",
                                       "No known trained model with model_id [none]")
        assert node.get("/_ingest/pipeline/none").status == 404
        assert node.post(f"{PATH}/none/_infer", {"docs": [{"text_field": "a"}]}).status == 404
        assert node.get("/", headers=basic("nobody", "a-long-password")).status == 401
        assert node.put(f"{PATH}/m", CONFIG).status == 400
        assert node.put(f"{PATH}/none/definition/0", models.parts_of(models.ones(), 1 << 20)[0]).status == 404
