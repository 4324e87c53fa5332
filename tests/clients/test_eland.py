# SPDX-License-Identifier: Apache-2.0
"""eland, unmodified, imports a real sentence embedder by its command and by its Python class."""

import pytest
from eland.ml.pytorch import PyTorchModel
from eland.ml.pytorch.transformers import TransformerModel
from elasticsearch import Elasticsearch

from support import models

TEXTS = ["Hello, world!", "A second text."]


def close(a, b):
    assert len(a) == len(b)
    return all(abs(x - y) < 1e-5 for x, y in zip(a, b))


@pytest.fixture
def client(minilm):
    with Elasticsearch(minilm.url, request_timeout=60) as one:
        yield one


def test_what_the_command_left(minilm, client):
    model = client.ml.get_trained_models(model_id="minilm", include="definition_status")
    model = model["trained_model_configs"][0]
    assert model["fully_defined"] is True and model["model_type"] == "pytorch"
    assert model["input"] == {"field_names": ["text_field"]}
    task = model["inference_config"]["text_embedding"]
    assert task["embedding_size"] == 384
    assert task["tokenization"]["bert"] == {
        "do_lower_case": True, "with_special_tokens": True, "max_sequence_length": 512,
        "truncate": "first", "span": -1}
    assert models.stats(minilm, "minilm")["deployment_stats"]["state"] == "started"


def test_infer(client, reference):
    answer = PyTorchModel(client, "minilm").infer([{"text_field": text} for text in TEXTS])
    for result, expected in zip(answer["inference_results"], reference(TEXTS)):
        assert close(result["predicted_value"], expected)


def test_list(client):
    assert "minilm" in PyTorchModel.list(client)


def test_import_by_the_class(minilm, client, minilm_folder, reference, tmp_path):
    """Save, import with chunks of another size, start, infer, stop, delete."""
    exported = TransformerModel(model_id=str(minilm_folder), task_type="text_embedding",
                                es_version=(9, 2, 0))
    model_path, config, vocabulary_path = exported.save(str(tmp_path))
    model = PyTorchModel(client, "by-class")
    model.import_model(model_path=model_path, config_path=None, vocab_path=vocabulary_path,
                       config=config, chunk_size=7 << 20)
    model.start()
    answer = model.infer([{"text_field": TEXTS[0]}])
    assert close(answer["inference_results"][0]["predicted_value"], reference(TEXTS[:1])[0])
    model.stop()
    model.delete()
    assert minilm.get("/_ml/trained_models/by-class").status == 404


def test_clear_previous(minilm, eland_import):
    """--clear-previous stops and deletes what is there. (The fixture uses it where nothing is.)"""
    models.serve(minilm, "again", models.behaving())
    eland_import(minilm, "--es-model-id", "again", "--start", "--clear-previous")
    result, = models.infer(minilm, "again", "x").ok()["inference_results"]
    assert len(result["predicted_value"]) == 384
    minilm.delete("/_ml/trained_models/again?force=true").acknowledged()
