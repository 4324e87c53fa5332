# SPDX-License-Identifier: Apache-2.0
"""A real etcd on free ports of 127.0.0.1, of one member or several, to be killed and started again."""

import atexit
import base64
import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request

from support.poll import until


def free_port():
    """A port of 127.0.0.1 that nobody has at the moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Etcd:
    """One member, its data and its process."""

    def __init__(self, certificate=None, key=None, context=None):
        """With a certificate it speaks TLS; context is what it is asked with then."""
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="inferd-etcd-"))
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{free_port()}"
        self.tls = ["--cert-file", str(certificate), "--key-file", str(key)] if certificate else []
        self.context = context
        self.peer_url = f"http://127.0.0.1:{free_port()}"
        self.members = [self]
        self.process = None

    def within(self):
        """Where a client has to be that connects to it."""
        return contextlib.nullcontext()

    def launch(self):
        """Starts the process without waiting for an answer, for which most of the members must be there."""
        members = ",".join(f"m{number}={member.peer_url}" for number, member in enumerate(self.members))
        command = ["etcd", "--name", f"m{self.members.index(self)}", "--data-dir", str(self.home / "data"),
                   "--listen-client-urls", self.url, "--advertise-client-urls", self.url,
                   "--listen-peer-urls", self.peer_url, "--initial-advertise-peer-urls", self.peer_url,
                   "--initial-cluster", members, "--logger", "zap", "--unsafe-no-fsync", *self.tls]
        with open(self.home / "log.txt", "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def start(self):
        """Starts the process and waits until it answers."""
        self.launch()
        until(self.answers, "etcd answers")
        return self

    def answers(self):
        try:
            self.call("kv/range", {"key": "AA=="})
            return True
        except OSError:
            return False

    def kill(self):
        """SIGKILL."""
        self.process.kill()
        self.process.wait()

    def destroy(self):
        """Ends it and removes its data."""
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    def call(self, path, body):
        """One call of the JSON gateway."""
        question = urllib.request.Request(f"{self.url}/v3/{path}", json.dumps(body).encode())
        handlers = [urllib.request.HTTPSHandler(context=self.context)] if self.context else []
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), *handlers)
        with opener.open(question, timeout=10) as reply:
            return json.load(reply)

    def keys(self, prefix):
        """All keys that begin with prefix, without it, and their values."""
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        answer = self.call("kv/range", {"key": base64.b64encode(prefix.encode()).decode(),
                                        "range_end": base64.b64encode(end.encode()).decode()})
        return {base64.b64decode(pair["key"]).decode()[len(prefix):]: base64.b64decode(pair.get("value", "")).decode()
                for pair in answer.get("kvs", [])}

    def put(self, key, value):
        """One key, as by hand."""
        self.call("kv/put", {"key": self.coded(key), "value": self.coded(value)})

    def remove(self, key):
        """Likewise."""
        self.call("kv/deleterange", {"key": self.coded(key)})

    @staticmethod
    def coded(text):
        """As the gateway takes it."""
        return base64.b64encode(text.encode()).decode()

    def change(self, name, put=None, remove=()):
        """Changes the state of the cluster of that name as a node does: with the key that each change writes."""
        state, put = f"/inferd/{name}/state/", {**(put or {}), "commit": f"a test {time.monotonic_ns()}"}
        puts = [{"requestPut": {"key": self.coded(state + key), "value": self.coded(put[key])}} for key in put]
        gone = [{"requestDeleteRange": {"key": self.coded(state + key)}} for key in remove]
        self.call("kv/txn", {"success": puts + gone})

    def settings(self, name="c"):
        """What a node needs to be part of the cluster of that name."""
        return {"cluster.name": name, "cluster.state": "etcd", "cluster.etcd.timeout": "3s",
                "cluster.etcd.endpoints": ",".join(member.url for member in self.members)}


def members(count, make=Etcd):
    """So many members of one etcd, started."""
    all_of_them = [make() for _ in range(count)]
    for member in all_of_them:
        member.members = all_of_them
        member.launch()
    until(lambda: all(member.answers() for member in all_of_them), "etcd answers")
    return all_of_them


_everywhere = []


def settings_everywhere(home):
    """With INFERD_TEST_STATE=etcd every daemon of the tests has its state in an etcd: its own part of one."""
    if os.environ.get("INFERD_TEST_STATE") != "etcd":
        return {}
    if not _everywhere:
        _everywhere.append(Etcd().start())
        atexit.register(_everywhere[0].destroy)
    return {**_everywhere[0].settings("inferd"), "cluster.etcd.prefix": str(home)}
