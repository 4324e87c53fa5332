# SPDX-License-Identifier: Apache-2.0
"""The list of operations: what people import is in it, every name in it exists, and a new torch shows what it has
changed. (What eland exports is looked at in tests/clients/test_architectures.py, which has the archives.)"""

import difflib
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from support import more_architectures, operations, version_models

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]  # of tracers, by the dozen
GOLDEN = Path(__file__).resolve().parent / "golden"
VERSION = torch.__version__.split("+")[0]
HOW = f"look at each line, then: scripts/trace-operations --operators >tests/engine/golden/operators-{VERSION}.txt"
# Allowed or forbidden, and not in this torch: {name: the last version that had it}.
GONE = {}


def golden():
    """The list of this version, or else of the one before it."""
    own = GOLDEN / f"operators-{VERSION}.txt"
    return own if own.exists() else max(GOLDEN.glob("operators-*.txt"), key=lambda path: path.stat().st_mtime)


@pytest.fixture(scope="module")
def reported():
    """From a process of its own: what the tests import has operations too."""
    run = [sys.executable, "-m", "support.trace_operations", "--operators"]
    return subprocess.run(run, check=True, capture_output=True, text=True).stdout.splitlines()


def difference(old, new):
    return [line for line in difflib.unified_diff(old, new, lineterm="", n=0) if not line.startswith("@@")]


def test_no_drift(reported):
    kept = golden()
    changed = difference(kept.read_text().splitlines(), reported)
    if changed:
        pytest.fail("\n".join([f"torch {VERSION} is not as in {kept.name} ({len(changed)} lines); {HOW}",
                               *changed[:300]]), pytrace=False)
    assert kept.name == f"operators-{VERSION}.txt", HOW


def test_drift_is_seen(reported):
    """An operation that is new, one that is gone, and one that got an overload or writes where it did not."""
    first = next(i for i, line in enumerate(reported) if line.startswith("    aten::add.Tensor("))
    old = [*reported[:first], "unknown aten::gone", reported[first].replace("Tensor self", "Tensor(a!) self"),
           *reported[first + 1:-1]]
    assert len([line for line in difference(old, reported) if line[0] in "+-" and line[:3] not in ("+++", "---")]) == 4


def test_every_name_exists():
    have = {*operations.schemas(), *operations.special()}
    names = {name for table in ("allowed", "forbidden") for name in operations.listed(table)}
    # "inferd::" is for what inspection itself finds.
    missing = {name for name in names if not name.endswith("::") and not name.startswith("inferd::")} - have
    assert missing == set(GONE)


def test_no_namespace_is_allowed():
    assert not [name for name in operations.listed("allowed") if name.endswith("::")]


def test_encoders_are_allowed(tmp_path):
    refused = {}
    for name, path in more_architectures.archives(tmp_path):
        if operations.refused(path):
            refused[name] = set(operations.refused(path))
    assert refused == more_architectures.REFUSED


def test_forms_are_allowed(tmp_path):
    version_models.make(tmp_path)
    paths = sorted(tmp_path.glob("*.pt"))
    assert len(paths) == len(version_models.forms())
    assert {path.stem: operations.refused(path) for path in paths if operations.refused(path)} == {}


class Hides(torch.nn.Module):
    """Has what is not allowed in a method that forward does not call, in a branch of a loop."""

    def __init__(self):
        super().__init__()
        self.inner = Hidden()

    def forward(self, x):
        return x


class Hidden(torch.nn.Module):
    def forward(self, x):
        return x

    @torch.jit.export
    def other(self, x, n: int):
        for i in range(n):
            if i > 2:
                x = torch.as_strided(x, [1], [1])
        return x


def test_what_is_hidden_is_found(tmp_path):
    torch.jit.save(torch.jit.script(Hides()), str(tmp_path / "hides.pt"))
    assert operations.refused(tmp_path / "hides.pt").keys() == {"aten::as_strided"}
