# SPDX-License-Identifier: Apache-2.0
"""GET /_ml/info, /_ml/memory/_stats and the upgrade mode (compatibility 13.2)."""

import re

from support import models

SETTING = "xpack.ml.max_model_memory_limit"


def megabytes(text):
    assert re.fullmatch(r"\d+mb", text), text
    return int(text[:-2])


def memory(daemon, query=""):
    (node,) = daemon.get(f"/_ml/memory/_stats{query}").ok()["nodes"].values()
    return node


def test_info(daemon):
    info = daemon.get("/_ml/info").ok()
    assert list(info) == ["defaults", "upgrade_mode", "native_code", "limits"]
    assert info["defaults"]["anomaly_detectors"]["model_memory_limit"] == "1gb"
    assert info["defaults"]["datafeeds"] == {"scroll_size": 1000}
    assert info["defaults"]["model_platform_variant"].startswith("linux-")
    assert info["upgrade_mode"] is False
    assert re.fullmatch(r"[0-9a-f]{40}", info["native_code"]["build_hash"])
    limits = info["limits"]
    assert limits["total_ml_processors"] == limits["max_single_ml_node_processors"] == 64
    total = megabytes(limits["total_ml_memory"])
    assert total == memory(daemon)["mem"]["ml"]["max_in_bytes"] >> 20
    assert total - megabytes(limits["effective_max_model_memory_limit"]) in (30, 31)
    assert "max_model_memory_limit" not in limits


def test_memory_limit(daemon):
    daemon.put("/_cluster/settings", {"persistent": {SETTING: "512mb"}}).ok()
    info = daemon.get("/_ml/info").ok()
    assert info["limits"]["max_model_memory_limit"] == "512mb"
    assert info["limits"]["effective_max_model_memory_limit"] == "512mb"
    assert info["defaults"]["anomaly_detectors"]["model_memory_limit"] == "512mb"
    daemon.put("/_cluster/settings", {"persistent": {SETTING: "900tb"}}).ok()
    limits = daemon.get("/_ml/info").ok()["limits"]
    assert megabytes(limits["max_model_memory_limit"]) == 900 << 20
    assert megabytes(limits["effective_max_model_memory_limit"]) < megabytes(
        limits["total_ml_memory"])
    daemon.put("/_cluster/settings", {"persistent": {SETTING: None}}).ok()
    assert "max_model_memory_limit" not in daemon.get("/_ml/info").ok()["limits"]


def test_info_takes_no_body(daemon):
    daemon.request("GET", "/_ml/info", body={"a": 1}).fails(
        400, "illegal_argument_exception",
        "request [GET /_ml/info] does not support having a body")


def test_memory_stats(daemon, name):
    before = memory(daemon)
    assert list(before) == ["name", "ephemeral_id", "transport_address", "attributes", "roles",
                            "mem", "jvm"]
    assert before["mem"]["total_in_bytes"] >= before["mem"]["ml"]["max_in_bytes"] > 0
    assert before["mem"]["ml"]["native_inference_in_bytes"] == 0
    assert before["mem"]["ml"]["native_code_overhead_in_bytes"] == 0
    assert before["jvm"]["heap_max_in_bytes"] > 0
    assert before["jvm"]["java_inference_max_in_bytes"] > 0

    models.serve(daemon, name, models.behaving())
    after = memory(daemon)["mem"]["ml"]
    needed, = daemon.get(f"/_ml/trained_models/{name}/_stats").ok()["trained_model_stats"]
    assert after["native_inference_in_bytes"] == needed["model_size_stats"][
        "required_native_memory_bytes"]
    assert after["native_code_overhead_in_bytes"] == 30 << 20


def test_memory_stats_for_people(daemon):
    mem = memory(daemon, "?human=true&timeout=1s&master_timeout=1s")["mem"]
    assert re.fullmatch(r"[\d.]+[kmgt]b", mem["total"])
    assert mem["ml"]["native_inference"] == "0b"


def test_upgrade_mode(make_daemon, name):
    daemon = make_daemon()
    models.upload(daemon, name, models.behaving())
    daemon.post("/_ml/set_upgrade_mode?enabled=true&timeout=10s").acknowledged()
    daemon.post("/_ml/set_upgrade_mode?enabled=true").acknowledged()
    assert daemon.get("/_ml/info").ok()["upgrade_mode"] is True
    daemon.post(f"/_ml/trained_models/{name}/deployment/_start").fails(
        403, "status_exception",
        f"Cannot start model deployment [{name}] while cluster upgrade is in progress.")

    daemon.kill()
    daemon.restart()
    assert daemon.get("/_ml/info").ok()["upgrade_mode"] is True
    daemon.post("/_ml/set_upgrade_mode").acknowledged()
    assert daemon.get("/_ml/info").ok()["upgrade_mode"] is False
    daemon.post("/_ml/set_upgrade_mode?enabled=false").acknowledged()
    daemon.post(f"/_ml/trained_models/{name}/deployment/_start").ok()
