"""SentencePiece models trained here, and Hugging Face's fast tokenizers made of them.

The tokenizers are put together as transformers' convert_slow_tokenizer does it, which cannot be called:
it needs protobuf to read the model file. One thing is different: xlm_roberta's mask is found in the text as
it is, as deberta_v2's is, and not only after normalisation.
"""
# SPDX-License-Identifier: Apache-2.0
import io
import json

import sentencepiece
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram
from transformers import DebertaV2TokenizerFast, XLMRobertaTokenizerFast

LONG = 1_000_000  # a length that truncates nothing here
DEBERTA_SPECIALS = {"pad_id": 0, "bos_id": 1, "eos_id": 2, "unk_id": 3, "pad_piece": "[PAD]",
                    "bos_piece": "[CLS]", "eos_piece": "[SEP]", "unk_piece": "[UNK]"}


def train(lines, size=8000, **options):
    """A unigram model, as the bytes of its file."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, vocab_size=size, model_type="unigram",
        normalization_rule_name="nmt_nfkc", character_coverage=0.9995, hard_vocab_limit=False,
        num_threads=1, minloglevel=2, **options)
    return model.getvalue()


def _varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def _fields(data):
    """The fields of a protobuf message: (number, value), bytes for what has a length."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        if key & 7 == 0:
            value, at = _varint(data, at)
        else:
            length, at = _varint(data, at) if key & 7 == 2 else ({1: 8, 5: 4}[key & 7], at)
            value, at = data[at:at + length], at + length
        yield key >> 3, value


def charsmap(model):
    """precompiled_charsmap (2) of normalizer_spec (3)."""
    (spec,) = [value for number, value in _fields(model) if number == 3]
    (found,) = [value for number, value in _fields(spec) if number == 2]
    return found


def pieces(model):
    """(piece, score) by id."""
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    return [(processor.id_to_piece(i), processor.get_score(i)) for i in range(processor.vocab_size())]


def write_vocabulary(path, scored):
    """As eland sends it."""
    body = {"vocabulary": [p for p, _ in scored], "scores": [s for _, s in scored]}
    path.write_text(json.dumps(body, ensure_ascii=False), encoding="utf-8")
    return path


def xlm_roberta_vocabulary(model):
    """fairseq's order of the special tokens, and the mask behind all."""
    first = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    return first + pieces(model)[3:] + [("<mask>", 0.0)]


def deberta_v2_vocabulary(model):
    return pieces(model) + [("[MASK]", 0.0)]


def _metaspace(words):
    """words: blanks are cut away first, as in the tokenizer.json of xlm-roberta-base, so that no token's
    offsets have one; else a blank belongs to the token behind it."""
    metaspace = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    if not words:
        return metaspace
    return pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), metaspace])


def fast_xlm_roberta(model, words=False):
    vocabulary = xlm_roberta_vocabulary(model)
    core = Tokenizer(Unigram(vocabulary, unk_id=3))
    core.normalizer = normalizers.Sequence([
        normalizers.Precompiled(charsmap(model)), normalizers.Strip(left=False, right=True),
        normalizers.Replace(Regex(" {2,}"), " " if words else "▁")])
    core.pre_tokenizer = _metaspace(words)
    core.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return XLMRobertaTokenizerFast(tokenizer_object=core, model_max_length=LONG)


def fast_deberta_v2(model, words=False, lower=False, byte_fallback=False):
    core = Tokenizer(Unigram(pieces(model), unk_id=3, byte_fallback=byte_fallback))
    core.normalizer = normalizers.Sequence(
        ([normalizers.Lowercase()] if lower else []) +
        [normalizers.Strip(), normalizers.Precompiled(charsmap(model)),
         normalizers.Replace(Regex(" {2,}"), " ")])
    core.pre_tokenizer = _metaspace(words)
    core.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 1), ("[SEP]", 2)])
    return DebertaV2TokenizerFast(tokenizer_object=core, do_lower_case=lower, model_max_length=LONG)
