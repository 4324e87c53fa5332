# SPDX-License-Identifier: Apache-2.0
"""Calls that are answered later: the client leaves, the server drains, the server stops."""

import socket
import struct

import pytest

from support.http_tool import HttpTool
from support.poll import until

FOREVER = 1000000


@pytest.fixture
def tool():
    with HttpTool() as running:
        yield running


def test_answered_later(tool):
    with tool.connect() as connection:
        for _ in range(5):
            connection.request("POST", "/sleep?ms=20", {})
            assert connection.response().json == {"ok": True}
    tool.await_count("freed", 5)
    assert tool.count("gone") == 0


def test_many_wait_at_once(tool):
    connections = [tool.connect() for _ in range(200)]
    for connection in connections:
        connection.request("GET", "/sleep?ms=300")
    for connection in connections:
        assert connection.response().json == {"ok": True}
        connection.close()
    tool.await_count("freed", 200)


def leave_by_close(connection):
    connection.close()


def leave_by_reset(connection):
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def leave_by_shutdown(connection):
    connection.socket.shutdown(socket.SHUT_WR)
    assert connection.closed()


@pytest.mark.parametrize("leave", [leave_by_close, leave_by_reset, leave_by_shutdown])
def test_client_that_leaves_while_its_call_waits(tool, leave):
    connection = tool.connect()
    connection.request("GET", f"/sleep?ms={FOREVER}")
    tool.await_count("waiting", 1)
    leave(connection)
    tool.await_count("gone", 1)
    tool.await_count("freed", 1)
    connection.close()
    assert tool.ask("GET", "/").status == 200


def test_client_that_leaves_at_once(tool):
    """It may be gone before the call begins to wait."""
    for _ in range(100):
        connection = tool.connect()
        connection.request("GET", f"/sleep?ms={FOREVER}")
        connection.close()
    assert tool.ask("GET", "/").status == 200
    tool.await_count("freed", tool.count("waiting"))


def test_client_that_leaves_with_requests_in_the_pipe(tool):
    connection = tool.connect()
    for _ in range(3):
        connection.request("GET", f"/sleep?ms={FOREVER}")
    tool.await_count("waiting", 1)
    connection.close()
    tool.await_count("gone", 1)
    tool.await_count("freed", 1)
    assert tool.ask("GET", "/").status == 200


def test_client_that_leaves_in_the_middle_of_its_body(tool):
    for path in ["PUT /stream", "POST /echo/x", "POST /none"]:
        connection = tool.connect()
        connection.send(f"{path} HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
                        "Content-Length: 1000\r\n\r\n{".encode())
        connection.close()
    assert tool.ask("GET", "/").status == 200


@pytest.mark.parametrize("request_text", [
    "GET / HTTP/1.1\r\nHost: t\r\n\r\n", "GET / HT",
    "PUT /stream HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"])
def test_end_of_stream_together_with_the_last_bytes(request_text):
    """Such a connection is closed at once, not when its deadline comes: its place is free again."""
    with HttpTool(per_address=5) as tool:
        for _ in range(5):
            connection = tool.connect()
            connection.send(request_text.encode())
            connection.close()

        def free_again():
            connections = [tool.connect() for _ in range(5)]
            try:
                for connection in connections:
                    connection.request("GET", "/")
                return all(c.response().status == 200 for c in connections)
            except OSError:
                return False
            finally:
                for connection in connections:
                    connection.close()
        until(free_again, "all five places are free")


def test_client_that_closes_its_sending_side_is_answered(tool):
    with tool.connect() as connection:
        connection.request("GET", "/")
        connection.socket.shutdown(socket.SHUT_WR)
        assert connection.response().json == {"ok": True}
        assert connection.closed()


def test_stop_with_suspended_connections(tool):
    """Those that are still waiting at the drain's deadline are answered with 503."""
    connections = [tool.connect() for _ in range(20)]
    for connection in connections:
        connection.request("GET", f"/sleep?ms={FOREVER}")
    tool.await_count("waiting", 20)
    tool.terminate()
    for connection in connections:
        answer = connection.response()
        assert answer.status == 503 and answer.headers["connection"].lower() == "close"
        assert answer.json["error"]["reason"] == "the server is stopping"
        connection.close()
    assert tool.process.wait(timeout=20) == 0
    tool.await_count("gone", 20)
    tool.await_count("freed", 20)


def test_drain_lets_running_calls_end():
    with HttpTool(drain_ms=20000) as tool:
        with tool.connect() as connection, tool.connect() as idle:
            idle.request("GET", "/")
            assert idle.response().status == 200
            connection.request("GET", "/sleep?ms=700")
            tool.await_count("waiting", 1)
            tool.terminate()
            assert idle.closed()
            with pytest.raises(OSError):
                tool.connect(timeout=1)
            answer = connection.response()
            assert answer.json == {"ok": True}
            assert answer.headers["connection"].lower() == "close"
            assert connection.closed()
        assert tool.process.wait(timeout=10) == 0
        assert tool.count("gone") == 0


def test_stop_when_idle():
    with HttpTool(drain_ms=20000) as tool:
        with tool.connect() as connection:
            connection.request("GET", "/")
            assert connection.response().status == 200
            tool.terminate()
            assert connection.closed()
        assert tool.process.wait(timeout=10) == 0


@pytest.mark.parametrize("head", [b"", b"GET / HT", b"PUT /stream HTTP/1.1\r\nHost: t\r\nContent-Type: "
                                  b"application/json\r\nContent-Length: 100\r\n\r\n{"])
def test_stop_with_unfinished_requests(head):
    with HttpTool(drain_ms=100) as tool:
        with tool.connect() as connection:
            connection.send(head)
            assert tool.ask("GET", "/").status == 200
            tool.terminate()
            assert tool.process.wait(timeout=10) == 0
