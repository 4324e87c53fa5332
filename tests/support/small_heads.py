# SPDX-License-Identifier: Apache-2.0
"""Folders of small BERT models with the heads of several tasks, of random weights that are large
enough for them to have opinions."""

from support.small_embedder import VOCABULARY

SEED = 4  # with which the token classifier finds some entities, and not everywhere
LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


def _config(labels):
    from transformers import BertConfig
    return BertConfig(vocab_size=len(VOCABULARY), hidden_size=16, num_hidden_layers=2,
                      num_attention_heads=2, intermediate_size=32, initializer_range=0.5,
                      id2label=dict(enumerate(labels)),
                      label2id={label: n for n, label in enumerate(labels)})


def make(folder, head):
    """head: the name of a class of transformers, BertForTokenClassification. Gives the folder."""
    import torch
    import transformers
    folder.mkdir(parents=True)
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")
    transformers.BertTokenizer(str(folder / "vocab.txt"), model_max_length=512).save_pretrained(folder)
    torch.manual_seed(SEED)
    labels = LABELS if head == "BertForTokenClassification" else ["no", "yes"]
    getattr(transformers, head)(_config(labels)).save_pretrained(folder)
    return folder
