# SPDX-License-Identifier: Apache-2.0
"""Operations of TorchScript: those that an archive names, those that this torch has, and what inferd's list says.

A name is a node's kind: "aten::add" whatever the overload, "prim::If".
"""

import re
from pathlib import Path

import torch

SOURCES = Path(__file__).resolve().parents[2] / "src" / "vet"
# Calls of the archive's own code: gone after inlining, where they can be resolved.
CALLS = {"prim::CallFunction", "prim::CallMethod"}


# ---- an archive's ----

def _nodes(block):
    """Every node; blocks in blocks are walked without recursion, since a model may nest them as it likes."""
    blocks = [block]
    while blocks:
        for node in blocks.pop().nodes():
            yield node
            blocks += node.blocks()


def of_graph(graph):
    """Names in a graph as it stands (calls of the archive's own code left out), and once they are inlined."""
    names = {node.kind() for node in _nodes(graph)} - CALLS
    inlined = graph.copy()
    torch._C._jit_pass_inline(inlined)
    return names | {node.kind() for node in _nodes(inlined)}


def of_archive(path):
    """{name: the functions that have it} of every function and method that comes with an archive."""
    found = {}
    unit = torch._C.CompilationUnit()
    torch._C.import_ir_module(unit, str(path), None, {}, False)
    for function in unit.get_functions():
        for name in of_graph(function.graph):
            found.setdefault(name, []).append(function.qualified_name)
    return found


# ---- this torch's ----

def schemas():
    """{name: its overloads' schemas}. Whoever has imported more than torch has more of them."""
    found = {}
    for schema in torch._C._jit_get_all_schemas():
        found.setdefault(schema.name, []).append(str(schema))
    return {name: sorted(set(found[name])) for name in sorted(found)}


def special():
    """Names without a schema, which the interpreter knows: "prim::If" and the like."""
    header = Path(torch.__file__).parent / "include" / "ATen" / "core" / "interned_strings.h"
    return {f"prim::{name}" for name in re.findall(r"_\(prim, (\w+)\)", header.read_text(encoding="utf-8"))}


# ---- inferd's ----

def listed(table):
    """Names in a table, "allowed" or "forbidden", of src/vet; one that ends in "::" is a namespace."""
    text = (SOURCES / f"operations_{table}.c").read_text(encoding="utf-8")
    return set(re.findall(r'"(\w+::\w*)"', text))


def classify(names):
    """{name: "allowed", "forbidden" or "unknown"}."""
    allowed, forbidden = listed("allowed"), listed("forbidden")

    def one(name):
        if name in forbidden or name.split("::")[0] + "::" in forbidden:
            return "forbidden"
        return "allowed" if name in allowed else "unknown"

    return {name: one(name) for name in names}


def refused(path):
    """{name: one of the functions that have it} of what in an archive is not allowed."""
    found = of_archive(path)
    return {name: found[name][0] for name, kind in classify(found).items() if kind != "allowed"}


def report():
    """All operations of this torch with what is thought of them, and the schemas of those that are allowed, which
    is where a new overload shows. Tests keep it (tests/engine/golden)."""
    have = schemas()
    lines = []
    for name, kind in sorted(classify({*have, *special()}).items()):
        lines.append(f"{kind} {name}")
        lines += [f"    {schema}" for schema in have.get(name, ()) if kind == "allowed"]
    return lines
