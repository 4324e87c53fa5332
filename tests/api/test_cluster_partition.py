# SPDX-License-Identifier: Apache-2.0
"""Nodes that are there and well, and cannot speak to etcd, or only slowly."""

import urllib.parse

import pytest

from support import models
from support.gate import Gate
from support.nodes import Nodes, answering
from support.poll import until

PATH = "/_ml/trained_models"
ANSWER = [models.ones_answer("alpha")]


class Gated(Nodes):
    """Each node has a gate of its own to etcd."""

    def __init__(self, etcd, name):
        super().__init__(etcd, name)
        self.gates = []

    def grow(self, **settings):
        self.gates.append(Gate(urllib.parse.urlsplit(self.etcd.url).port))
        return self.add({"cluster.etcd.lease": "2s", "cluster.etcd.timeout": "2s", "node.processors": 2,
                         "cluster.etcd.endpoints": f"http://127.0.0.1:{self.gates[-1].port}", **settings})

    def __exit__(self, *raised):
        for gate in self.gates:
            gate.open()
        super().__exit__(*raised)
        for gate in self.gates:
            gate.end()


@pytest.fixture
def nodes(etcd, request):
    with Gated(etcd, request.node.name.strip("]").replace("[", "-")) as group:
        yield group


def there(node, count):
    assert node.get(f"/_cluster/health?wait_for_nodes={count}&timeout=30s").status == 200


def names(node, path="/_nodes"):
    return sorted(one["name"] for one in node.get(path).ok()["nodes"].values())


@pytest.mark.parametrize("cut", [0, 2])
def test_a_node_that_cannot_speak_to_etcd(nodes, cut):
    """Master or not: it serves on and changes nothing, the others go on without it, and it comes back by itself."""
    everyone = [nodes.grow(**{"node.attr.availability_zone": zone}) for zone in "abc"]
    there(everyone[0], 3)
    models.serve(everyone[0], "m", models.ones(), "pass_through", number_of_allocations=3,
                 wait_for="fully_allocated")
    lonely = everyone[cut]
    others = [node for node in everyone if node is not lonely]
    nodes.gates[cut].shut()
    there(others[0], 2)
    master, = names(others[0], "/_nodes/_master")
    assert master != f"n{cut}" and names(others[1], "/_nodes/_master") == [master]
    for node in everyone:
        assert models.vectors(node, "m", "alpha") == ANSWER
    assert lonely.post(f"{PATH}/m/deployment/_update", {"number_of_allocations": 1}).status == 503
    assert others[0].put("/_ingest/pipeline/p", {"processors": []}).status == 200
    until(lambda: sum(answering(others[1]).values()) == 3, "the others run all of it")
    nodes.gates[cut].open()
    for node in everyone:
        there(node, 3)
        until(lambda node=node: names(node, "/_nodes/_master") == [master], "one plans")
        until(lambda node=node: sum(answering(node).values()) == 3, "nothing runs twice")
        assert models.vectors(node, "m", "alpha") == ANSWER
    until(lambda: lonely.get("/_ingest/pipeline/p").status == 200, "it knows what it has missed")
    until(lambda: lonely.post(f"{PATH}/m/deployment/_update", {"number_of_allocations": 2}).status == 200,
          "it changes things again")


def test_a_long_way_to_etcd(nodes):
    """200 ms each way: changes take longer, and nothing else does anything else."""
    a, b = nodes.grow(), nodes.grow()
    for gate in nodes.gates:
        gate.delay = 0.2
    there(a, 2)
    models.serve(a, "m", models.ones(), "pass_through", number_of_allocations=3, wait_for="fully_allocated")
    for node in (a, b):
        assert models.vectors(node, "m", "alpha") == ANSWER
    b.post(f"{PATH}/m/deployment/_update", {"number_of_allocations": 4}).ok()
    until(lambda: sum(answering(a).values()) == 4, "it is known everywhere")
    there(a, 2)
    a.post(f"{PATH}/m/deployment/_stop").ok()
    until(lambda: not a.workers() and not b.workers(), "all end")
