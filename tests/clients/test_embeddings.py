# SPDX-License-Identifier: Apache-2.0
"""The real MiniLM as eland's command, unmodified, imports it: its embeddings equal PyTorch's, over texts of all
lengths and kinds."""

import concurrent.futures
import random

import pytest
from eland.ml.pytorch import PyTorchModel
from elasticsearch import Elasticsearch

from support import models

says_nothing_of_the_client = pytest.mark.only_with(9)

SAMPLE = ("The quick brown fox jumps over the lazy dog while inference servers answer thousands of "
          "questions about semantic search , vectors , transformers and the weather in Reykjavik")
SHORT = ["Hello, world!", "A second text."]


def texts():
    words = SAMPLE.split()
    chosen = random.Random(7)
    lengths = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 16, 17, 20, 24, 31, 32, 33, 40, 48, 56, 63, 64,
               65, 80, 96, 110, 127, 128, 129, 150, 180, 200, 255, 256, 257, 300, 350, 400]
    by_length = [" ".join(chosen.choice(words) for _ in range(length)) for length in lengths]
    return by_length + [
        "", " ", "a", "?!", "Grüße aus Köln, ÉCOLE naïve café", "世界 你好", "\U0001f600 emoji",
        "line\nbreak\ttab", "don't stop-me_now 3.14159", "UPPER lower MiXeD",
        "antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis", "x" * 300,
        "[MASK] in the text", "  many   blanks  ", "Ünïcödé\u0301 combining"]


def largest_difference(a, b):
    assert len(a) == len(b) == 384
    return max(abs(x - y) for x, y in zip(a, b))


@pytest.fixture(scope="module")
def expected(reference):
    return reference(texts())


@pytest.fixture
def minilm_client(minilm):
    with Elasticsearch(minilm.url, request_timeout=60) as one:
        yield one


def test_what_the_command_left(minilm, minilm_client):
    model = minilm_client.ml.get_trained_models(model_id="minilm", include="definition_status")
    model = model["trained_model_configs"][0]
    assert model["fully_defined"] is True and model["model_type"] == "pytorch"
    assert model["input"] == {"field_names": ["text_field"]}
    task = model["inference_config"]["text_embedding"]
    assert task["embedding_size"] == 384
    assert task["tokenization"]["bert"] == {
        "do_lower_case": True, "with_special_tokens": True, "max_sequence_length": 512,
        "truncate": "first", "span": -1}
    assert models.stats(minilm, "minilm")["deployment_stats"]["state"] == "started"


def test_infer_with_the_real_model(minilm_client, reference):
    answer = PyTorchModel(minilm_client, "minilm").infer([{"text_field": text} for text in SHORT])
    for result, vector in zip(answer["inference_results"], reference(SHORT)):
        assert largest_difference(result["predicted_value"], vector) < 1e-5


@says_nothing_of_the_client
def test_one_by_one(minilm, expected):
    for text, vector in zip(texts(), expected):
        result, = models.infer(minilm, "minilm", text).ok()["inference_results"]
        assert "is_truncated" not in result
        assert largest_difference(result["predicted_value"], vector) < 1e-5, text


@says_nothing_of_the_client
def test_in_one_request(minilm, expected):
    results = models.infer(minilm, "minilm", *texts(), query="?timeout=120s",
                           timeout=150).ok()["inference_results"]
    for text, result, vector in zip(texts(), results, expected):
        assert largest_difference(result["predicted_value"], vector) < 1e-5, text


@says_nothing_of_the_client
def test_in_parallel_on_two_allocations_and_two_threads(minilm, expected):
    models.start(minilm, "minilm", deployment_id="wide", number_of_allocations=2,
                 threads_per_allocation=2, wait_for="fully_allocated")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(
            lambda text: models.infer(minilm, "wide", text, query="?timeout=120s", timeout=150),
            texts()))
    minilm.post("/_ml/trained_models/wide/deployment/_stop").ok()
    for text, answer, vector in zip(texts(), answers, expected):
        result, = answer.ok()["inference_results"]
        assert largest_difference(result["predicted_value"], vector) < 1e-5, text


@says_nothing_of_the_client
def test_long_text_is_truncated_as_the_reference_does(minilm, reference):
    words = SAMPLE.split()
    chosen = random.Random(11)
    for length in (600, 2000):
        text = " ".join(chosen.choice(words) for _ in range(length))
        result, = models.infer(minilm, "minilm", text, query="?timeout=60s").ok()[
            "inference_results"]
        assert result["is_truncated"] is True
        assert largest_difference(result["predicted_value"], reference([text])[0]) < 1e-5


@says_nothing_of_the_client
def test_same_text_gives_the_same_bits(minilm):
    first = models.infer(minilm, "minilm", SAMPLE).ok()
    for _ in range(5):
        assert models.infer(minilm, "minilm", SAMPLE).ok() == first
