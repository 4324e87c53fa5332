# SPDX-License-Identifier: Apache-2.0
"""Forged frames: a worker's channels in the hands of who wrote the model."""

import pytest

from support import fake_models, models
from support.attack import HOSTILE, Bystander, died
from support.poll import until

UNASKED = "it sent what nobody asked for"
NO_FRAME = "it sent what is no frame"
LATE = "an inference took longer than engine.forward_timeout"
MISFIT = "it sent an answer whose shape and length do not fit each other"
CLOSED = "it closed a channel to the server and was ended"
FORGERIES = {
    "forge_type": NO_FRAME, "forge_length": NO_FRAME, "forge_endless": NO_FRAME, "forge_garbage": NO_FRAME,
    "forge_direction": UNASKED, "forge_job": UNASKED, "forge_control": UNASKED, "forge_exit": UNASKED,
    "forge_short": MISFIT, "forge_long": MISFIT, "forge_negative": MISFIT, "forge_huge": MISFIT,
    "forge_rank": MISFIT, "forge_dtype": MISFIT,
    "forge_closed": CLOSED,
}


@pytest.mark.parametrize("attacks", [sorted(FORGERIES)[:8], sorted(FORGERIES)[8:]], ids=["one", "two"])
def test_forged_frames(scene, attacks):
    with Bystander(scene.daemon):
        for attack in attacks:
            how = FORGERIES[attack]
            scene.serve(fake_models.attacking(attack))
            scene.attack().fails(500, "status_exception", died(how))
            assert scene.deaths() == [how, how], attack
            assert models.vectors(scene.daemon, HOSTILE, "beta") == [models.embedding("beta")], attack
            scene.leave()


def test_gigabytes(scene):
    """The longest frame is taken in and found wrong, the next byte is of none; the memory is given back."""
    with Bystander(scene.daemon):
        scene.serve(fake_models.attacking("forge_gigabytes"))
        answer = scene.attack()
        # On a slow machine the deadline comes before the last of the bytes.
        assert answer.status == 500 and answer.reason in (died(MISFIT), died(LATE)), answer
        scene.leave()


def test_promise(scene):
    """Room is promised, not taken: the announced bytes never come, and the deadline ends it."""
    with Bystander(scene.daemon):
        scene.serve(fake_models.attacking("forge_promise"))
        scene.attack().fails(500, "status_exception", died(LATE))
        scene.leave()


def test_answer_that_was_not_asked_for(scene):
    """The asked one is right and is given; the process goes for the one after it."""
    with Bystander(scene.daemon):
        scene.serve(fake_models.attacking("forge_unasked"))
        assert scene.attack().status in (200, 500)
        until(lambda: UNASKED in scene.deaths(), "its death is named")
        scene.leave()


def test_made_up_times(scene):
    """An answer that claims to have taken five hundred years does not spoil the averages."""
    scene.serve(fake_models.attacking("forge_time"))
    assert scene.attack().ok()["inference_results"][0]["predicted_value"] == [0.25, 0.5, 0.75, 1.0]
    entry = models.stats(scene.daemon, HOSTILE)["deployment_stats"]["nodes"][0]
    assert 0 <= entry["average_inference_time_ms"] < 60000, entry


def test_descriptors_are_not_taken(scene):
    """They ride on a right answer; the daemon has no use for them, and none stays open (scene.leave)."""
    with Bystander(scene.daemon):
        scene.serve(fake_models.attacking("forge_descriptors"))
        for _ in range(3):
            scene.attack(query="?timeout=10s")
        scene.leave()


@pytest.mark.parametrize("kind, word", [("nan", "NaN"), ("inf", "infinity")])
def test_numbers_that_are_none(scene, kind, word):
    """JSON has no NaN; the warm-up finds it before a client does."""
    daemon = scene.daemon
    models.upload(daemon, HOSTILE, fake_models.not_a_number(kind))
    answer = daemon.post(f"/_ml/trained_models/{HOSTILE}/deployment/_start?timeout=30s")
    assert answer.status >= 400 and word.lower() in answer.json["error"]["reason"].lower(), answer
