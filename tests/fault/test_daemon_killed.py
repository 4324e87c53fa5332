# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the daemon, 200 times at random points of uploads, starts, stops and deletes.

Clients keep a ledger of what was acknowledged. After every kill the daemon is started again on the
same data and must agree with it: what was acknowledged is there, what was never sent is not, and
the one command that each client had in the air has happened or not, but not by half.
"""

import http.client
import random
import threading
import time

from support import models
from support.poll import until

PATH = "/_ml/trained_models"
ROUNDS = 200
EITHER = "either"  # the command was in the air: done or not done


class Killed(Exception):
    """The daemon went away under a request."""


class Client:
    """One model's life: uploaded, started, stopped, deleted, over and over, at random."""

    def __init__(self, daemon, model_id, definition, parts, seed):
        models.approve(daemon, definition)
        self.daemon = daemon
        self.id = model_id
        self.bodies = models.parts_of(definition, -(-len(definition) // parts))
        self.servable = definition == models.behaving()
        self.random = random.Random(seed)
        self.acknowledged = 0
        self.model = False
        self.forget()

    def forget(self):
        """The ledger of a model that has just been made or deleted."""
        self.parts = [False] * len(self.bodies)
        self.vocabulary = False
        self.deployed = False
        self.alias = False

    # ---- commands ----

    def send(self, method, path, body=None):
        try:
            return self.daemon.request(method, f"{PATH}/{self.id}{path}", body)
        except (OSError, http.client.HTTPException) as error:
            raise Killed from error

    def put_model(self):
        self.model = EITHER
        self.send("PUT", "", models.config(description=self.id)).ok()
        self.model = True

    def put_part(self):
        part = self.random.choice([n for n, there in enumerate(self.parts) if there is False])
        self.parts[part] = EITHER
        self.send("PUT", f"/definition/{part}", self.bodies[part]).acknowledged()
        self.parts[part] = True

    def put_vocabulary(self):
        self.vocabulary = EITHER
        self.send("PUT", "/vocabulary", {"vocabulary": models.VOCABULARY}).acknowledged()
        self.vocabulary = True

    def start(self):
        self.deployed = EITHER
        wait_for = self.random.choice(["starting", "started"])
        self.send("POST", f"/deployment/_start?timeout=60s&wait_for={wait_for}").ok()
        self.deployed = True

    def stop(self):
        self.deployed = EITHER
        self.send("POST", "/deployment/_stop").ok()
        self.deployed = False

    def move_alias(self):
        """Gives the model its alias, or takes it away."""
        method, self.alias = "DELETE" if self.alias else "PUT", EITHER
        self.send(method, f"/model_aliases/{self.id}-alias").acknowledged()
        self.alias = method == "PUT"

    def delete(self):
        self.model = EITHER
        self.alias = self.alias and EITHER
        self.deployed = self.deployed and EITHER
        self.send("DELETE", "?force=true").acknowledged()
        self.model = False
        self.forget()

    def step(self):
        if not self.model:
            self.put_model()
        elif self.random.random() < 0.06:
            self.delete()
        elif self.random.random() < 0.15:
            self.move_alias()
        elif False in self.parts:
            self.put_part()
        elif not self.vocabulary:
            self.put_vocabulary()
        elif self.deployed:
            self.stop()
        elif self.servable:
            self.start()
        else:
            self.delete()
        self.acknowledged += 1

    def run(self, stopping):
        try:
            while not stopping.is_set():
                self.step()
        except Killed:
            pass

    # ---- after the restart ----

    def check(self):
        """The daemon agrees with the ledger; what was in the air is entered as it is found."""
        answer = self.send("GET", "?include=definition_status")
        found = answer.status == 200
        assert found or answer.status == 404, answer
        if self.model is not EITHER:
            assert found == self.model, (self.id, self.model, answer)
        if not found:
            assert self.send("POST", "/_infer", {"docs": [{"text_field": "alpha"}]}).status == 404
            self.forget()
        else:
            assert answer.json["trained_model_configs"][0]["description"] == self.id
            self.check_alias(answer.json["trained_model_configs"][0])
            self.check_upload()
            self.check_deployment()
        self.model = found

    def check_upload(self):
        """Sending again what is there is fine, sending something else in its place is not."""
        for part, there in enumerate(self.parts):
            if there is not False:
                self.parts[part] = self.sent_again(
                    f"/definition/{part}", self.bodies[part],
                    {**self.bodies[part], "total_parts": 9999}, there)
        if self.vocabulary is not False:
            self.vocabulary = self.sent_again(
                "/vocabulary", {"vocabulary": models.VOCABULARY},
                {"vocabulary": models.VOCABULARY + ["more"]}, self.vocabulary)
        config = self.send("GET", "?include=definition_status").ok()["trained_model_configs"][0]
        assert config["fully_defined"] == all(self.parts), (self.id, self.parts, config)

    def sent_again(self, path, body, other, there):
        if there is True:
            answer = self.send("PUT", path, other)
            assert answer.status == 400, (self.id, path, "was acknowledged and is lost")
            assert answer.json["error"]["type"] == "resource_already_exists_exception", answer
        self.send("PUT", path, body).acknowledged()
        return True

    def check_alias(self, config):
        found = config.get("metadata", {}).get("model_aliases", [])
        assert found in ([], [f"{self.id}-alias"]), config
        assert self.alias is EITHER or bool(found) == self.alias, (self.id, self.alias, config)
        self.alias = bool(found)

    def check_deployment(self):
        entry, = self.send("GET", "/_stats").ok()["trained_model_stats"]
        deployed = "deployment_stats" in entry
        if self.deployed is not EITHER:
            assert deployed == self.deployed, (self.id, self.deployed, entry)
        self.deployed = deployed
        if deployed:
            until(lambda: models.stats(self.daemon, self.id)["deployment_stats"]["state"] ==
                  "started", f"{self.id} starts again")
            assert models.vectors(self.daemon, self.id, "alpha beta") == [
                models.embedding("alpha beta")]


def run_until_killed(daemon, clients, delay):
    stopping = threading.Event()
    threads = [threading.Thread(target=client.run, args=(stopping,)) for client in clients]
    for thread in threads:
        thread.start()
    time.sleep(delay)
    stopping.set()
    daemon.kill()
    for thread in threads:
        thread.join()


def test_no_acknowledged_command_is_lost(make_daemon):
    chosen = random.Random(20261123)
    daemon = make_daemon()
    clients = [Client(daemon, "serving", models.behaving(), 3, 1),
               Client(daemon, "serving-too", models.behaving(), 1, 2),
               Client(daemon, "uploading", models.of_size(600_000), 5, 3)]
    for _ in range(ROUNDS):
        run_until_killed(daemon, clients, chosen.uniform(0, 0.15))
        daemon.restart()
        for client in clients:
            client.check()
        found = daemon.get(PATH).ok()["trained_model_configs"]
        assert [model["model_id"] for model in found] == sorted(
            client.id for client in clients if client.model)
    assert sum(client.acknowledged for client in clients) > ROUNDS


def test_killed_right_at_the_start(make_daemon, name):
    """Recovery itself may be cut off anywhere, too."""
    chosen = random.Random(5)
    daemon = make_daemon()
    models.serve(daemon, name, models.behaving())
    before = daemon.get(PATH).ok()
    daemon.kill()
    for _ in range(20):
        daemon.launch()
        time.sleep(chosen.uniform(0, 0.12))
        daemon.kill()
    daemon.restart()
    assert daemon.get(PATH).ok() == before
    until(lambda: models.stats(daemon, name)["deployment_stats"]["state"] == "started", "started")
    assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]
