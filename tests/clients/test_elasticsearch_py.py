# SPDX-License-Identifier: Apache-2.0
"""elasticsearch-py 9, unmodified, through every call of the trained-model API that inferd has."""

import base64

import pytest
from elasticsearch import ApiError, BadRequestError, ConflictError, Elasticsearch, NotFoundError

from support import models

CONFIG = models.config()


@pytest.fixture(params=["urllib3", "requests", "compressed"])
def client(daemon, request):
    options = {"requests": {"node_class": "requests"}, "compressed": {"http_compress": True}}
    with Elasticsearch(daemon.url, **options.get(request.param, {})) as one:
        yield one


def put(client, model_id, definition):
    client.ml.put_trained_model(model_id=model_id, **CONFIG)
    half = len(definition) // 2
    for part, data in enumerate((definition[:half], definition[half:])):
        client.ml.put_trained_model_definition_part(
            model_id=model_id, part=part, definition=base64.b64encode(data).decode(),
            total_definition_length=len(definition), total_parts=2)
    client.ml.put_trained_model_vocabulary(model_id=model_id, vocabulary=models.VOCABULARY)


def test_info_and_ping(client):
    assert client.ping() is True
    assert client.info()["version"]["number"].startswith("9.")
    assert client.cluster.health()["status"] == "green"


def test_the_whole_life_of_a_model(client, name):
    put(client, name, models.behaving())
    found = client.ml.get_trained_models(model_id=name, include="definition_status")
    assert found["trained_model_configs"][0]["fully_defined"] is True
    started = client.ml.start_trained_model_deployment(
        model_id=name, deployment_id=f"{name}-d", number_of_allocations=2, queue_capacity=2000,
        cache_size="1mb", priority="normal", threads_per_allocation=1, timeout="1m",
        wait_for="fully_allocated")
    assert started["assignment"]["assignment_state"] == "started"
    answer = client.ml.infer_trained_model(
        model_id=f"{name}-d", docs=[{"text_field": "alpha"}, {"text_field": "beta"}],
        timeout="10s")
    assert [models.float32(result["predicted_value"]) for result in answer["inference_results"]] \
        == [models.embedding("alpha"), models.embedding("beta")]
    stats = client.ml.get_trained_models_stats(model_id=name)["trained_model_stats"][0]
    assert stats["deployment_stats"]["inference_count"] == 2
    assert client.ml.stop_trained_model_deployment(
        model_id=f"{name}-d", allow_no_match=False, force=True) == {"stopped": True}
    assert client.ml.delete_trained_model(model_id=name, force=True, timeout="30s") == {
        "acknowledged": True}
    assert client.ml.get_trained_models()["count"] == 0


def test_start_by_body(client, name):
    put(client, name, models.behaving())
    started = client.ml.start_trained_model_deployment(
        model_id=name, deployment_id="by-body", body={"number_of_allocations": 2})
    assert started["assignment"]["task_parameters"]["deployment_id"] == "by-body"
    assert started["assignment"]["task_parameters"]["number_of_allocations"] == 2


def test_errors_become_the_clients_exceptions(client, name):
    with pytest.raises(NotFoundError) as missing:
        client.ml.get_trained_models(model_id=name)
    assert missing.value.error == "resource_not_found_exception"
    with pytest.raises(NotFoundError):
        client.ml.infer_trained_model(model_id=name, docs=[{"text_field": "alpha"}])
    client.ml.put_trained_model(model_id=name, **CONFIG)
    with pytest.raises(ConflictError):
        client.ml.infer_trained_model(model_id=name, docs=[{"text_field": "alpha"}])
    with pytest.raises(BadRequestError) as twice:
        client.ml.put_trained_model(model_id=name, **CONFIG)
    assert twice.value.error == "resource_already_exists_exception"
    with pytest.raises(NotFoundError):
        client.ml.stop_trained_model_deployment(model_id=name, allow_no_match=False)


def test_timeout_is_an_api_error(client, name):
    put(client, name, models.behaving())
    client.ml.start_trained_model_deployment(model_id=name)
    with pytest.raises(ApiError) as late:
        client.ml.infer_trained_model(model_id=name, docs=[{"text_field": "hang"}],
                                      timeout="200ms")
    assert late.value.status_code == 408


def test_deprecation_reaches_the_user(client, name):
    put(client, name, models.behaving())
    client.ml.start_trained_model_deployment(model_id=name)
    with pytest.warns(Warning, match="is deprecated! Use"):
        client.perform_request(
            "POST", f"/_ml/trained_models/{name}/deployment/_infer",
            headers={"accept": "application/json", "content-type": "application/json"},
            body={"docs": [{"text_field": "alpha"}]})


def test_ill_formed_unicode_from_the_client(client, name):
    """The client encodes lone surrogates with surrogatepass: bytes that are no UTF-8."""
    put(client, name, models.behaving())
    client.ml.start_trained_model_deployment(model_id=name)
    with pytest.raises(BadRequestError):
        client.ml.infer_trained_model(model_id=name, docs=[{"text_field": "a\ud800b"}])


def test_lists_of_ids(client):
    for model_id in ("a", "b", "c"):
        client.ml.put_trained_model(model_id=model_id, **CONFIG, tags=["even" if model_id == "b"
                                                                       else "odd"])
    found = client.ml.get_trained_models(model_id=["a", "c*"], from_=0, size=10,
                                         allow_no_match=True)
    assert [model["model_id"] for model in found["trained_model_configs"]] == ["a", "c"]
    assert client.ml.get_trained_models(tags=["odd"])["count"] == 2
    assert client.ml.get_trained_models_stats(model_id=["a", "b"])["count"] == 2
