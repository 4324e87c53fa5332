# SPDX-License-Identifier: Apache-2.0
"""Texts that the models of architectures.py are asked about, and of which their tokenizers are made."""

SENTENCES = [
    "Jim Henson was a puppeteer who lived in New York City.",
    "The quick brown fox jumps over the lazy dog near the river.",
    "London is the capital of the United Kingdom, and Paris that of France!",
    "Don't they say we'll win? I've heard she's right; he'd know.",
    "In 1984 there were 3.14159 reasons and 1,000,000 excuses.",
    "Tokenization, unbelievable as it is, splits uncommon words into well-known pieces.",
]
LANGUAGES = "Grüße aus München, Ωμέγα και Αθήνα, Москва и Нева, 東京タワー 서울 नमस्ते שלום"
EMOJI = "I ❤️ it 😀😀 — 👩‍👩‍👧 says Zoë in Köln 🇩🇪, 𝔘𝔫𝔦 too 🚀!"
PLAIN = [
    "London",
    SENTENCES[0],
    SENTENCES[3],
    "",
    " \t\n ",
    "?!... --- (,;) \"#$%&\"",
    "  two  blanks\tand\na new line ",
    LANGUAGES,
    EMOJI,
    "unquestionably antidisestablishmentarianism WITH CAPITALS",
]
# More than 512 tokens of any tokenizer here, and few windows.
LONG = " ".join(f"{sentence} {number}" for number in range(5) for sentence in SENTENCES)
LONG_EMOJI = " ".join([EMOJI, LANGUAGES] * 7)
ONE_WORD = "x" * 2000
JAPANESE = [
    "東京は日本の首都です。",
    "私は毎日学校に行きます。",
    "今日は天気がいいので散歩に行きました。",
    "猫が好きな人は多い。",
    "彼女は本を読んでいる。",
]
