# SPDX-License-Identifier: Apache-2.0
"""Small TorchScript models, made by the tests themselves and saved to bytes.

prim::TimePoint is the interpreter's own clock in nanoseconds; it lets a forward be busy for a
wanted time on a machine of any speed.
"""

import io
from typing import List

import torch

from support import archives


class Ones(torch.nn.Module):
    """What Elasticsearch's own tests use: four inputs, ones of shape [batch, 2], float64."""

    def forward(self, input_ids, attention_mask, token_type_ids, position_ids):
        return torch.ones([input_ids.size(0), 2], dtype=torch.float64)


class Behaving(torch.nn.Module):
    """The embedding of models.embedding, and misbehaviour on the ids of models.VOCABULARY.

    It is the fake engine's formula: h is the sum of weight x id over the positions whose mask is
    not 0, weight i + 1 at position i; column j is ((h x (j + 1)) mod 1009) / 1009.
    """

    kept: List[torch.Tensor]

    def __init__(self, dim: int, forward_ms: int, ballast_bytes: int, hang_ns: int = 1 << 60):
        super().__init__()
        self.dim = dim
        self.forward_ns = forward_ms * 1_000_000
        self.hang_ns = hang_ns
        self.register_buffer("ballast", torch.ones(ballast_bytes // 4))
        self.kept = []

    def busy(self, nanoseconds: int):
        end = torch.ops.prim.TimePoint() + nanoseconds
        while torch.ops.prim.TimePoint() < end:
            pass

    def misbehave(self, token: int):
        if token == 6:
            raise RuntimeError("asked to throw")
        if token == 7:
            self.busy(7 % (token - 7))
        if token == 8:
            eaten: List[torch.Tensor] = []
            while len(eaten) < 1 << 40:
                eaten.append(torch.ones([1 << 22]))
            self.busy(len(eaten))  # without a use the compiler would drop the loop
        if token == 9:
            self.busy(self.hang_ns)
        if token == 10:
            square = torch.ones([512, 512])
            x = square
            for _ in range(150):
                x = torch.matmul(x, square) / 512.0
            self.busy(int(x[0, 0].item()))

        if token == 29:
            while len(self.kept) < 1 << 40:
                self.kept.append(torch.ones([1 << 22]))

    def forward(self, input_ids, attention_mask, token_type_ids, position_ids):
        ids: List[int] = input_ids[0].tolist()
        self.busy(self.forward_ns)
        for token in ids:
            self.misbehave(token)
        weights = torch.arange(1, input_ids.size(1) + 1)
        h = int((input_ids * weights * (attention_mask != 0)).sum()) % 1009
        values = (h * torch.arange(1, self.dim + 1)) % 1009
        return values.to(torch.float32).unsqueeze(0) / 1009.0


class RowWise(Behaving):
    """The same for each of several rows, in one go: a forward takes as long for many as for one, and hang_ms more
    with the word hang. mixes: it says to all what it says to the first. counts_padding: what it says depends on the
    padding, a little beside 6000."""

    def __init__(self, dim: int, forward_ms: int, hang_ms: int, mixes: bool, counts_padding: bool):
        super().__init__(dim, forward_ms, 0, hang_ms * 1_000_000)
        self.mixes = mixes
        self.counts_padding = counts_padding

    def forward(self, input_ids, attention_mask, token_type_ids, position_ids):
        self.busy(self.forward_ns)
        rows: List[List[int]] = input_ids.tolist()
        for row in rows:
            for token in row:
                self.misbehave(token)
        weights = torch.arange(1, input_ids.size(1) + 1)
        h = (input_ids * weights * (attention_mask != 0)).sum(1, keepdim=True) % 1009
        if self.counts_padding:
            h = (h + input_ids.size(1)) % 1009
        if self.mixes:
            h = h[0:1].repeat(input_ids.size(0), 1)
        values = ((h * torch.arange(1, self.dim + 1)) % 1009).to(torch.float32) / 1009.0
        return values + 6000.0 if self.counts_padding else values


class EachToken(torch.nn.Module):
    """Answers a row for each token: [batch, tokens, dim]; otherwise as RowWise."""

    def __init__(self, dim: int, forward_ms: int, hang_ms: int):
        super().__init__()
        self.dim = dim
        self.forward_ns, self.hang_ns = forward_ms * 1_000_000, hang_ms * 1_000_000

    def forward(self, input_ids, attention_mask, token_type_ids, position_ids):
        end = torch.ops.prim.TimePoint() + self.forward_ns
        if bool((input_ids == 9).any()):
            end += self.hang_ns
        while torch.ops.prim.TimePoint() < end:
            pass
        h = input_ids * torch.arange(1, input_ids.size(1) + 1) * (attention_mask != 0)
        values = (h.unsqueeze(2) % 1009 * torch.arange(1, self.dim + 1)) % 1009
        return values.to(torch.float32) / 1009.0


class Wrong(torch.nn.Module):
    """Answers integers, which Elasticsearch says cannot be processed."""

    def forward(self, input_ids, attention_mask, token_type_ids, position_ids):
        return input_ids


class Relu(torch.nn.Module):
    """Calls one operation by name."""

    def forward(self, input_ids, attention_mask, token_type_ids, position_ids):
        return torch.relu(input_ids.to(torch.float32))


class Failing(torch.nn.Module):
    """Fails for whatever it is asked."""

    def forward(self, input_ids, attention_mask, token_type_ids, position_ids):
        if input_ids.size(0) > 0:
            raise RuntimeError("told to fail")
        return input_ids.to(torch.float32)


class Reader(torch.nn.Module):
    """Reads a file into a tensor."""

    def forward(self, input_ids, attention_mask, token_type_ids, position_ids):
        return torch.from_file("/etc/passwd", False, 8, dtype=torch.uint8).to(torch.float32).unsqueeze(0)


def _saved(module):
    data = io.BytesIO()
    torch.jit.save(torch.jit.script(module.eval()), data)
    return data.getvalue()


def ones():
    return _saved(Ones())


def behaving(dim=4, forward_ms=0, ballast_bytes=0, hang_ms=None):
    """hang_ms: how long it hangs; None: for ever."""
    hang_ns = 1 << 60 if hang_ms is None else hang_ms * 1_000_000
    return _saved(Behaving(dim, forward_ms, ballast_bytes, hang_ns))


def row_wise(dim=4, forward_ms=0, hang_ms=1000, mixes=False, counts_padding=False):
    return _saved(RowWise(dim, forward_ms, hang_ms, mixes, counts_padding))


def one_row():
    """Answers the first of several texts only."""
    return behaving()


def each_token(dim=2, forward_ms=0, hang_ms=1000):
    return _saved(EachToken(dim, forward_ms, hang_ms))


def wrong():
    return _saved(Wrong())


def unreadable():
    """An archive whose code calls aten::rolu, which there is not."""
    return archives.rewritten(_saved(Relu()), lambda _, content: content.replace(b"torch.relu", b"torch.rolu"))


def unjudged():
    """Serves as behaving() does; its clock, prim::TimePoint, is in no list."""
    return _saved(Behaving(5, 0, 0))


def forbidden():
    return _saved(Reader())


def fails_to_load():
    """Passes vetting; no forward of it succeeds, so the warm-up finds out."""
    return _saved(Failing())
