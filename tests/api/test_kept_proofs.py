# SPDX-License-Identifier: Apache-2.0
"""What was proven of a definition is kept: later processes and daemons serve by it, for other models of the same file,
too; and a record that is of no use costs a proof and a line in the log."""

import contextlib
import os
import signal
import sqlite3

import pytest

from support import models, small_encoder
from support.daemon import Daemon
from support.poll import until

pytestmark = pytest.mark.torch
KEY = 514  # digits of a record before the note
TEXT = "alpha beta alpha"


@pytest.fixture(scope="module")
def definition():
    return small_encoder.definition()


@pytest.fixture(scope="module")
def daemon(definition):
    """With one model that was proven."""
    running = Daemon()
    running.start()
    try:
        models.serve(running, "m", definition, cache_size="0")
        assert proof(running) == "made"
        yield running
    finally:
        running.destroy()


def proof(daemon, model_id="m"):
    return models.stats(daemon, model_id)["deployment_stats"].get("encoder", {}).get("proof")


def answer(daemon, model_id="m"):
    return models.infer(daemon, model_id, TEXT).ok()["inference_results"][0]["predicted_value"]


def kill_worker(daemon):
    """The proof of the process that comes after it; which may come before what the killed one proved is on the disk."""
    worker = daemon.worker()
    os.kill(worker, signal.SIGKILL)
    until(lambda: daemon.worker() != worker and proof(daemon), "it is loaded again")
    answer(daemon)
    return proof(daemon)


def complaints(daemon):
    return [line["reason"] for line in daemon.log()
            if line["message"] == "a kept proof is not used, the model is proven again"]


def records(daemon, damage=None):
    """How many there are, after damage (a function of their texts)."""
    with contextlib.closing(sqlite3.connect(daemon.data / "inferd.db")) as database, database:
        if damage is not None:
            database.create_function("damaged", 1, damage)
            database.execute("UPDATE objects SET text = damaged(text) WHERE kind = 'proof'")
        return database.execute("SELECT count(*) FROM objects WHERE kind = 'proof'").fetchone()[0]


def test_after_the_process_died(daemon):
    before = answer(daemon)
    until(lambda: kill_worker(daemon) == "kept", "the proof is kept")
    assert answer(daemon) == before
    assert not complaints(daemon)


def test_after_the_daemon_was_killed(daemon):
    before = answer(daemon)
    daemon.kill()
    daemon.restart()
    until(lambda: proof(daemon) == "kept", "it is loaded again")
    assert answer(daemon) == before
    assert not complaints(daemon)


def test_another_model_of_the_file(daemon, definition):
    models.serve(daemon, "twin", definition)
    assert proof(daemon, "twin") == "kept" and answer(daemon, "twin") == answer(daemon)
    daemon.delete("/_ml/trained_models/twin?force=true").acknowledged()


def flipped(text, at):
    return text[:at] + ("1" if text[at] == "0" else "0") + text[at + 1:]


DAMAGE = {
    "no digits": (lambda text: "it makes no sense", "its record in the store makes no sense"),
    "cut off": (lambda text: text[:-40], "the note is cut off, or none"),
    "a digit": (lambda text: flipped(text, KEY + 600), "the note is damaged"),
    "another version": (lambda text: flipped(text, 15), "it is of another version, processor or approval"),
    "nothing": (lambda text: "", "its record in the store makes no sense"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_record_that_is_of_no_use(daemon, kind):
    """The model is proven again, once, and what was kept is good again."""
    damage, reason = DAMAGE[kind]
    before = answer(daemon)
    daemon.stop()
    assert records(daemon, damage) == 1
    daemon.restart()
    until(lambda: proof(daemon) == "made", "it is loaded again")
    assert answer(daemon) == before
    assert set(complaints(daemon)) == {reason}
    until(lambda: kill_worker(daemon) == "kept", "the proof is kept")
    assert answer(daemon) == before


def test_the_file_was_changed_behind_the_daemon(daemon, definition):
    """Its SHA-256 in the store is still the old one; the weights are not."""
    daemon.stop()
    path, = daemon.data.glob("models/*/definition.pt")
    whole = path.read_bytes()
    at = whole.rfind(b"byteorder") // 2 // 64 * 64  # in the middle, where the weights are
    path.chmod(0o600)
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
    daemon.restart()
    until(lambda: proof(daemon) == "made", "it is loaded again")
    assert set(complaints(daemon)) == {"the weights in the file are not those that were proven"}
    daemon.stop()
    path.write_bytes(whole)
    daemon.restart()
    until(lambda: models.infer(daemon, "m", TEXT).status == 200, "it answers again")


def test_it_goes_with_the_model(daemon):
    daemon.stop()
    assert records(daemon) == 1
    daemon.restart()
    daemon.delete("/_ml/trained_models/m?force=true").acknowledged()
    daemon.stop()
    assert records(daemon) == 0
