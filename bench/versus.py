#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""inferd beside other servers of the same model: sequences a second, p99, memory.

Each peer (bench/peers.py) is installed, asked for one text that must be answered rightly, and then measured in turn
with inferd on the same processors; who is not measured is stopped (SIGSTOP), since some use a processor for waiting.
The medians of the rounds' ratios count. See docs/benchmarks.md.
"""

import argparse
import os
import pathlib
import signal
import statistics
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

import measure  # noqa: E402
import minilm  # noqa: E402
import peers  # noqa: E402
import report  # noqa: E402
from measure import median  # noqa: E402
from report import say  # noqa: E402
from speed import TRAFFIC  # noqa: E402
from support import procfs  # noqa: E402
from support.daemon import BUILD, ENGINE, Daemon  # noqa: E402

CONNECTIONS = (8, 32)
SERVERS = [name for name, peer in peers.PEERS.items() if peer.path is not None]
# At least so many times the rate of the best of all, and of those with a name.
BEST = {"16 tokens": 2.0, "128 tokens": 1.4, "mix": 1.4}
P99 = ("mix", 32, 0.6)  # of the best peer's, at most
MEMORY = 0.4            # of the leanest peer's, at most


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--rounds", type=int, help="rounds of each cell")
    parser.add_argument("--seconds", type=int, help="length of each half of a round")
    parser.add_argument("--peers", nargs="+", choices=SERVERS, default=SERVERS, help="some of them")
    parser.add_argument("--cache", type=pathlib.Path, default=BUILD / "bench",
                        help="folder for the exported model (default: in the build folder)")
    parser.add_argument("--json", type=pathlib.Path, help="writes all measurements to this file")
    chosen = parser.parse_args()
    chosen.rounds = chosen.rounds or (3 if chosen.quick else 5)
    chosen.seconds = chosen.seconds or (4 if chosen.quick else 8)
    return chosen


def peer_bodies(peer, cache, tokens):
    path = cache / f"bodies-{peer.name}.jsonl"
    path.write_bytes(b"".join(peer.body(text) + b"\n" for text in minilm.texts(tokens)))
    return path


def one_round(daemon, peer, port, bodies, connections, seconds):
    os.killpg(peer.process.pid, signal.SIGCONT)
    theirs = measure.ask(f"http://127.0.0.1:{port}{peer.path}", bodies[1], connections, seconds)
    os.killpg(peer.process.pid, signal.SIGSTOP)
    ours = measure.served(daemon, "two", bodies[0], connections, seconds)
    return {"ours": ours, "theirs": theirs,
            "ratio": ours["sequences_per_second"] / theirs["sequences_per_second"],
            "p99_ratio": ours["p99_ms"] / theirs["p99_ms"]}


def beside(daemon, peer, chosen):
    """The rounds of each cell, and the peer's memory."""
    port = peers.free_port()
    peer.install()
    peer.start(port, os.sched_getaffinity(0))
    try:
        peers.difference(peer, port, peers.SHORT)
        found = {}
        for traffic, tokens in TRAFFIC.items():
            bodies = minilm.write_inputs(chosen.cache, tokens)[0], peer_bodies(peer, chosen.cache, tokens)
            for connections in CONNECTIONS:
                say(f"{peer.name}: {traffic}, {connections} connections")
                os.killpg(peer.process.pid, signal.SIGCONT)
                measure.ask(f"http://127.0.0.1:{port}{peer.path}", bodies[1], connections, 2)
                found[traffic, connections] = [
                    one_round(daemon, peer, port, bodies, connections, chosen.seconds)
                    for _ in range(chosen.rounds)]
        os.killpg(peer.process.pid, signal.SIGCONT)
        return found, peer.pss()
    finally:
        peer.stop()


def rate(rounds, whose):
    return statistics.median(one[whose]["sequences_per_second"] for one in rounds)


def rows(found, memory):
    """For each cell the peers' ratios, then the best of them beside the target."""
    table = []
    cells = [(traffic, connections) for traffic in TRAFFIC for connections in CONNECTIONS]
    for traffic, connections in cells:
        of = {name: cell[traffic, connections] for name, (cell, _) in found.items()}
        for name, rounds in of.items():
            table.append((f"  {traffic}, {connections} connections, {name}: {rate(rounds, 'ours'):.0f} and "
                          f"{rate(rounds, 'theirs'):.0f} a second", f"{median(rounds, 'ratio'):.2f}",
                          f"p99 {median(rounds, 'p99_ratio'):.2f}", None))
        best = min(of, key=lambda name: median(of[name], "ratio"))
        ratio = median(of[best], "ratio")
        table.append((f"{traffic}, {connections} connections: inferd / best peer ({best})", f"{ratio:.2f}",
                      f">= {BEST[traffic]}", ratio >= BEST[traffic]))
        if (traffic, connections) == P99[:2]:
            worst = max(median(rounds, "p99_ratio") for rounds in of.values())
            table.append((f"{traffic}, {connections} connections: p99 / that of the best peer", f"{worst:.2f}",
                          f"<= {P99[2]}", worst <= P99[2]))
    leanest = min(found, key=lambda name: found[name][1])
    share = memory / found[leanest][1]
    table.append((f"memory / the leanest peer's ({leanest}, {found[leanest][1] / 2**20:.0f} MiB)", f"{share:.2f}",
                  f"<= {MEMORY}", share <= MEMORY))
    return table


def main():
    chosen = options()
    if ENGINE != "torch":
        sys.exit(f"{BUILD} is not a torch build; the figures are about the real engine")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that no server is left
    daemon = Daemon({"engine.forward_timeout": "60s"})
    found = {}
    try:
        daemon.start()
        minilm.upload(daemon, measure.MODEL, chosen.cache)
        measure.start(daemon, "two", number_of_allocations=2, wait_for="fully_allocated")
        for name in chosen.peers:
            try:
                found[name] = beside(daemon, peers.PEERS[name], chosen)
            except (RuntimeError, OSError, ValueError) as error:
                say(f"{name} is left out: {error}")
        memory = sum(procfs.memory_bytes(pid, "Pss") for pid in [daemon.pid, *daemon.family()])
        daemon.check()
    finally:
        daemon.destroy()
    if not found:
        sys.exit("no peer could be measured")
    return report.finish(rows(found, memory), {
        name: {"pss": pss, **{f"{key[0]}, {key[1]}": value for key, value in cells.items()}}
        for name, (cells, pss) in found.items()}, chosen.json)


if __name__ == "__main__":
    sys.exit(main())
