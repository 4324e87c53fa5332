# SPDX-License-Identifier: Apache-2.0
"""The last table of docs/compatibility.md: every test that it names is there, every section is in it.

A test stands there as `folder/file::name`, or `::name` for a further one of the same file.
"""

import re

import tree

PAGE = "docs/compatibility.md"
HEADING = "## Which test shows it"


def split_page(root):
    """What stands before the table, and the rows of the table as lists of cells."""
    prose, _, rest = tree.read(root, PAGE).partition(HEADING)
    lines = [line for line in rest.split("\n") if line.startswith("|")]
    return prose, [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def named_tests(cell):
    """(path below tests/, name) of each test in a cell."""
    found, path = [], ""
    for named_path, name in re.findall(r"`([\w./-]*)::(\w+)`", cell):
        path = named_path or path
        found.append((path, name))
    return found


def is_there(root, path, name):
    try:
        text = tree.read(root, f"tests/{path}")
    except FileNotFoundError:
        return False
    if path.endswith(".c"):
        return re.search(rf"^static void {name}\(", text, re.M) is not None
    return re.search(rf"^(async )?def {name}\(", text, re.M) is not None


def check_tests(root):
    complaints = []
    for row in split_page(root)[1]:
        tests = named_tests(row[2])
        if not tests:
            complaints.append(f"{PAGE}: no test is named for [{row[0]} {row[1]}]")
        complaints += [f"{PAGE}: names [tests/{path}::{name}], which is not there"
                       for path, name in tests if not is_there(root, path, name)]
    return complaints


def check_sections(root):
    """Each section with a number is in the table, and each number in the table has a section."""
    prose, rows = split_page(root)
    described = set()
    for heading in re.findall(r"^#+ (\d.*)$", prose, re.M):
        described.update(re.findall(r"(?:^|, )(\d+(?:\.\d+)?)\.? ", heading))
    shown = {row[0] for row in rows}
    missing = {one for one in described - shown
               if not any(other.startswith(f"{one}.") for other in shown)}
    return ([f"{PAGE}: section {one} is not in the table of tests" for one in sorted(missing)]
            + [f"{PAGE}: the table of tests has [{one}], which is no section"
               for one in sorted(shown - described)])


def test_tests_are_there():
    tree.report(check_tests(tree.ROOT))


def test_sections_are_there():
    tree.report(check_sections(tree.ROOT))


def page(*rows):
    table = "".join(f"| {row} |\n" for row in rows)
    return f"# A\n\n## 1. One\n\n### 1.1 Sub, 1.2 more\n\n{HEADING}\n\n| a | b | c |\n|---|---|---|\n{table}"


def test_bad_samples_are_seen():
    tests = {"tests/api/test_a.py": "def test_b():\n    pass\n"}
    bad = page("1.1 | x | `api/test_a.py::test_b`, `::test_c`", "1.2 | y | none",
               "1.2 | z | `api/test_gone.py::test_b`")
    with tree.Sample({PAGE: bad, **tests}) as root:
        assert len(check_tests(root)) == 3
    with tree.Sample({PAGE: page("1.1 | x | -", "1.7 | y | -"), **tests}) as root:
        assert len(check_sections(root)) == 2


def test_good_samples_are_not_blamed():
    tests = {"tests/api/test_a.py": "def test_b(daemon):\n    pass\n",
             "tests/unit/a/test_c.c": "static void test_d(void **state)\n{\n}\n"}
    good = page("1.1 | x | `api/test_a.py::test_b`", "1.2 | y | `unit/a/test_c.c::test_d`")
    with tree.Sample({PAGE: good, **tests}) as root:
        assert check_tests(root) == [] and check_sections(root) == []


if __name__ == "__main__":
    tree.main(globals())
