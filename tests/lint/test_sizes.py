# SPDX-License-Identifier: Apache-2.0
"""How long things may be: a file 500 lines, a function 70, a face 200."""

import ast

import tree

FILE_LINES = 500
FUNCTION_LINES = 70
FACE_LINES = 200
CODE = {".c", ".h", ".cc", ".py", ".sh", ".cmake"}


def code_files(root):
    scripts = [p for p in tree.files(root) if p.startswith(("scripts/", ".ci/")) and "." not in p.rsplit("/", 1)[1]]
    return tree.files(root, suffixes=CODE) + scripts


def check_file_lengths(root):
    complaints = []
    for path in code_files(root):
        limit = FACE_LINES if path.startswith("include/inferd/") else FILE_LINES
        lines = tree.read(root, path).count("\n")
        if lines > limit:
            complaints.append(f"{path}: {lines} lines, at most {limit} are allowed")
    return complaints


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno - node.lineno + 1


def check_function_lengths(root):
    complaints = []
    for path in code_files(root):
        if path.endswith((".c", ".cc")):
            functions = tree.functions(tree.read(root, path))
        elif path.endswith(".py"):
            functions = python_functions(tree.read(root, path))
        else:
            continue
        for name, line, length in functions:
            if length > FUNCTION_LINES:
                complaints.append(f"{path}:{line}: {name} has {length} lines, at most {FUNCTION_LINES}")
    return complaints


def test_file_lengths():
    tree.report(check_file_lengths(tree.ROOT))


def test_function_lengths():
    tree.report(check_function_lengths(tree.ROOT))


def c_function(lines):
    return "int first(void)\n{\n    return 0;\n}\n\nint long_one(int a,\n             int b)\n{\n" + (
        "    a += b;\n" * (lines - 4)) + "}\n"


def test_long_files_are_seen():
    bad = {
        "src/base/a.c": "int a;\n" * 501,
        "include/inferd/buf.h": "int a;\n" * 201,
        "scripts/test": "true\n" * 501,
        "tests/api/test_x.py": "a = 1\n" * 501,
    }
    with tree.Sample(bad) as root:
        assert len(check_file_lengths(root)) == len(bad)
    with tree.Sample({"src/base/a.c": "int a;\n" * 500}) as root:
        assert check_file_lengths(root) == []


def test_long_functions_are_seen():
    python = "def long_one():\n" + "    x = 1\n" * 70
    for path, text in {"src/base/a.c": c_function(72), "tests/support/b.py": python}.items():
        with tree.Sample({path: text}) as root:
            assert len(check_function_lengths(root)) == 1, path
    with tree.Sample({"src/base/a.c": c_function(70)}) as root:
        assert check_function_lengths(root) == []


def test_functions_are_found():
    text = "namespace\n{\nint inner()\n{\n    return 1; // }\n}\n} // namespace\nstatic const int table[] =\n{\n1\n};\n"
    assert tree.functions(text) == [("inner", 3, 4)]
    every = [tree.functions(tree.read(tree.ROOT, p)) for p in tree.files(tree.ROOT, "src", {".c"})]
    assert sum(len(found) for found in every) > len(every)


if __name__ == "__main__":
    tree.main(globals())
