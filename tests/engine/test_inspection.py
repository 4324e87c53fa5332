# SPDX-License-Identifier: Apache-2.0
"""What vetting sees of a module's code: every function, whatever forward reaches; where writes go."""

import io
from typing import List, Optional

import pytest
import torch

from support import archives, file_models

pytestmark = pytest.mark.torch


def found(report):
    return {(one["operation"], one.get("writes_into")) for one in report["findings"]}


class Plain(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = torch.nn.Linear(2, 2)
        self.register_buffer("table", torch.ones(2, 2))

    def forward(self, x):
        return self.inner(x) + self.table


class NeverCalled(Plain):
    @torch.jit.export
    def other(self, x):
        return torch.from_file("/etc/passwd", False, 8)


class Inner(torch.nn.Module):
    def forward(self, x):
        return x

    @torch.jit.export
    def hidden(self, x):
        return torch.from_file("/etc/passwd", False, 8)


class InASubmodule(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Inner()

    def forward(self, x):
        return self.inner(x)


class InABlock(Plain):
    def forward(self, x):
        for _ in range(3):
            if x.size(0) > 5:
                x = torch.from_file("/etc/passwd", False, 8)
        return x


@torch.jit.script
def free_function(x):
    return torch.from_file("/etc/passwd", False, 8)


class ByAFunction(Plain):
    def forward(self, x):
        return free_function(x)


def test_plain(vet):
    report = vet(Plain())
    assert report["verdict"] == "accepted" and report["functions"] == 2, report


@pytest.mark.parametrize("module", [NeverCalled, InASubmodule, InABlock, ByAFunction])
def test_every_function_is_looked_at(vet, module):
    report = vet(module())
    assert report["verdict"] == "refused" and "aten::from_file" in report["reason"], report


# ---- writes ----

class OfItsOwn(Plain):
    """What real encoders do: values are filled in place that were made for this call."""

    def forward(self, x):
        made = torch.zeros_like(x)
        made.add_(x).mul_(2)
        made[:, 0] = 1
        made.view(-1)[0] = 7
        for _ in range(2):
            made += x
        if x.size(0) > 1:
            made.fill_(0)
        parts = [made, x]
        parts.append(made)
        parts[0].add_(1)
        (self.table + 1).mul_(2)
        return self.inner(made)


class OfTheInput(Plain):
    def forward(self, x):
        return x.add_(1)


class OfAnAttribute(Plain):
    def forward(self, x):
        self.table.add_(x)
        return x


class OfAView(Plain):
    def forward(self, x):
        self.table.view(-1)[0:1].unsqueeze(0).copy_(x)
        return x


class OfAnElement(Plain):
    def forward(self, x):
        first, second = torch.split(self.table, 1)
        second.fill_(7)
        return x


class ThroughALoop(Plain):
    def forward(self, x):
        y = x
        for _ in range(2):
            y.add_(1)
            y = self.table
        return y


class ThroughABranch(Plain):
    def forward(self, x):
        y = x
        if x.size(0) > 3:
            y = self.table
        y.add_(1)
        return y


class ThroughACall(torch.nn.Module):
    class Adder(torch.nn.Module):
        def forward(self, x):
            return x.add_(1)

    def __init__(self):
        super().__init__()
        self.adder = self.Adder()
        self.register_buffer("table", torch.ones(2))

    def forward(self, x):
        return self.adder(self.table)


class ThroughAList(Plain):
    def forward(self, x):
        parts = [x, self.table]
        parts[1].add_(1)
        return x


class ThroughDropout(Plain):
    """In eval it gives back what it got, which its schema does not say."""

    def forward(self, x):
        y = torch.dropout(self.table, 0.0, False)
        y.add_(1)
        return y


class OfTheModule(Plain):
    def forward(self, x):
        self.table = x
        return x


class NotInForward(Plain):
    """As quantised modules have it; nobody calls it."""

    @torch.jit.export
    def set_table(self, x):
        self.table = x


@pytest.mark.parametrize("module", [OfItsOwn, OfTheInput, NotInForward])
def test_writes_that_nobody_else_sees(vet, module):
    report = vet(module())
    assert report["verdict"] == "accepted", report


@pytest.mark.parametrize("module", [OfAnAttribute, OfAView, OfAnElement, ThroughALoop, ThroughABranch, ThroughACall,
                                    ThroughAList, ThroughDropout, OfTheModule])
def test_writes_into_an_attribute(vet, module):
    report = vet(module())
    assert report["verdict"] == "needs_approval", report
    assert {target for _, target in found(report)} == {"attribute"}, report


def test_writes_into_a_constant(vet):
    """Freezing leaves attributes that are written to alone; so the text itself is changed."""
    frozen = io.BytesIO()
    torch.jit.save(torch.jit.freeze(torch.jit.script(Plain().eval())), frozen)

    def change(name, content):
        if name.endswith(".py"):
            assert b"torch.add(" in content
            content = content.replace(b"torch.add(_0, CONSTANTS.c2)", b"torch.add_(CONSTANTS.c2, _0)")
        return content

    report = vet(archives.rewritten(frozen.getvalue(), change))
    assert report["verdict"] == "refused" and ("aten::add_", "constant") in found(report), report
    assert report["reason"].endswith("writes into a constant, which no model may"), report


# ---- what cannot be resolved ----

@torch.jit.interface
class Interface(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pass


class ByAnInterface(torch.nn.Module):
    inner: Interface

    def __init__(self):
        super().__init__()
        self.inner = Inner2()

    def forward(self, x):
        return self.inner.forward(x)


class Inner2(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + 1


def test_calls_that_cannot_be_resolved(vet):
    report = vet(ByAnInterface())
    assert report["verdict"] != "accepted", report
    assert "prim::CallMethod" in {one["operation"] for one in report["findings"]}, report


def test_code_that_grows_without_end(vet):
    """Each function calls the one before twice: a few lines that mean 2^40 operations."""
    lines = ["class M(Module):", "  __parameters__ = []", "  __buffers__ = []",
             "  def f0(self: __torch__.M, x: Tensor) -> Tensor:", "    return torch.add(x, x)"]
    for i in range(1, 40):
        lines += [f"  def f{i}(self: __torch__.M, x: Tensor) -> Tensor:",
                  f"    return (self).f{i - 1}((self).f{i - 1}(x, ), )"]
    lines += ["  def forward(self: __torch__.M, x: Tensor) -> Tensor:", "    return (self).f39(x, )", ""]
    from support import fake_models
    data = fake_models.DATA.replace(b"Fake", b"M")
    report = vet(fake_models.archive(b"", **{"data.pkl": data, "code/__torch__.py": "\n".join(lines).encode()}))
    assert report["verdict"] == "refused", report
    assert report["reason"].endswith("its code has more than 1000000 operations with all calls put in"), report


# ---- casts ----

class Casts(torch.nn.Module):
    """What the compiler itself casts: optionals, and values of an annotated type."""

    def __init__(self):
        super().__init__()
        self.scale: Optional[float] = 2.0

    def forward(self, x: torch.Tensor, mask: Optional[torch.Tensor] = None):
        scale = self.scale
        if mask is not None:
            x = x * mask
        if scale is not None:
            x = x * scale
        sizes: List[int] = x.size()
        values: List[float] = x.view(-1).tolist()
        return x.view(sizes) + len(values)


def test_casts_of_the_compiler(vet):
    assert vet(Casts())["verdict"] == "accepted"


# ---- tensors that loading looks into ----

@pytest.mark.parametrize("outputs", [4, 20000])
def test_quantised_by_channel(vet, outputs):
    """Packing reads the zero points: few are read, and of many the vetting sees zeros, not what memory held."""
    module = file_models.scripted(file_models.quantised(per_channel=True, outputs=outputs))
    for _ in range(3):
        report = vet(module)
        assert report["verdict"] == "accepted", report
