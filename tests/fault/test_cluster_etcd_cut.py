# SPDX-License-Identifier: Apache-2.0
"""Three members of an etcd and the nodes of a cluster, each on a machine of its own."""

import signal

import pytest

from support.cluster_plans import wrong_planners
from support.cut_cluster import SERVED, Cut, ask, names, serve, there, three
from support.nodes import answering
from support.poll import until

pytestmark = pytest.mark.network

def test_an_etcd_leader_that_is_cut_off():
    """First from the other members only: nobody goes on listening to it. Then with a node on its side, which changes
    nothing and serves."""
    with Cut(etcd_members=3) as nodes:
        a, b, c = three(nodes)
        leader = nodes.leader()
        others = [member for member in nodes.members if member is not leader]
        nodes.network.isolate(leader.machine, *[node.machine for node in (a, b, c)])
        nodes.network.heal([(one, other.machine) for one in (a.machine, b.machine, c.machine) for other in others] +
                           [(other.machine, one) for one in (a.machine, b.machine, c.machine) for other in others])
        c.kill()
        for node in (a, b):
            there(node, 2)
            until(lambda node=node: sum(answering(node, SERVED).values()) == 3, "the others run all of it")
        for number, node in enumerate((a, b)):
            until(lambda node=node, number=number: node.put(f"/_ingest/pipeline/p{number}", {"processors": []}).status
                  == 200, "the members that are left take changes")
        nodes.network.heal()
        c.restart()
        there(c, 3)
        leader = nodes.leader()
        others = [member.machine for member in nodes.members if member is not leader]
        nodes.network.part([leader.machine, a.machine], [*others, b.machine, c.machine])
        there(b, 2)
        assert a.put("/_ingest/pipeline/q", {"processors": []}).status == 503
        until(lambda: b.put("/_ingest/pipeline/q", {"processors": []}).status == 200, "the others change things")
        ask(a, b)
        nodes.network.heal()
        until(lambda: a.get("/_ingest/pipeline/q").status == 200, "it knows what it has missed")
        there(a, 3)
        assert wrong_planners(nodes.etcd) == []


def test_a_member_of_etcd_that_hangs():
    """Its kernel keeps the connections, so only what nodes do not hear of tells: that another one is gone."""
    with Cut(etcd_members=3) as nodes:
        a, b, c = three(nodes)
        nodes.members[0].process.send_signal(signal.SIGSTOP)  # to which all nodes listen, as it is the first
        c.kill()
        for node in (a, b):
            there(node, 2)
            until(lambda node=node: sum(answering(node, SERVED).values()) == 3, "the others run all of it")
        nodes.members[0].process.send_signal(signal.SIGCONT)


def test_five_nodes():
    """In three zones, on three members of etcd: the death of one of them, then of the master, then of two at once."""
    with Cut(etcd_members=3) as nodes:
        everyone = [nodes.add({"node.attr.availability_zone": zone}) for zone in "aabbc"]
        there(everyone[0], 5)
        serve(everyone, 6)
        found = answering(everyone[4], SERVED)
        assert [sum(found.get(f"n{number}", 0) for number in zone) for zone in ((0, 1), (2, 3), (4,))] == [2, 2, 2]
        for victims in ([3], [0], [1, 4]):
            for number in victims:
                everyone[number].kill()
            left = [node for number, node in enumerate(everyone) if number not in victims]
            for node in left:
                there(node, len(left))
                until(lambda node=node: sum(answering(node, SERVED).values()) == min(6, 2 * len(left)), "full capacity")
            assert len({tuple(names(node, "/_nodes/_master")) for node in left}) == 1
            ask(left[0])
            for number in victims:
                everyone[number].restart()
            there(left[-1], 5)
        assert wrong_planners(nodes.etcd) == []
