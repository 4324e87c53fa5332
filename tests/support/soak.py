# SPDX-License-Identifier: Apache-2.0
"""What scripts/soak does: mixed traffic for a long time, or many starts and stops, and what is left of it.

Resident memory and open descriptors of the daemon, of the zygote and of a worker that lives all the while are
written down; in the end memory must not have grown by more than so much an hour, or in all, and descriptors
not at all.
"""

import argparse
import collections
import itertools
import os
import random
import statistics
import sys
import threading
import time

from support import models
from support.daemon import ENGINE, Daemon, running
from support.poll import until

PATH = "/_ml/trained_models"
MB = 1 << 20
MOST_MB_PER_HOUR = 1.0   # of growth, after the warm-up
MOST_MB_OF_CYCLES = 5.0  # of growth in all cycles after the first ones
WARM_UP = 0.25           # of the time
FIRST_CYCLES = 20        # bring buffers and caches to their size
SETTINGS = {"engine.max_restarts": 1000, "engine.max_crashes": 1000}


def resident_mb(pid):
    with open(f"/proc/{pid}/statm", encoding="utf-8") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MB


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def slope(points):
    """Of the line through most of the points (time, value): the median of all slopes (Theil and Sen)."""
    slopes = [(there[1] - here[1]) / (there[0] - here[0])
              for here, there in itertools.combinations(points, 2) if there[0] > here[0]]
    return statistics.median(slopes) if slopes else 0.0


def settled(count, what):
    """The count once it no longer changes: connections of clients that have gone are closed a little later."""
    seen = []

    def same_again():
        seen.append(count())
        return len(seen) > 10 and len(set(seen[-10:])) == 1
    until(same_again, what, 120, pause=0.1)
    return seen[-1]


class Cycles:
    """Starts and stops of one model, with an inference in between."""

    def __init__(self, daemon):
        self.daemon = daemon
        models.upload(daemon, "cycled", models.behaving())

    def once(self):
        models.start(self.daemon, "cycled", timeout="120s")
        assert models.vectors(self.daemon, "cycled", "alpha") == [models.embedding("alpha")]
        self.daemon.post(f"{PATH}/cycled/deployment/_stop").ok()

    def figures(self):
        """Name of a process -> megabytes and open descriptors, when no worker is left."""
        until(lambda: not self.daemon.workers(), "the worker ends", 120)
        pids = {"daemon": self.daemon.pid, "zygote": self.daemon.zygote()}
        return {name: (resident_mb(pid), settled(lambda pid=pid: descriptors(pid), f"descriptors of the {name}"))
                for name, pid in pids.items()}

    def run(self, count):
        """The figures before and after so many cycles; some come first, to warm up."""
        for _ in range(FIRST_CYCLES):
            self.once()
        before = self.figures()
        for n in range(1, count + 1):
            self.once()
            if n % 100 == 0:
                print(f"{n} cycles, the daemon has {resident_mb(self.daemon.pid):.1f} MB", flush=True)
        return before, self.figures()


class Traffic:
    """Threads that each do one kind of thing until told to stop, and count what came back by status."""

    def __init__(self, daemon, seed=1):
        self.daemon = daemon
        self.stopping = threading.Event()
        self.statuses = collections.Counter()
        self.failure = None
        models.serve(daemon, "steady", models.behaving(forward_ms=1), number_of_allocations=2, cache_size="64kb")
        models.start(daemon, "steady", deployment_id="narrow", queue_capacity=1, cache_size="0")
        models.upload(daemon, "spare", models.behaving())
        self.worker = daemon.worker()
        kinds = (self.ask, self.ask, self.repeat, self.ask_wrongly, self.crowd, self.crowd, self.crowd, self.look,
                 self.move_alias, self.come_and_go)
        self.threads = [threading.Thread(target=self._repeat, args=(kind, random.Random(seed + n)))
                        for n, kind in enumerate(kinds)]

    def _repeat(self, kind, chosen):
        try:
            while not self.stopping.is_set():
                kind(chosen)
        except BaseException as error:
            self.failure = self.failure or error
            raise

    def _count(self, kind, answer, *allowed):
        self.statuses[f"{kind} {answer.status}"] += 1
        assert answer.status in allowed, answer

    def ask(self, chosen):
        """Texts of all lengths."""
        words = models.VOCABULARY[11:22]
        text = " ".join(chosen.choices(words, k=chosen.choice((1, 5, 20, 100, 400))))
        answer = models.infer(self.daemon, "steady", text, query="?timeout=120s")
        self._count("infer", answer, 200)
        assert models.float32(answer.json["inference_results"][0]["predicted_value"]) == models.embedding(text)

    def repeat(self, chosen):
        """What the cache has, mostly."""
        texts = [f"{chosen.choice(('alpha', 'beta'))} gamma" for _ in range(chosen.randint(1, 16))]
        self._count("infer again", models.infer(self.daemon, "steady", *texts, query="?timeout=120s"), 200)

    def ask_wrongly(self, chosen):
        url = f"{PATH}/{chosen.choice(('steady', 'nobody'))}/_infer"
        body = chosen.choice(('{"docs":[{"text_field":', '{"docs":[{"other":"x"}]}', '{"docs":"x"}', "[]"))
        self._count("wrong", self.daemon.post(url, body), 400, 404)
        self._count("throw", models.infer(self.daemon, "steady", "throw"), 500)

    def crowd(self, chosen):
        """Three at once for a queue of one."""
        text = f"alpha {chosen.randint(0, 1000)}"
        self._count("crowd", models.infer(self.daemon, "narrow", text, query="?timeout=120s"), 200, 429)

    def look(self, chosen):
        page = chosen.choice((f"{PATH}/_stats", f"{PATH}?size=1000", "/_cat/ml/trained_models?v",
                              "/_nodes/stats", "/_ml/info", "/", "/_ml/memory/_stats", "/_cluster/health"))
        self._count("look", self.daemon.get(page), 200)

    def move_alias(self, chosen):
        self._count("alias", self.daemon.put(f"{PATH}/steady/model_aliases/front"), 200)
        answer = models.infer(self.daemon, "front", "alpha", query="?timeout=120s")
        self._count("infer by alias", answer, 200)
        self._count("alias", self.daemon.delete(f"{PATH}/steady/model_aliases/front"), 200)

    def come_and_go(self, chosen):
        """A model is put, started, asked, changed, stopped and deleted; and one that stays is loaded and unloaded."""
        models.upload(self.daemon, "guest", models.behaving(ballast_bytes=4 * MB))
        for model_id in ("guest", "spare"):
            models.start(self.daemon, model_id, timeout="120s")
            assert models.vectors(self.daemon, model_id, "alpha") == [models.embedding("alpha")]
            change = {"number_of_allocations": 2}
            self._count("update", self.daemon.post(f"{PATH}/{model_id}/deployment/_update", change), 200)
            self._count("stop", self.daemon.post(f"{PATH}/{model_id}/deployment/_stop"), 200)
        self._count("delete", self.daemon.delete(f"{PATH}/guest"), 200)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


class Soak:
    """Traffic for some time, and samples of what the processes take."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.traffic = Traffic(daemon)
        self.pids = {"daemon": daemon.pid, "zygote": daemon.zygote(), "worker": self.traffic.worker}
        self.samples = {name: [] for name in self.pids}  # (hours, MB)

    def descriptors(self):
        """Of each process, once clients and all workers but the steady one are gone."""
        until(lambda: self.daemon.workers() == [self.pids["worker"]], "only the steady worker is left", 120)
        return {name: settled(lambda pid=pid: descriptors(pid), f"descriptors of the {name}")
                for name, pid in self.pids.items()}

    def run(self, seconds, samples=200):
        """Descriptors before and after."""
        before = self.descriptors()
        begun = time.monotonic()
        with self.traffic:
            while time.monotonic() < begun + seconds and not self.traffic.failure:
                time.sleep(seconds / samples)
                hours = (time.monotonic() - begun) / 3600
                for name, pid in self.pids.items():
                    self.samples[name].append((hours, resident_mb(pid)))
        if self.traffic.failure:
            raise self.traffic.failure
        return before, self.descriptors()

    def slopes(self):
        """Name of a process -> MB an hour after the warm-up."""
        def warm(points):
            return [point for point in points if point[0] >= points[-1][0] * WARM_UP]
        return {name: slope(warm(points)) for name, points in self.samples.items()}


def soak(daemon, hours):
    one = Soak(daemon)
    before, after = one.run(hours * 3600)
    slopes = one.slopes()
    print(f"answers: {dict(sorted(one.traffic.statuses.items()))}")
    for name, points in one.samples.items():
        print(f"{name}: {points[0][1]:.2f} MB at first, {points[int(len(points) * WARM_UP)][1]:.2f} MB when warm, "
              f"{points[-1][1]:.2f} MB at last, {slopes[name]:+.2f} MB/h; "
              f"descriptors {before[name]}, then {after[name]}")
    return all(rate <= MOST_MB_PER_HOUR for rate in slopes.values()) and \
        all(after[name] <= before[name] for name in before)


def cycles(daemon, count):
    before, after = Cycles(daemon).run(count)
    for name in before:
        print(f"{name}: {before[name][0]:.2f} MB before, {after[name][0]:.2f} MB after {count} cycles; "
              f"descriptors {before[name][1]}, then {after[name][1]}")
    return all(after[name][0] - before[name][0] <= MOST_MB_OF_CYCLES and after[name][1] <= before[name][1]
               for name in before)


def main():
    parser = argparse.ArgumentParser(prog="scripts/soak")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--hours", type=float, default=1)
    what.add_argument("--cycles", type=int)
    options = parser.parse_args()
    with running(Daemon(SETTINGS)) as daemon:
        daemon.start()
        print(f"engine {ENGINE}")
        good = cycles(daemon, options.cycles) if options.cycles else soak(daemon, options.hours)
        daemon.check()
    print("nothing grew" if good else "FAILED: something grew")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
