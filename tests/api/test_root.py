# SPDX-License-Identifier: Apache-2.0
"""GET /, HEAD /, cluster health, and what unknown paths and methods get (compatibility 1.1, 1.3, 13)."""

import re
import subprocess

from support.daemon import PROGRAM
from support.raw import RawConnection


def test_info(daemon):
    info = daemon.get("/").ok()
    assert list(info) == ["name", "cluster_name", "cluster_uuid", "version", "tagline"]
    assert info["tagline"] == "You Know, for Search"
    assert re.fullmatch(r"9\.\d+\.\d+", info["version"]["number"])
    assert info["version"]["build_flavor"] == "default"
    assert re.fullmatch(r"[0-9a-f]{40}", info["version"]["build_hash"])
    assert info["version"]["build_snapshot"] is False
    assert set(info["version"]) >= {"build_type", "build_date", "lucene_version",
                                    "minimum_wire_compatibility_version",
                                    "minimum_index_compatibility_version"}


def test_names_come_from_settings_and_the_uuid_survives_a_restart(make_daemon):
    daemon = make_daemon({"cluster.name": "the-cluster", "node.name": "node-7"})
    info = daemon.get("/").ok()
    assert (info["cluster_name"], info["name"]) == ("the-cluster", "node-7")
    daemon.stop()
    assert daemon.restart().get("/").ok()["cluster_uuid"] == info["cluster_uuid"]


def test_ping(daemon):
    answer = daemon.head("/")
    assert (answer.status, answer.body) == (200, b"")


def test_head_has_the_length_of_get_and_no_body(daemon):
    with RawConnection(daemon) as connection:
        connection.request("HEAD", "/")
        assert connection.response(no_body=True).status == 200
        connection.request("GET", "/")
        assert connection.response().json["tagline"] == "You Know, for Search"


def test_cluster_health(daemon):
    health = daemon.get("/_cluster/health").ok()
    assert health["status"] == "green" and health["timed_out"] is False
    assert health["number_of_nodes"] == health["number_of_data_nodes"] == 1
    assert health["active_shards_percent_as_number"] == 100.0
    assert set(health) >= {
        "cluster_name", "active_primary_shards", "active_shards", "relocating_shards",
        "initializing_shards", "unassigned_shards", "unassigned_primary_shards",
        "delayed_unassigned_shards", "number_of_pending_tasks", "number_of_in_flight_fetch",
        "task_max_waiting_in_queue_millis"}


def test_cluster_health_takes_its_parameters(daemon):
    daemon.get("/_cluster/health?wait_for_status=yellow&timeout=1s").ok()


def test_unknown_path_is_400_without_status(daemon):
    answer = daemon.get("/foo")
    assert answer.status == 400
    assert answer.json == {"error": "no handler found for uri [/foo] and method [GET]"}


def test_unknown_path_shows_the_query(daemon):
    answer = daemon.post("/foo/bar?a=b")
    assert answer.json == {"error": "no handler found for uri [/foo/bar?a=b] and method [POST]"}


def test_wrong_method_names_the_allowed_ones(daemon):
    path = "/_ml/trained_models/m/_infer?timeout=1s"
    answer = daemon.get(path)
    answer.plain_error(405, f"Incorrect HTTP method for uri [{path}] and method [GET], "
                            "allowed: [POST]")
    assert answer.headers["Allow"] == "POST"


def test_wrong_method_on_a_path_of_several(daemon):
    answer = daemon.post("/_ml/trained_models/m")
    assert answer.status == 405
    assert {part.strip() for part in answer.headers["Allow"].split(",")} == {"GET", "PUT", "DELETE"}


def test_options_lists_the_methods(daemon):
    answer = daemon.request("OPTIONS", "/_ml/trained_models/m/_infer")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["Allow"] == "POST"


def test_unknown_method(daemon):
    assert daemon.request("BREW", "/_ml/trained_models/m/_infer").status == 405


def test_trailing_slash_is_equal_to_none(daemon):
    assert daemon.get("/_ml/trained_models/").ok() == daemon.get("/_ml/trained_models").ok()


def test_body_where_none_is_taken(daemon):
    daemon.request("GET", "/_ml/trained_models", body={"a": 1}).fails(
        400, "illegal_argument_exception",
        "request [GET /_ml/trained_models] does not support having a body")


def test_every_route_that_the_program_prints_has_a_handler(daemon):
    """No printed route may answer "no handler" or 405; as version 8, which has some more. Those that are there only
    with security on are asked by api/test_security.py."""
    text = subprocess.run([PROGRAM, "--print-routes"], capture_output=True, text=True,
                          check=True).stdout
    routes = set(re.findall(r"`?(GET|HEAD|PUT|POST|DELETE) (/[\w/{}.]*)`?", text))
    assert len(routes) >= 12, text
    for method, path in routes:
        if path.startswith("/_security"):
            continue
        answer = daemon.request(method, path.replace("{part}", "0").replace("{model_id}", "none"),
                                headers={"Accept": "application/vnd.elasticsearch+json; compatible-with=8"})
        assert answer.status != 405 and b"no handler" not in answer.body, answer
