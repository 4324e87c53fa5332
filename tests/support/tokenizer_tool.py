"""Runs tests/support/tool_tokenize.c: inferd's tokenizers, for comparison."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = pathlib.Path(os.environ.get("INFERD_BUILD", ROOT / "build")) / "tests" / "tool_tokenize"


def write_vocabulary(path, tokens):
    path.write_text(json.dumps({"vocabulary": tokens}, ensure_ascii=False), encoding="utf-8")
    return path


def encode(vocabulary, inputs, kind="bert", **settings):
    """One dict an input (a text or a pair): tensors, starts, ends, words, lengths, ... or error."""
    lines = "".join(json.dumps(i, ensure_ascii=False) + "\n" for i in inputs)
    done = subprocess.run([TOOL, vocabulary, json.dumps({kind: settings})], input=lines.encode(),
                          stdout=subprocess.PIPE, check=True)
    answers = [json.loads(line) for line in done.stdout.split(b"\n")[:-1]]
    assert len(answers) == len(inputs)
    return answers
