# SPDX-License-Identifier: Apache-2.0
"""Every architecture and task that eland can export, as a small model of random weights.

CASES is the table: what the model is, and the inference_config that eland makes of it.
"""

import dataclasses

from support import small_vocabularies

HIDDEN = 16
SMALL = {"hidden_size": HIDDEN, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
SMALL_OF = {
    "DistilBert": {"dim": HIDDEN, "n_layers": 2, "n_heads": 2, "hidden_dim": 32},
    "Electra": {**SMALL, "embedding_size": HIDDEN},
    "Roberta": {**SMALL, "max_position_embeddings": 514, "type_vocab_size": 1},
    "XLMRoberta": {**SMALL, "max_position_embeddings": 514, "type_vocab_size": 1},
    "MPNet": {**SMALL, "max_position_embeddings": 514},
    "DebertaV2": {**SMALL, "relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_biased_input": False,
                  "position_buckets": 16, "norm_rel_ebd": "layer_norm", "share_att_key": True},
    # Without use_cache=False the model's output is a cache object, which cannot be traced.
    "Bart": {"d_model": HIDDEN, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 2,
             "decoder_attention_heads": 2, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32,
             "max_position_embeddings": 512, "use_cache": False},
}
# Of a tokenizer: its class, its maker, its settings as eland writes them.
BERT = ("BertTokenizer", small_vocabularies.bert, {"bert": {"max_sequence_length": 512, "do_lower_case": True}})
TOKENIZERS = {
    "Bert": BERT,
    "DistilBert": ("DistilBertTokenizer", *BERT[1:]),
    "Electra": ("ElectraTokenizer", *BERT[1:]),
    "DPR": ("DPRQuestionEncoderTokenizer", *BERT[1:]),
    "BertJapanese": ("BertJapaneseTokenizer", small_vocabularies.bert_japanese,
                     {"bert_ja": {"max_sequence_length": 512, "do_lower_case": False}}),
    "MPNet": ("MPNetTokenizer", small_vocabularies.mpnet,
              {"mpnet": {"max_sequence_length": 512, "do_lower_case": True}}),
    "Roberta": ("RobertaTokenizer", small_vocabularies.byte_level_bpe,
                {"roberta": {"max_sequence_length": 512, "add_prefix_space": False}}),
    "Bart": ("BartTokenizer", small_vocabularies.byte_level_bpe,
             {"roberta": {"max_sequence_length": 512, "add_prefix_space": False}}),
    "XLMRoberta": ("XLMRobertaTokenizer", small_vocabularies.xlm_roberta,
                   {"xlm_roberta": {"max_sequence_length": 512}}),
    "DebertaV2": ("DebertaV2Tokenizer", small_vocabularies.deberta_v2, {"deberta_v2": {"max_sequence_length": 512}}),
}
HEADS = {
    "fill_mask": "ForMaskedLM", "text_expansion": "ForMaskedLM", "ner": "ForTokenClassification",
    "question_answering": "ForQuestionAnswering", "text_classification": "ForSequenceClassification",
    "text_similarity": "ForSequenceClassification", "zero_shot_classification": "ForSequenceClassification",
    "pass_through": "Model", "text_embedding": "Model",
}
PEOPLE_AND_PLACES = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
INFERENCE = ["contradiction", "neutral", "entailment"]
WINDOWS = {"max_sequence_length": 386, "truncate": "none", "span": 128}


@dataclasses.dataclass(frozen=True)
class Case:
    """One import: an architecture, what it is for, and how eland is called."""

    architecture: str
    task: str
    labels: tuple = ()
    auto: bool = False  # eland is to find out the task
    quantize: bool = False
    ingest_prefix: str | None = None

    @property
    def name(self):
        marks = ["auto"] * self.auto + ["quantized"] * self.quantize
        return "-".join([self.architecture.lower(), self.task, *marks])

    @property
    def tokenizer(self):
        """The tokenizer's name in the API."""
        return next(iter(TOKENIZERS[self.architecture][2]))

    @property
    def config_class(self):
        return self.architecture.removesuffix("Japanese")

    @property
    def model_class(self):
        return "DPRQuestionEncoder" if self.architecture == "DPR" else self.config_class + HEADS[self.task]

    def tokenization(self):
        """The settings that eland writes: the tokenizer's, and the defaults it has for two tasks."""
        more = {"question_answering": WINDOWS, "text_similarity": {"truncate": "second"}}
        return {**TOKENIZERS[self.architecture][2][self.tokenizer], **more.get(self.task, {})}

    def inference_config(self):
        """What eland writes."""
        config = {"tokenization": {self.tokenizer: self.tokenization()}}
        if self.task == "text_embedding":
            config["embedding_size"] = HIDDEN
        if self.labels and self.task != "text_similarity":
            config["classification_labels"] = [label.replace("-", "_") for label in self.labels]
        return {self.task: config}


def _cases():
    labels = {"ner": tuple(PEOPLE_AND_PLACES), "text_classification": ("NEGATIVE", "POSITIVE"),
              "zero_shot_classification": tuple(INFERENCE)}
    for task in HEADS:
        yield Case("Bert", task, labels.get(task, ()))
    for task in ("fill_mask", "ner", "question_answering", "text_classification", "text_similarity",
                 "zero_shot_classification"):
        yield Case("Bert", task, labels.get(task, ()), auto=True)
    yield Case("Bert", "text_embedding", quantize=True)
    yield Case("BertJapanese", "fill_mask")
    yield Case("Bart", "zero_shot_classification", tuple(INFERENCE))
    yield Case("DebertaV2", "text_classification", ("LABEL_0", "LABEL_1"))
    yield Case("DistilBert", "text_classification", ("LABEL_0", "LABEL_1"))
    yield Case("DistilBert", "text_embedding")
    yield Case("DPR", "text_embedding")
    yield Case("Electra", "ner", ("LABEL_0", "LABEL_1"))
    yield Case("MPNet", "question_answering", ingest_prefix="passage: ")
    yield Case("MPNet", "text_embedding", ingest_prefix="passage: ")
    yield Case("Roberta", "fill_mask")
    yield Case("Roberta", "ner", ("LABEL_0", "LABEL_1"))
    yield Case("Roberta", "question_answering")
    yield Case("Roberta", "text_embedding")
    yield Case("XLMRoberta", "text_embedding")
    yield Case("XLMRoberta", "text_similarity")


CASES = list(_cases())


def _labels(case):
    labels = case.labels or (("LABEL_0",) if case.task == "text_similarity" else ())
    if not labels:
        return {}
    return {"id2label": dict(enumerate(labels)), "label2id": {label: i for i, label in enumerate(labels)}}


def _scatter(model):
    """Weights of such a size that different texts have clearly different answers."""
    import torch
    torch.manual_seed(11)
    for parameter in model.parameters():
        if parameter.dim() > 1:
            torch.nn.init.normal_(parameter, std=0.4)


def make(case, folder, vocabularies):
    """Writes the model as its owner would; gives the folder. vocabularies: a folder for tokenizers."""
    import transformers
    tokenizer_class, maker, _ = TOKENIZERS[case.architecture]
    tokenizer = maker(vocabularies / tokenizer_class, getattr(transformers, tokenizer_class))
    config = getattr(transformers, case.config_class + "Config")(
        vocab_size=len(tokenizer), pad_token_id=tokenizer.pad_token_id, bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id, **SMALL_OF.get(case.config_class, SMALL), **_labels(case))
    model = getattr(transformers, case.model_class)(config)
    _scatter(model)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    if case.architecture == "XLMRoberta":
        small_vocabularies.write_fast(folder, tokenizer)
    return folder
