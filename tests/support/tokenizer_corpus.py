"""Texts to compare tokenizers on: sentences in many scripts, hand-picked oddities, and seeded mixtures
of both with random code points."""
# SPDX-License-Identifier: Apache-2.0
import functools
import os
import random
import unicodedata

from support import corpus_kinds, corpus_languages

SENTENCES = [
    "The quick brown fox jumps over the lazy dog, doesn't it?",
    "He said: \"I'll be back\" -- and left at 12:30 p.m. (GMT+1).",
    "Unaffable internationalization; antidisestablishmentarianism!",
    "e-mail me@example.com, see https://example.com/a_b?c=d&e=%20f#g",
    "$12.50 + 7% = €13,38 or £11.20; ¥1,500; 3×4≠13 √2≈1.414",
    "snake_case camelCase PascalCase kebab-case SCREAMING_CASE v1.2.3-rc4",
    "The model's F1 was 0.9312±0.004 on 1,024 GPUs (H100).",
    "Ärger über Öl, große Straße, Übermut tut selten gut; ẞ ist neu.",
    "L'été dernier, où étais-tu ? Ça m'a coûté 5 €, naïve Noël, cœur.",
    "¿Dónde está el niño? ¡Aquí, señor! El pingüino comió piña.",
    "São Paulo não é a capital; o coração é bom, às vezes pôr-do-sol.",
    "Perché no? Così è più facile, città e virtù.",
    "Zażółć gęślą jaźń, Łódź i Kraków są piękne.",
    "Příliš žluťoučký kůň úpěl ďábelské ódy. Čeština, šťáva.",
    "Árvíztűrő tükörfúrógép; őszi eső, Győr.",
    "Îmi place să mănânc mămăligă și țuică în România.",
    "İstanbul'da ılık bir gün; IĞDIR, ığdır, Şişli, çok güzel öğün.",
    "Đây là tiếng Việt: Nguyễn Văn Ước ở Huế, phở bò rất ngon.",
    "Þetta er íslenska: Ég á ekki peninga, ðað er æði.",
    "Smørrebrød på Ærø, blåbærsyltetøy og Åse.",
    "Съешь ещё этих мягких французских булок, да выпей чаю. Ёлка, Й.",
    "Привіт, їжак! Ґанок і Європа; об'єднання.",
    "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία. ΟΔΥΣΣΕΑΣ; Άνθρωπος· ὦ φίλε.",
    "Բարեւ, աշխարհ։ Հայերէն լեզու՝ գեղեցիկ է։",
    "გამარჯობა მსოფლიო, ქართული ენა. ᲗᲑᲘᲚᲘᲡᲘ",
    "שלום עולם! מה שלומך? בְּרֵאשִׁית בָּרָא אֱלֹהִים",
    "مرحبا بالعالم، كيف حالك؟ اَلْعَرَبِيَّةُ لُغَةٌ جَمِيلَةٌ ٣٫١٤",
    "سلام دنیا! می‌خواهم کتاب‌ها را بخوانم؛ ۱۲۳",
    "ہیلو دنیا، اردو زبان۔ کیا حال ہے؟",
    "नमस्ते दुनिया! क़लम, हिन्दी में लिखता हूँ। १२३",
    "বাংলা ভাষা সুন্দর, আমি ভাত খাই। ড়ঢ়য়",
    "ਸਤ ਸ੍ਰੀ ਅਕਾਲ ਦੁਨੀਆ। ਗੁਜਰਾતી ગુજરાતી ભાષા",
    "தமிழ் மொழி மிகவும் இனிமை; கோயில், மௌனம்.",
    "తెలుగు భాష అందమైనది; ಕನ್ನಡ ನಾಡು, മലയാളം ഭാഷ.",
    "සිංහල භාෂාව ලස්සනයි. සාදරයෙන් පිළිගනිමු.",
    "สวัสดีชาวโลก ภาษาไทยไม่มีวรรค น้ำใจ",
    "ສະບາຍດີ ພາສາລາວ; မြန်မာဘာသာစကား ပါ။",
    "ភាសាខ្មែរ ពិបាកណាស់។ ༄༅། །བོད་སྐད་",
    "ሰላም ዓለም። አማርኛ ቋንቋ፣ ኢትዮጵያ፤",
    "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ ꭰꭱꭲ; ᐃᓄᒃᑎᑐᑦ᙮ ᚠᚢᚦᚨᚱᚲ",
    "中文分词很有趣，我们在北京大学学习。价格：¥100！",
    "繁體中文：臺灣臺北，龍飛鳳舞。「你好」、《書名》",
    "日本語のテキスト、カタカナとひらがな。ガギグゲゴ、ﾊﾝｶｸ、㍿ ㌔",
    "東京タワーは333メートルです。々〆ヶ 〇",
    "한국어 문장을 나눕니다. 안녕하세요, 세계! ㄱㄴㄷ ᄒᆞᆫ글",
    "Монгол хэл ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ; Қазақ тілі, Ўзбек",
    "𝕿𝖍𝖊 𝓺𝓾𝓲𝓬𝓴 𝟙𝟚𝟛 ℌello ﬁne ﬂow ①②③ ½ Ⅷ ™ ℃ Å K",
    "😀 😃👍🏽 👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪🇫🇷 1️⃣ #️⃣ ❤️ ☺︎ 🤷🏻‍♀️",
    "a😀b c👍🏽d e❤️f 👨‍💻coding🚀🚀🚀",
    "𐍈 𐌰𐌱𐌲 𒀀𒀁 𓀀𓀁 𠀀𠀁𪛖 𪜀 𫝀 𫠠 丽 𝔘𝔫𝔦",
    "Zalgo: H̷̢̛̳̪͓͎̰e̸̛͔̟l̵͓̈́l̷̰̒o̶̱͑ ẅ̴o̷r̶l̸d̶",
]

# NFD orders these marks anew, after which Hugging Face's offsets no longer follow the characters.
REORDERED = "\u302ea\u302f\u3099\u309a"

ODDITIES = [
    "", " ", "   \t\n\r  ", "a", "A", ".", "...", "!?", "##", "##ing", "a##b", "-", "--", "_", "a_b",
    "\u00a0nbsp\u00a0", "\u2003em\u2009thin\u200ahair\u3000ideographic", "line\u2028sep\u2029para",
    "\u1680ogham\u205fmath\u202fnarrow", "zero\u200bwidth\u200cnon\u200djoiner\ufeffbom\u2060word",
    "soft\u00adhyphen", "\u202eright to left\u202c", "\u0001\u0002control\u0003\u001f\u007fs\u0080\u009f",
    "tab\tnew\nline\rreturn\x0bvertical\x0cform\u0085next", "\ufffdreplacement\ufffd", "\ue000private\uf8ff",
    "e\u0301 e\u0301\u0302 \u0301alone \u0301", "a\u0315\u0300\u05ae\u0300\u0062", "\u1e9b\u0323 \u212b \u2126 \u1e69",
    "\u037e \u0387 \u1fef \u2000 \u2001 \u2329x\u232a", "\u0130 \u0131 \u017f \u1e9e \u212a \u01c5 \u0345",
    REORDERED, "\U0001d15e\U0001d165\U0001d16d x\U0001d16d\U0001d165y \U0001d1bb",
    "\uac00\uac01\ud7a3 \u1100\u1161\u11a8", "\u0958\u0959 \u09dc \u0a59 \u0b5c \u0f43 \ufb1d \ufb4e",
    "\uf900\uf901\ufa10 \U0002f800", "x\u4e00y \u4e00\u0301z 1\u4e8c3",
    "[MASK]", "a[MASK]b", "The [MASK] sat.", "[MASK][MASK]", "[ MASK ]", "[MASK", "MASK]", "[[MASK]]", "[mask]",
    "[Mask].", "x [MASK]\u0301", "un[MASK]able", "\u4e00[MASK]\u4e01", "[unused1]", "[unused99] [",
    "x" * 99, "x" * 100, "x" * 101, "x" * 5000, "ab" * 50 + " " + "ab" * 51, "\u00e9" * 100, "\u00e9" * 101,
    "\uac00" * 33, "\u4e00" * 300, "." * 300, " ." * 300, "a." * 300, "#" * 200, "1234567890" * 30,
    "supercalifragilisticexpialidocious" * 2, "pneumonoultramicroscopicsilicovolcanoconiosis",
    "-" * 40 + "x" + "\u2014" * 40, "\u0e01" * 120, "a\u0300" * 100, "a\u0300" * 101,
]

# Code points whose category changed after the Unicode version that Hugging Face's tables are from.
RECATEGORISED = {0x166D, 0x1734, 0x1885, 0x1886, 0x111C9, 0x11938}


def newer_than_their_tables(point):
    """True for a code point that tables of different Unicode versions may treat differently here."""
    char = chr(point)
    if point in RECATEGORISED:
        return True
    if unicodedata.ucd_3_2_0.category(char) != "Cn":
        return False
    category = unicodedata.category(char)
    return category in ("Mn", "Cf", "Cn", "Co") or category[0] == "P"


# Hugging Face leaves these out of the Chinese characters (its range begins 0x100 too high).
FORGOTTEN_CHINESE = range(0x2B820, 0x2B920)


def usable_points():
    return [p for p in range(1, 0x110000)
            if not 0xD800 <= p < 0xE000 and p not in FORGOTTEN_CHINESE
            and unicodedata.category(chr(p)) not in ("Cn", "Co") and not newer_than_their_tables(p)]


def random_words(rng, points):
    kind = rng.random()
    if kind < 0.3:  # neighbours: one script at a time
        start = rng.randrange(len(points) - 40)
        pool = points[start:start + 40]
    elif kind < 0.6:  # where most scripts with marks live
        pool = points[:8000]
    else:
        pool = points
    return " ".join("".join(chr(rng.choice(pool)) for _ in range(rng.randint(1, 12)))
                    for _ in range(rng.randint(1, 8)))


def mixture(rng, sentences):
    """Cuts two sentences anywhere and joins them with something in between."""
    a, b = rng.choice(sentences), rng.choice(sentences)
    glue = rng.choice(["", " ", "\u00a0", "\u200d", "\u0301", ".", "[MASK]", "\n", "\ufe0f", "-", "\u3000"])
    text = a[rng.randrange(len(a)):] + glue + b[:rng.randrange(len(b))]
    if rng.random() < 0.3:
        text = unicodedata.normalize(rng.choice(["NFC", "NFD", "NFKC", "NFKD"]), text)
    if rng.random() < 0.2:
        text = rng.choice([text.upper, text.lower, text.title])()
    return text


SHARE = 1 if os.environ.get("INFERD_TEXTS") == "whole" else 8


def share(of):
    """All of them with scripts/test --whole, else every eighth: half of the suite's time would go into the
    reference's."""
    return of[::SHARE]


def tenth(of):
    """All of them with scripts/test --whole, else every tenth: of what is short, as single characters are."""
    return of if SHARE == 1 else of[::10]


@functools.cache
def texts():
    """More than 20,000 different texts, the same at every call and in every run."""
    rng = random.Random(20230615)
    points = usable_points()
    natural = corpus_languages.sentences(rng, 180)
    result = list(SENTENCES) + list(ODDITIES)
    result += [form(s) for s in SENTENCES for form in (str.upper, str.lower, str.title)]
    result += [unicodedata.normalize(f, s) for s in SENTENCES for f in ("NFC", "NFD", "NFKC", "NFKD")]
    result += [mixture(rng, SENTENCES) for _ in range(4000)]
    result += [mixture(rng, natural) for _ in range(2500)]
    result += [random_words(rng, points) for _ in range(3000)]
    result += [" ".join(rng.sample(SENTENCES, 8)) for _ in range(20)]
    result += natural + corpus_kinds.texts(rng, natural, set(points))
    return list(dict.fromkeys(result))


def without(tokens):
    """The texts that hold none of a tokenizer's special tokens: Hugging Face lets a text forge them."""
    return [t for t in texts() if not any(token in t for token in tokens)]
