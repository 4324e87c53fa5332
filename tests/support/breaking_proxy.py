# SPDX-License-Identifier: Apache-2.0
"""A way to a server that can be closed, and that breaks off when the test says so."""

import contextlib
import socket
import threading


class BreakingProxy:
    """Passes on TCP connections to a port of 127.0.0.1."""

    def __init__(self, port):
        self.target = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.closed = False  # connections are taken and closed at once
        self.cut_after = None  # bytes from the server, after which the next connection breaks off
        self.asked = []  # what begins each piece that came from clients
        self.instead = None  # function of that: an answer that it gets in place of the server's, or None
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                if self.closed:
                    client.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self.target))
                for pump in (self._to_server, self._to_client):
                    threading.Thread(target=pump, args=(client, server), daemon=True).start()

    def _to_server(self, client, server):
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if self.closed:
                    break
                self.asked.append(data[:2048])
                answer = self.instead and self.instead(data)
                if answer:
                    client.sendall(answer)
                    break
                server.sendall(data)
        self._end(client, server)

    def _to_client(self, client, server):
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if self.closed:
                    break
                if self.cut_after is not None and len(data) >= self.cut_after:
                    client.sendall(data[:self.cut_after])
                    self.cut_after = None
                    break
                if self.cut_after is not None:
                    self.cut_after -= len(data)
                client.sendall(data)
        self._end(client, server)

    @staticmethod
    def _end(*sockets):
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def stop(self):
        """No more connections are taken."""
        self.listener.close()
