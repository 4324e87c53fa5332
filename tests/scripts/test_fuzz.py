# SPDX-License-Identifier: Apache-2.0
"""scripts/fuzz runs every target and says what came of it; the targets and the build are stand-ins here.
The inputs that the real targets begin with are those that tests/fuzz/make_seeds.py writes."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests" / "fuzz" / "corpus"
BYTES_MAX = 200_000  # of one target's corpus
WORKS = """#!/bin/sh
echo "$@" >"$0.arguments"
echo '#7 NEW    cov: 12 ft: 30 corp: 3/9b'
echo 'stat::number_of_executed_units: 345'
"""
FINDS = """#!/bin/sh
echo 'violated: a == b (invariants.c:7)'
echo "artifact_prefix='x-'; Test unit written to x-crash-1"
exit 77
"""


def program(path, text):
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def build(tmp_path):
    """A build folder with three targets, and a path on which cmake and ninja do nothing."""
    (tmp_path / "bin").mkdir()
    for tool in ("cmake", "ninja"):
        program(tmp_path / "bin" / tool, "#!/bin/sh\n")
    (tmp_path / "fuzz").mkdir()
    (tmp_path / "fuzz" / "targets").write_text(
        "fuzz_tokenization fuzz_tokenization\nfuzz_good fuzz_tokenizer\nfuzz_bad fuzz_tokenizer\n")
    for name, text in (("fuzz_tokenization", WORKS), ("fuzz_good", WORKS), ("fuzz_bad", FINDS)):
        program(tmp_path / "fuzz" / name, text)
    return tmp_path


def fuzz(build, *arguments):
    environment = {**os.environ, "PATH": f"{build / 'bin'}:{os.environ['PATH']}"}
    return subprocess.run([ROOT / "scripts/fuzz", f"--dir={build}", *arguments], env=environment,
                          capture_output=True, text=True, stdin=subprocess.DEVNULL)


def test_all_targets_run_and_a_finding_fails(build):
    result = fuzz(build)
    assert result.returncode == 1 and result.stdout == "2 passed, 1 failed\n"
    assert "fuzz_good: 345 executions, coverage 12" in result.stderr
    assert "violated: a == b" in result.stderr
    assert f"reproduce with: {build}/fuzz/fuzz_bad x-crash-1" in result.stderr


def test_named_targets_run_for_so_long(build):
    result = fuzz(build, "--seconds=9", "good", "fuzz_tokenization")
    assert result.returncode == 0 and result.stdout == "2 passed, 0 failed\n"
    arguments = (build / "fuzz/fuzz_good.arguments").read_text().split()
    assert {"-max_total_time=9", "-timeout=30", "-rss_limit_mb=2048"} <= set(arguments)
    assert arguments[-2:] == [f"{build}/corpus/fuzz_good", str(CORPUS / "fuzz_tokenizer")]
    arguments = (build / "fuzz/fuzz_tokenization.arguments").read_text().split()
    assert arguments[-2:] == [f"{build}/corpus/fuzz_tokenization", str(CORPUS / "fuzz_tokenization")]


def test_an_unknown_target_is_named(build):
    result = fuzz(build, "nothing")
    assert result.returncode != 0 and result.stdout == ""
    assert "[fuzz_nothing]" in result.stderr and "fuzz_tokenization fuzz_good fuzz_bad" in result.stderr


def test_a_build_that_fails_is_a_failure(build):
    program(build / "bin" / "ninja", "#!/bin/sh\nexit 3\n")
    result = fuzz(build)
    assert result.returncode == 1 and result.stdout == "0 passed, 1 failed\n"


def test_corpora_are_small():
    sizes = {folder.name: sum(f.stat().st_size for f in folder.iterdir()) for folder in CORPUS.iterdir()}
    assert sizes and {name: size for name, size in sizes.items() if not 0 < size < BYTES_MAX} == {}


def test_seeds_are_written_for_every_tokenizer(tmp_path):
    subprocess.run([sys.executable, ROOT / "tests/fuzz/make_seeds.py", tmp_path], check=True)
    written = b"".join(f.read_bytes() for f in (tmp_path / "fuzz_tokenization").iterdir())
    assert b'{"bert": {' in written and b'{"mpnet": {' in written
    assert all(any((tmp_path / source).iterdir()) for source in ("fuzz_tokenizer", "fuzz_vocabulary",
                                                                  "fuzz_archive"))
