# SPDX-License-Identifier: Apache-2.0
"""A rolling upgrade: what nodes of another version write into etcd does no harm here."""

import json

import pytest

from support import models
from support.nodes import answering
from support.poll import until

PATH = "/_ml/trained_models"
PATHS = ("/", "/_nodes", "/_nodes/stats", "/_cat/nodes", "/_cluster/health", "/_cluster/settings", PATH,
            f"{PATH}/_stats", f"{PATH}/_approvals", "/_cat/ml/trained_models", "/_ingest/pipeline", "/_inference",
            "/_ml/info", "/_ml/memory/_stats", "/_xpack/usage")


def text(**members):
    return json.dumps({"text": json.dumps(members)})


def everything(group):
    """All answers of each node, held against the schemas on their way."""
    for node in group:
        assert node.process.poll() is None, "it lives"
        for path in PATHS:
            assert node.get(path).status == 200, path


def changes_go_on(nodes, name):
    a, b = nodes.all[:2]
    a.put(f"/_ingest/pipeline/{name}", {"processors": []}).acknowledged()
    until(lambda: b.get(f"/_ingest/pipeline/{name}").status == 200, "the other node has heard")
    b.delete(f"/_ingest/pipeline/{name}").acknowledged()


def two(nodes):
    settings = {"node.processors": 4, "cluster.etcd.lease": "2s"}
    a, b = nodes.add(settings), nodes.add(settings)
    a.get("/_cluster/health?wait_for_nodes=2&timeout=20s").ok()
    models.serve(a, "m", models.ones(), "pass_through")
    return a, b


def record(nodes, **changed):
    """The record of deployment [m], with other members."""
    row = json.loads(nodes.etcd.keys(f"/inferd/{nodes.name}/state/")["deployment/m"])
    return json.dumps({**row, "params": json.dumps({**json.loads(row["params"]), **changed})})


def grow(nodes, key):
    """The row with members that nobody knows."""
    row = json.loads(nodes.etcd.keys(f"/inferd/{nodes.name}/state/")[key])
    for inner in ("text", "params", "config"):
        if inner in row:
            row[inner] = json.dumps({**json.loads(row[inner]), "from_the_future": {"a": [1]}})
    return json.dumps({**row, "from_the_future": {"b": 2}})


def test_what_is_new_is_left_alone(nodes):
    """Kinds and members that a later version has."""
    a, b = two(nodes)
    a.put(f"{PATH}/m/model_aliases/nick").acknowledged()
    a.put("/_ingest/pipeline/p", {"processors": [{"set": {"field": "x", "value": 1}}]}).acknowledged()
    a.put("/_cluster/settings", {"persistent": {"logger.level": "debug"}}).ok()
    rows = [key for key in nodes.etcd.keys(f"/inferd/{nodes.name}/state/") if "/" in key
            and not key.startswith(("object/approval/", "object/pipeline/"))]  # which show, or refuse, all members
    assert len(rows) >= 7, rows
    nodes.etcd.change(nodes.name, {key: grow(nodes, key) for key in rows})
    nodes.etcd.change(nodes.name, {"quota/q": '{"n":1}', "object/grant/g": text(a=1), "something": "else",
                                   "object/pipeline/later": text(processors=[{"from_the_future": {}}])})
    changes_go_on(nodes, "one")
    everything((a, b))
    for node in (a, b):
        assert models.vectors(node, "nick", "alpha") == [models.ones_answer("alpha")]
        docs = {"docs": [{"_source": {}}]}
        assert node.post("/_ingest/pipeline/p/_simulate", docs).ok()["docs"][0]["doc"]["_source"] == {"x": 1}
        assert node.post("/_ingest/pipeline/later/_simulate", docs).status in (400, 404, 500)
        assert node.get("/_cluster/settings").ok()["persistent"]["logger"] == {"level": "debug"}
    for node in (a, b):
        node.stop()
        node.restart()
    a.get("/_cluster/health?wait_for_nodes=2&timeout=20s").ok()
    until(lambda: sum(answering(a).values()) == 1 and models.infer(b, "m", "alpha").status == 200, "it runs again")
    everything((a, b))
    kept = nodes.etcd.keys(f"/inferd/{nodes.name}/state/")
    assert {"quota/q", "object/grant/g", "something", "object/pipeline/later"} < set(kept), "nothing was removed"


NONSENSE = [text(), '{"text":"nonsense"}', '{"text":"[]"}', '{"text":7}', "[]", "7", "nonsense",
            '{"model_id":"none","text":"{}"}']


def test_nonsense_does_no_harm(nodes):
    """As of a hand that was not steady."""
    a, b = two(nodes)
    kinds = ("alias", "setting", "memory", "vetting", "approval", "user", "role", "api_key", "pipeline", "endpoint",
             "assignment")
    for kind in kinds:
        nodes.etcd.change(nodes.name, {f"object/{kind}/{number}": value for number, value in enumerate(NONSENSE)})
    for folder in ("model", "part/m", "part", "deployment"):
        nodes.etcd.change(nodes.name, {f"{folder}/{number}": value for number, value in enumerate(NONSENSE)})
    nodes.etcd.change(nodes.name, remove=[f"object/approval/{number}" for number in range(len(NONSENSE))])
    node = f"/inferd/{nodes.name}/node/"
    for number, value in enumerate(("nonsense", "{}", '{"name":7,"attributes":[],"routes":{"m":7,"n":[]}}')):
        nodes.etcd.put(f"{node}stranger{number}", value)
    changes_go_on(nodes, "one")
    for number in range(3):
        nodes.etcd.remove(f"{node}stranger{number}")
    changes_go_on(nodes, "two")
    a.get("/_cluster/health?wait_for_nodes=2&timeout=20s").ok()
    everything((a, b))
    a.stop()
    a.restart()
    assert models.infer(a, "m", "alpha", query="?timeout=30s").status == 200
    everything((a, b))


STRANGE = [{"precision": "fp1"}, {"priority": "highest"}, {"threads_per_allocation": 0},
           {"threads_per_allocation": 1 << 40}, {"number_of_allocations": -1}, {"queue_capacity": 1 << 40},
           {"start_time": "then"}]


def test_a_deployment_that_cannot_be_here(nodes):
    """It is left out, and the others are served."""
    a = nodes.add({"node.processors": 4})
    models.serve(a, "m", models.ones(), "pass_through")
    nodes.etcd.change(nodes.name, {f"deployment/d{number}": record(nodes, **changed)
                                   for number, changed in enumerate(STRANGE)})
    a.put("/_ingest/pipeline/p", {"processors": []}).acknowledged()
    shown = a.get(f"{PATH}/_stats").ok()["trained_model_stats"]
    assert [one["deployment_stats"]["deployment_id"] for one in shown] == ["m"]
    a.stop()
    a.restart()
    assert models.infer(a, "m", "alpha", query="?timeout=30s").status == 200
    for number in range(len(STRANGE)):
        assert any(line.get("message") == "a recorded deployment cannot be started again" and
                   line["deployment_id"] == f"d{number}" for line in a.log()), number
    a.post(f"{PATH}/m/deployment/_stop").ok()


def test_what_a_hand_changes_is_taken_over(nodes):
    """Without the key that each change of a node writes; and nodes go on changing what they like."""
    a, b = nodes.add(), nodes.add()
    nodes.etcd.put(f"/inferd/{nodes.name}/state/object/pipeline/p", text(processors=[]))
    for node in (a, b):
        until(lambda node=node: node.get("/_ingest/pipeline/p").status == 200, "it is in force")
    changes_go_on(nodes, "one")
    nodes.etcd.remove(f"/inferd/{nodes.name}/state/object/pipeline/p")
    for node in (a, b):
        until(lambda node=node: node.get("/_ingest/pipeline/p").status == 404, "it is gone")
    changes_go_on(nodes, "two")


def test_a_format_of_a_later_version(nodes):
    """Nodes that do not know it change nothing any more, and go on serving; none begins."""
    a, b = two(nodes)
    nodes.etcd.change(nodes.name, {"format": "1"})
    changes_go_on(nodes, "one")
    nodes.etcd.change(nodes.name, {"format": "2"})
    for node in (a, b):
        until(lambda node=node: node.put("/_ingest/pipeline/p", {"processors": []}).status == 503, "it is noticed")
        answer = node.put("/_ingest/pipeline/p", {"processors": []})
        assert (f"etcd has a state of format [2] below [/inferd/{nodes.name}/], and this version of inferd knows "
                "format [1]") in answer.reason, answer
        assert models.vectors(node, "m", "alpha") == [models.ones_answer("alpha")]
    with pytest.raises(RuntimeError, match=r"etcd has a state of format \[2\]"):
        nodes.add()
    b.stop()
    with pytest.raises(RuntimeError, match=r"etcd has a state of format \[2\]"):
        b.restart()
