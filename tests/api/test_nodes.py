# SPDX-License-Identifier: Apache-2.0
"""GET /_nodes and /_nodes/stats, and how clients sniff (compatibility 13.4)."""

import re

import elasticsearch
import pytest

from support.poll import until

PARTS = {"settings", "os", "process", "transport", "http", "plugins", "modules"}


def only_node(answer):
    body = answer.ok()
    assert body["_nodes"] == {"total": 1, "successful": 1, "failed": 0}
    assert list(body) == ["_nodes", "cluster_name", "nodes"]
    (node_id, node), = body["nodes"].items()
    return node_id, node


def nodes_of(answer):
    body = answer.ok()
    assert body["_nodes"]["total"] == len(body["nodes"])
    return list(body["nodes"])


def test_node(daemon):
    node_id, node = only_node(daemon.get("/_nodes"))
    address = "{}:{}".format(*daemon.address)
    assert re.fullmatch(r"[\w-]{22}", node_id)
    assert PARTS <= set(node)
    assert node["transport_address"] == node["http"]["publish_address"] == address
    assert node["http"]["bound_address"] == [address]
    assert node["http"]["max_content_length_in_bytes"] == 100 << 20
    assert (node["ip"], node["host"]) == ("127.0.0.1", "127.0.0.1")
    assert node["version"] == daemon.get("/").ok()["version"]["number"]
    assert set(node["roles"]) == {"data", "ingest", "master", "ml"}
    assert node["process"]["id"] == daemon.pid
    assert node["os"]["allocated_processors"] == 64
    assert node["settings"]["engine"]["forward_timeout"] == "3s"


def test_the_engine_is_named(daemon):
    until(lambda: only_node(daemon.get("/_nodes/_none"))[1]["inferd"]["engine"],
          "the engine says its version")


def test_metrics(daemon):
    for path, parts in {"/_nodes/http": {"http"}, "/_nodes/_all/http": {"http"},
                        "/_nodes/http,os": {"http", "os"}, "/_nodes/_local/os": {"os"},
                        "/_nodes/_all": PARTS, "/_nodes/_all/_all": PARTS, "/_nodes/_none": set(),
                        "/_nodes/jvm": set(), "/_nodes/_all/unknown": set()}.items():
        _, node = only_node(daemon.get(path))
        assert PARTS & set(node) == parts, path


def test_filters(daemon):
    node_id, node = only_node(daemon.get("/_nodes"))
    for chosen in (node_id, node["name"], node_id[:5] + "*", "_local", "_master", "127.*", "ml:true",
                   "x," + node_id, "*"):
        assert nodes_of(daemon.get(f"/_nodes/{chosen}/http")) == [node_id], chosen
        assert nodes_of(daemon.get(f"/_ml/memory/{chosen}/_stats")) == [node_id], chosen
    for other in ("nobody", "ml:false", "_all,ml:false"):
        assert nodes_of(daemon.get(f"/_nodes/{other}/http")) == [], other
        assert nodes_of(daemon.get(f"/_nodes/{other}/stats")) == [], other
        assert nodes_of(daemon.get(f"/_ml/memory/{other}/_stats")) == [], other


def test_flat_settings_and_human(daemon):
    _, node = only_node(daemon.get("/_nodes/settings?flat_settings=true&timeout=1s"))
    assert node["settings"]["engine.forward_timeout"] == "3s"
    _, node = only_node(daemon.get("/_nodes/http?human"))
    assert node["http"]["max_content_length"] == "100mb"


def test_stats(daemon):
    _, node = only_node(daemon.get("/_nodes/stats"))
    assert {"os", "process", "fs", "http"} <= set(node)
    assert node["http"]["current_open"] >= 1
    assert node["process"]["open_file_descriptors"] > 3
    assert node["os"]["mem"]["total_in_bytes"] > node["os"]["mem"]["free_in_bytes"] > 0
    assert node["fs"]["total"]["total_in_bytes"] > 0
    _, later = only_node(daemon.get("/_nodes/stats/http"))
    assert later["http"]["total_opened"] > node["http"]["total_opened"]
    assert "os" not in later


@pytest.mark.parametrize("path", [
    "/_nodes/stats/os", "/_nodes/_all/stats/os", "/_nodes/stats/os/docs",
    "/_nodes/_local/stats/os/docs", "/_nodes/stats/os,jvm?human=true&level=node&groups&types=a"])
def test_stats_paths(daemon, path):
    _, node = only_node(daemon.get(path))
    assert "os" in node and "process" not in node


def test_stats_of_an_unknown_metric(daemon):
    daemon.get("/_nodes/stats/oss,htp").fails(
        400, "illegal_argument_exception",
        "request [/_nodes/stats/oss,htp] contains unrecognized metrics: [oss] -> did you mean "
        "[os]?, [htp] -> did you mean [http]?")


def test_publish_address(make_daemon):
    daemon = make_daemon({"http.publish_host": "models.example", "http.publish_port": 443})
    _, node = only_node(daemon.get("/_nodes/http"))
    assert node["http"]["publish_address"] == "models.example:443"
    assert node["http"]["bound_address"] == ["{}:{}".format(*daemon.address)]


def test_ipv6(make_daemon):
    daemon = make_daemon({"network.host": "::1"})
    _, node = only_node(daemon.get("/_nodes/http"))
    assert node["http"]["publish_address"] == f"[::1]:{daemon.address[1]}"
    assert node["ip"] == "::1"


def test_an_address_that_nobody_can_reach_is_refused(make_daemon):
    daemon = make_daemon({"http.publish_host": "0.0.0.0"}, start=False)
    daemon.launch()
    assert daemon.process.wait(30) == 2
    assert "setting [http.publish_host] with value [0.0.0.0]" in daemon.log_text()


def test_elasticsearch_py_sniffs(daemon):
    client = elasticsearch.Elasticsearch(daemon.url, sniff_on_start=True,
                                         sniff_before_requests=True)
    with client:
        assert client.info()["tagline"] == "You Know, for Search"
        assert [node.base_url for node in client.transport.node_pool.all()] == [daemon.url]
