# SPDX-License-Identifier: Apache-2.0
"""The packed encoder: models that it takes answer as torch does, for texts of any length and in any company; others
run by their own code, and are told why."""

import os
import pathlib
import signal

import numpy
import pytest
import torch
from transformers import (
    BertConfig, BertModel, DistilBertConfig, DistilBertModel, MPNetConfig, MPNetModel, RobertaConfig, RobertaModel)

from support.engine_driver import MODULE, PACKED, ModelError, wait_until

pytestmark = pytest.mark.torch
TOKENS, POSITIONS = 300, 130


class Hidden(torch.nn.Module):
    """What the encoder leaves of each token."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, ids, mask):
        return self.encoder(ids, mask).last_hidden_state


class First(Hidden):
    def forward(self, ids, mask):
        return super().forward(ids, mask)[:, 0]


class Mean(Hidden):
    """Of unit length, as sentence-transformers has it."""

    def forward(self, ids, mask):
        weights = mask.unsqueeze(-1).float()
        mean = (super().forward(ids, mask) * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
        return torch.nn.functional.normalize(mean)


class Largest(Hidden):
    def forward(self, ids, mask):
        return super().forward(ids, mask).masked_fill(mask.unsqueeze(-1) == 0, -1e9).max(1).values


class Dense(Hidden):
    """Two layers on top of the first token, with a norm between."""

    def __init__(self, encoder):
        super().__init__(encoder)
        width = encoder.config.hidden_size
        self.one, self.norm, self.two = torch.nn.Linear(width, 24), torch.nn.LayerNorm(24), torch.nn.Linear(24, 5)

    def forward(self, ids, mask):
        return self.two(self.norm(torch.tanh(self.one(super().forward(ids, mask)[:, 0]))))


class Spans(Hidden):
    """Scores of beginnings and of ends, as eland has them: [2, texts, tokens]."""

    def __init__(self, encoder):
        super().__init__(encoder)
        self.scores = torch.nn.Linear(encoder.config.hidden_size, 2)

    def forward(self, ids, mask):
        starts, ends = self.scores(super().forward(ids, mask)).split(1, dim=-1)
        return torch.stack([starts.squeeze(-1), ends.squeeze(-1)])


class Words(Hidden):
    """Large scores of each word for each token: of those near 0 the last bits are lost to the sums."""

    def __init__(self, encoder):
        super().__init__(encoder)
        self.scores = torch.nn.Linear(encoder.config.hidden_size, TOKENS)
        self.scores.weight.data.mul_(100)

    def forward(self, ids, mask):
        return self.scores(super().forward(ids, mask))


def bert(hidden=64, heads=4, layers=2, inner=128, **more):
    return BertModel(BertConfig(
        vocab_size=TOKENS, hidden_size=hidden, num_attention_heads=heads, num_hidden_layers=layers,
        intermediate_size=inner, max_position_embeddings=POSITIONS, **more), add_pooling_layer=False)


def roberta():
    return RobertaModel(RobertaConfig(
        vocab_size=TOKENS, hidden_size=48, num_attention_heads=3, num_hidden_layers=2, intermediate_size=80,
        max_position_embeddings=POSITIONS + 2, pad_token_id=1, layer_norm_eps=1e-5), add_pooling_layer=False)


def distilbert():
    return DistilBertModel(DistilBertConfig(
        vocab_size=TOKENS, dim=64, n_heads=2, n_layers=3, hidden_dim=96, max_position_embeddings=POSITIONS))


def mpnet():
    return MPNetModel(MPNetConfig(
        vocab_size=TOKENS, hidden_size=64, num_attention_heads=4, num_hidden_layers=2, intermediate_size=80,
        max_position_embeddings=POSITIONS + 2, pad_token_id=1), add_pooling_layer=False)


ENCODERS = {
    "bert": bert, "roberta": roberta, "distilbert": distilbert, "mpnet": mpnet,
    "odd widths": lambda: bert(hidden=60, heads=5, inner=99), "one head": lambda: bert(hidden=32, heads=1, layers=1),
    "relu": lambda: bert(hidden_act="relu"), "large epsilon": lambda: bert(layer_norm_eps=1e-3),
}


def traced(module, frozen=True):
    ids = torch.arange(3, 10)[None]
    model = torch.jit.trace(module.eval(), (ids, torch.ones_like(ids)))
    return torch.jit.freeze(model) if frozen else model


def make(kind, head=Mean):
    torch.manual_seed(5)
    encoder = ENCODERS[kind]()
    for parameter in encoder.parameters():  # biases and norms, too, are not what they begin with
        parameter.data.add_(0.05 * torch.randn_like(parameter))
    return traced(head(encoder))


def text(length, seed=0):
    """[tensors][1][length]"""
    ids = numpy.random.default_rng(1000 * seed + length).integers(3, TOKENS, length)
    return numpy.stack([ids, numpy.ones(length)]).reshape(2, 1, length).astype(numpy.int32)


def expected(model, one):
    with torch.inference_mode():
        return model(*(torch.from_numpy(tensor).long() for tensor in one)).numpy()


def is_near(answer, right):
    assert answer.shape == right.shape
    numpy.testing.assert_allclose(answer, right, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", ENCODERS)
def test_every_length(load, kind):
    model = make(kind)
    worker = load(model)
    assert worker.packed == 1 and worker.difference <= 1e-5, worker.words
    assert worker.words == (kind if kind in ("roberta", "distilbert", "mpnet") else "bert")
    allocation = worker.allocate()
    for length in range(1, POSITIONS + 1):
        is_near(allocation.infer(text(length)), expected(model, text(length)))


@pytest.mark.parametrize("head", [Hidden, First, Mean, Largest, Dense])
def test_every_head_in_any_company(load, head):
    """Of a token's row and of a text's, short texts beside long ones, the same ones more than once."""
    model = make("bert", head)
    worker = load(model)
    assert worker.packed == 1, worker.words
    allocation = worker.allocate()
    for seed in range(12):
        lengths = numpy.random.default_rng(seed).integers(1, (8, POSITIONS)[seed % 2], (2, 5, 32)[seed % 3])
        texts = [text(length, seed) for length in lengths]
        for one, answer in zip(texts, allocation.infer_together(texts, (0, 0, 0, 0))):
            is_near(answer, expected(model, one))
        assert allocation.together == len(texts)


def test_spans(load):
    """One text, and several windows of one, of which some are filled up."""
    model = make("bert", Spans)
    worker = load(model)
    assert worker.packed == 1 and worker.difference <= 1e-5, worker.words
    allocation = worker.allocate()
    for length in (1, 2, 17, POSITIONS):
        is_near(allocation.infer(text(length)), expected(model, text(length)))
    windows = [text(length) for length in (40, 3, 40, 19)]
    together = numpy.zeros((2, len(windows), 40), dtype=numpy.int32)
    for row, one in enumerate(windows):
        together[:, row, :one.shape[2]] = one[:, 0]
    answer = allocation.infer(together)
    assert answer.shape == (2 * len(windows), 1, 40)
    for row, one in enumerate(windows):
        is_near(answer[2 * row:2 * row + 2, :, :one.shape[2]], expected(model, one))
        assert not answer[2 * row:2 * row + 2, :, one.shape[2]:].any()


def test_large_scores(load):
    """As of masked language models: near by the size of a token's scores, each of which is as near as it can be."""
    torch.manual_seed(5)
    model = traced(Words(bert(hidden=384, heads=6)))
    worker = load(model)
    assert worker.packed and worker.difference < 1e-5, worker.words
    answer, right = worker.allocate().infer(text(60)), expected(model, text(60))
    assert right.std() > 30 and (answer.argmax(-1) == right.argmax(-1)).all()
    numpy.testing.assert_allclose(answer, right, rtol=1e-5, atol=3e-4)
    with pytest.raises(AssertionError):
        is_near(answer, right)


def test_several_threads_and_allocations(load):
    """Of one model, whose weights they share."""
    model = make("bert")
    worker = load(model)
    allocations = [worker.allocate(threads) for threads in (1, 2, 3)]
    for length in (1, 5, 64, POSITIONS):
        for allocation in allocations:
            allocation.post(text(length))
        for allocation in allocations:
            is_near(allocation.result(), expected(model, text(length)))


def test_rows_of_one_document(load):
    """More of them than are computed at a time."""
    model = make("bert")
    allocation = load(model).allocate()
    rows = numpy.concatenate([text(40, seed) for seed in range(50)], axis=1)
    rows[1, ::2, 30:] = 0  # padding
    answers = allocation.infer(rows)
    for row in range(50):
        is_near(answers[row:row + 1], expected(model, rows[:, row:row + 1, :30 if row % 2 == 0 else 40]))


def test_not_frozen(load):
    """Weights are found by the graph, whether they are attributes or constants."""
    torch.manual_seed(6)
    model = traced(Mean(bert()), frozen=False)
    worker = load(model)
    assert worker.packed == 1, worker.words
    is_near(worker.allocate().infer(text(20)), expected(model, text(20)))


def test_the_setting_decides(load):
    model = make("bert")
    worker = load(model, encoder=MODULE)
    assert worker.packed == 0 and worker.words == "engine.encoder is [module]"
    is_near(worker.allocate().infer(text(20)), expected(model, text(20)))
    assert load(model, encoder=PACKED).packed == 1
    with pytest.raises(ModelError, match="the model cannot be packed: it is of no architecture that is known"):
        load(torch.jit.script(Plain().eval()), encoder=PACKED)


def anonymous_bytes(worker):
    """Memory of the process that no file stands behind."""
    return worker.measure()[1]


def children(worker):
    return pathlib.Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A model of 76 MiB, and its file."""
    torch.manual_seed(7)
    model = traced(Mean(bert(hidden=512, heads=8, layers=6, inner=2048)))
    path = tmp_path_factory.mktemp("large") / "model.pt"
    model.save(str(path))
    return model, path


def test_who_serves_has_packed_weights_alone(load, large):
    """The module is in another process, which is gone: weights take no more than a tenth above the file's size."""
    model, path = large
    small = anonymous_bytes(load(make("one head")))
    worker = load(model)
    assert worker.packed == 1, worker.words
    assert anonymous_bytes(worker) - small < 1.1 * path.stat().st_size
    assert not children(worker)


def test_a_proof_that_is_cut_short(engine, large):
    """Whatever ends the process that proves, the module serves, and the reason says so."""
    model, path = large
    worker = engine.spawn(path, 4 << 30)
    assert wait_until(lambda: children(worker))
    os.kill(int(children(worker)[0]), signal.SIGKILL)
    worker.wait_loaded()
    assert worker.proven is None  # it may go well the next time
    assert (worker.packed, worker.words) == (0, "its code ended the process that was to prove it: signal 9")
    is_near(worker.allocate().infer(text(20)), expected(model, text(20)))
    worker.end()


class Plain(torch.nn.Module):
    """No encoder."""

    def forward(self, ids, mask):
        return (ids * mask).float()


class Longer(Mean):
    """Does something else with long texts."""

    def forward(self, ids, mask):
        return super().forward(ids, mask) + 1e-3 * (mask.sum() > 60).float()


class Scaled(Mean):
    def forward(self, ids, mask):
        return 1.001 * super().forward(ids, mask)


class Tail(Hidden):
    """A head that is not known."""

    def forward(self, ids, mask):
        return super().forward(ids, mask)[:, -1]


@pytest.mark.parametrize("head", [Longer, Scaled, Tail])
def test_what_only_looks_like_one(load, head):
    """Its own code runs, and answers as ever."""
    model = make("bert", head)
    worker = load(model)
    assert worker.packed == 0
    assert worker.words.startswith("its answers are not those of what it looks like, the nearest are off by ")
    allocation = worker.allocate()
    for length in (5, 100):
        is_near(allocation.infer(text(length)), expected(model, text(length)))


class Branching(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, ids, mask):
        found = self.model(ids, mask)
        if ids.size(1) == 77:
            found = -found
        return found


def test_branches(load):
    """A few texts do not prove anything about code that does this to some and that to others."""
    model = torch.jit.script(Branching(traced(Mean(bert()), frozen=False)))
    worker = load(model)
    assert (worker.packed, worker.words) == (0, "its code has branches")
    is_near(worker.allocate().infer(text(77)), expected(model, text(77)))


def test_what_is_out_of_range(load):
    """An error, and the next text is answered."""
    model = make("bert")
    allocation = load(model).allocate()
    for at, value, word in ((0, TOKENS, "vocabulary"), (0, -1, "vocabulary"), (1, 0, "mask"), (1, 2, "mask")):
        wrong = text(10)
        wrong[at, 0, 5] = value
        with pytest.raises(ModelError, match=word):
            allocation.infer(wrong)
    with pytest.raises(ModelError, match="longer than the model's positions"):
        allocation.infer(text(POSITIONS + 1))
    is_near(allocation.infer(text(10)), expected(model, text(10)))


def test_weights_are_there_once(load):
    """What is packed takes as much as what it was packed from, which goes."""
    torch.manual_seed(7)
    big = traced(Mean(bert(hidden=512, heads=8, layers=8, inner=2048)))  # 100 MB
    own = [load(big, encoder=encoder).measure()[1] for encoder in (MODULE, PACKED)]
    assert own[1] < own[0] + (24 << 20), own
