# SPDX-License-Identifier: Apache-2.0
"""_infer: documents in order, resolution of the id, truncation, updates (compatibility 8.5, 10)."""

import concurrent.futures
import json
import re

import pytest

from support import models

PATH = "/_ml/trained_models"
WORDS = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"]


@pytest.fixture
def model(daemon, name):
    models.serve(daemon, name, models.behaving())
    return name


def post(daemon, model_id, body, query=""):
    return daemon.post(f"{PATH}/{model_id}/_infer{query}", body)


def test_answer(daemon, model):
    body = models.infer(daemon, model, "alpha").ok()
    assert list(body) == ["inference_results"]
    assert list(body["inference_results"][0]) == ["predicted_value"]
    assert models.float32(body["inference_results"][0]["predicted_value"]) == \
        models.embedding("alpha")


def test_pass_through_is_an_array_of_rows(daemon, name):
    models.serve(daemon, name, models.ones(), "pass_through")
    assert models.vectors(daemon, name, "alpha", "beta") == [
        models.ones_answer("alpha"), models.ones_answer("beta")]


@pytest.mark.torch
def test_doubles_are_printed_as_java_does(daemon, name):
    models.serve(daemon, name, models.ones(), "pass_through")
    assert models.infer(daemon, name, "alpha").body == \
        b'{"inference_results":[{"predicted_value":[[1.0,1.0]]}]}'


def test_documents_in_order(daemon, name):
    models.serve(daemon, name, models.behaving(), number_of_allocations=4,
                 wait_for="fully_allocated")
    texts = [" ".join(WORDS[:1 + n % 9]) + " " + WORDS[n % 10] for n in range(100)]
    assert models.vectors(daemon, name, *texts) == [models.embedding(text) for text in texts]


def test_many_at_once(daemon, name):
    models.serve(daemon, name, models.behaving(), number_of_allocations=2)
    texts = [f"{WORDS[n % 10]} {WORDS[n // 10 % 10]}" for n in range(200)]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = pool.map(lambda text: models.vectors(daemon, name, text), texts)
        assert list(answers) == [[models.embedding(text)] for text in texts]


@pytest.mark.parametrize("text", ["", " ", "\t\n", "alpha", "ALPHA", "nonsense alpha", "世界",
                                  "alpha" * 1000, "\u200b", "a\u0301", "alpha\u00a0beta", "."])
def test_strange_texts(daemon, model, text):
    values = models.vectors(daemon, model, text)[0]
    assert len(values) == 4
    if all(word in WORDS for word in text.split()) and "\u00a0" not in text:
        assert values == models.embedding(text)


def test_words_are_split_as_wordpiece_does(daemon, model):
    index = models.VOCABULARY.index
    ids = [2, index("beta"), index("##s"), index("."), 1, index("beta"), index("##s"), 3]
    assert models.vectors(daemon, model, "betas. betaX betas") == [models.embedding_of_ids(ids)]


@pytest.mark.parametrize("words, truncated", [(510, False), (511, True), (5000, True)])
def test_is_truncated(daemon, model, words, truncated):
    text = " ".join(WORDS[n % 10] for n in range(words))
    result, = models.infer(daemon, model, text).ok()["inference_results"]
    assert result.get("is_truncated") is (True if truncated else None)
    assert list(result)[-1] == ("is_truncated" if truncated else "predicted_value")
    assert models.float32(result["predicted_value"]) == models.embedding(text)


def test_truncate_none_refuses_long_text(daemon, model):
    text = " ".join(["alpha"] * 600)
    update = {"text_embedding": {"tokenization": {"bert": {"truncate": "none"}}}}
    body = {"docs": [{"text_field": text}], "inference_config": update}
    answer = post(daemon, model, body)
    assert answer.status == 400, answer
    assert answer.json["error"]["reason"].endswith(
        "Input too large. The tokenized input length [602] exceeds the maximum sequence length "
        "[512]"), answer


def test_results_field_of_an_update(daemon, model):
    body = {"docs": [{"text_field": "alpha"}],
            "inference_config": {"text_embedding": {"results_field": "vector"}}}
    result, = post(daemon, model, body).ok()["inference_results"]
    assert list(result) == ["vector"]
    assert models.float32(result["vector"]) == models.embedding("alpha")


def test_update_of_another_task(daemon, model):
    body = {"docs": [{"text_field": "alpha"}], "inference_config": {"pass_through": {}}}
    post(daemon, model, body).fails(
        400, "status_exception",
        f"Trained model [{model}] is configured for task [text_embedding] but called with task "
        "[pass_through]")


def test_short_max_sequence_length(daemon, name):
    bert = {"bert": {"max_sequence_length": 5}}
    models.upload(daemon, name, models.behaving(),
                  inference_config={"text_embedding": {"tokenization": bert}})
    models.start(daemon, name)
    result, = models.infer(daemon, name, "alpha beta gamma delta").ok()["inference_results"]
    assert result["is_truncated"] is True
    assert models.float32(result["predicted_value"]) == models.embedding("alpha beta gamma")


def test_without_special_tokens_and_lower_cased(daemon, name):
    bert = {"bert": {"with_special_tokens": False, "do_lower_case": True}}
    models.upload(daemon, name, models.behaving(),
                  inference_config={"text_embedding": {"tokenization": bert}})
    models.start(daemon, name)
    ids = [models.VOCABULARY.index(word) for word in ("alpha", "beta")]
    assert models.vectors(daemon, name, "ALPHA Beta") == [models.embedding_of_ids(ids)]


@pytest.mark.parametrize("field, doc", [
    ("text_field", {"text_field": "alpha", "other": 7, "more": {"a": []}}),
    ("a.b", {"a": {"b": "alpha"}}), ("a.b", {"a.b": "alpha"}),
])
def test_input_fields(daemon, name, field, doc):
    models.upload(daemon, name, models.behaving(), input={"field_names": [field]})
    models.start(daemon, name)
    result, = post(daemon, name, {"docs": [doc]}).ok()["inference_results"]
    assert models.float32(result["predicted_value"]) == models.embedding("alpha")


@pytest.mark.parametrize("doc, reason", [
    ({"other": "x"}, "Input field [text_field] does not exist in the source document"),
    ({}, "Input field [text_field] does not exist in the source document"),
    ({"text_field": 7}, "Input value [7] for field [text_field] must be a string"),
    ({"text_field": True}, "Input value [true] for field [text_field] must be a string"),
])
def test_documents_without_a_text(daemon, model, doc, reason):
    post(daemon, model, {"docs": [doc]}).fails(400, "status_exception", reason)


@pytest.mark.parametrize("doc", [{"text_field": ["x"]}, {"text_field": {"a": 1}},
                                 {"text_field": None}])
def test_values_that_are_no_strings(daemon, model, doc):
    assert post(daemon, model, {"docs": [doc]}).status == 400


def test_all_or_nothing(daemon, model):
    body = {"docs": [{"text_field": "alpha"}, {"other": 1}, {"text_field": "beta"}]}
    post(daemon, model, body).fails(
        400, "status_exception", "Input field [text_field] does not exist in the source document")
    models.infer(daemon, model, "alpha", "throw", "beta").fails(
        500, "status_exception", re.compile("Error in inference process: .+", re.S))


@pytest.mark.parametrize("body", [{"docs": []}, {"docs": None}, {"docs": {}}, {"docs": "x"},
                                  {"docs": [7]}, {"docs": ["x"]}, {"docs": [[]]}, {}])
def test_docs_of_wrong_shape(daemon, model, body):
    answer = post(daemon, model, body)
    assert answer.status == 400, answer


def test_docs_missing(daemon, model):
    answer = post(daemon, model, {})
    assert "[docs] must not be null" in answer.json["error"]["reason"], answer


def test_unknown_model(daemon):
    models.infer(daemon, "none", "alpha").fails(
        404, "resource_not_found_exception", "Could not find trained model [none]")


def test_model_that_is_not_deployed(daemon, name):
    models.put_config(daemon, name)
    models.infer(daemon, name, "alpha").fails(
        409, "status_exception",
        f"Model [{name}] must be deployed to use. Please deploy with the start trained model "
        "deployment API.")


def test_order_of_the_complaints_that_clients_probe(daemon, name):
    """404 before 409 before 400: langchain and others tell the states apart by it."""
    probe = {"docs": [{"x": "y"}]}
    assert post(daemon, name, probe).status == 404
    models.upload(daemon, name, models.behaving())
    assert post(daemon, name, probe).status == 409
    models.start(daemon, name)
    assert post(daemon, name, probe).status == 400


def test_model_id_finds_a_deployment_of_any_name(daemon, name):
    models.serve(daemon, name, models.behaving(), deployment_id="search")
    for identifier in (name, "search"):
        assert models.vectors(daemon, identifier, "alpha") == [models.embedding("alpha")]


def test_alias_stands_for_its_model(daemon, name):
    """Whatever the deployment is called; and until there is one, the 409 names the model."""
    models.upload(daemon, name, models.behaving())
    daemon.put(f"/_ml/trained_models/{name}/model_aliases/another-name").acknowledged()
    models.infer(daemon, "another-name", "alpha").fails(
        409, "status_exception",
        f"Model [{name}] must be deployed to use. Please deploy with the start trained model "
        "deployment API.")
    models.start(daemon, name, deployment_id="search")
    assert models.vectors(daemon, "another-name", "alpha") == [models.embedding("alpha")]


def test_deployment_id_comes_before_model_id(daemon, name):
    models.serve(daemon, name, models.behaving())
    models.start(daemon, name, deployment_id="second")
    for identifier in (name, "second", "second"):
        models.vectors(daemon, identifier, "alpha")
    counts = {identifier: models.node_stats(daemon, name, identifier)["inference_count"]
              for identifier in (name, "second")}
    assert counts == {name: 1, "second": 2}


def test_deprecated_path(daemon, model):
    answer = daemon.post(f"{PATH}/{model}/deployment/_infer", {"docs": [{"text_field": "alpha"}]})
    result, = answer.ok()["inference_results"]
    assert models.float32(result["predicted_value"]) == models.embedding("alpha")
    warning = answer.headers["Warning"]
    assert warning.startswith("299 Elasticsearch-9.")
    assert warning.endswith(
        '"[POST /_ml/trained_models/{model_id}/deployment/_infer] is deprecated! Use '
        '[POST /_ml/trained_models/{model_id}/_infer] instead."')
    assert models.infer(daemon, model, "alpha").headers["Warning"] is None


@pytest.mark.parametrize("query, body", [("?timeout=200ms", {}), ("", {"timeout": "200ms"}),
                                         ("?timeout=200ms", {"timeout": "60s"})])
def test_timeout_in_query_and_body(daemon, model, query, body):
    post(daemon, model, {"docs": [{"text_field": "hang"}], **body}, query).fails(
        408, "status_exception", models.late("200ms", "computing"))


def test_id_in_the_body(daemon, model):
    post(daemon, model, {"id": model, "docs": [{"text_field": "alpha"}]}).ok()


def test_bad_body_changes_no_counter(daemon, model):
    post(daemon, model, {"docs": [7]})
    entry = models.node_stats(daemon, model)
    assert entry.get("inference_count", 0) == 0 and entry["number_of_pending_requests"] == 0


def test_ill_formed_unicode_in_a_document(daemon, model):
    for text in (b"\xff", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\\udc00", b"\\u0000"):
        answer = daemon.post(f"{PATH}/{model}/_infer", b'{"docs":[{"text_field":"' + text + b'"}]}')
        assert answer.status == 400, (text, answer)
    escaped = json.dumps({"docs": [{"text_field": "\U0001f600 alpha"}]})
    assert "\\ud83d" in escaped
    post(daemon, model, escaped).ok()


def test_text_of_megabytes(daemon, model):
    text = "alpha " * 1_000_000
    result, = models.infer(daemon, model, text).ok()["inference_results"]
    assert result["is_truncated"] is True
    assert models.float32(result["predicted_value"]) == models.embedding("alpha " * 510)
