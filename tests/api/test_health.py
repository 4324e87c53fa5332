# SPDX-License-Identifier: Apache-2.0
"""GET /_cluster/health: green while the node answers, and what can be waited for
(compatibility 13.1)."""

import threading

import pytest

from support.poll import until
from support.raw import RawConnection

PATH = "/_cluster/health"


@pytest.mark.parametrize("query", [
    "wait_for_status=green", "wait_for_status=yellow", "wait_for_status=red", "wait_for_nodes=1",
    "wait_for_nodes=>=1", "wait_for_nodes=<2", "wait_for_nodes=ge(1)", "wait_for_nodes=lt(2)",
    "wait_for_active_shards=0", "wait_for_active_shards=all", "wait_for_events=languid",
    "wait_for_no_relocating_shards=true", "wait_for_no_initializing_shards", "local=true",
    "expand_wildcards=all", "master_timeout=1s", "level=cluster"])
def test_what_holds_is_answered(daemon, query):
    health = daemon.get(f"{PATH}?timeout=1d&{query}").ok()
    assert health["status"] == "green" and health["timed_out"] is False


@pytest.mark.parametrize("query", [
    "wait_for_nodes=2", "wait_for_nodes=>1", "wait_for_nodes=<1", "wait_for_nodes=gt(1)",
    "wait_for_active_shards=1"])
@pytest.mark.parametrize("path", [PATH, PATH + "/some-index"])
def test_what_never_holds_times_out(daemon, path, query):
    answer = daemon.get(f"{path}?timeout=50ms&{query}")
    assert answer.status == 408
    assert answer.json == {**daemon.get(path).ok(), "timed_out": True}


def test_levels(daemon):
    assert daemon.get(f"{PATH}?level=indices").ok()["indices"] == {}
    assert "indices" not in daemon.get(PATH).ok()


def test_refusals(daemon):
    daemon.get(f"{PATH}?wait_for_nodes=many").fails(
        400, "illegal_argument_exception", "Failed to parse value [many] of [wait_for_nodes]")
    daemon.get(f"{PATH}?wait_for_active_shards=-1").fails(
        400, "illegal_argument_exception", "cannot parse ActiveShardCount[-1]")
    daemon.get(f"{PATH}?wait_for_status=blue").fails(
        400, "illegal_argument_exception",
        "No enum constant org.elasticsearch.cluster.health.ClusterHealthStatus.BLUE")


def test_who_waits_keeps_nobody_waiting(daemon):
    """Others are served, and a client may leave, while one waits."""
    with RawConnection(daemon) as leaver, RawConnection(daemon) as waiter:
        leaver.request("GET", f"{PATH}?wait_for_nodes=2&timeout=1h")
        waiter.request("GET", f"{PATH}?wait_for_nodes=2&timeout=300ms")
        daemon.get(PATH).ok()
        leaver.close()
        assert waiter.response().status == 408


def connections(daemon):
    (node,) = daemon.get("/_nodes/stats/http").ok()["nodes"].values()
    return node["http"]["current_open"]


def test_a_stop_ends_the_wait(make_daemon):
    daemon = make_daemon({"shutdown.drain_timeout": "100ms"})
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(
        daemon.get(f"{PATH}?wait_for_nodes=2&timeout=1h")))
    waiting.start()
    until(lambda: connections(daemon) > 1, "the one that waits is connected")
    daemon.stop()
    waiting.join()
    assert answers[0].status == 503
