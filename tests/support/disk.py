# SPDX-License-Identifier: Apache-2.0
"""A daemon whose disk is watched, and fails to order: tests/support/disk/disk.h from Python."""

import errno
import mmap
import os
import pathlib
import struct

from support.daemon import BUILD, SANITIZED

LIBRARY = BUILD / "tests/libtest_disk.so"

# enum disk_call
CALLS = {name: 1 << bit for bit, name in enumerate(
    ["open", "create", "read", "write", "sync", "rename", "unlink", "truncate", "mkdir"])}

_HEAD = struct.Struct("=Iiqq")      # calls, error, skip, count
_COUNTS = struct.Struct("=qq")      # seen, failed
_TAIL = struct.Struct("=I64s")      # short_writes, name
_SIZE = (_HEAD.size + _COUNTS.size + _TAIL.size + 7) // 8 * 8


class Faults:
    """What the calls of one daemon on its disk are to fail with. `with faults.on(...)` ends by itself."""

    def __init__(self, path):
        self.path = path
        path.write_bytes(b"\0" * _SIZE)
        with open(path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), _SIZE)

    def set(self, error, *calls, skip=0, count=-1, name="", short_writes=False):
        """From now on these kinds of calls fail; of paths that contain `name`, `count` after `skip`."""
        self.clear()
        mask = sum(CALLS[call] for call in calls)
        _COUNTS.pack_into(self.map, _HEAD.size, 0, 0)
        _TAIL.pack_into(self.map, _HEAD.size + _COUNTS.size, short_writes, name.encode())
        _HEAD.pack_into(self.map, 0, 0, getattr(errno, error), skip, count)
        struct.pack_into("=I", self.map, 0, mask)
        return self

    def clear(self):
        struct.pack_into("=I", self.map, 0, 0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.clear()

    @property
    def failed(self):
        """How many calls failed since set."""
        return _COUNTS.unpack_from(self.map, _HEAD.size)[1]


def watch(daemon, journal=False):
    """Puts the library between a daemon that does not run yet and its data. (Faults, journal's path or None)."""
    assert LIBRARY.exists(), f"{LIBRARY} is missing: run scripts/build --tests"
    home = pathlib.Path(os.path.realpath(daemon.home))
    root = home / "disk"
    root.mkdir()
    daemon.settings["path.data"] = str(root / "data")
    faults = Faults(home / "faults")
    daemon.environment.update({"LD_PRELOAD": str(LIBRARY), "INFERD_TEST_DISK_ROOT": str(root),
                               "INFERD_TEST_DISK_FAULTS": str(faults.path)})
    if SANITIZED == "address":
        # It must come first among the libraries otherwise; here it wraps what it wraps all the same.
        daemon.environment["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    if not journal:
        return faults, None
    daemon.environment["INFERD_TEST_DISK_JOURNAL"] = str(home / "journal")
    return faults, home / "journal"
