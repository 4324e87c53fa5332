# SPDX-License-Identifier: Apache-2.0
"""PUT _ml/trained_models/{model_id}: the echo and every complaint (compatibility 1.10, 2, 2.1, 10.1)."""

import concurrent.futures
import platform
import re
from urllib.parse import quote, unquote

import pytest

from support import models

ID_RULE = ("can contain lowercase alphanumeric (a-z and 0-9), hyphens or underscores; "
           "must start and end with alphanumeric")


def put(daemon, model_id, body):
    return daemon.put(f"/_ml/trained_models/{model_id}", body)


def test_echo_with_defaults(daemon, name):
    body = {"model_type": "pytorch", "inference_config": {"pass_through": {}}}
    echo = put(daemon, name, body).ok()
    create_time = echo.pop("create_time")
    assert 1_600_000_000_000 < create_time < 5_000_000_000_000
    index = {"index": ".ml-inference-native-000002"}
    assert echo == {
        "model_id": name, "model_type": "pytorch", "created_by": "api_user", "version": "12.0.0",
        "model_size_bytes": 0, "estimated_operations": 0, "license_level": "platinum", "tags": [],
        "input": {"field_names": ["input"]},
        "inference_config": {"pass_through": {
            "vocabulary": index,
            "tokenization": {"bert": {
                "do_lower_case": False, "with_special_tokens": True, "max_sequence_length": 512,
                "truncate": "first", "span": -1}}}},
        "location": {"index": {"name": ".ml-inference-native-000002"}}}


def test_order_of_the_echo(daemon, name):
    body = models.config(
        description="d", tags=["x"], metadata={"m": 1}, platform_architecture="linux-x86_64",
        prefix_strings={"search": "query: ", "ingest": "passage: "},
        default_field_map={"a": "text_field"})
    assert list(put(daemon, name, body).ok()) == [
        "model_id", "model_type", "platform_architecture", "created_by", "version", "create_time",
        "model_size_bytes", "estimated_operations", "license_level", "description", "tags",
        "metadata", "input", "default_field_map", "inference_config", "location", "prefix_strings"]


def test_get_gives_the_same_as_the_echo(daemon, name):
    body = models.config(description="the model", tags=["a", "b"], metadata={
        "per_deployment_memory_bytes": 268435456.0, "nested": {"list": [1, 2.5, None, "x"]}})
    echo = put(daemon, name, body).ok()
    assert daemon.get(f"/_ml/trained_models/{name}").ok() == {
        "count": 1, "trained_model_configs": [echo]}


def test_single_strings_count_as_arrays(daemon, name):
    echo = put(daemon, name, models.config(tags="one", input={"field_names": "field"})).ok()
    assert (echo["tags"], echo["input"]) == (["one"], {"field_names": ["field"]})


def test_embedding_size_and_results_field_come_back(daemon, name):
    config = {"text_embedding": {"embedding_size": 384, "results_field": "vector",
                                 "tokenization": {"bert": {"do_lower_case": True}}}}
    echo = put(daemon, name, models.config(inference_config=config)).ok()
    task = echo["inference_config"]["text_embedding"]
    assert (task["embedding_size"], task["results_field"]) == (384, "vector")
    assert task["tokenization"]["bert"]["do_lower_case"] is True


def test_id_may_stand_in_the_body_too(daemon, name):
    put(daemon, name, models.config(model_id=name)).ok()


def test_other_id_in_the_body(daemon, name):
    put(daemon, name, models.config(model_id="other")).fails(
        400, "status_exception",
        f"Inconsistent model_id; 'other' specified in the body differs from '{name}' specified as "
        "a URL argument")


def test_twice(daemon, name):
    models.put_config(daemon, name)
    put(daemon, name, models.config()).fails(
        400, "resource_already_exists_exception",
        f"Trained machine learning model [{name}] already exists")


@pytest.mark.parametrize("model_id", ["Foo", "-a", "a-", "_x", "a_", "a.", "ä", "a%20b", "a*",
                                      "a%2Fb", "a%2Cb"])
def test_ids_of_bad_form(daemon, model_id):
    text = unquote(model_id)
    put(daemon, quote(model_id, safe="%"), models.config()).invalid(
        f"Invalid model_id; '{text}' {ID_RULE}")


def test_id_with_nul(daemon):
    assert put(daemon, "a%00b", models.config()).status == 400


def test_id_that_is_too_long(daemon):
    model_id = "a" * 65
    put(daemon, model_id, models.config()).invalid(
        f"Invalid model_id; '{model_id}' cannot contain more than 64 characters.")
    models.put_config(daemon, "a" * 64)


@pytest.mark.parametrize("model_id", ["a", "0", "a.b-c_d", "models__minilm", "a" * 64])
def test_good_ids(daemon, model_id):
    models.put_config(daemon, model_id)


def test_model_type_must_be_set(daemon, name):
    body = models.config()
    del body["model_type"]
    put(daemon, name, body).invalid("[model_type] must be set if [definition] is not defined.")


def test_inference_config_must_be_there(daemon, name):
    put(daemon, name, {"model_type": "pytorch"}).invalid("[inference_config] must not be null.")


def test_several_complaints_are_numbered(daemon):
    put(daemon, "Bad", {}).invalid(
        "[model_type] must be set if [definition] is not defined.",
        "[inference_config] must not be null.", f"Invalid model_id; 'Bad' {ID_RULE}")


def test_bad_tags(daemon, name):
    put(daemon, name, models.config(tags=["Bad Tag"])).invalid(
        "Invalid tags [Bad Tag]; must only can contain lowercase alphanumeric (a-z and 0-9), "
        "hyphens or underscores, must start and end with alphanumeric, and must be less than 64 "
        "characters.")


def test_tag_like_the_id(daemon, name):
    put(daemon, name, models.config(tags=[name])).invalid(
        "none of the tags must equal the model_id")


def test_empty_input(daemon, name):
    put(daemon, name, models.config(input={"field_names": []})).invalid(
        "[input.field_names] must not be empty")


@pytest.mark.parametrize("field, value", [
    ("version", "1"), ("created_by", "me"), ("create_time", 1), ("license_level", "basic"),
    ("location", {"index": {"name": "x"}}),
])
def test_fields_that_only_the_server_sets(daemon, name, field, value):
    put(daemon, name, models.config(**{field: value})).invalid(
        f"illegal to set [{field}] at inference model creation")


def test_model_aliases_are_not_metadata(daemon, name):
    put(daemon, name, models.config(metadata={"model_aliases": ["a"]})).invalid(
        "illegal to set [metadata.model_aliases] at inference model creation")


def test_ids_and_tags_exclude_each_other(daemon, name):
    models.put_config(daemon, name, tags=["shared"])
    put(daemon, "shared", models.config()).fails(
        400, "status_exception", "The provided model_id shared must not match existing tags.")
    put(daemon, "third", models.config(tags=[name])).fails(
        400, "status_exception",
        f"The provided tags [{name}] must not match existing model_ids.")


def test_id_of_a_deployment(daemon, name):
    models.serve(daemon, name, models.ones(), "pass_through", deployment_id="taken")
    put(daemon, "taken", models.config()).fails(
        400, "status_exception",
        "Cannot create model [taken] the id is the same as an current model deployment")


@pytest.mark.parametrize("field", ["model_size_bytes", "estimated_operations"])
def test_negative_sizes(daemon, name, field):
    answer = put(daemon, name, models.config(**{field: -1}))
    assert answer.status == 400, answer
    assert f"[{field}] must be greater than or equal to 0" in answer.body.decode()


def test_vocabulary_is_the_servers(daemon, name):
    config = {"pass_through": {"vocabulary": {"index": "mine"}}}
    answer = put(daemon, name, models.config(inference_config=config))
    assert answer.status == 400, answer
    assert "illegal setting [vocabulary] on inference model creation" in answer.body.decode()


@pytest.mark.parametrize("config", [{"no_such_task": {}}, {"pass_through": {"tokenization": {
    "no_such_tokenizer": {}}}}])
def test_unknown_task_or_tokenizer(daemon, name, config):
    error = put(daemon, name, models.config(inference_config=config)).fails(
        400, "x_content_parse_exception",
        re.compile(r"\[\d+:\d+\] \[\w+\] failed to parse field "
                   r"\[(inference_config|tokenization)\]"))
    cause = error["caused_by"]
    while "caused_by" in cause:
        cause = cause["caused_by"]
    assert cause["type"] == "named_object_not_found_exception"
    assert re.fullmatch(r"\[\d+:\d+\] unknown field \[no_such_(task|tokenizer)\]", cause["reason"])


@pytest.mark.parametrize("config", [{}, {"pass_through": {}, "text_embedding": {}}, [], "x", None])
def test_inference_config_of_wrong_shape(daemon, name, config):
    assert put(daemon, name, models.config(inference_config=config)).status == 400


@pytest.mark.parametrize("bert, text", [
    ({"max_sequence_length": 0}, "[max_sequence_length] must be positive"),
    ({"max_sequence_length": -1}, "[max_sequence_length] must be positive"),
    ({"span": -2}, "[span] must be non-negative to indicate span length or [-1] to indicate no "
                   "windowing should occur"),
    ({"span": 600, "truncate": "none"},
     "[span] provided [600] must not be greater than [max_sequence_length] provided [512]"),
    ({"span": 10}, "[span] must not be provided when [truncate] is [first]"),
    ({"truncate": "sideways"}, "No enum constant"),
])
def test_bad_tokenization(daemon, name, bert, text):
    config = {"pass_through": {"tokenization": {"bert": bert}}}
    answer = put(daemon, name, models.config(inference_config=config))
    assert answer.status == 400 and text in answer.json["error"]["reason"] + str(
        answer.json["error"].get("caused_by")), answer


@pytest.mark.parametrize("bert", [{"max_sequence_length": 10 ** 12}, {"unknown": 1},
                                  {"do_lower_case": "maybe"}, {"max_sequence_length": "x"}])
def test_tokenization_of_wrong_type(daemon, name, bert):
    config = {"pass_through": {"tokenization": {"bert": bert}}}
    assert put(daemon, name, models.config(inference_config=config)).status == 400


@pytest.mark.parametrize("size", [0, -3])
def test_bad_embedding_size(daemon, name, size):
    answer = put(daemon, name, models.config(
        inference_config={"text_embedding": {"embedding_size": size}}))
    text = f"[embedding_size] must be a number greater than 0; configured size [{size}]"
    assert answer.status == 400 and text in answer.body.decode(), answer


def test_text_embedding_has_no_windows(daemon, name):
    bert = {"truncate": "none", "span": 128}
    answer = put(daemon, name, models.config(
        inference_config={"text_embedding": {"tokenization": {"bert": bert}}}))
    text = "[text_embedding] does not support windowing long text sequences; configured span [128]"
    assert answer.status == 400 and text in answer.body.decode(), answer


def test_empty_prefix_strings(daemon, name):
    assert put(daemon, name, models.config(prefix_strings={})).status == 400


@pytest.mark.parametrize("prefixes", [{"search": "query: "}, {"ingest": ""},
                                      {"search": "a", "ingest": "b"}])
def test_prefix_strings(daemon, name, prefixes):
    assert put(daemon, name, models.config(prefix_strings=prefixes)).ok()["prefix_strings"] == prefixes


@pytest.mark.parametrize("field, value", [
    ("prefix_strings", {"query": "x"}), ("prefix_strings", {"search": 1}), ("prefix_strings", "x"),
    ("default_field_map", {"a": 1}), ("default_field_map", {"a": None}), ("default_field_map", "x"),
    ("metadata", []), ("description", {}), ("tags", [1]), ("tags", {}), ("input", "text_field"),
    ("input", {}), ("input", {"field_names": [1]}), ("input", {"field_names": {}}),
    ("input", {"field_name": ["x"]}), ("model_type", "onnx"), ("no_such_field", 1),
])
def test_fields_of_wrong_type(daemon, name, field, value):
    answer = put(daemon, name, models.config(**{field: value}))
    assert answer.status == 400, answer
    assert daemon.get("/_ml/trained_models").ok()["count"] == 0


def test_the_parse_comes_before_the_rules(daemon):
    bad = {"pass_through": {"tokenization": {"no_such_tokenizer": {}}}}
    error = put(daemon, "Bad", {"inference_config": bad}).json["error"]
    assert error["type"] == "x_content_parse_exception", error
    put(daemon, "Bad", models.config(model_id="bad")).fails(
        400, "status_exception",
        "Inconsistent model_id; 'bad' specified in the body differs from 'Bad' specified as a URL argument")


def test_rules_come_before_names_that_are_taken(daemon, name):
    models.put_config(daemon, name)
    put(daemon, name, models.config(tags=["Bad Tag"], version="1")).invalid(
        "Invalid tags [Bad Tag]; must only can contain lowercase alphanumeric (a-z and 0-9), hyphens or "
        "underscores, must start and end with alphanumeric, and must be less than 64 characters.",
        "illegal to set [version] at inference model creation")


def test_definitions_come_in_parts(daemon, name):
    parts = (f"the definition of model [{name}] of type [pytorch] must be uploaded in parts; see PUT "
             "_ml/trained_models/{model_id}/definition/{part}")
    put(daemon, name, models.config(definition={})).fails(400, "status_exception", parts)
    put(daemon, name, models.config(compressed_definition="H4sI")).fails(
        400, "status_exception", parts)
    put(daemon, name, models.config(definition={}, compressed_definition="H4sI")).fails(
        400, "illegal_argument_exception",
        "both [compressed_definition] and [definition] cannot be set.")


@pytest.mark.parametrize("model_type", ["tree_ensemble", "lang_ident"])
def test_other_model_types(daemon, name, model_type):
    put(daemon, name, {"model_type": model_type, "inference_config": {"regression": {}}}).fails(
        400, "status_exception",
        f"model [{name}] of type [{model_type}] cannot be stored; inferd serves models of [model_type] "
        "[pytorch] only")


def test_packaged_models(daemon):
    """What Kibana and clients send to have Elasticsearch download a model."""
    body = {"input": {"field_names": ["text_field"]}}
    daemon.put("/_ml/trained_models/.elser_model_2?wait_for_completion=true", body).fails(
        400, "status_exception",
        "model [.elser_model_2] is a packaged model that must be downloaded; inferd does not download "
        "models, so import it under a [model_id] without the leading dot")
    put(daemon, ".elser_model_2", models.config(tags=["t"])).invalid(
        *(f"illegal to set [{field}] at inference model creation for packaged model"
          for field in ("model_type", "inference_config", "tags")))
    put(daemon, ".Elser", body).invalid(f"Invalid model_id; '.Elser' {ID_RULE}")


def test_this_machine_s_platform(daemon, name):
    here = f"linux-{platform.machine()}"
    answer = put(daemon, name, models.config(platform_architecture=here))
    assert answer.ok()["platform_architecture"] == here
    assert answer.headers["Warning"] is None


def test_another_platform(daemon, name):
    """Stored with a warning, refused by _start, as in Elasticsearch."""
    here = f"linux-{platform.machine()}"
    reason = (f"The model being deployed ([{name}]) is platform specific and incompatible with ML nodes in "
              f"the cluster; expected [windows-x86_64]; but was [{here}]")
    answer = put(daemon, name, models.config(platform_architecture="windows-x86_64"))
    assert answer.ok()["platform_architecture"] == "windows-x86_64"
    assert answer.headers["Warning"].endswith(f'"{reason}"')
    models.put_definition(daemon, name, models.ones())
    models.put_vocabulary(daemon, name)
    daemon.post(f"/_ml/trained_models/{name}/deployment/_start").fails(
        400, "illegal_argument_exception", reason)


def test_platform_that_is_no_header(daemon, name):
    put(daemon, name, models.config(platform_architecture='a\r\nX-Injected: "1"')).ok()


def test_a_full_store(make_daemon, name):
    daemon = make_daemon({"xpack.ml.max_model_store_size": "100kb"})
    models.put_config(daemon, name)
    models.put_definition(daemon, name, models.of_size(100 << 10))
    models.put_config(daemon, "second")
    models.put_definition(daemon, "second", models.ones())
    put(daemon, "third", models.config()).fails(
        409, "status_exception",
        "Native model store has exceeded the maximum acceptable size of 100kb, please delete older unused "
        "pytorch models")
    daemon.delete("/_ml/trained_models/second").acknowledged()
    models.put_config(daemon, "third")


def test_a_configuration_that_is_too_large(daemon, name):
    put(daemon, name, models.config(description="x" * (4 << 20))).fails(
        413, "content_too_long_exception",
        f"the configuration of model [{name}] is larger than [{4 << 20}] bytes")
    models.put_config(daemon, name, description="ä" * (1 << 20))


def test_of_two_at_once_one_creates_the_model(daemon, name):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: put(daemon, name, models.config(description=str(n))), range(8)))
    assert sorted(answer.status for answer in answers) == [200] + 7 * [400]
    winner = next(answer for answer in answers if answer.status == 200).json
    assert daemon.get(f"/_ml/trained_models/{name}").ok()["trained_model_configs"] == [winner]


def test_parameters_of_the_clients(daemon, name):
    daemon.put(f"/_ml/trained_models/{name}?defer_definition_decompression=true"
               "&wait_for_completion=true&timeout=30s&master_timeout=30s", models.config()).ok()


def test_nothing_is_stored_of_a_refused_model(daemon, name):
    put(daemon, name, {"model_type": "pytorch"})
    assert daemon.get("/_ml/trained_models").ok() == {"count": 0, "trained_model_configs": []}
