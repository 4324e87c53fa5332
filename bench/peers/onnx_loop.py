# SPDX-License-Identifier: Apache-2.0
"""What ONNX Runtime does with nothing around it, as bench/raw_loop.c asks the engine of inferd.

Usage: onnx_loop.py MODEL.onnx IDS THREADS SECONDS
IDS is a binary file of int32: for each text its number of tokens, then its token ids. Prints one line of
JSON. With 0 SECONDS it prints the embedding of the first text and its memory instead.
"""

import array
import itertools
import json
import pathlib
import sys
import threading
import time

import numpy
import onnxruntime

WARM_UP = 3


def read_texts(path):
    """What the model is fed with, for each text."""
    flat, texts, at = array.array("i", pathlib.Path(path).read_bytes()), [], 0
    while at < len(flat):
        ids = numpy.array(flat[at + 1:at + 1 + flat[at]], dtype=numpy.int64)[None]
        texts.append({"input_ids": ids, "attention_mask": numpy.ones_like(ids),
                      "token_type_ids": numpy.zeros_like(ids)})
        at += 1 + flat[at]
    return texts


def load(path):
    """A session that computes in the thread that asks it."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


class Loop:
    """Threads that take the texts in turn until they are told to stop."""

    def __init__(self, session, texts, count):
        self.session, self.texts, self.turn = session, texts, itertools.count()
        self.done, self.stop = [0] * count, False
        self.warm = threading.Barrier(count + 1)
        self.threads = [threading.Thread(target=self.run, args=(i,), daemon=True) for i in range(count)]

    def run(self, index):
        for _ in range(WARM_UP):
            self.session.run(None, self.texts[0])
        self.warm.wait()
        while not self.stop:
            self.session.run(None, self.texts[next(self.turn) % len(self.texts)])
            self.done[index] += 1

    def measure(self, seconds):
        for thread in self.threads:
            thread.start()
        self.warm.wait()
        began, cpu = time.monotonic(), time.process_time()
        time.sleep(seconds)
        self.stop = True
        done, wall, cpu = sum(self.done), time.monotonic() - began, time.process_time() - cpu
        for thread in self.threads:
            thread.join()
        return {"sequences_per_second": round(done / wall, 3), "cpu_seconds": round(cpu, 3),
                "wall_seconds": round(wall, 3)}


def pss():
    """Bytes of memory of this process."""
    for line in pathlib.Path("/proc/self/smaps_rollup").read_text(encoding="utf-8").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def main():
    model, ids, threads, seconds = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
    session, texts = load(model), read_texts(ids)
    if seconds:
        print(json.dumps(Loop(session, texts, threads).measure(seconds)))
    else:
        embedding = session.run(None, texts[0])[0][0].tolist()
        print(json.dumps({"embedding": embedding, "pss": pss()}))


if __name__ == "__main__":
    main()
