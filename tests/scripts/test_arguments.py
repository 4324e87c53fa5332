# SPDX-License-Identifier: Apache-2.0
"""Every script says what it does and refuses what it does not know, before it does anything."""

import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPTS = ["build", "cluster-faults", "cut-power", "docs", "fail-allocations", "fail-disk", "fuzz", "install-deps",
           "kill-daemon", "kill-workers", "node-env", "python-env", "quickstart", "schemathesis", "simulate-planner",
           "soak", "test", "torch-dir", "valgrind"]


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("name", SCRIPTS)
def test_help(name):
    result = run(ROOT / "scripts" / name, "--help")
    assert result.returncode == 0 and result.stderr == ""
    assert f"Usage: scripts/{name}" in result.stdout
    assert "SPDX" not in result.stdout and "#" not in result.stdout


@pytest.mark.parametrize("name", SCRIPTS)
def test_an_unknown_argument_is_named(name):
    result = run(ROOT / "scripts" / name, "--bogus")
    assert result.returncode != 0 and result.stdout == ""
    assert "[--bogus]" in result.stderr and f"scripts/{name} --help" in result.stderr


@pytest.mark.parametrize("arguments, words", [
    (["--port"], "--port needs a value"),
    (["--port", "99999"], "[99999] is no port number"),
    (["--port=http"], "[http] is no port number"),
])
def test_quickstart_checks_its_values(arguments, words):
    result = run(ROOT / "scripts/quickstart", *arguments)
    assert result.returncode != 0 and words in result.stderr


def test_build_checks_its_values():
    for argument in ("--engine=cuda", "--sanitize=memory", "--dir="):
        result = run(ROOT / "scripts/build", argument)
        assert result.returncode != 0 and f"[{argument}]" in result.stderr


def test_fuzz_checks_its_values():
    for argument in ("--seconds=", "--seconds=0", "--seconds=1m", "--dir="):
        result = run(ROOT / "scripts/fuzz", argument)
        assert result.returncode != 0 and result.stdout == "" and f"[{argument}]" in result.stderr


def test_campaigns_check_their_values():
    for script, argument in [("cut-power", "--points=0"), ("cut-power", "--seed=x"), ("kill-daemon", "--kills=1k"),
                             ("fail-disk", "--rounds=-1"), ("cluster-faults", "--seed=x"),
                             ("kill-workers", "--kills=x"),
                             ("kill-workers", "--engine=cuda"), ("soak", "--hours=0.0"), ("soak", "--cycles=0")]:
        result = run(ROOT / "scripts" / script, argument)
        assert result.returncode != 0 and result.stdout == "" and f"[{argument}]" in result.stderr


def test_install_deps_has_nothing_to_do_here():
    """scripts/test has just installed everything, so this must be quick and touch nothing."""
    result = run(ROOT / "scripts/install-deps", "test")
    assert result.returncode == 0 and "Debian packages are installed" in result.stderr


def test_scripts_are_well_formed():
    for path in [*(ROOT / "scripts").iterdir(), ROOT / ".ci/run"]:
        if path.read_text().startswith(("#!/usr/bin/env bash", "# shellcheck")):
            result = run("bash", "-n", path)
            assert result.returncode == 0, result.stderr
