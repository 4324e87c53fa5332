# SPDX-License-Identifier: Apache-2.0
"""eland, unmodified, imports a small sentence embedder in every way. (A real one: test_embeddings.py.)"""

import pytest
from eland.ml.pytorch import PyTorchModel
from eland.ml.pytorch.transformers import TransformerModel

from support import models, small_embedder

TEXTS = ["Hello, world!", "A second text."]


def close(a, b):
    assert len(a) == len(b)
    return all(abs(x - y) < 1e-5 for x, y in zip(a, b))


@pytest.fixture(scope="module")
def embed(small_folder):
    """Embeddings of the small model, computed by sentence-transformers in this process."""
    from sentence_transformers import SentenceTransformer
    model = SentenceTransformer(str(small_folder), device="cpu")
    return lambda text: model.encode([text])[0].tolist()


def test_import_by_the_class(daemon, client, small_folder, embed, tmp_path):
    """Save, import with small chunks, list, start, infer, stop, delete."""
    exported = TransformerModel(model_id=str(small_folder), task_type="text_embedding",
                                es_version=(9, 2, 0))
    model_path, config, vocabulary_path = exported.save(str(tmp_path))
    model = PyTorchModel(client, "by-class")
    model.delete()  # nothing is there, and that is no error
    model.import_model(model_path=model_path, config_path=None, vocab_path=vocabulary_path,
                       config=config, chunk_size=20_000)
    assert PyTorchModel.list(client) == {"by-class"}
    model.start()
    answer = model.infer([{"text_field": TEXTS[0]}], timeout="20s")
    assert close(answer["inference_results"][0]["predicted_value"], embed(TEXTS[0]))
    assert models.stats(daemon, "by-class")["deployment_stats"]["inference_count"] == 1
    model.stop()
    model.delete()
    assert PyTorchModel.list(client) == set()


def test_import_without_a_start(daemon, client, eland_import, small_folder, embed):
    """The command names the model itself, and leaves the deployment to the user."""
    eland_import(daemon, small_folder, "--ingest-prefix", "passage: ", "--search-prefix", "query: ",
                 "--max-model-input-length", "512")
    model_id, = PyTorchModel.list(client)
    assert model_id == "small__model"
    config = client.ml.get_trained_models(model_id=model_id)["trained_model_configs"][0]
    assert config["prefix_strings"] == {"ingest": "passage: ", "search": "query: "}
    model = PyTorchModel(client, model_id)
    model.start()
    answer = model.infer([{"text_field": TEXTS[0]}])  # a plain _infer takes no prefix
    assert close(answer["inference_results"][0]["predicted_value"], embed(TEXTS[0]))


def test_clear_previous_and_quantize(daemon, eland_import, small_folder):
    """--clear-previous stops and deletes what is there. (The fixture uses it where nothing is.)"""
    models.serve(daemon, "again", models.behaving())
    eland_import(daemon, small_folder, "--es-model-id", "again", "--start", "--clear-previous",
                 "--quantize")
    result, = models.infer(daemon, "again", "hello").ok()["inference_results"]
    assert len(result["predicted_value"]) == small_embedder.DIMENSIONS


def test_log_level_as_elands_own_tests_set_it(client):
    level = {"logger.org.elasticsearch.xpack.ml": "DEBUG"}
    assert client.cluster.put_settings(transient=level)["acknowledged"] is True
    assert client.cluster.put_settings(transient=dict.fromkeys(level))["acknowledged"] is True
