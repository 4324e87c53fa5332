# SPDX-License-Identifier: Apache-2.0
"""Nodes and members of etcd, each on a machine of its own, between which the network is cut."""

import concurrent.futures

import pytest

from support import models
from support.cluster_clients import KINDS, MADE, Asker, Changer, began, end, state_of, threads_on
from support.cluster_plans import wrong_planners
from support.network import Cut
from support.nodes import answering
from support.poll import until

PATH = "/_ml/trained_models"
SERVED = "served"


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


def three(nodes, **settings):
    everyone = [nodes.add({"node.attr.availability_zone": zone, **settings}) for zone in "abc"]
    there(everyone[0], 3)
    serve(everyone, 3)
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


@pytest.mark.parametrize("way", ["both ways", "one way"])
def test_two_nodes_that_do_not_see_each_other(way):
    """What each sends elsewhere goes to the third; nobody plans anything anew; healing needs no hand."""
    with Cut() as nodes:
        a, b, c = three(nodes)
        before = plan(nodes)
        nodes.network.cut(b.machine, a.machine)
        if way == "both ways":
            nodes.network.cut(a.machine, b.machine)
        until(lambda: ask(a, b) or all(says(node, "a node does not answer") for node in (a, b)), "some went there")
        ask(a, b, c, timeout="1900ms")  # by then none has come back that was sent to the silent one
        for node, silent in ((a, "n1"), (b, "n0"), (c, None)):
            shown = node.get("/_nodes/stats/os").ok()
            failures = [one["caused_by"]["reason"] for one in shown["_nodes"].get("failures", [])]
            assert len(failures) == (silent is not None) and all(f"node [{silent}] at" in one for one in failures)
            assert len(shown["nodes"]) == 3 - len(failures)
            there(node, 3)
        assert plan(nodes) == before and answering(c, SERVED) == {"n0": 1, "n1": 1, "n2": 1}
        nodes.network.heal()
        for node in (a, b):
            until(lambda node=node: says(node, "a node answers again"), "they see each other again")
            assert len(node.get("/_nodes/stats/os").ok()["nodes"]) == 3
        ask(a, b)


def test_a_node_that_is_cut_off_under_load():
    """From etcd and from all nodes, the master: both sides serve, one of them changes things, and nothing is lost."""
    with Cut() as nodes:
        a, b, c = everyone = three(nodes)
        changers = [Changer([node], kind, f"{kind}-{number}", "cut") for kind in ("pipeline", "alias")
                    for number, node in enumerate(everyone) if kind in KINDS]
        askers = [Asker([node], number) for number, node in enumerate(everyone)]
        models.upload(a, "other", models.ones(), "pass_through")
        until(lambda: all(node.get(f"{PATH}/other").status == 200 for node in everyone), "it is known")
        began([*changers, *askers])
        try:
            until(lambda: all(changer.outcomes[MADE] > 3 for changer in changers), "all of them can change things")
            nodes.network.isolate(a.machine)
            there(b, 2)
            until(lambda: sum(answering(b, SERVED).values()) == 3, "the others run all of it")
            assert names(a) == ["n0", "n1", "n2"] and names(c, "/_nodes/_master") == ["n1"]
            for asker in askers:
                until(lambda asker=asker, before=asker.outcomes[200]: asker.outcomes[200] > before + 5, "all serve")
            assert a.put("/_ingest/pipeline/p", {"processors": []}).status == 503
            made = [changer.outcomes[MADE] for changer in changers]
            until(lambda: all(changer.outcomes[MADE] > count + 3 for changer, count in zip(changers, made)
                              if changer.nodes != [a]), "the others change things")
            nodes.network.heal()
            there(a, 3)
            until(lambda: a.put("/_ingest/pipeline/p", {"processors": []}).status == 200, "it changes things again")
        finally:
            end([*changers, *askers])
        until(lambda: all(sum(answering(node, SERVED).values()) == 3 for node in everyone), "nothing runs twice")
        states = [until(lambda node=node: state_of(node), "it answers") for node in everyone]
        for state in states:
            wrong = [text for changer in changers for text in changer.wrong(state)]
            assert not wrong, "\n".join(wrong)
        assert not [asker.wrong for asker in askers if asker.wrong]
        assert all(threads_on(node) <= 2 for node in everyone)
        assert wrong_planners(nodes.etcd) == []


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


def test_five_nodes(record_property):
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
