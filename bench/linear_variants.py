#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times ways to compute the linear layers of a module that runs by its own code, each beside what the engine does
today (src/engine/torch_layout.cc: the weight as it is, or turned, whichever is faster on the whole), in pairs.

  packed    MKL's product of a packed weight (mkl::_mkl_linear)
  onednn    oneDNN's of a reordered weight (mkldnn::_linear_pointwise), with its GELU where one follows
  merged    query, key and value as one weight, turned or not
  merged packed

Usage: bench/linear_variants.py [--rounds N] [--hidden N]   (in the tests' environment; one thread)
"""

import argparse
import statistics
import time

import torch
from torch.nn.functional import gelu, linear

TOKENS = (8, 16, 32, 64, 128, 256, 512)


def seconds(call, least=0.02):
    """CPU time of one call, over as many as take a moment."""
    call()
    count, began = 0, time.thread_time()
    while time.thread_time() - began < least:
        call()
        count += 1
    return (time.thread_time() - began) / count


def turned(weight):
    return weight.t().contiguous().t()


def today(weights, rows):
    """The weights as torch_layout.cc leaves them."""
    gain, one, other = 1, weights[0], turned(weights[0])
    for count in rows:
        text = torch.ones(count, one.shape[1])
        gain *= seconds(lambda: linear(text, one), 0.005) / seconds(lambda: linear(text, other), 0.005)
    return [turned(weight) for weight in weights] if gain >= 1.03 ** len(rows) else weights


def packed(weight, bias):
    """The operator takes the packed weight only for the rows that it was packed for; so for each number one is made."""
    inner = {rows: torch.ops.mkl._mkl_reorder_linear_weight(weight, rows) for rows in TOKENS}
    return lambda text: torch.ops.mkl._mkl_linear(text, inner[text.shape[0]], weight, bias, text.shape[0])


def onednn(weight, bias, after):
    inner = torch.ops.mkldnn._reorder_linear_weight(weight)
    attribute = ("gelu", [], "none") if after else ("none", [], "")
    return lambda text: torch.ops.mkldnn._linear_pointwise(text, inner, bias, *attribute)


def variants(outs, width, after):
    """name: what is computed of a text; "today" is what the others are held against."""
    weights = [torch.randn(out, width) / width ** 0.5 for out in outs]
    biases = [torch.randn(out) for out in outs]
    one, one_bias = torch.cat(weights), torch.cat(biases)
    then = gelu if after else (lambda x: x)
    laid = today(weights, (8, 16, 32, 64, 128))
    inner, fused = packed(one, one_bias), onednn(one, one_bias, after)
    found = {"today": lambda text: [then(linear(text, w, b)) for w, b in zip(laid, biases)],
             "packed": lambda text: then(inner(text)), "onednn": fused}
    if len(outs) > 1:
        merged = today([one], (8, 16, 32, 64, 128))[0]
        singles = [packed(w, b) for w, b in zip(weights, biases)]
        found = {"today": found["today"], "packed": lambda text: [single(text) for single in singles],
                 "merged": lambda text: linear(text, merged, one_bias), "merged packed": inner}
    return found, laid[0].is_contiguous()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--hidden", type=int, default=384)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    hidden = chosen.hidden
    cases = [("query, key, value", [hidden] * 3, hidden, False), ("attended", [hidden], hidden, False),
             ("up, GELU", [4 * hidden], hidden, True), ("down", [hidden], 4 * hidden, False)]
    with torch.inference_mode():
        for name, outs, width, after in cases:
            ways, as_is = variants(outs, width, after)
            print(f"\n{name}: {width} to {outs[0]}{' x 3' if len(outs) > 1 else ''}; today the weight lies "
                  f"{'as it is' if as_is else 'turned'}\n\n| rows | today, us | " +
                  " | ".join(way for way in ways if way != "today") + " |\n|" + "---|" * (len(ways) + 1))
            for rows in TOKENS:
                text = torch.randn(rows, width)
                gains, base = {way: [] for way in ways}, []
                for _ in range(chosen.rounds):
                    for way in ways:
                        if way == "today":
                            continue
                        before = seconds(lambda: ways["today"](text))
                        gains[way].append(before / seconds(lambda: ways[way](text)))
                        base.append(before)
                print(f"| {rows} | {1e6 * statistics.median(base):.0f} | " + " | ".join(
                    f"{statistics.median(gains[way]):.2f}" for way in ways if way != "today") + " |", flush=True)


if __name__ == "__main__":
    main()
