# SPDX-License-Identifier: Apache-2.0
"""The daemon after a power cut: what was acknowledged was synced. The long form is scripts/cut-power."""

import random

from support import models
from support.cut_power import Recording, cut_everywhere
from support.disk import watch
from support.power_cut import Disk, read_journal

POINTS = 12


def test_no_acknowledged_command_is_lost():
    recording = Recording(2, 2.0, 20261127)
    assert all(client.ledger.acknowledged > 0 for client in recording.clients)
    cut_everywhere(recording, POINTS, 20261127)


def test_the_journal_tells_all(make_daemon, tmp_path):
    """Where nothing is lost, the tree from the journal is the daemon's, byte by byte."""
    daemon = make_daemon(start=False)
    _, path = watch(daemon, journal=True)
    disk = Disk(path.parent / "disk")
    daemon.start()
    for number in range(30):
        models.put_config(daemon, f"m{number}")
    daemon.kill()
    for record in read_journal(path):
        disk.follow(record, random.Random(1))
    for node in disk.nodes.values():
        node.sync()
    disk.cut(tmp_path, random.Random(1))
    real = path.parent / "disk"
    assert contents(tmp_path) == contents(real) and len(contents(real)) > 2
    daemon.restart()


def contents(root):
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
