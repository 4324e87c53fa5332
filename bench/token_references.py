# SPDX-License-Identifier: Apache-2.0
"""Each tokenizer's vocabulary and its counterpart in Hugging Face's tokenizers, which are in Rust but for
one. A maker takes a folder for what it trains, and gives the vocabulary body as the API takes it, and
functions from a list of texts to token ids, of which the faster one counts."""

import json
import pathlib

import minilm
import token_texts

BPE_TOKENS = 30000
UNIGRAM_TOKENS = 16000
MPNET_SPELLING = {"[PAD]": "<pad>", "[CLS]": "<s>", "[SEP]": "</s>", "[MASK]": "<mask>"}


def minilm_tokens():
    return (minilm.folder() / "vocab.txt").read_text(encoding="utf-8").splitlines()


def ways(tokenizer):
    """The two ways of a Rust tokenizer to encode many texts: with all that it knows of a token, and
    without offsets, where the installed version has that."""
    tokenizer.no_truncation()
    tokenizer.no_padding()
    found = {"encode_batch": tokenizer.encode_batch}
    if hasattr(tokenizer, "encode_batch_fast"):
        found["encode_batch_fast"] = tokenizer.encode_batch_fast
    return found


def count(encodings):
    return sum(len(e) if isinstance(e, list) else len(e.ids) for e in encodings)


def write_vocabulary(folder, tokens):
    path = folder / "vocab.txt"
    path.write_text("".join(token + "\n" for token in tokens), encoding="utf-8")
    return str(path)


# ---- WordPiece ----

def bert(folder):
    from transformers import BertTokenizerFast
    tokens = minilm_tokens()
    fast = BertTokenizerFast(vocab_file=write_vocabulary(folder, tokens), do_lower_case=True)
    return {"vocabulary": tokens}, ways(fast.backend_tokenizer)


def mpnet(folder):
    from transformers import MPNetTokenizerFast
    tokens = [MPNET_SPELLING.get(token, token) for token in minilm_tokens()]
    fast = MPNetTokenizerFast(vocab_file=write_vocabulary(folder, tokens), do_lower_case=True)
    return {"vocabulary": tokens}, ways(fast.backend_tokenizer)


def bert_ja(folder):
    """There is no fast one: the slow one, in Python over MeCab."""
    from transformers import BertJapaneseTokenizer
    characters = sorted({c for s in token_texts.corpus.SENTENCES for c in s if ord(c) > 0x3000})
    tokens = list(dict.fromkeys([*minilm_tokens(), *characters, *("##" + c for c in characters)]))
    slow = BertJapaneseTokenizer(vocab_file=write_vocabulary(folder, tokens), do_lower_case=False)
    return {"vocabulary": tokens}, {"slow": lambda texts: [slow.encode(text) for text in texts]}


# ---- byte-level BPE ----

def roberta(folder):
    from tokenizers import ByteLevelBPETokenizer
    from transformers import RobertaTokenizerFast
    vocabulary, merges = folder / "vocab.json", folder / "merges.txt"
    if not merges.exists():
        trained = ByteLevelBPETokenizer()
        trained.train_from_iterator(token_texts.training(minilm_tokens()), vocab_size=BPE_TOKENS, min_frequency=2,
                                    special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
                                    show_progress=False)
        trained.save_model(str(folder))
    ids = json.loads(vocabulary.read_text(encoding="utf-8"))
    lines = merges.read_text(encoding="utf-8").splitlines()
    body = {"vocabulary": sorted(ids, key=ids.get), "merges": [x for x in lines if not x.startswith("#version")]}
    fast = RobertaTokenizerFast(vocab_file=str(vocabulary), merges_file=str(merges))
    return body, ways(fast.backend_tokenizer)


# ---- SentencePiece's unigram ----

def train_unigram(folder, **options):
    import sentencepiece
    model = folder / "unigram.model"
    if not model.exists():
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(token_texts.training(minilm_tokens())), model_prefix=str(folder / "unigram"),
            vocab_size=UNIGRAM_TOKENS, hard_vocab_limit=False, character_coverage=0.9999, minloglevel=2,
            num_threads=1, **options)
    return model


def fields(message):
    """(number, bytes) of each length-delimited field of a protocol buffer; the package that reads them
    otherwise is not needed for anything else."""
    def varint(at):
        value = shift = 0
        while True:
            byte = message[at]
            value |= (byte & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if byte < 0x80:
                return value, at
    at = 0
    while at < len(message):
        key, at = varint(at)
        if key & 7 == 0:
            _, at = varint(at)
        elif key & 7 == 2:
            length, at = varint(at)
            yield key >> 3, message[at:at + length]
            at += length
        else:
            at += 8 if key & 7 == 1 else 4


def normalizer_table(model):
    """precompiled_charsmap (2) of normalizer_spec (3)."""
    return dict(fields(dict(fields(model.read_bytes()))[3]))[2]


def unigram_ways(model, pieces, unknown, first, last, byte_fallback):
    """The pipeline that transformers makes of such a model."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=unknown, byte_fallback=byte_fallback))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Strip(), normalizers.Precompiled(normalizer_table(model)),
        normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always")
    ids = {piece: number for number, (piece, _) in enumerate(pieces)}
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}", special_tokens=[(first, ids[first]), (last, ids[last])])
    return ways(tokenizer)


def pieces_of(model):
    import sentencepiece
    reader = sentencepiece.SentencePieceProcessor(model_file=str(model))
    return [(reader.id_to_piece(i), reader.get_score(i)) for i in range(len(reader))]


def unigram_body(pieces):
    return {"vocabulary": [piece for piece, _ in pieces], "scores": [score for _, score in pieces]}


def xlm_roberta(folder):
    model = train_unigram(folder)
    pieces = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *pieces_of(model)[3:], ("<mask>", 0.0)]
    return unigram_body(pieces), unigram_ways(model, pieces, 3, "<s>", "</s>", False)


def deberta_v2(folder):
    model = train_unigram(folder, byte_fallback=True, pad_id=0, bos_id=1, eos_id=2, unk_id=3, pad_piece="[PAD]",
                          bos_piece="[CLS]", eos_piece="[SEP]", unk_piece="[UNK]",
                          user_defined_symbols=["[MASK]"])
    pieces = pieces_of(model)
    return unigram_body(pieces), unigram_ways(model, pieces, 3, "[CLS]", "[SEP]", True)


# name: (maker, more settings, how many times as fast as the reference inferd is to be)
TOKENIZERS = {
    "bert": (bert, {"do_lower_case": True}, 5),
    "mpnet": (mpnet, {"do_lower_case": True}, 5),
    "roberta": (roberta, {}, 2),
    "byte_level_bpe": (roberta, {}, 2),
    "xlm_roberta": (xlm_roberta, {}, 2),
    "deberta_v2": (deberta_v2, {}, 2),
    "bert_ja": (bert_ja, {}, 2),
}


def make(name, cache):
    folder = pathlib.Path(cache) / name
    folder.mkdir(parents=True, exist_ok=True)
    body, found = TOKENIZERS[name][0](folder)
    path = folder / "vocabulary.json"
    path.write_text(json.dumps(body, ensure_ascii=False), encoding="utf-8")
    return path, found
