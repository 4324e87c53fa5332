#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes inputs of tests/fuzz/fuzz_pickle.c from the pickle programs of TorchScript files, as far as they are short:
tests/fuzz/corpus/fuzz_pickle/, named by their content. What is there already stays.

Usage: tests/fuzz/make_pickle_seeds.py FILE.pt... [--folder=FOLDER]
"""

import hashlib
import pathlib
import sys
import zipfile

FOLDER = pathlib.Path(__file__).resolve().parent / "corpus" / "fuzz_pickle"
LONGEST = 1500  # bytes of a program
RECORDS_MAX = 32
PROGRAMS = {"data": 1, "constants": 2}  # and what they leave: enum inf_pickle_top
OWN_STATES = 4


def records_of(archive, root, program):
    """The sizes of the records [0], [1], ... of a program."""
    sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    names = [f"{root}/{program}/{number}" for number in range(RECORDS_MAX)]
    return [sizes[name] for name in names if name in sizes]


def seeds_of(path):
    with zipfile.ZipFile(path) as archive:
        root = archive.namelist()[0].split("/")[0]
        for program, top in PROGRAMS.items():
            code = archive.read(f"{root}/{program}.pkl")
            sizes = records_of(archive, root, program)
            if len(code) <= LONGEST:
                head = bytes([top | OWN_STATES, len(sizes)])
                yield head + b"".join(size.to_bytes(3, "little") for size in sizes) + code


def main():
    folders = [word.partition("=")[2] for word in sys.argv[1:] if word.startswith("--folder=")]
    folder = pathlib.Path(folders[-1]) if folders else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for path in (word for word in sys.argv[1:] if not word.startswith("--")):
        for seed in seeds_of(path):
            (folder / hashlib.sha1(seed).hexdigest()).write_bytes(seed)


if __name__ == "__main__":
    main()
