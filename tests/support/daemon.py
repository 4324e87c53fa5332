# SPDX-License-Identifier: Apache-2.0
"""The real daemon under test: started on a free port of 127.0.0.1, watched, ended."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

from support import answer, etcd, procfs
from support.poll import until

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("INFERD_BUILD", ROOT / "build"))
PROGRAM = BUILD / "inferd"
SANITIZER = re.compile(r"(ERROR|WARNING): \w+Sanitizer|runtime error: ")


def _cache_value(name):
    cache = BUILD / "CMakeCache.txt"
    match = cache.exists() and re.search(rf"^{name}:\w+=(.*)$", cache.read_text(), re.M)
    return match.group(1) if match else ""


ENGINE = os.environ.get("INFERD_ENGINE") or _cache_value("INFERD_ENGINE")
SANITIZED = _cache_value("INFERD_SANITIZE")
FAKE_ENGINE = str(BUILD / "inferd-engine-fake")  # which every build has; it misbehaves to order
STAND_IN = {"engine.path": FAKE_ENGINE} if ENGINE == "fake" and _cache_value("INFERD_ENGINE") != "fake" else {}


class Daemon:
    """One data directory and the process that serves it, over any number of restarts."""

    tls = None  # the context of requests, where they are encrypted
    described = True  # by the OpenAPI document, so answers are held against it

    def __init__(self, settings=None, home=None, environment=None):
        self.home = pathlib.Path(home or tempfile.mkdtemp(prefix="inferd-test-"))
        self.settings = {"path.data": str(self.home / "data"), "http.port": 0,
                         "network.host": "127.0.0.1", "node.processors": 64,
                         "engine.forward_timeout": "3s", **STAND_IN}
        self.settings.update(etcd.settings_everywhere(self.home))
        self.settings.update(settings or {})
        self.environment = dict(environment or {})
        self.process = None
        self.address = None
        self.starts = 0

    @property
    def data(self):
        """The folder that it keeps everything in."""
        return pathlib.Path(self.settings["path.data"])

    # ---- the process ----

    @property
    def pid(self):
        return self.process.pid

    def command(self):
        arguments = [str(PROGRAM)]
        for name, value in self.settings.items():
            arguments += ["-E", f"{name}={value}"]
        return arguments

    def launch(self):
        """Starts the process without waiting for it to listen."""
        assert PROGRAM.exists(), f"{PROGRAM} is missing: run scripts/build, or set INFERD_BUILD"
        self.starts += 1
        self.log_path = self.home / f"log-{self.starts}.txt"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, env={**os.environ, **self.environment})
        return self

    def start(self, deadline=60.0, pause=0.01):
        """Starts the process and waits until it listens."""
        self.launch()
        until(self._started, "the daemon listens", deadline, pause)
        return self

    def listens(self):
        """Has it said so?"""
        for line in self.log():
            if "listening" in line.get("message", ""):
                self.address = (line["address"], int(line["port"]))
                return True
        return False

    def _started(self):
        if self.listens():
            return True
        if self.process.poll() is not None:
            raise RuntimeError(f"the daemon ended with {self.process.returncode}:\n{self.log_text()}")
        return False

    def kill(self):
        """SIGKILL, and waits until the process and its workers are gone."""
        family = self.family()
        self.process.kill()
        self.process.wait()
        until(lambda: not any(procfs.alive(pid) for pid in family), "the children end with it")

    def stop(self, deadline=30.0):
        """SIGTERM; the daemon must end with 0 and leave no process behind."""
        family = self.family()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(deadline) == 0, self.log_text()
        until(lambda: not any(procfs.alive(pid) for pid in family), "the children end with it")
        self.check_log()

    def restart(self):
        """start again on the same data, after stop or kill."""
        return self.start()

    def destroy(self):
        """Ends whatever still runs and removes the data."""
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    def family(self):
        """Every process below the daemon: zygote and workers."""
        below = procfs.children(self.pid)
        for pid in list(below):
            below += procfs.children(pid)
        return below

    def zygote(self):
        """The one child that is inferd-engine."""
        return until(lambda: procfs.children(self.pid), "the zygote runs")[0]

    def workers(self):
        """Process ids of the model workers, oldest first."""
        return [worker for zygote in procfs.children(self.pid) for worker in procfs.children(zygote)]

    def worker(self):
        """The one worker, when exactly one is left."""
        return until(lambda: len(self.workers()) == 1 and self.workers(), "one worker runs")[0]

    # ---- its words ----

    def log_text(self):
        return self.log_path.read_text(errors="replace")

    def log(self):
        """The structured log lines so far."""
        lines = []
        for line in self.log_text().splitlines():
            try:
                value = json.loads(line)
            except ValueError:
                continue
            if isinstance(value, dict):
                lines.append(value)
        return lines

    def check_log(self):
        text = self.log_text()
        assert not SANITIZER.search(text), text[-8000:]

    def check(self):
        """The daemon is alive, answers, and no sanitizer has spoken."""
        assert self.process.poll() is None, f"the daemon died:\n{self.log_text()[-8000:]}"
        self.check_log()
        assert self.get("/").status == 200

    def show_log(self):
        print(f"---- {self.log_path.name}", self.log_text()[-12000:], sep="\n", file=sys.stderr)

    # ---- HTTP ----

    def within(self):
        """Where a client has to be that connects to it."""
        return contextlib.nullcontext()

    @property
    def url(self):
        return f"http://{self.address[0]}:{self.address[1]}"

    def request(self, method, path, body=None, headers=None, timeout=60.0):
        return answer.request(self.address, method, path, body, headers, timeout, self.tls)

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def head(self, path, **more):
        return self.request("HEAD", path, **more)

    def put(self, path, body=None, **more):
        return self.request("PUT", path, body, **more)

    def post(self, path, body=None, **more):
        return self.request("POST", path, body, **more)

    def delete(self, path, **more):
        return self.request("DELETE", path, **more)


def packing_engine(folder):
    """The fake engine under the name by which it can prove models (tests/support/fake_proof.c)."""
    engine = pathlib.Path(folder) / "inferd-engine-packing"
    engine.symlink_to(FAKE_ENGINE)
    return engine


@contextlib.contextmanager
def running(daemon):
    """Shows the log of a daemon that something failed with, and removes it in any case."""
    try:
        yield daemon
    except BaseException:
        daemon.show_log()
        raise
    finally:
        daemon.destroy()
