# SPDX-License-Identifier: Apache-2.0
"""What fuzz_fit begins with: fits as src/encoder/fit.c writes them, without their fingerprints."""

import pathlib
import re
import struct

HEADER = pathlib.Path(__file__).resolve().parents[2] / "include" / "inferd" / "packed.h"
VERSION = int(re.search(r"INF_PACKED_VERSION (\d+)", HEADER.read_text(encoding="utf-8"))[1])
INT8, BF16, LINEARS = 2, 1, 256  # enum inf_linear_type, INF_FIT_LINEARS
FIXED = struct.Struct(f"=4sI Qdiiq iidddii {LINEARS}s")


def fit(narrow, sizes=b"", kind=INT8, linears=None, size_count=None, magic=b"IPF1", version=VERSION):
    count = len(narrow) if linears is None else linears
    return FIXED.pack(magic, version, 7, 0.99, kind, count, len(sizes) if size_count is None else size_count, count,
                      sum(map(bool, narrow)), 0.999, 0.998, 3.0, 0, 0, bytes(narrow[:LINEARS])) + sizes


def seeds():
    yield fit([1, 0, 1, 1], bytes(range(256)))
    yield fit([1], kind=BF16)
    yield fit([1] * LINEARS, bytes(64))
    for odd in ({"linears": LINEARS + 1}, {"linears": -1}, {"size_count": -1}, {"size_count": 1 << 62},
                {"magic": b"IPN1"}, {"version": VERSION - 1}):
        yield fit([1, 0], bytes(8), **odd)
    yield fit([0, 0], bytes(8))
    yield fit([1, 2], bytes(8))
    yield fit([1, 0], bytes(8))[:100]
    yield b""
