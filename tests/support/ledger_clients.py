# SPDX-License-Identifier: Apache-2.0
"""Clients that send every command which is stored, at random, and check the daemon against their ledgers.

A client sends one command after the other; many clients may run at once. After the daemon's death, `check`
holds what it shows against what was acknowledged; what was in the air is entered as it is found.
"""

import hashlib
import random

from support import models
from support.ledger import Gone, Ledger, ask
from support.poll import until

PATH = "/_ml/trained_models"


class Client:
    """step sends one command; check compares."""

    def __init__(self, daemon, seed, clock=lambda: 0):
        self.daemon = daemon
        self.random = random.Random(seed)
        self.ledger = Ledger(clock)
        self.failure = None

    def send(self, method, path, body=None):
        return ask(self.daemon, method, path, body)

    def command(self, method, path, body=None, **changes):
        """One command that must be answered with 200, and what it changes."""
        self.ledger.sending(**changes)
        self.send(method, path, body).ok()
        self.ledger.answered(**changes)

    def run(self, stopping):
        try:
            while not stopping.is_set():
                self.step()
        except Gone:
            pass
        except Exception as error:
            self.failure = error

    def step(self):
        raise NotImplementedError

    def check(self):
        raise NotImplementedError


class ModelClient(Client):
    """One model's life: uploaded, started, changed, stopped, deleted, over and over.

    In the ledger: model, part-<n>, vocabulary and alias are True or None; deployed is None, a number of
    allocations, or the bounds of adaptive ones.
    """

    def __init__(self, daemon, model_id, definition, parts, seed, clock=lambda: 0):
        super().__init__(daemon, seed, clock)
        self.id = model_id
        self.bodies = models.parts_of(definition, -(-len(definition) // parts))
        self.servable = definition == models.behaving()

    @property
    def parts(self):
        return [f"part{number}" for number in range(len(self.bodies))]

    def model_path(self, path=""):
        return f"{PATH}/{self.id}{path}"

    # ---- commands ----

    def put_model(self):
        self.command("PUT", self.model_path(), models.config(description=self.id), model=True)

    def put_part(self):
        missing = [name for name in self.parts if not self.ledger.value(name)]
        name = self.random.choice(missing)
        self.command("PUT", self.model_path(f"/definition/{name[4:]}"), self.bodies[int(name[4:])],
                     **{name: True})

    def put_vocabulary(self):
        self.command("PUT", self.model_path("/vocabulary"), {"vocabulary": models.VOCABULARY},
                     vocabulary=True)

    def start(self):
        wait_for = self.random.choice(["starting", "started"])
        self.command("POST", self.model_path(f"/deployment/_start?timeout=60s&wait_for={wait_for}"),
                     deployed=1)

    def state(self):
        entry, = self.send("GET", self.model_path("/_stats")).ok()["trained_model_stats"]
        return entry.get("deployment_stats", {}).get("state")

    def update(self):
        """Another number of allocations, or other bounds for it."""
        until(lambda: self.state() == "started", f"{self.id} is started")
        if self.random.random() < 0.5:
            bounds = (self.random.randint(1, 2), self.random.randint(3, 4))
            body = {"adaptive_allocations": {"enabled": True, "min_number_of_allocations": bounds[0],
                                             "max_number_of_allocations": bounds[1]}}
            after = bounds
        else:
            after = self.random.randint(1, 4)
            body = {"number_of_allocations": after, "adaptive_allocations": None}
        self.command("POST", self.model_path("/deployment/_update"), body, deployed=after)

    def stop(self):
        self.command("POST", self.model_path("/deployment/_stop"), deployed=None)

    def move_alias(self):
        """Gives the model its alias, or takes it away."""
        there = self.ledger.value("alias")
        self.command("DELETE" if there else "PUT", self.model_path(f"/model_aliases/{self.id}-alias"),
                     alias=None if there else True)

    def delete(self):
        everything = dict.fromkeys(["model", *self.parts, "vocabulary", "deployed", "alias"])
        self.command("DELETE", self.model_path("?force=true"), **everything)

    def step(self):
        value, chance = self.ledger.value, self.random.random()
        if not value("model"):
            self.put_model()
        elif chance < 0.06:
            self.delete()
        elif chance < 0.15:
            self.move_alias()
        elif not all(value(name) for name in self.parts):
            self.put_part()
        elif not value("vocabulary"):
            self.put_vocabulary()
        elif not self.servable:
            self.delete()
        elif value("deployed") is None:
            self.start()
        elif chance < 0.6:
            self.update()
        else:
            self.stop()

    # ---- after the restart ----

    def check(self):
        answer = self.send("GET", self.model_path("?include=definition_status"))
        found = answer.status == 200 or None
        assert found or answer.status == 404, answer
        self.ledger.found("model", found)
        if found:
            config = answer.json["trained_model_configs"][0]
            assert config["description"] == self.id
            self.check_alias(config)
            self.check_upload()
            self.check_deployment()
        else:
            assert self.send("POST", self.model_path("/_infer"),
                             {"docs": [{"text_field": "alpha"}]}).status == 404
            for name in [*self.parts, "vocabulary", "deployed", "alias"]:
                self.ledger.found(name, None)

    def check_upload(self):
        """Whether something is there is asked by sending something else in its place."""
        for name in self.parts:
            body = self.bodies[int(name[4:])]
            self.check_sent(name, f"/definition/{name[4:]}", body, {**body, "total_parts": 9999})
        self.check_sent("vocabulary", "/vocabulary", {"vocabulary": models.VOCABULARY},
                        {"vocabulary": models.VOCABULARY + ["more"]})
        config = self.send("GET", self.model_path("?include=definition_status")).ok()
        whole = all(self.ledger.value(name) for name in self.parts)
        assert config["trained_model_configs"][0]["fully_defined"] == whole, (self.ledger.held, config)

    def check_sent(self, name, path, body, other):
        """What was acknowledged is there; what was in the air is sent again, and is there then."""
        if self.ledger.held.get(name, {None}) == {None}:
            return
        if self.ledger.held[name] == {True}:
            answer = self.send("PUT", self.model_path(path), other)
            assert answer.status == 400, (self.id, path, "was acknowledged and is lost", answer)
            assert answer.json["error"]["type"] == "resource_already_exists_exception", answer
        else:
            self.send("PUT", self.model_path(path), body).acknowledged()
            self.ledger.found(name, True)

    def check_alias(self, config):
        found = config.get("metadata", {}).get("model_aliases", [])
        assert found in ([], [f"{self.id}-alias"]), config
        self.ledger.found("alias", bool(found) or None)

    def check_deployment(self):
        entry, = self.send("GET", self.model_path("/_stats")).ok()["trained_model_stats"]
        found = entry.get("deployment_stats")
        if found is None:
            self.ledger.found("deployed", None)
            return
        adaptive = found.get("adaptive_allocations")
        if adaptive and adaptive["enabled"]:
            self.ledger.found("deployed", (adaptive["min_number_of_allocations"],
                                           adaptive["max_number_of_allocations"]))
        else:
            self.ledger.found("deployed", found["number_of_allocations"])
        until(lambda: self.state() == "started", f"{self.id} starts again")
        assert models.vectors(self.daemon, self.id, "alpha beta") == [models.embedding("alpha beta")]


class AliasClient(Client):
    """An alias that goes from one of two models to the other: `alias` is None or the model's id."""

    models = ("left", "right")

    def step(self):
        missing = [name for name in self.models if not self.ledger.value(name)]
        held = self.ledger.value("alias")
        if missing:
            self.command("PUT", f"{PATH}/{missing[0]}", models.config(), **{missing[0]: True})
        elif held and self.random.random() < 0.2:
            self.command("DELETE", f"{PATH}/{held}/model_aliases/moving", alias=None)
        else:
            target = self.models[0] if held == self.models[1] else self.models[1]
            self.command("PUT", f"{PATH}/{target}/model_aliases/moving?reassign=true", alias=target)

    def check(self):
        configs = self.send("GET", PATH).ok()["trained_model_configs"]
        aliases = {config["model_id"]: config.get("metadata", {}).get("model_aliases", [])
                   for config in configs}
        for name in self.models:
            self.ledger.found(name, name in aliases or None)
        holders = [name for name in self.models if "moving" in aliases.get(name, [])]
        assert len(holders) < 2, aliases
        self.ledger.found("alias", holders[0] if holders else None)


class SettingsClient(Client):
    """Persistent settings, two of which are changed together: a value is None or what it was set to."""

    path = "/_cluster/settings"
    names = ("engine.load_timeout", "engine.forward_timeout")

    def step(self):
        both = [f"{self.random.randint(60, 90)}s" for _ in self.names]
        if self.random.random() < 0.1:
            both = [None, None]
        self.command("PUT", self.path, {"persistent": dict(zip(self.names, both))},
                     both=tuple(both) if both[0] else None)

    def check(self):
        found = self.send("GET", f"{self.path}?flat_settings=true").ok()["persistent"]
        assert set(found) in (set(), set(self.names)), found
        self.ledger.found("both", tuple(found[name] for name in self.names) if found else None)


class ApprovalClient(Client):
    """Approvals of a few files that nobody has: each None, or its comment."""

    path = f"{PATH}/_approvals"
    hashes = [hashlib.sha256(b"%d" % number).hexdigest() for number in range(3)]

    def step(self):
        number = self.random.randrange(len(self.hashes))
        path, name = f"{self.path}/{self.hashes[number]}", f"approval{number}"
        if self.ledger.value(name):
            self.command("DELETE", path, **{name: None})
        else:
            comment = f"comment {self.random.randrange(10**6)}"
            self.command("PUT", path, {"comment": comment}, **{name: comment})

    def check(self):
        approvals = self.send("GET", self.path).ok()["approvals"]
        found = {approval["sha256"]: approval["comment"] for approval in approvals}
        for number, sha256 in enumerate(self.hashes):
            self.ledger.found(f"approval{number}", found.get(sha256))


class PipelineClient(Client):
    """A few ingest pipelines: each None, or the version that was put last."""

    path = "/_ingest/pipeline"
    names = ("pipeline0", "pipeline1", "pipeline2")

    def step(self):
        name = self.random.choice(self.names)
        if self.ledger.value(name) and self.random.random() < 0.3:
            self.command("DELETE", f"{self.path}/{name}", **{name: None})
        else:
            version = self.random.randrange(1, 10**6)
            self.command("PUT", f"{self.path}/{name}", {"processors": [], "version": version}, **{name: version})

    def check(self):
        found = self.send("GET", self.path).ok()
        for name in self.names:
            self.ledger.found(name, found.get(name, {}).get("version"))


def crowd(daemon, clock=lambda: 0):
    """One client of each kind, and models of different sizes."""
    models.approve(daemon, models.behaving())
    return [ModelClient(daemon, "serving", models.behaving(), 3, 1, clock),
            ModelClient(daemon, "serving-too", models.behaving(), 1, 2, clock),
            ModelClient(daemon, "uploading", models.of_size(600_000), 5, 3, clock),
            AliasClient(daemon, 4, clock), SettingsClient(daemon, 5, clock),
            ApprovalClient(daemon, 6, clock), PipelineClient(daemon, 7, clock)]


def check_all(daemon, clients):
    """Every client's things are as its ledger says, and there is nothing else."""
    check_tree(daemon, clients)
    for client in clients:
        client.check()
    found = [model["model_id"] for model in daemon.get(PATH).ok()["trained_model_configs"]]
    expected = [client.id for client in clients
                if isinstance(client, ModelClient) and client.ledger.value("model")]
    expected += [name for client in clients if isinstance(client, AliasClient)
                 for name in client.models if client.ledger.value(name)]
    assert found == sorted(expected)


def check_tree(daemon, clients):
    """The folders hold what a model may have, and nothing that was on its way."""
    data = daemon.data
    assert sorted(path.name for path in data.iterdir() if path.name != "inferd.db-journal") == [
        "inferd.db", "inferd.db-wal", "inferd.lock", "models", "tmp"]
    assert list((data / "tmp").iterdir()) == []
    uploading = [client for client in clients if isinstance(client, ModelClient)]
    folders = [sorted(path.name for path in folder.iterdir())
               for folder in (data / "models").iterdir()]
    assert len(folders) <= len(uploading), folders
    for names in folders:
        whole = names == ["definition.pt"]
        assert whole or all(name.startswith("part-") for name in names), folders
