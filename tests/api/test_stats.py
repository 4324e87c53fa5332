# SPDX-License-Identifier: Apache-2.0
"""GET .../_stats: fields, order, and counters driven to known values (compatibility 7)."""

import concurrent.futures
import time

import pytest

from support import models
from support.poll import until

PATH = "/_ml/trained_models"


def all_stats(daemon, expression="", query=""):
    return daemon.get(f"{PATH}{expression}/_stats{query}").ok()


def test_empty(daemon):
    assert all_stats(daemon) == {"count": 0, "trained_model_stats": []}


def test_model_without_a_deployment(daemon, name):
    models.put_config(daemon, name)
    assert all_stats(daemon) == {"count": 1, "trained_model_stats": [{
        "model_id": name, "pipeline_count": 0,
        "model_size_stats": {"model_size_bytes": 0, "required_native_memory_bytes": 0}}]}


def test_sizes(daemon, name):
    models.put_config(daemon, name)
    models.keep_bytes(daemon, name, bytes(1630))
    entry, = all_stats(daemon)["trained_model_stats"]
    assert entry["model_size_stats"] == {"model_size_bytes": 1630,
                                         "required_native_memory_bytes": 251661500}


def test_memory_estimate_with_the_clients_metadata(daemon, name):
    per_deployment, per_allocation = 300 << 20, 200 << 20
    models.put_config(daemon, name, metadata={
        "per_deployment_memory_bytes": float(per_deployment),
        "per_allocation_memory_bytes": per_allocation})
    models.keep_bytes(daemon, name, bytes(1000))
    entry, = all_stats(daemon)["trained_model_stats"]
    assert entry["model_size_stats"]["required_native_memory_bytes"] in (
        per_deployment + per_allocation + 1000, (240 << 20) + 2000)


def test_fields_and_their_order(daemon, name):
    models.serve(daemon, name, models.behaving(), number_of_allocations=2, queue_capacity=33,
                 cache_size="10kb", wait_for="fully_allocated")
    models.vectors(daemon, name, "alpha")
    entry = models.stats(daemon, name)
    assert list(entry) == ["model_id", "model_size_stats", "pipeline_count", "inference_stats",
                           "deployment_stats"]
    assert list(entry["inference_stats"]) == [
        "failure_count", "inference_count", "cache_miss_count", "missing_all_fields_count",
        "timestamp"]
    deployment = entry["deployment_stats"]
    assert list(deployment) == [
        "deployment_id", "model_id", "threads_per_allocation", "number_of_allocations",
        "queue_capacity", "state", "allocation_status", "cache_size", "priority", "start_time",
        "inference_count", "peak_throughput_per_minute", "queue_stats", "batch_stats", "encoder", "nodes"]
    assert deployment["allocation_status"] == {
        "allocation_count": 2, "target_allocation_count": 2, "state": "fully_allocated"}
    node, = deployment["nodes"]
    known = [
        "node", "routing_state", "inference_count", "average_inference_time_ms",
        "average_inference_time_ms_excluding_cache_hits", "inference_cache_hit_count",
        "last_access", "number_of_pending_requests", "error_count", "rejected_execution_count",
        "timeout_count", "start_time", "threads_per_allocation", "number_of_allocations",
        "peak_throughput_per_minute", "throughput_last_minute",
        "average_inference_time_ms_last_minute", "inference_cache_hit_count_last_minute",
        "average_inference_process_memory_rss_bytes"]
    assert [key for key in known if key in node] == list(node)
    assert set(node) >= {
        "inference_count", "average_inference_time_ms", "inference_cache_hit_count", "last_access",
        "number_of_pending_requests", "start_time", "throughput_last_minute",
        "peak_throughput_per_minute", "inference_cache_hit_count_last_minute"}
    assert node["routing_state"] == {"routing_state": "started"}
    node_id, = node["node"]
    assert list(node["node"][node_id])[:4] == ["name", "ephemeral_id", "transport_address",
                                               "external_id"]
    now = time.time() * 1000
    assert now - 60_000 < node["last_access"] <= now + 1000
    assert now - 60_000 < deployment["start_time"] <= now + 1000


def test_counters(daemon, name):
    models.serve(daemon, name, models.behaving(), queue_capacity=5, cache_size="0")
    models.vectors(daemon, name, "alpha", "beta", "gamma")
    models.vectors(daemon, name, "alpha")
    for _ in range(2):
        assert models.infer(daemon, name, "throw").status == 500
    assert models.infer(daemon, name, *["alpha"] * 50).status == 429
    assert models.infer(daemon, name, "hang", query="?timeout=100ms").status == 408
    entry = models.stats(daemon, name)
    deployment = entry["deployment_stats"]
    node, = deployment["nodes"]
    for place in (deployment, node):
        assert place["inference_count"] == 4
        assert place["error_count"] == 2
        assert place["timeout_count"] == 1
        assert place["rejected_execution_count"] >= 1
    assert entry["inference_stats"]["inference_count"] == 4
    assert entry["inference_stats"]["failure_count"] == \
        3 + node["rejected_execution_count"]
    assert node["average_inference_time_ms"] >= 0


def test_bad_input_is_no_error_of_the_process(daemon, name):
    models.serve(daemon, name, models.behaving())
    daemon.post(f"{PATH}/{name}/_infer", {"docs": [{"other": "x"}]})
    assert "error_count" not in models.node_stats(daemon, name)


def test_average_time_is_the_models(daemon, name):
    models.serve(daemon, name, models.behaving(forward_ms=50))
    models.vectors(daemon, name, "alpha", "beta")
    node = models.node_stats(daemon, name)
    assert 50 <= node["average_inference_time_ms"] < 1000
    assert node["average_inference_time_ms_excluding_cache_hits"] >= 50


def test_pending(daemon, name):
    models.serve(daemon, name, models.behaving())
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        stuck = pool.submit(models.infer, daemon, name, "hang", query="?timeout=2s")
        until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] == 1, "runs")
        rest = [pool.submit(models.vectors, daemon, name, "alpha", "beta", query="?timeout=30s")
                for _ in range(3)]
        until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] == 7,
              "one running and six queued documents")
        assert stuck.result().status == 408
        for future in rest:
            future.result()
    assert models.node_stats(daemon, name)["number_of_pending_requests"] == 0


def test_first_minute(daemon, name):
    models.serve(daemon, name, models.behaving())
    models.vectors(daemon, name, "alpha")
    node = models.node_stats(daemon, name)
    assert (node["throughput_last_minute"], node["peak_throughput_per_minute"],
            node["inference_cache_hit_count_last_minute"]) == (0, 0, 0)
    assert "average_inference_time_ms_last_minute" not in node


def test_several_deployments_and_models(daemon, name):
    models.serve(daemon, "b", models.behaving(), deployment_id="b-search")
    models.start(daemon, "b", deployment_id="b-ingest")
    models.put_config(daemon, "a")
    models.put_config(daemon, "c")
    found = all_stats(daemon)
    assert found["count"] == 3
    assert [(entry["model_id"], entry.get("deployment_stats", {}).get("deployment_id"))
            for entry in found["trained_model_stats"]] == [
        ("a", None), ("b", "b-ingest"), ("b", "b-search"), ("c", None)]


@pytest.mark.parametrize("expression, expected", [
    ("/a", ["a"]), ("/a,c", ["a", "c"]), ("/a%2Cc", ["a", "c"]), ("/*", ["a", "b", "c"]),
    ("/_all", ["a", "b", "c"]), ("/b-dep", ["b"]), ("/b*", ["b"]), ("/zzz*", []),
])
def test_selection(daemon, expression, expected):
    models.serve(daemon, "b", models.ones(), "pass_through", deployment_id="b-dep")
    models.put_config(daemon, "a")
    models.put_config(daemon, "c")
    found = all_stats(daemon, expression)
    assert [entry["model_id"] for entry in found["trained_model_stats"]] == expected
    assert found["count"] == len(expected)


def test_paging(daemon):
    for model_id in ("a", "b", "c"):
        models.put_config(daemon, model_id)
    found = all_stats(daemon, "", "?from=1&size=1")
    assert [entry["model_id"] for entry in found["trained_model_stats"]] == ["b"]
    assert found["count"] == 3


def test_unknown_id(daemon):
    daemon.get(f"{PATH}/none/_stats").fails(404, "resource_not_found_exception",
                                            "No known trained model with model_id [none]")
    daemon.get(f"{PATH}/z*/_stats?allow_no_match=false").fails(
        404, "resource_not_found_exception", "No known trained model with model_id [z*]")


def test_human(daemon, name):
    models.serve(daemon, name, models.behaving())
    models.vectors(daemon, name, "alpha")
    entry, = all_stats(daemon, f"/{name}", "?human=true")["trained_model_stats"]
    node, = entry["deployment_stats"]["nodes"]
    assert entry["deployment_stats"]["start_time_string"]
    assert {"start_time_string", "last_access_string"} <= set(node)


def test_failed_worker_start_shows_as_starting(daemon, name):
    models.upload(daemon, name, models.behaving(forward_ms=400))
    models.start(daemon, name, wait_for="starting")
    node = models.node_stats(daemon, name)
    assert set(node) == {"node", "routing_state", "peak_throughput_per_minute",
                         "throughput_last_minute"}
    assert node["routing_state"]["routing_state"] == "starting"


def test_progress_of_a_start(daemon, name):
    """It goes forward through its phases, and there is none once the deployment is started."""
    models.upload(daemon, name, models.behaving(forward_ms=200))
    models.start(daemon, name, wait_for="starting")
    order = ["recording", "reading_vocabulary", "waiting_for_engine", "loading_model", "warming_up"]
    seen = []

    def started():
        deployment = models.stats(daemon, name)["deployment_stats"]
        if deployment["state"] == "starting":
            seen.append(deployment["start_progress"])
        return deployment["state"] == "started" and deployment

    deployment = until(started, "started")
    assert "start_progress" not in deployment
    assert [order.index(one["phase"]) for one in seen] == sorted(
        order.index(one["phase"]) for one in seen)
    fractions = [one["fraction"] for one in seen]
    assert fractions == sorted(fractions) and 0 <= fractions[0] and fractions[-1] < 1
    assert seen[-1]["phase"] == "warming_up"
    assert seen[-1]["detail"].endswith("of [3] inferences")


def test_sizes_for_humans(daemon, name):
    models.serve(daemon, name, models.behaving())
    entry, = all_stats(daemon, f"/{name}", "?human=true")["trained_model_stats"]
    assert {"model_size", "required_native_memory"} <= set(entry["model_size_stats"])


def test_by_alias_and_by_deployment(daemon):
    models.serve(daemon, "b", models.behaving(), deployment_id="b-search")
    models.start(daemon, "b", deployment_id="b-ingest")
    models.put_config(daemon, "a")
    daemon.put(f"{PATH}/b/model_aliases/nick").acknowledged()
    for expression, expected in (("nick", ["b-ingest", "b-search"]), ("b-search", ["b-search"]),
                                 ("b-search,nick", ["b-ingest", "b-search"]),
                                 ("b-s*,a", [None, "b-search"])):
        found = all_stats(daemon, f"/{expression}")
        assert [entry.get("deployment_stats", {}).get("deployment_id")
                for entry in found["trained_model_stats"]] == expected, expression
        assert found["count"] == len({entry["model_id"] for entry in found["trained_model_stats"]})


def test_low_priority_and_adaptive_settings(daemon):
    models.upload(daemon, "a", models.behaving())
    models.start(daemon, "a", priority="low")
    daemon.post(f"{PATH}/a/deployment/_start?deployment_id=b", {"adaptive_allocations": {
        "enabled": True, "max_number_of_allocations": 2}}).ok()
    low, adaptive = (models.stats(daemon, "a", deployment)["deployment_stats"]
                     for deployment in "ab")
    assert low["priority"] == "low" and "adaptive_allocations" not in low
    assert adaptive["adaptive_allocations"] == {"enabled": True, "max_number_of_allocations": 2}
    keys = list(adaptive)
    assert keys.index("adaptive_allocations") == keys.index("number_of_allocations") + 1


def test_counters_begin_anew_after_a_restart(make_daemon, name):
    daemon = make_daemon()
    models.serve(daemon, name, models.behaving())
    models.vectors(daemon, name, "alpha")
    daemon.stop()
    daemon.restart()
    until(lambda: models.stats(daemon, name)["deployment_stats"]["state"] == "started", "started")
    assert models.node_stats(daemon, name).get("inference_count", 0) == 0
