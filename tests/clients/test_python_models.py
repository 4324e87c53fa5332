# SPDX-License-Identifier: Apache-2.0
"""elasticsearch-py, unmodified: models, their parts and vocabulary, aliases."""

import base64

import pytest
from elasticsearch import BadRequestError, ConflictError, NotFoundError

from support import models

CONFIG = models.config()


def put(client, model_id, **more):
    return client.ml.put_trained_model(model_id=model_id, **{**CONFIG, **more})


def test_put_with_every_parameter(client, name):
    more = {"description": "d", "tags": ["one", "two"], "metadata": {"k": 1.5},
            "model_size_bytes": 10, "platform_architecture": "linux-x86_64",
            "prefix_strings": {"search": "query: ", "ingest": "passage: "}}
    echo = put(client, name, **more, defer_definition_decompression=True, wait_for_completion=True)
    assert {key: echo[key] for key in more} == more
    assert echo["created_by"] == "api_user" and echo["inference_config"]["text_embedding"]
    assert client.ml.get_trained_models(model_id=name)["trained_model_configs"] == [echo.body]


def test_definition_in_parts_and_vocabulary(client, name, daemon):
    put(client, name)
    definition = models.behaving()
    models.approve(daemon, definition)
    half = len(definition) // 2
    for part, data in enumerate((definition[:half], definition[half:])):
        assert client.ml.put_trained_model_definition_part(
            model_id=name, part=part, definition=base64.b64encode(data).decode(),
            total_definition_length=len(definition), total_parts=2) == {"acknowledged": True}
    assert client.ml.put_trained_model_vocabulary(
        model_id=name, vocabulary=[*models.VOCABULARY, "héllo", "\U0001f600", "a/b"],
        merges=["a b"], scores=[0.0] * (len(models.VOCABULARY) + 3)) == {"acknowledged": True}
    found = client.ml.get_trained_models(model_id=name, include="definition_status")
    assert found["trained_model_configs"][0]["fully_defined"] is True


def test_get_with_every_parameter(client):
    for model_id in ("a", "b", "c"):
        put(client, model_id, tags=["even" if model_id == "b" else "odd", "all"])
    found = client.ml.get_trained_models(
        model_id="a,c*", allow_no_match=True, decompress_definition=True, exclude_generated=True,
        from_=0, size=10, tags=["odd", "all"])
    assert [model["model_id"] for model in found["trained_model_configs"]] == ["a", "c"]
    assert "create_time" not in found["trained_model_configs"][0]
    found = client.ml.get_trained_models(model_id=["a", "x*"], include="hyperparameters")
    assert found["count"] == 1
    assert client.ml.get_trained_models(from_=1, size=1)["trained_model_configs"][0][
        "model_id"] == "b"
    assert client.ml.get_trained_models()["count"] == 3
    assert client.ml.get_trained_models(model_id="zzz*")["count"] == 0
    assert client.ml.get_trained_models_stats(model_id=["a", "b"], from_=0, size=10)["count"] == 2
    assert client.options(headers={"x-opaque-id": "o"}).ml.get_trained_models_stats(
        model_id="a", error_trace=True, human=True, pretty=True,
        filter_path=["count", "trained_model_stats.model_id"]) == {
            "count": 1, "trained_model_stats": [{"model_id": "a"}]}


def test_errors_become_the_clients_exceptions(client, name):
    with pytest.raises(NotFoundError) as missing:
        client.ml.get_trained_models(model_id=name)
    assert missing.value.error == "resource_not_found_exception"
    with pytest.raises(NotFoundError):
        client.ml.get_trained_models(model_id=f"{name}*", allow_no_match=False)
    put(client, name)
    with pytest.raises(BadRequestError) as twice:
        put(client, name)
    assert twice.value.error == "resource_already_exists_exception"
    with pytest.raises(BadRequestError) as invalid:
        put(client, "Upper")
    assert invalid.value.error == "action_request_validation_exception"
    with pytest.raises(NotFoundError):
        client.ml.delete_trained_model(model_id="nobody")
    assert client.options(ignore_status=404).ml.delete_trained_model(model_id="nobody")[
        "status"] == 404


def test_delete_with_and_without_force(client, deployed):
    with pytest.raises(ConflictError):
        client.ml.delete_trained_model(model_id=deployed)
    assert client.ml.delete_trained_model(model_id=deployed, force=True, timeout="30s") == {
        "acknowledged": True}
    assert client.ml.get_trained_models()["count"] == 0


def test_aliases(client, deployed):
    put(client, "other")
    aliased = {"model_alias": "al"}
    assert client.ml.put_trained_model_alias(model_id=deployed, **aliased) == {"acknowledged": True}
    found = client.ml.get_trained_models(model_id="al")["trained_model_configs"][0]
    assert found["model_id"] == deployed and found["metadata"]["model_aliases"] == ["al"]
    result, = client.ml.infer_trained_model(
        model_id="al", docs=[{"text_field": "alpha"}])["inference_results"]
    assert models.float32(result["predicted_value"]) == models.embedding("alpha")
    with pytest.raises(BadRequestError, match="illegal|status_exception|reassign"):
        client.ml.put_trained_model_alias(model_id="other", **aliased)
    with pytest.raises(BadRequestError):  # the old model is deployed and the new one is not
        client.ml.put_trained_model_alias(model_id="other", **aliased, reassign=True)
    assert client.ml.put_trained_model_alias(model_id=deployed, **aliased, reassign=True) == {
        "acknowledged": True}
    assert client.ml.delete_trained_model_alias(model_id=deployed, **aliased) == {
        "acknowledged": True}
    with pytest.raises(NotFoundError):
        client.ml.delete_trained_model_alias(model_id=deployed, **aliased)
