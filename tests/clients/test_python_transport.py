# SPDX-License-Identifier: Apache-2.0
"""elasticsearch-py, unmodified, over every kind of connection it has: the life of one model on each."""

import asyncio
import base64
import concurrent.futures

import pytest
from elasticsearch import ApiError, AsyncElasticsearch, Elasticsearch

from support import models
from support.poll import until

KINDS = {
    "urllib3": {},
    "requests": {"node_class": "requests"},
    "compressed": {"http_compress": True},
    "named": {"opaque_id": "a task of mine", "headers": {"user-agent": "somebody/1.0"}},
    "with credentials": {"basic_auth": ("elastic", "secret")},
    "with a key": {"api_key": ("id", "key")},
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_life_of_a_model(daemon, name, kind):
    definition = models.behaving()
    models.approve(daemon, definition)
    with Elasticsearch(daemon.url, **KINDS[kind]) as client:
        client.ml.put_trained_model(model_id=name, **models.config())
        client.ml.put_trained_model_definition_part(
            model_id=name, part=0, definition=base64.b64encode(definition).decode(),
            total_definition_length=len(definition), total_parts=1)
        client.ml.put_trained_model_vocabulary(model_id=name, vocabulary=models.VOCABULARY)
        client.ml.start_trained_model_deployment(model_id=name)
        result, = client.ml.infer_trained_model(
            model_id=name, docs=[{"text_field": "alpha"}])["inference_results"]
        assert models.float32(result["predicted_value"]) == models.embedding("alpha")
        client.ml.stop_trained_model_deployment(model_id=name)
        client.ml.delete_trained_model(model_id=name)
        assert client.ml.get_trained_models()["count"] == 0


@pytest.mark.parametrize("node_class", ["aiohttp", "httpxasync"])
def test_asynchronous(daemon, deployed, node_class):
    async def ask():
        async with AsyncElasticsearch(daemon.url, node_class=node_class) as client:
            assert await client.ping() is True
            answers = await asyncio.gather(*(
                client.ml.infer_trained_model(model_id=deployed, docs=[{"text_field": text}])
                for text in models.VOCABULARY[11:22]))
            stats = await client.ml.get_trained_models_stats(model_id=deployed)
        return answers, stats["trained_model_stats"][0]["inference_stats"]["inference_count"]
    answers, count = asyncio.run(ask())
    assert count == len(answers) == 11
    assert [models.float32(answer["inference_results"][0]["predicted_value"])
            for answer in answers] == [models.embedding(text) for text in models.VOCABULARY[11:22]]


def test_asynchronous_sniffing(daemon):
    async def ask():
        async with AsyncElasticsearch(daemon.url, sniff_on_start=True) as client:
            return await client.ping()
    assert asyncio.run(ask()) is True


def test_opaque_id_comes_back(client):
    assert client.options(opaque_id="mine").info().meta.headers["x-opaque-id"] == "mine"


def test_a_pool_of_threads(client, deployed):
    texts = models.VOCABULARY[11:22] * 8
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = pool.map(lambda text: client.ml.infer_trained_model(
            model_id=deployed, docs=[{"text_field": text}]), texts)
        for text, answer in zip(texts, answers):
            result, = answer["inference_results"]
            assert models.float32(result["predicted_value"]) == models.embedding(text)


def test_full_queue_is_tried_again_by_the_client(daemon, client, name):
    """A 429 makes four attempts in all; each is refused at once and counted."""
    models.serve(daemon, name, models.behaving(), queue_capacity=1, cache_size="0")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        held = [pool.submit(models.infer, daemon, name, "hang", query="?timeout=20s")
                for _ in range(2)]
        until(lambda: models.node_stats(daemon, name).get("number_of_pending_requests") == 2,
              "one request is computed and one is queued")
        with pytest.raises(ApiError) as full:
            client.ml.infer_trained_model(model_id=name, docs=[{"text_field": "alpha"}])
        assert full.value.status_code == 429
        assert full.value.error == "es_rejected_execution_exception"
        assert models.node_stats(daemon, name)["rejected_execution_count"] == 4
        daemon.post(f"/_ml/trained_models/{name}/deployment/_stop").ok()
        assert all(one.result().status in (408, 429, 500, 503) for one in held)
