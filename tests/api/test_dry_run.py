# SPDX-License-Identifier: Apache-2.0
"""_start?dry_run=true: what would happen, without doing it."""

import concurrent.futures
import re

import pytest

from support import models
from support.poll import until

PATH = "/_ml/trained_models"


def dry_run(daemon, model_id, **parameters):
    query = "&".join(f"{name}={value}" for name, value in {"dry_run": "true", **parameters}.items())
    return daemon.post(f"{PATH}/{model_id}/deployment/_start?{query}").ok()


def real_error(daemon, model_id, **parameters):
    """What the _start itself answers."""
    query = "&".join(f"{name}={value}" for name, value in parameters.items())
    answer = daemon.post(f"{PATH}/{model_id}/deployment/_start?{query}")
    assert answer.status >= 400, answer
    error = answer.json["error"]
    found = {"status": answer.status, "type": error["type"], "reason": error["reason"]}
    if "caused_by" in error:
        found["caused_by"] = error["caused_by"]
    return found


def nothing_happened(daemon):
    found = daemon.get(f"{PATH}/_stats").ok()["trained_model_stats"]
    assert not [entry for entry in found if "deployment_stats" in entry]
    until(lambda: not daemon.workers(), "the process that tried the model ends")


def test_would_start(daemon, name):
    models.upload(daemon, name, models.behaving(ballast_bytes=64 << 20))
    found = dry_run(daemon, name, number_of_allocations=3, threads_per_allocation=2,
                    cache_size="10kb")
    assert list(found) == ["dry_run", "would_start", "assignment", "would_evict", "nodes", "memory",
                           "missing", "advice"]
    assert found["dry_run"] is found["would_start"] is True
    task = found["assignment"]["task_parameters"]
    assert (task["number_of_allocations"], task["threads_per_allocation"], task["cache_size"],
            task["deployment_id"]) == (3, 2, "10kb", name)
    node, = found["nodes"]
    assert node["allocations"] == 3
    assert node["processors"] == {"available": 64, "free": 64, "needed": 6}
    needed = node["memory_bytes"]["needed"]
    assert needed <= node["memory_bytes"]["free"] <= node["memory_bytes"]["available"]
    assert found["memory"]["required_native_memory_bytes"] >= 240 << 20
    assert found["memory"]["measured_memory_bytes"]["base"] >= 64 << 20
    assert (found["missing"], found["would_evict"]) == ([], [])
    nothing_happened(daemon)


def test_tells_the_truth(daemon, name):
    """What it says is what the _start then does; and the model is not loaded twice for it."""
    models.upload(daemon, name, models.behaving())
    first = dry_run(daemon, name)
    assert dry_run(daemon, name) == first
    assert models.start(daemon, name)["task_parameters"] == first["assignment"]["task_parameters"]
    assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]


def test_model_that_is_deployed(daemon, name):
    models.serve(daemon, name, models.behaving(), number_of_allocations=4)
    again = dry_run(daemon, name)
    assert not again["would_start"]
    assert again["reason"] == real_error(daemon, name)
    assert "deployment_id" in " ".join(again["advice"])
    another = dry_run(daemon, name, deployment_id="another", number_of_allocations=2)
    assert another["would_start"]
    node, = another["nodes"]
    assert node["processors"] == {"available": 64, "free": 60, "needed": 2}
    assert node["memory_bytes"]["needed"] < 240 << 20, "the weights are there already"


def test_unknown_model(daemon):
    found = dry_run(daemon, "none")
    assert list(found) == ["dry_run", "would_start", "reason", "advice"]
    assert found["reason"] == real_error(daemon, "none")


def test_nothing_uploaded(daemon, name):
    models.put_config(daemon, name)
    found = dry_run(daemon, name)
    assert not found["would_start"]
    assert found["missing"] == [{"what": "definition", "parts_stored": 0, "bytes_stored": 0},
                                {"what": "vocabulary"}]
    assert found["reason"] == real_error(daemon, name)
    assert found["advice"][:2] == ["Upload the definition.", "Upload the vocabulary."]


def test_part_missing(daemon, name):
    models.put_config(daemon, name)
    models.put_vocabulary(daemon, name)
    definition = models.behaving()
    parts = models.parts_of(definition, (len(definition) + 2) // 3)
    assert len(parts) == 3
    for number in (0, 2):
        daemon.put(f"{PATH}/{name}/definition/{number}", parts[number]).acknowledged()
    found = dry_run(daemon, name)
    missing, = found["missing"]
    assert (missing["parts_stored"], missing["parts"], missing["first_missing_part"]) == (2, 3, 1)
    assert missing["bytes_stored"] < missing["bytes"] == len(definition)
    assert found["reason"] == real_error(daemon, name)
    assert found["advice"] == ["Upload part [1] of [3] of the definition."]


def test_vocabulary_missing(daemon, name):
    models.put_config(daemon, name)
    models.put_definition(daemon, name, models.behaving())
    found = dry_run(daemon, name)
    assert found["missing"] == [{"what": "vocabulary"}]
    assert found["reason"] == real_error(daemon, name)
    assert "Could not find vocabulary document" in found["reason"]["reason"]


def test_model_that_does_not_load(daemon, name):
    models.upload(daemon, name, models.fails_to_load())
    found = dry_run(daemon, name)
    assert not found["would_start"] and found["advice"]
    assert found["reason"] == real_error(daemon, name)
    assert "measured_memory_bytes" not in found["memory"]
    nothing_happened(daemon)


@pytest.mark.parametrize("definition, advice", [
    (models.unjudged, "Export the model without the operations that the report of include=vetting names, or approve "
                      "the file if you trust whoever made it."),
    (models.forbidden, "Delete the model and upload what torch.jit.save writes: this definition will not be loaded.")])
def test_refused_definition(daemon, name, definition, advice):
    models.put_config(daemon, name)
    models.put_vocabulary(daemon, name)
    models.send_definition(daemon, name, definition())
    found = dry_run(daemon, name)
    assert not found["would_start"] and found["advice"] == [advice]
    assert found["reason"] == real_error(daemon, name)


@pytest.mark.torch
def test_operation_that_libtorch_does_not_have(daemon, name):
    models.put_config(daemon, name)
    models.put_vocabulary(daemon, name)
    models.send_definition(daemon, name, models.unreadable())
    found = dry_run(daemon, name)
    assert found["missing"] == [{"what": "operation", "name": "aten::rolu"}]
    assert "[aten::rolu]" in found["advice"][0]
    assert found["reason"] == real_error(daemon, name)


@pytest.mark.parametrize("parameters, advice", [
    ({"number_of_allocations": 100}, r"Lower number_of_allocations to \[62\]\."),
    ({"number_of_allocations": 40, "threads_per_allocation": 2},
     r"Lower number_of_allocations to \[31\]\."),
])
def test_too_many_processors(daemon, parameters, advice):
    models.serve(daemon, "a", models.behaving(), number_of_allocations=2)
    models.upload(daemon, "b", models.behaving())
    found = dry_run(daemon, "b", **parameters)
    assert not found["would_start"]
    assert found["reason"] == real_error(daemon, "b", **parameters)
    assert re.match(advice, found["advice"][0]), found["advice"]


def test_threads_beyond_the_node(make_daemon, name):
    daemon = make_daemon({"node.processors": 3})
    models.upload(daemon, name, models.behaving())
    found = dry_run(daemon, name, threads_per_allocation=4)
    assert found["reason"] == real_error(daemon, name, threads_per_allocation=4)
    assert found["reason"]["caused_by"]["reason"].startswith("Could not start deployment because")
    assert found["advice"][0] == "Lower threads_per_allocation to a power of 2 up to [3]."


def test_too_little_memory(daemon, name):
    models.upload(daemon, name, models.behaving(),
                  metadata={"per_deployment_memory_bytes": 1 << 50})
    found = dry_run(daemon, name)
    assert found["reason"] == real_error(daemon, name)
    memory = found["nodes"][0]["memory_bytes"]
    assert memory["needed"] > memory["free"]
    assert "xpack.ml.max_machine_memory_percent" in found["advice"][0]


def test_would_evict(make_daemon):
    """A normal deployment takes the memory of one with low priority."""
    daemon = make_daemon()
    models.upload(daemon, "size", models.behaving())
    available = dry_run(daemon, "size")["nodes"][0]["memory_bytes"]["available"]
    large = {"metadata": {"per_deployment_memory_bytes": available * 2 // 3}}
    models.upload(daemon, "low", models.behaving(), **large)
    models.upload(daemon, "normal", models.behaving(), **large)
    models.start(daemon, "low", priority="low")
    assert not dry_run(daemon, "normal", priority="low")["would_start"]
    found = dry_run(daemon, "normal")
    assert (found["would_start"], found["would_evict"]) == (True, ["low"])
    assert models.vectors(daemon, "low", "alpha") == [models.embedding("alpha")], "as before"


def test_validation_is_that_of_start(daemon, name):
    models.put_config(daemon, name)
    query = "number_of_allocations=0&threads_per_allocation=3"
    real = daemon.post(f"{PATH}/{name}/deployment/_start?{query}")
    thought = daemon.post(f"{PATH}/{name}/deployment/_start?{query}&dry_run=true")
    assert (thought.status, thought.json) == (real.status, real.json) and real.status == 400


def test_by_alias(daemon, name):
    models.upload(daemon, name, models.behaving())
    daemon.put(f"{PATH}/{name}/model_aliases/nick").acknowledged()
    found = dry_run(daemon, "nick")
    assert found["would_start"]
    assert found["assignment"]["task_parameters"]["model_id"] == name


def test_slow_model_within_its_timeout(daemon, name):
    models.upload(daemon, name, models.behaving(forward_ms=1500))
    found = dry_run(daemon, name, timeout="300ms")
    assert found["would_start"] and "measured_memory_bytes" not in found["memory"]
    assert "[timeout]" in found["advice"][0]
    nothing_happened(daemon)


def test_many_at_once(daemon):
    """They share one process; those of another model are told so, or have their turn."""
    models.upload(daemon, "a", models.behaving(forward_ms=100))
    models.upload(daemon, "b", models.behaving(forward_ms=100))
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        asked = [pool.submit(dry_run, daemon, model_id) for model_id in "aabbaabbaabb"]
        assert all(one.result()["would_start"] for one in asked)
    nothing_happened(daemon)


def test_started_and_deleted_while_it_is_tried(daemon, name):
    models.upload(daemon, name, models.behaving(forward_ms=300))
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        thought = pool.submit(dry_run, daemon, name)
        models.start(daemon, name)
        assert thought.result()["dry_run"]
        assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]
        daemon.delete(f"{PATH}/{name}?force=true").acknowledged()
        models.upload(daemon, name, models.behaving(forward_ms=300))
        thought = pool.submit(dry_run, daemon, name)
        daemon.delete(f"{PATH}/{name}?force=true").acknowledged()
        assert thought.result()["dry_run"]


def test_server_stops_meanwhile(make_daemon, name):
    daemon = make_daemon()
    models.upload(daemon, name, models.behaving(forward_ms=2000))
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        thought = pool.submit(daemon.post, f"{PATH}/{name}/deployment/_start?dry_run=true")
        until(daemon.workers, "the model is being tried")
        daemon.stop()
        assert thought.result().status in (200, 503)


def test_any_number_of_any_size(daemon, name):
    models.upload(daemon, name, models.behaving(), metadata={
        "per_deployment_memory_bytes": 1e300, "per_allocation_memory_bytes": 1e300})
    found = dry_run(daemon, name, number_of_allocations=2147483647, threads_per_allocation=32)
    node, = found["nodes"]
    assert node["processors"]["needed"] == 2147483647 * 32
    assert node["memory_bytes"]["needed"] > 1 << 59
    assert found["reason"]["status"] == 429
