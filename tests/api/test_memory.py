# SPDX-License-Identifier: Apache-2.0
"""Measured memory of workers: reported, kept, and the limit that follows from it (9.6)."""

import re

from support import models, procfs
from support.daemon import SANITIZED
from support.poll import until

MB = 1 << 20
BALLAST = 64 * MB
# What a worker takes besides: ThreadSanitizer keeps several bytes for each of the process.
BESIDES = 640 * MB if SANITIZED == "thread" else 64 * MB
TOOK = re.compile(r"it took \[\d+ \([\d.]+\wb\)\] of memory, and its limit is \[(\d+) \(")
PATH = "/_ml/trained_models"


def measured(daemon, model_id):
    """The object of _stats, or None."""
    entry = daemon.get(f"{PATH}/{model_id}/_stats").ok()["trained_model_stats"][0]
    return entry["model_size_stats"].get("measured_memory_bytes")


def limit(daemon, model_id):
    return measured(daemon, model_id)["limit"]


def stop(daemon, deployment_id):
    daemon.post(f"{PATH}/{deployment_id}/deployment/_stop").ok()


def measure_and_stop(daemon, model_id):
    """What is kept of a model that was served."""
    models.serve(daemon, model_id, models.behaving(ballast_bytes=BALLAST))
    until(lambda: measured(daemon, model_id), "measured")
    stop(daemon, model_id)
    return measured(daemon, model_id)


def test_absent_before_it_was_loaded(daemon, name):
    models.upload(daemon, name, models.behaving())
    assert measured(daemon, name) is None


def test_what_the_weights_take(daemon, name):
    models.serve(daemon, name, models.behaving(ballast_bytes=BALLAST))
    until(lambda: measured(daemon, name), "measured")
    found = measured(daemon, name)
    assert list(found) == ["base", "per_allocation", "peak", "current", "limit"]
    assert BALLAST <= found["base"] <= BALLAST + BESIDES
    assert found["base"] <= found["peak"]
    assert found["limit"] > found["peak"]
    assert found["current"] > BALLAST


def test_kept_after_a_stop_and_a_restart(make_daemon, name):
    daemon = make_daemon()
    kept = measure_and_stop(daemon, name)
    assert list(kept) == ["base", "per_allocation", "peak"]
    daemon.stop()
    daemon.restart()
    until(lambda: measured(daemon, name) == kept, "the engine answers, so its figures count")


def test_belongs_to_what_computes(make_daemon, name):
    """Packed weights take other memory than the model's code, so the figures of one bound nothing of the other."""
    daemon = make_daemon()
    kept = measure_and_stop(daemon, name)
    for encoder, expected in (("module", None), (None, kept)):
        daemon.put("/_cluster/settings", {"transient": {"engine.encoder": encoder}}).ok()
        assert measured(daemon, name) == expected


def test_goes_with_the_model(daemon, name):
    models.serve(daemon, name, models.behaving(ballast_bytes=BALLAST))
    until(lambda: measured(daemon, name), "measured")
    daemon.delete(f"{PATH}/{name}?force=true").acknowledged()
    models.upload(daemon, name, models.ones())
    assert measured(daemon, name) is None


def test_rss_of_the_process(daemon, name):
    models.serve(daemon, name, models.behaving(ballast_bytes=BALLAST))
    shown = models.node_stats(daemon, name)["average_inference_process_memory_rss_bytes"]
    assert abs(shown - procfs.memory_bytes(daemon.worker(), "Rss")) < 32 * MB


def test_limit_follows_the_allocations(daemon, name):
    models.serve(daemon, name, models.behaving())
    until(lambda: measured(daemon, name), "measured")
    one = limit(daemon, name)
    models.start(daemon, name, deployment_id="more", number_of_allocations=4,
                 wait_for="fully_allocated")
    assert limit(daemon, name) >= one + 4 * 128 * MB
    stop(daemon, "more")
    until(lambda: limit(daemon, name) < one + 128 * MB, "the limit follows")


def test_kernel_has_the_limit(daemon, name):
    models.serve(daemon, name, models.behaving())
    until(lambda: measured(daemon, name), "measured")
    with open(f"/proc/{daemon.worker()}/limits", encoding="ascii") as lines:
        line, = (line for line in lines if line.startswith("Max data size"))
    if not SANITIZED:  # a sanitizer does without
        assert limit(daemon, name) <= int(line.split()[3]) < limit(daemon, name) + 2048 * MB


def test_setting_is_the_limit(make_daemon, name):
    daemon = make_daemon({"engine.memory_limit": "300mb"})
    models.serve(daemon, name, models.behaving())
    until(lambda: measured(daemon, name), "measured")
    assert limit(daemon, name) == 300 * MB


def test_model_that_leaks_is_ended_and_says_why(make_daemon, name):
    daemon = make_daemon({"engine.memory_limit": "256mb", "engine.forward_timeout": "60s"})
    models.serve(daemon, name, models.behaving())
    models.serve(daemon, "other", models.behaving())
    answer = models.infer(daemon, name, "leak", query="?timeout=60s")
    answer.fails(500, "status_exception", re.compile(r"Error in inference process: \[.*memory.*"))
    until(lambda: any(TOOK.match(line.get("reason", "")) for line in daemon.log()), "it is logged")
    reasons = (TOOK.match(line.get("reason", "")) for line in daemon.log())
    assert {match[1] for match in reasons if match} == {str(256 * MB)}
    until(lambda: models.infer(daemon, name, "alpha").status == 200, "it is served again")
    assert models.vectors(daemon, "other", "alpha") == [models.embedding("alpha")]


def test_weights_beyond_the_limit(make_daemon, name):
    daemon = make_daemon({"engine.memory_limit": "32mb", "engine.max_restarts": 1})
    models.upload(daemon, name, models.behaving(ballast_bytes=BALLAST))
    answer = daemon.post(f"{PATH}/{name}/deployment/_start?timeout=60s")
    answer.fails(500, "status_exception", re.compile(r".*nodes failed with errors .*memory.*32mb.*"))
