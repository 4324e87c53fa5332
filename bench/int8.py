#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""MiniLM in int8 or bf16 against itself in float32: cosines of answers to real texts, and sequences a second over HTTP.

Both deployments have two allocations and take turns, so that what else the machine does hits both; the model called
in a loop is measured beside them. Real texts are sentences of Python's own reference (pydoc_data). See
docs/benchmarks.md.
"""

import argparse
import math
import pathlib
import pydoc_data.topics
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

import measure  # noqa: E402
import minilm  # noqa: E402
import report  # noqa: E402
from measure import median  # noqa: E402
from report import say  # noqa: E402
from support.daemon import BUILD, Daemon  # noqa: E402

CELLS = ("mix", "16 tokens", "128 tokens")
AT_LEAST = {"int8": {"mix": 2.5}}  # against float32
RAW = {"int8": {"128 tokens": 2.5}}  # against the loop
TOKENS = {"mix": None, "16 tokens": 16, "128 tokens": 128}
CONNECTIONS = 32
MEDIAN, WORST = 0.998, 0.995
BATCH = 50  # texts of a request


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each cell")
    parser.add_argument("--seconds", type=int, default=3, help="length of each part of a round")
    parser.add_argument("--texts", type=int, default=1000, help="real texts to compare")
    parser.add_argument("--model", choices=("minilm", "bert-base"), default="minilm")
    parser.add_argument("--precision", choices=("int8", "bf16"), default="int8")
    parser.add_argument("--min-cosine", help="the floor of the deployment in that")
    parser.add_argument("--cache", type=pathlib.Path, default=BUILD / "bench", help="folder for the exported model")
    parser.add_argument("--json", type=pathlib.Path, help="writes all measurements to this file")
    return parser.parse_args()


def real_texts(count):
    """Sentences of different lengths, each once."""
    words = " ".join(" ".join(pydoc_data.topics.topics[name].split()) for name in sorted(pydoc_data.topics.topics))
    found = dict.fromkeys(one.strip() for one in re.split(r"(?<=[.:!?])\s", words) if 20 <= len(one) <= 800)
    step = len(found) / count
    chosen = list(found)
    return [chosen[int(i * step)] for i in range(min(count, len(chosen)))]


def vectors(daemon, deployment_id, texts):
    found = []
    for first in range(0, len(texts), BATCH):
        docs = [{"text_field": text} for text in texts[first:first + BATCH]]
        answer = daemon.post(f"/_ml/trained_models/{deployment_id}/_infer?timeout=60s", {"docs": docs}).ok()
        found += [one["predicted_value"] for one in answer["inference_results"]]
    return found


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b)) / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))


def ask(daemon, deployment_id, bodies, seconds):
    return measure.ask(f"{daemon.url}/_ml/trained_models/{deployment_id}/_infer?timeout=60s", bodies, CONNECTIONS,
                       seconds)


def speeds(daemon, model, chosen):
    found = {}
    for kind in CELLS:
        bodies, ids = minilm.write_inputs(chosen.cache, TOKENS[kind])
        for deployment_id in ("whole", "small"):
            ask(daemon, deployment_id, bodies, 2)
        found[kind] = []
        for _ in range(chosen.rounds):
            whole, small = (ask(daemon, which, bodies, chosen.seconds) for which in ("whole", "small"))
            raw, _ = measure.raw(BUILD / "raw_loop", model, ids, 2, chosen.seconds)
            rates = [one["sequences_per_second"] for one in (whole, small)] + [raw]
            found[kind].append({"whole": rates[0], "small": rates[1], "raw": raw, "p99_ms": small["p99_ms"],
                                "ratio": rates[1] / rates[0], "raw_ratio": rates[1] / raw})
            say(f"{kind}: float32 {rates[0]:.0f}, {chosen.precision} {rates[1]:.0f}, loop {raw:.0f} a second")
    return found


def main():
    chosen = options()
    subprocess.run(["cmake", "--build", BUILD, "--target", "raw_loop"], check=True, stdout=subprocess.DEVNULL)
    daemon = Daemon({"engine.forward_timeout": "60s"})
    try:
        daemon.start()
        model = minilm.upload(daemon, measure.MODEL, chosen.cache, chosen.model)
        floor = {"min_cosine": chosen.min_cosine} if chosen.min_cosine else {}
        measure.start(daemon, "whole", number_of_allocations=2, wait_for="fully_allocated")
        seconds = measure.start(daemon, "small", number_of_allocations=2, wait_for="fully_allocated",
                                precision=chosen.precision, **floor)
        say(f"in {chosen.precision}: started in {seconds:.2f} s")
        texts = real_texts(chosen.texts)
        cosines = sorted(map(cosine, vectors(daemon, "whole", texts), vectors(daemon, "small", texts)))
        found = speeds(daemon, model, chosen)
        say(daemon.get("/_ml/trained_models/_stats?filter_path=**.precision").body.decode())
        daemon.check()
    finally:
        daemon.destroy()
    middle = cosines[len(cosines) // 2]
    table = [(f"cosine of {len(cosines)} real texts, median", f"{middle:.4f}", f">= {MEDIAN}", middle >= MEDIAN),
             ("  worst", f"{cosines[0]:.4f}", f">= {WORST}", cosines[0] >= WORST)]
    for kind, rounds in found.items():
        for key, name, target in (("ratio", "float32", AT_LEAST), ("raw_ratio", "loop", RAW)):
            value, least = median(rounds, key), target.get(chosen.precision, {}).get(kind)
            table.append((f"{kind}, {CONNECTIONS} connections: {chosen.precision} / {name}", f"{value:.2f}",
                          f">= {least}" if least else "", value >= least if least else None))
    return report.finish(table, {"cosines": cosines, **found}, chosen.json)


if __name__ == "__main__":
    sys.exit(main())
