# SPDX-License-Identifier: Apache-2.0
"""Runs tests/support/tool_http.c: the HTTP front end alone, with routes and limits of its own."""

import os
import pathlib
import signal
import subprocess
import threading

from support.poll import until
from support.raw import RawConnection

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = pathlib.Path(os.environ.get("INFERD_BUILD", ROOT / "build")) / "tests" / "tool_http"


class HttpTool:
    """The running program; in a with statement it must end well: exit code 0, nothing on stderr."""

    described = False  # its routes are not those of the OpenAPI document

    def __init__(self, **settings):
        arguments = [str(TOOL)] + [f"{name}={value}" for name, value in settings.items()]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.lines = []
        self.errors = b""
        self.threads = [threading.Thread(target=self._read_lines, daemon=True),
                        threading.Thread(target=self._read_errors, daemon=True)]
        for thread in self.threads:
            thread.start()
        port = until(lambda: self.lines and self.lines[0].startswith("port ") and self.lines[0],
                     "tool_http listens")
        self.address = ("127.0.0.1", int(port.split()[1]))

    def _read_lines(self):
        for line in self.process.stdout:
            self.lines.append(line.decode().strip())

    def _read_errors(self):
        self.errors = self.process.stderr.read()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.terminate()
        code = self.process.wait(timeout=30)
        for thread in self.threads:
            thread.join(timeout=30)
        if kind is None:
            assert code == 0 and self.errors == b"", (code, self.errors.decode(errors="replace"))

    def terminate(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def connect(self, timeout=20.0, source="127.0.0.1"):
        return RawConnection(self, timeout, source)

    def ask(self, method, path, body=None, headers=()):
        """One request on a connection of its own."""
        with self.connect() as connection:
            connection.request(method, path, body, headers)
            return connection.response(no_body=method == "HEAD")

    def count(self, word):
        """How many lines of the program begin with word."""
        return sum(line.split()[0] == word for line in self.lines)

    def await_count(self, word, number):
        until(lambda: self.count(word) >= number, f"{number} lines of [{word}] in {self.lines}")
