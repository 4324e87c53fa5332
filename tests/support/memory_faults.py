# SPDX-License-Identifier: Apache-2.0
"""Allocations of the daemon fail where a test wants them to: tests/support/preload_memory.c inside the daemon does
what is asked for here, over a file that both map."""

import mmap
import struct

from support.daemon import BUILD, Daemon

OFF, NTH, NEW_PLACE, LIMIT = range(4)
FIELDS = ["mode", "countdown", "failures", "allocations", "live_bytes", "budget"]
PLACES = 1 << 14


class MemoryFaults:
    """A daemon whose allocations can be made to fail."""

    def __init__(self, settings=None):
        self.daemon = Daemon(settings)
        path = self.daemon.home / "memory"
        path.write_bytes(bytes(8 * (len(FIELDS) + PLACES)))
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 0)
        self.daemon.environment = {"LD_PRELOAD": str(BUILD / "tests/libpreload_memory.so"),
                                   "INFERD_TEST_MEMORY": str(path)}

    def __getattr__(self, name):
        if name not in FIELDS:
            raise AttributeError(name)
        return struct.unpack_from("q", self.memory, 8 * FIELDS.index(name))[0]

    def set(self, **fields):
        for name, value in fields.items():
            struct.pack_into("q", self.memory, 8 * FIELDS.index(name), value)

    # ---- what fails ----

    def off(self):
        self.set(mode=OFF)

    def fail_nth(self, number):
        """The allocation after `number` others, once."""
        self.set(countdown=number, failures=0)
        self.set(mode=NTH)

    def fail_new_place(self):
        """The next allocation whose callers have not seen one fail yet, once."""
        self.set(failures=0)
        self.set(mode=NEW_PLACE)

    def limit(self, after=0, budget=0):
        """After so many allocations, every one that does not fit into `budget` bytes and what is freed."""
        self.set(countdown=after, budget=budget, failures=0)
        self.set(mode=LIMIT)
