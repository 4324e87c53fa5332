# SPDX-License-Identifier: Apache-2.0
"""A server that speaks _bulk, as far as inferd asks it, and that can be busy, slow, broken or strict."""

import http.server
import json
import socket
import ssl
import struct
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection; what it answers is the receiver's to say."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *arguments):
        """Says nothing."""

    def do_POST(self):  # noqa: N802 - the name that http.server looks for
        receiver = self.server.receiver
        body = self.rfile.read(int(self.headers["Content-Length"]))
        lines = [json.loads(line) for line in body.decode().split("\n")[:-1]]
        operations = [(*next(iter(action.items())), source) for action, source in zip(lines[::2], lines[1::2])]
        with receiver.lock:
            receiver.requests.append((self.path, dict(self.headers), operations))
            plan = receiver.plan.pop(0) if receiver.plan else receiver.always
        plan(self, operations)

    def answer(self, status, body, headers=None):
        """Sends an answer; body: JSON, or text."""
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def take(self, operations):
        """The items of an answer, after the receiver has taken what its verdict lets."""
        items = []
        with self.server.receiver.lock:
            for name, action, source in operations:
                verdict = self.server.receiver.verdict(action["_index"], action["_id"], source)
                if verdict is None:
                    verdict = self.server.receiver.put(name, action, source)
                items.append({name: verdict})
        return items


def take(handler, operations):
    """The usual: everything that the verdict lets."""
    handler.answer(200, {"took": 1, "items": handler.take(operations)})


def status(code, body=None, headers=None):
    """An answer to the whole request, which takes nothing."""
    text = body if body is not None else {"error": {"type": "x", "reason": f"it is a {code}"}, "status": code}
    return lambda handler, operations: handler.answer(code, text, headers)


def reset_before(handler, operations):
    """Nothing is taken, and the connection is torn down."""
    del operations
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def cut_after(handler, operations):
    """Everything is taken, but the answer breaks off in its middle."""
    text = json.dumps({"items": handler.take(operations)}).encode()
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(text)))
    handler.end_headers()
    handler.wfile.write(text[:len(text) // 2])
    handler.close_connection = True


def refusal(code, kind, reason="it is not wanted"):
    """An item's verdict."""
    return {"status": code, "error": {"type": kind, "reason": reason}}


class Server(http.server.ThreadingHTTPServer):
    """A thread a connection, and no word about one that its client, or the plan, has torn down."""

    daemon_threads = True

    def handle_error(self, request, client_address):
        """Says nothing."""


class Receiver:
    """documents: what it has, {(index, id): source}; requests: (path, headers, operations) of each; plan: what
    the next requests get; verdict: what is said to a document instead of taking it, or None."""

    def __init__(self, certificate=None):
        self.lock = threading.Lock()
        self.documents = {}
        self.requests = []
        self.plan = []
        self.always = take
        self.verdict = lambda index, name, source: None
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.receiver = self
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        scheme = "https" if certificate else "http"
        self.url = f"{scheme}://localhost:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def put(self, operation, action, source):
        key = action["_index"], action["_id"]
        if operation == "create" and key in self.documents:
            return refusal(409, "version_conflict_engine_exception", "it is there")
        result = "updated" if key in self.documents else "created"
        self.documents[key] = source
        return {"status": 200 if result == "updated" else 201, "result": result}

    def sources(self):
        """What it has, without the names."""
        with self.lock:
            return list(self.documents.values())

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.server.shutdown()
        self.server.server_close()
