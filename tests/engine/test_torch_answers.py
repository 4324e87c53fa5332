# SPDX-License-Identifier: Apache-2.0
"""What libtorch's modules answer through the engine: values, shapes, types, and errors in its words."""

from typing import Dict, List

import numpy
import pytest
import torch

from support.engine_driver import ModelError

pytestmark = pytest.mark.torch
ROW = [[[3, 1, 2]]]


class Two(torch.nn.Module):
    """Uses both inputs, so that their order shows."""

    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(3, 2)

    def forward(self, a, b):
        return self.linear(a.to(torch.float32)) - b.sum(1, keepdim=True)


class Answer(torch.nn.Module):
    """Answers a tensor of a wanted type and shape."""

    def __init__(self, dtype, shape: List[int]):
        super().__init__()
        self.dtype = dtype
        self.shape = shape

    def forward(self, a):
        return torch.full(self.shape, 1.25).to(self.dtype)


class Scalar(torch.nn.Module):
    def forward(self, a):
        return torch.tensor(1.25)


class Tuple(torch.nn.Module):
    def forward(self, a):
        return a.to(torch.float32) * 2, a


class Listed(torch.nn.Module):
    def forward(self, a) -> List[torch.Tensor]:
        return [a.to(torch.float32) * 3, a]


class Named(torch.nn.Module):
    def forward(self, a) -> Dict[str, torch.Tensor]:
        return {"a": a}


class Transposed(torch.nn.Module):
    def forward(self, a):
        return torch.arange(6, dtype=torch.float32).view(2, 3).t()


class Rows(torch.nn.Module):
    """The size that it sees, and 1-D answers."""

    def forward(self, a):
        return torch.tensor([float(a.size(0)), float(a.sum())])


class Mode(torch.nn.Module):
    def forward(self, a):
        return torch.tensor([[1.0 if self.training else 0.0]])


class Raises(torch.nn.Module):
    def forward(self, a):
        if a.size(0) == 1:
            raise ValueError("words of the model\nand a second line")
        return a


class Mismatched(torch.nn.Module):
    def forward(self, a):
        return torch.matmul(torch.ones([2, 3]), torch.ones([4, 5]))


class TooBig(torch.nn.Module):
    def forward(self, a):
        return torch.ones([1 << 40])


class TooLong(torch.nn.Module):
    def forward(self, a):
        return torch.ones([1 << 28, 2])


def test_values_and_order_of_inputs(infer):
    module = Two().eval()
    data = [[[3, 1, 2]], [[5, 6, 7]]]
    with torch.inference_mode():
        expected = module(torch.tensor(data[0]), torch.tensor(data[1])).numpy()
    assert numpy.array_equal(infer(module)(data), expected)


def test_each_row_is_its_own_forward(infer):
    got = infer(Rows())([[[1, 2], [3, 4], [5, 6]]])
    assert got.tolist() == [1.0, 3.0, 1.0, 7.0, 1.0, 11.0]


@pytest.mark.parametrize("dtype, name", [(torch.float32, "float32"), (torch.float64, "float64"),
                                         (torch.bfloat16, "float32"), (torch.float16, "float32")])
def test_types(infer, dtype, name):
    got = infer(Answer(dtype, [1, 2]))(ROW)
    assert got.dtype == name
    assert got.tolist() == [[1.25, 1.25]]


@pytest.mark.parametrize("module, shape", [
    (Scalar(), (1, 1)), (Answer(torch.float32, [4]), (4,)), (Answer(torch.float32, [1, 4]), (1, 4)),
    (Answer(torch.float32, [1, 2, 3]), (1, 2, 3))], ids=["0", "1", "2", "3"])
def test_ranks(infer, module, shape):
    got = infer(module)(ROW)
    assert got.shape == shape
    assert (got == 1.25).all()


@pytest.mark.parametrize("module, factor", [(Tuple(), 2), (Listed(), 3)])
def test_first_of_several(infer, module, factor):
    assert infer(module)(ROW).tolist() == [[3 * factor, 1 * factor, 2 * factor]]


def test_answer_that_is_not_contiguous(infer):
    assert infer(Transposed())(ROW).tolist() == [[0, 3], [1, 4], [2, 5]]


def test_module_is_in_eval_mode(infer):
    assert infer(torch.jit.script(Mode().train()))(ROW).tolist() == [[0.0]]


@pytest.mark.parametrize("module, words", [
    (Answer(torch.int64, [1, 2]), "Cannot process result tensor of type [Long]"),
    (Answer(torch.bool, [1, 2]), "Cannot process result tensor of type [Bool]"),
    (Answer(torch.float32, [1, 2, 3, 4]), "Cannot convert results tensor of size [1, 2, 3, 4]"),
    (Answer(torch.float32, [1, 0]), "Cannot convert results tensor of size [1, 0]"),
    (Named(), "Cannot process result of type [GenericDict]"),
    (Raises(), "words of the model"),
    (Mismatched(), "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)"),
    (TooLong(), "the result of the model is too large"),
], ids=lambda value: type(value).__name__)
def test_errors_and_life_after_them(load, module, words):
    allocation = load(module).allocate()
    for _ in range(2):
        with pytest.raises(ModelError) as caught:
            allocation.infer(ROW)
        assert str(caught.value) == words


def test_memory_that_is_not_there(infer):
    with pytest.raises(ModelError, match="^DefaultCPUAllocator: can't allocate memory"):
        infer(TooBig())(ROW)


def test_wrong_number_of_inputs(infer):
    call = infer(Two())
    with pytest.raises(ModelError, match=r"^forward\(\) is missing value for argument 'b'"):
        call(ROW)
    with pytest.raises(ModelError, match="^Expected at most 3 argument"):
        call(ROW * 3)
