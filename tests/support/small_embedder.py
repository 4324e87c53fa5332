# SPDX-License-Identifier: Apache-2.0
"""A sentence-transformers folder of a few kilobytes: a BERT of random weights that eland exports fast."""

import string

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *string.ascii_lowercase,
              *(f"##{letter}" for letter in string.ascii_lowercase), "hello", "world", ".", ","]
DIMENSIONS = 16


def make(folder):
    """Writes the model; gives the folder."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules
    from transformers import BertConfig, BertModel, BertTokenizer
    source = folder / "transformer"
    source.mkdir(parents=True)
    (source / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")
    BertTokenizer(str(source / "vocab.txt"), model_max_length=512).save_pretrained(source)
    torch.manual_seed(5)
    BertModel(BertConfig(
        vocab_size=len(VOCABULARY), hidden_size=DIMENSIONS, num_hidden_layers=2,
        num_attention_heads=2, intermediate_size=32)).save_pretrained(source)
    transformer = modules.Transformer(str(source), max_seq_length=512)
    pooling = modules.Pooling(DIMENSIONS)
    SentenceTransformer(modules=[transformer, pooling], device="cpu").save(str(folder / "model"))
    return folder / "model"
