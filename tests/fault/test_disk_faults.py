# SPDX-License-Identifier: Apache-2.0
"""A disk that is full, worn out or read-only: a clear error, nothing half done, and no restart needed after.

The sweep over every call of every command is scripts/fail-disk; here it runs for those that differ most.
"""

import random

import pytest

from support import models
from support.disk import watch
from support.fail_disk import FAULTS, check_nothing_left, check_refusal, fail_each_call
from support.poll import until
from support.power_cut import Disk, read_journal
from support.stored_commands import COMMANDS, take_all_back

WITH_FILES = ("part", "last part", "start", "delete model")


@pytest.fixture
def disk(make_daemon):
    """A daemon and the faults of its disk."""
    daemon = make_daemon(start=False)
    faults, _ = watch(daemon)
    return daemon.start(), faults


@pytest.mark.parametrize("fault", FAULTS)
def test_each_call_fails_once(disk, fault):
    daemon, faults = disk
    daemon.kill()
    daemon.restart()  # so that the database's pages have to be read
    names = COMMANDS if fault == "unsynced" else WITH_FILES
    failures = [fail_each_call(daemon, faults, name, fault) for name in names]
    assert sum(failures) > 0
    check_nothing_left(daemon)


def test_full_for_a_while(disk, name):
    """What only reads goes on meanwhile; what writes is refused, and works when there is room."""
    daemon, faults = disk
    models.serve(daemon, name, models.behaving())
    for command in COMMANDS.values():
        command.prepare(daemon)
        before = command.shown(daemon)
        with faults.set("ENOSPC", "write", "truncate", "mkdir", short_writes=True):
            check_refusal(command.send(daemon, 0), "full")
            assert command.shown(daemon) == before
            assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]
            check_refusal(command.send(daemon, 1), "full")
        assert command.send(daemon, 2).status == 200
        assert command.shown(daemon) != before
        take_all_back(daemon)


def test_what_failed_stays_undone(disk, name):
    """Also when the disk came back only after the answer, and no other command followed before kill -9."""
    daemon, faults = disk
    models.put_config(daemon, f"{name}-before")
    with faults.set("EIO", "sync"):
        check_refusal(daemon.put(f"/_ml/trained_models/{name}", models.config()), "unsynced")
        tried = faults.failed
        until(lambda: faults.failed > tried, "the store tries to settle it by itself")
    log = daemon.data / "inferd.db-wal"
    written = log.stat().st_mtime_ns
    until(lambda: log.stat().st_mtime_ns != written, "the store has settled it")
    daemon.kill()
    daemon.restart()
    found = daemon.get("/_ml/trained_models").ok()["trained_model_configs"]
    assert [model["model_id"] for model in found] == [f"{name}-before"]


@pytest.mark.parametrize("seed", range(4))
def test_a_failed_sync_then_a_power_cut(make_daemon, tmp_path, seed):
    """What a failed sync was to bring is gone for good, so whoever writes it again has to write all of it."""
    daemon = make_daemon(start=False)
    faults, journal = watch(daemon, journal=True)
    disk, rng = Disk(journal.parent / "disk"), random.Random(seed)
    daemon.start()
    part = models.part_body(b"x" * 10000, 20000, 2)
    models.put_config(daemon, "first")
    for what in ("db-wal", "data/tmp/", "data/models/"):
        with faults.set("EIO", "sync", count=1, name=what):
            check_refusal(daemon.put("/_ml/trained_models/first/definition/0", part), "unsynced")
    daemon.put("/_ml/trained_models/first/definition/0", part).acknowledged()
    models.put_config(daemon, "second")
    daemon.kill()
    for record in read_journal(journal):
        disk.follow(record, rng)
    disk.cut(tmp_path, rng)
    after = make_daemon({"path.data": str(tmp_path / "data")})
    found = after.get("/_ml/trained_models").ok()["trained_model_configs"]
    assert [model["model_id"] for model in found] == ["first", "second"]
    stored, = (tmp_path / "data/models").glob("*/*")
    assert stored.name == "part-0" and stored.read_bytes() == b"x" * 10000
    assert not [line for line in after.log() if line.get("component") == "store"]
