#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the corpora that the fuzz targets begin with: tests/fuzz/corpus/<source>/, a file an input,
named by its content. What is there already stays; `scripts/fuzz --minimise` then drops what reaches nothing
of its own. To be run again when the table of tokenizers has a new row.

Usage: tests/fuzz/make_seeds.py [FOLDER]   (default: the corpus folder beside this file)
"""

import hashlib
import itertools
import json
import pathlib
import re
import struct
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import archive_seeds  # noqa: E402
import fit_seeds  # noqa: E402
import ingest_seeds  # noqa: E402
import note_seeds  # noqa: E402
import request_seeds  # noqa: E402
import security_seeds  # noqa: E402
from support import tokenizer_corpus as corpus  # noqa: E402

TABLE = HERE.parents[1] / "src" / "tokenize" / "tokenizer.c"
NAMES = re.findall(r'[{ ]\.name = "([a-z0-9_]+)"', TABLE.read_text(encoding="utf-8"))
LONGEST = 400  # bytes of a text
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "<pad>", "<unk>", "<s>", "</s>", "<mask>"]


def settings(flags=0, truncate=0, span=0, length=199, repeat=0):
    """As tests/fuzz/fuzz_tokenizer.c reads them; truncate 5 makes windows."""
    return bytes([flags, truncate, span]) + length.to_bytes(2, "little") + bytes([repeat])


def tokenizer_seeds():
    texts = [t.encode() for t in corpus.SENTENCES + corpus.ODDITIES]
    texts = [t for t in texts if len(t) <= LONGEST]
    for number, text in enumerate(texts):
        yield settings(flags=number % 3) + text
    short, long = texts[0], b" ".join(texts[3:6])
    for truncate, length in itertools.product(range(6), (0, 3, 11, 40)):
        yield settings(0, truncate, 60, length) + long
        yield settings(8, truncate, 60, length) + short + b"\0" + long
        yield settings(4, truncate, 120, length) + long
    yield settings(8, 5, 20, 40) + b"\0".join([short, long, short, b"", long])
    for pattern in (b"ab", b"a", b"the ", b".", "\u4e2d".encode(), b" ", "e\u0301".encode(), b"' "):
        yield settings(repeat=0xFF) + pattern
        yield settings(0, 5, 250, 190, repeat=0xFF) + pattern


def body(**more):
    tokens = [*SPECIALS, "a", "##b", "\u2581a", "\u2581", "th", "the", "t", "h", "e", "\u4e2d", "\u6771\u4eac"]
    return {"vocabulary": tokens, "merges": ["t h", "th e"], "scores": [-i / 2 for i in range(len(tokens))], **more}


def vocabulary_seeds():
    for number, name in enumerate(NAMES):
        for settings_of in ({}, {"with_special_tokens": False}, {"truncate": "none", "span": 0,
                                                                 "max_sequence_length": 5}):
            yield (json.dumps({name: settings_of}) + "\n" + json.dumps(body())).encode()
        for tokens in ("a\n##b\nab\n\u4e2d", "t h\nth e\nth\nthe\nt\nh\ne", "\u2581\n\u2581a\na\u2581\nabc", "\n\n",
                       "\u6771\u4eac\n\u6771\n\u4eac\n##\u4eac", "[MASK]\n<mask>\nA\na\n\u00c4\n\u00e4"):
            for flags in (0, 1, 2, 4, 8):
                yield bytes([number, flags]) + tokens.encode()
    bert = json.dumps({NAMES[0]: {}}) + "\n"
    for broken in (body(scores=[1e300, -1e300]), body(merges=["a", "a  b", " ", "", "x y"]), body(vocabulary=[]),
                   body(vocabulary=7), body(scores=["x"]), body(merges=None), {}, []):
        yield (bert + json.dumps(broken)).encode()


def tokenization_seeds():
    members = [{}, {"do_lower_case": True}, {"with_special_tokens": False}, {"add_prefix_space": True},
               {"truncate": "none", "span": 128}, {"truncate": " Balanced "}, {"max_sequence_length": "7"},
               {"span": 5}, {"unk_token": "x", "pad_token": " ", "bos_token": "\u00e9", "eos_token": "z" * 64},
               {"mask_token": "[M]"}, {"max_sequence_length": 0}, {"truncate": "sideways"}, {"what": 1}]
    updates = [{}, {"truncate": "none"}, {"span": 3, "truncate": "none"}, {"truncate": "error"}, {"span": -2}]
    for number, (name, member) in enumerate(itertools.product(NAMES, members)):
        update = {name: updates[number % len(updates)]}
        yield (json.dumps({name: member}) + "\n" + json.dumps(update)).encode()


def frame(kind, payload=b"", number=1, length=None):
    return struct.pack("=IIQ", kind, len(payload) if length is None else length, number) + payload


def frame_seeds():
    """As tests/fuzz/fuzz_frame.c reads them; the types are those of include/inferd/frame.h."""
    sizes = {1: 48, 2: 0, 3: 8, 4: 8, 5: 5, 6: 8, 7: 8, 8: 40, 9: 8, 10: 9, 12: 8, 15: 20}
    frames = [frame(kind, b"\x01" * size) for kind, size in sizes.items()]
    infer = struct.pack("=7I4i", 2, 1, 3, 0, 0, 0, 1, 0, 0, 0, 0) + bytes(24)
    head = struct.Struct("=II3qQQII")
    result = head.pack(1, 2, 1, 4, 0, 5, 6, 1, 0) + bytes(16)
    frames += [frame(13, infer), frame(14, result), frame(14, head.pack(2, 3, 1, 2, 2, 5, 6, 1, 0) + bytes(32)),
               frame(14, head.pack(1, 3, 1 << 62, 16, 4, 5, 6, 1, 0) + bytes(16)), frame(14, length=1 << 28),
               frame(15, b"\x1b[2J\xff\xc3\xa4\n\xf0\x9f\x99\x82"), frame(99), frame(14, length=0xffffffff)]
    for one in frames:
        yield b"\0\0" + one
    for mode, piece in itertools.product((1, 2, 0x81, 0xa2), (0, 1, 7)):
        yield bytes([mode, piece]) + b"".join(frames[:-2]) + frames[-2]
        yield bytes([mode, piece]) + frames[9] + frames[13] + frames[17]


SOURCES = {"fuzz_tokenizer": tokenizer_seeds, "fuzz_vocabulary": vocabulary_seeds,
           "fuzz_tokenization": tokenization_seeds, "fuzz_archive": archive_seeds.seeds,
           "fuzz_frame": frame_seeds, "fuzz_authorization": security_seeds.authorization_seeds,
           "fuzz_role": security_seeds.role_seeds, "fuzz_ingest": ingest_seeds.seeds,
           "fuzz_note": note_seeds.seeds, "fuzz_fit": fit_seeds.seeds, **request_seeds.SOURCES}


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "corpus"
    for source, seeds in SOURCES.items():
        (folder / source).mkdir(parents=True, exist_ok=True)
        for seed in seeds():
            (folder / source / hashlib.sha1(seed).hexdigest()).write_bytes(seed)


if __name__ == "__main__":
    main()
