# SPDX-License-Identifier: Apache-2.0
"""Nodes and an etcd, each on a machine of its own, between which the network is cut, or slow."""

import pytest

from support import models
from support.cluster_clients import MADE, Asker, Changer, began, end, state_of, threads_on
from support.cluster_plans import wrong_planners
from support.cut_cluster import SERVED, Cut, ask, names, plan, says, there, three
from support.nodes import answering
from support.poll import until

pytestmark = pytest.mark.network
PATH = "/_ml/trained_models"


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
        # In less time than it takes to find out that a node cannot be reached.
        until(lambda: ask(a, b, c, timeout="1900ms") or True, "none of so many goes there any more")
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


def piped(node):
    """What a pipeline makes of a document by inference, of a whole text and of one that is cut before."""
    docs = [{"_source": {"text": "alpha beta gamma " * 4}}]
    shown = [node.post("/_ingest/pipeline/_simulate", {"pipeline": {"processors": [{"inference": {
        "model_id": SERVED, "input_output": {"input_field": "text", "output_field": "v"}, **more}}]}, "docs": docs})
        for more in ({}, {"chunk": {"max_tokens": 8, "overlap": 2}})]
    return [one.ok()["docs"][0] for one in shown]


def test_an_allocation_that_only_a_third_node_sees():
    """What the asked node cannot reach itself is answered by way of another one, from the first request on."""
    with Cut() as nodes:
        everyone = three(nodes, allocations=1)
        with_it, = (node for node in everyone if node.workers())
        without, third = (node for node in everyone if node is not with_it)
        nodes.network.part([with_it.machine], [without.machine])
        for _ in range(2):
            assert all(one["doc"]["_source"]["v"] for one in piped(without))
            ask(without)
        nodes.network.part([with_it.machine], [third.machine])
        answer = models.infer(without, SERVED, "text")
        assert answer.status == 503 and "cannot be reached" in answer.reason, answer


def shows_all(node, changers):
    state = state_of(node)
    assert state, "it does not answer"
    wrong = [text for changer in changers for text in changer.wrong(state)]
    assert not wrong, "\n".join(wrong)
    return True


def test_a_node_that_is_cut_off_under_load():
    """From etcd and from all nodes, the master: both sides serve, one of them changes things, and nothing is lost."""
    with Cut() as nodes:
        a, b, c = everyone = three(nodes)
        changers = [Changer([node], kind, f"{kind}-{number}", "cut") for kind in ("pipeline", "alias")
                    for number, node in enumerate(everyone)]
        askers = [Asker([node], number) for number, node in enumerate(everyone)]
        models.upload(a, "other", models.ones(), "pass_through")
        until(lambda: all(node.get(f"{PATH}/other").status == 200 for node in everyone), "it is known")
        began([*changers, *askers])
        try:
            until(lambda: all(changer.outcomes[MADE] > 3 for changer in changers), "all of them can change things")
            nodes.network.isolate(a.machine)
            there(b, 2)
            until(lambda: sum(answering(b, SERVED).values()) == 3, "the others run all of it")
            until(lambda: names(c, "/_nodes/_master") == ["n1"], "there is another master")
            assert names(a) == ["n0", "n1", "n2"], "it does not know better"
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
        for node in everyone:
            until(lambda node=node: shows_all(node, changers), "all that was acknowledged is shown")
        assert not [asker.wrong for asker in askers if asker.wrong]
        assert all(threads_on(node) <= 2 for node in everyone)
        assert wrong_planners(nodes.etcd) == []


@pytest.mark.network(slow=True)
def test_a_long_way():
    """200 ms each way between any two of them: everything takes longer, and nobody takes anybody for dead."""
    with Cut(slow_cables=True) as nodes:
        a, b, c = everyone = three(nodes)
        nodes.network.delay(0.2)
        ask(*everyone)
        for node in everyone:
            assert "failures" not in node.get("/_nodes/stats/os").ok()["_nodes"]
        b.put("/_ingest/pipeline/p", {"processors": []}).ok()
        until(lambda: c.get("/_ingest/pipeline/p").status == 200, "it is known everywhere")
        b.post(f"{PATH}/{SERVED}/deployment/_update", {"number_of_allocations": 5}).ok()
        until(lambda: sum(answering(c, SERVED).values()) == 5, "it is known everywhere")
        ask(*everyone)
        a.post(f"{PATH}/{SERVED}/deployment/_stop").ok()
        until(lambda: not any(node.workers() for node in everyone), "all end")
        for node in everyone:
            there(node, 3)
            for words in ("a node does not answer", "etcd is lost", "has left the cluster"):
                assert not says(node, words), words
