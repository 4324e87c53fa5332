# SPDX-License-Identifier: Apache-2.0
"""ner, fill_mask, question_answering and text_expansion with real modules, from PUT to the answer
(compatibility 10)."""

import math

import pytest

from support import models

pytestmark = pytest.mark.torch
PATH = "/_ml/trained_models"
LOWER = {"bert": {"do_lower_case": True, "max_sequence_length": 64}}
LABELS = ["O", "B_PER", "I_PER", "B_LOC"]


@pytest.fixture(scope="module")
def made():
    from support import span_models  # imports torch, which a run with the fake engine does without
    return span_models


def serve(daemon, name, definition, task, settings):
    models.upload(daemon, name, definition, inference_config={task: settings})
    models.start(daemon, name)


def post(daemon, name, text, task=None, update=None):
    body = {"docs": [{"text_field": text}]}
    if update is not None:
        body["inference_config"] = {task: update}
    return daemon.post(f"{PATH}/{name}/_infer", body)


def result(*arguments):
    answer, = post(*arguments).ok()["inference_results"]
    return answer


def echo(daemon, name, task):
    config, = daemon.get(f"{PATH}/{name}").ok()["trained_model_configs"]
    return config["inference_config"][task]


def refused(daemon, name, task, settings, kind, reason):
    answer = daemon.put(f"{PATH}/{name}", models.config(inference_config={task: settings}))
    assert answer.status == 400, answer
    cause = answer.json["error"]["caused_by"]
    while "caused_by" in cause:
        cause = cause["caused_by"]
    assert (cause["type"], cause["reason"]) == (kind, reason), answer


def test_ner(daemon, name, made):
    tokens = {"alpha": "B_PER", "beta": "I_PER", "##s": "O", "gamma": "B_LOC"}
    serve(daemon, name, made.token_classifier(LABELS, tokens), "ner",
          {"classification_labels": LABELS, "tokenization": LOWER})
    assert echo(daemon, name, "ner")["classification_labels"] == LABELS
    found = result(daemon, name, "\U0001f600 Alpha beta, one of gamma.")
    assert list(found) == ["predicted_value", "entities"]
    assert found == {
        "predicted_value":
            "\U0001f600 [Alpha beta](PER&Alpha+beta), one of [gamma](LOC&gamma).",
        "entities": [
            {"entity": "alpha beta", "class_name": "PER", "class_probability": 1.0,
             "start_pos": 3, "end_pos": 13},
            {"entity": "gamma", "class_name": "LOC", "class_probability": 1.0,
             "start_pos": 22, "end_pos": 27}]}
    assert result(daemon, name, "one", "ner", {"results_field": "text"}) == {
        "text": "one", "entities": []}


def test_ner_of_a_large_answer(daemon, name, made):
    """More than is decoded at once, so the text is kept for later."""
    labels = LABELS + [f"B_{n}" for n in range(60)]
    serve(daemon, name, made.token_classifier(labels, {"alpha": "B_PER"}), "ner",
          {"classification_labels": labels, "tokenization": {"bert": {}}})
    found = result(daemon, name, "one " * 400 + "alpha")
    assert found["entities"][0]["start_pos"] == 1600
    assert found["predicted_value"] == "one " * 400 + "[alpha](PER&alpha)"


def test_ner_labels(daemon, name, made):
    refused(daemon, name, "ner", {"classification_labels": ["O", "PER"]}, "validation_exception",
            "classification label [PER] is not an entity I-O-B tag.")
    refused(daemon, name, "ner", {"classification_labels": ["O", "B_X", "B-X"]},
            "validation_exception",
            "the classification label [B-X] is duplicated in the list [O, B_X, B-X]")
    models.upload(daemon, name, made.token_classifier(LABELS, {}), "ner")
    answer = daemon.post(f"{PATH}/{name}/deployment/_start")
    assert answer.status >= 400, answer
    assert "Expected exactly [9] values in ner result; got [4]" in answer.body.decode(), answer


def test_fill_mask(daemon, name, made):
    scores = {"alpha": {"beta": 3.0, "gamma": 1.0}, "[CLS]": {"##s": 0.0}}
    serve(daemon, name, made.next_word(scores), "fill_mask", {"tokenization": LOWER})
    shown = echo(daemon, name, "fill_mask")
    assert (shown["num_top_classes"], shown["mask_token"]) == (5, "[MASK]")
    found = result(daemon, name, "Alpha [MASK], one.", "fill_mask", {"num_top_classes": 2})
    assert list(found) == ["predicted_value", "top_classes", "predicted_value_sequence",
                           "prediction_probability"]
    assert found["predicted_value"] == "beta"
    assert found["predicted_value_sequence"] == "Alpha beta, one."
    chance = 1 / (1 + math.exp(-2))
    assert found["prediction_probability"] == pytest.approx(chance, rel=1e-12)
    assert [one["class_name"] for one in found["top_classes"]] == ["beta", "gamma"]
    assert found["top_classes"][1]["class_score"] == pytest.approx(1 - chance, rel=1e-12)
    found = result(daemon, name, "Alpha [MASK]", "fill_mask", {"num_top_classes": 0})
    assert "top_classes" not in found
    found = result(daemon, name, "Alpha [MASK]", "fill_mask", {"num_top_classes": -1})
    assert len(found["top_classes"]) == len(models.VOCABULARY)
    assert result(daemon, name, "[MASK]")["predicted_value"] == "##s"


def test_fill_mask_refuses(daemon, name, made):
    refused(daemon, name, "fill_mask", {"mask_token": "<mask>"}, "illegal_argument_exception",
            "Mask token requested was [<mask>] but must be [[MASK]] for this model")
    serve(daemon, name, made.next_word({}), "fill_mask", {"tokenization": LOWER})
    post(daemon, name, "alpha").fails(
        400, "validation_exception",
        "Validation Failed: 1: no [MASK] token could be found in the input;")
    post(daemon, name, "[MASK] [MASK]").fails(
        400, "status_exception", "only one [MASK] token should exist in the input")
    post(daemon, name, "alpha " * 70 + "[MASK]").fails(
        500, "illegal_state_exception", "mask token id [4] not found in the tokenization")


def test_fill_mask_without_a_mask_token(daemon, name, made):
    models.put_config(daemon, name, inference_config={"fill_mask": {}})
    models.put_definition(daemon, name, made.next_word({}))
    words = ["mask" if word == "[MASK]" else word for word in models.VOCABULARY]
    models.put_vocabulary(daemon, name, words)
    answer = daemon.post(f"{PATH}/{name}/deployment/_start")
    assert answer.status >= 400, answer
    assert "The token id for the mask token [MASK] is not known in the tokenizer." in \
        answer.body.decode(), answer


def ask(daemon, name, text, question, **more):
    return result(daemon, name, text, "question_answering", {"question": question, **more})


def test_question_answering(daemon, name, made):
    windows = {"bert": {"max_sequence_length": 16, "truncate": "none", "span": 4}}
    serve(daemon, name, made.finder(), "question_answering", {"tokenization": windows})
    shown = echo(daemon, name, "question_answering")
    assert (shown["num_top_classes"], shown["max_answer_length"]) == (0, 15)
    assert "question" not in shown
    text = "\U0001f600 one two. " * 8 + "gamma, one two " * 4
    found = ask(daemon, name, text, "gamma")
    assert list(found) == ["predicted_value", "start_offset", "end_offset",
                           "prediction_probability"]
    assert found["predicted_value"] == "gamma"
    assert (found["start_offset"], found["end_offset"]) == (96, 101)
    assert found["prediction_probability"] == pytest.approx(1, abs=1e-6)
    # The same document and another question: not the answer that was kept of the first.
    assert ask(daemon, name, text, "two", max_answer_length=1)["predicted_value"] == "two"
    found = ask(daemon, name, text, "gamma", num_top_classes=3, results_field="answer")
    assert list(found) == ["answer", "start_offset", "end_offset", "top_classes",
                           "prediction_probability"]
    assert len(found["top_classes"]) == 3
    assert found["top_classes"][0] == {"answer": "gamma", "start_offset": 96, "end_offset": 101,
                                       "score": found["prediction_probability"]}


def test_question_answering_of_a_large_answer(daemon, name, made):
    """Thousands of words: the output is decoded off the loop, with the text kept for it."""
    windows = {"bert": {"max_sequence_length": 384, "truncate": "none", "span": 128}}
    serve(daemon, name, made.finder(), "question_answering", {"tokenization": windows})
    found = ask(daemon, name, "one two " * 2500 + "gamma", "gamma")
    assert (found["predicted_value"], found["start_offset"]) == ("gamma", 20000)


def test_question_answering_without_an_answer(daemon, name, made):
    serve(daemon, name, made.finder(), "question_answering", {"tokenization": LOWER})
    nothing = {"predicted_value": "", "start_offset": 0, "end_offset": 0,
               "prediction_probability": 0.0}
    assert ask(daemon, name, "", "gamma") == nothing
    assert ask(daemon, name, "alpha", "unknown") == nothing
    post(daemon, name, "alpha").fails(
        400, "status_exception",
        "please provide configuration update for question_answering task including the desired "
        "[question]")
    post(daemon, name, "alpha", "question_answering", {"question": "a", "num_top_classes": -1}
         ).fails(400, "status_exception",
                 "[num_top_classes] must be greater than or equal to [0]; provided [-1]")
    refused(daemon, f"{name}-2", "question_answering", {"max_answer_length": 0},
            "status_exception", "[max_answer_length] must be greater than [0]; provided [0]")


def test_text_expansion(daemon, name, made):
    weights = {"alpha": {"alpha": 2.0, "beta": 0.5}, ".": {".": 0.75, "beta": 1.25}}
    serve(daemon, name, made.expander(weights), "text_expansion", {"tokenization": LOWER})
    found = result(daemon, name, "Alpha.")
    assert list(found) == ["predicted_value"]
    assert list(found["predicted_value"].items()) == [("alpha", 2.0), ("beta", 1.25), ("__", 0.75)]
    assert result(daemon, name, "one") == {"predicted_value": {}}
    assert result(daemon, name, "one " * 100 + "alpha", "text_expansion",
                  {"results_field": "tokens"}) == {"tokens": {}, "is_truncated": True}
