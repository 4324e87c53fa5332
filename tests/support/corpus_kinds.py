"""Texts by kind: what real requests hold besides sentences (code, addresses, numbers, emoji), and
strings that a seeded generator walks through classes of code points."""
# SPDX-License-Identifier: Apache-2.0
import unicodedata

CODE = """\
def {a}({b}, *args, **kwargs): return [{b} ** {n} for {b} in range({n})]  # {w}
for (size_t {b} = 0; {b} < {n}u; ++{b}) {{ {a}[{b}] ^= 0x{h}; }} /* {w} */
#define {A}(x) ((x) & ~0x{h}ul)
auto {a} = std::map<std::string, std::vector<{B}>>{{{{"{w}", {{{n}}}}}}};
const {a} = async ({{ {b} }}) => await fetch(`/${{{b}}}/{w}?q={n}`);
SELECT {a}.*, COUNT({b}) AS "{w}" FROM {a} WHERE {b} >= {n} AND note LIKE '%{w}%';
fn {a}<'a>(x: &'a [{B}]) -> Option<&'a {B}> {{ x.get({n}..)?.first() }}
{a} :: Ord {b} => [{b}] -> Maybe {B} -- {w}
<div class="{a}-{b}" data-n='{n}'>&lt;{w}&nbsp;&#{n};</div>
{{"{a}": [{n}, -{n}.5e-3, null, true], "{b}": "{w}\\n\\u00{d}\\t\\"x\\""}}
$ {a} --{b}={n} -v | sed -E 's/^({w})+$/\\1/g' >> ~/{a}.log 2>&1
printf("%-{n}s|%05.2f%%\\n", {a}->{b}, {n}e-3);
public static final {B}<? extends {B}> {A} = new {B}<>({n}L);
\\frac{{{a}_{{{n}}}}}{{\\sqrt{{{b}}}}} \\leq \\sum_{{i=1}}^{{{n}}} x_i
\t\tif {a} != nil && !{b} {{\n\t\t\treturn {n}, err\n\t\t}}
| {a} | {b} |\n|:--|--:|\n| **{w}** | `{n}` |
"""
NAMES = "x|i|user_id|getHTTPResponse|kMaxValue|__init__|tmp2|naïve|größe|счёт|変数|π|camelCase|A|B2C|myVar"
WORDS = "hello|N.B.|don't|café|ошибка|値|a b|x_y|foo.bar|100%|übrig|ok"
HOSTS = ("example.com|sub.example.co.uk|münchen.example|xn--mnchen-3ya.example|"
         "例え.テスト|пример.рф|127.0.0.1|[2001:db8::1]|localhost")
PATHS = "|index.html|a/b/c.tar.gz|~user/|%E4%BD%A0%E5%A5%BD|caf%C3%A9|wiki/Straße|q;v=1|x,y|.well-known/"
USERS = "me|first.last|user+tag|o'brien|x_y-z|имя|info"
UNITS = "%|‰|km/h|°C|℃|µm|μm|m²|kWh|€|$|£|¥|₹|GB|Å|Ω|kΩ|½|′|″|пр.|人|円|원|دينار|किलो"
DIGITS = ("0123456789|٠١٢٣٤٥٦٧٨٩|۰۱۲۳۴۵۶۷۸۹|०१२३४५६७८९|০১২৩৪৫৬৭৮৯|๐๑๒๓๔๕๖๗๘๙|"
          "０１２３４５６７８９|𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗|〇一二三四五六七八九|₀₁₂₃₄₅₆₇₈₉|⁰¹²³⁴⁵⁶⁷⁸⁹")
EMOJI = "😀😂🥺🚀🔥💯👍👋🏠🐈🍜⚽🎉🧪🪐🫠☀☎✂✈❤♟⌚⏰▶©®™‼"
HANDS = "👍👋🤝✌☝🧑👩👨💃🏃🚴🤷🙋"
JOINED = "👨‍👩‍👧|👩‍❤️‍💋‍👨|🏳️‍🌈|🏴‍☠️|🧑‍💻|👁️‍🗨️|🐕‍🦺|👩🏽‍🔬|🏴󠁧󠁢󠁥󠁮󠁧󠁿|🏴󠁧󠁢󠁳󠁣󠁴󠁿|1️⃣|#️⃣|*⃣|❤️‍🔥"
SPECIALS = [*("[CLS] [SEP] [PAD] [UNK] [MASK] <s> </s> <pad> <unk> <mask> <|endoftext|> <|im_start|> "
              "[unused7] <extra_id_0> <0x41> <0xFF> \u2581 \u2581the ##ing \u0120 \u0120the "
              "\u010a \u00e2\u0122\u013b </w> [BOS] "
              "@@ <2en> [mask] <MASK> [MASK <mas").split(" "), "< s >", "[ MASK ]", "<\u200bs>"]
SPACES = (" |  |\t|\n|\r\n|\r|\v|\f|\x1c|\x1f|\x85|\xa0|\u1680|\u2002|"
          "\u2003|\u2007|\u2009|\u200a|\u2028|\u2029|\u202f|\u205f|\u3000|\u200b|\u2060|\ufeff|\u180e").split("|")
PUNCTUATION = (".,;:!?'\"`´’“”„«»‹›()[]{}<>/\\|@#$%^&*+=~-–—―_…·•¡¿§¶†‡"
               "、。「」『』【】〜・，！？；：（）｡､؟،؛۔।॥๏፡።՞։׳״׀¨¸©№☆★→⇒∀∑≠≤")

# Classes of code points; a walk stays in one for a few steps. What is not assigned, or is newer than the
# tables of whoever runs this, stays out but for the class that is made of it.
CLASSES = {
    "ascii": [(0x21, 0x7F)], "letters": [(0x41, 0x5B), (0x61, 0x7B)], "digits": [(0x30, 0x3A)],
    "blank": [(0x20, 0x21)], "control": [(0x01, 0x20), (0x7F, 0xA0)], "latin": [(0xC0, 0x250)],
    "extended": [(0x1E00, 0x1F00)], "ipa": [(0x250, 0x300)], "marks": [(0x300, 0x370)],
    "more marks": [(0x1AB0, 0x1AC1), (0x1DC0, 0x1DFA), (0x20D0, 0x20F1)],
    "greek": [(0x370, 0x400), (0x1F00, 0x2000)], "cyrillic": [(0x400, 0x530)],
    "hebrew": [(0x591, 0x5C8), (0x5D0, 0x5EB)], "arabic": [(0x610, 0x6DD)],
    "presentation": [(0xFB00, 0xFB07), (0xFB13, 0xFBC2), (0xFBD3, 0xFD3E), (0xFE70, 0xFEFD)],
    "syriac": [(0x710, 0x74B)], "devanagari": [(0x900, 0x980)], "bengali": [(0x981, 0x9FE)],
    "gurmukhi": [(0xA01, 0xA76)], "tamil": [(0xB82, 0xBFA)], "malayalam": [(0xD00, 0xD7F)],
    "thai": [(0xE01, 0xE5C)], "lao": [(0xE81, 0xEE0)], "tibetan": [(0xF00, 0xFBD)],
    "burmese": [(0x1000, 0x10A0)], "khmer": [(0x1780, 0x17DE)], "ethiopic": [(0x1200, 0x1380)],
    "cherokee": [(0x13A0, 0x13F6), (0xAB70, 0xABC0)], "mongolian": [(0x1820, 0x1878)],
    "jamo": [(0x1100, 0x1200), (0x3131, 0x318F), (0xA960, 0xA97D)], "hangul": [(0xAC00, 0xD7A4)],
    "hiragana": [(0x3041, 0x30A0)], "katakana": [(0x30A1, 0x3100), (0x31F0, 0x3200)],
    "han": [(0x4E00, 0x9FA6)], "han a": [(0x3400, 0x4DB6)], "han b": [(0x20000, 0x2A6D7)],
    "compatibility": [(0xF900, 0xFA6E), (0x2F800, 0x2FA1E)],
    "radicals": [(0x2E80, 0x2E9A), (0x2F00, 0x2FD6)], "cjk signs": [(0x3001, 0x302A), (0x3200, 0x3400)],
    "wide": [(0xFF01, 0xFF5F)], "half": [(0xFF61, 0xFFBF), (0xFFE0, 0xFFEF)],
    "spaces": [(0x2000, 0x200B), (0xA0, 0xA1), (0x3000, 0x3001)],
    "format": [(0x200B, 0x2010), (0x202A, 0x202F), (0x2060, 0x2065), (0xFEFF, 0xFF00)],
    "punctuation": [(0x2010, 0x2028), (0x2030, 0x2052)], "super": [(0x2070, 0x209D)],
    "money": [(0x20A0, 0x20C0)], "letterlike": [(0x2100, 0x218A)], "arrows": [(0x2190, 0x2300)],
    "technical": [(0x2300, 0x2427)], "enclosed": [(0x2460, 0x2500)], "drawing": [(0x2500, 0x2700)],
    "dingbats": [(0x2701, 0x27C0)], "braille": [(0x2800, 0x2900)], "mathematical": [(0x1D400, 0x1D800)],
    "music": [(0x1D100, 0x1D127)], "emoji": [(0x1F300, 0x1F650), (0x1F680, 0x1F6C6), (0x1F900, 0x1F9C1)],
    "tones": [(0x1F3FB, 0x1F400)], "flags": [(0x1F1E6, 0x1F200)],
    "selectors": [(0xFE00, 0xFE10), (0xE0100, 0xE0110)], "tags": [(0xE0020, 0xE0080)],
    "gothic": [(0x10330, 0x1034B)], "deseret": [(0x10400, 0x10450)], "cuneiform": [(0x12000, 0x12380)],
    "hieroglyphs": [(0x13000, 0x1342F)], "tangut": [(0x17000, 0x17100)], "specials": [(0xFFF9, 0xFFFE)],
    "private": [(0xE000, 0xE040), (0xF8F0, 0xF900), (0xF0000, 0xF0010), (0x10FFF0, 0x10FFFE)],
    "unassigned": [(0x378, 0x37A), (0x530, 0x531), (0x2FE0, 0x2FE8), (0xFDD0, 0xFDF0), (0xFFFE, 0x10000),
        (0x50000, 0x50010), (0xE0FF0, 0xE1000), (0x10FFFE, 0x110000)],
}
UNKNOWN_CLASSES = ("private", "unassigned")


def pick(rng, bars):
    return rng.choice(bars.split("|"))


def code(rng):
    text = rng.choice(CODE.split("\n")[:-1]).format(
        a=pick(rng, NAMES), b=pick(rng, NAMES), A=pick(rng, NAMES).upper(),
        B=pick(rng, "int|String|T|Node|u8"),
        n=rng.randrange(10 ** rng.randint(1, 6)), h=f"{rng.randrange(1 << 32):x}",
        d=f"{rng.randrange(256):02x}", w=pick(rng, WORDS))
    return text.replace("\\n", "\n") if rng.random() < 0.1 else text


def address(rng):
    host, path = pick(rng, HOSTS), pick(rng, PATHS)
    kind = rng.randrange(4)
    if kind == 0:
        user = pick(rng, "|mailto:|Write to |<") + pick(rng, USERS)
        return user + "@" + host + pick(rng, "|.|>|, please|;")
    if kind == 1:
        root = pick(rng, "C:\\|/|./|../|~/|\\\\server\\")
        return root + path.replace("/", pick(rng, "/|\\")) + str(rng.randrange(99))
    port = pick(rng, "|:80|:8443")
    query = pick(rng, "|?a=1&b=%20c|#top|?q=" + pick(rng, WORDS) + f"|?t={rng.randrange(10**9)}")
    scheme = pick(rng, "|see |(") + pick(rng, "http://|https://|ftp://|www.|//")
    return scheme + host + port + "/" + path + query + pick(rng, "|.|)|!")


def number(rng):
    digits = pick(rng, DIGITS)

    def run(most):
        return "".join(rng.choice(digits) for _ in range(rng.randint(1, most)))
    shape = pick(rng, "{}|-{}|+{}|{}.{}|{},{}|{}.{}.{}|{}:{}:{}|"
                      "{}-{}-{}|{}/{}|{}e-{}|{}×{}|({}) {}-{}|{}–{}|"
                      "~{}|±{}|{}′{}″|v{}.{}|#{}|{}'{}|≈{}^{}|{}\u202f{}|{}٫{}|№{}")
    text = shape.format(*(run(5) for _ in range(shape.count("{}"))))
    return text + pick(rng, "| |\u00a0") + pick(rng, UNITS) if rng.random() < 0.6 else text


def emoji(rng):
    def one():
        kind = rng.randrange(6)
        if kind == 0:
            return rng.choice(HANDS) + chr(rng.randrange(0x1F3FB, 0x1F400))
        if kind == 1:
            return "".join(chr(0x1F1E6 + rng.randrange(26)) for _ in range(rng.choice([1, 2, 2, 2, 3])))
        if kind == 2:
            return pick(rng, JOINED)
        if kind == 3:
            return rng.choice(EMOJI) + rng.choice("\ufe0e\ufe0f")
        if kind == 4:
            return rng.choice(HANDS) + "\u200d" + rng.choice(EMOJI)
        return rng.choice(EMOJI)
    return "".join(one() + pick(rng, "||| |!|a|，|\u200d|\u0301") for _ in range(rng.randint(1, 7)))


def marked(rng):
    """Letters with marks in whatever order, composed or not, and marks with no letter."""
    bases = pick(rng, "aeiouAEIOU|αωΑρ|иеУ|אבשו|بسك|कखनर|กขา|あかハ|ㅏ가|ᄀᄂ|ൻമ|q7-")
    marks = pick(rng, "\u0300\u0301\u0308\u0327\u0323\u0315|\u0300\u0345\u0313|\u05b0\u05b7\u05bc\u05c1|"
                      "\u064b\u0651\u0670\u0653|\u093c\u094d\u0902\u093f|\u0e34\u0e48\u0e38\u0e33|\u3099\u309a|"
                      "\u1161\u11a8\u1175|\u0d4d\u0d3e|\u20dd\u20e3\u0338|\u0336\u034f\u035c")
    text = ""
    for _ in range(rng.randint(1, 6)):
        text += rng.choice(bases) + "".join(rng.choice(marks) for _ in range(rng.choice([0, 1, 1, 2, 3, 9])))
    if rng.random() < 0.2:
        text = rng.choice(marks) + " " + text
    return unicodedata.normalize(pick(rng, "NFC|NFD|NFKC|NFKD"), text) if rng.random() < 0.5 else text


def blanks(rng, sentence):
    """White space of all kinds in all places of a few words, or alone."""
    def run():
        return "".join(rng.choice(SPACES) for _ in range(rng.choice([0, 1, 1, 2, 5])))
    words = sentence.split()[:rng.randint(0, 5)]
    return run() + "".join(word + (run() or " ") for word in words)


def punctuation(rng):
    kind = rng.random()
    if kind < 0.3:
        return rng.choice(PUNCTUATION) * rng.randint(1, 60)
    text = "".join(rng.choice(PUNCTUATION) for _ in range(rng.randint(1, 25)))
    return text if kind < 0.6 else "".join(c + pick(rng, "||a|Z| |9|字") for c in text)


def special(rng):
    """What looks like a special token or like a tokenizer's own marks, in surroundings."""
    around = " ||a|.|  |\n|\u00a0|中|é|[|>|-|\u0301|\u200b"
    return "".join(pick(rng, around) + rng.choice(SPECIALS) + pick(rng, around)
                   for _ in range(rng.randint(1, 3)))


def long_word(rng):
    pools = ["abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмн", "กขคงจฉชซ", "가나다라마바사", "日月火水木金土",
             "アイウエオカキ", "0123456789abcdef", "ACGT", "é\u0301à", "𝐀𝐁𝐂𝕒𝕓", "😀😁", "ｶﾞｷﾞ"]
    pool = rng.choice(pools)
    return "".join(rng.choice(pool) for _ in range(rng.choice([60, 95, 99, 100, 101, 102, 200, 700])))


class Walk:
    """Random walks over the classes."""

    def __init__(self, usable):
        self.pools = {name: [p for a, b in ranges for p in range(a, b)
                             if name in UNKNOWN_CLASSES or p in usable]
                      for name, ranges in CLASSES.items()}
        self.names = list(CLASSES)

    def text(self, rng):
        name = rng.choice(self.names)
        points = []
        # Few classes to a text, so that they meet again and again.
        around = [name] + rng.sample(self.names, 2) + ["blank", "letters", "marks", "ascii"]
        for _ in range(rng.choice([1, 2, 5, 12, 30])):
            if rng.random() < 0.35:
                name = rng.choice(around)
            points.append(rng.choice(self.pools[name]))
        return "".join(map(chr, points))


def texts(rng, sentences, usable):
    walk = Walk(usable)
    result = []
    for make, count in ((code, 1200), (address, 1000), (number, 1200), (emoji, 1200),
                        (marked, 1500), (punctuation, 700), (special, 900), (long_word, 150), (walk.text, 6500)):
        result += [make(rng) for _ in range(count)]
    result += [blanks(rng, rng.choice(sentences)) for _ in range(1000)]
    return result
