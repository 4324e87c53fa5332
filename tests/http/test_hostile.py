# SPDX-License-Identifier: Apache-2.0
"""Clients that mean harm, and an innocent one beside them: it is served all the while, they are refused or cut
off, and neither memory nor places run out."""

import contextlib
import gzip
import re
import socket
import threading

import pytest

from support import procfs
from support.daemon import SANITIZED
from support.http_tool import HttpTool
from support.poll import until

HOSTILE, OTHER = "127.0.0.2", "127.0.0.3"
POST = "POST /echo/x HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
HIDDEN = b"GET /text HTTP/1.1\r\nHost: t\r\n\r\n"  # is answered with "plain"
CHUNKED = "Transfer-Encoding: chunked\r\n"
MEMORY = 24 << 20  # bytes that a hostile client may cost for the time it is there


@pytest.fixture
def tool():
    """Limits that can be reached in no time, and the check that the server has come to no harm."""
    with HttpTool(header_ms=1000, body_ms=1000, max_connections=60, per_address=30,
                  max_content_length=1 << 20) as running:
        assert running.ask("GET", "/").status == 200
        before = procfs.memory_bytes(running.process.pid, "Rss")
        yield running
        assert running.ask("GET", "/").status == 200
        if not SANITIZED:  # which keeps what was freed for a while
            assert procfs.memory_bytes(running.process.pid, "Rss") - before < MEMORY


@contextlib.contextmanager
def served_beside(tool):
    """An innocent client asks again and again; each of its requests must be answered."""
    over, failures, answers = threading.Event(), [], []

    def ask():
        while not over.is_set():
            try:
                answers.append(tool.ask("GET", "/").json)
            except Exception as error:  # pylint: disable=broad-except
                failures.append(error)
                return

    innocent = threading.Thread(target=ask)
    innocent.start()
    try:
        until(lambda: answers or failures, "it is served")
        yield
        seen = len(answers)
        until(lambda: len(answers) > seen or failures, "it is still served")
    finally:
        over.set()
        innocent.join()
    assert not failures, failures


def everything(connection):
    """All bytes until the other side closes, however it does."""
    received = b""
    try:
        while data := connection.socket.recv(1 << 16):
            received += data
    except ConnectionResetError:
        pass
    return received


# ---- where a request ends ----

@pytest.mark.parametrize("head, body", [
    (CHUNKED.replace(": ", ":\r\n "), b"2\r\n{}\r\n0\r\n\r\n"),
    ("X-A: b\r\n Content-Length: 2\r\n", b"{}"),
    ("X-A: b\r\n c\r\nContent-Length: 2\r\n", b"{}"),
    ("Content-Leng: 2\r\n th\r\n", b"{}"),
    ("X-A: b\nContent-Length: 2\r\n", b"{}"),
    ("Content-Length: 2\n", b"{}"),
    ("Content-Length: 2\r\n\nX-A: b\r\n", b"{}"),
    ("X-A: b\rContent-Length: 2\r\n", b"{}"),
    ("Content-Length: 2\0\r\n", b"{}"),
    ("X-A: b\0c\r\nContent-Length: 2\r\n", b"{}"),
    ("Transfer-Encoding: \x0bchunked\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
    ("Transfer-Encoding: chunked \r\n", b"2\r\n{}\r\n0\r\n\r\n"),
    ("Transfer-Encoding: chunked,\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
    ("Transfer-Encoding: chunked;q=1\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
    ('Transfer-Encoding: "chunked"\r\n', b"2\r\n{}\r\n0\r\n\r\n"),
    ("Transfer-Encoding:\r\nContent-Length: 2\r\n", b"{}"),
    ("Transfer-Encoding : chunked\r\nContent-Length: 2\r\n", b"{}"),
    ("Content-Length: 2 2\r\n", b"{}"),
    ("Content-Length:\r\n", b""),
    ("Content-Length: 18446744073709551618\r\n", b"{}"),
    ("Content-Length: 4294967298\r\n", b"{}"),
    (CHUNKED, b"0x2\r\n{}\r\n0\r\n\r\n"),
    (CHUNKED, b"+2\r\n{}\r\n0\r\n\r\n"),
    (CHUNKED, b"-2\r\n{}\r\n0\r\n\r\n"),
    (CHUNKED, b" 2\r\n{}\r\n0\r\n\r\n"),
    (CHUNKED, b"2 \r\n{}\r\n0\r\n\r\n"),
    (CHUNKED, b"10000000000000002\r\n{}\r\n0\r\n\r\n"),
    (CHUNKED, b"ffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
    (CHUNKED, b"2;a\nx\r\n{}\r\n0\r\n\r\n"),
    (CHUNKED, b"2\r\n{}XX0\r\n\r\n"),
    (CHUNKED, b"2\r\n{}}\r\n0\r\n\r\n"),
])
def test_nothing_is_smuggled(tool, head, body):
    """Whatever a proxy in front makes of it: refused, and what hides behind it is not served."""
    with tool.connect() as connection:
        connection.send((POST + head + "\r\n").encode() + body + HIDDEN)
        received = everything(connection)
    assert re.match(rb"HTTP/1\.1 4\d\d ", received), received
    assert b"plain" not in received and b"200 OK" not in received


@pytest.mark.parametrize("pieces", [1, 7, 100])
def test_honest_headers_are_taken_in_any_pieces(tool, pieces):
    """The check of lines looks at where headers stand in memory; in pieces, and long, they stand there, too."""
    lines = [f"X-{number}:{' ' * (number % 3)}{'v' * (number * 7 % 90)}\r\n" for number in range(200)]
    request = ("GET / HTTP/1.1\r\nHost: t\r\nX-Empty:\r\nX-Blank: \r\nX-Tail: a \t\r\n"
               + "".join(lines) + "\r\n").encode()
    with tool.connect() as connection:
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(3):
            step = len(request) // pieces + 1
            for begin in range(0, len(request), step):
                connection.send(request[begin:begin + step])
            assert connection.response().json == {"ok": True}


# ---- many and slow ----

def test_flood_of_connections(tool):
    """One address gets as many as it may have, and each other client still finds its place."""
    with contextlib.ExitStack() as stack:
        flood = [stack.enter_context(tool.connect(source=HOSTILE)) for _ in range(100)]
        answered = 0
        for connection in flood:
            with contextlib.suppress(OSError, AssertionError):
                connection.request("GET", "/")
                answered += connection.response().status == 200
        assert answered == 30
        with served_beside(tool):
            assert sum(one.closed() for one in flood[30:]) == 70


@pytest.mark.parametrize("head, rest", [
    ("GET / HTTP/1.1\r\nHost: t\r\nX-Slow: ", b"a"),
    (POST + "Content-Length: 5000\r\n\r\n", b" "),
    (POST + CHUNKED + "\r\n", b"1\r\n \r\n"),
])
def test_slowloris(tool, head, rest):
    """Byte by byte on every connection that one address may have: cut off, all of them, by their deadline."""
    slow = [tool.connect(source=HOSTILE) for _ in range(30)]
    for connection in slow:
        connection.send(head.encode())
        connection.socket.setblocking(False)
    with served_beside(tool):
        def trickle():
            for connection in list(slow):
                try:
                    connection.send(rest)
                    ended = connection.socket.recv(1 << 16) == b""
                except BlockingIOError:
                    continue
                except OSError:
                    ended = True
                if ended:
                    connection.close()
                    slow.remove(connection)
            return not slow
        until(trickle, "all are cut off")


# ---- large in number ----

@pytest.mark.parametrize("extension", [b"", b";a", b';name="value"'])
def test_a_hundred_thousand_chunks(tool, extension):
    """Of one byte each. They are one body, which is bounded as any other."""
    count = 100_000
    chunk = b"1" + extension + b"\r\n \r\n"
    with served_beside(tool), tool.connect(source=HOSTILE) as connection:
        connection.send((POST + CHUNKED + "\r\n").encode() + b"2\r\n{}\r\n" + chunk * count + b"0\r\n\r\n")
        assert connection.response().status == 200


def test_chunks_without_end(tool):
    with served_beside(tool), tool.connect(source=HOSTILE) as connection:
        with contextlib.suppress(OSError):
            connection.send((POST + CHUNKED + "\r\n").encode())
            for _ in range(100):
                connection.send(b"1\r\n \r\n" * 50_000)
        assert everything(connection).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("line", [b"2;" + b"a" * 500_000, b"0" * 500_000 + b"2"])
def test_a_chunk_line_without_end(tool, line):
    with served_beside(tool), tool.connect(source=HOSTILE) as connection:
        with contextlib.suppress(OSError):
            connection.send((POST + CHUNKED + "\r\n").encode() + line)
        assert re.match(rb"HTTP/1\.1 4\d\d ", everything(connection) or b"HTTP/1.1 400 ")


@pytest.mark.parametrize("head", [
    b"X-Long: " + b"a" * 1_000_000 + b"\r\n", b"".join(b"X-%d: a\r\n" % i for i in range(100_000)),
    b"a" * 1_000_000, b"X:\r\n" * 100_000])
def test_headers_without_end(tool, head):
    with served_beside(tool), tool.connect(source=HOSTILE) as connection:
        with contextlib.suppress(OSError):
            connection.send(b"GET / HTTP/1.1\r\nHost: t\r\n" + head + b"\r\n")
        received = everything(connection)
        assert received == b"" or re.match(rb"HTTP/1\.1 4(00|13|31) ", received), received[:200]


def test_thousands_of_requests_in_the_pipe(tool):
    """All are answered, one after the other, and nobody else waits for that."""
    count = 5000
    with served_beside(tool), tool.connect(source=HOSTILE) as connection:
        sender = threading.Thread(target=connection.send, args=(b"GET / HTTP/1.1\r\nHost: t\r\n\r\n" * count,))
        sender.start()
        for _ in range(count):
            assert connection.response().status == 200
        sender.join()


def test_nobody_reads_the_answers(tool):
    """Each connection asks for many long answers and reads none: cut off, without an answer made in advance."""
    with contextlib.ExitStack() as stack:
        deaf = []
        for _ in range(30):
            connection = socket.socket()
            stack.callback(connection.close)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.bind((HOSTILE, 0))
            connection.settimeout(20)
            connection.connect(tool.address)
            connection.sendall(b"GET /big?kb=500 HTTP/1.1\r\nHost: t\r\n\r\n" * 20)
            deaf.append(connection)
        with served_beside(tool):
            def places_are_free():
                with contextlib.suppress(OSError, AssertionError), tool.connect(source=HOSTILE) as other:
                    other.request("GET", "/")
                    return other.response().status == 200
                return False
            until(places_are_free, "the deaf ones are cut off")


# ---- small and then large ----

BOMB = gzip.compress(b" " * 10_000_000)
GZIP = [("Content-Encoding", "gzip")]


@pytest.mark.parametrize("body", [
    BOMB * 100, gzip.compress(b"") * 30_000 + BOMB, gzip.compress(b" " * 30_000) * 2000],
    ids=["a gigabyte", "behind empty members", "of many members"])
def test_decompression_bombs(tool, body):
    with served_beside(tool), tool.connect(source=HOSTILE) as connection:
        connection.request("POST", "/echo/x", body[:1_000_000], GZIP)
        connection.response().plain_error(413, "the gzip request body inflates to more than is allowed")


def test_gzip_members_without_content(tool):
    with served_beside(tool), tool.connect(source=HOSTILE) as connection:
        connection.request("POST", "/echo/x", gzip.compress(b"") * 40_000, GZIP)
        assert connection.response().json["error"]["reason"] == "requires body"


# ---- room for bodies ----

def test_one_client_cannot_take_all_the_room_for_bodies(tool):
    """Half of what may be buffered is the most that one address gets; others are served beside it."""
    part = b'{"text":"' + b"x" * ((1 << 20) - 1000)
    held = [tool.connect(source=HOSTILE) for _ in range(4)]
    head = (POST + f"Content-Length: {1 << 20}\r\n\r\n").encode()
    for connection in held:
        connection.send(head + part)
    with tool.connect(source=OTHER) as other:
        other.request("POST", "/echo/x", {"text": "y" * 500_000})
        assert other.response().json["text"] == "y" * 500_000
    for connection in held:
        connection.send(b" " * ((1 << 20) - len(part) - 2) + b'"}')
    assert sorted(connection.response().status for connection in held) == [200, 200, 429, 429]
    for connection in held:
        connection.close()
