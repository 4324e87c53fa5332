# SPDX-License-Identifier: Apache-2.0
"""The campaign of scripts/kill-workers: worker processes, and zygotes, killed at random under load.

Three deployments of two models are asked by several clients each, with single documents and batches. Meanwhile
a random worker gets a random deadly signal, again and again, some of them while they load; now and then the
zygote does; and now and then a client sends an input that ends its process by itself. In the end every entry
of the ledger must be right: no request is lost, and none is answered with an error but those with such an
input. Between two kills some answers are waited for (none, often), so that the pace is the machine's own.
"""

import argparse
import collections
import contextlib
import os
import random
import signal
import sys
import threading
import time

from support import models
from support.daemon import ENGINE, Daemon, running
from support.load import WORDS, Load
from support.poll import until

SIGNALS = (signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT)
SETTINGS = {"engine.max_restarts": 1000, "engine.max_crashes": 1000, "engine.crash_window": "1s",
            "engine.forward_timeout": "60s"}


class Killers(threading.Thread):
    """Sends inputs that end their process, one after another, and keeps what came back."""

    def __init__(self, daemon, deployment_id, count, pause):
        super().__init__()
        self.daemon, self.deployment_id, self.count, self.pause = daemon, deployment_id, count, pause
        self.answers = []

    def run(self):
        for n in range(self.count):
            text = f"crash {WORDS[n % 10]} {WORDS[n // 10 % 10]} {WORDS[n // 100 % 10]}"
            self.answers.append(models.infer(self.daemon, self.deployment_id, text, query="?timeout=300s",
                                             timeout=330))
            self.pause()

    def wrong(self):
        return [answer for answer in self.answers if answer.status not in (500, 503)]


class Campaign:
    """Brings its models into the daemon; run() kills, report() tells, the other figures are attributes."""

    def __init__(self, daemon, seed=1):
        self.daemon = daemon
        self.chosen = random.Random(seed)
        self.killed = collections.Counter()
        models.serve(daemon, "one", models.behaving(forward_ms=3), number_of_allocations=3, cache_size="0")
        models.start(daemon, "one", deployment_id="one-again", number_of_allocations=1, cache_size="0")
        models.serve(daemon, "two", models.behaving(forward_ms=1), number_of_allocations=1, cache_size="0")
        self.loads = [Load(daemon, "one", 5, 100 * seed), Load(daemon, "one-again", 2, 100 * seed + 20),
                      Load(daemon, "two", 3, 100 * seed + 40)]

    def answered(self):
        return sum(len(load.answers) for load in self.loads)

    def _progress(self, most):
        wanted = self.answered() + self.chosen.choice((0, 0, self.chosen.randint(0, most)))
        until(lambda: self.answered() >= wanted, "some more answers", 300, pause=0.002)
        time.sleep(self.chosen.uniform(0, 0.02))

    def _kill_worker(self):
        number = self.chosen.choice(SIGNALS)

        def kill():
            with contextlib.suppress(ProcessLookupError, IndexError):  # there is none at the moment
                os.kill(self.chosen.choice(self.daemon.workers()), number)
                return True
        until(kill, "a worker", 300)
        self.killed[number.name] += 1

    def _kill_zygote(self):
        os.kill(self.daemon.zygote(), signal.SIGKILL)
        self.killed["zygotes"] += 1

    def run(self, kills, zygote_kills=0, killers=0):
        order = ["worker"] * kills + ["zygote"] * zygote_kills
        self.chosen.shuffle(order)
        self.killers = Killers(self.daemon, "one", killers, lambda: self.loads[0].progress(20, 300))
        with contextlib.ExitStack() as stack:
            for load in self.loads:
                stack.enter_context(load)
            self.killers.start()
            for n, what in enumerate(order, 1):
                self._progress(30)
                self._kill_zygote() if what == "zygote" else self._kill_worker()
                if n % 100 == 0:
                    print(f"{n} kills, {self.answered()} answers", flush=True)
            self.killers.join()
            for load in self.loads:
                load.progress(20, 300)

    def report(self):
        """The figures, by name."""
        wrong = [entry for load in self.loads for entry in load.wrong()]
        lines = self.daemon.log()
        return {"kills": dict(self.killed),
                "deaths in the log": sum(line["message"] == "worker process died" for line in lines),
                "requests": self.answered(),
                "documents": sum(len(texts) for load in self.loads for texts, *_ in load.answers),
                "lost, wrong or in error": len(wrong), "the first of these": [repr(entry)[:500] for entry in wrong[:3]],
                "slowest answer, s": round(max(load.slowest_s for load in self.loads), 2),
                "inputs that end their process": len(self.killers.answers),
                "of these, not refused": len(self.killers.wrong())}

    def check(self):
        """Raises AssertionError unless every promise held."""
        for load in self.loads:
            load.all_right()
            entry = models.stats(self.daemon, load.deployment_id.split("-")[0], load.deployment_id)
            assert entry["deployment_stats"]["state"] == "started", entry
        assert not self.killers.wrong(), self.killers.wrong()[:3]
        assert len(self.killers.answers) == self.killers.count
        assert models.vectors(self.daemon, "one", *WORDS) == [models.embedding(word) for word in WORDS]


def main():
    parser = argparse.ArgumentParser(prog="scripts/kill-workers")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--zygote-kills", type=int, default=20)
    parser.add_argument("--killers", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    begun = time.monotonic()
    with running(Daemon(SETTINGS)) as daemon:
        campaign = Campaign(daemon.start(), options.seed)
        campaign.run(options.kills, options.zygote_kills, options.killers)
        for name, value in campaign.report().items():
            print(f"{name}: {value}")
        print(f"engine {ENGINE}, seed {options.seed}, {time.monotonic() - begun:.0f} s")
        campaign.check()
        daemon.check()
    return 0


if __name__ == "__main__":
    sys.exit(main())
