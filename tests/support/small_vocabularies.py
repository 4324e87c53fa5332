# SPDX-License-Identifier: Apache-2.0
"""Small tokenizers of every kind, made of a few texts: common words are one piece, others several,
and some letters are unknown. Each maker gives a Hugging Face tokenizer, a slow one as eland wants it."""

from support import architecture_texts as texts

MAX_LENGTH = 512
CORPUS = [*texts.SENTENCES, texts.LANGUAGES]
BERT_SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
ROBERTA_SPECIALS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]


def _letters(*lines):
    from tokenizers.normalizers import BertNormalizer
    normalizer = BertNormalizer(lowercase=True)
    return sorted(set("".join(normalizer.normalize_str(line) for line in lines)) - {" "})


def wordpieces(letters, words):
    """Every other word is a piece of its own; the others are two halves each, or else single letters."""
    pieces = [*letters, *("##" + letter for letter in letters)]
    for number, word in enumerate(sorted(set(words))):
        half = len(word) // 2
        pieces += [word] if number % 2 else [word[:half], "##" + word[half:]]
    return [piece for piece in dict.fromkeys(pieces) if piece.removeprefix("##")]


def _write(folder, pieces):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "vocab.txt"
    path.write_text("".join(piece + "\n" for piece in pieces), encoding="utf-8")
    return str(path)


def _bert_pieces():
    letters = _letters(*CORPUS, "😀")
    known = [letter for letter in letters if letter not in "ש님न東"]
    words = " ".join(texts.SENTENCES).lower().replace("-", " ").split()
    return wordpieces(known, [word.strip(".,!?;") for word in words if "'" not in word])


def bert(folder, cls):
    return cls(_write(folder, BERT_SPECIALS + _bert_pieces()), model_max_length=MAX_LENGTH)


def mpnet(folder, cls):
    pieces = ["<s>", "<pad>", "</s>", "[UNK]", *_bert_pieces(), "<mask>"]
    return cls(_write(folder, pieces), model_max_length=MAX_LENGTH)


def bert_japanese(folder, cls):
    """Words of IPAdic are parted by MeCab."""
    letters = sorted(set("".join(texts.JAPANESE)) - set("猫"))
    words = ["東京", "日本", "首都", "です", "毎日", "学校", "天気", "散歩", "ました", "読ん", "彼女"]
    pieces = BERT_SPECIALS + [*letters, *("##" + letter for letter in letters), *words]
    return cls(_write(folder, dict.fromkeys(pieces)), do_lower_case=False, word_tokenizer_type="mecab",
               subword_tokenizer_type="wordpiece", mecab_kwargs={"mecab_dic": "ipadic"},
               model_max_length=MAX_LENGTH)


def byte_level_bpe(folder, cls):
    from tokenizers import ByteLevelBPETokenizer
    trained = ByteLevelBPETokenizer()
    trained.train_from_iterator(CORPUS * 2, vocab_size=500, min_frequency=2, show_progress=False,
                                special_tokens=ROBERTA_SPECIALS)
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary, merges = trained.save_model(str(folder))
    return cls(vocabulary, merges, model_max_length=MAX_LENGTH)


def _train_unigram(folder, **options):
    import sentencepiece
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "sentencepiece.bpe.model"
    with open(path, "wb") as model:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter([line for line in CORPUS for _ in range(4)]), model_writer=model,
            model_type="unigram", vocab_size=600, hard_vocab_limit=False, num_threads=1,
            character_coverage=0.98, minloglevel=2, **options)
    return str(path)


def xlm_roberta(folder, cls):
    return cls(_train_unigram(folder), model_max_length=MAX_LENGTH)


def deberta_v2(folder, cls):
    """The order of the special tokens, and bytes for unknown letters, as in the published models."""
    path = _train_unigram(folder, pad_id=0, bos_id=1, eos_id=2, unk_id=3, pad_piece="[PAD]", bos_piece="[CLS]",
                          eos_piece="[SEP]", unk_piece="[UNK]", byte_fallback=True)
    return cls(path, do_lower_case=False, model_max_length=MAX_LENGTH)


def write_fast(folder, tokenizer):
    """Published models have a tokenizer.json, too; sentence-transformers wants one to be there, and eland does
    not read it."""
    from tokenizers import Tokenizer, models
    pieces = [(tokenizer.convert_ids_to_tokens(i), 0.0) for i in range(len(tokenizer))]
    Tokenizer(models.Unigram(pieces, unk_id=tokenizer.unk_token_id)).save(str(folder / "tokenizer.json"))
