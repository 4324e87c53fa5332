# SPDX-License-Identifier: Apache-2.0
"""Values of a file that are not of the types that its code gives them: slots and items that are not there."""

from typing import Any, Dict, List, Optional, Tuple, Union

import pytest
import torch

from support import file_models, hostile_files
from support.engine_driver import ModelError
from support.hostile_files import changed, constructor, integer, real, string

pytestmark = pytest.mark.torch


class Small(torch.nn.Module):
    """An object of two slots."""

    def forward(self, x):
        return x


class Large(torch.nn.Module):
    """One of many, whose last is asked for."""

    def __init__(self):
        super().__init__()
        for i in range(20):
            setattr(self, f"n{i}", 1000 + i)

    def forward(self, x):
        return x + self.n19


class Typed(torch.nn.Module):
    pair: Tuple[int, int]
    pairs: List[Tuple[int, int]]
    by_name: Dict[str, Tuple[int, int]]
    maybe: Optional[Tuple[int, int]]
    either: Union[str, Tuple[int, int]]
    words: List[str]

    def __init__(self):
        super().__init__()
        self.small, self.large = Small(), Large()
        self.pair, self.pairs, self.by_name = (301, 302), [(303, 304)], {"a": (305, 306)}
        self.maybe, self.either, self.words = (307, 308), (309, 310), ["first", "second"]
        self.label, self.number, self.share, self.flag = "a text", 311, 0.25, True
        self.register_buffer("table", torch.ones(2, 2))

    def forward(self, x):
        a, b = self.pair
        c, d = self.pairs[0]
        return self.large(self.small(x)) + self.table + a + b + c + d + self.number * self.share


SAVED = file_models.saved(Typed())
CODE = next(one.name for one in hostile_files.records_of(SAVED) if one.name.endswith("test_values.py"))
MODULE = "__torch__.test_values"


def pair(first, second):
    return integer(first) + integer(second) + b"\x86"


def replaced(old, new):
    """SAVED with other bytes in its program for these, which are there once."""
    def change(record):
        assert record.content.count(old) == 1, record.content
        return record.content.replace(old, new)
    return changed(SAVED, {"data.pkl": change})


CASES = {
    "an object with fewer slots": ("large", constructor(MODULE, "Large"), constructor(MODULE, "Small")),
    "a tuple with fewer items": ("pair", pair(301, 302), b")"),
    "a tuple with more items": ("pair", pair(301, 302), pair(301, 302)[:-1] + integer(303) + b"\x87"),
    "a tuple of other items": ("pair", pair(301, 302), integer(301) + string("x") + b"\x86"),
    "a tuple in a list": ("pairs", pair(303, 304), b")"),
    "a tuple in a dict": ("by_name", pair(305, 306), b")"),
    "a tuple that is optional": ("maybe", pair(307, 308), b")"),
    "a tuple of a union": ("either", pair(309, 310), b")"),
    "an int for a text": ("label", string("a text"), integer(7)),
    "none for a text": ("label", string("a text"), b"N"),
    "a float for an int": ("number", integer(311), real(1.5)),
    "an int for a float": ("share", real(0.25), integer(1)),
}


def test_as_it_is(vet):
    assert vet(SAVED)["verdict"] == "accepted"


@pytest.mark.parametrize("case", CASES)
def test_values_of_another_type(vet, case):
    attribute, old, new = CASES[case]
    report = vet(replaced(old, new))
    assert report["verdict"] == "refused", report
    assert f" cannot read it: attribute [{attribute}] of [{MODULE}.Typed] is of type [" in report["reason"], report


def test_a_worker_looks_too(load):
    """What was let in by older rules is not run."""
    with pytest.raises(ModelError, match=r"attribute \[pair\]"):
        load(replaced(pair(301, 302), b")"))


# ---- casts ----

def with_forward(text):
    """SAVED whose forward is another."""
    def change(record):
        head, _, tail = record.content.decode().partition("    x: Tensor) -> Tensor:\n")
        assert f"{MODULE}.Typed" in head
        more = tail.find("class ")
        return f"{head}    x: Tensor) -> Tensor:\n    {text}\n{tail[more:] if more >= 0 else ''}".encode()
    return changed(SAVED, {CODE: change})


@pytest.mark.parametrize("text", [
    f"y = unchecked_cast({MODULE}.Large, self.small)\n    return torch.add(x, y.n19)",
    "y : Any = self.words\n    z = unchecked_cast(List[Tuple[int, int]], y)\n    a, b, = z[0]\n"
    "    return torch.add(x, a)",
    "y : Any = (self.number, 2, 3)\n    a, b, = unchecked_cast(Tuple[int, int], y)\n    return torch.add(x, a)"])
def test_casts_that_look_at_nothing(vet, text):
    report = vet(with_forward(text))
    assert report["verdict"] == "refused", report
    assert "takes an object for what it is not" in report["reason"], report


def test_a_cast_that_the_compiler_drops(vet):
    """Which it does for constants: then there is but a tuple, of which too many items are taken."""
    report = vet(with_forward(
        "y : Any = ()\n    a, b, = unchecked_cast(Tuple[int, int], y)\n    return torch.add(x, a)"))
    assert report["verdict"] == "refused", report
    assert "its code takes [2] items of a tuple of type [Tuple[" in report["reason"], report


class Refines(torch.nn.Module):
    """What compilers of TorchScript write casts for."""
    maybe: Optional[Tuple[int, int]]

    def __init__(self):
        super().__init__()
        self.maybe = (1, 2)

    def first(self, pair: Optional[Tuple[int, int]]) -> int:
        return pair[0] if pair is not None else 0

    def text(self, value: Union[str, int]) -> int:
        return len(value) if isinstance(value, str) else value

    def forward(self, x):
        maybe = self.maybe
        if maybe is not None:
            x = x + maybe[1]
        return x + self.first(None) + self.first((3, 4)) + self.text("abc") + self.text(5)


def test_casts_that_compilers_write(vet):
    report = vet(Refines())
    assert report["verdict"] == "accepted", report
