#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures inferd at its limits: a flood, cache hits, statistics of many, changes under load.

Needs a torch build (INFERD_BUILD names its folder, default: build) and the Python packages of
tests/requirements.txt. See docs/benchmarks.md.
"""

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

import measure  # noqa: E402
import minilm  # noqa: E402
import report  # noqa: E402
from report import say  # noqa: E402
from support import models, procfs  # noqa: E402
from support.daemon import BUILD, ENGINE, Daemon  # noqa: E402
from support.poll import until  # noqa: E402

MODEL = measure.MODEL
QUEUE = 8           # of the flooded deployment
FLOOD_RATE = 22000  # requests a second
FLOODERS = 64       # connections of the flood; also of the pool for cache hits
DEPLOYMENTS, MODELS = 100, 10
DISTURBED = 0.15    # processors that others take; such a round is made again
MOST_TRIES = 2


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--only", choices=MEASURES, help="one of the measurements")
    parser.add_argument("--cache", type=pathlib.Path, default=BUILD / "bench",
                        help="folder for the exported model (default: in the build folder)")
    parser.add_argument("--json", type=pathlib.Path, help="writes all measurements to this file")
    chosen = parser.parse_args()
    chosen.rounds = 3 if chosen.quick else 9
    chosen.seconds = 4 if chosen.quick else 8
    return chosen


class Load:
    """bench/load.c against one deployment, with what it cost the daemon."""

    def __init__(self, daemon, deployment_id, bodies, callers, flooders=0, rate=0, seconds=3600):
        self.daemon = daemon
        self.before = measure.cpu_of(daemon.pid)
        self.process = subprocess.Popen(
            [BUILD / "load", str(daemon.address[1]),
             f"/_ml/trained_models/{deployment_id}/_infer?timeout=60s", bodies, str(callers),
             str(flooders), str(rate), str(seconds)], stdout=subprocess.PIPE, text=True)

    def result(self):
        """Waits for its end; every answer was a 200 or a 429."""
        output, _ = self.process.communicate()
        counts = json.loads(output)
        if counts["errors"] or counts["late"] or not counts["admitted"]:
            raise RuntimeError(f"the load was not answered without errors: {output}")
        answers = counts["admitted"] + counts["refused"]
        counts["daemon_cpu_us"] = (measure.cpu_of(self.daemon.pid) - self.before) * 1e6 / answers
        counts["generator_cpu_us"] = counts["cpu_seconds"] * 1e6 / answers
        return counts

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.result()


def pin(pid, processors):
    """Every thread of a process, and what it starts from now on, to these processors."""
    for thread in procfs.threads(pid):
        os.sched_setaffinity(int(thread), processors)


@contextlib.contextmanager
def own_processor_for_the_model(daemon):
    """The last processor is the workers', the others are the daemon's and the load generator's."""
    everything = os.sched_getaffinity(0)
    last = max(everything)
    if len(everything) > 1:
        pin(daemon.zygote(), {last})
        pin(daemon.pid, everything - {last})
        pin(os.getpid(), everything - {last})
    try:
        yield
    finally:
        for pid in (daemon.zygote(), daemon.pid, os.getpid()):
            pin(pid, everything)


def overload(daemon, bodies, chosen):
    """Rounds of a queue that is just filled, alone and beside a flood of requests for it."""
    with own_processor_for_the_model(daemon):
        return flooded_rounds(daemon, bodies, chosen)


def own_seconds(daemon):
    return sum(measure.cpu_of(pid) for pid in (daemon.pid, *daemon.family()))


def flooded_rounds(daemon, bodies, chosen):
    models.start(daemon, MODEL, deployment_id="flooded", cache_size="0", queue_capacity=QUEUE)
    Load(daemon, "flooded", bodies, QUEUE, seconds=2).result()
    rounds = []
    for _ in range(MOST_TRIES * chosen.rounds):
        busy, own = measure.busy_seconds(), own_seconds(daemon)
        alone = Load(daemon, "flooded", bodies, QUEUE, seconds=chosen.seconds).result()
        beside = Load(daemon, "flooded", bodies, QUEUE, FLOODERS, FLOOD_RATE,
                      chosen.seconds).result()
        own = own_seconds(daemon) - own + alone["cpu_seconds"] + beside["cpu_seconds"]
        others = (measure.busy_seconds() - busy - own) / chosen.seconds / 2
        say(f"  other processes took {others:.2f} processors")
        rounds.append({"alone": alone, "beside": beside, "others": others})
        if sum(one["others"] <= DISTURBED for one in rounds) == chosen.rounds:
            break
    measure.stop(daemon, "flooded")
    return sorted(rounds, key=lambda one: one["others"])[:chosen.rounds]


def computed(node):
    return node["inference_count"] - node["inference_cache_hit_count"]


def cache_hits(daemon, bodies, chosen):
    """The texts again and again over one pool of connections, computed once before."""
    models.start(daemon, MODEL, deployment_id="cached", cache_size="100mb")
    warm = Load(daemon, "cached", bodies, 1)
    until(lambda: computed(models.node_stats(daemon, MODEL, "cached")) == minilm.TEXTS,
          "every text was computed", deadline=60)
    warm.end()
    before = models.node_stats(daemon, MODEL, "cached")
    rounds = [Load(daemon, "cached", bodies, FLOODERS, seconds=chosen.seconds).result()
              for _ in range(chosen.rounds)]
    after = models.node_stats(daemon, MODEL, "cached")
    missed = computed(after) - computed(before)
    if missed:
        raise RuntimeError(f"{missed} documents were computed; the figure is about hits only")
    measure.stop(daemon, "cached")
    return rounds


def stats_of_many(daemon, _, chosen):
    """_stats with many deployments on an idle daemon: the client's time, and the daemon's CPU."""
    definition = models.behaving()
    for number in range(MODELS):
        models.upload(daemon, f"m{number}", definition)
    for number in range(DEPLOYMENTS):
        models.start(daemon, f"m{number % MODELS}", deployment_id=f"d{number:03}")
    connection = http.client.HTTPConnection(*daemon.address)
    times, cpu = [], measure.cpu_of(daemon.pid)
    for _ in range(100 * chosen.rounds):
        began = time.monotonic()
        connection.request("GET", "/_ml/trained_models/_stats?size=1000")
        body = connection.getresponse().read()
        times.append((time.monotonic() - began) * 1e3)
    cpu = (measure.cpu_of(daemon.pid) - cpu) * 1e3 / len(times)
    found = json.loads(body)["trained_model_stats"]
    if sum("deployment_stats" in entry for entry in found) != DEPLOYMENTS:
        raise RuntimeError("not all deployments are in the answer")
    for number in range(MODELS):
        daemon.delete(f"/_ml/trained_models/m{number}?force=true").acknowledged()
    return {"client_ms": times, "daemon_cpu_ms": cpu, "bytes": len(body)}


def answered(daemon, deployment_id):
    return models.stats(daemon, MODEL, deployment_id)["inference_stats"]["inference_count"]


def updates(daemon, bodies, chosen):
    """Allocations up and down while callers keep asking."""
    models.start(daemon, MODEL, deployment_id="changed", cache_size="0")
    load = Load(daemon, "changed", bodies, 8)
    path, times = "/_ml/trained_models/changed/deployment/_update", []
    for _ in range(20 if chosen.quick else 100):
        for allocations in (3, 1):
            began = time.monotonic()
            daemon.post(path, {"number_of_allocations": allocations}).ok()
            times.append(time.monotonic() - began)
            served = answered(daemon, "changed")
            until(lambda goal=served + 5: answered(daemon, "changed") >= goal, "requests go on")
    counts = load.end()
    measure.stop(daemon, "changed")
    return {"load": counts, "update_s": times}


def median(rounds, *path):
    def value(entry):
        for key in path:
            entry = entry[key]
        return entry
    return statistics.median(map(value, rounds))


def overload_rows(rounds):
    refused = median(rounds, "beside", "refused_per_second")
    rate = statistics.median(one["beside"]["admitted_per_second"]
                             / one["alone"]["admitted_per_second"] for one in rounds)
    p99 = statistics.median(one["beside"]["admitted_p99_ms"]
                            / one["alone"]["admitted_p99_ms"] for one in rounds)
    return [
        ("429 answers beside the admitted requests", f"{refused:.0f} /s", ">= 20000 /s",
         refused >= 20000),
        ("rate of admitted requests, beside / alone", f"{rate:.3f}", ">= 0.9", rate >= 0.9),
        ("p99 of admitted requests, beside / alone", f"{p99:.2f}", "<= 2", p99 <= 2),
        ("  admitted, alone and beside",
         f"{median(rounds, 'alone', 'admitted_per_second'):.1f} and "
         f"{median(rounds, 'beside', 'admitted_per_second'):.1f} /s", "", None),
        ("  p99 of admitted, alone and beside",
         f"{median(rounds, 'alone', 'admitted_p99_ms'):.0f} and "
         f"{median(rounds, 'beside', 'admitted_p99_ms'):.0f} ms", "", None),
        ("  a 429 takes, p50 and p99",
         f"{median(rounds, 'beside', 'refused_p50_ms'):.2f} and "
         f"{median(rounds, 'beside', 'refused_p99_ms'):.2f} ms", "", None),
        ("  CPU of an answer, daemon and generator",
         f"{median(rounds, 'beside', 'daemon_cpu_us'):.1f} and "
         f"{median(rounds, 'beside', 'generator_cpu_us'):.1f} us", "", None),
        ("  processors that other processes took", f"{median(rounds, 'others'):.2f}", "", None),
        ("  not sent, as all connections were busy",
         f"{median(rounds, 'beside', 'dropped'):.0f}", "", None),
    ]


def cache_rows(rounds):
    rate = median(rounds, "admitted_per_second")
    return [
        (f"cache hits, {FLOODERS} connections", f"{rate:.0f} /s", ">= 10000 /s", rate >= 10000),
        ("  CPU of a hit, daemon and generator",
         f"{median(rounds, 'daemon_cpu_us'):.1f} and {median(rounds, 'generator_cpu_us'):.1f} us",
         "", None),
    ]


def stats_rows(found):
    middle = statistics.median(found["client_ms"])
    return [
        (f"_stats with {DEPLOYMENTS} deployments", f"{middle:.2f} ms", "< 5 ms", middle < 5),
        ("  the daemon's CPU of it", f"{found['daemon_cpu_ms']:.2f} ms", "", None),
        ("  length of the answer", f"{found['bytes']} bytes", "", None),
    ]


def update_rows(found):
    load = found["load"]
    failed = load["errors"] + load["refused"]
    return [
        (f"failed requests in {len(found['update_s'])} updates under load", f"{failed}", "0",
         failed == 0),
        ("  requests answered meanwhile", f"{load['admitted']}", "", None),
        ("  an update takes, median", f"{statistics.median(found['update_s']) * 1e3:.0f} ms", "",
         None),
    ]


MEASURES = {"overload": (overload, overload_rows), "cache": (cache_hits, cache_rows),
            "stats": (stats_of_many, stats_rows), "updates": (updates, update_rows)}


def main():
    chosen = options()
    if ENGINE != "torch":
        sys.exit(f"{BUILD} is not a torch build; the figures are about the real engine")
    subprocess.run(["cmake", "--build", BUILD, "--target", "load"], check=True,
                   stdout=subprocess.DEVNULL)
    daemon = Daemon({"engine.forward_timeout": "60s", "node.processors": 256})
    try:
        daemon.start()
        say("exporting and uploading the model")
        minilm.upload(daemon, MODEL, chosen.cache)
        bodies, _ = minilm.write_inputs(chosen.cache)
        found, table = report.measure_all(MEASURES, chosen.only, daemon, bodies, chosen)
    finally:
        daemon.destroy()
    return report.finish(table, found, chosen.json)


if __name__ == "__main__":
    sys.exit(main())
