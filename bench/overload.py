#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures what inferd does with ten times the requests that it can serve, and who gets what of it.

It needs a build with the fake engine (scripts/build --engine=fake), whose model sleeps for a fixed time: so
the capacity is known, and what else the machine does hardly matters. bench/limits.py measures the price of
a flood with the real engine. See docs/benchmarks.md.
"""

import argparse
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
os.environ.setdefault("INFERD_BUILD", str(HERE.parent / "build-fake"))
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

import report  # noqa: E402
from report import say  # noqa: E402
from support import models, procfs  # noqa: E402
from support.daemon import BUILD, ENGINE, Daemon  # noqa: E402

FORWARD_MS, ALLOCATIONS = 20, 2
MOST_TRIES = 2
CAPACITY = ALLOCATIONS * 1000 / FORWARD_MS  # documents a second, at most
FLOOD = 10 * CAPACITY
QUEUE = 64            # of the deployment whose queue is just filled in normal times
TIMEOUT_MS = 1000     # of the requests for the one with the default queue, which takes ten times as long
HEAVY = "127.0.0.2"
DISTURBED = 0.05      # of the time that the daemon waits for a processor; such a round is made again
LIGHT = [f"127.0.0.{last}" for last in range(3, 12)]
SPARSE_RATE = 3       # requests a second of a light client that thinks between them


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--only", choices=MEASURES, help="one of the measurements")
    parser.add_argument("--json", type=pathlib.Path, help="writes all measurements to this file")
    chosen = parser.parse_args()
    chosen.rounds = 3 if chosen.quick else 9
    chosen.seconds = 4 if chosen.quick else 10
    return chosen


class Client:
    """bench/load.c from one address: callers ask one after the other, flooders so many times a second."""

    def __init__(self, daemon, bodies, deployment_id, seconds, callers=0, flooders=0, rate=0, source=HEAVY,
                 timeout="60s"):
        self.process = subprocess.Popen(
            [BUILD / "load", str(daemon.address[1]),
             f"/_ml/trained_models/{deployment_id}/_infer?timeout={timeout}", bodies, str(callers),
             str(flooders), str(int(rate)), str(seconds), source], stdout=subprocess.PIPE, text=True)

    def result(self):
        output, _ = self.process.communicate()
        counts = json.loads(output)
        if counts["errors"]:
            raise RuntimeError(f"not all answers were as they should be: {output}")
        return counts


def queue_stats(daemon, deployment_id):
    return models.stats(daemon, "sleeper", deployment_id)["deployment_stats"]["queue_stats"]


@contextlib.contextmanager
def deployment(daemon, deployment_id, **parameters):
    models.start(daemon, "sleeper", deployment_id=deployment_id, cache_size="0",
                 number_of_allocations=ALLOCATIONS, wait_for="fully_allocated", **parameters)
    yield deployment_id
    daemon.post(f"/_ml/trained_models/{deployment_id}/deployment/_stop?force=true").ok()


def delayed_s(daemon):
    """Seconds that the daemon's threads were ready to run and had to wait for a processor."""
    total = 0
    for thread in procfs.threads(daemon.pid):
        with open(f"/proc/{daemon.pid}/task/{thread}/schedstat", encoding="utf-8") as file:
            total += int(file.read().split()[1])
    return total / 1e9


def calm_rounds(daemon, chosen, one_round):
    """Rounds are made until so many were hardly disturbed, or twice as many: the calmest of them."""
    rounds = []
    for _ in range(MOST_TRIES * chosen.rounds):
        began, before = time.monotonic(), delayed_s(daemon)
        one = one_round()
        one["delayed"] = (delayed_s(daemon) - before) / (time.monotonic() - began)
        say(f"  the daemon waited for a processor for {one['delayed']:.1%} of the time")
        rounds.append(one)
        if sum(other["delayed"] <= DISTURBED for other in rounds) == chosen.rounds:
            break
    return sorted(rounds, key=lambda one: one["delayed"])[:chosen.rounds]


def delay_row(rounds):
    return ("  of the time, the daemon waited for a processor", f"{median(rounds, lambda one: one['delayed']):.1%}",
            "", None)


# ---- ten times the capacity ----

def overload(daemon, bodies, chosen):
    """Normal: as many callers as fill the queue, none of whom is refused. Then the flood instead of them."""
    with deployment(daemon, "flooded", queue_capacity=QUEUE) as name:
        def one_round():
            normal = Client(daemon, bodies, name, chosen.seconds, callers=QUEUE + ALLOCATIONS).result()
            flooded = Client(daemon, bodies, name, chosen.seconds, flooders=400, rate=FLOOD).result()
            return {"normal": normal, "flooded": flooded}
        return calm_rounds(daemon, chosen, one_round)


def overload_rows(rounds):
    goodput = median(rounds, lambda one: one["flooded"]["admitted_per_second"]
                     / one["normal"]["admitted_per_second"])
    p99 = median(rounds, lambda one: one["flooded"]["admitted_p99_ms"] / one["normal"]["admitted_p99_ms"])
    refusal = median(rounds, lambda one: one["flooded"]["refused_p99_ms"])
    offered = median(rounds, lambda one: sum(one["flooded"][f"{kind}_per_second"]
                                             for kind in ("admitted", "refused", "late")) / CAPACITY)
    return [
        ("goodput under the flood / at capacity", f"{goodput:.3f}", ">= 0.9", goodput >= 0.9),
        ("p99 of accepted requests / at capacity", f"{p99:.2f}", "<= 2", p99 <= 2),
        ("a 429 takes, p99", f"{refusal:.2f} ms", "<= 5 ms", refusal <= 5),
        ("  the flood, in capacities", f"{offered:.1f}", "", None),
        ("  p99 of accepted at capacity and under the flood",
         f"{median(rounds, lambda one: one['normal']['admitted_p99_ms']):.0f} and "
         f"{median(rounds, lambda one: one['flooded']['admitted_p99_ms']):.0f} ms", "", None),
        delay_row(rounds),
    ]


# ---- a queue that is longer than requests can wait ----

def deadlines(daemon, bodies, chosen):
    """The default queue, which takes ten seconds, and requests with a second of time; beside what it is worth
    when all that is asked can be done in time."""
    with deployment(daemon, "long") as name:
        Client(daemon, bodies, name, 1, callers=1).result()  # so that it knows what a document takes

        def one_round():
            normal = Client(daemon, bodies, name, chosen.seconds, callers=QUEUE // 4).result()
            before = queue_stats(daemon, name)
            flooded = Client(daemon, bodies, name, chosen.seconds, flooders=400, rate=FLOOD,
                             timeout=f"{TIMEOUT_MS}ms").result()
            flooded["in_vain"] = queue_stats(daemon, name)["inference_in_vain_count"] \
                - before["inference_in_vain_count"]
            return {**flooded, "normal": normal}
        return calm_rounds(daemon, chosen, one_round)


def deadline_rows(rounds):
    goodput = median(rounds, lambda one: one["admitted_per_second"] / one["normal"]["admitted_per_second"])
    late = median(rounds, lambda one: one["late"] / max(1, one["admitted"] + one["late"]))
    return [
        (f"goodput with {TIMEOUT_MS} ms of time before a queue of 10 s / at capacity", f"{goodput:.3f}", ">= 0.9",
         goodput >= 0.9),
        ("  share of admitted requests that were too late (408)", f"{late:.3f}", "<= 0.1", late <= 0.1),
        ("  documents computed for nobody, a second",
         f"{median(rounds, lambda one: one['in_vain'] / one['seconds']):.2f}", "", None),
        ("  p99 of accepted requests", f"{median(rounds, lambda one: one['admitted_p99_ms']):.0f} ms", "", None),
        delay_row(rounds),
    ]


# ---- one heavy and nine light clients ----

def beside(daemon, bodies, name, seconds, with_heavy, **light):
    """The nine light ones, with or without the heavy one. Gives what each of the light ones saw."""
    heavy = Client(daemon, bodies, name, seconds + 1, flooders=200, rate=FLOOD) if with_heavy else None
    clients = [Client(daemon, bodies, name, seconds, source=source, **light) for source in LIGHT]
    results = [client.result() for client in clients]
    return {"light": results, "heavy": heavy.result() if heavy else None}


def fairness(daemon, bodies, chosen):
    with deployment(daemon, "shared", queue_capacity=QUEUE) as name:
        def one_round():
            one = {}
            for kind, light in (("busy", {"callers": 1}), ("sparse", {"flooders": 4, "rate": SPARSE_RATE})):
                for with_heavy in (False, True):
                    one[f"{kind}{' beside' if with_heavy else ''}"] = \
                        beside(daemon, bodies, name, chosen.seconds, with_heavy, **light)
            return one
        return calm_rounds(daemon, chosen, one_round)


def p95(one, kind):
    """What 95 % of a light client's requests stay below, for the median client."""
    return statistics.median(client["admitted_p95_ms"] for client in one[kind]["light"])


def refused(one, kind):
    return sum(client["refused"] for client in one[kind]["light"])


def heavy_rate(one, kind):
    return one[f"{kind} beside"]["heavy"]["admitted_per_second"]


def fairness_rows(rounds):
    rows = []
    for kind, what in (("busy", "that ask all the time"), ("sparse", f"with {SPARSE_RATE} requests a second")):
        ratio = median(rounds, lambda one, of=kind: p95(one, f"{of} beside") / p95(one, of))
        rows += [
            (f"p95 of light clients {what}, beside a heavy one / alone", f"{ratio:.2f}", "<= 1.5", ratio <= 1.5),
            ("  p95 alone and beside", f"{median(rounds, lambda one, of=kind: p95(one, of)):.0f} and "
             f"{median(rounds, lambda one, of=kind: p95(one, f'{of} beside')):.0f} ms", "", None),
            ("  429 answers to light clients beside it",
             f"{median(rounds, lambda one, of=kind: refused(one, f'{of} beside')):.0f}", "0",
             median(rounds, lambda one, of=kind: refused(one, f"{of} beside")) == 0),
            ("  the heavy one is served", f"{median(rounds, lambda one, of=kind: heavy_rate(one, of)):.1f} /s", "",
             None),
        ]
    return rows + [delay_row(rounds)]


def median(rounds, value):
    return statistics.median(map(value, rounds))


MEASURES = {"overload": (overload, overload_rows), "deadlines": (deadlines, deadline_rows),
            "fairness": (fairness, fairness_rows)}


def main():
    chosen = options()
    if ENGINE != "fake":
        sys.exit(f"{BUILD} is not a build with the fake engine, whose model takes a fixed time")
    subprocess.run(["cmake", "--build", BUILD, "--target", "load"], check=True, stdout=subprocess.DEVNULL)
    daemon = Daemon({"node.processors": 64})
    try:
        daemon.start()
        models.upload(daemon, "sleeper", models.behaving(forward_ms=FORWARD_MS))
        bodies = daemon.home / "bodies"
        bodies.write_text(json.dumps({"docs": [{"text_field": "alpha beta"}]}) + "\n")
        found, table = report.measure_all(MEASURES, chosen.only, daemon, bodies, chosen)
    finally:
        daemon.destroy()
    return report.finish(table, found, chosen.json)


if __name__ == "__main__":
    sys.exit(main())
