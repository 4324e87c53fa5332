# SPDX-License-Identifier: Apache-2.0
"""etcd takes a change and its answer is lost: the node finds that out, whatever others have changed meanwhile."""

import base64
import urllib.parse

import pytest

from support import models
from support.gate import Gate
from support.nodes import Nodes
from support.poll import until

PATH = "/_ml/trained_models"
PIPELINE = "/_ingest/pipeline"
CONFIG = models.config("pass_through")


class Losing(Nodes):
    """The first node has a gate between it and etcd, the second has none."""

    def __enter__(self):
        self.gate = Gate(urllib.parse.urlsplit(self.etcd.url).port)
        through = f"http://127.0.0.1:{self.gate.port}"
        self.a = self.add({"cluster.etcd.endpoints": through})
        self.b = self.add()
        for name in ("m", "n"):
            models.put_config(self.a, name, "pass_through")
            models.put_definition(self.a, name, models.ones())
            models.put_vocabulary(self.a, name)
        self.a.put(f"{PATH}/n/model_aliases/old").acknowledged()
        version(self.a, "p", 1).acknowledged()
        until(lambda: self.b.get(f"{PATH}/old").status == 200 and self.b.get(f"{PIPELINE}/p").status == 200,
              "both know it")
        return self

    def __exit__(self, *raised):
        super().__exit__(*raised)
        self.gate.end()

    def lose(self, between=None, hangs=False):
        """Of the next change that the first node makes; the second one makes another in between."""
        key = base64.b64encode(f"/inferd/{self.name}/state/commit".encode())

        def change():
            if between:
                until(lambda: between(self.b).status == 200, "the other node knows of the change, and makes its own")

        return self.gate.lose(b'"requestPut":{"key":"' + key, change, hangs)


def version(node, name, number, **query):
    text = "&".join(f"{key}={value}" for key, value in query.items())
    return node.put(f"{PIPELINE}/{name}?{text}", {"processors": [], "version": number})


@pytest.fixture
def pair(etcd, request):
    with Losing(etcd, request.node.name.strip("]").replace("[", "-").replace(" ", "-")) as group:
        yield group


def shown(node):
    """What matters here of what a node has: models, aliases, versions of pipelines, deployments."""
    configs = node.get(PATH).ok()["trained_model_configs"]
    stats = node.get(f"{PATH}/_stats").ok()["trained_model_stats"]
    return {"models": sorted(one["model_id"] for one in configs),
            "aliases": {alias: one["model_id"] for one in configs
                        for alias in one.get("metadata", {}).get("model_aliases", [])},
            "versions": {name: one["version"] for name, one in node.get(PIPELINE).ok().items()},
            "deployments": sorted(one["deployment_stats"]["deployment_id"] for one in stats
                                  if "deployment_stats" in one)}


BEFORE = {"models": ["m", "n"], "aliases": {"old": "n"}, "versions": {"p": 1}, "deployments": []}


def put_model(node):
    return node.put(f"{PATH}/new", CONFIG)


# What is done; what another node does before the answer is lost; what there is afterwards.
CASES = {
    "a model is put": (put_model, None, {"models": ["m", "n", "new"]}),
    "a model is put, and something else": (
        put_model, lambda b: version(b, "q", 5), {"models": ["m", "n", "new"], "versions": {"p": 1, "q": 5}}),
    "a model is put and deleted": (put_model, lambda b: b.delete(f"{PATH}/new"), {}),
    "a model is deleted, and something else": (
        lambda a: a.delete(f"{PATH}/m"), lambda b: version(b, "q", 5), {"models": ["n"], "versions": {"p": 1, "q": 5}}),
    "a model is deleted and put again": (
        lambda a: a.delete(f"{PATH}/m"), lambda b: b.put(f"{PATH}/m", CONFIG), {}),
    "an alias is put and moved": (
        lambda a: a.put(f"{PATH}/m/model_aliases/nick"), lambda b: b.put(f"{PATH}/n/model_aliases/nick?reassign=true"),
        {"aliases": {"old": "n", "nick": "n"}}),
    "a pipeline of that version is changed": (lambda a: version(a, "p", 2, if_version=1), None, {"versions": {"p": 2}}),
    "a pipeline of that version is changed again": (
        lambda a: version(a, "p", 2, if_version=1), lambda b: version(b, "p", 3, if_version=2), {"versions": {"p": 3}}),
    "a deployment is started, and something else": (
        lambda a: a.post(f"{PATH}/n/deployment/_start"), lambda b: version(b, "q", 5),
        {"versions": {"p": 1, "q": 5}, "deployments": ["n"]}),
}


def test_an_answer_of_etcd_is_lost(pair):
    """In each case the connection is cut when etcd has the change and the other node has made its own."""
    for what, (change, between, after) in CASES.items():
        over = pair.lose(between)
        answer = change(pair.a)
        assert over.is_set(), (what, answer)
        assert answer.status == 200, (what, answer)
        for node in pair.all:
            until(lambda node=node, after=after: shown(node) == {**BEFORE, **after}, what)
        pair.b.post(f"{PATH}/n/deployment/_stop").ok()
        until(lambda: not shown(pair.a)["deployments"], "nothing runs")
        for path in (f"{PATH}/new", f"{PATH}/m/model_aliases/nick", f"{PATH}/n/model_aliases/nick", f"{PIPELINE}/q"):
            pair.b.delete(path)
        if after.get("models") == ["n"]:
            pair.b.put(f"{PATH}/m", CONFIG)
        version(pair.b, "p", 1).ok()
        for node in pair.all:
            until(lambda node=node: shown(node) == BEFORE, "all is as it was")


def test_an_answer_of_etcd_does_not_come(pair):
    """The connection hangs; another endpoint says what became of the change, and of what another node did to it."""
    c = pair.add({"cluster.etcd.endpoints": f"http://127.0.0.1:{pair.gate.port},{pair.etcd.url}",
                  "cluster.etcd.timeout": "2s"})
    over = pair.lose(lambda b: b.delete(f"{PATH}/new"), hangs=True)
    put_model(c).ok()
    assert over.is_set()
    until(lambda: shown(c) == shown(pair.a) == shown(pair.b) == BEFORE, "it was put and deleted")
