# SPDX-License-Identifier: Apache-2.0
"""A daemon with security on, and requests as somebody."""

import base64
import pathlib
import subprocess
import tempfile

from support.daemon import PROGRAM, Daemon

PASSWORD = "the-elastic-password"


def hash_of(password):
    return subprocess.run([PROGRAM, "--hash-password"], input=password, text=True, check=True,
                          capture_output=True).stdout


def basic(name, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def api_key(encoded):
    return {"Authorization": f"ApiKey {encoded}"}


class Secured(Daemon):
    """Its requests are those of [elastic], unless they say something else or `headers=ANONYMOUS`."""

    def __init__(self, settings=None, **more):
        home = pathlib.Path(tempfile.mkdtemp(prefix="inferd-test-"))
        secret = home / "elastic.hash"
        secret.touch(mode=0o600)
        secret.write_text(hash_of(PASSWORD))
        self.credentials = basic("elastic", PASSWORD)
        super().__init__({"xpack.security.enabled": "true",
                          "xpack.security.elastic_password_hash_file": secret, **(settings or {})}, home, **more)

    def request(self, method, path, body=None, headers=None, timeout=60.0):
        headers = dict(headers or {})
        if not any(name.lower() == "authorization" for name in headers):
            headers.update(self.credentials)
        if headers["Authorization"] == "":
            del headers["Authorization"]
        return super().request(method, path, body, headers, timeout)

    def delete(self, path, body=None, **more):
        return self.request("DELETE", path, body, **more)

    def add_user(self, name, password, *roles, **more):
        return self.put(f"/_security/user/{name}", {"password": password, "roles": list(roles), **more}).ok()

    def make_key(self, owner=None, **body):
        """The answer to its creation, with [headers] to use it."""
        made = self.post("/_security/api_key", {"name": "a key", **body}, headers=owner).ok()
        return {**made, "headers": api_key(made["encoded"])}


ANONYMOUS = {"Authorization": ""}
