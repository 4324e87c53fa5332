# SPDX-License-Identifier: Apache-2.0
"""Nodes that are asked for allocations at the same moment: what there is once is promised once."""

import concurrent.futures

import pytest

from support import models
from support.nodes import Nodes
from support.poll import until

PATH = "/_ml/trained_models"
ROUNDS = 30
PROCESSORS = 4
NODES = 3


@pytest.fixture(scope="module")
def trio(etcd):
    with Nodes(etcd, "promises") as group:
        nodes = [group.add({"node.processors": PROCESSORS}) for _ in range(NODES)]
        for node in nodes:
            assert node.get(f"/_cluster/health?wait_for_nodes={NODES}&timeout=20s").status == 200
        models.upload(nodes[0], "m", models.ones(), "pass_through")
        yield nodes


def start(node, name, number):
    return node.post(f"{PATH}/m/deployment/_start?deployment_id={name}&number_of_allocations={number}&"
                     "wait_for=starting")


def update(node, name, number):
    return node.post(f"{PATH}/{name}/deployment/_update?timeout=0s", {"number_of_allocations": number})


def stop(node, name):
    node.post(f"{PATH}/{name}/deployment/_stop").ok()


def at_once(pool, *questions):
    """The answers' status."""
    return [one.result().status for one in [pool.submit(*question) for question in questions]]


def shown(node):
    stats = node.get(f"{PATH}/_stats").ok()["trained_model_stats"]
    return [one["deployment_stats"] for one in stats if "deployment_stats" in one]


def wanted(node):
    """What is promised, as the node knows it."""
    return {one["deployment_id"]: one["number_of_allocations"] for one in shown(node)}


def is_at_rest(one):
    return one["state"] == "started" and one["allocation_status"]["allocation_count"] == one["number_of_allocations"]


def rest(nodes, promised):
    """All nodes show that and have it started, no more and no less, without which no update is taken."""
    for node in nodes:
        until(lambda node=node: wanted(node) == promised and all(is_at_rest(one) for one in shown(node)),
              "all of it is started", pause=0.002)


def test_starts_at_one_moment(trio):
    """Of twelve allocations each wants seven, then five: one and two get them, the others are told as if they had
    come later."""
    with concurrent.futures.ThreadPoolExecutor(NODES) as pool:
        for turn in range(ROUNDS):
            number, winners = ((7, 1), (5, 2))[turn % 2]
            got = at_once(pool, *((start, node, f"d{place}-{turn}", number) for place, node in enumerate(trio)))
            assert sorted(got) == [200] * winners + [429] * (NODES - winners), (turn, got)
            assert sum(wanted(trio[turn % NODES]).values()) == number * winners
            for place, status in enumerate(got):
                if status == 200:
                    stop(trio[(place + turn) % NODES], f"d{place}-{turn}")


def limit_deployments(trio, number):
    trio[0].put("/_cluster/settings", {"persistent": {"xpack.ml.max_deployments": number}}).ok()
    wanted_text = None if number is None else str(number)
    for node in trio:
        until(lambda node=node: node.get("/_cluster/settings?flat_settings=true").ok()["persistent"]
              .get("xpack.ml.max_deployments") == wanted_text, "it has heard of the limit")


def test_starts_beyond_the_number_of_deployments(trio):
    """Of three with room for all, where two may be."""
    limit_deployments(trio, 2)
    with concurrent.futures.ThreadPoolExecutor(NODES) as pool:
        for turn in range(ROUNDS // 3):
            got = at_once(pool, *((start, node, f"n{place}-{turn}", 1) for place, node in enumerate(trio)))
            assert sorted(got) == [200, 200, 429], (turn, got)
            for place, status in enumerate(got):
                if status == 200:
                    stop(trio[(place + turn) % NODES], f"n{place}-{turn}")
    limit_deployments(trio, None)


def test_updates_at_one_moment(trio):
    """Each of three has one allocation and wants seven."""
    for place in range(NODES):
        models.start(trio[0], "m", deployment_id=f"u{place}", number_of_allocations=1)
    with concurrent.futures.ThreadPoolExecutor(NODES) as pool:
        for turn in range(ROUNDS // 3):
            rest(trio, {f"u{place}": 1 for place in range(NODES)})
            got = at_once(pool, *((update, node, f"u{(place + turn) % NODES}", 7) for place, node in enumerate(trio)))
            assert sorted(got) == [200, 429, 429], (turn, got)
            winner = (got.index(200) + turn) % NODES
            update(trio[turn % NODES], f"u{winner}", 1).ok()
    for place in range(NODES):
        stop(trio[0], f"u{place}")


def test_a_start_beside_an_update(trio):
    """On one node, too, which knows of both."""
    models.start(trio[0], "m", deployment_id="u", number_of_allocations=1)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for turn in range(ROUNDS // 3):
            rest(trio, {"u": 1})
            got = at_once(pool, (update, trio[turn % 2], "u", 7), (start, trio[0], f"s{turn}", 7))
            assert sorted(got) == [200, 429], (turn, got)
            if got[0] == 200:
                update(trio[1], "u", 1).ok()
            else:
                stop(trio[1], f"s{turn}")
    stop(trio[0], "u")


def test_one_after_the_other(trio):
    """What was promised and does not run yet has its place all the same."""
    for turn in range(ROUNDS // 3):
        assert start(trio[turn % NODES], f"first{turn}", 7).status == 200
        start(trio[(turn + 1) % NODES], f"second{turn}", 6).fails(
            429, "status_exception", "Could not start deployment because there are not enough resources to provide all "
                                     "requested allocations")
        assert start(trio[(turn + 2) % NODES], f"third{turn}", 5).status == 200
        stop(trio[turn % NODES], f"first{turn}")
        stop(trio[(turn + 1) % NODES], f"third{turn}")
