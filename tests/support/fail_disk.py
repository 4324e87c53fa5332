# SPDX-License-Identifier: Apache-2.0
"""Every call on the disk of every command fails once: scripts/fail-disk.

A command runs again and again, and each time another one of its calls fails, until none is left that could.
One that failed has changed nothing, and the next attempt works without a restart.
"""

import argparse
import itertools
import re

from support import models
from support.daemon import Daemon, running
from support.disk import watch
from support.stored_commands import COMMANDS, take_all_back

# errno, the calls that fail with it, the status, and the system's or SQLite's words.
FAULTS = {
    "full": ("ENOSPC", ("write", "truncate", "mkdir"), 507, "No space left on device|database or disk is full"),
    "broken": ("EIO", ("write", "truncate", "rename", "mkdir", "unlink"), 500, "Input/output error"),
    "unsynced": ("EIO", ("sync",), 500, "Input/output error"),
    "unreadable": ("EIO", ("read",), 500, "Input/output error"),
    "read-only": ("EROFS", ("create", "rename", "mkdir", "unlink"), 500, "Read-only file system"),
    "without descriptors": ("EMFILE", ("open", "create"), 500, "Too many open files"),
}

# A stop, and a start whose deployment was made already, fail in Elasticsearch's words, around the disk's.
OUTER_WORDS = ("failed to delete model assignment after nodes unallocated the deployment. Attempt to stop again",
               "Could not start trained model deployment, the following nodes failed with errors")


def check_refusal(answer, fault):
    """The error has the right status and type, and says what could not be done and why."""
    _, _, status, words = FAULTS[fault]
    error = answer.json["error"]
    if error["reason"].startswith(OUTER_WORDS):
        assert answer.status == 500, answer
    else:
        assert answer.status == status and error["type"] == "i_o_exception", answer
    said = error["reason"] + error.get("caused_by", {}).get("reason", "")
    assert re.search(f"cannot .+({words})", said), answer


def fail_each_call(daemon, faults, name, fault):
    """Lets the first call of the command fail, then the second, and so on; how many could."""
    error, calls, _, _ = FAULTS[fault]
    command = COMMANDS[name]
    command.prepare(daemon)
    for attempt in itertools.count():
        before = command.shown(daemon)
        with faults.set(error, *calls, skip=attempt, count=1):
            answer = command.send(daemon, attempt)
        if answer.status != 200:
            assert faults.failed == 1, answer
            check_refusal(answer, fault)
            assert command.shown(daemon) == before, answer
            continue
        assert command.shown(daemon) != before, answer
        take_all_back(daemon)
        if not faults.failed:
            return attempt
        command.prepare(daemon)


def check_nothing_left(daemon):
    """After all was taken back and the daemon was killed, the data is as at first."""
    daemon.kill()
    daemon.restart()
    assert daemon.get("/_ml/trained_models").ok()["count"] == 0
    assert not list((daemon.data / "tmp").iterdir()) and not list((daemon.data / "models").iterdir())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=1)
    for _ in range(parser.parse_args().rounds):
        daemon = Daemon()
        faults, _ = watch(daemon)
        with running(daemon.start()):
            for fault in FAULTS:
                counts = {name: fail_each_call(daemon, faults, name, fault) for name in COMMANDS}
                print(f"{fault}: {sum(counts.values())} calls failed, one at a time, in {len(counts)} commands: "
                      + ", ".join(f"{name} {count}" for name, count in counts.items() if count), flush=True)
                check_nothing_left(daemon)


if __name__ == "__main__":
    main()
