# SPDX-License-Identifier: Apache-2.0
"""Where a request ends: bodies of every kind stay in step, and doubtful framing is refused."""

import json

import pytest

from support.http_tool import HttpTool

JSON = "Content-Type: application/json\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"


@pytest.fixture(scope="module")
def tool():
    with HttpTool() as running:
        yield running


def chunks(*pieces):
    body = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces)
    return body + b"0\r\n\r\n"


def send(connection, first_line, headers="", body=b""):
    connection.send(f"{first_line}\r\nHost: t\r\n{headers}\r\n".encode() + body)


def everything(connection):
    """All bytes until the other side closes."""
    received = b""
    while data := connection.socket.recv(65536):
        received += data
    return received


@pytest.mark.parametrize("headers", [
    "Content-Length: 2\r\nContent-Length: 2\r\n",
    "Content-Length: 2\r\nContent-Length: 3\r\n",
    "Content-Length: 2\r\n" + CHUNKED,
    CHUNKED + "Content-Length: 2\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "Transfer-Encoding: identity\r\n",
    "Transfer-Encoding: xchunked\r\n",
    CHUNKED + CHUNKED,
    "Content-Length: +2\r\n",
    "Content-Length: 0x2\r\n",
    "Content-Length: -2\r\n",
    "Content-Length: 2, 2\r\n",
    "Content-Length : 2\r\n",
    "Host: other\r\n",
    "X-Bad: a\x01b\r\n",
    "X Bad: a\r\n",
])
def test_doubtful_framing_is_refused_and_ends_the_connection(tool, headers):
    with tool.connect() as connection:
        send(connection, "POST /echo/x HTTP/1.1", JSON + headers, b"{}GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        received = everything(connection)
        assert received.startswith(b"HTTP/1.1 400 "), received
        assert b"200 OK" not in received


def test_the_refusal_says_why(tool):
    with tool.connect() as connection:
        send(connection, "POST /echo/x HTTP/1.1", "Content-Length: 2\r\nContent-Length: 2\r\n", b"{}")
        answer = connection.response()
        assert answer.headers["connection"].lower() == "close"
        answer.plain_error(400, "Host, Content-Length and Transfer-Encoding may be given once only")


def test_two_lengths_in_one_request(tool):
    """Each of the two would do; which one a proxy in front believes cannot be known."""
    for headers in ["Content-Length: 12\r\n" + CHUNKED, CHUNKED + "Content-Length: 12\r\n"]:
        with tool.connect() as connection:
            send(connection, "POST /echo/x HTTP/1.1", JSON + headers, chunks(b"{}"))
            connection.response().plain_error(
                400, "Content-Length and Transfer-Encoding exclude each other")
            assert connection.closed()


def test_chunked_in_http_10_is_refused(tool):
    with tool.connect() as connection:
        send(connection, "POST /echo/x HTTP/1.0", JSON + CHUNKED, chunks(b"{}"))
        assert connection.response().status == 400
        assert connection.closed()


def test_get_with_a_body_stays_in_step(tool):
    with tool.connect() as connection:
        for number in range(3):
            connection.request("GET", f"/echo/{number}", {"text": "t" * number})
            answer = connection.response().json
            assert answer["id"] == str(number) and answer["text"] == "t" * number


def test_refused_requests_stay_in_step(tool):
    """The body of a request that is refused by its header is read away, not taken for a request."""
    body = b"GET /text HTTP/1.1\r\nHost: t\r\n\r\n" * 50
    with tool.connect() as connection:
        for path, status in [("/none", 400), ("/text", 405), ("/stream?fail_at=0", 405), ("/", 405)]:
            connection.request("POST", path, body)
            assert connection.response().status == status, path
            connection.request("GET", "/")
            assert connection.response().json == {"ok": True}


def test_a_body_where_none_is_allowed(tool):
    with tool.connect() as connection:
        connection.request("GET", "/text?pretty", {"a": 1})
        answer = connection.response()
        assert answer.status == 400
        assert answer.json["error"]["reason"] == "request [GET /text] does not support having a body"
        connection.request("GET", "/")
        assert connection.response().status == 200


@pytest.mark.parametrize("pieces", [[b'{"text":"abc"}'], [b'{"text"', b':"abc"', b"}"],
                                    [bytes([c]) for c in b'{"text":"abc"}']])
def test_chunked_body(tool, pieces):
    with tool.connect() as connection:
        for _ in range(2):
            send(connection, "POST /echo/x HTTP/1.1", JSON + CHUNKED, chunks(*pieces))
            assert connection.response().json["text"] == "abc"


def test_empty_chunked_body_is_no_body(tool):
    with tool.connect() as connection:
        send(connection, "POST /echo/x HTTP/1.1", CHUNKED, chunks())
        assert connection.response().json["error"]["reason"] == "requires body"
        send(connection, "GET /echo/x HTTP/1.1", CHUNKED, chunks())
        assert connection.response().json["body"] is False


def test_many_tiny_chunks(tool):
    count = 20000
    with tool.connect() as connection:
        send(connection, "PUT /stream HTTP/1.1", JSON + CHUNKED, chunks(*[b"x"] * count))
        assert connection.response().json == {"bytes": count}
        connection.request("GET", "/")
        assert connection.response().status == 200


def test_pipelining(tool):
    with tool.connect() as connection:
        for number in range(50):
            connection.request("POST", f"/echo/{number}", {"text": "x"})
            connection.request("GET", "/sleep?ms=0")
        for number in range(50):
            assert connection.response().json["id"] == str(number)
            assert connection.response().json == {"ok": True}


def test_head_has_no_body(tool):
    with tool.connect() as connection:
        for _ in range(3):
            connection.request("HEAD", "/")
            answer = connection.response(no_body=True)
            assert answer.status == 200 and answer.headers["content-length"] == "11"
        connection.request("HEAD", "/none")
        assert connection.response(no_body=True).status == 400
        connection.request("HEAD", "/text")
        assert connection.response(no_body=True).status == 405
        connection.request("GET", "/")
        assert connection.response().json == {"ok": True}


def test_expect_100_continue(tool):
    body = json.dumps({"text": "y" * 100000}).encode()
    with tool.connect() as connection:
        for _ in range(2):
            send(connection, "POST /echo/x HTTP/1.1",
                 f"{JSON}Content-Length: {len(body)}\r\nExpect: 100-continue\r\n")
            assert connection.head_of_response()[0] == 100
            connection.send(body)
            assert len(connection.response().json["text"]) == 100000


def test_expect_with_a_chunked_body(tool):
    with tool.connect() as connection:
        send(connection, "PUT /stream HTTP/1.1", f"{JSON}{CHUNKED}Expect: 100-continue\r\n")
        assert connection.head_of_response()[0] == 100
        connection.send(chunks(b"abc", b"de"))
        assert connection.response().json == {"bytes": 5}


@pytest.mark.parametrize("path, kind, status", [
    ("/none", "application/json", 400), ("/echo/x", "text/plain", 406),
    ("/stream", "application/json", 405)])
def test_expect_is_answered_with_the_refusal(tool, path, kind, status):
    """A client that asks first is spared the upload."""
    with tool.connect() as connection:
        send(connection, f"POST {path} HTTP/1.1",
             f"Content-Type: {kind}\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n")
        assert connection.response().status == status
        assert connection.closed()


def test_http_10_closes(tool):
    with tool.connect() as connection:
        connection.send(b"GET / HTTP/1.0\r\n\r\n")
        assert connection._until(b"\r\n\r\n").startswith(b"HTTP/1.")
        assert connection._exactly(11) == b'{"ok":true}'
        assert connection.closed()


def test_upgrade_is_ignored(tool):
    with tool.connect() as connection:
        for _ in range(2):
            send(connection, "GET / HTTP/1.1", "Connection: Upgrade, HTTP2-Settings\r\n"
                 "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n")
            assert connection.response().json == {"ok": True}


def test_connection_close_is_honoured(tool):
    with tool.connect() as connection:
        send(connection, "GET / HTTP/1.1", "Connection: close\r\n")
        assert connection.response().status == 200
        assert connection.closed()


@pytest.mark.parametrize("junk", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"hello\r\n\r\n",
                                  b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\r\n\r\n\r\n",
                                  b"GET / HTTP/1.1\r\n: x\r\n\r\n"])
def test_junk_does_no_harm(tool, junk):
    with tool.connect() as connection:
        connection.send(junk)
    assert tool.ask("GET", "/").status == 200
