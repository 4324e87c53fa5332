"""The mpnet tokenizer against Hugging Face's MPNetTokenizerFast, on MiniLM's vocabulary with MPNet's special
tokens and on a cased one. What it shares with bert is tested in test_bert.py over all of Unicode."""
# SPDX-License-Identifier: Apache-2.0
import pytest
from transformers import MPNetTokenizerFast

from support import tokenizer_corpus as corpus
from support import wordpiece

SPECIALS = {"[PAD]": "<pad>", "[CLS]": "<s>", "[SEP]": "</s>", "[MASK]": "<mask>"}
FORGED = ("<s>", "</s>", "<pad>", "[UNK]")


def mpnet_tokens():
    return [SPECIALS.get(t, t) for t in wordpiece.minilm_tokens()]


def vocabulary_of(folder, tokens, lower):
    return wordpiece.Vocabulary(folder, tokens, lower, "mpnet", MPNetTokenizerFast)


@pytest.fixture(scope="module")
def uncased(tmp_path_factory):
    return vocabulary_of(tmp_path_factory.mktemp("uncased"), mpnet_tokens(), True)


@pytest.fixture(scope="module")
def cased(tmp_path_factory):
    return vocabulary_of(tmp_path_factory.mktemp("cased"), wordpiece.cased_tokens(mpnet_tokens()), False)


@pytest.fixture(params=["uncased", "cased"])
def vocabulary(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def texts(vocabulary):
    """Hugging Face looks for MPNet's special tokens in the normalised text, so there <MASK> is a mask where
    case is folded; see the test_difference_* for the texts that are left out."""
    normal = vocabulary.theirs().backend_tokenizer.normalizer.normalize_str
    forged = [normal(token) for token in FORGED]
    return [t for t in corpus.share(corpus.texts()) if not any(token in normal(t) for token in forged)
            and normal(t).count("<mask>") == t.count("<mask>")]


def test_the_texts_have_masks(texts):
    assert sum("<mask>" in t for t in texts) >= 3 and sum("[MASK]" in t for t in texts) >= 3


def test_ids_equal_the_fast_tokenizer(vocabulary, texts):
    wordpiece.check_ids(vocabulary, texts)


def test_offsets_and_words_equal_the_fast_tokenizer(vocabulary, texts):
    wordpiece.check_offsets_and_words(vocabulary, [t for t in texts if "<mask>" not in t])


@pytest.mark.parametrize("limit", [2, 3, 8, 17])
def test_truncation_equals_the_fast_tokenizer(uncased, limit):
    wordpiece.check_truncation(uncased, limit)


@pytest.mark.parametrize("truncate", ["first", "second"])
def test_pairs_equal_the_fast_tokenizer(uncased, truncate):
    wordpiece.check_pairs(uncased, truncate)


def test_inputs_and_separators_of_a_pair(uncased):
    """Two inputs, and two separators between the texts."""
    (ours,) = uncased.ours([["What is it?", "A test."]])
    first, last = (uncased.tokens.index(t) for t in ("<s>", "</s>"))
    ids, mask = (tensor[0] for tensor in ours["tensors"])
    assert ids[0] == first and ids[-1] == last and ids.count(last) == 3
    at = ids.index(last)
    assert ids[at + 1] == last and ours["seconds"] == [[at + 2]]
    assert mask == [1] * len(ids)


@pytest.mark.parametrize("before", ["", " ", "a", "a ", "a \t", "a\n\u3000", "\u00e9\u00a0", "[", "\u4e2d", "<",
                                    "\u0301", "\x85"])
@pytest.mark.parametrize("after", ["", " ", "b", " b", "\u0301", ">", "<mask>", " <mask>", "\u4e2d"])
def test_mask_in_surroundings(vocabulary, before, after):
    text = before + "<mask>" + after
    expected = vocabulary.theirs()(text)["input_ids"]
    assert vocabulary.ids(text) == expected
    assert expected.count(vocabulary.tokens.index("<mask>")) == text.count("<mask>")


@pytest.mark.parametrize("text", ["< mask>", "<mas", "mask>", "[MASK]", "<mask", "<mask\u3000>"])
def test_what_only_looks_like_the_mask(vocabulary, text):
    ids = vocabulary.ids(text)
    assert ids == vocabulary.theirs()(text)["input_ids"]
    assert vocabulary.tokens.index("<mask>") not in ids


# ---- where inferd follows Elasticsearch, and not Hugging Face ----

def test_difference_special_tokens_in_text(uncased):
    """Only <mask> is kept whole. Hugging Face lets a text forge <s>, </s>, <pad> and [UNK]."""
    for token in FORGED:
        inner = uncased.ids(f"a {token} b")[1:-1]
        assert uncased.tokens.index(token) not in inner
        assert uncased.tokens.index(token) in uncased.theirs()(f"a {token} b")["input_ids"][1:-1]


def test_difference_spelling_of_special_tokens(uncased, cased):
    """The mask is what is spelt so in the text. Hugging Face looks after normalisation, so an upper-case or
    accented one counts, or one with a control character inside, and the other special tokens likewise."""
    for vocabulary, text in ((uncased, "<MASK>"), (uncased, "<ma\u0301sk>"), (cased, "<ma\u200dsk>")):
        mask = vocabulary.tokens.index("<mask>")
        assert mask not in vocabulary.ids(text)
        assert mask in vocabulary.theirs()(text)["input_ids"]


def test_difference_offsets_of_the_mask(uncased):
    """White space before the mask belongs to it in Hugging Face's offsets; here it is <mask> alone."""
    text = "a  <mask> b"
    (ours,) = uncased.ours([text], with_special_tokens=False)
    assert list(zip(ours["starts"][0], ours["ends"][0])) == [(0, 1), (3, 9), (10, 11)]
    theirs = uncased.theirs()(text, add_special_tokens=False, return_offsets_mapping=True)
    assert theirs["offset_mapping"] == [(0, 1), (1, 9), (10, 11)]
