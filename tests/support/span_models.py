# SPDX-License-Identifier: Apache-2.0
"""TorchScript models for the tasks that answer with parts of a text or of the vocabulary.

Each looks its scores up by token, so that a test can say what the answer must be.
"""

import io

import torch

from support.models import VOCABULARY

NONE = -100.0


class ByToken(torch.nn.Module):
    """[1, tokens, columns]: each token's row of a table."""

    def __init__(self, table):
        super().__init__()
        self.register_buffer("table", table)

    def forward(self, input_ids, attention_mask, token_type_ids, position_ids):
        return self.table[input_ids]


class ByTokenBefore(torch.nn.Module):
    """The same, of the token before; in a tuple, as transformers' models answer."""

    def __init__(self, table):
        super().__init__()
        self.register_buffer("table", table)

    def forward(self, input_ids, attention_mask, token_type_ids, position_ids):
        return (self.table[torch.roll(input_ids, 1, 1)],)


class Finder(torch.nn.Module):
    """[2, 1, tokens]: the answer is every token that equals the question's first one.

    A question of [UNK] finds nothing: the first position has all the chances.
    """

    def forward(self, input_ids, attention_mask, token_type_ids, position_ids):
        wanted = input_ids[:, 1:2]
        found = (input_ids == wanted).to(torch.float32) * 30.0
        if int(wanted[0, 0]) == 1:
            found = torch.zeros_like(found)
            found[0, 0] = 2000.0
        return torch.stack([found, found])


def _saved(module):
    data = io.BytesIO()
    torch.jit.save(torch.jit.script(module.eval()), data)
    return data.getvalue()


def _table(columns, rows, otherwise):
    """A row for each token of the vocabulary: {token: {column: score}}, other tokens' and the rest."""
    table = torch.full([len(VOCABULARY), columns], NONE)
    table[:, :] = torch.tensor(otherwise)
    for token, scores in rows.items():
        table[VOCABULARY.index(token)] = NONE
        for column, score in scores.items():
            table[VOCABULARY.index(token), column] = score
    return table


def token_classifier(labels, tokens):
    """tokens: {token: its label}; all others have the first label."""
    rows = {token: {labels.index(label): 0.0} for token, label in tokens.items()}
    return _saved(ByToken(_table(len(labels), rows, [0.0] + [NONE] * (len(labels) - 1))))


def _by_names(tokens):
    return {token: {VOCABULARY.index(name): score for name, score in scores.items()}
            for token, scores in tokens.items()}


def next_word(tokens):
    """tokens: {token: {the token after it: score}}."""
    return _saved(ByTokenBefore(_table(len(VOCABULARY), _by_names(tokens), 0.0)))


def expander(tokens):
    """tokens: {token: {token: weight}}; all other weights are negative."""
    return _saved(ByToken(_table(len(VOCABULARY), _by_names(tokens), NONE)))


def finder():
    return _saved(Finder())
