# SPDX-License-Identifier: Apache-2.0
"""elasticsearch-py, unmodified: what it asks about the node and the cluster."""

from elasticsearch import Elasticsearch

import pytest

from support import models
from support.etcd import Etcd
from support.nodes import Nodes


@pytest.fixture
def models_etcd():
    server = Etcd()
    try:
        yield server.start()
    finally:
        server.destroy()


def test_ping_info_health(client):
    assert client.ping() is True
    assert client.info()["version"]["number"].startswith("9.")
    assert client.info()["tagline"] == "You Know, for Search"
    assert client.cluster.health(wait_for_status="green", timeout="1s")["status"] == "green"


def test_sniffing(daemon):
    """The client then talks to the address that the node publishes."""
    with Elasticsearch(daemon.url, sniff_on_start=True, sniff_before_requests=True,
                       sniff_on_node_failure=True, min_delay_between_sniffing=0) as client:
        for _ in range(3):
            assert client.ping() is True
        node, = client.transport.node_pool.all()
        assert (node.host, node.port) == daemon.address


def test_sniffing_a_cluster(models_etcd):
    """It finds the other nodes by one of them, talks to all in turn, and goes on when one dies."""
    with Nodes(models_etcd, "sniffed") as nodes:
        for _ in range(3):
            nodes.add({"cluster.etcd.lease": "2s", "node.processors": 1})
        first = nodes.all[0]
        assert first.get("/_cluster/health?wait_for_nodes=3&timeout=20s").status == 200
        models.serve(first, "m", models.ones(), "pass_through", number_of_allocations=3, wait_for="fully_allocated")
        with Elasticsearch(first.url, sniff_on_start=True, sniff_on_node_failure=True, retry_on_timeout=True,
                           max_retries=5) as client:
            assert {node.port for node in client.transport.node_pool.all()} == {
                node.address[1] for node in nodes.all}
            asked = [client.ml.infer_trained_model(model_id="m", docs=[{"text_field": "alpha"}]) for _ in range(9)]
            assert all(one == asked[0] for one in asked)
            nodes.all[2].kill()
            for _ in range(9):
                assert client.ml.infer_trained_model(model_id="m", docs=[{"text_field": "alpha"}]) == asked[0]


def test_nodes(client):
    nodes = client.nodes.info()["nodes"]
    (node_id, node), = nodes.items()
    assert "ml" in node["roles"] and node["version"].startswith("9.")
    assert list(client.nodes.info(node_id="_all", metric="http")["nodes"]) == [node_id]


def test_cat(client, deployed):
    text = client.cat.ml_trained_models()
    assert isinstance(text.body, str) and text.body.split()[0] == deployed
    with_names = client.cat.ml_trained_models(v=True).body.splitlines()
    assert with_names[0].split()[0] == "id" and len(with_names) == 2
    assert client.cat.ml_trained_models(
        model_id=deployed, format="json", h=["id", "type"], s="id", v=True, help=False).body == [
            {"id": deployed, "type": "pytorch"}]
    assert "heap_size" in client.cat.ml_trained_models(help=True).body


def test_ml_info(client):
    info = client.ml.info()
    assert info["upgrade_mode"] is False
    assert info["limits"]["max_single_ml_node_processors"] == 64
    assert info["limits"]["total_ml_memory"].endswith("mb")


def test_memory(client, deployed):
    for stats in (client.ml.get_memory_stats(),
                  client.ml.get_memory_stats(node_id="_local", human=True, master_timeout="5s",
                                             timeout="5s")):
        node, = stats["nodes"].values()
        assert node["mem"]["ml"]["native_inference_in_bytes"] > 240 << 20
        assert stats["_nodes"] == {"total": 1, "successful": 1, "failed": 0}


def test_upgrade_mode(client, daemon, name):
    models.upload(daemon, name, models.behaving())
    assert client.ml.set_upgrade_mode(enabled=True, timeout="5s")["acknowledged"] is True
    try:
        assert client.ml.info()["upgrade_mode"] is True
        answer = client.options(ignore_status=403).ml.start_trained_model_deployment(model_id=name)
        assert answer["error"]["reason"] == (
            f"Cannot start model deployment [{name}] while cluster upgrade is in progress.")
    finally:
        assert client.ml.set_upgrade_mode(enabled=False)["acknowledged"] is True


def test_license_and_xpack(client):
    assert client.license.get(accept_enterprise=True)["license"]["status"] == "active"
    assert client.xpack.info(categories=["build", "license", "features"])["features"]["ml"] == {
        "available": True, "enabled": True}


def test_cluster_settings(client):
    limit = {"xpack.ml.max_model_memory_limit": "100mb"}
    assert client.cluster.put_settings(persistent=limit)["persistent"]
    assert client.cluster.get_settings(flat_settings=True)["persistent"] == limit
    assert client.ml.info()["limits"]["max_model_memory_limit"] == "100mb"
    assert client.cluster.put_settings(persistent=dict.fromkeys(limit))["acknowledged"] is True
    assert client.cluster.get_settings()["persistent"] == {}
