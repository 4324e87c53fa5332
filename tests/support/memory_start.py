# SPDX-License-Identifier: Apache-2.0
"""Starts of the daemon while one allocation fails: it serves what it had served before, or ends with status 1 and a
sentence that speaks of memory, and the next start finds everything."""

import signal

from support import models
from support.memory_faults import MemoryFaults
from support.memory_sweep import CLOSED
from support.poll import until


POOL_THREADS = 4  # of libuv, which ends the process itself when it cannot make one of them


class Starts:
    """One data directory with a model, a deployment, an alias and a setting, started again and again."""

    def __init__(self):
        self.faults = MemoryFaults()
        self.daemon = self.faults.daemon
        self.outcomes = {"served": 0, "refused": 0, "ended by libuv": 0}
        models.serve(self.daemon.start(), "m", models.behaving())
        self.daemon.put("/_ml/trained_models/m/model_aliases/other").ok()
        self.daemon.put("/_cluster/settings", {"persistent": {"logger.level": "debug"}}).ok()
        self.daemon.kill()

    def once(self, number):
        """A start in which the allocation after `number` others fails."""
        self.faults.fail_nth(number)
        self.daemon.launch()
        try:
            until(self._decided, "it listens or ends", 60)
            if self.daemon.process.poll() is None:
                self._check_served()
        finally:
            self.faults.off()
        if self.daemon.process.poll() is None:
            self.outcomes["served"] += 1
            self.daemon.kill()
        else:
            self._check_ended(self.daemon.process.returncode, self.daemon.log_text())

    def _check_ended(self, status, text):
        if status == -signal.SIGABRT and text == "":
            self.outcomes["ended by libuv"] += 1
            assert self.outcomes["ended by libuv"] <= POOL_THREADS
            return
        self.outcomes["refused"] += 1
        assert status == 1 and "memory" in text.splitlines()[-1].lower(), (status, text[-3000:])

    def _decided(self):
        return self.daemon.process.poll() is not None or self.daemon.listens()

    def _serves(self):
        """A request that itself meets the fault may find its connection closed."""
        assert self.daemon.process.poll() is None, (self.daemon.process.returncode, self.daemon.log_text()[-3000:])
        try:
            return models.infer(self.daemon, "other", "alpha").status == 200
        except CLOSED:
            return False

    def _check_served(self):
        until(self._serves, "it serves", 30)
        self.faults.off()
        settings = self.daemon.get("/_cluster/settings").ok()
        assert settings["persistent"]["logger"]["level"] == "debug", settings

    def allocations(self):
        """How many a start makes until its model answers. The engine's processes are not counted."""
        before = self.faults.allocations
        self.daemon.start()
        self._check_served()
        count = self.faults.allocations - before
        self.daemon.kill()
        return count

    def sweep(self, step, first=0):
        """Every step-th allocation fails once, each in a start of its own."""
        for number in range(first, self.allocations(), step):
            self.once(number)

    def end(self):
        self.daemon.destroy()
