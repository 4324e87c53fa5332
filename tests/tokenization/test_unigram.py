"""The tokenizers xlm_roberta and deberta_v2 against Hugging Face's, on vocabularies trained here.

The measure are the fast tokenizers. Where inferd differs on purpose, there is a test that says so:
test_difference_*.
"""
# SPDX-License-Identifier: Apache-2.0
import random
import re
import unicodedata

import pytest
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import Unigram

from support import sentencepiece_model as spm
from support import tokenizer_corpus as corpus
from support.tokenizer_tool import encode

LONG = spm.LONG
NEXT_LINE = "\x85"
WHITE_SPACE = "".join(c for c in map(chr, range(0x3001)) if c.isspace() and c not in "\x1c\x1d\x1e\x1f")
DROPPED = re.compile("[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]")


class Subject:
    """inferd's tokenizer, and Hugging Face's for ids and for offsets."""

    def __init__(self, path, kind, vocabulary, ids, offsets, **settings):
        self.json = spm.write_vocabulary(path, vocabulary)
        self.tokens = [piece for piece, _ in vocabulary]
        self.kind = kind
        self.fast = ids
        self.fast_words = offsets
        self.settings = settings
        self.mask = vocabulary[-1][0]
        self.rules = ids.backend_tokenizer.normalizer if kind == "deberta_v2" else None

    def ours(self, inputs, **settings):
        return encode(self.json, inputs, kind=self.kind,
                      **{"max_sequence_length": LONG, **self.settings, **settings})

    def strips_first(self, text):
        """Does it matter that Hugging Face's deberta_v2 strips a text before it normalises it? See
        test_difference_white_space_at_the_ends."""
        def rules(part):  # no white space at the ends, so nothing is stripped
            return self.rules.normalize_str(f"|{part}|")[1:-1]

        return self.rules is not None and any(
            rules(part.strip(WHITE_SPACE)) != rules(part).strip() for part in text.split(self.mask))

    def pieces(self, text):
        (answer,) = self.ours([text])
        return [self.tokens[i] for i in answer["tensors"][0][0][1:-1]]

    def their_pieces(self, text):
        return [self.tokens[i] for i in self.fast(text)["input_ids"][1:-1]]


def lines():
    rng = random.Random(11)
    mixed = [corpus.mixture(rng, corpus.SENTENCES) for _ in range(6000)]
    return corpus.SENTENCES * 3 + [t for t in mixed if t.strip() and "\n" not in t]


@pytest.fixture(scope="module")
def model():
    return spm.train(lines())


@pytest.fixture(scope="module")
def subjects(tmp_path_factory, model):
    folder = tmp_path_factory.mktemp("unigram")
    plain = spm.train(lines(), **spm.DEBERTA_SPECIALS)
    with_bytes = spm.train(lines(), byte_fallback=True, **spm.DEBERTA_SPECIALS)

    def deberta(name, trained, settings, **options):
        return Subject(folder / f"{name}.json", "deberta_v2", spm.deberta_v2_vocabulary(trained),
                       spm.fast_deberta_v2(trained, **options),
                       spm.fast_deberta_v2(trained, words=True, **options), **settings)

    return {
        "xlm_roberta": Subject(folder / "xlm_roberta.json", "xlm_roberta",
                               spm.xlm_roberta_vocabulary(model), spm.fast_xlm_roberta(model),
                               spm.fast_xlm_roberta(model, words=True)),
        "deberta_v2": deberta("deberta_v2", plain, {}),
        "lower": deberta("lower", plain, {"do_lower_case": True}, lower=True),
        "bytes": deberta("bytes", with_bytes, {}, byte_fallback=True),
    }


@pytest.fixture(params=["xlm_roberta", "deberta_v2", "lower", "bytes"])
def subject(request, subjects):
    return subjects[request.param]


# ---- texts ----

def with_masks(rng):
    """The mask token (a NUL here, as each tokenizer has its own) between all kinds of things."""
    around = ["", "", " ", "  ", "\u3000", "\n", ".", "a", "world", "\u0301", "\u200b", "\u4e2d", "\U0001f600",
              "(", "-", "<", "]", "[", ">", "\ufb01", "\u0627", "mask", "Hello there"]
    return "".join(rng.choice(around) + rng.choice(["\0", "\0", "", rng.choice(corpus.SENTENCES)])
                   for _ in range(rng.randint(1, 5))) + rng.choice(around)


def oddities(rng, points):
    """Small alphabets in which much happens: spaces, marks, what NFKC changes, emoji, Hangul letters."""
    alphabets = [
        " \u00a0\u2003\u3000\t\n\u200b\u200c\u200d\u2028\ufeffabc\u4e2d",
        "aeiouAEOU\u00e9\u0131\u0130\u0300\u0301\u0302\u0303\u0304\u0308\u0323\u0327\u0344\u0345\u200d ",
        "\ufb01\ufb03\u2160\u2168\u00bd\u2122\u2103\u00a8\u00b4\u037a\ufdfa\ufdfb\u33a5\u3300\u1e9b\u0307\u0301 x",
        "\uff21\uff42\uff11\uff5e\uff01\uff0e\uff71\uff9e\uff9f\u3099\u309a\u304b\u306f ",
        "\U0001f600\U0001f468\U0001f469\u200d\ufe0f\U0001f3fd\U0001f1e9\U0001f1ea\u2764\u20e3" + "1# ",
        "\u1100\u1161\u11a8\u1112\uac00\uac01\ud7a3\u3131\u314f\uffa1 ",
        "\u0627\u0644\u0644\u0647\u064e\u0651\u0653\u0654\u0655\u0600\u06dd\u200f\u05d0\u05b8\ufb2c\ufefb ",
        "\u0915\u094d\u0937\u093c\u0958\u09dc\u0bcb\u0e33\u0eb3\u0f77\u0f43\u17d2 ",
        "\x01\x02\x1f\x7f\x80\x85\x8f\x9fab\u00ad\ufffd ",
    ]
    pool = rng.choice(alphabets + ["".join(chr(rng.choice(points)) for _ in range(6)) + "a "])
    return "".join(rng.choice(pool) for _ in range(rng.randint(1, 24)))


def many_texts():
    rng = random.Random(20240229)
    points = corpus.usable_points()
    long_words = ["".join(corpus.SENTENCES).replace(" ", "")[:n] for n in (1000, 5000, 20000)]
    long_words += ["\U00010380" * 3000, "a" * 5000, "ab\U00010380" * 1000, "\u4e2d\u6587" * 3000]
    result = list(dict.fromkeys(corpus.texts())) + long_words
    result += [oddities(rng, points) for _ in range(8000)]
    result += [corpus.random_words(rng, points) for _ in range(3000)]
    result += [corpus.mixture(rng, corpus.SENTENCES) for _ in range(3000)]
    result += [with_masks(rng) for _ in range(3000)]
    return result


@pytest.fixture(scope="module")
def texts():
    return corpus.share(many_texts())


def usable(subject, texts):
    result = [t.replace("\0", subject.mask) for t in texts]
    result = [t for t in result if NEXT_LINE not in t and not subject.strips_first(t)]
    return [t for t in result if not re.search(r"<(s|/s|pad|unk)>|\[(CLS|SEP|PAD|UNK)\]", t)]


def utf16_offsets(text):
    """Code point index -> UTF-16 offset, one more than there are code points."""
    offsets = [0]
    for char in text:
        offsets.append(offsets[-1] + (2 if ord(char) > 0xFFFF else 1))
    return offsets


# ---- equal to Hugging Face ----

def test_ids_equal_the_fast_tokenizer(subject, texts):
    chosen = usable(subject, texts)
    assert len(chosen) * corpus.SHARE >= 20000
    expected = subject.fast(chosen)["input_ids"]
    for text, ours, theirs in zip(chosen, subject.ours(chosen), expected):
        assert ours["tensors"][0][0] == theirs, ascii(text)


def test_offsets_and_words_equal_the_fast_tokenizer(subject, texts):
    """Each token is a word of its own."""
    chosen = [t for t in usable(subject, texts) if not DROPPED.search(t) and subject.mask not in t]
    assert len(chosen) * corpus.SHARE >= 15000
    theirs = subject.fast_words(chosen, add_special_tokens=False, return_offsets_mapping=True)
    for i, (text, ours) in enumerate(zip(chosen, subject.ours(chosen, with_special_tokens=False))):
        at = utf16_offsets(text)
        expected = [(at[a], at[b]) for a, b in theirs["offset_mapping"][i]]
        assert list(zip(ours["starts"][0], ours["ends"][0])) == expected, ascii(text)
        assert ours["words"][0] == list(range(len(expected))), ascii(text)


def test_offsets_around_a_mask(subject):
    """The mask's own are its own: Hugging Face's xlm_roberta counts the blanks before it in."""
    text = f"\U0001f600 ab  {subject.mask}cd {subject.mask}"
    (ours,) = subject.ours([text], with_special_tokens=False)
    length = len(subject.mask)
    spans = list(zip(ours["tensors"][0][0], ours["starts"][0], ours["ends"][0]))
    mask = len(subject.tokens) - 1
    assert [s for s in spans if s[0] == mask] == [(mask, 7, 7 + length), (mask, 10 + length, 10 + 2 * length)]
    assert min(s[1] for s in spans if s[1] > 7) == 7 + length


@pytest.fixture(scope="module")
def characters(tmp_path_factory, model):
    """A vocabulary of all code points, whose ids tell what the normalised text is."""
    points = [p for p in range(0x21, 0x110000) if not 0xD800 <= p < 0xE000 and p != 0x2581
              and unicodedata.category(chr(p)) != "Co"]
    vocabulary = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -1.0)]
    vocabulary += [(chr(p), -1.0) for p in points] + [("<mask>", 0.0)]
    core = Tokenizer(Unigram(vocabulary, unk_id=3))
    core.normalizer = normalizers.Sequence([normalizers.Precompiled(spm.charsmap(model)),
                                            normalizers.Replace(Regex(" {2,}"), " ")])
    core.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")])
    return core, spm.write_vocabulary(tmp_path_factory.mktemp("characters") / "vocabulary.json", vocabulary)


def normalised_differently(characters, texts):
    core, path = characters
    theirs = core.encode_batch(texts, add_special_tokens=False)
    ours = encode(path, texts, kind="xlm_roberta", with_special_tokens=False, max_sequence_length=LONG)
    for text, a, b in zip(texts, ours, theirs):
        at = utf16_offsets(text)
        if (a["tensors"][0][0], a["starts"][0], a["ends"][0]) != (
                b.ids, [at[s] for s, _ in b.offsets], [at[e] for _, e in b.offsets]):
            yield text


def test_normalisation_of_every_code_point(characters):
    """Of the first two planes, which have what is ever composed or folded, more than of the others."""
    points = [*corpus.tenth([*range(1, 0xD800), *range(0xE000, 0x20000)]), *corpus.share(range(0x20000, 0x110000))]
    words = ["x" + chr(p) + "y" for p in points]
    texts = [" ".join(words[i:i + 100]) for i in range(0, len(words), 100)]
    differing = [w for t in normalised_differently(characters, texts) for w in t.split(" ")]
    differing = [ord(w[1]) for w in normalised_differently(characters, differing)]
    assert [hex(p) for p in differing if not corpus.newer_than_their_tables(p) and p != 0x85] == []
    assert len(differing) < 200


def test_normalisation_of_short_characters(characters):
    """A letter and a mark, which NFKC may compose; and random characters of a few code points."""
    rng = random.Random(5)
    points = [p for p in corpus.usable_points() if p >= 0x20 and p != 0x85]
    marks = [p for p in points if unicodedata.category(chr(p)) in ("Mn", "Me", "Mc", "Cf")]
    short = [p for p in points if p < 0x800 and unicodedata.category(chr(p)) != "Cc"]
    pairs = [f"{chr(a)}{chr(b)} " for a in short for b in marks if b < 0x350 or b in (0x653, 0x654, 0x655)]
    texts = corpus.tenth(["".join(pairs[i:i + 50]) for i in range(0, len(pairs), 50)])
    for _ in corpus.tenth(range(40000)):
        pools = rng.choice([(short, marks[:150]), (points, marks), (points[:12000], marks)])
        texts.append("|" + "".join(chr(rng.choice(rng.choice(pools))) for _ in range(rng.randint(2, 8))))
    texts = [t for t in texts if not DROPPED.search(t)]
    assert len(pairs) > 50000
    assert [ascii(t) for t in normalised_differently(characters, texts)] == []


@pytest.mark.parametrize("limit", [4, 5, 9, 17])
def test_truncation_equals_the_fast_tokenizer(subject, limit):
    for text in corpus.SENTENCES[:12]:
        (ours,) = subject.ours([text], max_sequence_length=limit)
        assert ours["tensors"][0][0] == subject.fast(text, truncation=True, max_length=limit)["input_ids"]
        assert ours["truncated"] is (ours["tokens"] > limit)


@pytest.mark.parametrize("truncate,theirs", [("first", "only_first"), ("second", "only_second")])
def test_pairs_equal_the_fast_tokenizer(subject, truncate, theirs):
    short, long = "What is it?", " ".join(corpus.SENTENCES[:6])
    pair = [long, short] if truncate == "first" else [short, long]
    for limit in (24, 40, 64):
        (ours,) = subject.ours([pair], max_sequence_length=limit, truncate=truncate)
        expected = subject.fast(*pair, truncation=theirs, max_length=limit)
        assert ours["tensors"][0][0] == expected["input_ids"]
        assert ours["tensors"][1][0] == expected["attention_mask"]
        if subject.kind == "deberta_v2":
            assert ours["tensors"][2][0] == expected["token_type_ids"]
        assert len(ours["tensors"]) == (3 if subject.kind == "deberta_v2" else 2)


def test_words_past_what_is_cut_at_a_time(subject):
    """64 KiB of a word are cut at a time; the pieces are those of the whole word."""
    natural = "".join(corpus.SENTENCES).replace(" ", "")
    text = (natural * (1 + 300_000 // len(natural.encode()))) + " end"
    if subject.kind == "deberta_v2" and subject.settings:
        text = text.replace("\u0130", "i")
    (ours,) = subject.ours([text])
    assert ours["tensors"][0][0] == subject.fast(text)["input_ids"]


def test_long_runs_are_done_in_time_and_in_parts(subject):
    """A megabyte of what is unknown is one token for each part that is cut, or its bytes."""
    text = "\U00010380" * 250_000
    (ours,) = subject.ours([text], max_sequence_length=64)
    assert ours["tokens"] < 40 or "<0x00>" in subject.tokens
    (ours,) = subject.ours(["a" * 1_000_000], max_sequence_length=64)
    assert ours["truncated"]


# ---- where inferd follows Elasticsearch, or is right, and Hugging Face differs ----

def test_difference_special_tokens_in_text(subject):
    """Only the mask token is kept whole. Hugging Face lets a text forge the others."""
    for token in [t for t in subject.tokens if t in ("<s>", "</s>", "<pad>", "[CLS]", "[SEP]", "[PAD]")]:
        assert token in subject.their_pieces(f"a {token} b")
        assert token not in subject.pieces(f"a {token} b")
        wide = "".join(chr(ord(c) + 0xFEE0) for c in token)
        assert token not in subject.pieces(f"a {wide} b")


def test_difference_white_space_at_the_ends(subjects):
    """A text is normalised, then cut at blanks. Hugging Face's deberta_v2 strips it before that: what only
    normalisation makes a blank becomes a word of nothing at the end, and a mark at the beginning is not
    part of the white space before it."""
    for subject in (subjects["deberta_v2"], subjects["lower"]):
        assert subject.pieces("hello\u200b") == subject.pieces("hello")
        assert subject.their_pieces("hello\u200b") == subject.pieces("hello") + ["▁"]
        assert subject.pieces("\xa0\u0301a") == subject.pieces("a")
        assert subject.their_pieces("\xa0\u0301a") == subject.pieces("\u0301a") != subject.pieces("a")
    subject = subjects["xlm_roberta"]
    for text in ("hello\u200b", "\xa0\u0301a"):
        assert subject.pieces(text) == subject.their_pieces(text)


def test_difference_next_line(subject):
    """U+0085 is no white space, as in Java. Hugging Face strips it at the ends of a text, where it knows
    more white space than inside."""
    assert subject.their_pieces("a\x85") == subject.pieces("a")
    assert subject.pieces("a\x85") != subject.pieces("a")
    assert subject.pieces("a\x85b") == subject.their_pieces("a\x85b")


def test_difference_blanks_are_in_no_token(subjects):
    """A word begins at its first character, as in Elasticsearch and in the tokenizer.json of
    xlm-roberta-base. What transformers converts itself counts the blank before it in."""
    subject = subjects["xlm_roberta"]
    (ours,) = subject.ours(["a dog"], with_special_tokens=False)
    theirs = subject.fast("a dog", add_special_tokens=False, return_offsets_mapping=True)
    assert subject.pieces("a dog") == subject.their_pieces("a dog") == ["▁a", "▁dog"]
    assert list(zip(ours["starts"][0], ours["ends"][0])) == [(0, 1), (2, 5)]
    assert theirs["offset_mapping"] == [(0, 1), (1, 5)]


def test_difference_offsets_behind_a_dropped_control(subject):
    """A control that is dropped at the beginning does not move what follows. Hugging Face forgets it."""
    text = "\x01the dog"
    (ours,) = subject.ours([text], with_special_tokens=False)
    theirs = subject.fast_words(text, add_special_tokens=False, return_offsets_mapping=True)
    assert (ours["starts"][0][0], ours["ends"][0][-1]) == (1, 8)
    assert theirs["offset_mapping"][0][0] == 0


def test_difference_bytes_of_what_is_unknown(subjects):
    """deberta_v2 spells the unknown in bytes where the vocabulary has them, as Elasticsearch does.
    transformers converts the tokenizer without that."""
    subject = subjects["bytes"]
    assert subject.pieces("\U00010380") == ["▁", "<0xF0>", "<0x90>", "<0x8E>", "<0x80>"]
    assert subjects["deberta_v2"].pieces("\U00010380") == ["▁", "[UNK]"]
