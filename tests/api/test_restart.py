# SPDX-License-Identifier: Apache-2.0
"""What was acknowledged is there after a restart, and what was started starts again."""

import os
import signal
import stat

import pytest

from support import models
from support.poll import until

PATH = "/_ml/trained_models"


def is_started(daemon, model_id, deployment_id=None):
    return models.stats(daemon, model_id, deployment_id)["deployment_stats"]["state"] == "started"


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_everything_comes_back(make_daemon, ending):
    daemon = make_daemon()
    models.put_config(daemon, "only-config", description="d", tags=["t"])
    models.put_config(daemon, "half")
    bodies = models.parts_of(models.behaving(), 40)
    for number, body in enumerate(bodies[:-1]):
        daemon.put(f"{PATH}/half/definition/{number}", body).acknowledged()
    models.serve(daemon, "serving", models.behaving(), number_of_allocations=2, queue_capacity=9,
                 cache_size="10kb", wait_for="fully_allocated")
    models.start(daemon, "serving", deployment_id="low", priority="low")
    before = daemon.get(PATH).ok()
    getattr(daemon, ending)()
    daemon.restart()
    assert daemon.get(PATH).ok() == before
    for deployment_id in ("serving", "low"):
        until(lambda: is_started(daemon, "serving", deployment_id), f"{deployment_id} is started")
        assert models.vectors(daemon, deployment_id, "alpha") == [models.embedding("alpha")]
    deployment = models.stats(daemon, "serving")["deployment_stats"]
    assert {key: deployment[key] for key in (
        "number_of_allocations", "queue_capacity", "cache_size", "priority")} == {
        "number_of_allocations": 2, "queue_capacity": 9, "cache_size": "10kb",
        "priority": "normal"}
    assert models.stats(daemon, "serving", "low")["deployment_stats"]["priority"] == "low"
    # The upload goes on where it stopped.
    daemon.put(f"{PATH}/half/definition/{len(bodies) - 1}", bodies[-1]).acknowledged()
    models.put_vocabulary(daemon, "half")
    models.start(daemon, "half")
    assert models.vectors(daemon, "half", "beta") == [models.embedding("beta")]


def test_stopped_in_the_middle_of_a_record(make_daemon, name):
    """What a start leaves to the store is on its way when the daemon is told to stop, and may be its last word."""
    daemon = make_daemon()
    models.upload(daemon, name, models.behaving())
    for _ in range(10):
        models.start(daemon, name)
        daemon.stop()
        daemon.restart()
        daemon.post(f"{PATH}/{name}/deployment/_stop").ok()


def test_requests_right_after_a_restart(make_daemon, name):
    """Until the worker is there they are refused in Elasticsearch's words, never lost or hung."""
    daemon = make_daemon()
    models.serve(daemon, name, models.behaving(forward_ms=200))
    daemon.stop()
    daemon.restart()

    def answered():
        answer = models.infer(daemon, name, "alpha")
        if answer.status != 200:
            answer.fails(409, "status_exception",
                         f"Trained model deployment [{name}] is not allocated to any nodes")
        return answer.status == 200
    until(answered, "it serves again")


def test_node_identity_is_stable(make_daemon, name):
    daemon = make_daemon()
    models.serve(daemon, name, models.ones(), "pass_through")
    node = list(models.node_stats(daemon, name)["node"])
    daemon.stop()
    daemon.restart()
    until(lambda: is_started(daemon, name), "started")
    assert list(models.node_stats(daemon, name)["node"]) == node


def test_kill_right_after_the_acknowledgement(make_daemon):
    """Each command once, killed as soon as its answer is there."""
    daemon = make_daemon()
    definition = models.behaving()
    steps = [
        lambda: models.put_config(daemon, "m"),
        lambda: models.put_definition(daemon, "m", definition, len(definition)),
        lambda: models.put_vocabulary(daemon, "m"),
        lambda: models.start(daemon, "m"),
        lambda: daemon.post(f"{PATH}/m/deployment/_stop").ok(),
        lambda: daemon.delete(f"{PATH}/m").acknowledged(),
    ]
    checks = [
        lambda: daemon.get(f"{PATH}/m").ok(),
        lambda: daemon.get(f"{PATH}/m?include=definition_status").ok()[
            "trained_model_configs"][0]["fully_defined"],
        lambda: daemon.put(f"{PATH}/m/vocabulary", {"vocabulary": ["a"]}).status == 400,
        lambda: until(lambda: is_started(daemon, "m"), "started"),
        lambda: models.infer(daemon, "m", "alpha").status == 409,
        lambda: daemon.get(f"{PATH}/m").status == 404,
    ]
    for step, check in zip(steps, checks):
        step()
        daemon.process.send_signal(signal.SIGKILL)
        daemon.process.wait()
        daemon.restart()
        assert check()


def test_data_folder_is_private(make_daemon):
    daemon = make_daemon()
    mode = stat.S_IMODE(os.stat(daemon.settings["path.data"]).st_mode)
    assert mode == 0o700
