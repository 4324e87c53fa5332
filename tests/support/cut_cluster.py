# SPDX-License-Identifier: Apache-2.0
"""A cluster whose nodes and members of etcd have a machine each, and what tests ask of it."""

import concurrent.futures

from support import models
from support.etcd import members
from support.network import Member, Network, Node
from support.nodes import Nodes, answering
from support.poll import until

SERVED = "served"


class Cut(Nodes):
    """Nodes of a cluster and members of its etcd, each on a machine of a network of their own."""

    def __init__(self, etcd_members=1, slow_cables=False, **settings):
        self.network = Network(slow_cables)
        self.members = members(etcd_members, lambda: Member(self.network.machine()))
        self.settings = {"cluster.etcd.lease": "2s", "node.processors": 2, **settings}
        super().__init__(self.members[0], "c")

    def add(self, settings=None, kind=Node):
        return super().add({**self.settings, **(settings or {})},
                           lambda named: kind(self.network.machine(), named))

    def leader(self):
        """The member of etcd that the others follow."""
        def find():
            for member in self.members:
                shown = member.call("maintenance/status", {})
                if shown["header"]["member_id"] == shown.get("leader"):
                    return member
            return None
        return until(find, "etcd has a leader")

    def __exit__(self, *raised):
        self.network.heal()
        super().__exit__(*raised)
        for member in self.members:
            member.destroy()
        self.network.close()


def names(node, path="/_nodes"):
    return sorted(one["name"] for one in node.get(path).ok()["nodes"].values())


def there(node, count):
    assert node.get(f"/_cluster/health?wait_for_nodes={count}&timeout=30s").status == 200


def serve(nodes, allocations):
    """The first one is told; all know when all answers."""
    models.serve(nodes[0], SERVED, models.behaving(forward_ms=5), number_of_allocations=allocations,
                 wait_for="fully_allocated", cache_size="0")
    for node in nodes:
        until(lambda node=node: sum(answering(node, SERVED).values()) == allocations, "all know what answers")


def three(nodes, allocations=3, **settings):
    everyone = [nodes.add({"node.attr.availability_zone": zone, **settings}) for zone in "abc"]
    there(everyone[0], 3)
    serve(everyone, allocations)
    return everyone


def ask(*nodes, timeout="20s"):
    """Several requests to each at the same time, more than a node has allocations for; all are answered."""
    asked = nodes * 6
    with concurrent.futures.ThreadPoolExecutor(len(asked)) as pool:
        found = list(pool.map(lambda node: models.infer(node, SERVED, "text", query=f"?timeout={timeout}"), asked))
    assert {answer.status for answer in found} == {200}, found


def says(node, words):
    return words in node.log_text()


def plan(nodes):
    return {key: text for key, text in nodes.etcd.keys("/inferd/c/state/").items() if "assignment" in key}
