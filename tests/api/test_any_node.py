# SPDX-License-Identifier: Apache-2.0
"""What one node of a cluster answers, any other one answers, too: also where it has neither the model's file nor an
allocation."""

import json
import re

from support import models
from support.nodes import answering
from support.poll import until
from support.secured import Secured

PATH = "/_ml/trained_models"
NAMES = {"model_id": "m", "node_id": "_all", "metric": "http", "index_metric": "_all", "index": "i",
         "inference_id": "e", "task_type": "text_embedding", "id": "p", "username": "reader", "name": "writer",
         "part": "0"}
BODIES = {"/_ingest/pipeline/_simulate": {"pipeline": {"processors": []}, "docs": [{"_source": {}}]},
          "/_ingest/pipeline/{id}/_simulate": {"docs": [{"_source": {"text": "alpha"}}]},
          "/_security/user/_has_privileges": {"cluster": ["monitor"]},
          "/_security/user/{username}/_has_privileges": {"cluster": ["monitor"]}}
# Paths that by nature speak of the asked node, and why.
OWN = {
    "/": "names the node that answers",
    "/_inferd/definition/{model_id}": "whether this node has the file is the question",
    "/_inferd/part/{model_id}/{part}": "the same of a part",
}
FLEETING = ("timestamp", "epoch", "_ingest")  # when it was asked
LASTING = ("id", "ip", "port", "name", "master", "node.role", "version", "http_address")  # of _cat/nodes
OLD = {"Accept": "application/vnd.elasticsearch+json;compatible-with=8"}


def lasting(value):
    """Without what is of the moment."""
    if isinstance(value, dict):
        return {key: lasting(inner) for key, inner in value.items() if key not in FLEETING}
    return [lasting(inner) for inner in value] if isinstance(value, list) else value


def shape(value):
    """Which figures there are, not what they say."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return "a figure" if isinstance(value, (int, float)) else value


def seen(node, path):
    """Status and answer of a GET of a path of the route table."""
    filled = re.sub(r"\{(\w+)\}", lambda found: NAMES[found[1]], path)
    if path.startswith("/_cat/"):
        filled += "?format=json&h=*"
    answer = node.request("GET", filled, BODIES.get(path), headers=OLD if path.startswith("/_ml/inference") else None)
    if path == "/_cat":
        return answer.status, answer.body
    found = lasting(answer.json)
    if path == "/_cat/nodes":
        found = [{key: line[key] for key in LASTING} for line in found]
    elif path.startswith("/_nodes") and "/stats" in path:
        found = shape(found)  # load, open connections: they move while the next node is asked
    return answer.status, found


def three(nodes, settings=None, **more):
    for processors in (2, 1, 1):
        nodes.add({"node.processors": processors, **(settings or {})}, **more)
    for node in nodes.all:
        node.get("/_cluster/health?wait_for_nodes=3&timeout=20s").ok()
    return nodes.all


def fill(node):
    """Something behind each route."""
    models.serve(node, "m", models.ones(), "pass_through", number_of_allocations=2, wait_for="fully_allocated")
    models.upload(node, "t", models.behaving())
    node.put(f"{PATH}/m/model_aliases/nick").acknowledged()
    node.put("/_ingest/pipeline/p", {"processors": [{"set": {"field": "x", "value": 1}}]}).acknowledged()
    node.put("/_inference/text_embedding/e", {"service": "elasticsearch", "service_settings": {
        "model_id": "t", "num_allocations": 1, "num_threads": 1}}).ok()
    node.put("/_cluster/settings", {"persistent": {"logger.level": "debug"}}).ok()
    node.put("/_security/role/writer", {"cluster": ["manage_ml"]}).ok()
    node.add_user("reader", "the-readers-password", "machine_learning_user")
    node.make_key()


def test_each_get_is_the_same_on_each_node(nodes):
    a, b, c = three(nodes, kind=Secured)
    fill(a)
    NAMES["sha256"] = next(iter(nodes.etcd.keys(f"/inferd/{nodes.name}/state/object/approval/")))
    for node in (a, b, c):
        models.infer(node, "m", "alpha", "beta").ok()
    until(lambda: seen(a, "/_security/api_key") == seen(b, "/_security/api_key") == seen(c, "/_security/api_key"),
          "the last change is known")
    until(lambda: answering(a) == answering(b) == answering(c) and sum(answering(a).values()) == 2, "all know who runs")
    paths = [path for path, operations in a.get("/_openapi.json").ok()["paths"].items() if "get" in operations]
    assert len(paths) > 50 and set(OWN) < set(paths) and set(BODIES) < set(paths)
    differ = {}
    for path in sorted(set(paths) - set(OWN)):
        answers = [seen(node, path) for node in (a, b, c)]
        assert answers[0][0] == 200, (path, answers[0])
        if answers != [answers[0]] * 3:
            differ[path] = answers
    assert not differ, json.dumps(differ, indent=1)
    assert {node.get("/").ok()["name"] for node in (a, b, c)} == {"n0", "n1", "n2"}


def test_usage_is_of_all_nodes(nodes):
    a, b, c = three(nodes)
    models.serve(a, "m", models.ones(), "pass_through", number_of_allocations=4, wait_for="fully_allocated")
    models.serve(a, "n", models.ones(), "pass_through", priority="low")
    for number, node in enumerate((a, b, c)):
        body = {"docs": [{"text_field": f"text {number}"}] * (number + 1)}
        node.post(f"{PATH}/m/_infer", body, headers={"X-Inferd-Relayed": "1"}).ok()
    shown = [node.get("/_xpack/usage").ok()["ml"] for node in (a, b, c)]
    assert shown[0] == shown[1] == shown[2]
    assert shown[0]["inference"]["deployments"] == {
        "count": 2, "inference_counts": {"total": 6.0, "min": 0.0, "max": 6.0, "avg": 3.0}}
    memory = b.get("/_ml/memory/_stats").ok()["nodes"].values()
    assert shown[0]["memory"]["pytorch_inference_memory_bytes"] == \
        sum(one["mem"]["ml"]["native_inference_in_bytes"] for one in memory) > 0


def dry_run(node, query=""):
    return node.post(f"{PATH}/m/deployment/_start?dry_run=true{query}").ok()


def test_a_dry_run_where_the_file_is_not(nodes, tmp_path):
    shared, empty = tmp_path / "shared", tmp_path / "empty"
    for folder in (shared, empty):
        folder.mkdir()
    store = {"cluster.definitions.store": "directory", "cluster.definitions.directory": shared, "node.processors": 1}
    a, b = nodes.add(store), nodes.add({**store, "node.processors": 2})
    models.upload(a, "m", models.behaving(), "text_embedding")
    until(lambda: b.get(f"{PATH}/m").status == 200, "the model is known")
    until(lambda: len(b.get("/_nodes").ok()["nodes"]) == len(a.get("/_nodes").ok()["nodes"]) == 2, "both are there")
    assert b.get("/_inferd/definition/m").status == 404
    found = dry_run(b, "&number_of_allocations=3")
    assert found["would_start"] and "measured_memory_bytes" in found["memory"], found
    assert {one["name"]: (one["allocations"], one["processors"]) for one in found["nodes"]} == {
        "n0": (1, {"available": 1, "free": 1, "needed": 3}), "n1": (2, {"available": 2, "free": 2, "needed": 3})}
    assert b.get("/_inferd/definition/m").status == 200, "it was brought to be tried"
    until(lambda: dry_run(a, "&number_of_allocations=3") == dry_run(b, "&number_of_allocations=3"), "they say the same")
    refused = dry_run(a, "&number_of_allocations=2&threads_per_allocation=2")
    assert not refused["would_start"] and "Lower number_of_allocations to [1]." in refused["advice"], refused


def test_a_dry_run_whose_file_does_not_come(nodes, tmp_path):
    a = nodes.add({"cluster.definitions.store": "directory", "cluster.definitions.directory": tmp_path})
    models.upload(a, "m", models.ones(), "pass_through")
    a.stop()
    for file in tmp_path.iterdir():
        if file.read_bytes() == models.ones():
            file.unlink()
    b = nodes.add({"cluster.definitions.store": "directory", "cluster.definitions.directory": tmp_path})
    found = dry_run(b, "&timeout=300ms")
    assert found["would_start"]
    assert any("The model was not loaded, since the definition of model [m] is not on this node yet: " in one
               for one in found["advice"]), found


def test_a_report_where_the_file_is_not(nodes, tmp_path):
    store = {"cluster.definitions.store": "directory", "cluster.definitions.directory": tmp_path}
    a, b = nodes.add(store), nodes.add(store)
    models.upload(a, "m", models.ones(), "pass_through")

    def report(node):
        return node.get(f"{PATH}/m?include=vetting").ok()["trained_model_configs"][0]["vetting"]

    until(lambda: b.get(f"{PATH}/m").status == 200 and report(b) == report(a), "the report is in etcd")
    before = report(a)
    nodes.etcd.change(nodes.name, remove=["object/vetting/m"])
    until(lambda: report(b)["verdict"] == "accepted" and "a definition was brought from the store" in b.log_text(),
          "it was brought to be looked at")
    for key in ("vetted_at", "took_ms"):
        before.pop(key)
    assert before.items() <= report(b).items()


def test_long_texts_where_the_model_is_not(nodes):
    lease = {"cluster.etcd.lease": "2s"}
    a, b = nodes.add({**lease, "node.processors": 1}), nodes.add({**lease, "node.processors": 2})
    a.get("/_cluster/health?wait_for_nodes=2&timeout=20s").ok()
    models.serve(a, "m", models.behaving(), threads_per_allocation=2)
    assert b.workers() and not a.workers(), "one node has the processors"
    processor = {"inference": {"model_id": "m", "input_output": {"input_field": "text", "output_field": "v"},
                               "chunk": {"max_tokens": 12, "overlap": 3}}}
    a.put("/_ingest/pipeline/p", {"processors": [processor]}).acknowledged()
    until(lambda: b.get("/_ingest/pipeline/p").status == 200, "the pipeline is known")

    def simulate(node, text):
        shown = node.post("/_ingest/pipeline/p/_simulate", {"docs": [{"_source": {"text": text}}]}).ok()["docs"][0]
        return shown["doc"]["_source"]["v"] if "doc" in shown else shown["error"]

    for text in ("\U0001f600 " + "alpha beta gamma " * 40, "alpha", "alpha " * 6 * 1025 * 2):
        there = simulate(b, text)
        assert simulate(a, text) == there
    assert "more than the [1024] places" in there["reason"]
    b.kill()
    b.launch()
    assert len(simulate(a, "alpha beta gamma " * 40)) > 5, "it is waited for"


def test_a_node_that_has_only_just_come(nodes):
    """It does not keep what others could answer, because it knows no others yet."""
    lease = {"cluster.etcd.lease": "2s"}
    a, b = nodes.add({**lease, "node.processors": 1}), nodes.add({**lease, "node.processors": 2})
    a.get("/_cluster/health?wait_for_nodes=2&timeout=20s").ok()
    models.serve(b, "m", models.ones(), "pass_through", threads_per_allocation=2)
    for _ in range(3):
        a.kill()
        a.restart()
        assert models.infer(a, "m", "alpha", query="?timeout=20s").status == 200
