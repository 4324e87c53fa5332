# SPDX-License-Identifier: Apache-2.0
"""DeBERTa-v2 and v3 as packed weights: every way in which their attention counts distances, every head, and what is
left to the module's own code."""

import numpy
import pytest
import torch
from transformers import (
    DebertaV2Config, DebertaV2ForMaskedLM, DebertaV2ForQuestionAnswering, DebertaV2ForSequenceClassification,
    DebertaV2ForTokenClassification, DebertaV2Model)

from engine import test_packed as packed
from engine.test_int8 import cosine, has_bf16
from engine.test_int8 import samples as int8_samples
from engine.test_kept import Case
from support.engine_driver import BF16, BY_KEPT_PROOF, INT8

pytestmark = pytest.mark.torch
V3 = {"vocab_size": packed.TOKENS, "hidden_size": 64, "num_attention_heads": 4, "num_hidden_layers": 2,
      "intermediate_size": 96, "max_position_embeddings": 128, "type_vocab_size": 0, "relative_attention": True,
      "max_relative_positions": -1, "position_buckets": 16, "norm_rel_ebd": "layer_norm", "share_att_key": True,
      "pos_att_type": "p2c|c2p", "position_biased_input": False}
KINDS = {
    "v3": {},
    "projections of their own": {"share_att_key": False},
    "no norm": {"norm_rel_ebd": "none"},
    "content to position": {"pos_att_type": "c2p"},
    "position to content": {"pos_att_type": "p2c"},
    "no buckets": {"position_buckets": -1},
    "few distances": {"position_buckets": -1, "max_relative_positions": 20},
    "an odd number of buckets": {"position_buckets": 15},
    "far buckets": {"position_buckets": 24, "max_relative_positions": 600},
    "positions and types": {"position_biased_input": True, "type_vocab_size": 2, "max_position_embeddings": 300},
    "narrow tables": {"embedding_size": 24},
    "wide tables": {"embedding_size": 150},
    "odd widths": {"hidden_size": 60, "num_attention_heads": 5, "intermediate_size": 99},
    "wide heads": {"hidden_size": 160, "num_attention_heads": 2, "num_hidden_layers": 1},
}
LENGTHS = (*range(1, 18), 24, 33, 48, 64, 100, 129, 257)


class Inputs(torch.nn.Module):
    """The first of what the model answers to ids, mask and types, as eland traces it."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, ids, mask, types):
        return self.model(ids, mask, types, return_dict=False)[0]


class Spans(Inputs):
    def forward(self, ids, mask, types):
        return torch.stack(self.model(ids, mask, types, return_dict=False)[:2])


def traced(module, frozen=True):
    ids = torch.arange(3, 10)[None]
    model = torch.jit.trace(module.eval(), (ids, torch.ones_like(ids), torch.zeros_like(ids)), check_trace=False)
    return torch.jit.freeze(model) if frozen else model


def make(kind, of=DebertaV2Model, wrapper=Inputs, frozen=True, **more):
    torch.manual_seed(5)
    model = of(DebertaV2Config(**{**V3, **KINDS.get(kind, {}), **more}))
    for parameter in model.parameters():  # biases and norms, too, are not what they begin with
        parameter.data.add_(0.05 * torch.randn_like(parameter))
    return traced(wrapper(model), frozen)


def text(length, seed=0):
    """[tensors][1][length]"""
    types = numpy.arange(length)[None, None] > length // 2
    return numpy.concatenate([packed.text(length, seed), types.astype(numpy.int32)])


def is_packed(worker):
    assert (worker.packed, worker.words) == (1, "deberta-v2") and worker.difference <= 1e-5, worker.words


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_distances(load, kind):
    """Texts may be longer than any distance that has a vector of its own."""
    model = make(kind)
    worker = load(model)
    is_packed(worker)
    allocation = worker.allocate()
    for length in LENGTHS:
        one = text(length)
        if kind != "positions and types":
            one[2] = 0  # who has no types does not look at them
        packed.is_near(allocation.infer(one), packed.expected(model, one))


HEADS = {
    "sequence classification": (DebertaV2ForSequenceClassification, Inputs, {"num_labels": 3}),
    "token classification": (DebertaV2ForTokenClassification, Inputs, {"num_labels": 5}),
    "question answering": (DebertaV2ForQuestionAnswering, Spans, {}),
    "masked words": (DebertaV2ForMaskedLM, Inputs, {}),
    "masked words, newer head": (DebertaV2ForMaskedLM, Inputs, {"legacy": False, "tie_word_embeddings": False}),
    "hidden states": (DebertaV2Model, Inputs, {}),
}


@pytest.mark.parametrize("head", HEADS)
def test_every_head_in_any_company(load, head):
    """Short texts beside long ones, the same ones more than once; on several threads."""
    of, wrapper, more = HEADS[head]
    model = make("v3", of, wrapper, **more)
    worker = load(model)
    is_packed(worker)
    for threads in (1, 3):
        allocation = worker.allocate(threads)
        lengths = numpy.random.default_rng(threads).integers(1, 150, 12)
        texts = [text(length, threads) * numpy.array([1, 1, 0], numpy.int32)[:, None, None]
                 for length in (*lengths, 1, 1, 2, 40, 40)]
        if wrapper is Spans:
            answers = [allocation.infer(one) for one in texts]
        else:
            answers = allocation.infer_together(texts, (0, 0, 0, 0))
            assert allocation.together == len(texts)
        for one, answer in zip(texts, answers):
            packed.is_near(answer, packed.expected(model, one).reshape(answer.shape))


def test_not_frozen(load):
    """What is made of the vectors of distances is computed by the module's code, so it is frozen for the proof."""
    model = make("projections of their own", frozen=False)
    worker = load(model)
    is_packed(worker)
    one = text(20)
    packed.is_near(worker.allocate().infer(one), packed.expected(model, one))


def test_without_relative_attention(load):
    """Then it is like DistilBERT."""
    model = make("v3", relative_attention=False, pos_att_type=[], position_biased_input=True)
    worker = load(model)
    assert (worker.packed, worker.words) == (1, "distilbert")
    packed.is_near(worker.allocate().infer(text(20)), packed.expected(model, text(20)))


@pytest.mark.parametrize("kind", ["v3", "projections of their own"])
def test_what_was_proven_is_kept(engine, tmp_path, kind):
    """The next process makes its model of the file: all weights stand there, in what is frozen once as by eland."""
    case = Case(engine, tmp_path, make(kind))
    second = engine.load(case.path, proof=case.record)
    assert (second.packed, second.words) == (BY_KEPT_PROOF, "deberta-v2")
    one = text(40)
    numpy.testing.assert_array_equal(second.allocate().infer(one), case.first.allocate().infer(one))
    for worker in (case.first, second):
        worker.end()


@pytest.mark.parametrize("precision", [INT8, BF16])
def test_in_fewer_bits(load, precision):
    """Linear layers; attention stays in float32. bf16 only where the processor has it."""
    if precision == BF16 and not has_bf16():
        return
    torch.manual_seed(5)
    model = make("v3", hidden_size=384, num_attention_heads=6, intermediate_size=1536,
                 num_hidden_layers=1)
    worker = load(model)
    is_packed(worker)
    samples = numpy.concatenate([int8_samples(), numpy.zeros_like(int8_samples()[:1])])
    linears, narrow, median, worst, _ = worker.quantize(samples, kind=precision)
    assert linears == narrow == 4 and 0.99 < worst <= median < 1
    allocation = worker.allocate()
    for length in (1, 17, 130):
        one = text(length, seed=9)
        assert 0.985 < cosine(allocation.infer(one), packed.expected(model, one)) < 1, length


ODD = {
    "a convolution": ({"conv_kernel_size": 3}, "its answers are not those of what it looks like"),
    "another form of GELU": ({"hidden_act": "gelu_new"}, "its answers are not those of what it looks like"),
    "buckets that end where they begin": ({"max_relative_positions": 8}, "it is of no architecture that is known"),
}


@pytest.mark.parametrize("what", ODD)
def test_what_is_not_computed(load, what):
    """Its own code runs."""
    settings, reason = ODD[what]
    model = make("v3", **settings)
    worker = load(model)
    assert worker.packed == 0 and worker.words.startswith(reason), worker.words
    packed.is_near(worker.allocate().infer(text(30)), packed.expected(model, text(30)))


def test_of_a_real_size(load):
    """The shape of deberta-v3-small, with few words."""
    model = make("v3", hidden_size=768, num_attention_heads=12, num_hidden_layers=6, intermediate_size=3072,
                 max_position_embeddings=512, position_buckets=256)
    worker = load(model)
    is_packed(worker)
    texts = [text(length) for length in (40, 7, 300)]
    for one, answer in zip(texts, worker.allocate().infer_together(texts, (0, 0, 0, 0))):
        packed.is_near(answer, packed.expected(model, one))
