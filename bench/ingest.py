#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures a stream of documents through an ingest pipeline: how busy it keeps the allocations of a model, what the
daemon's memory is, and what a document costs the daemon in processor time.

Without --minilm it needs a build with the fake engine (scripts/build --engine=fake), whose model sleeps for a fixed
time and answers with 384 numbers, one text at a time: what is measured is the daemon alone. With it, scripts/build and
the real model, whose allocations have the processors that the daemon needs as well.
"""

import argparse
import concurrent.futures
import http.client
import json
import os
import pathlib
import re
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
REAL = "--minilm" in sys.argv
os.environ.setdefault("INFERD_BUILD", str(HERE.parent / ("build" if REAL else "build-fake")))
os.environ.setdefault("INFERD_ENGINE", "torch" if REAL else "fake")
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

import minilm  # noqa: E402
from support import models  # noqa: E402
from support.daemon import BUILD, Daemon  # noqa: E402

PATH = "/_ingest/pipeline"
WORDS = models.VOCABULARY[11:29]
INFERENCE = {"inference": {"model_id": "m", "input_output": {"input_field": "text", "output_field": "vector"}}}
PLAIN = [{"lowercase": {"field": "text"}}, {"set": {"field": "seen", "value": "{{text}}"}},
         {"rename": {"field": "seen", "target_field": "copy.of"}}]


def documents(count, size=1000):
    """Pieces of NDJSON, every text another one."""
    for first in range(0, count, size):
        lines = []
        for i in range(first, min(first + size, count)):
            words = " ".join(WORDS[i // len(WORDS) ** power % len(WORDS)] for power in range(6))
            lines.append(json.dumps({"id": i, "text": words}) + "\n")
        yield "".join(lines).encode()


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid, name):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(rf"{name}:\s+(\d+) kB", status.read())[1]) / 1024


def stream(daemon, pipeline, count):
    """Seconds until the last document was done, processor seconds of the daemon, lines of the answer."""
    connection = http.client.HTTPConnection(*daemon.address, timeout=600)
    began, cpu = time.monotonic(), processor_seconds(daemon.pid)
    connection.request("POST", f"{PATH}/{pipeline}/_execute", documents(count),
                       {"Content-Type": "application/x-ndjson", "Transfer-Encoding": "chunked"}, encode_chunked=True)
    answer = connection.getresponse()
    elapsed, cpu = time.monotonic() - began, processor_seconds(daemon.pid) - cpu
    lines = 0
    while piece := answer.read(1 << 20):
        lines += piece.count(b"\n")
    assert answer.status == 200 and lines == count, (answer.status, lines)
    return elapsed, cpu


def plain_requests(daemon, count, size=100):
    """Processor seconds of the daemon for the same texts by _infer, so many a request, eight requests at a time."""
    cpu = processor_seconds(daemon.pid)

    def ask(piece):
        texts = [json.loads(line)["text"] for line in piece.decode().splitlines()]
        models.infer(daemon, "m", *texts, query="?timeout=120s").ok()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, documents(count, size)))
    return processor_seconds(daemon.pid) - cpu


def serve(daemon, chosen):
    if not chosen.minilm:
        models.serve(daemon, "m", models.behaving(dim=384, forward_ms=chosen.forward_ms), cache_size="0b",
                     number_of_allocations=chosen.allocations)
        return
    minilm.upload(daemon, "m", BUILD / "bench")
    models.start(daemon, "m", cache_size="0b", number_of_allocations=chosen.allocations,
                 wait_for="fully_allocated")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=100000)
    parser.add_argument("--minilm", action="store_true", help="the real model instead of one that sleeps")
    parser.add_argument("--forward-ms", type=int, default=2, help="time of one inference of the model that sleeps")
    parser.add_argument("--allocations", type=int, help="default: 4, and 2 of the real model")
    chosen = parser.parse_args()
    chosen.allocations = chosen.allocations or (2 if chosen.minilm else 4)
    daemon = Daemon().start()
    try:
        serve(daemon, chosen)
        daemon.put(f"{PATH}/plain", {"processors": PLAIN}).acknowledged()
        daemon.put(f"{PATH}/vectors", {"processors": [INFERENCE]}).acknowledged()
        _, cpu = stream(daemon, "plain", chosen.documents)
        print(f"three plain processors: {cpu / chosen.documents * 1e6:.0f} us of CPU a document")
        elapsed, cpu = stream(daemon, "vectors", chosen.documents)
        node = models.node_stats(daemon, "m")
        busy = node["average_inference_time_ms"] / 1000 * node["inference_count"] / elapsed / chosen.allocations
        print(f"one inference processor: {chosen.documents / elapsed:.0f} documents/s, allocations busy "
              f"{busy:.1%}, {cpu / chosen.documents * 1e6:.0f} us of CPU a document in the daemon, all of it")
        cpu = plain_requests(daemon, chosen.documents)
        print(f"the same texts by _infer, 100 a request: {cpu / chosen.documents * 1e6:.0f} us of CPU a document")
        print(f"the daemon's memory: {memory(daemon.pid, 'VmHWM'):.0f} MB at most, "
              f"{memory(daemon.pid, 'VmRSS'):.0f} MB afterwards")
    finally:
        daemon.destroy()


if __name__ == "__main__":
    main()
