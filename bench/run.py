#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the figures that inferd promises, with the real MiniLM, and prints them as a table.

Needs a torch build (INFERD_BUILD names its folder, default: build), wrk, and the Python packages of
tests/requirements.txt. See docs/benchmarks.md.
"""

import argparse
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

import measure  # noqa: E402
import minilm  # noqa: E402
import report  # noqa: E402
from report import say  # noqa: E402
from support import procfs  # noqa: E402
from support.daemon import BUILD, ENGINE, Daemon  # noqa: E402

MIB = 1 << 20


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--rounds", type=int, help="rounds of raw loop against daemon")
    parser.add_argument("--seconds", type=int, help="length of each half of a round")
    parser.add_argument("--cache", type=pathlib.Path, default=BUILD / "bench",
                        help="folder for the exported model (default: in the build folder)")
    parser.add_argument("--json", type=pathlib.Path, help="writes all measurements to this file")
    chosen = parser.parse_args()
    chosen.rounds = chosen.rounds or (5 if chosen.quick else 15)
    chosen.seconds = chosen.seconds or (4 if chosen.quick else 8)
    return chosen


def all_figures(daemon, chosen):
    """Every measurement, by name."""
    repeats = 3 if chosen.quick else 10
    for _ in range(100):
        daemon.get("/").ok()
    found = {"rss_without_models": procfs.memory_bytes(daemon.pid, "Rss")}
    say("exporting and uploading the model")
    model = minilm.upload(daemon, measure.MODEL, chosen.cache)
    bodies, ids = minilm.write_inputs(chosen.cache)
    say("starts, recovery, memory")
    found["start"] = measure.start_times(daemon, repeats)
    measure.start(daemon, "one")
    found["recovery"] = measure.recovery_times(daemon, "one", repeats)
    found["second_deployment"] = measure.memory_of_second_deployment(daemon, "one")
    measure.stop(daemon, "one")
    say(f"{chosen.rounds} rounds of raw loop and daemon, {chosen.seconds} s each")
    measure.start(daemon, "two", number_of_allocations=2, wait_for="fully_allocated")
    measure.served(daemon, "two", bodies, 32, 3)
    found["alternating"] = measure.alternating(
        daemon, "two", bodies,
        lambda: measure.raw(BUILD / "raw_loop", model, ids, 2, chosen.seconds),
        chosen.rounds, chosen.seconds)
    found["one_connection"] = measure.served(daemon, "two", bodies, 1, chosen.seconds)
    return found


def rows(found):
    """(name, value, target, met) for each promised figure, then what explains them."""
    rounds = found["alternating"]
    cpu = measure.median(rounds, "daemon_cpu_ms_per_inference")
    start, recovery = (statistics.median(found[key]) for key in ("start", "recovery"))
    rss, second = found["rss_without_models"] / MIB, found["second_deployment"] / MIB
    ratio = measure.median(rounds, "ratio")
    single = found["one_connection"]
    return [
        ("daemon CPU per inference, 32 connections", f"{cpu:.3f} ms", "<= 0.3 ms", cpu <= 0.3),
        ("daemon resident without models", f"{rss:.1f} MiB", "<= 10 MB", rss * MIB <= 10e6),
        ("served / raw loop, 2 allocations x 1 thread", f"{ratio:.3f}", ">= 0.95", ratio >= 0.95),
        ("_start to started, warm zygote", f"{start:.3f} s", "<= 1 s", start <= 1),
        ("SIGKILL of the worker to the next answer", f"{recovery:.3f} s", "<= 1 s", recovery <= 1),
        ("memory of a second deployment", f"{second:.1f} MiB", "< 10 MB", second * MIB < 10e6),
        ("  served, 32 connections", f"{measure.median(rounds, 'sequences_per_second'):.1f} /s",
         "", None),
        ("  raw loop, 2 threads", f"{measure.median(rounds, 'raw'):.1f} /s", "", None),
        ("  the same by CPU time, daemon included",
         f"{measure.median(rounds, 'cpu_ratio'):.3f}", "", None),
        ("  CPU of a sequence, served / raw",
         f"{measure.median(rounds, 'cpu_ms_per_sequence'):.2f} / "
         f"{measure.median(rounds, 'raw_cpu_ms_per_sequence'):.2f} ms", "", None),
        ("  ratio of each round", " ".join(f"{r['ratio']:.3f}" for r in rounds), "", None),
        ("  load generator's CPU in a round",
         f"{measure.median(rounds, 'generator_cpu_seconds'):.2f} s", "", None),
        ("  daemon CPU per inference, 1 connection",
         f"{single['daemon_cpu_ms_per_inference']:.3f} ms", "", None),
        ("  latency with 1 connection, p50 / p99",
         f"{single['p50_ms']:.1f} / {single['p99_ms']:.1f} ms", "", None),
    ]


def main():
    chosen = options()
    if ENGINE != "torch":
        sys.exit(f"{BUILD} is not a torch build; the figures are about the real engine")
    subprocess.run(["cmake", "--build", BUILD, "--target", "raw_loop"], check=True,
                   stdout=subprocess.DEVNULL)
    daemon = Daemon({"engine.forward_timeout": "60s"})
    try:
        daemon.start()
        found = all_figures(daemon, chosen)
        daemon.check()
    finally:
        daemon.destroy()
    table = rows(found)
    return report.finish(table, found, chosen.json)


if __name__ == "__main__":
    sys.exit(main())
