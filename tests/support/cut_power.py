# SPDX-License-Identifier: Apache-2.0
"""Power cuts at random points of a recorded run: scripts/cut-power.

First clients send commands to a watched daemon, which is killed and started again a few times. Then, for each
point, the daemon is started on the disk as a cut there may have left it, and must agree with what was
acknowledged up to that point. In every fifth, that start is cut off as well, and another one must do.
"""

import argparse
import collections
import pathlib
import random
import shutil
import tempfile
import time

from support.daemon import Daemon, running
from support.disk import watch
from support.kill_daemon import run_until_killed
from support.ledger_clients import check_all, crowd
from support.power_cut import NAMES, Disk, read_journal

NESTED = 5  # one point in so many


class Recording:
    """A run's journal, and the clients with their ledgers."""

    def __init__(self, lives, seconds, seed):
        chosen = random.Random(seed)
        self.daemon = Daemon()
        _, path = watch(self.daemon, journal=True)
        self.root = path.parent / "disk"
        self.empty = Disk(self.root)
        with running(self.daemon):
            self.daemon.start()
            self.clients = crowd(self.daemon, clock=lambda: path.stat().st_size)
            for _ in range(lives):
                run_until_killed(self.daemon, self.clients, chosen.uniform(0.5, 1.5) * seconds / lives)
                self.daemon.restart()
                check_all(self.daemon, self.clients)
            self.daemon.kill()
            self.records = read_journal(path)

    def points(self, count, rng):
        """Numbers of records, ascending; half of them close to where a name appears or goes."""
        names = [number for number, record in enumerate(self.records) if record.kind in NAMES]
        anywhere = range(len(self.records) + 1)
        near = [min(rng.choice(names) + rng.randint(0, 3), len(self.records)) for _ in range(count // 2)]
        return sorted(near + rng.choices(anywhere, k=count - len(near)))


def check_start(root, clients, moment):
    """A daemon on the tree at root serves what was acknowledged at that moment, and needs no repair."""
    daemon = Daemon({"path.data": str(root / "data")})
    with running(daemon):
        daemon.start()
        ledgers = [(client, client.ledger) for client in clients]
        try:
            for client, ledger in ledgers:
                client.daemon, client.ledger = daemon, ledger.at(moment)
            check_all(daemon, clients)
        finally:
            for client, ledger in ledgers:
                client.ledger = ledger
        repairs = [line for line in daemon.log() if line.get("component") == "store"]
        assert not repairs, repairs


def cut_start(root, target, rng):
    """Starts a daemon on the tree at root and cuts its power, too: the tree at target."""
    daemon = Daemon()
    _, path = watch(daemon, journal=True)
    watched = path.parent / "disk"
    with running(daemon):
        shutil.copytree(root, watched, dirs_exist_ok=True)
        disk = Disk(watched)
        daemon.launch()
        time.sleep(rng.uniform(0, 0.15))
        daemon.kill()
        records = read_journal(path) if path.exists() else []
        for record in records[:rng.randint(0, len(records))]:
            disk.follow(record, rng)
        disk.cut(target, rng)


def check_point(recording, disk, moment, rng, nested):
    with tempfile.TemporaryDirectory(prefix="inferd-cut-") as folder:
        root = pathlib.Path(folder) / "once"
        root.mkdir()
        disk.cut(root, rng)
        if nested:
            twice = pathlib.Path(folder) / "twice"
            twice.mkdir()
            cut_start(root, twice, rng)
            root = twice
        check_start(root, recording.clients, moment)


def cut_everywhere(recording, count, seed):
    """Checks so many points. How many of them cut off which kind of call."""
    disk, done, kinds = recording.empty, 0, collections.Counter()
    rng = random.Random(seed)
    for number, point in enumerate(recording.points(count, rng)):
        for record in recording.records[done:point]:
            disk.follow(record, rng)
        done = point
        moment = recording.records[point - 1].end if point else 0
        try:
            check_point(recording, disk, moment, random.Random(f"{seed} {number}"), number % NESTED == 0)
        except BaseException:
            print(f"the cut was at record {point} of {len(recording.records)}, byte {moment}; seed {seed}")
            raise
        kinds[recording.records[point - 1].kind if point else 0] += 1
    return kinds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    recording = Recording(5, options.seconds, options.seed)
    acknowledged = sum(client.ledger.acknowledged for client in recording.clients)
    print(f"recorded {len(recording.records)} calls, {acknowledged} acknowledged commands", flush=True)
    began = time.monotonic()
    cut_everywhere(recording, options.points, options.seed)
    print(f"{options.points} power cuts, every {NESTED}th cut again while it started: 0 acknowledged commands "
          f"lost, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
