# SPDX-License-Identifier: Apache-2.0
"""The inference processor (compatibility 12.1): both styles, failures, counts, and who may no longer be stopped."""

import pytest

from support import models, pipelines
from support.models import embedding, float32
from support.pipelines import PATH, reason, refusal, simulate, source


@pytest.fixture(autouse=True)
def empty(daemon):
    yield
    pipelines.remove_all(daemon)


@pytest.fixture
def served(daemon):
    models.serve(daemon, "m", models.behaving())
    return daemon


def inference(**settings):
    return {"inference": {"model_id": "m", **settings}}


def pair(field, output):
    return {"input_field": field, "output_field": output}


# ---- long texts (inferd's own) ----

WORDS = ["alpha", "beta", "gamma", "delta", "eta", "theta"]


def chunked(max_tokens, overlap=0, **more):
    return [inference(input_output=pair("text", "v"), chunk={"max_tokens": max_tokens, "overlap": overlap}, **more)]


def test_a_long_text_in_chunks(served):
    """Each is what the model says of it alone, and stands where it says, in units of UTF-16."""
    text = "\U0001f600 " + " ".join(WORDS * 20)
    found = source(served, chunked(12, 3), {"text": text})
    units = text.encode("utf-16-le")
    assert len(found["v"]) > 10 and found["model_id"] == "m"
    for one in found["v"]:
        assert units[2 * one["start"]:2 * one["end"]].decode("utf-16-le") == one["text"]
        assert 1 <= len(one["text"].split()) <= 10
        assert float32(one["predicted_value"]) == embedding(one["text"])
    for one, other in zip(found["v"], found["v"][1:]):
        assert one["text"].split()[-3:] == other["text"].split()[:3]
    assert found["v"][0]["start"] == 0 and found["v"][-1]["end"] == len(units) // 2


def test_a_short_text_is_one_chunk(served):
    found = source(served, [inference(input_output=pair("text", "v"), chunk={})], {"text": "alpha beta"})
    one, = found["v"]
    assert (one["start"], one["end"], one["text"]) == (0, 10, "alpha beta")
    assert float32(one["predicted_value"]) == embedding("alpha beta")
    assert "v" not in source(served, chunked(8, ignore_missing=True), {"other": 1})


@pytest.mark.parametrize("settings, words", [
    ({"chunk": {"max_tokens": 7}}, "[chunk] [max_tokens] must be a whole number from [8] to [1048576]"),
    ({"chunk": {"max_tokens": "x"}}, "[chunk] [max_tokens] must be a whole number from [8] to [1048576]"),
    ({"chunk": {"max_tokens": 20, "overlap": 11}}, "[chunk] [overlap] must be a whole number from [0] to [10]"),
    ({"chunk": 9}, "[chunk] property isn't a map, but of type [java.lang.Integer]"),
    ({"chunk": {}, "input_output": [pair("a", "b"), pair("c", "d")]},
     "[chunk] option needs [input_output] with one pair of fields"),
])
def test_chunks_that_cannot_be(served, settings, words):
    refusal(served, [inference(**{"input_output": pair("text", "v"), **settings})]).fails(
        400, "parse_exception", words)


def test_an_unknown_setting_of_chunks(served):
    answer = refusal(served, [inference(input_output=pair("text", "v"), chunk={"tokens": 9})])
    assert answer.status == 400 and "[tokens]" in answer.reason, answer


def test_texts_that_cannot_be_cut(served):
    assert reason(served, chunked(513), {"text": "alpha"}) == (
        "illegal_argument_exception", "chunks of [513] tokens are longer than the [512] that the model takes")
    assert reason(served, chunked(8), {"text": "alpha " * 6 * 1025}) == (
        "illegal_argument_exception", "the text has [1025] chunks, more than the [1024] places of the deployment's "
        "queue; shorten it, or take larger chunks")
    assert reason(served, chunked(8), {"text": 7})[1] == (
        "input field [text] cannot be processed because it is not a text field")
    assert "not present" in reason(served, chunked(8), {})[1]


# ---- both styles ----

def test_input_output(served):
    found = source(served, [inference(input_output=[pair("a.text", "v.one"), pair("b", "two")])],
                   {"a": {"text": "alpha"}, "b": "beta gamma"})
    assert float32(found["v"]["one"]) == embedding("alpha") and float32(found["two"]) == embedding("beta gamma")
    assert found["v"]["model_id"] == "m" and "model_id" not in found
    found = source(served, [inference(input_output=pair("b", "two"))], {"b": "beta"})
    assert float32(found["two"]) == embedding("beta") and found["model_id"] == "m"
    later = [inference(input_output=pair("b", "v")), {"set": {"field": "first", "value": "{{v.0}}"}},
             {"remove": {"field": "v.0"}}]
    found = source(served, later, {"b": "beta"})
    assert float32([float(found["first"])] + found["v"]) == embedding("beta")


def test_field_map_and_target_field(served):
    found = source(served, [inference(field_map={"body.text": "text_field"}, target_field="out.ml")],
                   {"body": {"text": "alpha"}, "text_field": "not this"})
    assert float32(found["out"]["ml"]["predicted_value"]) == embedding("alpha")
    assert list(found["out"]["ml"]) == ["predicted_value", "model_id"] and found["out"]["ml"]["model_id"] == "m"
    named = inference(tag="t", inference_config={"text_embedding": {"results_field": "vector"}})
    found = source(served, [inference(), named], {"text_field": "alpha"})
    assert list(found["ml"]["inference"]) == ["predicted_value", "model_id", "t"]
    assert float32(found["ml"]["inference"]["t"]["vector"]) == embedding("alpha")


def test_each_element_of_a_list(served):
    found = source(served, [{"foreach": {"field": "l", "processor": inference(
        input_output=pair("_ingest._value.text", "_ingest._value.v"))}}], {"l": [{"text": "alpha"}, {"text": "beta"}]})
    assert [float32(one["v"]) for one in found["l"]] == [embedding("alpha"), embedding("beta")]


def test_the_prefix_of_ingested_texts(daemon):
    models.upload(daemon, "p", models.behaving(), prefix_strings={"ingest": "alpha ", "search": "beta "})
    models.start(daemon, "p")
    for settings in ({"input_output": pair("text_field", "v")}, {"inference_config": {"text_embedding": {}}}):
        found = source(daemon, [{"inference": {"model_id": "p", **settings}}], {"text_field": "gamma"})
        vector = found["v"] if "v" in found else found["ml"]["inference"]["predicted_value"]
        assert float32(vector) == embedding("alpha gamma")


def test_many_documents(served):
    texts = [f"{one} {two}" for one in models.VOCABULARY[11:21] for two in models.VOCABULARY[11:21]]
    answers = simulate(served, [inference(input_output=pair("t", "v"))], *({"t": text} for text in texts))
    assert not [one for one in answers if "error" in one]
    assert [float32(one["doc"]["_source"]["v"]) for one in answers] == [embedding(text) for text in texts]


# ---- what fails ----

def test_documents_without_text(served):
    two = inference(input_output=[pair("a", "x"), pair("b", "y")])
    assert reason(served, [two], {"a": "alpha"}) == (
        "illegal_argument_exception", "field [b] not present as part of path [b]")
    assert reason(served, [two], {"a": "alpha", "b": 1}) == (
        "illegal_argument_exception", "input field [b] cannot be processed because it is not a text field")
    two["inference"]["ignore_missing"] = True
    assert source(served, [two], {"c": 1}) == {"c": 1}
    assert float32(source(served, [two], {"a": "alpha"})["x"]) == embedding("alpha")
    assert reason(served, [inference()], {}) == (
        "status_exception", "Input field [text_field] does not exist in the source document")


def test_models_that_do_not_serve(daemon):
    models.put_config(daemon, "m")
    note = {"set": {"field": "note", "value": "{{_ingest.on_failure_processor_type}}: {{_ingest.on_failure_message}}"}}
    assert source(daemon, [inference(on_failure=[note])], {"text_field": "x"})["note"] == (
        "inference: Model [m] must be deployed to use. Please deploy with the start trained model deployment API.")
    assert reason(daemon, [{"inference": {"model_id": "none"}}], {"text_field": "x"}) == (
        "resource_not_found_exception", "Could not find trained model [none]")


def test_a_crash_is_one_documents(served):
    bad, good = simulate(served, [inference(input_output=pair("t", "v"))], {"t": "crash"}, {"t": "alpha"})
    assert "error" in bad and float32(good["doc"]["_source"]["v"]) == embedding("alpha")


def test_settings_that_are_refused(daemon):
    for settings, kind, text in (
            ({"target_field": "t", "input_output": pair("a", "b")}, "parse_exception",
             "[target_field] option is incompatible with [input_output]. Use the [output_field] option to specify "
             "where "
             "to write the inference results to."),
            ({"inference_config": {"ner": {"results_field": "r"}}, "input_output": pair("a", "b")}, "parse_exception",
             "The [inference_config.results_field] setting is incompatible with using [input_output]. Prefer to use "
             "the "
             "[input_output.output_field] option to specify where to write the inference results to."),
            ({"input_output": []}, "parse_exception", "[input_output] property cannot be empty at least one is "
                                                      "required"),
            ({"input_output": [1]}, "parse_exception", "[input_output] property isn't a list of maps"),
            ({"input_output": 1}, "parse_exception", "[input_output] property isn't a map or list of maps"),
            ({"input_output": [pair("a", "b"), pair("a", "c")]}, "parse_exception",
             "[input_field] names must be unique but [a] is repeated"),
            ({"input_output": [pair("a", "b"), pair("c", "b")]}, "parse_exception",
             "[output_field] names must be unique but [b] is repeated"),
            ({"inference_config": {"ner": {}, "fill_mask": {}}}, "status_exception",
             "inference_config must be an object with one inference type mapped to an object."),
            ({"inference_config": {"foo": {}}}, "status_exception",
             "unrecognized inference configuration type [foo]. Supported types [classification, regression, fill_mask, "
             "ner, pass_through, question_answering, text_classification, text_embedding, text_expansion, "
             "text_similarity, zero_shot_classification]")):
        refusal(daemon, [inference(**settings)]).fails(400, kind, text)
    refusal(daemon, [{"inference": {}}]).fails(400, "parse_exception", "[model_id] required property is missing")


def test_how_many_there_may_be(daemon):
    daemon.put(f"{PATH}/p", {"processors": [inference()] * 50}).acknowledged()
    daemon.put(f"{PATH}/p", {"processors": [inference()] * 50}).acknowledged()
    daemon.put(f"{PATH}/q", {"processors": [], "on_failure": [{"foreach": {"field": "a",
                                                                           "processor": inference()}}]}).fails(
        409, "status_exception", "Max number of inference processors reached, total inference processors [51]. "
                                 "Adjust the "
        "setting [xpack.ml.max_inference_processors]: [50] if a greater number is desired.")


# ---- who uses what ----

def test_counts(served):
    daemon = served
    assert models.stats(daemon, "m")["pipeline_count"] == 0
    daemon.put(f"{PATH}/p", {"processors": [inference(tag="t")]}).acknowledged()
    daemon.put(f"{PATH}/q", {"processors": [{"set": {"field": "a", "value": 1}}]}).acknowledged()
    entry = models.stats(daemon, "m")
    assert entry["pipeline_count"] == 1 and list(entry["ingest"]["pipelines"]) == ["p"]
    processor, = entry["ingest"]["pipelines"]["p"]["processors"]
    assert processor == {"inference:t": {"type": "inference", "stats": {
        "count": 0, "time_in_millis": 0, "current": 0, "failed": 0}}}
    row, = daemon.get("/_cat/ml/trained_models?format=json&h=ip,ic").ok()
    assert row == {"ip": "1", "ic": "0"}
    node, = daemon.get("/_nodes/stats/ingest").ok()["nodes"].values()
    assert sorted(node["ingest"]["pipelines"]) == ["p", "q"]


def test_what_is_referred_to_is_not_stopped(served):
    daemon, stop = served, "/_ml/trained_models/m/deployment/_stop"
    daemon.put("/_ml/trained_models/m/model_aliases/alias").acknowledged()
    nested = {"foreach": {"field": "a", "processor": {"set": {"field": "b", "value": 1, "on_failure": [inference()]}}}}
    daemon.put(f"{PATH}/p", {"processors": [nested]}).acknowledged()
    daemon.post(stop).fails(409, "status_exception", "Cannot stop deployment [m] as it is referenced by ingest "
                            "processors; use force to stop the deployment")
    daemon.delete("/_ml/trained_models/m").fails(
        409, "status_exception", "Cannot delete model [m] as it is still referenced by ingest processors; use force to "
        "delete the model")
    daemon.put(f"{PATH}/p", {"processors": [{"inference": {"model_id": "alias"}}]}).acknowledged()
    daemon.post(stop).fails(409, "status_exception", "Cannot stop deployment [m] as it has a model_alias [alias] "
                                                     "that is "
                            "still referenced by ingest processors; use force to stop the deployment")
    daemon.delete("/_ml/trained_models/m").fails(
        409, "status_exception", "Cannot delete model [m] as it has a model_alias [alias] that is still referenced by "
        "ingest processors; use force to delete the model")
    assert daemon.post(stop + "?force=true").ok() == {"stopped": True}
