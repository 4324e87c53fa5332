#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures inferd's tokenizers against Hugging Face's, on the same texts and one processor.

Both take turns, so that what else the machine does hits both; a figure is the median of the rounds. What
counts is CPU time; wall time is printed beside it. Hugging Face's is the faster of its ways to encode
many texts at once, on one thread, and its objects are freed outside the measured time. A tokenizer that
the build does not have, or whose reference is not installed, is left out and said so.

Needs a build (INFERD_BUILD names its folder, default: build; the engine does not matter) and the Python
packages of tests/requirements.txt.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

# Read when the Rust library is loaded.
os.environ.update(TOKENIZERS_PARALLELISM="false", RAYON_NUM_THREADS="1", HF_HUB_OFFLINE="1")
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

import report  # noqa: E402
import token_references  # noqa: E402
import token_texts  # noqa: E402
from report import say  # noqa: E402
from support.daemon import BUILD  # noqa: E402

NOT_THERE = 3          # status of bench/tokenize.c
LONG = 1_000_000       # max_sequence_length that truncates nothing
DIFFERENT = 0.02       # share of tokens beyond which the two do not do the same work


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--only", choices=token_references.TOKENIZERS, help="one of the tokenizers")
    parser.add_argument("--rounds", type=int, help="rounds of inferd against the reference")
    parser.add_argument("--seconds", type=float, help="length of each half of a round")
    parser.add_argument("--processor", type=int, default=max(os.sched_getaffinity(0)),
                        help="where both run (default: the last one)")
    parser.add_argument("--cache", type=pathlib.Path, default=BUILD / "bench" / "tokenizers",
                        help="folder for trained vocabularies (default: in the build folder)")
    parser.add_argument("--json", type=pathlib.Path, help="writes all measurements to this file")
    chosen = parser.parse_args()
    chosen.rounds = chosen.rounds or (5 if chosen.quick else 11)
    chosen.seconds = chosen.seconds or (0.3 if chosen.quick else 1.0)
    return chosen


# ---- one half of a round: CPU and wall seconds of all texts once, and their tokens ----

class Ours:
    def __init__(self, name, vocabulary, texts):
        self.settings = json.dumps({name: {**token_references.TOKENIZERS[name][1], "max_sequence_length": LONG}})
        self.files = [vocabulary, texts]

    def run(self, rounds):
        result = subprocess.run([BUILD / "tokenize", self.settings, *self.files, str(rounds)], check=True,
                                capture_output=True, text=True)
        found = json.loads(result.stdout)
        return {"cpu": found["cpu_seconds"] / rounds, "wall": found["wall_seconds"] / rounds,
                "tokens": found["tokens"]}


class Theirs:
    def __init__(self, encode, texts):
        self.encode, self.texts = encode, texts

    def run(self, rounds):
        cpu = wall = 0.0
        encodings = self.encode(self.texts)  # to warm up, as the other half does
        for _ in range(rounds):
            del encodings
            began, cpu_began = time.perf_counter(), time.process_time()
            encodings = self.encode(self.texts)
            cpu += time.process_time() - cpu_began
            wall += time.perf_counter() - began
        return {"cpu": cpu / rounds, "wall": wall / rounds, "tokens": token_references.count(encodings)}


def rounds_for(side, seconds):
    return max(1, round(seconds / side.run(1)["cpu"]))


def alternating(ours, theirs, chosen):
    our_rounds, their_rounds = rounds_for(ours, chosen.seconds), rounds_for(theirs, chosen.seconds)
    results = []
    for _ in range(chosen.rounds):
        a, b = ours.run(our_rounds), theirs.run(their_rounds)
        results.append({"ours": a, "theirs": b, "cpu_ratio": b["cpu"] / a["cpu"], "wall_ratio": b["wall"] / a["wall"]})
    return results


# ---- tokenizers ----

def is_built(name):
    status = subprocess.run([BUILD / "tokenize", json.dumps({name: {}})], check=False).returncode
    if status not in (0, NOT_THERE):
        raise RuntimeError(f"{BUILD / 'tokenize'} ended with status {status}")
    return status == 0


def faster(found, texts):
    """The name of the way that takes less CPU."""
    return min(found, key=lambda way: min(Theirs(found[way], texts).run(2)["cpu"] for _ in range(2)))


def measure(name, chosen):
    vocabulary, found = token_references.make(name, chosen.cache)
    tokens = token_references.minilm_tokens()
    results = []
    for language in token_texts.LANGUAGES:
        for length in token_texts.LENGTHS:
            texts = token_texts.passages(language, length, tokens)
            path = chosen.cache / f"{language}-{length}.json"
            path.write_text(json.dumps(texts), encoding="utf-8")
            way = faster(found, texts)
            rounds = alternating(Ours(name, vocabulary, path), Theirs(found[way], texts), chosen)
            results.append({"tokenizer": name, "language": language, "length": length, "way": way,
                            "texts": len(texts), "bytes": sum(len(t.encode()) for t in texts),
                            "words": sum(len(t.split()) for t in texts), "rounds": rounds})
    return results


def measure_all(chosen):
    results = []
    for name in [chosen.only] if chosen.only else token_references.TOKENIZERS:
        if not is_built(name):
            say(f"{name}: this build does not have it")
            continue
        say(f"{name}: {chosen.rounds} rounds for each kind of text")
        try:
            results += measure(name, chosen)
        except ImportError as error:
            say(f"{name}: left out, its reference is not installed: {error}")
    return results


# ---- the table ----

def spread(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


def per_second(result, side, amount):
    return amount / statistics.median(r[side]["cpu"] for r in result["rounds"])


def rows_of(result):
    ratios = [r["cpu_ratio"] for r in result["rounds"]]
    ours, theirs = (result["rounds"][0][side]["tokens"] for side in ("ours", "theirs"))
    target = token_references.TOKENIZERS[result["tokenizer"]][2]
    yield (f"{result['tokenizer']}, {result['language']}, {result['length']} words: times as fast", spread(ratios),
           f">= {target}", statistics.median(ratios) >= target)
    yield ("  the same by wall time", spread([r["wall_ratio"] for r in result["rounds"]]), "", None)
    yield (f"  texts a CPU second, inferd / {result['way']}",
           " / ".join(f"{per_second(result, s, result['texts']):.0f}" for s in ("ours", "theirs")), "", None)
    yield ("  MB and million tokens a CPU second, inferd",
           f"{per_second(result, 'ours', result['bytes'] / 1e6):.1f}, "
           f"{per_second(result, 'ours', ours / 1e6):.2f}", "", None)
    if ours != theirs:
        yield ("  tokens, inferd / reference", f"{ours} / {theirs}", f"< {DIFFERENT:.0%} off",
               abs(ours - theirs) < DIFFERENT * theirs)


def main():
    chosen = options()
    chosen.cache.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cmake", "--build", BUILD, "--target", "tokenize"], check=True, stdout=subprocess.DEVNULL)
    os.sched_setaffinity(0, {chosen.processor})
    found = measure_all(chosen)
    if not found:
        sys.exit("nothing was measured")
    return report.finish([row for result in found for row in rows_of(result)], found, chosen.json)


if __name__ == "__main__":
    sys.exit(main())
