# SPDX-License-Identifier: Apache-2.0
"""Small models in every form that people import, and what they answer, made by whatever torch runs this.

    python tests/support/version_models.py FOLDER

writes FOLDER/<form>.pt and FOLDER/expected.json. It needs torch (1.13 and newer) and nothing else, so that it
also runs in an environment of an older version; tests/engine/versions holds what it wrote there.
"""

import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F

WORDS, WIDTH = 24, 8
TEXTS = [[1, 5, 9, 23, 2], [1, 7, 2], [1, 3, 4, 6, 8, 10, 11, 2]]
# Words 3 and 8 of this text are masked out.
MASKED = [[1, 12, 13, 14, 2, 0, 0, 0], [1, 1, 1, 0, 1, 1, 1, 0]]


class Attention(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.out = (torch.nn.Linear(WIDTH, WIDTH) for _ in range(4))

    def split(self, x):
        return x.view(x.size(0), x.size(1), 2, x.size(2) // 2).permute(0, 2, 1, 3)

    def forward(self, x, bias):
        scores = torch.matmul(self.split(self.query(x)), self.split(self.key(x)).transpose(-1, -2))
        chances = torch.softmax(scores / 2.0 + bias, dim=-1)
        mixed = torch.matmul(chances, self.split(self.value(x))).permute(0, 2, 1, 3).contiguous()
        return self.out(mixed.view(x.size()))


class Encoder(torch.nn.Module):
    """An encoder of one layer: the mean of its words, of length 1."""

    def __init__(self):
        super().__init__()
        self.words = torch.nn.Embedding(WORDS, WIDTH)
        self.positions = torch.nn.Embedding(16, WIDTH)
        self.attention = Attention()
        self.norm = torch.nn.LayerNorm(WIDTH)
        self.up, self.down = torch.nn.Linear(WIDTH, 16), torch.nn.Linear(16, WIDTH)
        self.dropout = torch.nn.Dropout(0.1)

    def states(self, ids, mask):
        x = self.words(ids) + self.positions(torch.arange(ids.size(1), device=ids.device).unsqueeze(0))
        bias = (1.0 - mask[:, None, None, :].to(x.dtype)) * -10000.0
        x = self.norm(x + self.dropout(self.attention(x, bias)))
        return x + self.down(F.gelu(self.up(x)))

    def forward(self, ids, mask):
        x = self.states(ids, mask)
        weights = mask.unsqueeze(-1).to(x.dtype)
        mean = (x * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
        return F.normalize(mean, p=2.0, dim=1)


class Tied(Encoder):
    """Scores of all words, by the same weights that the words have."""

    def __init__(self):
        super().__init__()
        self.scores = torch.nn.Linear(WIDTH, WORDS, bias=False)
        self.scores.weight = self.words.weight

    def forward(self, ids, mask):
        return self.scores(self.states(ids, mask))


class Stored(Encoder):
    """Has its large table in half precision and computes in single."""

    def __init__(self):
        super().__init__()
        table = self.words.weight.detach().half()
        self.words = torch.nn.Identity()
        self.register_buffer("table", table)

    def states(self, ids, mask):
        x = F.embedding(ids, self.table).float()
        return self.norm(x) * mask.unsqueeze(-1)


class Branches(Encoder):
    """Decides by what it sees, which a trace cannot."""

    def forward(self, ids, mask):
        x = self.states(ids, mask)
        if ids.size(1) > 4:
            for i in range(ids.size(1)):
                if int(ids[0, i]) == 2:
                    return x[:, i]
        return x.amax(1)


def _scattered(model):
    torch.manual_seed(3)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.6)
    return model.eval()


def _quantized(model):
    """As eland does it."""
    return torch.quantization.quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8)


def _trace(model):
    return torch.jit.trace(model, (torch.tensor([TEXTS[0]]), torch.ones(1, 5, dtype=torch.long)))


def forms():
    """{name: module that can be saved}."""
    encoder = _scattered(Encoder())
    return {
        "traced": _trace(encoder),
        "traced-frozen": torch.jit.freeze(_trace(encoder)),
        "scripted": torch.jit.script(encoder),
        "scripted-frozen": torch.jit.freeze(torch.jit.script(encoder)),
        "branches": torch.jit.script(_scattered(Branches())),
        "tied": _trace(_scattered(Tied())),
        "tied-frozen": torch.jit.freeze(_trace(_scattered(Tied()))),
        "stored-half": torch.jit.freeze(_trace(_scattered(Stored()))),
        "bfloat16": torch.jit.freeze(_trace(_scattered(Encoder()).bfloat16())),
        "quantized": _trace(_quantized(encoder)),
        "quantized-frozen": torch.jit.freeze(_trace(_quantized(encoder))),
        "quantized-scripted": torch.jit.script(_quantized(encoder)),
    }


def inputs():
    """Of each call: the ids and the mask, one row each."""
    return [[ids, [1] * len(ids)] for ids in TEXTS] + [MASKED]


def make(folder):
    """Writes the models and their answers; gives {name: answers as nested lists}."""
    torch.set_num_threads(1)
    answers = {}
    for name, module in forms().items():
        torch.jit.save(module, str(folder / f"{name}.pt"))
        loaded = torch.jit.load(str(folder / f"{name}.pt")).eval()
        with torch.no_grad():
            answers[name] = [loaded(*(torch.tensor([row]) for row in rows)).float().tolist() for rows in inputs()]
    about = {"torch": torch.__version__, "inputs": inputs(), "answers": answers}
    (folder / "expected.json").write_text(json.dumps(about) + "\n")
    return about


if __name__ == "__main__":
    destination = Path(sys.argv[1])
    destination.mkdir(parents=True, exist_ok=True)
    print(f"torch {make(destination)['torch']}: {len(forms())} models in {destination}")
