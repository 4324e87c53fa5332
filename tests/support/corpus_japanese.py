"""Japanese texts put together at random: words, particles, endings, numbers with counters, loan words,
half-width and full-width forms, brackets, and other scripts in between."""
# SPDX-License-Identifier: Apache-2.0
import random

PARTS = {
    "noun": "東京|京都市|大学院生|電車|猫|犬|山田さん|人工知能|機械学習|株式会社|本|水|国立国会図書館|外国人参政権|新幹線|桜|お茶|"
            "昨日|明日|午前中|令|平成|銀行|料理|子供たち|日本語|英語|世界|〇〇|々|二〇二三年|第三章|関西国際空港|ご飯|東京特許許可局",
    "kana": "すもも|もも|うち|ここ|それ|あなた|きれい|ひらがな|さくら|にわにはにわにわとりがいる|ありがとう|おはよう|いろいろ|ゝゞ|っ|ゔ",
    "loan": "コンピューター|テレビ|サーバ|データベース|アイスクリーム|ヴァイオリン|ﾊﾟｿｺﾝ|ｶﾞｷﾞｸﾞ|ｱｲｳ|ティーシャツ|ー|ヶ月|ｯ|ﾞ|カ\u3099|ハ\u309a|"
            "モデル|トークナイザー|スマホ|ヷ|ㇷ゚",
    "particle": "は|が|を|に|へ|と|で|から|まで|も|の|や|より|って|しか|だけ",
    "ending": "です|ます|した|している|ません|だろう|かもしれない|食べられなかった|行きましょう|走る|美しい|静かな|だった|でしょうか|"
              "しまいました|ください|なければならない|よね|わ|ぞ",
    "number": "１２３|12|3.14|一万二千|百五十|ⅷ|①|½|２０２３|〇|零|1,000|㈱|㍻|㍿|㌔|㎏|℃|第１|五|9時30分",
    "counter": "円|人|匹|冊|本|キロ|年|月|日|時|分|％|回|つ|ヵ国|㎡",
    "sign": "。|、|！|？|「|」|『|』|（|）|・|…|〜|～|ー|：|／|＆|｡|｢|｣|､|･|!|?|.|,|♪|☆|→|\n|　| |\t|【|】|“|”|＝",
    "other": "AI|Ｐｙｔｈｏｎ|OpenAI|ＮＨＫ|iPhone|Σ|α|Привет|한국어|你好|😀|👍🏽|"
             "é|e\u0301|ﬁ|㊗|ｗｗｗ|http://例え.jp/?q=あ|a@b.jp|[MASK]|<s>|\u200b",
}
SHAPES = ["noun particle ending", "noun particle noun particle ending sign", "kana particle loan particle ending sign",
          "number counter particle ending", "sign noun sign loan", "other particle noun ending sign", "loan loan noun",
          "kana kana ending", "number number counter sign", "noun noun noun", "sign sign", "other other kana"]


def phrase(rng):
    return "".join(rng.choice(PARTS[name].split("|")) for name in rng.choice(SHAPES).split())


def texts(count):
    """`count` different texts, the same at every call."""
    rng = random.Random(19860401)
    result = {}
    while len(result) < count:
        text = "".join(phrase(rng) for _ in range(rng.choice([1, 1, 2, 3, 8])))
        if rng.random() < 0.1:
            text = "".join(rng.sample(text, len(text)))
        result[text] = None
    return list(result)
