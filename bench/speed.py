#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sequences a second over HTTP against the same model called in a loop, by length of text and by connections.

The two alternate, so that what else the machine does hits both; the medians of the rounds' ratios count. Needs
what bench/run.py needs. See docs/benchmarks.md.
"""

import argparse
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

import measure  # noqa: E402
import minilm  # noqa: E402
import report  # noqa: E402
from measure import median  # noqa: E402
from report import say  # noqa: E402
from support.daemon import BUILD, ENGINE, Daemon  # noqa: E402

TRAFFIC = {"16 tokens": 16, "128 tokens": 128, "mix": None}
CONNECTIONS = (1, 8, 32, 128)
# What a cell's rate has to be of the loop's, at least.
TARGETS = {"minilm": {("16 tokens", 32): 2.2, ("128 tokens", 8): 1.1, ("128 tokens", 32): 1.1, ("mix", 32): 1.25},
           "bert-base": {("mix", 32): 1.15}}
FLOOR = 0.95      # of every cell that keeps both allocations busy
LATENCY = 0.85    # p50 of 16 tokens over one connection, of the loop's time for a text
CPU = 0.85        # per sequence, 128 tokens over 8 connections, of the loop's
OPEN = (0.5, 0.7, 0.9)  # open loops: shares of the rate that the mix reached in the closed loop
OPEN_CONNECTIONS = 128


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--rounds", type=int, help="rounds of each cell")
    parser.add_argument("--seconds", type=int, help="length of each half of a round")
    parser.add_argument("--model", choices=TARGETS, default="minilm", help="bert-base has random weights")
    parser.add_argument("--only", choices=TRAFFIC, help="one kind of text")
    parser.add_argument("--connections", type=int, nargs="+", default=CONNECTIONS, help="columns of the grid")
    parser.add_argument("--setting", action="append", default=[], metavar="NAME=VALUE", help="of the daemon")
    parser.add_argument("--cache", type=pathlib.Path, default=BUILD / "bench",
                        help="folder for the exported model (default: in the build folder)")
    parser.add_argument("--json", type=pathlib.Path, help="writes all measurements to this file")
    chosen = parser.parse_args()
    chosen.rounds = chosen.rounds or (3 if chosen.quick else 7)
    chosen.seconds = chosen.seconds or (3 if chosen.quick else 6)
    return chosen


def one_round(daemon, bodies, connections, raw, seconds):
    alone, alone_cpu_ms = raw()
    load = measure.served(daemon, "two", bodies, connections, seconds)
    return {"raw": alone, "raw_cpu_ms": alone_cpu_ms, **load, "ratio": load["sequences_per_second"] / alone,
            "cpu_ratio": load["cpu_ms_per_sequence"] / alone_cpu_ms,
            "latency_ratio": load["p50_ms"] * alone / 1e3}


def all_cells(daemon, chosen):
    """The rounds of each cell: {(traffic, connections): [...]}. One connection is held against one thread."""
    model = minilm.upload(daemon, measure.MODEL, chosen.cache, chosen.model)
    seconds = measure.start(daemon, "two", number_of_allocations=2, wait_for="fully_allocated")
    say(f"{chosen.model}: started in {seconds:.2f} s")
    found = {}
    for traffic, tokens in TRAFFIC.items():
        if chosen.only not in (None, traffic):
            continue
        bodies, ids = minilm.write_inputs(chosen.cache, tokens)
        for connections in chosen.connections:
            say(f"{traffic}, {connections} connections")
            threads = min(2, connections)
            measure.served(daemon, "two", bodies, connections, 2)
            found[traffic, connections] = [
                one_round(daemon, bodies, connections,
                          lambda: measure.raw(BUILD / "raw_loop", model, ids, threads, chosen.seconds),
                          chosen.seconds)
                for _ in range(chosen.rounds)]
    return found


def open_loop(daemon, chosen, rate):
    """The mix, so many texts a second however they are answered: latencies, and how many found no connection."""
    bodies, _ = minilm.write_inputs(chosen.cache, TRAFFIC["mix"])
    path = "/_ml/trained_models/two/_infer?timeout=60s"
    result = subprocess.run([BUILD / "load", str(daemon.address[1]), path, bodies, "0", str(OPEN_CONNECTIONS),
                             str(max(1, round(rate))), str(2 * chosen.seconds)], check=True, capture_output=True,
                            text=True)
    counts = json.loads(result.stdout)
    if counts["errors"] or counts["refused"] or counts["late"]:
        raise RuntimeError(f"not all answers were as they should be: {result.stdout}")
    return counts


def open_loops(daemon, chosen, found):
    """[(share, rate, counts)], one a share; empty where the mix was not measured with 32 connections."""
    rounds = found.get(("mix", 32))
    if rounds is None:
        return []
    full = median(rounds, "sequences_per_second")
    say(f"mix, open loop with up to {OPEN_CONNECTIONS} connections")
    return [(share, share * full, open_loop(daemon, chosen, share * full)) for share in OPEN]


def open_rows(loops):
    return [(f"mix, open loop, {rate:.0f} a second ({share:.0%} of 32 connections' rate)",
             f"p50 {counts['admitted_p50_ms']:.1f}", f"p99 {counts['admitted_p99_ms']:.1f}"
             + (f"; {counts['dropped']} not sent" if counts["dropped"] else ""), None)
            for share, rate, counts in loops]


def spread(rounds, key):
    values = [one[key] for one in rounds]
    return f"{median(rounds, key):.2f} ({min(values):.2f}-{max(values):.2f})"


def rows(found, targets):
    table = []
    for (traffic, connections), rounds in found.items():
        name = f"{traffic}, {connections} connection{'s' * (connections > 1)}"
        target = targets.get((traffic, connections), FLOOR if connections > 1 else None)
        ratio = median(rounds, "ratio")
        table.append((name + ": served / loop", spread(rounds, "ratio"), f">= {target}" if target else "",
                      ratio >= target if target else None))
        if (traffic, connections) == ("16 tokens", 1):
            share = median(rounds, "latency_ratio")
            table.append((name + ": p50 / the loop's time", f"{share:.2f}", f"<= {LATENCY}", share <= LATENCY))
        if (traffic, connections) == ("128 tokens", 8):
            share = median(rounds, "cpu_ratio")
            table.append((name + ": CPU of a sequence", f"{share:.2f}", f"<= {CPU}", share <= CPU))
        table.append((f"  {median(rounds, 'sequences_per_second'):.0f} and {median(rounds, 'raw'):.0f} a second, CPU "
                      f"{median(rounds, 'cpu_ms_per_sequence'):.2f} and {median(rounds, 'raw_cpu_ms'):.2f} ms",
                      f"p50 {median(rounds, 'p50_ms'):.1f}", f"p99 {median(rounds, 'p99_ms'):.1f}", None))
    return table


def main():
    chosen = options()
    if ENGINE != "torch":
        sys.exit(f"{BUILD} is not a torch build; the figures are about the real engine")
    subprocess.run(["cmake", "--build", BUILD, "--target", "raw_loop", "load"], check=True, stdout=subprocess.DEVNULL)
    daemon = Daemon({"engine.forward_timeout": "60s", **dict(one.split("=", 1) for one in chosen.setting)})
    try:
        daemon.start()
        found = all_cells(daemon, chosen)
        loops = open_loops(daemon, chosen, found)
        say(daemon.get("/_ml/trained_models/_stats?filter_path=**.batch_stats").body.decode())
        daemon.check()
    finally:
        daemon.destroy()
    measured = {f"{traffic}, {connections}": rounds for (traffic, connections), rounds in found.items()}
    measured["open loop"] = loops
    return report.finish(rows(found, TARGETS[chosen.model]) + open_rows(loops), measured, chosen.json)


if __name__ == "__main__":
    sys.exit(main())
