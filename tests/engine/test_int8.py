# SPDX-License-Identifier: Apache-2.0
"""The packed encoder in int8 and bf16: answers stay near, a floor is kept, and who cannot have it is told."""

import numpy
import pytest
import torch

from engine import test_packed as packed
from support.engine_driver import (
    AUTO, BF16, INT8, MODULE, QUANTIZE, QUANTIZE_REQUEST, Closed, ModelError)

pytestmark = pytest.mark.torch


def samples(count=12):
    """Texts of different lengths, padded."""
    texts = [packed.text(length, seed=7) for length in range(3, 3 + 5 * count, 5)]
    together = numpy.zeros((2, count, texts[-1].shape[2]), dtype=numpy.int32)
    for row, text in enumerate(texts):
        together[:, row, :text.shape[2]] = text[:, 0]
    return together


def cosine(a, b):
    a, b = a.ravel().astype(float), b.ravel().astype(float)
    return a @ b / numpy.sqrt(a @ a * (b @ b))


@pytest.mark.parametrize("kind", ["bert", "roberta", "distilbert", "mpnet", "odd widths", "relu"])
def test_answers_stay_near(load, kind):
    model = packed.make(kind)
    worker = load(model)
    linears, int8, median, worst, speedup = worker.quantize(samples())
    assert (linears, int8) == (4 * (3 if kind == "distilbert" else 2),) * 2
    assert 0.99 < worst <= median < 1 and speedup > 0
    allocation = worker.allocate()
    for length in (1, 2, 17, packed.POSITIONS):
        one = packed.text(length, seed=9)
        answer = allocation.infer(one)
        right = packed.expected(model, one)
        assert 0.985 < cosine(answer, right) < 1, length  # near, and not the float32 answer itself
        assert (allocation.infer(one) == answer).all()


def test_each_token_of_it(load):
    model = packed.make("bert", packed.Hidden)
    worker = load(model)
    assert worker.quantize(samples())[3] > 0.99
    one = packed.text(40)
    assert cosine(worker.allocate().infer(one), packed.expected(model, one)) > 0.99


def test_a_floor_keeps_layers_in_float32(load):
    model = packed.make("bert")
    everything = load(model).quantize(samples())
    floor = (1 + everything[3]) / 2
    linears, int8, median, worst, _ = load(model).quantize(samples(), floor)
    assert 0 < int8 < linears and floor <= worst <= median


@pytest.mark.parametrize("floor", [-1.0, 0.99999])
def test_what_was_found_is_kept(load, floor):
    """Another process makes the same model of it, and computes no sample."""
    model, texts = packed.make("mpnet"), [packed.text(length, seed=9) for length in (2, 40, packed.POSITIONS)]
    first, second = load(model), load(model)
    report = first.quantize(samples(), floor)
    assert first.fit
    assert second.quantize(samples(), floor, kept=first.fit) == report and second.fit == b""
    answers = [worker.allocate() for worker in (first, second)]
    for text in texts:
        numpy.testing.assert_array_equal(*(answer.infer(text) for answer in answers))


def test_what_was_kept_is_of_no_use(load):
    """Damaged, cut off, or of another floor or other samples: it is as if there were none."""
    model = packed.make("bert")
    first = load(model)
    report = first.quantize(samples())
    fit = first.fit
    for kept in (*(bytes([*fit[:at], fit[at] ^ 0x41, *fit[at + 1:]]) for at in (0, 300, len(fit) - 9)), fit[:-1]):
        worker = load(model)
        assert worker.quantize(samples(), kept=kept)[:4] == report[:4] and worker.fit != b""
    for texts, floor in ((samples(), 0.5), (samples(11), -1.0)):
        worker = load(model)
        worker.quantize(texts, floor, kept=fit)
        assert worker.fit != b""


@pytest.fixture
def doomed(engine, tmp_path):
    """A worker whose end the test waits for."""
    def load_one(model, encoder=AUTO):
        torch.jit.save(model, str(tmp_path / "doomed.pt"))
        return engine.load(tmp_path / "doomed.pt", encoder=encoder)
    return load_one


def refused(worker, *arguments):
    with pytest.raises(ModelError) as error:
        worker.quantize(*arguments)
    assert worker.end() != 0
    return str(error.value)


def has_bf16():
    """Instructions for its products, as the kernel lists them."""
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        flags = next((line for line in info if line.startswith("flags")), "").split()
    return "avx512_bf16" in flags or "amx_bf16" in flags


def test_bf16(doomed):
    """Answers stay nearer than in int8; without instructions for it, it is refused with what was measured."""
    torch.manual_seed(5)
    model = packed.traced(packed.Mean(packed.bert(hidden=384, heads=6, inner=1536)))
    worker = doomed(model)
    if not has_bf16():
        reason = refused(worker, samples(), -1.0, BF16)
        assert "bf16 is not faster than float32 on this processor, which has neither" in reason or "lacking" in reason
        return
    linears, narrow, median, worst, speedup = worker.quantize(samples(), kind=BF16)
    assert linears == narrow == 8 and 0.9995 < worst <= median < 1 and speedup >= 1.05
    allocation = worker.allocate()
    texts = [packed.text(length, seed=9) for length in (1, 17, packed.POSITIONS)]
    for one, answer in zip(texts, allocation.infer_together(texts, (0, 0, 0, 0))):
        assert 0.999 < cosine(answer, packed.expected(model, one)) < 1
        assert cosine(allocation.infer(one), answer) > 0.9999  # in company as alone
    worker.end()


def test_bf16_that_is_no_faster(doomed):
    """Small layers may be, since numbers are turned to bf16 and back."""
    worker = doomed(packed.make("bert"))
    try:
        assert worker.quantize(samples(), kind=BF16)[4] >= 1.05
    except ModelError as error:
        assert "times as fast" in str(error) or "lacking" in str(error)
    worker.end()


# ---- a process that cannot says why, and ends ----

def test_a_floor_that_nothing_reaches(doomed):
    reason = refused(doomed(packed.make("bert")), samples(), 1.0)
    assert reason == "no linear layer can be in int8 with a cosine of at least [1]"


def test_who_does_not_run_packed(doomed):
    assert refused(doomed(packed.make("bert"), MODULE), samples()) == "the model does not run packed"


def test_samples_that_are_nonsense(doomed):
    bad = samples()
    bad[0, 0, 0] = packed.TOKENS
    assert "a token is not in the model's vocabulary" in refused(doomed(packed.make("bert")), bad)
    worker = doomed(packed.make("bert"))
    worker.send(QUANTIZE, 0, QUANTIZE_REQUEST.pack(9, 9, 9, INT8, 0.0, 0))  # claims more numbers than it has
    with pytest.raises(Closed):
        worker.receive()
    assert worker.end() != 0
    worker = doomed(packed.make("bert"))
    worker.send(QUANTIZE, 0, QUANTIZE_REQUEST.pack(1, 1, 1, INT8, 0.0, 5) + bytes(8))  # and more of what was kept
    with pytest.raises(Closed):
        worker.receive()
    assert worker.end() != 0
