# SPDX-License-Identifier: Apache-2.0
"""Memory of a worker with libtorch: what is counted as its own, and the limit that can be moved."""

import numpy
import pytest
import torch

from support.engine_driver import ModelError

pytestmark = pytest.mark.torch
MB = 1 << 20


class Heavy(torch.nn.Module):
    """Holds 64 MB, and takes as many more in forward as its input says, once for the time of it."""

    def __init__(self):
        super().__init__()
        self.register_buffer("weights", torch.ones(64 * MB // 4))

    def forward(self, a):
        megabytes = int(a[0, 0])
        return torch.ones([megabytes << 18]).sum().view(1, 1) + self.weights[0]


def test_weights_are_its_own_and_libtorch_is_not(load):
    worker = load(Heavy())
    resident, own, peak = worker.measure()
    assert 64 * MB <= own <= 128 * MB
    assert own <= peak and own < resident


def test_peak_is_remembered(load):
    worker = load(Heavy())
    worker.allocate().infer([[[256, 0, 0]]])
    _, own, peak = worker.measure()
    assert own < 256 * MB < peak


def test_limit_moves_while_it_runs(load):
    worker = load(Heavy(), memory_limit=512 * MB)
    allocation = worker.allocate()
    with pytest.raises(ModelError, match="memory"):
        allocation.infer([[[1024, 0, 0]]])
    worker.limit(4096 * MB)
    worker.measure()  # the answer comes after the limit was set
    assert allocation.infer([[[1024, 0, 0]]]) == numpy.float32(1024 * (MB // 4))
    worker.limit(512 * MB)
    worker.measure()
    with pytest.raises(ModelError, match="memory"):
        allocation.infer([[[1024, 0, 0]]])
    assert allocation.infer([[[1, 0, 0]]]).shape == (1, 1)
