# SPDX-License-Identifier: Apache-2.0
"""Bounds of size, time and number: each refuses what is beyond it, and the server goes on."""

import gzip
import json
import socket
import time

import pytest

from support.http_tool import HttpTool
from support.poll import until

JSON = "Content-Type: application/json\r\n"


@pytest.fixture(scope="module")
def hurried():
    """Time limits short enough to be waited for."""
    with HttpTool(header_ms=300, body_ms=300, idle_ms=1000) as running:
        yield running


@pytest.fixture(scope="module")
def small():
    with HttpTool(max_content_length=10000, max_header_size=4096) as running:
        yield running


def text_of(size):
    frame = len(json.dumps({"text": ""}))
    return json.dumps({"text": "x" * (size - frame)}).encode()


# ---- time ----

def test_slow_header(hurried):
    with hurried.connect() as connection:
        connection.send(b"GET / HTTP/1.1\r\nHost: t\r\nX-Slow: ")
        connection.response().plain_error(408, "the request's header came too slowly")
        assert connection.closed()


def trickle(connection, byte):
    """Sends a byte now and then until the other side has had enough."""
    try:
        for _ in range(200):
            connection.send(byte)
            time.sleep(0.05)
    except OSError:
        return True
    return False


def test_a_trickled_header_does_not_start_the_time_anew(hurried):
    with hurried.connect() as connection:
        connection.send(b"GET / HTTP/1.1\r\nX-Slow: ")
        assert trickle(connection, b"a")


def test_a_trickled_body_does_not_start_the_time_anew(hurried):
    with hurried.connect() as connection:
        connection.send(f"PUT /stream HTTP/1.1\r\nHost: t\r\n{JSON}Content-Length: 5000\r\n\r\n".encode())
        assert trickle(connection, b"a")


def test_slow_header_of_a_later_request(hurried):
    with hurried.connect() as connection:
        connection.request("GET", "/")
        assert connection.response().status == 200
        time.sleep(0.2)  # the sweep has seen the connection idle
        connection.send(b"GET / HT")
        connection.response().plain_error(408, "the request's header came too slowly")
        assert connection.closed()


def test_a_request_line_without_its_headers(hurried):
    with hurried.connect() as connection:
        connection.request("GET", "/")
        assert connection.response().status == 200
        connection.send(b"GET / HTTP/1.1\r\nHost: t\r\n")
        assert connection.response().status == 408
        assert connection.closed()


@pytest.mark.parametrize("path", ["/stream", "/none"])
def test_slow_body(hurried, path):
    with hurried.connect() as connection:
        connection.send(f"PUT {path} HTTP/1.1\r\nHost: t\r\n{JSON}Content-Length: 50\r\n\r\n{{".encode())
        connection.response().plain_error(408, "the request's body came too slowly")
        assert connection.closed()


def test_a_body_that_moves_may_take_its_time(hurried):
    """Longer in all than the limit, but never without progress."""
    with hurried.connect() as connection:
        connection.send(f"PUT /stream HTTP/1.1\r\nHost: t\r\n{JSON}Content-Length: 20480\r\n\r\n".encode())
        for _ in range(20):
            connection.send(b"x" * 1024)
            time.sleep(0.05)
        assert connection.response().json == {"bytes": 20480}


def test_connection_without_a_byte(hurried):
    with hurried.connect() as connection:
        assert connection.closed()


def test_idle_connection_is_closed_late(hurried):
    with hurried.connect() as connection:
        connection.request("GET", "/")
        assert connection.response().status == 200
        time.sleep(0.6)  # longer than the header's time
        connection.request("GET", "/")
        assert connection.response().status == 200
        assert connection.closed()


def test_a_waiting_call_has_no_deadline_here(hurried):
    with hurried.connect() as connection:
        connection.request("GET", "/sleep?ms=1500")
        assert connection.response().json == {"ok": True}


def test_an_answer_that_nobody_reads(hurried):
    with socket.socket() as unread:
        unread.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        unread.connect(hurried.address)
        unread.sendall(b"GET /big?kb=20000 HTTP/1.1\r\nHost: t\r\n\r\n")
        time.sleep(4)
        received = 0
        try:
            while data := unread.recv(65536):
                received += len(data)
        except ConnectionResetError:
            pass
        assert received < 20000 * 1024


# ---- size ----

def test_oversized_header(small):
    with small.connect() as connection:
        connection.request("GET", "/", headers=[("X-Long", "a" * 5000)])
        answer = connection.response()
        assert answer.status == 431 and "exceeds the limit of [4096]" in answer.json["error"]
        assert connection.closed()


def test_many_headers(small):
    with small.connect() as connection:
        connection.request("GET", "/", headers=[(f"X-{i}", "a") for i in range(1000)])
        assert connection.response().status == 431


def test_header_beyond_all_memory(small):
    with small.connect() as connection:
        try:
            connection.request("GET", "/", headers=[("X-Long", "a" * 400000)])
            assert connection.response().status == 431
        except ConnectionError:
            pass  # closed while the header was still being sent
    assert small.ask("GET", "/").status == 200


def test_long_uri(small):
    with small.connect() as connection:
        connection.request("GET", "/" + "a" * 5000)
        assert connection.response().status == 431


def test_header_within_the_limit(small):
    assert small.ask("GET", "/", headers=[("X-Long", "a" * 3500)]).status == 200


def test_body_at_the_limit_and_beyond(small):
    assert small.ask("POST", "/echo/x", text_of(10000)).status == 200
    answer = small.ask("POST", "/echo/x", text_of(10001))
    answer.plain_error(413, "the request body of [10001] bytes exceeds http.max_content_length [10000]")
    assert answer.headers["connection"].lower() == "close"


def test_a_long_body_is_answered_before_it_came(small):
    with small.connect() as connection:
        connection.send(f"POST /echo/x HTTP/1.1\r\nHost: t\r\n{JSON}Content-Length: 99999999999\r\n\r\n".encode())
        assert connection.response().status == 413


def test_the_answer_to_a_long_body_arrives_although_the_client_goes_on_sending(small):
    """Closing a socket with unread bytes would reset it and lose the answer."""
    with small.connect() as connection:
        connection.request("POST", "/echo/x", b"x" * 50_000_000)
        assert connection.response().status == 413


def test_chunked_body_beyond_the_limit(small):
    chunk = b"3e8\r\n" + b"x" * 1000 + b"\r\n"
    for path in ["/echo/x", "/none"]:
        with small.connect() as connection:
            connection.send(f"POST {path} HTTP/1.1\r\nHost: t\r\n{JSON}Transfer-Encoding: chunked\r\n\r\n".encode())
            connection.send(chunk * 100)
            connection.response().plain_error(
                413, "the request body exceeds http.max_content_length [10000]")
            assert connection.closed()


GZIP = [("Content-Encoding", "gzip")]


def test_gzip_body(small):
    assert small.ask("POST", "/echo/x", gzip.compress(text_of(5000)), GZIP).json["text"] == "x" * 4988
    streamed = small.ask("PUT", "/stream", gzip.compress(text_of(5000)), GZIP)
    assert streamed.json == {"bytes": 5000}


def test_gzip_body_that_inflates_beyond_the_limit(small):
    for path, method in [("/echo/x", "POST"), ("/stream", "PUT")]:
        with small.connect() as connection:
            connection.request(method, path, gzip.compress(text_of(500000)), GZIP)
            assert connection.response().status == 413
            connection.request("GET", "/")
            assert connection.response().status == 200


def test_gzip_bomb():
    bomb = gzip.compress(b" " * 50_000_000)
    with HttpTool(max_content_length=100_000_000) as tool:
        answer = tool.ask("POST", "/echo/x", bomb, GZIP)
        answer.plain_error(413, "the gzip request body inflates to more than is allowed")


@pytest.mark.parametrize("body", [b"{}", gzip.compress(b"{}")[:-4], gzip.compress(b"{}") + b"x"],
                         ids=["not gzip", "without its end", "with more after its end"])
def test_gzip_body_that_is_none(small, body):
    answer = small.ask("POST", "/echo/x", body, GZIP)
    assert answer.status == 400
    assert answer.json["error"]["reason"] == "the request body is not in gzip format"


def test_gzip_bodies_that_break_off_leave_no_account(small):
    """Four bodies of the greatest length may be in flight; what was refused does not count any more."""
    broken = gzip.compress(text_of(9000))[:-4]
    for _ in range(8):
        assert small.ask("POST", "/echo/x", broken, GZIP).status == 400
    assert small.ask("POST", "/echo/x", gzip.compress(text_of(9000)), GZIP).status == 200


def test_other_encodings(small):
    answer = small.ask("POST", "/echo/x", b"{}", [("Content-Encoding", "br")])
    assert answer.json["error"]["reason"] == "Content-Encoding [br] is not supported"
    assert small.ask("POST", "/echo/x", b"{}", [("Content-Encoding", "identity")]).status == 200


def test_bodies_in_flight():
    """Four times the longest body may be buffered at once; the next sender is told to come again."""
    with HttpTool(max_content_length=10000) as tool:
        body = text_of(10000)
        held = [tool.connect(source=f"127.0.0.{last}") for last in (2, 2, 3, 3)]
        for connection in held:
            connection.send(f"POST /echo/x HTTP/1.1\r\nHost: t\r\n{JSON}Content-Length: 10000\r\n\r\n".encode()
                            + body[:9990])
        def refused():
            answer = tool.ask("POST", "/echo/x", text_of(5000))
            return answer.status == 429 and answer
        answer = until(refused, "a fifth body is refused")
        assert answer.headers["retry-after"] == "1"
        for connection in held:
            connection.send(body[9990:])
            assert connection.response().status == 200
            connection.close()
        assert tool.ask("POST", "/echo/x", body).status == 200


# ---- number ----

def served(tool, connection):
    """Whether a connection gets an answer; one too many is closed, or waits to be accepted."""
    try:
        connection.request("GET", "/")
        return connection.response().status == 200
    except (OSError, AssertionError):
        return False


def test_connections_per_address():
    with HttpTool(per_address=3) as tool:
        connections = [tool.connect() for _ in range(3)]
        assert all(served(tool, c) for c in connections)
        with tool.connect() as fourth:
            assert not served(tool, fourth)
        connections.pop().close()

        def free_again():
            with tool.connect() as connection:
                return served(tool, connection)
        until(free_again, "the place of the closed connection is free")
        for connection in connections:
            assert served(tool, connection)
            connection.close()


def test_connections_in_all():
    with HttpTool(max_connections=3) as tool:
        connections = [tool.connect() for _ in range(3)]
        assert all(served(tool, c) for c in connections)
        with tool.connect(timeout=0.5) as fourth:
            assert not served(tool, fourth)
        connections.pop().close()

        def free_again():
            with tool.connect(timeout=1) as connection:
                return served(tool, connection)
        until(free_again, "a waiting connection is accepted")
        for connection in connections:
            connection.close()
