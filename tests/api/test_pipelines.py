# SPDX-License-Identifier: Apache-2.0
"""Ingest pipelines (compatibility 12): kept, shown, deleted, simulated; what happens when a processor fails."""

import pytest

from support import pipelines
from support.pipelines import PATH, simulate, source

SET = {"set": {"field": "a", "value": 1}}
FAIL = {"fail": {"message": "m {{a}}", "tag": "t"}}
NOTE = {"set": {"field": "note", "value": "{{_ingest.on_failure_processor_type}} {{_ingest.on_failure_processor_tag}} "
                                          "{{_ingest.on_failure_pipeline}}: {{_ingest.on_failure_message}}"}}


@pytest.fixture(autouse=True)
def empty(daemon):
    yield
    pipelines.remove_all(daemon)


def put(daemon, name, *processors, query="", **more):
    daemon.put(f"{PATH}/{name}{query}", {"processors": list(processors), **more}).acknowledged()


# ---- kept ----

def test_it_is_shown_as_it_was_given(daemon):
    body = {"description": "d", "processors": [{"set": {"value": 1.5, "field": "ä"}}], "version": 3,
            "_meta": {"x": [None]}, "on_failure": [SET], "deprecated": False}
    daemon.put(f"{PATH}/p", body).acknowledged()
    shown = daemon.get(f"{PATH}/p").ok()
    assert shown == {"p": body} and list(shown["p"]) == list(body)
    short = daemon.get(f"{PATH}?summary=true").ok()["p"]
    assert short == {"description": "d", "version": 3, "_meta": {"x": [None]}, "deprecated": False}


def test_names_and_wildcards(daemon):
    for name in ("a1", "a2", "b"):
        put(daemon, name)
    assert list(daemon.get(PATH).ok()) == ["a1", "a2", "b"]
    assert list(daemon.get(f"{PATH}/a*,b").ok()) == ["a1", "a2", "b"]
    assert list(daemon.get(f"{PATH}/b,none").ok()) == ["b"]
    answer = daemon.get(f"{PATH}/none")
    assert (answer.status, answer.json) == (404, {})
    daemon.delete(f"{PATH}/none").fails(404, "resource_not_found_exception", "pipeline [none] is missing")
    daemon.delete(f"{PATH}/a*").acknowledged()
    assert list(daemon.get(PATH).ok()) == ["b"]
    daemon.delete(f"{PATH}/*").acknowledged()
    daemon.delete(f"{PATH}/*").acknowledged()
    assert daemon.get(f"{PATH}/*").ok() == {}


def test_the_version_that_must_be_there(daemon):
    def fails(query, text, **more):
        daemon.put(f"{PATH}/p{query}", {"processors": [], **more}).fails(400, "illegal_argument_exception", text)

    conflict = "version conflict, required version [1] for pipeline [p] but "
    fails("?if_version=1", conflict + "no pipeline was found")
    put(daemon, "p")
    fails("?if_version=1", conflict + "current version is [null]")
    put(daemon, "p", version=1)
    fails("?if_version=1", "cannot update pipeline [p] with the same version [1]", version=1)
    put(daemon, "p", query="?if_version=1")
    assert daemon.get(f"{PATH}/p").ok()["p"]["version"] == 2
    fails("?if_version=1", conflict + "current version is [2]")


def test_definitions_that_are_refused(daemon):
    def fails(body, name, text):
        answer = daemon.put(f"{PATH}/p", body)
        answer.fails(400, "parse_exception", text)
        assert answer.json["error"].get("property_name") == name

    fails({}, "processors", "[processors] required property is missing")
    fails({"processors": 1}, "processors", "[processors] property isn't a list, but of type [java.lang.Integer]")
    fails({"processors": [], "on_failure": []}, None, "pipeline [p] cannot have an empty on_failure option defined")
    fails({"processors": [], "foo": 1}, None,
          "pipeline [p] doesn't support one or more provided configuration parameters [foo]")
    fails({"processors": [], "version": "x"}, "version", "[version] property must be an integer from 0 to 2147483647")
    fails({"processors": [{}]}, None, "a processor is an object with one member, its type; this one has [0] members")
    fails({"processors": [[]]}, None, "a processor is an object with one member, its type, not of type "
                                      "[java.util.ArrayList]")
    nested = SET
    for _ in range(12):
        nested = {"set": {"field": "a", "value": 1, "on_failure": [nested]}}
    fails({"processors": [nested]}, None, "lists of processors lie in each other at most [10] deep")
    fails({"processors": [SET] * 1001}, None, "a pipeline has at most [1000] processors")
    daemon.put(f"{PATH}/p").fails(400, "parse_exception", "request body is required")
    assert daemon.get(PATH).ok() == {}


def test_they_survive_a_kill(make_daemon):
    daemon = make_daemon()
    put(daemon, "p", {"set": {"field": "b", "value": "{{a}}"}})
    put(daemon, "gone")
    daemon.delete(f"{PATH}/gone").acknowledged()
    daemon.kill()
    daemon.restart()
    assert list(daemon.get(PATH).ok()) == ["p"]
    assert daemon.post(f"{PATH}/p/_simulate",
                       {"docs": [{"_source": {"a": "x"}}]}).ok()["docs"][0]["doc"]["_source"] == {
        "a": "x", "b": "x"}


# ---- simulated ----

def test_metadata_of_simulated_documents(daemon):
    body = {"pipeline": {"processors": [{"set": {"field": "_index", "value": "other-{{_id}}"}}]},
            "docs": [{"_source": {}}, {"_index": "i", "_id": "1", "_routing": "r", "_source": {"x": 1}}]}
    first, second = (one["doc"] for one in daemon.post(f"{PATH}/_simulate", body).ok()["docs"])
    assert list(first) == ["_index", "_id", "_version", "_source", "_ingest"]
    assert (first["_index"], first["_id"], first["_version"]) == ("other-_id", "_id", "-3")
    assert list(first["_ingest"]) == ["timestamp"]
    assert (second["_index"], second["_id"], second["_routing"], second["_source"]) == ("other-1", "1", "r", {"x": 1})
    assert daemon.request("GET", f"{PATH}/_simulate", body).status == 200


def test_simulations_that_are_refused(daemon):
    def fails(path, body, kind, text):
        daemon.post(f"{PATH}{path}", body).fails(400, kind, text)

    docs = [{"_source": {}}]
    fails("/_simulate", {"docs": docs}, "parse_exception", "[pipeline] required property is missing")
    fails("/_simulate", {"pipeline": {"processors": []}}, "parse_exception", "[docs] required property is missing")
    fails("/_simulate", {"pipeline": {"processors": []}, "docs": []}, "illegal_argument_exception",
          "must specify at least one document in [docs]")
    fails("/_simulate", {"pipeline": {"processors": []}, "docs": [{}]}, "parse_exception",
          "[_source] required property is missing")
    fails("/_simulate", {"pipeline": {}, "docs": docs}, "parse_exception", "[processors] required property is missing")
    fails("/none/_simulate", {"docs": docs}, "illegal_argument_exception", "pipeline [none] does not exist")


def test_verbose(daemon):
    processors = [{"set": {"field": "a", "value": 1, "tag": "t", "description": "d"}},
                  {"set": {"field": "b", "value": 1, "if": "ctx.a == 2"}},
                  {"fail": {"message": "m", "ignore_failure": True}},
                  {"fail": {"message": "m", "on_failure": [SET]}},
                  {"drop": {"if": "ctx.a == 1"}}]
    steps = simulate(daemon, processors, {}, query="?verbose=true")[0]["processor_results"]
    assert [(step["processor_type"], step["status"]) for step in steps] == [
        ("set", "success"), ("set", "skipped"), ("fail", "error_ignored"), ("fail", "error"), ("set", "success"),
        ("drop", "dropped")]
    assert (steps[0]["tag"], steps[0]["description"]) == ("t", "d")
    assert steps[0]["doc"]["_source"] == {"a": 1}
    assert steps[0]["doc"]["_ingest"]["pipeline"] == "_simulate_pipeline"
    assert steps[1]["if"] == {"condition": "ctx.a == 2", "result": False} and "doc" not in steps[1]
    assert steps[2]["ignored_error"]["error"]["reason"] == "m"
    assert steps[3]["error"]["type"] == "fail_processor_exception" and steps[5]["if"]["result"] is True


# ---- failures ----

def test_on_failure_of_a_processor_goes_on_behind_it(daemon):
    failing = {"fail": {"message": "m {{a}}", "tag": "t", "on_failure": [NOTE]}}
    assert source(daemon, [SET, failing, {"set": {"field": "z", "value": 1}}], {}) == {
        "a": 1, "note": "fail t _simulate_pipeline: m 1", "z": 1}


def test_on_failure_of_the_pipeline_ends_it(daemon):
    assert source(daemon, [SET, FAIL, {"set": {"field": "z", "value": 1}}], {}, on_failure=[NOTE]) == {
        "a": 1, "note": "fail t _simulate_pipeline: m 1"}


def test_what_fails_in_on_failure(daemon):
    inner = {"fail": {"message": "inner"}}
    answer, = simulate(daemon, [{"fail": {"message": "outer", "on_failure": [inner]}}], {})
    assert answer["error"]["reason"] == "inner"
    assert source(daemon, [{"fail": {"message": "outer", "on_failure": [inner]}}], {}, on_failure=[NOTE])["note"] == (
        "fail  _simulate_pipeline: inner")
    twice = {"fail": {"message": "outer", "on_failure": [{"fail": {"message": "inner", "on_failure": [NOTE]}}]}}
    assert source(daemon, [twice], {})["note"] == "fail  _simulate_pipeline: inner"


def test_the_metadata_goes_with_the_failure(daemon):
    rescued = {"fail": {"message": "m", "on_failure": [SET]}}
    assert source(daemon, [rescued, NOTE], {})["note"] == "  : "


def test_pipelines_in_pipelines(daemon):
    put(daemon, "inner", SET, {"set": {"field": "where", "value": "{{_ingest.pipeline}}"}}, FAIL)
    put(daemon, "quiet", {"pipeline": {"name": "inner"}}, on_failure=[NOTE])
    put(daemon, "drops", {"drop": {}})
    call = {"pipeline": {"name": "quiet"}}
    assert source(daemon, [call, {"set": {"field": "z", "value": "{{_ingest.pipeline}}"}}], {}) == {
        "a": 1, "where": "inner", "note": "fail t inner: m 1", "z": "_simulate_pipeline"}
    assert simulate(daemon, [{"pipeline": {"name": "drops"}}], {}) == [None]
    for each in ({"pipeline": {"name": "inner"}}, {"foreach": {"field": "l", "processor": FAIL}}):
        answer, = simulate(daemon, [each], {"l": [1]})
        assert answer["error"]["type"] == "fail_processor_exception"


def test_a_cycle_ends(daemon):
    put(daemon, "one", {"pipeline": {"name": "two"}})
    put(daemon, "two", {"pipeline": {"name": "one"}})
    answer, = daemon.post(f"{PATH}/one/_simulate", {"docs": [{"_source": {}}]}).ok()["docs"]
    assert answer["error"]["reason"] == "Cycle detected for pipeline: one"


def test_lists_of_what_there_is(daemon):
    names = [one["type"] for one in daemon.get("/_ingest/processor").ok()["processors"]]
    assert names == sorted(names) and {"inference", "gsub", "foreach"} <= set(names) and "script" not in names
    assert daemon.get("/_ingest/processor/grok").ok() == {"patterns": {}}
