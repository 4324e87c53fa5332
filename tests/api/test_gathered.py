# SPDX-License-Identifier: Apache-2.0
"""What all nodes of a cluster say together, and what is said of one that is silent."""

import http.client
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from support import models
from support.poll import until

PATH = "/_ml/trained_models"
INGEST = {"processors": [{"inference": {"model_id": "m", "field_map": {"text": "text_field"}}}]}


def three(nodes):
    a, b, c = (nodes.add({"node.attr.availability_zone": zone}) for zone in ("west", "east", "west"))
    for node in (a, b, c):
        node.get("/_cluster/health?wait_for_nodes=3&timeout=20s").ok()
    return a, b, c


def by_name(answer):
    """Of an answer about nodes: by their names."""
    return {one["name"]: one for one in answer["nodes"].values()}


def head(answer):
    return tuple(answer["_nodes"][key] for key in ("total", "successful", "failed"))


def node_id(node):
    return next(iter(node.get("/_nodes/_local").ok()["nodes"]))


def lines(node, query=""):
    shown = node.get(f"/_cat/nodes?format=json&h=name,load_15m,rc,rp,fdc,fdm,dt,da{query}").ok()
    return {line.pop("name"): line for line in shown}


def test_nodes_are_asked(nodes):
    a, b, c = three(nodes)
    shown = a.get("/_nodes/stats").ok()
    assert head(shown) == (3, 3, 0) and "failures" not in shown["_nodes"]
    assert sorted(by_name(shown)) == ["n0", "n1", "n2"]
    for one in by_name(shown).values():
        assert {"os", "process", "fs", "http", "ingest"} < set(one)
    totals = {name: one["process"]["cpu"]["total_in_millis"] for name, one in by_name(shown).items()}
    own = by_name(b.get("/_nodes/_local/stats").ok())["n1"]["process"]["cpu"]["total_in_millis"]
    assert 0 < totals["n1"] <= own, "it is that node's own figure"
    for asked, found in (("_local", ["n2"]), ("n1", ["n1"]), ("_master,n1", ["n0", "n1"]), ("n*,ml:false", []),
                         ("none", []), (node_id(a), ["n0"]), ("availability_zone:w*", ["n0", "n2"])):
        shown = c.get(f"/_nodes/{asked}/stats/os,fs?human").ok()
        assert sorted(by_name(shown)) == found and head(shown) == (len(found), len(found), 0)
        assert all(set(one) & {"os", "process", "fs", "http", "ingest"} == {"os", "fs"} and "used" in one["os"]["mem"]
                   for one in shown["nodes"].values())
        assert sorted(by_name(c.get(f"/_ml/memory/{asked}/_stats").ok())) == found
    assert c.get("/_nodes/n1/stats/what").status == 400
    assert by_name(c.get("/_ml/memory/_stats").ok()) == {name: by_name(node.get("/_ml/memory/_local/_stats").ok())[name]
                                                        for name, node in (("n0", a), ("n1", b), ("n2", c))}
    limits = b.get("/_ml/info").ok()["limits"]
    assert (limits["total_ml_processors"], limits["max_single_ml_node_processors"]) == (3 * 64, 64)
    memory = b.get("/_ml/memory/_stats").ok()["nodes"].values()
    assert limits["total_ml_memory"] == f"{sum(one['mem']['ml']['max_in_bytes'] for one in memory) >> 20}mb"
    assert b.get("/_xpack/usage").ok()["ml"]["node_count"] == 3
    assert sorted(lines(b)) == ["n0", "n1", "n2"]
    assert all(cell is not None for line in lines(b).values() for cell in line.values())
    assert "disk.avail" in b.get("/_cat/nodes?help").body.decode()


def execute(node, pipeline):
    connection = http.client.HTTPConnection(*node.address, timeout=30)
    connection.request("POST", f"/_ingest/pipeline/{pipeline}/_execute", '{"text":"alpha"}\n',
                       {"Content-Type": "application/x-ndjson"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def counts(entry):
    shown = entry["deployment_stats"]
    return shown["deployment_id"], shown["state"], shown["allocation_status"], shown.get("inference_count")


def test_statistics_of_models_are_of_all_nodes(nodes):
    a, b, c = three(nodes)
    models.serve(a, "m", models.ones(), "pass_through")
    until(lambda: b.post(f"{PATH}/m/deployment/_start?deployment_id=e").status == 200, "the definition has come")
    models.put_config(c, "n", "pass_through")
    a.put("/_ingest/pipeline/p", INGEST).acknowledged()
    for node in (a, b, b):
        until(lambda node=node: node.get("/_ingest/pipeline/p").status == 200, "the pipeline is there")
        assert execute(node, "p") == 200
    for node in (a, b, c):
        until(lambda node=node: node.get(f"{PATH}/n").status == 200, "the other model is known")
        for deployment in ("m", "e", "e"):
            assert models.vectors(node, deployment, "alpha") == [models.ones_answer("alpha")]
    full = {"allocation_count": 1, "target_allocation_count": 1, "state": "fully_allocated"}
    answers = [node.get(f"{PATH}/_stats").ok() for node in (a, b, c)]
    for shown in answers:
        entries = shown["trained_model_stats"]
        assert shown["count"] == 2 and [entry["model_id"] for entry in entries] == ["m", "m", "n"]
        assert "deployment_stats" not in entries[2]
        assert [counts(entry)[:3] for entry in entries[:2]] == [("e", "started", full), ("m", "started", full)]
        assert counts(entries[0])[3] + counts(entries[1])[3] == 12
        assert [len(entry["deployment_stats"]["nodes"]) for entry in entries[:2]] == [1, 1]
        assert all(entry["pipeline_count"] == 1 and entry["ingest"]["total"]["count"] == 3 and
                   entry["ingest"]["pipelines"]["p"]["processors"][0]["inference"]["stats"]["count"] == 3
                   for entry in entries[:2])
        for entry in entries[:2]:
            assert entry["inference_stats"]["inference_count"] == counts(entry)[3]
            entry["inference_stats"].pop("timestamp")
    for shown in answers[1:]:
        assert shown == answers[0]
    for name, count, found in (("e", 1, ["e"]), ("m", 1, ["e", "m"]), ("e,n", 2, ["e"]), ("*", 2, ["e", "m"])):
        shown = c.get(f"{PATH}/{name}/_stats").ok()
        assert shown["count"] == count
        assert [counts(entry)[0] for entry in shown["trained_model_stats"] if "deployment_stats" in entry] == found
    assert c.get(f"{PATH}/_stats?size=1&from=1").ok()["trained_model_stats"][0]["model_id"] == "n"
    c.get(f"{PATH}/none/_stats").fails(404, "resource_not_found_exception",
                                       "No known trained model with model_id [none]")
    table = c.get("/_cat/ml/trained_models/m?format=json&h=id,ic,if,ip").ok()
    assert [(line["id"], line["ic"], line["ip"]) for line in table] == [("m", "3", "1")]


def test_a_silent_node_is_reported(nodes):
    a, b, c = three(nodes)
    silent = node_id(b)
    b.process.send_signal(signal.SIGSTOP)
    try:
        for path in ("/_nodes/stats?timeout=300ms", "/_ml/memory/_stats?timeout=300ms"):
            shown = a.get(path, timeout=8).ok()
            assert sorted(by_name(shown)) == ["n0", "n2"] and head(shown) == (3, 2, 1)
            failure = shown["_nodes"]["failures"][0]
            assert (failure["type"], failure["node_id"]) == ("failed_node_exception", silent)
            assert failure["caused_by"]["reason"].startswith("node [n1] at [")
            assert "cannot be reached" in failure["caused_by"]["reason"]
        assert head(a.get("/_nodes/n0,n2/stats?timeout=0", timeout=8).ok())[0] == 2
        shown = lines(a, "&timeout=300ms")
        assert all(cell is None for cell in shown["n1"].values())
        assert all(cell is not None for name in ("n0", "n2") for cell in shown[name].values())
        with pytest.raises(TimeoutError):
            c.get("/_nodes/stats?timeout=1m", timeout=0.2)
        assert a.get(f"{PATH}/_stats", timeout=20).ok()["count"] == 0
    finally:
        b.process.send_signal(signal.SIGCONT)
    until(lambda: head(a.get("/_nodes/stats").ok()) == (3, 3, 0), "it answers again")
    c.check()
    c.kill()
    shown = a.get("/_nodes/stats").ok()
    assert head(shown) == (3, 2, 1) and "failures" in shown["_nodes"] or head(shown) == (2, 2, 0)


def test_a_node_may_end_while_it_waits_for_another(nodes):
    a, b = nodes.add({"shutdown.drain_timeout": "100ms"}), nodes.add()
    a.get("/_cluster/health?wait_for_nodes=2&timeout=20s").ok()
    b.process.send_signal(signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(a.get, "/_nodes/stats?timeout=1m")
            until(lambda: by_name(a.get("/_nodes/_local/stats/http").ok())["n0"]["http"]["current_open"] > 1,
                  "it waits")
            a.stop()
            assert answer.result().status == 503
    finally:
        b.process.send_signal(signal.SIGCONT)


def test_routes_to_a_silent_node_have_failed(nodes):
    a, b, _ = three(nodes)
    models.serve(b, "m", models.ones(), "pass_through", number_of_allocations=1)
    until(lambda: a.get(f"{PATH}/m/_stats").ok()["trained_model_stats"][0]["deployment_stats"]["allocation_status"]
          ["allocation_count"] == 1, "the deployment is shown")
    where = a.get(f"{PATH}/m/_stats").ok()["trained_model_stats"][0]["deployment_stats"]["nodes"][0]["node"]
    name = next(iter(where.values()))["name"]
    silent = nodes.all[int(name[1:])]
    asked = next(node for node in nodes.all if node is not silent)
    silent.process.send_signal(signal.SIGSTOP)
    try:
        shown = asked.get(f"{PATH}/m/_stats", timeout=20).ok()["trained_model_stats"][0]["deployment_stats"]
    finally:
        silent.process.send_signal(signal.SIGCONT)
    route = shown["nodes"][0]
    assert route["node"] == where or next(iter(route["node"].values()))["name"] == name
    assert route["routing_state"]["routing_state"] == "failed"
    assert route["routing_state"]["reason"].startswith(f"node [{name}] at [")
    assert "inference_count" not in route


def test_caches_are_cleared_on_all_nodes(nodes):
    group = [nodes.add({"node.processors": 1}) for _ in range(3)]
    for node in group:
        node.get("/_cluster/health?wait_for_nodes=3&timeout=20s").ok()
    models.serve(group[0], "m", models.ones(), "pass_through", number_of_allocations=3, wait_for="fully_allocated")

    def ask_each():
        for node in group:
            node.post(f"{PATH}/m/_infer", {"docs": [{"text_field": "alpha"}]}, headers={"X-Inferd-Relayed": "1"}).ok()
        shown = group[2].get(f"{PATH}/m/_stats").ok()["trained_model_stats"][0]["deployment_stats"]["nodes"]
        return [one["inference_cache_hit_count"] for one in shown]

    assert (ask_each(), ask_each()) == ([0, 0, 0], [1, 1, 1])
    assert group[1].post(f"{PATH}/m/deployment/cache/_clear").ok() == {"cleared": True}
    assert (ask_each(), ask_each()) == ([1, 1, 1], [2, 2, 2])
    group[1].post(f"{PATH}/none/deployment/cache/_clear").fails(404, "resource_not_found_exception",
                                                                "No known model deployment with id [none]")
    group[0].process.send_signal(signal.SIGSTOP)
    try:
        answer = group[1].post(f"{PATH}/m/deployment/cache/_clear?timeout=300ms")
        assert answer.status == 503
        assert answer.reason.startswith("the cache was not cleared everywhere: node [n0] at ["), answer
    finally:
        group[0].process.send_signal(signal.SIGCONT)
