# SPDX-License-Identifier: Apache-2.0
"""What forwards take, and that texts can go together, is known of a definition once it was tried, and by a daemon that
comes later, too."""

import contextlib
import sqlite3

import pytest

from support import models
from support.daemon import Daemon
from support.poll import until


@pytest.fixture(scope="module")
def daemon():
    running = Daemon()
    running.start()
    try:
        models.serve(running, "m", models.row_wise(), cache_size="0")
        assert trial(running) == ("on", "made")
        yield running
    finally:
        running.destroy()


def trial(daemon, deployment_id="m"):
    found = models.stats(daemon, "m", deployment_id)["deployment_stats"]["batch_stats"]
    return found["state"], found.get("trial")


def records(daemon, damage=None):
    """Their ids, after damage (a function of their texts)."""
    with contextlib.closing(sqlite3.connect(daemon.data / "inferd.db")) as database, database:
        if damage is not None:
            database.create_function("damaged", 1, damage)
            database.execute("UPDATE objects SET text = damaged(text) WHERE kind = 'cost'")
        return [row[0] for row in database.execute("SELECT id FROM objects WHERE kind = 'cost' ORDER BY id")]


def answers(daemon):
    until(lambda: models.infer(daemon, "m", "alpha").status == 200, "it answers")


@pytest.mark.parametrize("parameters, expected", [
    ({}, "kept"), ({"number_of_allocations": 2}, "kept"), ({"threads_per_allocation": 2}, "made"),
    ({"threads_per_allocation": 2}, "kept"), ({"priority": "low"}, "made")])
def test_another_deployment(daemon, parameters, expected):
    """Of as many threads: each number of them has a curve of its own, and low priority has none."""
    models.start(daemon, "m", deployment_id="other", **parameters)
    assert trial(daemon, "other") == ("on", expected)
    daemon.post("/_ml/trained_models/other/deployment/_stop").ok()


def test_after_the_daemon_was_killed(daemon):
    daemon.kill()
    daemon.restart()
    answers(daemon)
    assert trial(daemon) == ("on", "kept")
    assert models.vectors(daemon, "m", "alpha") == [models.embedding("alpha")]


@pytest.mark.parametrize("damage", [
    lambda text: "", lambda text: text[:-9], lambda text: text.replace('"of":"', '"of":"another '),
    lambda text: text.replace('"token_ms":', '"token_ms":-')])
def test_a_record_that_is_of_no_use(daemon, damage):
    """It is tried again, and kept."""
    daemon.stop()
    assert records(daemon, damage)
    daemon.restart()
    answers(daemon)
    assert trial(daemon) == ("on", "made")


def test_it_goes_with_the_model(daemon):
    daemon.delete("/_ml/trained_models/m?force=true").acknowledged()
    daemon.stop()
    assert not records(daemon)
