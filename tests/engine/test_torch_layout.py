# SPDX-License-Identifier: Apache-2.0
"""Weights that lie turned in memory, and texts that are computed together: the answers stay what torch says.

Whether a weight is turned depends on the processor; so these are held against torch, which turns none.
"""

import numpy
import pytest
import torch

from support.engine_driver import MODULE

pytestmark = pytest.mark.torch
TOKENS, WIDTH = 200, 256


class Tied(torch.nn.Module):
    """The weight of the last layer is what the words are looked up in, and stays as it lies."""

    def __init__(self):
        super().__init__()
        self.words = torch.nn.Embedding(TOKENS, WIDTH)
        self.wide, self.narrow = torch.nn.Linear(WIDTH, 4 * WIDTH), torch.nn.Linear(4 * WIDTH, WIDTH)
        self.gate = torch.nn.Linear(WIDTH, WIDTH)
        self.last = torch.nn.Linear(WIDTH, TOKENS, bias=False)
        self.last.weight = self.words.weight

    def forward(self, ids, mask):
        x = self.words(ids)
        if ids.size(1) > 3:  # a weight that only a branch reads
            x = x * torch.sigmoid(self.gate(x))
        x = x + self.narrow(torch.nn.functional.gelu(self.wide(x)))
        return self.last(x)


class Read(torch.nn.Module):
    """A linear layer's weight that is read otherwise, too."""

    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(WIDTH, WIDTH)

    def forward(self, ids, mask):
        weight = self.linear.weight
        return self.linear(weight[ids]) + weight[0] + weight.flatten()[:weight.size(0)]


class Shared(torch.nn.Module):
    """A layer that is used twice, GELUs that others read beside, or of another form, and a layer without a bias."""

    def __init__(self):
        super().__init__()
        self.words = torch.nn.Embedding(TOKENS, WIDTH)
        self.twice, self.beside = torch.nn.Linear(WIDTH, WIDTH), torch.nn.Linear(WIDTH, WIDTH)
        self.rough, self.bare = torch.nn.Linear(WIDTH, WIDTH), torch.nn.Linear(WIDTH, WIDTH, bias=False)

    def forward(self, ids, mask):
        x = torch.nn.functional.gelu(self.twice(self.words(ids)))
        y = self.beside(self.twice(x))
        z = torch.nn.functional.gelu(self.rough(torch.nn.functional.gelu(y) + y), approximate="tanh")
        return self.bare(z)


class Hidden(torch.nn.Module):
    """A transformer as transformers writes it."""

    def __init__(self):
        from transformers import BertConfig, BertModel
        super().__init__()
        self.bert = BertModel(BertConfig(
            vocab_size=TOKENS, hidden_size=128, num_hidden_layers=2, num_attention_heads=4,
            intermediate_size=512), add_pooling_layer=False)

    def forward(self, ids, mask):
        return self.bert(ids, mask).last_hidden_state


def script(module, frozen):
    torch.manual_seed(1)
    model = torch.jit.script(module().eval())
    return torch.jit.freeze(model) if frozen else model


def text(length, seed=0):
    ids = numpy.random.default_rng(seed + length).integers(1, TOKENS, length)
    return numpy.stack([ids, numpy.ones(length)]).reshape(2, 1, length).astype(numpy.int32)


def is_near(answer, expected):
    numpy.testing.assert_allclose(answer, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("module", [Tied, Read, Shared])
def test_values_stay(infer, module, frozen):
    model = script(module, frozen)
    run = infer(model)
    for length in (1, 2, 3, 4, 5, 16, 33, 100):
        with torch.inference_mode():
            expected = model(*(torch.from_numpy(tensor).long() for tensor in text(length)))
        is_near(run(text(length)), expected.numpy())


def test_together_is_as_alone(load):
    """Texts of different lengths in one forward: each answer has the rows and the values that it has alone."""
    torch.manual_seed(3)
    ids = torch.ones([1, 7], dtype=torch.long)
    allocation = load(torch.jit.trace(Hidden().eval(), (ids, ids)), encoder=MODULE).allocate()
    texts = [text(length, seed) for seed, length in enumerate((5, 40, 3, 17, 40, 9))]
    answers = allocation.infer_together(texts, (0, 0, 0, 0))
    assert allocation.together == len(texts)
    for one, answer in zip(texts, answers):
        assert answer.shape == (1, one.shape[2], 128)
        is_near(answer, allocation.infer(one))


def test_rows_at_once_are_as_one_by_one(load):
    """The rows of one document, all of them at once or some."""
    torch.manual_seed(4)
    ids = torch.ones([1, 7], dtype=torch.long)
    allocation = load(torch.jit.trace(Hidden().eval(), (ids, ids)), encoder=MODULE).allocate()
    rows = numpy.concatenate([text(9, seed) for seed in range(5)], axis=1)
    one_by_one = allocation.infer(rows)
    for at_once in (2, 5):
        is_near(allocation.infer(rows, at_once), one_by_one)
        assert allocation.together == at_once
