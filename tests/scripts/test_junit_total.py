# SPDX-License-Identifier: Apache-2.0
"""scripts/junit-total cannot be fooled into saying that all is well."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def total(tmp_path, *cases):
    report = tmp_path / "report.xml"
    report.write_text("<testsuites><testsuite>" + "".join(cases) + "</testsuite></testsuites>")
    result = subprocess.run([ROOT / "scripts/junit-total", report], capture_output=True, text=True)
    return result.stdout.splitlines()[-1], result.returncode


def case(inner="", **attributes):
    listed = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f'<testcase name="a" classname="b"{listed}>{inner}</testcase>'


def test_all_passed(tmp_path):
    assert total(tmp_path, case(), case(status="run")) == ("2 passed, 0 failed", 0)


def test_nothing_ran(tmp_path):
    assert total(tmp_path) == ("0 passed, 0 failed", 1)
    assert subprocess.run([ROOT / "scripts/junit-total"], capture_output=True).returncode == 1


def test_failures_errors_and_skips_fail(tmp_path):
    for inner in ("<failure/>", "<error/>", "<skipped/>"):
        assert total(tmp_path, case(), case(inner)) == ("1 passed, 1 failed", 1)
    assert total(tmp_path, case(status="notrun")) == ("0 passed, 1 failed", 1)
