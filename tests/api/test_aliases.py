# SPDX-License-Identifier: Apache-2.0
"""Model aliases (compatibility 8.6): every refusal in its order, where an alias counts as a name, and moving
one under load."""

import concurrent.futures
import threading
from urllib.parse import quote

import pytest

from support import models

PATH = "/_ml/trained_models"
IS_ALIAS = ("requested model_id [{0}] is the same as an existing model_alias. Model model_aliases and ids "
            "must be unique")


def put(daemon, model_id, alias, query=""):
    return daemon.put(f"{PATH}/{model_id}/model_aliases/{quote(alias, safe='')}{query}")


def delete(daemon, model_id, alias):
    return daemon.delete(f"{PATH}/{model_id}/model_aliases/{alias}")


def aliases(daemon, model_id):
    config = daemon.get(f"{PATH}/{model_id}").ok()["trained_model_configs"][0]
    return config.get("metadata", {}).get("model_aliases")


def refers_already(alias, model_id, old):
    return (f"cannot assign model_alias [{alias}] to model_id [{model_id}] as model_alias already refers "
            f"to [{old}]. Set parameter [reassign] to [true] if model_alias should be reassigned.")


@pytest.fixture
def two(daemon):
    for model_id in ("old", "new"):
        models.put_config(daemon, model_id, "pass_through")
    return daemon


# ---- giving and taking ----

def test_an_alias_is_shown_with_its_model(two):
    for alias in ("b", "a.b_c-d", "c"):
        put(two, "old", alias).acknowledged()
    assert aliases(two, "old") == ["a.b_c-d", "b", "c"]
    assert aliases(two, "new") is None
    delete(two, "old", "b").acknowledged()
    assert aliases(two, "old") == ["a.b_c-d", "c"]


def test_metadata_keeps_its_place(daemon, name):
    echo = models.put_config(daemon, name, tags=["t"], metadata={"own": 1.5}).json
    put(daemon, name, "a").acknowledged()
    shown = daemon.get(f"{PATH}/a").ok()["trained_model_configs"][0]
    assert list(shown) == list(echo)
    assert shown["metadata"] == {"own": 1.5, "model_aliases": ["a"]}


def test_parameters_of_the_clients(two):
    put(two, "old", "a", "?reassign=false&timeout=1s&master_timeout=30s").acknowledged()
    two.delete(f"{PATH}/old/model_aliases/a?timeout=1s&master_timeout=30s").acknowledged()


def test_aliases_survive_a_kill(make_daemon):
    daemon = make_daemon()
    models.put_config(daemon, "m")
    put(daemon, "m", "a").acknowledged()
    daemon.kill()
    daemon.restart()
    assert aliases(daemon, "a") == ["a"]


def test_aliases_go_with_their_model(two):
    put(two, "old", "a").acknowledged()
    two.delete(f"{PATH}/old").acknowledged()
    delete(two, "old", "a").fails(404, "status_exception", "model_alias [a] could not be found")
    put(two, "new", "a").acknowledged()


# ---- refusals ----

def test_alias_like_the_model(two):
    put(two, "old", "old").invalid("model_alias [old] cannot equal model_id [old]")


@pytest.mark.parametrize("alias", ["Foo", "a1", "-a", "a-", "a b", "ä", "a/b"])
def test_aliases_of_bad_form(two, alias):
    put(two, "old", alias).invalid(
        f"Invalid model_alias; '{alias}' can contain lowercase alphanumeric (a-z and 0-9), hyphens or "
        "underscores; must start with alphanumeric and cannot end with numbers")


def test_both_complaints_at_once(daemon):
    put(daemon, "a1", "a1").invalid(
        "model_alias [a1] cannot equal model_id [a1]",
        "Invalid model_alias; 'a1' can contain lowercase alphanumeric (a-z and 0-9), hyphens or "
        "underscores; must start with alphanumeric and cannot end with numbers")


def test_a_body_is_refused(two):
    answer = two.put(f"{PATH}/old/model_aliases/a", {"x": 1})
    answer.fails(400, "illegal_argument_exception",
                 f"request [PUT {PATH}/old/model_aliases/a] does not support having a body")


def test_unknown_model(two):
    put(two, "none", "a").fails(404, "resource_not_found_exception",
                                "No known trained model with model_id [none]")
    put(two, "old", "a").acknowledged()
    put(two, "none", "a").fails(400, "status_exception", refers_already("a", "none", "old"))
    put(two, "none", "a", "?reassign=true").fails(
        404, "resource_not_found_exception", "No known trained model with model_id [none]")
    assert aliases(two, "old") == ["a"]


def test_alias_of_an_alias(two):
    put(two, "old", "a").acknowledged()
    put(two, "a", "b").fails(404, "resource_not_found_exception",
                             "No known trained model with model_id [a]")


def test_alias_like_another_model(two):
    put(two, "old", "new").fails(400, "status_exception",
                                 "model_alias cannot be the same as an existing trained model_id")


def test_model_like_an_alias(two):
    put(two, "old", "a").acknowledged()
    two.put(f"{PATH}/a", models.config()).fails(400, "status_exception", IS_ALIAS.format("a"))
    delete(two, "old", "a").acknowledged()
    models.put_config(two, "a")


@pytest.mark.parametrize("model_id", ["old", "new"])
def test_taken_alias(two, model_id):
    put(two, "old", "a").acknowledged()
    put(two, model_id, "a").fails(400, "status_exception", refers_already("a", model_id, "old"))
    put(two, model_id, "a", "?reassign=true").acknowledged()
    assert aliases(two, model_id) == ["a"]


def test_delete_refusals(two):
    delete(two, "old", "a").fails(404, "status_exception", "model_alias [a] could not be found")
    put(two, "old", "a").acknowledged()
    delete(two, "new", "a").fails(409, "status_exception",
                                  "model_alias [a] does not refer to provided model_id [new]")


def test_of_many_at_once_one_gets_the_name(daemon):
    ids = [f"m{n}" for n in range(8)]
    for model_id in ids:
        models.put_config(daemon, model_id)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = dict(zip(ids, pool.map(lambda model_id: put(daemon, model_id, "a"), ids)))
    winners = [model_id for model_id in ids if answers[model_id].status == 200]
    assert len(winners) == 1, answers
    for model_id in set(ids) - set(winners):
        answers[model_id].fails(400, "status_exception", refers_already("a", model_id, winners[0]))
    assert aliases(daemon, "a") == ["a"]


# ---- moving to another model ----

def test_other_task(daemon):
    models.put_config(daemon, "old", "pass_through")
    models.put_config(daemon, "new", "text_embedding")
    put(daemon, "old", "a").acknowledged()
    put(daemon, "new", "a", "?reassign=true").fails(
        400, "status_exception",
        "cannot reassign model_alias [a] to model [new] with inference config type [text_embedding] from "
        "model [old] with type [pass_through]")


def test_inputs_that_differ(daemon):
    models.put_config(daemon, "old", input={"field_names": ["title", "body"]})
    models.put_config(daemon, "near", input={"field_names": ["title", "text"]})
    models.put_config(daemon, "far", input={"field_names": ["text"]})
    put(daemon, "old", "a").acknowledged()
    answer = put(daemon, "near", "a", "?reassign=true")
    answer.acknowledged()
    assert answer.headers["Warning"] is None
    answer = put(daemon, "far", "a", "?reassign=true")
    assert answer.headers["Warning"] is None
    answer = put(daemon, "old", "a", "?reassign=true")
    answer.acknowledged()
    assert answer.headers["Warning"].endswith(
        '"The input fields for new model [old] and for old model [far] differ significantly, model results '
        'may change drastically."')


def test_a_deployed_model_is_not_replaced_by_one_that_is_not(daemon):
    models.serve(daemon, "old", models.ones(), "pass_through")
    models.upload(daemon, "new", models.behaving(), "pass_through")
    put(daemon, "old", "a").acknowledged()
    put(daemon, "new", "a", "?reassign=true").fails(
        400, "status_exception",
        "cannot reassign model_alias [a] to model [new] from model [old] as it is not yet deployed")
    models.start(daemon, "new", deployment_id="other")
    put(daemon, "new", "a", "?reassign=true").acknowledged()
    assert models.vectors(daemon, "a", "alpha") == [[models.embedding("alpha")]]


def test_a_deployment_that_failed_is_no_replacement(daemon):
    models.serve(daemon, "old", models.ones(), "pass_through")
    models.upload(daemon, "new", models.fails_to_load(), "pass_through")
    put(daemon, "old", "a").acknowledged()
    models.start(daemon, "new", wait_for="starting")
    put(daemon, "new", "a", "?reassign=true").fails(
        400, "status_exception",
        "cannot reassign model_alias [a] to model [new]  from model [old] as it is not yet allocated to any "
        "nodes")


# ---- where an alias counts as a name ----

@pytest.mark.parametrize("expression, expected", [
    ("al", ["old"]), ("al,be", ["new", "old"]), ("al,old", ["old"]), ("a*", ["old"]), ("*", ["new", "old"]),
    ("al,be?tags=t", ["new"]), ("be*,al?size=1", ["new"]),
])
def test_get(daemon, expression, expected):
    models.put_config(daemon, "old")
    models.put_config(daemon, "new", tags=["t"])
    put(daemon, "old", "al").acknowledged()
    put(daemon, "new", "be").acknowledged()
    answer = daemon.get(f"{PATH}/{expression}")
    if "tags" in expression:
        answer.fails(404, "resource_not_found_exception", "No known trained model with model_id [al]")
    else:
        found = answer.ok()["trained_model_configs"]
        assert [model["model_id"] for model in found] == expected


def test_definition_status_by_alias(two):
    put(two, "old", "a").acknowledged()
    found = two.get(f"{PATH}/a?include=definition_status").ok()["trained_model_configs"]
    assert found[0]["fully_defined"] is False


@pytest.mark.parametrize("path, body", [
    ("", None), ("/definition/0", models.part_body(b"x", 1, 1)), ("/vocabulary", {"vocabulary": ["a"]}),
])
def test_what_wants_the_model_itself(two, path, body):
    put(two, "old", "a").acknowledged()
    method = two.delete if body is None else two.put
    answer = method(f"{PATH}/a{path}") if body is None else method(f"{PATH}/a{path}", body)
    answer.fails(404, "resource_not_found_exception", "Could not find trained model [a]")


def test_requests_follow_the_alias(daemon):
    """Moved to and fro under load: every request is answered, by the one model or by the other."""
    answers = {"old": models.ones_answer("alpha"), "new": [models.embedding("alpha")]}
    for model_id, definition in (("old", models.ones()), ("new", models.behaving())):
        models.serve(daemon, model_id, definition, "pass_through")
    put(daemon, "old", "a").acknowledged()
    stop, seen = threading.Event(), []

    def ask():
        while not stop.is_set():
            seen.append(models.vectors(daemon, "a", "alpha")[0])

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        askers = [pool.submit(ask) for _ in range(4)]
        try:
            for model_id in ["new", "old"] * 20:
                put(daemon, model_id, "a", "?reassign=true").acknowledged()
                assert models.vectors(daemon, "a", "alpha") == [answers[model_id]]
        finally:
            stop.set()
        for asker in askers:
            asker.result()
    assert seen and all(vector in answers.values() for vector in seen)
