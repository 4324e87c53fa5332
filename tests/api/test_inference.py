# SPDX-License-Identifier: Apache-2.0
"""Inference endpoints (compatibility 11): three tasks, what is refused, sharing, updates, and what guards what."""

import math

import pytest

from support import models, pipelines
from support.models import embedding, float32
from support.pipelines import PATH

INFERENCE = "/_inference"
SIZE = {"dimensions": 4, "similarity": "cosine", "element_type": "float"}
SENTENCE = {"strategy": "sentence", "max_chunk_size": 250, "sentence_overlap": 1}


@pytest.fixture(autouse=True)
def empty(daemon):
    yield
    pipelines.remove_all(daemon)
    for one in daemon.get(INFERENCE).ok()["endpoints"]:
        daemon.delete(f"{INFERENCE}/{one['inference_id']}?force=true").ok()


@pytest.fixture
def embedder(daemon):
    models.upload(daemon, "m", models.behaving())
    return daemon


def body(model="m", **more):
    return {"service": "elasticsearch", "service_settings": {
        "num_allocations": 1, "num_threads": 1, "model_id": model}, **more}


def put(daemon, name, task="text_embedding", **more):
    return daemon.put(f"{INFERENCE}/{task}/{name}", body(**more)).ok()


# ---- the tasks ----

def test_text_embedding(embedder):
    made = put(embedder, "e")
    assert made == {"inference_id": "e", "task_type": "text_embedding", "service": "elasticsearch",
                    "service_settings": {"num_allocations": 1, "num_threads": 1, "model_id": "m", **SIZE},
                    "chunking_settings": SENTENCE}
    assert embedder.get(f"{INFERENCE}/e").ok()["endpoints"] == [made]
    assert models.stats(embedder, "m", "e")["deployment_stats"]["state"] == "started"
    found = embedder.post(f"{INFERENCE}/text_embedding/e", {"input": ["alpha", "beta"]}).ok()
    assert [float32(one["embedding"]) for one in found["text_embedding"]] == [embedding("alpha"), embedding("beta")]
    found = embedder.post(f"{INFERENCE}/e?timeout=5s", {"input": "alpha", "input_type": "search"}).ok()
    assert float32(found["text_embedding"][0]["embedding"]) == embedding("alpha")


def test_dimensions(embedder):
    """A PUT asks for an embedding: what was said of its length must be so, and what was not is found out."""
    settings = body()["service_settings"]
    path = f"{INFERENCE}/text_embedding/e"
    embedder.put(path, {"service": "elasticsearch", "service_settings": {**settings, "dimensions": 5}}).fails(
        400, "status_exception", "The retrieved embeddings size [4] does not match the size specified in the settings "
        "[5]. Please recreate the [e] configuration with the correct dimensions")
    assert embedder.get(INFERENCE).ok()["endpoints"] == []
    assert "deployment_stats" not in embedder.get("/_ml/trained_models/m/_stats").ok()["trained_model_stats"][0]
    for name, value in (("dimensions", 0), ("similarity", "foo"), ("element_type", "byte")):
        answer = embedder.put(path, {"service": "elasticsearch", "service_settings": {**settings, name: value}})
        assert answer.status == 400 and name in answer.reason
    said = {**settings, "dimensions": 4, "similarity": "dot_product", "element_type": "float"}
    made = embedder.put(path, {"service": "elasticsearch", "service_settings": said}).ok()
    assert made["service_settings"] == said
    changed = embedder.put(f"{INFERENCE}/e/_update", {"service_settings": {"num_allocations": 2}}).ok()
    assert changed["service_settings"] == {**said, "num_allocations": 2}
    assert embedder.get(f"{INFERENCE}/e").ok()["endpoints"] == [changed]
    embedder.put(f"{INFERENCE}/sparse_embedding/s", {"service": "elasticsearch", "service_settings": {
        **settings, "dimensions": 4}}).fails(400, "status_exception", "Configuration contains settings "
                                             "[{dimensions=...}] unknown to the [elasticsearch] service")


def test_prefixes(daemon):
    models.upload(daemon, "m", models.behaving(), prefix_strings={"ingest": "alpha ", "search": "beta "})
    put(daemon, "e")
    for kind, text in ((None, "gamma"), ("ingest", "alpha gamma"), ("search", "beta gamma")):
        question = {"input": "gamma"} if kind is None else {"input": "gamma", "input_type": kind}
        found = daemon.post(f"{INFERENCE}/e", question).ok()["text_embedding"]
        assert float32(found[0]["embedding"]) == embedding(text)


def test_sparse_embedding(daemon):
    models.upload(daemon, "m", models.behaving(dim=len(models.VOCABULARY)), "text_expansion")
    put(daemon, "s", "sparse_embedding")
    found, = daemon.post(f"{INFERENCE}/sparse_embedding/s", {"input": "alpha"}).ok()["sparse_embedding"]
    plain, = models.infer(daemon, "s", "alpha").ok()["inference_results"]
    assert found == {"is_truncated": False, "embedding": plain["predicted_value"]} and found["embedding"]


def test_rerank(daemon):
    models.upload(daemon, "m", models.behaving(dim=1), "text_similarity")
    made = put(daemon, "r", "rerank")
    assert made["task_settings"] == {"return_documents": True} and "chunking_settings" not in made
    texts = models.VOCABULARY[11:21]
    path = f"{INFERENCE}/rerank/r"
    found = daemon.post(path, {"input": texts, "query": "one"}).ok()["rerank"]
    update = {"inference_config": {"text_similarity": {"text": "one"}}}
    plain = daemon.post("/_ml/trained_models/r/_infer", {"docs": [{"text_field": text} for text in texts], **update})
    scores = [one["predicted_value"] for one in plain.ok()["inference_results"]]
    assert [one["index"] for one in found] == sorted(range(len(texts)), key=lambda i: (-scores[i], i))
    assert all(one["text"] == texts[one["index"]] for one in found)
    assert all(math.isclose(one["relevance_score"], scores[one["index"]], rel_tol=1e-6) for one in found)
    top = daemon.post(path, {"input": texts, "query": "one", "top_n": 2, "return_documents": False}).ok()["rerank"]
    assert top == [{"index": one["index"], "relevance_score": one["relevance_score"]} for one in found[:2]]


# ---- what is refused ----

def test_endpoints_that_are_refused(embedder):
    def fails(name, content, status, kind, text, task="text_embedding/"):
        embedder.put(f"{INFERENCE}/{task}{name}", content).fails(status, kind, text)

    settings = body()["service_settings"]
    fails("e", {"service_settings": settings}, 400, "status_exception",
          "Inference endpoint configuration is missing the [service] setting")
    fails("e", body() | {"service": "foo"}, 400, "status_exception", "Unknown service [foo]")
    fails("e", body(), 400, "status_exception",
          "The [elasticsearch] service does not support task type [completion]", "completion/")
    fails("e", body(), 400, "status_exception",
          "Inference endpoint configuration is missing the [task_type] setting", "")
    fails("e", body() | {"service_settings": {"num_threads": 1, "num_allocations": 1}}, 400,
          "illegal_argument_exception",
          "Error parsing service settings, model_id must be provided")
    fails("e", body() | {"service_settings": {"model_id": "m", "num_allocations": 1}}, 400, "validation_exception",
          "Validation Failed: 1: [service_settings] does not contain the required setting [num_threads];")
    fails("e", body() | {"service_settings": settings | {"foo": 1}}, 400, "status_exception",
          "Configuration contains settings [{foo=...}] unknown to the [elasticsearch] service")
    fails("e", body("none"), 400, "illegal_argument_exception",
          "Error parsing request config, model id does not match any models available on this platform. Was [none]. "
          "You may need to load it into the cluster using eland.")
    fails("e", body() | {"service_settings": settings | {"deployment_id": "d"}}, 404, "resource_not_found_exception",
          "Cannot find deployment [d]")
    fails("m", body(), 400, "status_exception", "Inference endpoint IDs must be unique. Requested inference endpoint "
          "ID [m] matches existing trained model ID(s) but must not.")
    fails(".rerank-v1-elasticsearch", body(), 400, "status_exception", "[.rerank-v1-elasticsearch] is a reserved "
          "inference Id. Cannot create a new inference endpoint with a reserved Id")
    fails("e", body(), 400, "status_exception", "model [m] is configured for task [text_embedding], and an endpoint of "
          "task type [rerank] wants [text_similarity]", "rerank/")
    put(embedder, "e")
    fails("e", body(), 400, "resource_already_exists_exception", "Inference endpoint [e] already exists")


def test_chunking_settings(embedder):
    put(embedder, "e")
    shared = {"service": "elasticsearch", "service_settings": {"deployment_id": "e"}}
    for i, (given, made) in enumerate((
            ({"strategy": "none"}, {"strategy": "none"}),
            ({"strategy": "word", "max_chunk_size": 20}, {"strategy": "word", "max_chunk_size": 20, "overlap": 10}),
            ({"max_chunk_size": 20}, SENTENCE | {"max_chunk_size": 20}),
            ({"strategy": "recursive", "separator_group": "markdown"},
             {"strategy": "recursive", "max_chunk_size": 250, "separator_group": "markdown"}),
            ({"strategy": "recursive", "separators": ["\n"]},
             {"strategy": "recursive", "max_chunk_size": 250, "separators": ["\n"]}))):
        answer = embedder.put(f"{INFERENCE}/text_embedding/c{i}", shared | {"chunking_settings": given}).ok()
        assert answer["chunking_settings"] == made and answer["service_settings"]["model_id"] == "m"
    for given in ({"strategy": "foo"}, {"max_chunk_size": 19}, {"max_chunk_size": 301}, {"sentence_overlap": 2},
                  {"strategy": "word", "max_chunk_size": 20, "overlap": 11}, {"strategy": "none", "max_chunk_size": 20},
                  {"strategy": "recursive", "separators": [], "max_chunk_size": 20}, []):
        answer = embedder.put(f"{INFERENCE}/text_embedding/c", shared | {"chunking_settings": given})
        assert (answer.status, answer.json["error"]["type"]) == (400, "validation_exception"), given


def test_questions_that_are_refused(embedder):
    put(embedder, "e")

    def fails(question, text, kind="action_request_validation_exception", status=400, path="e"):
        embedder.post(f"{INFERENCE}/{path}", question).fails(status, kind, text)

    fails({"input": None}, "Validation Failed: 1: Field [input] cannot be null;")
    fails({"input": []}, "Validation Failed: 1: Field [input] cannot be an empty array;")
    fails({"input": [1]}, "Validation Failed: 1: Field [input] must be a string or an array of strings;")
    for name, value in (("query", "q"), ("top_n", 1), ("return_documents", True)):
        fails({"input": "x", name: value},
              f"Validation Failed: 1: Field [{name}] cannot be specified for task type [text_embedding];")
    fails({"input": "x"}, "Inference endpoint not found [none]", "resource_not_found_exception", 404, "none")
    fails({"input": "x"}, "Requested task type [rerank] does not match the inference endpoint's task type "
          "[text_embedding]", "status_exception", 400, "rerank/e")


# ---- their deployments ----

def test_update_shows_and_changes_the_deployment(embedder):
    put(embedder, "e")
    changed = embedder.put(f"{INFERENCE}/e/_update", {"service_settings": {"num_allocations": 2}}).ok()
    assert changed["service_settings"]["num_allocations"] == 2
    embedder.post("/_ml/trained_models/e/deployment/_update", {"number_of_allocations": 3}).ok()
    shown, = embedder.get(f"{INFERENCE}/text_embedding/e").ok()["endpoints"]
    assert shown["service_settings"]["num_allocations"] == 3
    embedder.put(f"{INFERENCE}/e/_update", {"service_settings": {"model_id": "x"}}).fails(
        400, "status_exception", "Configuration contains settings [{model_id=...}] unknown to the [elasticsearch] "
                                 "service")


def test_sharing_and_deleting(embedder):
    put(embedder, "e")
    shared = {"service": "elasticsearch", "service_settings": {"deployment_id": "e"}, "task_type": "text_embedding"}
    embedder.put(f"{INFERENCE}/f", shared).ok()
    assert [one["inference_id"] for one in embedder.get(f"{INFERENCE}/_all").ok()["endpoints"]] == ["e", "f"]
    processor = {"inference": {"model_id": "f", "input_output": {"input_field": "t", "output_field": "v"}}}
    assert float32(pipelines.source(embedder, [processor], {"t": "alpha"})["v"]) == embedding("alpha")
    embedder.post("/_ml/trained_models/e/deployment/_stop").fails(
        409, "status_exception", "Cannot stop deployment [e] as it is used by inference endpoint [e]; use force to "
                                 "stop "
        "the deployment")
    assert embedder.delete(f"{INFERENCE}/e").ok() == {"acknowledged": True, "pipelines": []}
    assert float32(embedder.post(f"{INFERENCE}/f", {"input": "alpha"}).ok()["text_embedding"][0]["embedding"]) == (
        embedding("alpha"))
    embedder.delete("/_ml/trained_models/m").fails(
        409, "status_exception", "Cannot delete model [m] as it is used by inference endpoint [f]; use force to delete "
        "the model")


def test_pipelines_refer_to_endpoints(embedder):
    put(embedder, "e")
    processor = {"inference": {"model_id": "e", "input_output": {"input_field": "t", "output_field": "v"}}}
    embedder.put(f"{PATH}/p", {"processors": [processor]}).acknowledged()
    assert float32(pipelines.source(embedder, [processor], {"t": "alpha"})["v"]) == embedding("alpha")
    text = ("Inference endpoint e is referenced by pipelines: [p]. Ensure that no pipelines are using this inference "
            "endpoint, or use force to ignore this warning and delete the inference endpoint.")
    embedder.delete(f"{INFERENCE}/e").fails(409, "status_exception", text)
    assert embedder.delete(f"{INFERENCE}/e?dry_run=true").ok() == {
        "acknowledged": False, "pipelines": ["p"], "indexes": [], "error_message": text}
    embedder.delete(f"{INFERENCE}/text_embedding/e?force=true").ok()
    embedder.get(f"{INFERENCE}/e").fails(404, "resource_not_found_exception", "Inference endpoint not found [e]")


def test_a_deployment_that_is_gone_is_started(embedder):
    put(embedder, "e")
    embedder.post("/_ml/trained_models/e/deployment/_stop?force=true").ok()
    found = embedder.post(f"{INFERENCE}/e", {"input": "alpha"}).ok()["text_embedding"]
    assert float32(found[0]["embedding"]) == embedding("alpha")


def test_they_survive_a_kill(make_daemon):
    daemon = make_daemon()
    models.upload(daemon, "m", models.behaving())
    made = put(daemon, "e")
    daemon.kill()
    daemon.restart()
    assert daemon.get(INFERENCE).ok()["endpoints"] == [made]
    assert daemon.post(f"{INFERENCE}/e", {"input": "alpha"}).ok()["text_embedding"]


# ---- the Python client ----

def test_the_python_client(embedder):
    import elasticsearch  # here, since it takes a second in each process that collects this file
    client = elasticsearch.Elasticsearch(embedder.url)
    made = client.inference.put(task_type="text_embedding", inference_id="e", inference_config=body())
    assert made["inference_id"] == "e"
    found = client.inference.text_embedding(inference_id="e", input=["alpha"])
    assert float32(found["text_embedding"][0]["embedding"]) == embedding("alpha")
    found = client.inference.inference(inference_id="e", input="alpha", timeout="10s")
    assert len(found["text_embedding"]) == 1
    assert [one["inference_id"] for one in client.inference.get()["endpoints"]] == ["e"]
    client.inference.update(inference_id="e", inference_config={"service_settings": {"num_allocations": 2}})
    client.ingest.put_pipeline(id="p", processors=[{"inference": {
        "model_id": "e", "input_output": [{"input_field": "t", "output_field": "v"}]}}])
    docs = client.ingest.simulate(id="p", docs=[{"_source": {"t": "alpha"}}])["docs"]
    assert float32(docs[0]["doc"]["_source"]["v"]) == embedding("alpha")
    assert list(client.ingest.get_pipeline(id="*")) == ["p"] and client.ingest.processor_grok()["patterns"] == {}
    answers = client.perform_request("POST", f"{PATH}/p/_execute", body=[{"t": "alpha"}, {"t": "beta"}], headers={
        "content-type": "application/x-ndjson", "accept": "application/x-ndjson"}).body
    assert [float32(one["v"]) for one in answers] == [embedding("alpha"), embedding("beta")]
    client.ingest.delete_pipeline(id="p")
    assert client.inference.delete(inference_id="e")["acknowledged"]
