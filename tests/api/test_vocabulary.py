# SPDX-License-Identifier: Apache-2.0
"""PUT .../vocabulary (compatibility 4) and what a wrong one does to _start (8.1, 10.3)."""

import re

import pytest

from support import models


def put(daemon, model_id, body):
    return daemon.put(f"/_ml/trained_models/{model_id}/vocabulary", body)


def test_before_or_after_the_definition(daemon):
    for model_id, steps in (("first", [models.put_vocabulary, models.put_definition]),
                            ("last", [models.put_definition, models.put_vocabulary])):
        models.put_config(daemon, model_id, "pass_through")
        for step in steps:
            if step is models.put_definition:
                step(daemon, model_id, models.ones())
            else:
                step(daemon, model_id)
        models.start(daemon, model_id)


def test_unknown_model(daemon):
    put(daemon, "none", {"vocabulary": ["a"]}).fails(
        404, "resource_not_found_exception", "Could not find trained model [none]")


def test_twice(daemon, name):
    models.put_config(daemon, name)
    models.put_vocabulary(daemon, name)
    put(daemon, name, {"vocabulary": models.VOCABULARY + ["more"]}).fails(
        400, "resource_already_exists_exception",
        f"Trained machine learning model vocabulary [{name}] already exists")


def test_repeated(daemon, name):
    """A client whose connection broke sends it again, byte by byte."""
    models.put_config(daemon, name)
    models.put_vocabulary(daemon, name)
    models.put_vocabulary(daemon, name)


def test_empty(daemon, name):
    models.put_config(daemon, name)
    put(daemon, name, {"vocabulary": []}).invalid("[vocabulary] must not be empty")


def test_scores_of_another_length(daemon, name):
    models.put_config(daemon, name)
    put(daemon, name, {"vocabulary": ["a", "b"], "scores": [0.5]}).invalid(
        "[scores] must have same length as [vocabulary]")
    put(daemon, name, {"vocabulary": [], "scores": [0.5]}).invalid(
        "[vocabulary] must not be empty", "[scores] must have same length as [vocabulary]")


@pytest.mark.parametrize("body", [
    {}, {"vocabulary": "word"}, {"vocabulary": {"a": 1}}, {"vocabulary": None},
    {"vocabulary": [["a"]]}, {"vocabulary": [{"a": 1}]}, {"vocabulary": [None]},
    {"vocabulary": 7}, {"vocabulary": ["a"], "merges": "a b"},
    {"vocabulary": ["a"], "scores": ["x"]},
])
def test_wrong_shape(daemon, name, body):
    models.put_config(daemon, name)
    answer = put(daemon, name, body)
    if body != {"vocabulary": "word"}:  # one string counts as an array of one
        assert answer.status == 400, answer
        models.put_vocabulary(daemon, name)
    else:
        assert answer.status in (200, 400), answer


def test_merges_and_scores_may_come_along(daemon, name):
    models.put_config(daemon, name)
    words = models.VOCABULARY
    put(daemon, name, {"vocabulary": words, "merges": ["a b"], "scores": [0.0] * len(words)}
        ).acknowledged()


def test_start_without_a_vocabulary(daemon, name):
    models.put_config(daemon, name)
    models.put_definition(daemon, name, models.ones())
    answer = daemon.post(f"/_ml/trained_models/{name}/deployment/_start")
    answer.fails(500, "status_exception", re.compile(
        "Could not start trained model deployment, the following nodes failed with errors "
        rf"\[{{.+=.*\[{name}\] Could not find vocabulary document \[{name}_vocabulary\].*}}\]"))
    assert "deployment_stats" not in daemon.get(
        f"/_ml/trained_models/{name}/_stats").ok()["trained_model_stats"][0]


@pytest.mark.parametrize("missing, text", [
    ("[PAD]", "stored vocabulary is missing required [[PAD]] token"),
    ("[UNK]", "stored vocabulary is missing required [[UNK]] token"),
    ("[CLS]", "stored vocabulary is missing required"),
    ("[SEP]", "stored vocabulary is missing required"),
])
def test_vocabulary_without_a_special_token(daemon, name, missing, text):
    models.put_config(daemon, name)
    models.put_definition(daemon, name, models.behaving())
    words = ["other" if word == missing else word for word in models.VOCABULARY]
    answer = put(daemon, name, {"vocabulary": words})
    if answer.status == 200:
        answer = daemon.post(f"/_ml/trained_models/{name}/deployment/_start")
    assert answer.status in (409, 500), answer
    assert text in answer.json["error"]["reason"], answer


def test_large_vocabulary(daemon, name):
    """250,000 words, several megabytes of JSON."""
    words = models.VOCABULARY + [f"wörd{n}" for n in range(250_000)]
    models.put_config(daemon, name)
    models.put_definition(daemon, name, models.behaving())
    models.put_vocabulary(daemon, name, words)
    models.start(daemon, name, timeout="60s")
    expected = models.embedding_of_ids([2, words.index("wörd249999"), 3])
    assert models.vectors(daemon, name, "wörd249999") == [expected]
