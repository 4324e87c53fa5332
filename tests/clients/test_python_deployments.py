# SPDX-License-Identifier: Apache-2.0
"""elasticsearch-py, unmodified: deployments and inference."""

import pytest
from elasticsearch import ApiError, BadRequestError, ConflictError, NotFoundError

from support import models

JSON = {"accept": "application/json", "content-type": "application/json"}


def start(client, model_id, **more):
    return client.ml.start_trained_model_deployment(model_id=model_id, **more)["assignment"]


def deployment_stats(client, deployment_id):
    found = client.ml.get_trained_models_stats(model_id=deployment_id)["trained_model_stats"]
    return next(entry["deployment_stats"] for entry in found
                if entry["deployment_stats"]["deployment_id"] == deployment_id)


def infer(client, deployment_id, *texts, **more):
    answer = client.ml.infer_trained_model(
        model_id=deployment_id, docs=[{"text_field": text} for text in texts], **more)
    return [models.float32(result["predicted_value"]) for result in answer["inference_results"]]


@pytest.fixture
def uploaded(daemon, name):
    models.upload(daemon, name, models.behaving())
    return name


def test_start_with_every_parameter(client, uploaded):
    asked = {"deployment_id": f"{uploaded} d/2", "number_of_allocations": 2, "queue_capacity": 2000,
             "cache_size": "1mb", "priority": "normal", "threads_per_allocation": 1}
    assignment = start(client, uploaded, **asked, timeout="1m", wait_for="fully_allocated")
    task = assignment["task_parameters"]
    assert {key: task[key] for key in asked} == asked
    assert assignment["assignment_state"] == "started"
    assert infer(client, asked["deployment_id"], "alpha") == [models.embedding("alpha")]
    assert client.ml.stop_trained_model_deployment(
        model_id=asked["deployment_id"], allow_no_match=False, force=True) == {"stopped": True}


def test_start_of_low_priority_and_without_a_cache(client, uploaded):
    low = start(client, uploaded, deployment_id="low", priority="low", cache_size=0)
    assert low["task_parameters"]["priority"] == "low"
    assert low["task_parameters"]["cache_size"] == "0"
    assert infer(client, "low", "beta") == [models.embedding("beta")]


def test_start_by_body(client, uploaded):
    assignment = start(client, uploaded, deployment_id="by-body",
                       body={"number_of_allocations": 2})
    assert assignment["task_parameters"]["deployment_id"] == "by-body"
    assert assignment["task_parameters"]["number_of_allocations"] == 2


def test_adaptive_allocations(client, uploaded):
    settings = {"enabled": True, "min_number_of_allocations": 1, "max_number_of_allocations": 4}
    assignment = start(client, uploaded, deployment_id="adaptive", adaptive_allocations=settings)
    assert assignment["adaptive_allocations"] == settings
    assert infer(client, "adaptive", "alpha") == [models.embedding("alpha")]
    assert deployment_stats(client, "adaptive")["adaptive_allocations"] == settings
    updated = client.ml.update_trained_model_deployment(
        model_id="adaptive", adaptive_allocations={"enabled": False})["assignment"]
    assert updated["adaptive_allocations"] == {**settings, "enabled": False}


def test_update(client, deployed):
    for allocations in (3, 1):
        updated = client.ml.update_trained_model_deployment(
            model_id=deployed, number_of_allocations=allocations)["assignment"]
        assert updated["task_parameters"]["number_of_allocations"] == allocations
        assert deployment_stats(client, deployed)["number_of_allocations"] == allocations
        assert infer(client, deployed, "alpha") == [models.embedding("alpha")]
    with pytest.raises(BadRequestError):
        client.ml.update_trained_model_deployment(model_id=deployed, number_of_allocations=0)
    with pytest.raises(NotFoundError):
        client.ml.update_trained_model_deployment(model_id="nobody", number_of_allocations=1)


def test_clear_cache(client, uploaded):
    start(client, uploaded, cache_size="1mb")
    for _ in range(2):
        infer(client, uploaded, "alpha")
    node, = deployment_stats(client, uploaded)["nodes"]
    assert node["inference_cache_hit_count"] == 1
    assert client.ml.clear_trained_model_deployment_cache(model_id=uploaded) == {"cleared": True}
    infer(client, uploaded, "alpha")
    node, = deployment_stats(client, uploaded)["nodes"]
    assert node["inference_cache_hit_count"] == 1 and node["inference_count"] == 3
    with pytest.raises(NotFoundError):
        client.ml.clear_trained_model_deployment_cache(model_id="nobody")


def test_infer(client, deployed):
    assert infer(client, deployed, "alpha", "beta", timeout="10s") == [
        models.embedding("alpha"), models.embedding("beta")]
    answer = client.ml.infer_trained_model(
        model_id=deployed, docs=[{"text_field": "alpha"}], inference_config={
            "text_embedding": {"results_field": "rf",
                               "tokenization": {"bert": {"truncate": "first"}}}})
    assert models.float32(answer["inference_results"][0]["rf"]) == models.embedding("alpha")


def test_infer_that_is_refused(client, daemon, deployed):
    for model_id, kind in (("nobody", NotFoundError), ("idle", ConflictError)):
        if model_id == "idle":
            models.upload(daemon, "idle", models.behaving())
        with pytest.raises(kind):
            infer(client, model_id, "alpha")
    with pytest.raises(BadRequestError):
        client.ml.infer_trained_model(model_id=deployed, docs=[{"other": "alpha"}])
    with pytest.raises(BadRequestError):  # the client sends bytes that are no UTF-8
        infer(client, deployed, "a\ud800b")
    with pytest.raises(ApiError) as late:
        infer(client, deployed, "hang", timeout="200ms")
    assert late.value.status_code == 408


def test_the_old_path_of_infer(client, deployed):
    with pytest.warns(Warning, match="is deprecated! Use"):
        client.perform_request("POST", f"/_ml/trained_models/{deployed}/deployment/_infer",
                               headers=JSON, body={"docs": [{"text_field": "alpha"}]})


def test_stop(client, deployed):
    assert client.ml.stop_trained_model_deployment(model_id="nobody") == {"stopped": True}
    with pytest.raises(NotFoundError):
        client.ml.stop_trained_model_deployment(model_id="nobody", allow_no_match=False)
    assert client.perform_request(
        "POST", f"/_ml/trained_models/{deployed}/deployment/_stop?finish_pending_work=true",
        headers=JSON) == {"stopped": True}
    assert client.ml.stop_trained_model_deployment(model_id=deployed, id=deployed) == {
        "stopped": True}
    with pytest.raises(ConflictError):
        infer(client, deployed, "alpha")
