# SPDX-License-Identifier: Apache-2.0
"""text_classification, text_similarity and zero_shot_classification over HTTP (compatibility 10.5,
10.10, 10.13, 10.14), with models whose scores the test can compute."""

import math

import pytest

from support import models

PATH = "/_ml/trained_models"
CLS, SEP = 2, 3


def serve(daemon, name, task, dim, **settings):
    definition = models.behaving(dim=dim)
    config = {task: {"tokenization": models.TOKENIZATION, **settings}}
    models.upload(daemon, name, definition, task, inference_config=config)
    models.start(daemon, name, cache_size="1mb")


def softmax(scores):
    powers = [math.exp(score - max(scores)) for score in scores]
    return [power / sum(powers) for power in powers]


def scores_of_pair(first, second, dim):
    inner = [models.ids_of(text)[1:-1] for text in (first, second)]
    return models.embedding_of_ids([CLS, *inner[0], SEP, *inner[1], SEP], dim)


def ask(daemon, name, *texts, **update):
    body = {"docs": [{"text_field": text} for text in texts]}
    if update:
        body["inference_config"] = update
    return daemon.post(f"{PATH}/{name}/_infer", body)


def classes_of(result):
    for entry in result["top_classes"]:
        assert entry["class_score"] == entry["class_probability"]
    return {entry["class_name"]: entry["class_probability"] for entry in result["top_classes"]}


def check_classes(result, expected):
    """expected: label -> probability."""
    found = classes_of(result)
    assert found.keys() == expected.keys()
    for label, probability in expected.items():
        assert math.isclose(found[label], probability, abs_tol=1e-6)
    order = list(found.values())
    assert order == sorted(order, reverse=True)
    assert result["predicted_value"] == next(iter(found))
    assert result["prediction_probability"] == order[0]


def test_text_classification(daemon, name):
    labels = ["red", "green", "blue"]
    serve(daemon, name, "text_classification", 3, classification_labels=labels)
    texts = ["alpha", "beta gamma", "delta epsilon zeta", ""]
    results = ask(daemon, name, *texts).ok()["inference_results"]
    for text, result in zip(texts, results):
        assert list(result) == ["predicted_value", "top_classes", "prediction_probability"]
        check_classes(result, dict(zip(labels, softmax(models.embedding(text, dim=3)))))


def test_text_classification_with_an_update(daemon, name):
    serve(daemon, name, "text_classification", 3, classification_labels=["a", "b", "c"],
          num_top_classes=1)
    result, = ask(daemon, name, "alpha").ok()["inference_results"]
    assert len(result["top_classes"]) == 1
    update = {"classification_labels": ["x", "y", "z"], "num_top_classes": 0, "results_field": "answer"}
    renamed, = ask(daemon, name, "alpha", text_classification=update).ok()["inference_results"]
    assert list(renamed) == ["answer", "prediction_probability"]
    assert renamed["prediction_probability"] == result["prediction_probability"]
    assert renamed["answer"] == {"a": "x", "b": "y", "c": "z"}[result["predicted_value"]]
    ask(daemon, name, "alpha", text_classification={"classification_labels": ["x"]}).fails(
        400, "status_exception",
        "The number of [classification_labels] the model is defined with [3] does not match the number "
        "in the update [1]")


def test_windows_of_a_long_text(daemon, name):
    """The mean of the windows' probabilities; words of six windows, each with its neighbours' edge."""
    serve(daemon, name, "text_classification", 2, classification_labels=["a", "b"])
    words = ("alpha beta gamma delta epsilon zeta eta theta iota kappa " * 80).split()
    text = " ".join(words)
    result, = ask(daemon, name, text).ok()["inference_results"]
    assert result["is_truncated"] is True
    tokenization = {"bert": {"truncate": "none", "span": 10}}
    result, = ask(daemon, name, text, text_classification={"tokenization": tokenization}).ok()[
        "inference_results"]
    assert "is_truncated" not in result
    windows = [softmax(models.embedding(" ".join(words[at:at + 510]), dim=2)) for at in (0, 500)]
    check_classes(result, {"a": sum(w[0] for w in windows) / 2, "b": sum(w[1] for w in windows) / 2})


def test_start_says_what_a_model_answers_wrong(daemon, name):
    """Three labels for a model of two scores: seen when it is tried, before a client does."""
    config = {"text_classification": {"tokenization": models.TOKENIZATION,
                                      "classification_labels": ["a", "b", "c"]}}
    models.upload(daemon, name, models.behaving(dim=2), "text_classification", inference_config=config)
    answer = daemon.post(f"{PATH}/{name}/deployment/_start")
    assert answer.status == 500
    assert "Expected exactly [3] values in text classification result; got [2]" in \
        answer.json["error"]["reason"]


def test_text_similarity(daemon, name):
    serve(daemon, name, "text_similarity", 1)
    texts = ["alpha beta", "gamma"]
    results = ask(daemon, name, *texts, text_similarity={"text": "one two"}).ok()["inference_results"]
    for text, result in zip(texts, results):
        assert list(result) == ["predicted_value"]
        expected, = scores_of_pair("one two", text, 1)
        assert math.isclose(result["predicted_value"], expected, abs_tol=1e-6)
    ask(daemon, name, "alpha").fails(
        400, "status_exception",
        "please provide configuration update for text_similarity task including the desired [text]")


def test_equal_documents_with_another_text_are_others(daemon, name):
    """What a request asks with is part of the cache's key."""
    serve(daemon, name, "text_similarity", 1)
    for text in ("one", "two", "three", "one"):
        result, = ask(daemon, name, "alpha", text_similarity={"text": text}).ok()["inference_results"]
        expected, = scores_of_pair(text, "alpha", 1)
        assert math.isclose(result["predicted_value"], expected, abs_tol=1e-6)
    assert models.node_stats(daemon, name)["inference_cache_hit_count"] == 1


def test_a_long_text_to_compare_with(daemon, name):
    """Settings too long for the cache's key are answered as ever, and not kept."""
    serve(daemon, name, "text_similarity", 1)
    update = {"text": "one " * 20000, "tokenization": {"bert": {"truncate": "first"}}}
    for _ in range(2):
        result, = ask(daemon, name, "alpha", text_similarity=update).ok()["inference_results"]
        assert result["is_truncated"] is True
    assert models.node_stats(daemon, name)["inference_cache_hit_count"] == 0


NLI = ["contradiction", "neutral", "entailment"]


@pytest.mark.parametrize("multi_label", [False, True])
def test_zero_shot_classification(daemon, name, multi_label):
    serve(daemon, name, "zero_shot_classification", 3, classification_labels=NLI,
          hypothesis_template="alpha {} beta")
    labels = ["one", "two", "three"]
    update = {"labels": labels, "multi_label": multi_label}
    result, = ask(daemon, name, "gamma delta", zero_shot_classification=update).ok()["inference_results"]
    rows = [scores_of_pair("gamma delta", f"alpha {label} beta", 3) for label in labels]
    if multi_label:
        expected = [softmax([row[2], row[0]])[0] for row in rows]
    else:
        expected = softmax([row[2] for row in rows])
    check_classes(result, dict(zip(labels, expected)))


def test_zero_shot_classification_that_is_refused(daemon, name):
    serve(daemon, name, "zero_shot_classification", 3, classification_labels=NLI)
    ask(daemon, name, "alpha").fails(
        400, "status_exception", "zero_shot_classification requires non-empty [labels]")
    ask(daemon, name, "alpha", zero_shot_classification={"labels": []}).fails(
        400, "status_exception", "[labels] must not be empty")
    tokenization = {"bert": {"truncate": "none", "span": 10}}
    ask(daemon, name, "alpha", zero_shot_classification={"tokenization": tokenization}).fails(
        400, "status_exception", "Unable to span zero-shot classification on long text input")


def test_configurations_that_are_refused(daemon, name):
    def put(task, **settings):
        return daemon.put(f"{PATH}/{name}", models.config(task, inference_config={task: settings}))
    for answer, cause in [
            (put("text_classification", classification_labels=["one"]),
             "[text_classification] requires at least 2 [classification_labels]; provided [one]"),
            (put("zero_shot_classification", classification_labels=["a", "entailment", "b"]),
             "[classification_labels] must contain exactly the three values [contradiction, entailment, "
             "neutral]. Invalid labels [a, b]")]:
        assert answer.status == 400
        assert answer.json["error"]["caused_by"]["reason"] == cause
    assert daemon.get(f"{PATH}/{name}").status == 404
