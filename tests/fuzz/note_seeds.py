# SPDX-License-Identifier: Apache-2.0
"""What fuzz_note begins with: notes as src/encoder/note.c writes them, without their fingerprints."""

import struct

EMBEDDING, LINEAR, NORM, ACTIVATION, DISTANCES, MADE_DISTANCES, BUCKETS = range(7)
HEAD = struct.Struct("=4sIiiiiiid")
STEP = struct.Struct("=iiiiifiii")
PLACES = struct.Struct("=qq")


def step(kind, rows=0, cols=0, weight=1, bias=1, same_as=-1, activation=0, source=0):
    return STEP.pack(kind, rows, cols, activation, source, 1e-5, weight, bias, same_as)


ENCODER = [step(EMBEDDING, 8, 4, bias=0), step(EMBEDDING, 32, 4, bias=0, source=-1), step(NORM, 0, 4)] + [
    step(LINEAR, 4, 4)] * 4 + [step(NORM, 0, 4), step(LINEAR, 8, 4), step(ACTIVATION, weight=0, bias=0, activation=1),
                               step(LINEAR, 4, 8), step(NORM, 0, 4)]
TIED = [step(LINEAR, 8, 4), step(EMBEDDING, 8, 4, bias=0, same_as=0), step(LINEAR, weight=0, bias=0)]
DISTANT = [step(BUCKETS, 4, weight=0, bias=0), step(DISTANCES, 8, 4, bias=0, source=3), step(LINEAR, 4, 4),
           step(MADE_DISTANCES, 4, 4, bias=0, source=2)]
ODD = [[step(LINEAR, 4, 4, same_as=3)], [step(9, 4, 4)], [step(EMBEDDING, 1 << 26, 1, bias=0)], [step(NORM, 0, 0)]]


def note(steps, places=(64, 128), count=None):
    head = HEAD.pack(b"IPN1", len(steps) if count is None else count, 4, 0, 0, 0, 1, 0, 1e-7)
    return head + b"".join(steps) + PLACES.pack(*places) * len(steps)


def seeds():
    for steps in (ENCODER, TIED, DISTANT, *ODD):
        for places in ((64, 128), (65, 127), (-1, -1), (4090, 4095), (1 << 62, -(1 << 62))):
            yield note(steps, places)
    yield note(TIED, count=0)
    yield note(TIED, count=1025)
    yield b""
