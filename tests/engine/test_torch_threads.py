# SPDX-License-Identifier: Apache-2.0
"""Allocations of one worker: teams of threads, niceness, shared weights, one module used at once."""

import threading

import numpy
import pytest
import torch

from support import procfs
from support.poll import until

pytestmark = pytest.mark.torch
ROW = [[[1, 2, 3]]]


class Heavy(torch.nn.Module):
    """Enough work in one operator that libtorch spreads it over the team."""

    def __init__(self, megabytes=1):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.randn(megabytes * 256, 1024))

    def forward(self, a):
        x = torch.ones([512, 1024]) * a.sum()
        return torch.tanh(torch.nn.functional.linear(x, self.weight)).mean(0, keepdim=True)


@pytest.mark.parametrize("team", [1, 2, 3])
def test_team_is_as_large_as_asked(load, team):
    worker = load(Heavy())
    before = set(procfs.threads(worker.pid))
    allocation = worker.allocate(threads=team)  # kept, for its thread ends with it
    allocation.infer(ROW)
    assert len(set(procfs.threads(worker.pid)) - before) == team


def test_teams_of_different_sizes_side_by_side(load):
    """A later allocation's size must not become an earlier one's, before its first forward or after."""
    worker = load(Heavy())
    before = set(procfs.threads(worker.pid))
    three, one = worker.allocate(threads=3), worker.allocate(threads=1)
    one.infer(ROW)
    three.infer(ROW)
    one.infer(ROW)
    assert len(set(procfs.threads(worker.pid)) - before) == 4


def test_team_inherits_niceness(load):
    worker = load(Heavy())
    low, normal = worker.allocate(threads=2, nice=15), worker.allocate(threads=2)
    low.infer(ROW)
    normal.infer(ROW)
    assert sorted(procfs.nice_of_threads(worker.pid)) == [0, 0, 0, 15, 15]


def test_closing_ends_the_team(load):
    worker = load(Heavy())
    before = procfs.threads(worker.pid)
    allocation = worker.allocate(threads=3)
    allocation.infer(ROW)
    allocation.close()
    until(lambda: procfs.threads(worker.pid) == before, "the team is gone")


def test_one_module_used_by_several_at_once(load):
    module = Heavy().eval()
    worker = load(module)
    with torch.inference_mode():
        expected = [module(torch.tensor([[n]])).numpy() for n in range(4)]
    wrong = []

    def use(number):
        allocation = worker.allocate()
        for _ in range(20):
            if not numpy.array_equal(allocation.infer([[[number]]]), expected[number]):
                wrong.append(number)

    users = [threading.Thread(target=use, args=(n,)) for n in range(4)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    assert not wrong


def test_weights_are_there_once(load):
    worker = load(Heavy(megabytes=64))
    worker.allocate().infer(ROW)
    before = procfs.memory_bytes(worker.pid, "Private_Dirty")
    assert before > 64 << 20
    worker.allocate().infer(ROW)
    assert procfs.memory_bytes(worker.pid, "Private_Dirty") - before < 32 << 20
