# SPDX-License-Identifier: Apache-2.0
"""The tables of _cat (compatibility 13.3)."""

import re

from support import models

PATH = "/_cat/ml/trained_models"


def text(answer):
    assert answer.status == 200, answer
    assert answer.headers["Content-Type"] == "text/plain; charset=UTF-8"
    return answer.body.decode()


def put(daemon, model_id, size=0, **more):
    models.put_config(daemon, model_id, **more)
    if size:
        models.keep_bytes(daemon, model_id, bytes(size))


def test_list(daemon):
    lines = text(daemon.get("/_cat")).splitlines()
    assert lines[0] == "=^.^="
    assert set(lines[1:]) == {"/_cat/health", "/_cat/nodes", "/_cat/ml/trained_models",
                              "/_cat/ml/trained_models/{model_id}"}


def test_models_in_json(daemon, name):
    put(daemon, name, 1630, description="two words")
    created = daemon.get(f"/_ml/trained_models/{name}?human=true").ok()
    created = created["trained_model_configs"][0]["create_time_string"]
    assert daemon.get(f"{PATH}?format=json").ok() == [{
        "id": name, "heap_size": "1.5kb", "operations": "0", "create_time": created,
        "type": "pytorch", "ingest.pipelines": "0", "data_frame.id": "__none__"}]
    row, = daemon.get(f"{PATH}/{name}?format=json&h=*").ok()
    assert list(row) == [
        "id", "created_by", "heap_size", "operations", "license", "create_time", "version",
        "description", "type", "ingest.pipelines", "ingest.count", "ingest.time",
        "ingest.current", "ingest.failed", "data_frame.id", "data_frame.create_time",
        "data_frame.source_index", "data_frame.analysis"]
    assert (row["created_by"], row["license"], row["version"], row["description"]) == (
        "api_user", "platinum", "12.0.0", "two words")
    assert row["data_frame.analysis"] is None


def test_models_as_text(daemon, name):
    put(daemon, name + "-1", 10 * 1024)
    put(daemon, name + "-22", 2000)
    width = len(name) + 3
    expected = [f"{name}-1".ljust(width) + "  10kb pytorch", f"{name}-22".ljust(width) +
                " 1.9kb pytorch"]
    assert text(daemon.get(f"{PATH}?h=id,hs,t")).splitlines() == expected
    header, *lines = text(daemon.get(f"{PATH}?h=id,hs,t&v")).splitlines()
    assert header.split() == ["id", "hs", "t"] and len(lines) == 2


def test_sort(daemon, name):
    sizes = {"a": 3000, "b": 200, "c": 10000}
    for suffix, size in sizes.items():
        put(daemon, f"{name}-{suffix}", size)

    def order(key):
        return [line[-1] for line in text(daemon.get(f"{PATH}?h=id&s={key}")).split()]

    assert order("heap_size") == ["b", "a", "c"]
    assert order("hs:desc") == ["c", "a", "b"]
    assert order("type,id:desc") == ["c", "b", "a"]
    daemon.get(f"{PATH}?s=nothing").fails(400, "illegal_argument_exception",
                                          "Unable to sort by unknown sort key `nothing`")


def test_bytes(daemon, name):
    put(daemon, name, 5000)
    for unit, shown in {"b": "5000", "k": "4", "kb": "4", "mb": "0", "pb": "0"}.items():
        assert text(daemon.get(f"{PATH}?h=hs&bytes={unit}")) == shown + "\n"
    assert daemon.get(f"{PATH}?bytes=eb").status == 400


def test_page_and_ids(daemon, name):
    for suffix in "abc":
        put(daemon, f"{name}-{suffix}")

    def ids(path):
        return [row["id"][-1] for row in daemon.get(path).ok()]

    assert ids(f"{PATH}?format=json&from=1&size=1") == ["b"]
    assert ids(f"{PATH}/{name}-a,{name}-c?format=json") == ["a", "c"]
    assert ids(f"{PATH}/*-b?format=json") == ["b"]
    assert ids(f"{PATH}/none*?format=json") == []
    daemon.get(f"{PATH}/none?format=json").fails(
        404, "resource_not_found_exception", "No known trained model with model_id [none]")
    daemon.get(f"{PATH}/none*?allow_no_match=false").fails(
        404, "resource_not_found_exception", "No known trained model with model_id [none*]")
    daemon.get(f"{PATH}?from=-1").fails(400, "illegal_argument_exception",
                                        "Parameter [from] cannot be < 0")


def test_alias(daemon, name):
    put(daemon, name)
    daemon.put(f"/_ml/trained_models/{name}/model_aliases/{name}-alias").acknowledged()
    row, = daemon.get(f"{PATH}/{name}-alias?format=json").ok()
    assert row["id"] == name


def test_help(daemon):
    lines = text(daemon.get(f"{PATH}?help")).splitlines()
    assert len(lines) == 18
    assert all(re.fullmatch(r"\S+ +\| \S* *\| \S.*", line) for line in lines)
    assert len({line.index("|") for line in lines}) == 1
    assert text(daemon.get("/_cat/nodes?help")).startswith("id ")


def test_text_or_json(daemon, name):
    """Text unless JSON is asked for; the parameter wins over the header."""
    put(daemon, name)
    vendored = "application/vnd.elasticsearch+json; compatible-with=9"
    for accept in (None, "*/*", "text/plain", f"text/plain,{vendored}"):
        headers = {"Accept": accept} if accept else {}
        assert text(daemon.get(f"{PATH}?h=id", headers=headers)) == f"{name}\n"
        assert daemon.get(f"{PATH}?h=id&format=json", headers=headers).json == [{"id": name}]
    for accept in ("application/json", vendored):
        answer = daemon.get(f"{PATH}?h=id", headers={"Accept": accept})
        assert answer.json == [{"id": name}]
        answer = daemon.get(f"{PATH}?h=id&format=text", headers={"Accept": accept})
        assert answer.body.decode() == f"{name}\n"
    answer = daemon.get(f"{PATH}?h=id&format=yaml")
    assert answer.headers["Content-Type"] == "application/yaml"
    assert name in answer.body.decode()


def test_nodes(daemon):
    row, = daemon.get("/_cat/nodes?format=json").ok()
    assert list(row) == ["ip", "heap.percent", "ram.percent", "load_1m", "load_5m", "load_15m",
                         "node.role", "master", "name"]
    assert (row["ip"], row["heap.percent"], row["node.role"], row["master"]) == (
        "127.0.0.1", None, "diml", "*")
    assert 0 <= int(row["ram.percent"]) <= 100
    row, = daemon.get("/_cat/nodes?format=json&h=id,pid,port,http&full_id").ok()
    assert row["pid"] == str(daemon.pid) and row["port"] == str(daemon.address[1])
    assert row["http"] == f"127.0.0.1:{daemon.address[1]}"
    short, = daemon.get("/_cat/nodes?format=json&h=id").ok()
    assert row["id"][:4] == short["id"] and len(row["id"]) == 22


def test_health(daemon):
    row, = daemon.get("/_cat/health?format=json").ok()
    assert list(row)[:5] == ["epoch", "timestamp", "cluster", "status", "node.total"]
    assert (row["status"], row["node.total"], row["shards"]) == ("green", "1", "0")
    row, = daemon.get("/_cat/health?format=json&ts=false").ok()
    assert list(row)[0] == "cluster"


def test_parameters_that_clients_send(daemon):
    for path in (PATH, "/_cat/nodes", "/_cat/health"):
        text(daemon.get(f"{path}?local=true&master_timeout=1s&time=ms&bytes=b&v=true"))
    daemon.get(f"{PATH}?colums=id").fails(
        400, "illegal_argument_exception",
        re.compile(r"request \[.*\] contains unrecognized parameter: \[colums\].*"))
