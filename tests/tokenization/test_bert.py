"""The bert tokenizer against Hugging Face's, on MiniLM's vocabulary and on a cased one.

The measure is the fast tokenizer (BertTokenizerFast). Where inferd differs on purpose, there is a test
that says so: test_difference_*.
"""
# SPDX-License-Identifier: Apache-2.0
import unicodedata

import pytest
from transformers import BertTokenizer, BertTokenizerFast

from support import tokenizer_corpus as corpus
from support import wordpiece

FORGED = ("[CLS]", "[SEP]", "[PAD]", "[UNK]")


def vocabulary_of(folder, tokens, lower):
    return wordpiece.Vocabulary(folder, tokens, lower, "bert", BertTokenizerFast)


@pytest.fixture(scope="module")
def uncased(tmp_path_factory):
    return vocabulary_of(tmp_path_factory.mktemp("uncased"), wordpiece.minilm_tokens(), True)


@pytest.fixture(scope="module")
def cased(tmp_path_factory):
    tokens = wordpiece.cased_tokens(wordpiece.minilm_tokens())
    return vocabulary_of(tmp_path_factory.mktemp("cased"), tokens, False)


@pytest.fixture(scope="module")
def texts():
    """See test_difference_special_tokens_in_text for the others."""
    return corpus.share(corpus.without(FORGED))


@pytest.fixture(params=["uncased", "cased"])
def vocabulary(request):
    return request.getfixturevalue(request.param)


def test_vocabularies_tell_cases_apart(uncased, cased):
    assert cased.ids("Paris")[1:-1] != cased.ids("paris")[1:-1]
    assert uncased.ids("Paris") == uncased.ids("paris")


def test_ids_equal_the_fast_tokenizer(vocabulary, texts):
    wordpiece.check_ids(vocabulary, texts)


def test_offsets_and_words_equal_the_fast_tokenizer(vocabulary, texts):
    wordpiece.check_offsets_and_words(vocabulary, [t for t in texts if "[MASK]" not in t])


def test_sentences_equal_the_slow_tokenizer(vocabulary):
    """Natural text in NFC; see test_difference_from_the_slow_tokenizer for the rest."""
    slow = vocabulary.theirs(BertTokenizer)
    for text in corpus.SENTENCES:
        text = unicodedata.normalize("NFC", text)
        assert vocabulary.ids(text) == slow(text)["input_ids"], text


def test_every_code_point_between_letters(vocabulary):
    """Assigned code points, each alone between two letters: kept, dropped, or a split."""
    points = [p for p in range(1, 0x110000)
              if not 0xD800 <= p < 0xE000 and unicodedata.category(chr(p)) not in ("Cn", "Co")]
    points = corpus.tenth(points)
    lines = ["a" + chr(p) + "b" for p in points]
    theirs = vocabulary.theirs()(lines, add_special_tokens=False)["input_ids"]
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
        assert inner != uncased.theirs()(text)["input_ids"][1:-1]


def test_difference_length_of_a_word(tmp_path):
    """A word's limit is 100 UTF-16 units, as in Java; Hugging Face counts code points."""
    letter = "\U00010428"
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", letter, "##" + letter]
    small = vocabulary_of(tmp_path, tokens, True)
    fifty = [2, 5] + 49 * [6] + [3]
    assert small.ids(50 * letter) == fifty == small.theirs()(50 * letter)["input_ids"]
    assert small.ids(51 * letter) == [2, 1, 3]
    assert small.theirs()(51 * letter)["input_ids"] == [2, 5] + 50 * [6] + [3]


def test_difference_chinese_of_extension_e(uncased):
    """U+2B820 to U+2B91F are Chinese characters; Hugging Face's fast tokenizer forgets them."""
    text = "\U0002b820\U0002b91f"
    assert uncased.ids(text)[1:-1] == [100, 100]
    assert uncased.theirs()(text)["input_ids"][1:-1] == [100]
    assert uncased.theirs(BertTokenizer)(text)["input_ids"][1:-1] == [100, 100]


def test_difference_newer_unicode(uncased):
    """Marks and punctuation of newer Unicode versions are known here."""
    assert uncased.ids("a\u2e43b")[1:-1] == uncased.ids("a \u2e43 b")[1:-1]
    assert uncased.ids("a\u1dfbb")[1:-1] == uncased.ids("ab")[1:-1]


def test_difference_from_the_slow_tokenizer(uncased, cased):
    """The slow one drops unassigned code points, and composes (NFC) first when cased."""
    text = "a\u0378b"
    assert uncased.ids(text) == uncased.theirs()(text)["input_ids"] != uncased.theirs(BertTokenizer)(text)["input_ids"]
    text = "e\u0301"
    assert cased.ids(text) == cased.theirs()(text)["input_ids"] != cased.theirs(BertTokenizer)(text)["input_ids"]


# ---- lengths, pairs ----

@pytest.mark.parametrize("limit", [2, 3, 8, 17])
def test_truncation_equals_the_fast_tokenizer(uncased, limit):
    wordpiece.check_truncation(uncased, limit)


@pytest.mark.parametrize("truncate", ["first", "second"])
def test_pairs_equal_the_fast_tokenizer(uncased, truncate):
    wordpiece.check_pairs(uncased, truncate)


def test_positions_of_a_pair(uncased):
    (ours,) = uncased.ours([["What is it?", "A test."]])
    assert ours["tensors"][3][0] == list(range(ours["tokens"]))


def test_a_megabyte_of_one_word_and_of_many(uncased):
    one, many = "x" * 1_000_000, "ab " * 330_000
    (answer,) = uncased.ours([one], max_sequence_length=512)
    assert answer["tensors"][0][0] == [101, 100, 102]
    (answer,) = uncased.ours([many], max_sequence_length=512)
    assert answer["tokens"] == 330_002 and answer["truncated"]
