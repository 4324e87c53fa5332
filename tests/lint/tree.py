# SPDX-License-Identifier: Apache-2.0
"""What the lint tests share: the repository's files, C text without comments, C functions.

Standard library only. A check is a function from the root of a tree to a list of complaints, so that
each test module can run it on the repository (no complaint may be left) and on a small bad tree that
it writes itself (the complaint must come). The C files are formatted by clang-format, which is
checked elsewhere; so a function's body is what stands between a line "{" and a line "}" in column 0.
"""

import functools
import os
import re
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# In a linked work tree .git is a file.
SKIPPED_FOLDERS = re.compile(r"^(\.git|build|build-.*|__pycache__|\.pytest_cache|\.cache)$")
C_SUFFIXES = {".c", ".h", ".cc"}


def files(root, under=".", suffixes=None):
    """Relative paths of the tree's own files, sorted: no build output, nothing of git."""
    found = []
    for folder, folders, names in os.walk(Path(root) / under):
        folders[:] = sorted(f for f in folders if not SKIPPED_FOLDERS.match(f))
        for name in names:
            path = Path(folder) / name
            if name != ".git" and path.is_file() and (suffixes is None or path.suffix in suffixes):
                found.append(path.relative_to(root).as_posix())
    return sorted(found)


@functools.cache
def read(root, path):
    """Kept, since each rule reads all of them. Who writes a tree to try a rule on has another root each time."""
    return (Path(root) / path).read_text(encoding="utf-8", errors="replace")


def without_comments(text, strings=True):
    """C text with comments (and, if asked, what is inside string literals) blanked; lines stay."""
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''

    def blank(match):
        token = match.group(0)
        if token[0] in "\"'":
            return token[0] * 2 if strings else token
        return re.sub(r"[^\n]", " ", token)

    return re.sub(pattern, blank, text, flags=re.S)


def functions(text):
    """(name, first line, lines) of each function; the count is signature to closing brace."""
    lines = without_comments(text).split("\n")
    found, start = [], None
    for number, line in enumerate(lines):
        if line.startswith("{") and not is_block(lines[number - 1]):
            start = number
            while start > 0 and lines[start - 1].strip() and not re.search(r"[;{}]\s*$|^#", lines[start - 1]):
                start -= 1
        elif line.startswith("}") and start is not None:
            signature = " ".join(lines[start : number + 1])
            name = re.search(r"([A-Za-z_]\w*)\s*\(", signature)
            found.append((name.group(1) if name else "?", start + 1, number - start + 1))
            start = None
    return found


def is_block(line):
    """True for the line before a brace that opens a namespace, a type or a table, not a function."""
    return bool(re.match(r"\s*(namespace|extern|struct|union|enum|class)\b[^()]*$", line)) or "=" in line


def report(complaints):
    """Fails the test with all complaints at once."""
    if complaints:
        raise AssertionError("\n".join(["", *complaints]))


class Sample:
    """A small tree on disk, for seeing a check fail: `with Sample({"src/x.c": "..."}) as root`."""

    def __init__(self, contents):
        self.contents = contents

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        for path, text in self.contents.items():
            target = Path(self.folder.name) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        return self.folder.name

    def __exit__(self, *_):
        self.folder.cleanup()


def main(module):
    """Lets a test module run as a plain script: every test_* function, no test runner needed."""
    failed = 0
    for name, test in sorted(module.items()):
        if name.startswith("test_"):
            try:
                test()
                print(f"ok {name}")
            except AssertionError as error:
                failed += 1
                print(f"FAILED {name}: {error}")
    raise SystemExit(failed != 0)
