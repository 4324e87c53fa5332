# SPDX-License-Identifier: Apache-2.0
"""Starting on a disk that fails: what is there is served where that needs no writing; else the daemon ends with
status 1 and a sentence that says what it could not do and why."""

import re

import pytest

from support import models
from support.disk import watch
from support.poll import until

WRITES = ("create", "write", "truncate", "mkdir", "rename", "unlink")
EMPTY = [
    ("ENOSPC", WRITES, "cannot create the data directory .+: No space left on device"),
    ("ENOSPC", ("write",), "cannot be used: cannot .+ the metadata database: database or disk is full"),
    ("EROFS", WRITES, "cannot create the data directory .+: Read-only file system"),
    ("EIO", ("sync",), "cannot sync the data directory .+: Input/output error"),
    ("EMFILE", ("open", "create"), "cannot open the data directory .+: Too many open files"),
]
IN_USE = [
    ("EROFS", WRITES, "cannot open inferd.lock in the data directory .+: Read-only file system"),
    ("EIO", ("read",), "cannot be used: cannot open the metadata database: disk I/O error .Input/output error."),
    ("EIO", ("sync",), "cannot sync the data directory .+: Input/output error"),
    ("EMFILE", ("open", "create"), "cannot open the data directory .+: Too many open files"),
]


@pytest.fixture
def disk(make_daemon):
    """A daemon that does not run yet, and its faults."""
    daemon = make_daemon(start=False)
    return daemon, watch(daemon)[0]


def check_refuses(daemon, faults, error, calls, words):
    with faults.set(error, *calls):
        daemon.launch()
        assert daemon.process.wait(60) == 1
    assert re.fullmatch(rf"inferd: .*{words}\n", daemon.log_text()), daemon.log_text()


@pytest.mark.parametrize("error, calls, words", EMPTY)
def test_for_the_first_time(disk, error, calls, words):
    daemon, faults = disk
    check_refuses(daemon, faults, error, calls, words)
    daemon.start()
    models.put_config(daemon, "model")


@pytest.mark.parametrize("error, calls, words", IN_USE)
def test_again(disk, name, error, calls, words):
    daemon, faults = disk
    models.serve(daemon.start(), name, models.behaving())
    daemon.kill()
    check_refuses(daemon, faults, error, calls, words)
    daemon.start()
    until(lambda: models.infer(daemon, name, "alpha").status == 200, "it serves again")


def test_a_full_disk_with_all_there(disk, name):
    """Nothing need be written for that."""
    daemon, faults = disk
    models.serve(daemon.start(), name, models.behaving())
    daemon.kill()
    with faults.set("ENOSPC", "write", "truncate", "mkdir"):
        daemon.start()
        until(lambda: models.infer(daemon, name, "alpha").status == 200, "it serves again")
        assert daemon.put("/_ml/trained_models/other", models.config()).status == 507
    models.put_config(daemon, "other")


def test_what_was_killed_on_its_way_in(disk, name):
    """A file without a row is left over, and need not be removed before anything is served."""
    daemon, faults = disk
    models.serve(daemon.start(), name, models.behaving())
    daemon.kill()
    left = daemon.data / "tmp/part-7"
    left.write_bytes(b"x")
    with faults.set("EIO", "unlink"):
        daemon.start()
        until(lambda: models.infer(daemon, name, "alpha").status == 200, "it serves again")
        assert [line for line in daemon.log() if "cannot remove tmp/part-7" in line["message"]]
    daemon.kill()
    daemon.start()
    assert not left.exists()
