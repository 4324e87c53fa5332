# SPDX-License-Identifier: Apache-2.0
"""Clients of a secured daemon that change users, roles and keys at random, and know what must be so after a crash."""

from support.ledger import ask
from support.ledger_clients import Client
from support.secured import api_key, basic

SECURITY = "/_security"


class UserClient(Client):
    """One user's life: made, password changed, disabled, enabled, deleted. In the ledger: password or None, enabled."""

    def __init__(self, daemon, name, seed):
        super().__init__(daemon, seed)
        self.name = name
        self.count = 0

    def path(self, more=""):
        return f"{SECURITY}/user/{self.name}{more}"

    def new_password(self):
        self.count += 1
        return f"password-{self.count}"

    def step(self):
        chance = self.random.random()
        if self.ledger.value("password") is None:
            password = self.new_password()
            self.command("PUT", self.path(), {"password": password, "roles": ["monitoring_user"]},
                         password=password, enabled=True)
        elif chance < 0.2:
            self.command("DELETE", self.path(), password=None, enabled=None)
        elif chance < 0.6:
            enabled = not self.ledger.value("enabled")
            self.command("PUT", self.path("/_enable" if enabled else "/_disable"), enabled=enabled)
        else:
            password = self.new_password()
            self.command("PUT", self.path("/_password"), {"password": password}, password=password)

    def check(self):
        shown = ask(self.daemon, "GET", self.path())
        there = shown.status == 200
        self.ledger.found("enabled", shown.json[self.name]["enabled"] if there else None)
        held = self.ledger.held.get("password", {None})
        if not there:
            self.ledger.found("password", None)
        elif self.ledger.value("enabled"):
            right = [word for word in held - {None}
                     if self.daemon.get("/", headers=basic(self.name, word)).status == 200]
            assert len(right) == 1, f"of {held} the right ones are {right}"
            self.ledger.found("password", right[0])
        else:
            for word in held - {None}:
                assert self.daemon.get("/", headers=basic(self.name, word)).status == 401
            password = self.new_password()
            self.ledger.sending(password=password)
            self.send("PUT", self.path("/_password"), {"password": password}).ok()
            self.ledger.answered(password=password)


class KeyClient(Client):
    """Keys that are made and made invalid, one at a time. In the ledger: the key's id -> whether it is valid."""

    def __init__(self, daemon, name, seed):
        super().__init__(daemon, seed)
        self.name = name
        self.encoded = {}
        self.last = None

    def step(self):
        if self.last is None:
            made = self.send("POST", f"{SECURITY}/api_key", {"name": self.name, "role_descriptors": {
                "r": {"cluster": ["monitor"]}}}).ok()
            self.last = made["id"]
            self.encoded[self.last] = made["encoded"]
            self.ledger.answered(**{self.last: True})
        elif self.random.random() < 0.5:
            self.command("PUT", f"{SECURITY}/api_key/{self.last}", {"metadata": {"n": self.random.random()}})
        else:
            self.command("DELETE", f"{SECURITY}/api_key", {"ids": [self.last]}, **{self.last: False})
            self.last = None

    def check(self):
        for key, encoded in self.encoded.items():
            status = self.daemon.get("/", headers=api_key(encoded)).status
            assert status in (200, 401)
            self.ledger.found(key, status == 200)
        self.last = next((key for key in self.encoded if self.ledger.value(key)), None)
