"""The byte-level BPE tokenizers `roberta` and `byte_level_bpe` against Hugging Face's, on vocabularies trained here.

The measure is RobertaTokenizerFast. Where inferd follows Elasticsearch instead, there is a test that says so:
test_difference_*; for the rank of a pair there is also a plain reading of the rule, in a few lines of Python.
"""
# SPDX-License-Identifier: Apache-2.0
import itertools
import json
import random
import unicodedata

import pytest
from tokenizers import ByteLevelBPETokenizer, Tokenizer, models, pre_tokenizers
from transformers import RobertaTokenizerFast

from support import tokenizer_corpus as corpus
from support.tokenizer_tool import encode

LONG = 10_000_000  # max_sequence_length that truncates nothing here
SPECIALS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
MERGES = 8000


class Vocabulary:
    def __init__(self, folder, tokens, merges):
        self.folder, self.tokens, self.merges = folder, tokens, merges
        self.json = folder / "vocabulary.json"
        self.json.write_text(json.dumps({"vocabulary": tokens, "merges": merges}, ensure_ascii=False),
                             encoding="utf-8")
        self.index = {t: i for i, t in enumerate(tokens)}
        (folder / "vocab.json").write_text(json.dumps(self.index), encoding="utf-8")
        (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(m + "\n" for m in merges),
                                           encoding="utf-8")

    def fast(self, **settings):
        return RobertaTokenizerFast(str(self.folder / "vocab.json"), str(self.folder / "merges.txt"),
                                    model_max_length=LONG, **settings)

    def ours(self, inputs, kind="roberta", **settings):
        return encode(self.json, inputs, kind=kind, **{"max_sequence_length": LONG, **settings})

    def ids(self, text, **settings):
        (answer,) = self.ours([text], **settings)
        return answer["tensors"][0][0]

    def pieces(self, text, **settings):
        return [self.tokens[i] for i in self.ids(text, with_special_tokens=False, **settings)]

    def plain(self, text):
        """The rule as Elasticsearch has it: rank by concatenation, one merge a round."""
        ranks = {}
        for rank, merge in enumerate(self.merges):
            ranks.setdefault(merge.replace(" ", ""), rank)
        ids = []
        for word, _ in pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str(text):
            parts = list(word)
            while len(parts) > 1:
                rank, at = min((ranks.get(a + b, LONG), i) for i, (a, b) in enumerate(zip(parts, parts[1:])))
                if rank == LONG:
                    break
                parts[at:at + 2] = [parts[at] + parts[at + 1]]
            ids += [self.index.get(p, self.index["<unk>"]) for p in parts]
        return ids


def trained(folder, texts, merges):
    trainer = ByteLevelBPETokenizer()
    trainer.train_from_iterator(texts, vocab_size=len(SPECIALS) + 256 + merges, min_frequency=1,
                                show_progress=False, special_tokens=SPECIALS)
    trainer.save_model(str(folder))
    index = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    lines = (folder / "merges.txt").read_text(encoding="utf-8").splitlines()
    return Vocabulary(folder, sorted(index, key=index.get), [m for m in lines if not m.startswith("#version")])


def noise(rng):
    """Repetitions over few letters: many ways to cut a word, and words of every length."""
    return "".join(rng.choice("aaabbc é") for _ in range(rng.choice([3, 10, 30, 60, 200])))


SPACES = [" ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u0085", "\u2003", "\u2028", "\u3000", "\u200b", "\ufeff", "\x1c"]
EMOJI = ["😀", "👍🏽", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "1️⃣", "❤️", "☺︎", "🤷🏻‍♀️", "\U0001f9ff", "\u200d", "\ufe0f"]
MARKS = ["\u0301", "\u0328", "\u05b0", "\u064e", "\u093f", "\u0e33", "\u20dd", "\u302a", "\U0001d165"]
DIGITS = ["7", "42", "٣", "۱۲", "१", "௧", "Ⅷ", "½", "²", "①", "〇", "𝟙", "𐒠"]
CODE = ["def f(x):\n    return x ** 2", "if (a && b->c[0] != '\\0') {", "\t\treturn 0; // it's", "<a href='x'>y</a>",
        "SELECT * FROM t WHERE a='d';", "x = {'re': 1, 've': 2}", "===== ---- ////", "#!/bin/sh -e\n"]
WORDS = ["it's", "I'LL", "don't", "we've", "he'd", "'m", "''s", "’s", "שלום", "مرحبا", "ภาษาไทย", "日本語", "한국어",
         "naïve", "Straße", "И", "</s", "<mask", "mask>", "x" * 70, "ab" * 300]


def random_text(rng, points):
    parts = []
    for _ in range(rng.randint(1, 8)):
        pool = rng.choice([SPACES, SPACES, EMOJI, MARKS, DIGITS, CODE, WORDS, WORDS, None, None])
        parts.append(rng.choice(pool) if pool else "".join(chr(rng.choice(points)) for _ in range(rng.randint(1, 9))))
    return "".join(parts)


def any_points(rng):
    """A thousand code points of each plane that has some, assigned or not, and the assigned ones."""
    planes = [range(plane << 16, (plane << 16) + 0x10000) for plane in (0, 1, 2, 3, 14, 15, 16)]
    drawn = [p for plane in planes for p in rng.sample(plane, 1000) if not 0xD800 <= p < 0xE000 and p]
    return [p for p in drawn if not newer_for_them(p)] + corpus.usable_points()


def newer_for_them(point):
    """Unassigned in Python's tables, where those of Hugging Face may be newer than ours."""
    return unicodedata.category(chr(point)) == "Cn"


@pytest.fixture(scope="module")
def texts():
    rng = random.Random(4711)
    points = any_points(rng)
    result = [t.replace("[MASK]", "<mask>") for t in corpus.without(["<s>", "</s>", "<pad>", "<unk>"])]
    result += [random_text(rng, points) for _ in range(16000)]
    result += [noise(rng) for _ in range(1000)]
    assert len(result) >= 20000
    return corpus.share(result)


@pytest.fixture(scope="module")
def multilingual(tmp_path_factory):
    vocabulary = trained(tmp_path_factory.mktemp("multilingual"), corpus.texts(), MERGES)
    assert len(vocabulary.merges) == MERGES
    return vocabulary


@pytest.fixture(scope="module")
def repetitive(tmp_path_factory):
    """Merges in an order that no training gives: a word's cut depends on it, and on the halves of its pairs."""
    rng = random.Random(99)
    ordered = trained(tmp_path_factory.mktemp("ordered"), [noise(rng) for _ in range(3000)], 500)
    return Vocabulary(tmp_path_factory.mktemp("repetitive"), ordered.tokens, rng.sample(ordered.merges, 500))


def utf16_offsets(text):
    """Code point index -> UTF-16 offset, one more than there are code points."""
    offsets = [0]
    for char in text:
        offsets.append(offsets[-1] + (2 if ord(char) > 0xFFFF else 1))
    return offsets


def extents(starts, ends, words):
    """Of each word with tokens: where it begins and ends."""
    found = {}
    for start, end, word in zip(starts, ends, words):
        before = found.get(word, (start, end))
        found[word] = (min(before[0], start), max(before[1], end))
    return found


# ---- ids ----

def test_ids_equal_the_fast_tokenizer(multilingual, texts):
    expected = multilingual.fast()(texts)["input_ids"]
    differing = [(text, ours["tensors"][0][0]) for text, ours, theirs in zip(texts, multilingual.ours(texts), expected)
                 if ours["tensors"][0][0] != theirs]
    # The rank of a concatenation, which the next test is about.
    unexplained = [ascii(text) for text, ids in differing if "<mask>" in text or ids[1:-1] != multilingual.plain(text)]
    assert unexplained == []
    assert len(differing) <= 5


def test_ids_equal_a_plain_reading_of_the_rule(multilingual, repetitive, texts):
    rng = random.Random(5)
    noises = [noise(rng) for _ in range(3000)]
    theirs = repetitive.fast()(noises, add_special_tokens=False)["input_ids"]
    assert sum(ids != repetitive.plain(text) for text, ids in zip(noises, theirs)) > 1000
    for vocabulary, inputs in ((repetitive, noises), (multilingual, [t for t in texts[::20] if "<mask>" not in t])):
        for text, ours in zip(inputs, vocabulary.ours(inputs, with_special_tokens=False)):
            ids = ours["tensors"][0][0] if ours["tensors"][0] else []
            assert ids == vocabulary.plain(text), ascii(text)


def test_every_code_point_between_letters_numbers_and_signs(multilingual):
    """Each assigned code point: a letter, a number, white space or a sign."""
    points = [p for p in range(1, 0x110000)
              if not 0xD800 <= p < 0xE000 and unicodedata.category(chr(p)) not in ("Cn", "Co")] + [0xE000, 0x100000]
    points = corpus.tenth(points)
    chunks = [points[i:i + 20] for i in range(0, len(points), 20)]
    lines = ["b".join(f"a{chr(p)}1{chr(p)}!{chr(p)}" for p in chunk) for chunk in chunks]
    theirs = multilingual.fast()(lines, add_special_tokens=False)["input_ids"]
    ours = multilingual.ours(lines, with_special_tokens=False)
    assert [[hex(p) for p in c] for c, a, b in zip(chunks, ours, theirs) if a["tensors"][0][0] != b] == []


def test_unknown_pieces_equal_theirs(tmp_path):
    """A byte that the vocabulary lacks is one unknown token, and its neighbours are merged without it."""
    small = Vocabulary(tmp_path, SPECIALS + ["a", "b", "ab", "\u0120", "\u0120ab"], ["a b", "\u0120 ab"])
    theirs = Tokenizer(models.BPE(vocab=small.index, merges=[("a", "b"), ("\u0120", "ab")], unk_token="<unk>"))
    theirs.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    for text in ("ab ab", "cab", "ab\u00e9ab", "\U0001f600", "b c"):
        assert small.ids(text)[1:-1] == theirs.encode(text).ids, text


# ---- offsets and words ----

def test_words_and_their_offsets_equal_the_fast_tokenizer(multilingual, texts):
    """White space as a word is left out of the offsets: Hugging Face gives it none."""
    usable = [t for t in texts[::3] if "<mask>" not in t]
    theirs = multilingual.fast()(usable, add_special_tokens=False, return_offsets_mapping=True)
    for i, (text, ours) in enumerate(zip(usable, multilingual.ours(usable, with_special_tokens=False))):
        at = utf16_offsets(text)
        assert (ours["words"][0] if text else []) == theirs.word_ids(i), ascii(text)
        expected = extents([at[a] for a, _ in theirs["offset_mapping"][i]],
                           [at[b] for _, b in theirs["offset_mapping"][i]], theirs.word_ids(i))
        if text:
            found = extents(ours["starts"][0], ours["ends"][0], ours["words"][0])
            for word, (start, end) in found.items():
                slice16 = text.encode("utf-16-le")[2 * start:2 * end].decode("utf-16-le")
                assert slice16
                if not slice16.isspace():
                    assert (start, end) == expected[word], ascii(text)


# ---- the mask token ----

AROUND = ["", " ", "  ", "\t", "\n ", "\u3000", "\u200b", "a", "a ", "a \u00a0", "é", "😀", "'s", "'", "<", ">", "<s>",
          "1", "<mas", "ask>", "<mask>", "<mask> "]


def test_mask_in_all_surroundings(multilingual):
    lines = [a + "<mask>" + b for a, b in itertools.product(AROUND, repeat=2) if "<s>" not in a + b]
    for text, ours, theirs in zip(lines, multilingual.ours(lines), multilingual.fast()(lines)["input_ids"]):
        assert ours["tensors"][0][0] == theirs, ascii(text)
        at = utf16_offsets(text)
        found = [(s, e) for i, s, e in zip(theirs, ours["starts"][0], ours["ends"][0])
                 if i == multilingual.index["<mask>"]]
        places = [at[i] for i in range(len(text)) if text.startswith("<mask>", i)]
        assert found == [(place, place + 6) for place in places], ascii(text)


def test_own_spellings_of_special_tokens(multilingual, tmp_path):
    own = {"bos_token": "[CLS]", "pad_token": "[PAD]", "eos_token": "[SEP]", "unk_token": "[UNK]",
           "mask_token": "[MASK]"}
    renamed = Vocabulary(tmp_path, list(own.values()) + multilingual.tokens[5:], multilingual.merges)
    lines = [t for t in corpus.SENTENCES + corpus.ODDITIES if "<" not in t]
    theirs = multilingual.fast()([t.replace("[MASK]", "<mask>") for t in lines])["input_ids"]
    for text, ours, expected in zip(lines, renamed.ours(lines, kind="byte_level_bpe", **own), theirs):
        assert ours["tensors"][0][0] == expected, ascii(text)


# ---- a blank before the text ----

def test_prefix_space_equals_the_fast_tokenizer(multilingual, texts):
    usable = [t for t in texts[::2] if "<mask>" not in t]
    theirs = multilingual.fast(add_prefix_space=True)(usable)["input_ids"]
    for text, ours, expected in zip(usable, multilingual.ours(usable, add_prefix_space=True), theirs):
        assert ours["tensors"][0][0] == expected, ascii(text)


def test_prefix_space_leaves_offsets_alone(multilingual):
    for plain, prefixed in zip(multilingual.ours(corpus.SENTENCES),
                               multilingual.ours(corpus.SENTENCES, add_prefix_space=True)):
        assert (extents(plain["starts"][0], plain["ends"][0], plain["words"][0])
                == extents(prefixed["starts"][0], prefixed["ends"][0], prefixed["words"][0]))


# ---- where inferd follows Elasticsearch, or has a bound, and not Hugging Face ----

def test_difference_rank_of_the_concatenation(tmp_path):
    """Elasticsearch looks a pair up by what it makes: "a"+"bc" has the rank of the merge "ab c"."""
    small = Vocabulary(tmp_path, SPECIALS + ["a", "b", "c", "bc", "ab", "abc"], ["b c", "a b", "ab c"])
    assert small.pieces("abc") == ["abc"]
    assert small.fast().tokenize("abc") == ["a", "bc"]


def test_difference_special_tokens_in_text(multilingual):
    """Only the mask token is kept whole. Hugging Face lets a text forge the others."""
    for token in ("<s>", "</s>", "<pad>", "<unk>"):
        inner = multilingual.ids(f"a{token}b")[1:-1]
        assert inner == multilingual.plain(f"a{token}b")
        assert multilingual.index[token] not in inner
        assert multilingual.index[token] in multilingual.fast()(f"a{token}b")["input_ids"][1:-1]


def test_difference_offsets_of_the_whole_word(multilingual):
    """Every piece has the extent of its word."""
    text = "so pneumonoultramicroscopic"
    (ours,) = multilingual.ours([text])
    theirs = multilingual.fast()(text, return_offsets_mapping=True)["offset_mapping"]
    assert len(theirs) > 5 and theirs[-3][1] < len(text)
    extent = {0: (0, 2), 1: (3, len(text))}
    assert list(zip(ours["starts"][0], ours["ends"][0]))[1:-1] == [extent[w] for w in ours["words"][0][1:-1]]


def test_difference_prefix_space_after_a_mask_token(multilingual):
    """The blank is for the first word of the text; Hugging Face puts one after each mask token too."""
    assert multilingual.pieces("a<mask>b", add_prefix_space=True) == ["\u0120a", "<mask>", "b"]
    assert multilingual.fast(add_prefix_space=True).tokenize("a<mask>b") == ["\u0120a", "<mask>", "\u0120b"]
    assert multilingual.pieces("<mask>b", add_prefix_space=True) == ["<mask>", "b"]


def test_difference_words_beyond_64_kib(repetitive):
    """A longer word is merged in pieces of 65,536 bytes."""
    word = ("aab" * 22000)[:65536]
    expected = repetitive.plain(word[:2000])[:50]
    ids = repetitive.ids(word + word)[1:-1]
    assert ids == 2 * repetitive.ids(word)[1:-1]
    assert ids[:50] == expected


def test_difference_unicode_version(multilingual):
    """A letter newer than utf8proc's tables (U+1C89 is of Unicode 16) is a sign of its own."""
    pieces = multilingual.pieces("a\u1c89")
    assert pieces in (multilingual.pieces("a") + multilingual.pieces("\u1c89"), multilingual.fast().tokenize("a\u1c89"))


# ---- lengths, pairs ----

@pytest.mark.parametrize("limit", [2, 3, 8, 17])
def test_truncation_equals_the_fast_tokenizer(multilingual, limit):
    fast = multilingual.fast()
    for text, ours in zip(corpus.SENTENCES, multilingual.ours(corpus.SENTENCES, max_sequence_length=limit)):
        assert ours["tensors"][0][0] == fast(text, truncation=True, max_length=limit)["input_ids"]
        assert ours["tokens"] == len(fast(text)["input_ids"])
        assert ours["truncated"] is (ours["tokens"] > limit)


@pytest.mark.parametrize("truncate,theirs", [("first", "only_first"), ("second", "only_second")])
def test_pairs_equal_the_fast_tokenizer(multilingual, truncate, theirs):
    fast = multilingual.fast()
    short, long = "What is it?", " ".join(corpus.SENTENCES[:6])
    pair = [long, short] if truncate == "first" else [short, long]
    for limit in (16, 40, 64):
        (ours,) = multilingual.ours([pair], max_sequence_length=limit, truncate=truncate)
        expected = fast(*pair, truncation=theirs, max_length=limit)
        assert ours["tensors"] == [[expected["input_ids"]], [expected["attention_mask"]]]


def test_a_megabyte_of_one_word_and_of_many(multilingual):
    for text in ("x" * 1_000_000, "ab " * 330_000, " " * 1_000_000, "'" * 1_000_000, "<mask> " * 140_000):
        (answer,) = multilingual.ours([text], max_sequence_length=512)
        assert answer["truncated"] and len(answer["tensors"][0][0]) == 512
    (answer,) = multilingual.ours(["ab " * 330_000], max_sequence_length=512)
    assert answer["tokens"] == len(multilingual.fast()("ab " * 330_000)["input_ids"])
