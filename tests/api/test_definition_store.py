# SPDX-License-Identifier: Apache-2.0
"""Definitions in a bucket of a real S3-compatible server, and in a directory of all nodes."""

import hashlib
import signal

import pytest

from support import models
from support.poll import until
from support.seaweedfs import SECRET_KEY

PATH = "/_ml/trained_models"
SMALL = {"node.processors": 1}  # a node that has no room for two threads


class Directory:
    """The other store, with the same questions."""

    def __init__(self, path):
        self.path = path

    def settings(self, _, **more):
        return {"cluster.definitions.store": "directory", "cluster.definitions.directory": self.path,
                **{f"cluster.definitions.{name}": value for name, value in more.items()}}

    def get(self, name):
        file = self.path / name.split("/")[-1]
        return file.read_bytes() if file.exists() else None

    def names(self, _):
        return [file.name for file in self.path.iterdir()]

    def put(self, name, data):
        (self.path / name.split("/")[-1]).write_bytes(data)


@pytest.fixture(params=["s3", "directory"])
def store(request, s3, tmp_path):
    return s3 if request.param == "s3" else Directory(tmp_path)


def sha256(definition):
    return hashlib.sha256(definition).hexdigest()


def has_vocabulary(node, model_id):
    return node.get(f"/_inferd/vocabulary/{model_id}").status == 200


def has_definition(node, model_id):
    return node.get(f"/_inferd/definition/{model_id}").status == 200


def serves(node, model_id):
    return models.vectors(node, model_id, "alpha") == [models.ones_answer("alpha")]


def test_from_one_node_through_the_store_to_another(nodes, store):
    settings = store.settings("whole/cycle")
    a = nodes.add(settings)
    definition = models.ones()
    name = f"whole/cycle/{sha256(definition)}"
    models.upload(a, "m", definition, "pass_through")
    assert store.get(name) == definition, "what was acknowledged is in the store"
    assert len(store.names("whole/cycle/")) == 2, "and so is the vocabulary"
    models.upload(a, "twin", definition, "pass_through")
    a.stop()
    b = nodes.add(settings)
    until(lambda: has_vocabulary(b, "m"), "vocabularies come by themselves")
    assert not has_definition(b, "m"), "definitions do not"
    models.start(b, "m")
    assert serves(b, "m")
    assert "a definition was brought from the store" in b.log_text()
    assert not has_definition(b, "twin"), "the other one is not needed"
    b.post(f"{PATH}/m/deployment/_stop").ok()
    b.delete(f"{PATH}/m").acknowledged()
    assert store.get(name) == definition, "the other model has it, too"
    b.delete(f"{PATH}/twin").acknowledged()
    assert not store.names("whole/cycle/")
    for node in (a, b):
        assert SECRET_KEY not in node.log_text()
    for path in ("/_nodes", "/_cluster/settings?include_defaults=true"):
        assert SECRET_KEY not in b.get(path).body.decode()


def test_what_is_damaged_in_the_store_is_not_used(nodes, store):
    settings = store.settings("damaged")
    a, b = nodes.add({**settings, **SMALL}), nodes.add(settings)
    definition = models.ones()
    name = f"damaged/{sha256(definition)}"
    models.upload(a, "m", definition, "pass_through")
    store.put(name, definition[:-1] + b"!")
    models.start(a, "m", threads_per_allocation=2)
    assert serves(b, "m")
    assert "what the store has of a definition cannot be used" in b.log_text()
    assert "has another SHA-256" in b.log_text()
    assert "a definition was brought from another node" in b.log_text()
    until(lambda: store.get(name) == definition, "it is put again")


def test_the_limit_of_the_disk(nodes, tmp_path):
    settings = Directory(tmp_path).settings("limit", max_disk="40kb")
    a = nodes.add(settings)
    definitions = {name: models.of_size(30000, byte) for name, byte in (("m", b"1"), ("n", b"2"), ("o", b"3"))}
    models.upload(a, "m", definitions["m"], "pass_through")
    models.start(a, "m")
    models.upload(a, "n", definitions["n"], "pass_through")
    until(lambda: not has_definition(a, "n"), "it is in the store, and goes")
    assert has_definition(a, "m"), "this one is in use"
    models.start(a, "n")
    models.upload(a, "o", definitions["o"], "pass_through")
    until(lambda: not has_definition(a, "o"), "it is in the store, and goes")
    assert serves(a, "m") and serves(a, "n"), "what is in use stays, beyond the limit"
    assert a.get(f"{PATH}/o?include=definition_status").ok()["trained_model_configs"][0]["fully_defined"]
    models.start(a, "o")
    assert serves(a, "o"), "and comes back"


def test_what_breaks_off_is_gone_on_with(nodes, s3, proxy):
    definition = models.of_size(300000)
    s3_settings = s3.settings("broken")
    a = nodes.add(s3_settings)
    models.upload(a, "m", definition, "pass_through")
    b = nodes.add({**s3_settings, "cluster.definitions.s3.endpoint": proxy.url})
    until(lambda: has_vocabulary(b, "m"), "the vocabulary is there")
    a.stop()
    proxy.closed = True
    assert b.post(f"{PATH}/m/deployment/_start?timeout=100ms").status == 408
    until(lambda: "is not on this node yet: the bucket [models] at" in b.get(f"{PATH}/m/_stats").body.decode(),
          "what is in the way is told")
    proxy.closed, proxy.cut_after = False, 100000
    until(lambda: serves(b, "m"), "it has come")
    assert any(b"Range: bytes=" in question for question in proxy.asked), "the rest alone was asked for"


def test_without_the_store(nodes, s3, proxy):
    settings = {**s3.settings("lost", timeout="1s"), "cluster.definitions.s3.endpoint": proxy.url}
    a, b = nodes.add({**settings, **SMALL}), nodes.add(settings)
    definition = models.ones()
    models.approve(a, definition)
    models.put_config(a, "m", "pass_through")
    models.put_vocabulary(a, "m")
    proxy.closed = True
    answer = models.send_definition(a, "m", definition)
    assert answer.status == 503, answer
    assert answer.reason.startswith("the definition of model [m] is whole on this node, and not in the store yet: "
                                    f"the bucket [models] at [{proxy.url}] cannot be reached"), answer
    until(lambda: has_vocabulary(b, "m"), "the vocabulary is there")
    models.start(b, "m", threads_per_allocation=2)
    assert serves(b, "m") and "a definition was brought from another node" in b.log_text()
    assert "the store of definitions cannot be used now" in a.log_text()
    proxy.closed = False
    until(lambda: s3.get(f"lost/{sha256(definition)}") == definition, "the node goes on trying")
    models.send_definition(a, "m", definition).acknowledged()
    until(lambda: "the store of definitions can be used again" in a.log_text(), "that is told")
    s3.process.send_signal(signal.SIGSTOP)
    try:
        a.delete(f"{PATH}/m?force=true").acknowledged()
    finally:
        s3.process.send_signal(signal.SIGCONT)
    until(lambda: s3.get(f"lost/{sha256(definition)}") is None, "what could not be removed is, later")


def test_a_wrong_secret(nodes, s3, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("wrong-and-not-told\n")
    secret.chmod(0o600)
    a = nodes.add({**s3.settings("secret"), "cluster.definitions.s3.secret_key_file": secret})
    models.approve(a, models.ones())
    models.put_config(a, "m", "pass_through")
    answer = models.send_definition(a, "m", models.ones())
    assert answer.status == 503 and "[403]" in answer.reason, answer
    assert "wrong-and-not-told" not in a.log_text()
    secret.chmod(0o644)
    a.stop()
    with pytest.raises(RuntimeError, match=r"setting \[cluster.definitions.s3.secret_key_file\].* use chmod 600"):
        a.restart()
