# SPDX-License-Identifier: Apache-2.0
"""The reference for model inputs: Hugging Face's tokens, cut and parted as the contract says (10.2 to 10.4)."""

import dataclasses
import typing

# Those without a fast tokenizer, or of which the fast one is made of the slow one's files in a way of its own.
SLOW = {"bert_ja", "xlm_roberta", "deberta_v2"}


class Refused(Exception):
    """The answer is an error."""

    def __init__(self, status, error_type, reason):
        super().__init__(reason)
        self.status, self.type, self.reason = status, error_type, reason


def bad_request(reason):
    return Refused(400, "status_exception", reason)


class Piece(typing.NamedTuple):
    """A token of a text; start and end count code points."""

    id: int
    start: int
    end: int
    word: int


@dataclasses.dataclass
class Row:
    """One sequence for the model; pieces has None for special tokens."""

    ids: list
    types: list
    pieces: list
    second: int  # where the second text begins


@dataclasses.dataclass
class Settings:
    max: int
    truncate: str = "first"
    span: int = -1

    @classmethod
    def of(cls, tokenization, update):
        """An update that cuts a text gives up the windows."""
        merged = {**tokenization, **update}
        if update.get("truncate") in ("first", "second", "balanced") and "span" not in update:
            merged["span"] = -1
        return cls(merged["max_sequence_length"], merged.get("truncate", "first"), merged.get("span", -1))


class Tokens:
    """A model folder's tokenizer."""

    def __init__(self, folder, kind):
        from transformers import AutoTokenizer
        self.kind = kind
        self.tokenizer = AutoTokenizer.from_pretrained(str(folder), use_fast=kind not in SLOW)

    def pieces(self, text):
        if self.kind in SLOW:
            ids = self.tokenizer.encode(text, add_special_tokens=False)
            return [Piece(token, -1, -1, word) for word, token in enumerate(ids)]
        found = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        words, offsets = found.word_ids(), found["offset_mapping"]
        if self.kind == "roberta" and self.tokenizer.mask_token not in text:
            extents = self._word_extents(text)
            offsets = [extents[word] for word in words]
        return [Piece(token, *at, word) for token, at, word in zip(found["input_ids"], offsets, words)]

    def _word_extents(self, text):
        """All tokens of a word have its offsets, without the blank that it begins with."""
        words = self.tokenizer.backend_tokenizer.pre_tokenizer.pre_tokenize_str(text)
        return [(start + (end - start > 1 and text[start] == " "), end) for _, (start, end) in words]

    def row(self, first, second=None):
        tokenizer = self.tokenizer
        a = [piece.id for piece in first]
        b = None if second is None else [piece.id for piece in second]
        ids = tokenizer.build_inputs_with_special_tokens(a, b)
        pieces = [None] * len(ids)
        pieces[1:1 + len(a)] = first
        start = len(ids)
        if second is not None:
            start = len(ids) - 1 - len(b)
            pieces[start:start + len(b)] = second
        return Row(ids, tokenizer.create_token_type_ids_from_sequences(a, b), pieces, start)

    def single(self, text, settings):
        """Rows of one text, and whether it was cut."""
        pieces = self.pieces(text)
        extra = self.tokenizer.num_special_tokens_to_add(pair=False)
        room = settings.max - extra
        if len(pieces) <= room:
            return [self.row(pieces)], False
        if settings.truncate != "none":
            return [self.row(pieces[:room])], True
        if settings.span < 0:
            raise too_large(len(pieces) + extra, settings)
        return [self.row(pieces[a:b]) for a, b in windows(pieces, room, settings.span)], False

    def pair(self, first, second, settings):
        """Rows of two texts, and whether one was cut."""
        a, b = self.pieces(first), self.pieces(second)
        extra = self.tokenizer.num_special_tokens_to_add(pair=True)
        total, room = len(a) + len(b) + extra, settings.max - extra
        if settings.span >= 0 and total >= settings.max:
            check_windows(len(a), extra, settings)
            return [self.row(a, b[i:j]) for i, j in windows(b, room - len(a), settings.span)], False
        if total <= settings.max:
            return [self.row(a, b)], False
        keep_a, keep_b = cut_pair(len(a), len(b), room, extra, settings)
        return [self.row(a[:keep_a], b[:keep_b])], True


def too_large(count, settings):
    return bad_request(f"Input too large. The tokenized input length [{count}] exceeds the maximum sequence length "
                       f"[{settings.max}]")


def cut_pair(a, b, room, extra, settings):
    """How much is kept of each."""
    def refuse(other, count):
        return bad_request(
            f"Attempting truncation [{settings.truncate}] but input is too large for the {other} sequence. The "
            f"tokenized input length [{count}] exceeds the maximum sequence length [{room}], when taking special "
            f"tokens into account")
    if settings.truncate == "first":
        if b > room:
            raise refuse("second", b)
        return room - b, b
    if settings.truncate == "second":
        if a > room:
            raise refuse("first", a)
        return a, room - a
    if settings.truncate == "balanced":
        half = room // 2
        keep = min(a, half if b > half else room - b)
        return keep, min(b, room - keep)
    raise too_large(a + b + extra, settings)


def check_windows(a, extra, settings):
    start = "Unable to do sequence pair tokenization: the "
    total = a + settings.span + extra
    if a + extra > settings.max:
        raise Refused(400, "illegal_argument_exception",
                      f"{start}first sequence [{a + extra} tokens] is longer than the max sequence length "
                      f"[{settings.max} tokens]")
    if total > settings.max:
        raise Refused(400, "illegal_argument_exception",
                      f"{start}combined first sequence, span length and delimiting tokens [{a} + {settings.span} + "
                      f"{extra} = {total} tokens] is longer than the max sequence length [{settings.max} tokens]. "
                      f"Reduce the size of the [span] window.")


def windows(pieces, room, span):
    """[start, end) of each: whole words, `span` tokens or a little more in common with the one before. So a word that
    is longer than a window cannot be passed."""
    def cuts_a_word(at):
        return 0 < at < len(pieces) and pieces[at].word == pieces[at - 1].word

    found, start = [], 0
    while True:
        end = min(start + room, len(pieces))
        while end > start and cuts_a_word(end):
            end -= 1
        found.append((start, end))
        if end == len(pieces):
            return found
        following = end - span
        while following > 0 and cuts_a_word(following):
            following -= 1
        if following <= start:
            raise Refused(500, "illegal_state_exception", "Tokenization cannot be satisfied with the current span "
                          "setting. Consider decreasing the span setting")
        start = following


def utf16(text, at):
    """A code point's index as an index of UTF-16 code units."""
    return len(text[:at].encode("utf-16-le")) // 2
