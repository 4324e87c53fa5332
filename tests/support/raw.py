# SPDX-License-Identifier: Apache-2.0
"""A socket that speaks exactly the bytes that a test gives it, and reads HTTP responses."""

import json
import socket

from support import openapi
from support.answer import Answer


IP_BIND_ADDRESS_NO_PORT = 24  # of Linux's headers


class RawConnection:
    """A TCP connection to the daemon from the address `source`; use it in a with statement."""

    def __init__(self, daemon, timeout=20.0, source="127.0.0.1"):
        self.socket = socket.socket()
        self.socket.settimeout(timeout)
        # The port is chosen when it connects: bound before, it would have to be one that no other connection
        # has or had lately.
        self.socket.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        self.socket.bind((source, 0))
        self.socket.connect(tuple(daemon.address))
        self.pending = b""
        self.described = daemon.described
        self.asked = []

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def request(self, method, path, body=None, headers=()):
        """Sends one request without waiting for its answer."""
        self.asked.append((method, path))
        head = f"{method} {path} HTTP/1.1\r\nHost: test\r\n"
        if body is not None:
            if not isinstance(body, bytes):
                body = json.dumps(body).encode()
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        for name, value in headers:
            head += f"{name}: {value}\r\n"
        self.send(head.encode() + b"\r\n" + (body or b""))

    def _more(self):
        data = self.socket.recv(65536)
        self.pending += data
        return bool(data)

    def _until(self, mark):
        while mark not in self.pending:
            assert self._more(), f"connection closed after {self.pending!r}"
        head, _, self.pending = self.pending.partition(mark)
        return head

    def _exactly(self, length):
        while len(self.pending) < length:
            assert self._more(), f"connection closed after {self.pending!r}"
        data, self.pending = self.pending[:length], self.pending[length:]
        return data

    def head_of_response(self):
        """Status and headers (lower-case names) of the next response."""
        lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        assert lines[0].startswith("HTTP/1.1 "), lines
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return int(lines[0].split()[1]), headers

    def response(self, no_body=False):
        """The next whole response; no_body for the answer to a HEAD."""
        status, headers = self.head_of_response()
        body = b""
        if not no_body and status >= 200:
            if headers.get("transfer-encoding") == "chunked":
                while length := int(self._until(b"\r\n"), 16):
                    body += self._exactly(length)
                    assert self._exactly(2) == b"\r\n"
                assert self._exactly(2) == b"\r\n"
            else:
                body = self._exactly(int(headers.get("content-length", 0)))
        asked = self.asked.pop(0) if self.asked and status >= 200 else None
        answer = Answer(status, headers, body, " ".join(asked or ["raw request"]))
        if self.described and asked:
            openapi.check(answer, *asked)
        return answer

    def closed(self):
        """True when the other side closes without another byte (waits up to the time-out)."""
        try:
            return not self.pending and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True
