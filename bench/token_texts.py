# SPDX-License-Identifier: Apache-2.0
"""The texts that tokenizers are measured on, and those that vocabularies are trained on."""

import random

from support import tokenizer_corpus as corpus

LENGTHS = {16: 1000, 60: 300, 300: 60}  # words of a passage: passages
LANGUAGES = ("english", "multilingual")
PLAIN_SENTENCES = 1500  # for English passages
TRAINING_SENTENCES = 20000


def words_of(sentence):
    """About as many as a reader would count: scripts without blanks have words too."""
    return max(len(sentence.split()), len(sentence) // 8)


def english_words(tokens):
    """Whole words of MiniLM's vocabulary, which has the frequent ones first."""
    return [t for t in tokens if len(t) > 1 and t.isascii() and t.isalpha()]


def plain_sentences(tokens, count, rng):
    """Made of real words; as in real text, the n-th word is about 1/n as frequent as the first."""
    words = english_words(tokens)
    weights = [1 / (rank + 3) for rank in range(len(words))]
    sentences = []
    for _ in range(count):
        chosen = rng.choices(words, weights, k=rng.randint(6, 20))
        if rng.random() < 0.3:
            at = rng.randrange(len(chosen))
            word = chosen[at]
            chosen[at] = rng.choice([f"{word},", word.title(), f"({word})", str(rng.randint(1, 3000))])
        sentences.append(" ".join(chosen).capitalize() + rng.choice(".....?!"))
    return sentences


def sentences(language, tokens):
    if language == "multilingual":
        return corpus.SENTENCES
    english = [s for s in corpus.SENTENCES if s.isascii()]
    plain = plain_sentences(tokens, PLAIN_SENTENCES, random.Random(3))
    return plain + english * (len(plain) // (8 * len(english)))


def passage(rng, pool, length):
    chosen, words = [], 0
    while words < length:
        chosen.append(rng.choice(pool))
        words += words_of(chosen[-1])
    return " ".join(chosen)


def passages(language, length, tokens):
    """The same ones for everybody."""
    rng = random.Random(length)
    pool = sentences(language, tokens)
    return [passage(rng, pool, length) for _ in range(LENGTHS[length])]


def fragments(rng, sentence):
    """Its words and parts of them. Of a real vocabulary's many languages each has few tokens, so that most of
    its words are several; here the parts are what is frequent."""
    for word in sentence.split():
        at = 0
        while at < len(word):
            length = rng.randint(1, 4)
            yield (" " if at == 0 else "") + word[at:at + length]
            at += length


def training(tokens):
    """What byte-level BPE and unigram vocabularies are made from."""
    rng = random.Random(11)
    parts = [part for _ in range(30) for sentence in corpus.SENTENCES for part in fragments(rng, sentence)]
    return parts + plain_sentences(tokens, TRAINING_SENTENCES, rng)
