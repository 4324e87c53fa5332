"""The bert_ja tokenizer against Hugging Face's BertJapaneseTokenizer with MeCab and ipadic, on a vocabulary
made of the words and letters of the texts. That one knows no offsets, so ours are held against what they
must be: in order, inside the text, and on characters whose normal form has the token.
"""
# SPDX-License-Identifier: Apache-2.0
import unicodedata

import pytest
from transformers.models.bert_japanese import tokenization_bert_japanese as reference

from support import corpus_japanese, corpus_languages
from support import tokenizer_corpus as corpus
from support import wordpiece

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
FORGED = ("[CLS]", "[SEP]", "[PAD]", "[UNK]")
PIECE = 1024  # INF_JAPANESE_PIECE
DEBIAN = {"mecab_dic": None, "mecab_option": "-r /dev/null -d /var/lib/mecab/dic/ipadic-utf8"}


def theirs(**settings):
    """Their tokenizer with the dictionary that the models were trained with, unless another is named."""
    return reference.BertJapaneseTokenizer(
        word_tokenizer_type="mecab", **{"mecab_kwargs": {"mecab_dic": "ipadic"}, **settings})


def vocabulary_tokens(texts):
    """Most letters of the texts, and two thirds of the words that MeCab finds in some of them."""
    mecab = reference.MecabTokenizer(mecab_dic="ipadic")
    letters = {c for t in texts for c in unicodedata.normalize("NFKC", t + t.lower())
               if c.isprintable() and c != " " and ord(c) % 13}
    words = {w for t in texts[::3] for w in mecab.tokenize(t) if 1 < len(w) < 12 and w.isprintable()}
    words = [w for i, w in enumerate(sorted(words)) if i % 3]
    tails = ["##" + w for w in words if len(w) < 4]
    return list(dict.fromkeys([*SPECIALS, *sorted(letters), *("##" + c for c in sorted(letters)), *words, *tails]))


@pytest.fixture(scope="module")
def texts():
    result = list(corpus_languages.all_sentences("Japanese")) + corpus_japanese.texts(6000)
    result = [t for t in dict.fromkeys(result + corpus.without(FORGED)) if not is_left_out(t)]
    assert len(result) >= 30_000
    return corpus.share(result)


def is_left_out(text):
    """See the test_difference_* for a word of Debian's dictionary and for a sigma."""
    return ("\u4ee4\u548c" in unicodedata.normalize("NFKC", text)
            or "\u03a3" in unicodedata.normalize("NFKC", text.lower()))


@pytest.fixture(scope="module")
def tokens(texts):
    return vocabulary_tokens(texts)


def vocabulary_of(folder, tokens, lower):
    return wordpiece.Vocabulary(folder, tokens, lower, "bert_ja", theirs)


@pytest.fixture(scope="module")
def cased(tmp_path_factory, tokens):
    return vocabulary_of(tmp_path_factory.mktemp("cased"), tokens, False)


@pytest.fixture(scope="module")
def uncased(tmp_path_factory, tokens):
    return vocabulary_of(tmp_path_factory.mktemp("uncased"), [t for t in tokens if t in SPECIALS or t == t.lower()],
                         True)


@pytest.fixture(params=["cased", "uncased"])
def vocabulary(request):
    return request.getfixturevalue(request.param)


def test_ids_equal_theirs(vocabulary, texts):
    reference_tokenizer = vocabulary.theirs()
    known = 0
    for text, ours in zip(texts, vocabulary.ours(texts)):
        ids = ours["tensors"][0][0]
        assert ids == reference_tokenizer(text)["input_ids"], ascii(text)
        known += sum(i > 4 for i in ids)
    assert known > 10 * len(texts)


def lowered(text, lower):
    return text.lower() if lower else text


def check_tokens(vocabulary, text, ours):
    """The offsets and words of one text."""
    at = wordpiece.utf16_offsets(text)
    points = {unit: i for i, unit in enumerate(at)}
    starts, ends, words = ours["starts"][0], ours["ends"][0], ours["words"][0]
    assert starts == sorted(starts) and ends == sorted(ends)
    assert all(b - a in (0, 1) for a, b in zip([-1, *words], words)), "a word is left out"
    for token_id, start, end in zip(ours["tensors"][0][0], starts, ends):
        assert start < end
        source = text[points[start]:points[end]]
        token = vocabulary.tokens[token_id]
        if token == "[MASK]":
            assert source == token
        elif token != "[UNK]":
            normal = unicodedata.normalize("NFKC", lowered(source, vocabulary.lower))
            piece = token.removeprefix("##") if token != source else token
            assert piece in lowered(normal, vocabulary.lower), (token, source)


def test_offsets_are_on_their_characters(vocabulary, texts):
    for text, ours in zip(texts, vocabulary.ours(texts, with_special_tokens=False)):
        try:
            check_tokens(vocabulary, text, ours)
        except AssertionError as error:
            raise AssertionError(f"{ascii(text)}: {error}") from error


def test_every_character_belongs_to_a_token(cased, texts):
    """But for white space: nothing is dropped."""
    for text, ours in zip(texts, cased.ours(texts, with_special_tokens=False)):
        at = wordpiece.utf16_offsets(text)
        covered = set()
        for start, end in zip(ours["starts"][0], ours["ends"][0]):
            covered.update(range(start, end))
        bare = [c for i, c in enumerate(text) if at[i] not in covered]
        assert "".join(unicodedata.normalize("NFKC", "".join(bare)).split()) == "", (ascii(text), bare)


@pytest.mark.parametrize("text,expected", [
    ("\u682a\u5f0f\u4f1a\u793e", [(0, 2), (2, 4)]),
    ("\u337f", [(0, 1), (0, 1)]),
    ("\uff76\uff9e\uff7d", [(0, 3)]),
    ("\u30ab\u3099\u30b9", [(0, 3)]),
    ("\U0001f600\u732b", [(0, 2), (2, 3)]),
])
def test_offsets_through_normalisation(tmp_path, text, expected):
    """One character becomes several, several become one, and some are two units long."""
    tokens = [*SPECIALS, "\u682a\u5f0f", "##\u4f1a\u793e", "\u30ac\u30b9", "\u732b"]
    (ours,) = vocabulary_of(tmp_path, tokens, False).ours([text], with_special_tokens=False)
    assert list(zip(ours["starts"][0], ours["ends"][0])) == expected


def test_pairs_equal_theirs(cased):
    first = "\u732b\u306f\u3069\u3053\u3067\u3059\u304b\uff1f"
    second = "\u732b\u306f\u5bb6\u306b\u3044\u307e\u3059\u3002"
    (ours,) = cased.ours([[first, second]])
    expected = cased.theirs()(first, second)
    for name, values in expected.items():
        assert ours["tensors"][wordpiece.INPUTS.index(name)][0] == values, name
    assert ours["tensors"][3][0] == list(range(ours["tokens"]))


@pytest.mark.parametrize("limit", [3, 8, 17])
def test_truncation_equals_theirs(cased, limit):
    text = "".join(list(corpus_languages.all_sentences("Japanese"))[:5])
    (ours,) = cased.ours([text], max_sequence_length=limit)
    assert ours["tensors"][0][0] == cased.theirs()(text, truncation=True, max_length=limit)["input_ids"]
    assert ours["truncated"]


@pytest.mark.parametrize("before", ["", " ", "a", "\u732b", "\u732b ", "[", "\n", "\uff76"])
@pytest.mark.parametrize("after", ["", " ", "\u306f", "\u3099", "\uff9e", "]", "[MASK]", "b"])
def test_mask_in_surroundings(vocabulary, before, after):
    text = before + "[MASK]" + after
    ids = vocabulary.ids(text)
    assert ids == vocabulary.theirs()(text)["input_ids"]
    assert ids.count(4) == text.count("[MASK]")


def long_texts(texts):
    """Some hundred pieces of all kinds of text."""
    sentences = list(corpus_languages.all_sentences("Japanese"))
    result = ["".join(sentences[i:i + 300]) for i in range(0, 1500, 300)]
    result += ["".join(texts[i::40]) for i in range(40)]
    return result + [c * 3000 for c in "x1.\u3042\u30a2\u4e00\ud55c\u3002"] + ["x " * 3000, "\u30fc\u3042" * 3000]


def test_long_texts_are_cut_without_a_trace(cased, texts):
    """MeCab is given pieces of a long text, and its words are those of the whole."""
    reference_tokenizer = cased.theirs()
    inputs = long_texts([t for t in texts if "[" not in t])
    assert all(len(text) > 2 * PIECE for text in inputs)
    for text, ours in zip(inputs, cased.ours(inputs)):
        assert ours["tensors"][0][0] == reference_tokenizer(text)["input_ids"], ascii(text[:99])


def test_a_long_text_of_one_letter(cased):
    (ours,) = cased.ours(["\u3042" * 300_000], max_sequence_length=512)
    assert ours["tokens"] > 10_000 and ours["truncated"]


def test_blanks_longer_than_a_piece(cased):
    text = "\u732b" + 5000 * " " + "\u732b"
    assert cased.ids(text) == cased.theirs()(text)["input_ids"]


def test_blank_texts(vocabulary):
    for text in ("", " ", "\n", "\u3000", " \t\r\n\u2028", "\x1c"):
        assert vocabulary.ids(text) == [2, 3] == vocabulary.theirs()(text)["input_ids"]


# ---- where inferd differs ----

def test_difference_special_tokens_in_text(cased):
    """Only [MASK] is kept whole. Hugging Face lets a text forge [CLS], [SEP], [PAD] and [UNK]."""
    for token in FORGED:
        at = SPECIALS.index(token)
        assert cased.theirs()(f"\u732b{token}")["input_ids"][2] == at
        assert cased.tokens[cased.ids(f"\u732b{token}")[2]] in ("[", "[UNK]")


def test_difference_words_of_debian(tmp_path):
    """Debian's ipadic has one word more than the package of the reference, the name of the present era."""
    text = "\u4ee4\u548c\u5143\u5e74"
    small = vocabulary_of(tmp_path, [*SPECIALS, "\u4ee4", "\u548c", "\u4ee4\u548c", "\u5143\u5e74"], False)
    assert small.ids(text) == [2, 7, 8, 3]
    assert small.theirs()(text)["input_ids"] == [2, 5, 6, 8, 3]
    debian = theirs(vocab_file=str(small.txt), mecab_kwargs=DEBIAN)
    assert debian(text)["input_ids"] == small.ids(text)


def test_difference_words_of_kuromoji(tmp_path):
    """Elasticsearch segments with Kuromoji's search mode, which takes long compounds apart; MeCab keeps the
    dictionary's longest words, and models in Japanese were trained on MeCab's."""
    text = "\u95a2\u897f\u56fd\u969b\u7a7a\u6e2f"
    small = vocabulary_of(tmp_path, [*SPECIALS, text, "\u95a2\u897f", "\u56fd\u969b", "\u7a7a\u6e2f"], False)
    assert small.ids(text) == [2, 5, 3] == small.theirs()(text)["input_ids"]


def test_difference_final_sigma(tmp_path):
    """Python lower-cases a capital sigma that normalisation has made by its place in the word."""
    text = "\u03bf\u03b4\u03c5\u03c3\u03c3\u03b5\u03b1\U0001d6ba"
    small = vocabulary_of(tmp_path, [*SPECIALS, text[:-1] + "\u03c3", text[:-1] + "\u03c2"], True)
    assert small.ids(text) == [2, 5, 3]
    assert small.theirs()(text)["input_ids"] == [2, 6, 3]
