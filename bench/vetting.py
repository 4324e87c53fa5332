#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures how long vetting a definition takes, by its own report: MiniLM's and bert-base's shapes, traced.

The models have random weights, which vetting does not read. `inferd --vet` starts the engine each time, which is
not counted: a daemon has it running. Needs a build (INFERD_BUILD names its folder, default: build) and the Python
packages of tests/requirements.txt.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("INFERD_BUILD", HERE.parent / "build"))
SHAPES = {
    "MiniLM": ({"hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12, "intermediate_size": 1536}, 100),
    "bert-base": ({}, 300),
}


def save(shape, path):
    import torch
    import transformers

    class Encoder(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.bert = transformers.BertModel(transformers.BertConfig(**shape))

        def forward(self, ids, mask, types, positions):
            return self.bert(ids, attention_mask=mask, token_type_ids=types, position_ids=positions)[0]

    ids = torch.ones(1, 8, dtype=torch.long)
    example = (ids, ids, torch.zeros_like(ids), torch.arange(8).unsqueeze(0))
    torch.jit.save(torch.jit.trace(Encoder().eval(), example), str(path))


def vet(path):
    """The milliseconds of each step."""
    run = subprocess.run([BUILD / "inferd", "--vet", path], capture_output=True, text=True, check=True, timeout=120)
    return json.loads(run.stdout)["took_ms"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, (shape, target) in SHAPES.items():
            path = pathlib.Path(folder) / f"{name}.pt"
            save(shape, path)
            took = [vet(path) for _ in range(rounds)]
            all_ms = [sum(one.values()) for one in took]
            steps = ", ".join(f"{step} {statistics.median(one[step] for one in took):.1f}" for step in took[0])
            print(f"{name}: {path.stat().st_size >> 20} MiB, median {statistics.median(all_ms):.1f} ms ({steps}), "
                  f"least {min(all_ms):.1f}, most {max(all_ms):.1f}; target < {target}")
            missed += statistics.median(all_ms) >= target
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
