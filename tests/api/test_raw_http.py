# SPDX-License-Identifier: Apache-2.0
"""Bytes on a socket: framing that must be refused, pipelining, clients that leave, slow clients."""

import concurrent.futures
import select
import socket
import time

import pytest

from support import models
from support.poll import until
from support.raw import RawConnection

POST = b"POST /_ml/trained_models/none/_infer HTTP/1.1\r\nHost: t\r\n" \
       b"Content-Type: application/json\r\n"


def infer_path(model_id, timeout="30s"):
    return f"/_ml/trained_models/{model_id}/_infer?timeout={timeout}"


@pytest.mark.parametrize("framing", [
    b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    b"Content-Length: 2\r\nContent-Length: 4\r\n\r\n{}{}",
    b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    b"Transfer-Encoding: gzip\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked, gzip\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    b"Content-Length: -2\r\n\r\n{}",
    b"Content-Length: 2x\r\n\r\n{}",
    b"Content-Length: 0x2\r\n\r\n{}",
    b"Content-Length: 99999999999999999999\r\n\r\n{}",
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
])
def test_ambiguous_framing_is_refused_and_closed(daemon, framing):
    with RawConnection(daemon) as connection:
        connection.send(POST + framing)
        status, _ = connection.head_of_response()
        assert 400 <= status < 500 and status not in (404, 405)
        connection.pending = b""
        while connection.socket.recv(65536):
            pass  # reads the rest; the connection must end, not serve what follows


def test_smuggled_request_is_not_served(daemon):
    """What hides behind the second length must never be answered."""
    with RawConnection(daemon) as connection:
        hidden = b"GET /_cluster/health HTTP/1.1\r\nHost: t\r\n\r\n"
        connection.send(POST + b"Content-Length: 2\r\nContent-Length: %d\r\n\r\n{}" %
                        (2 + len(hidden)) + hidden)
        received = b""
        while data := connection.socket.recv(65536):
            received += data
        assert received.count(b"HTTP/1.1 ") == 1 and b"cluster_name" not in received


def test_pipelining(daemon, name):
    models.serve(daemon, name, models.behaving())
    with RawConnection(daemon) as connection:
        for text in ("alpha", "beta", "gamma"):
            connection.request("POST", infer_path(name), {"docs": [{"text_field": text}]})
        connection.request("GET", "/")
        for text in ("alpha", "beta", "gamma"):
            result, = connection.response().ok()["inference_results"]
            assert models.float32(result["predicted_value"]) == models.embedding(text)
        assert connection.response().json["tagline"]


def test_errors_keep_the_connection(daemon):
    with RawConnection(daemon) as connection:
        for _ in range(3):
            connection.request("POST", infer_path("none"), {"docs": [{"text_field": "a"}]})
            assert connection.response().status == 404
            connection.request("GET", "/_ml/trained_models", body={"unwanted": 1})
            assert connection.response().status == 400
            connection.request("PUT", "/_ml/trained_models/Bad", body={})
            assert connection.response().status == 400


def test_http_1_0(daemon):
    with RawConnection(daemon) as connection:
        connection.send(b"GET / HTTP/1.0\r\n\r\n")
        assert b" 200 " in connection.socket.recv(65536).split(b"\r\n")[0]


def test_oversized_header(daemon):
    with RawConnection(daemon) as connection:
        try:
            connection.send(b"GET / HTTP/1.1\r\nHost: t\r\nX-Long: " + b"a" * 200_000 + b"\r\n\r\n")
        except OSError:
            pass
        assert connection.head_of_response()[0] in (413, 431)


def test_long_uri(daemon):
    answer = daemon.get("/_ml/trained_models/" + "a" * 12_000)
    assert answer.status in (400, 404, 414), answer


@pytest.mark.parametrize("head", [b"GET / HTTP/1.1\r\nHost: t\r\n", b"GE", POST +
                                  b"Content-Length: 10\r\n\r\n{"])
def test_slow_clients_are_cut_off(make_daemon, head):
    daemon = make_daemon({"http.header_timeout": "500ms", "http.body_timeout": "500ms"})
    with RawConnection(daemon) as connection:
        connection.send(head)
        data = b""
        while piece := connection.socket.recv(65536):
            data += piece
        assert data == b"" or b" 408 " in data.split(b"\r\n")[0]


def test_trickling_header_is_cut_off(make_daemon):
    """Every byte in time, the whole too late."""
    daemon = make_daemon({"http.header_timeout": "500ms"})
    with RawConnection(daemon) as connection:
        connection.send(b"GET / HTTP/1.1\r\nHost: t\r\nX: ")
        connection.socket.settimeout(0.05)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                connection.send(b"a")
                data = connection.socket.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                return
            assert data == b"" or b" 408 " in data.split(b"\r\n")[0]
            return
        raise AssertionError("still open after 20 s")


def test_client_that_leaves_while_queued(daemon, name):
    """Its document is never computed and is counted; those behind it are answered."""
    models.serve(daemon, name, models.behaving())
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        stuck = pool.submit(models.infer, daemon, name, "hang", query="?timeout=2s")
        until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] == 1, "busy")
        with RawConnection(daemon) as connection:
            connection.request("POST", infer_path(name), {"docs": [{"text_field": "alpha"}] * 3})
            until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] == 4,
                  "three documents queued")
        until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] == 1,
              "they leave the queue with their client")
        assert models.node_stats(daemon, name)["timeout_count"] >= 1
        behind = pool.submit(models.vectors, daemon, name, "beta", query="?timeout=30s")
        assert behind.result() == [models.embedding("beta")]
        assert stuck.result().status == 408
    assert models.node_stats(daemon, name)["inference_count"] == 1


def test_client_that_leaves_while_its_document_runs(daemon, name):
    models.serve(daemon, name, models.behaving(forward_ms=200))
    for _ in range(5):
        with RawConnection(daemon) as connection:
            connection.request("POST", infer_path(name), {"docs": [{"text_field": "alpha"}]})
            until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] >= 1,
                  "running")
    assert models.vectors(daemon, name, "beta") == [models.embedding("beta")]


def test_half_closed_client_gets_its_answer_or_is_dropped(daemon, name):
    models.serve(daemon, name, models.behaving())
    with RawConnection(daemon) as connection:
        connection.request("POST", infer_path(name), {"docs": [{"text_field": "alpha"}]})
        connection.socket.shutdown(socket.SHUT_WR)
        data = b""
        while piece := connection.socket.recv(65536):
            data += piece
        assert data == b"" or data.startswith(b"HTTP/1.1 200")


def test_stop_with_waiting_requests(make_daemon, name):
    """SIGTERM with suspended connections: each gets an answer, and the exit status is 0."""
    daemon = make_daemon({"shutdown.drain_timeout": "500ms", "engine.forward_timeout": "60s"})
    models.serve(daemon, name, models.behaving())
    connections = [RawConnection(daemon) for _ in range(5)]
    for connection in connections:
        connection.request("POST", infer_path(name), {"docs": [{"text_field": "hang"}]})
    until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] == 5, "all wait")
    daemon.stop()
    for connection in connections:
        answer = connection.response()
        assert answer.status == 503 and answer.json["error"]["reason"], answer
        assert answer.headers.get("connection", "").lower() == "close"
        assert connection.closed()
        connection.close()


def test_many_idle_connections_do_not_block_others(daemon):
    idle = [RawConnection(daemon) for _ in range(200)]
    assert daemon.get("/").status == 200
    for connection in idle:
        connection.close()


def test_connections_beyond_the_limit_wait(make_daemon):
    daemon = make_daemon({"http.max_connections": 8})
    held = [RawConnection(daemon) for _ in range(8)]
    for connection in held:
        connection.request("GET", "/")
        assert connection.response().status == 200
    with RawConnection(daemon) as extra:
        extra.request("GET", "/")
        held[0].request("GET", "/")
        assert held[0].response().status == 200
        assert not select.select([extra.socket], [], [], 0)[0]
        held[0].close()
        assert extra.response().status == 200
    for connection in held[1:]:
        connection.close()


def test_encoded_slash_is_part_of_the_segment(daemon, name):
    models.put_config(daemon, name)
    answer = daemon.get(f"/_ml%2Ftrained_models%2F{name}")
    assert answer.status == 400 and "no handler found" in answer.json["error"], answer
    assert daemon.get(f"/%5Fml/trained_models/{name}").status in (200, 400)


def test_bad_percent_encoding(daemon):
    for path in ("/_ml/trained_models/%", "/_ml/trained_models/%zz", "/_ml/trained_models/%ff"):
        assert 400 <= daemon.get(path).status < 500
