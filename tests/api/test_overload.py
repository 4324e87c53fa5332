# SPDX-License-Identifier: Apache-2.0
"""More than the machine can do: clients share, who cannot be served in time is told at once, and a 408
says where the time went."""

import concurrent.futures
import os
import re
import select
import signal
import socket
import time

import pytest

from support import models
from support.daemon import ENGINE
from support.poll import until
from support.raw import RawConnection

HEAVY, LIGHT = "127.0.0.2", "127.0.0.3"
SLOW_TO_LOAD = {"load_sleep_ms": 400} if ENGINE == "fake" else {"ballast_bytes": 200 << 20}
FULL = "inference process queue is full. Unable to execute command"
GAVE_WAY = FULL + "; it gave way to a client with fewer documents in the queue"


def path(model_id, timeout="60s"):
    return f"/_ml/trained_models/{model_id}/_infer?timeout={timeout}"


def docs(*texts):
    return {"docs": [{"text_field": text} for text in texts]}


def ask(daemon, source, model_id, *texts, timeout="60s"):
    """A connection from this address with one request on its way."""
    connection = RawConnection(daemon, timeout=60, source=source)
    connection.request("POST", path(model_id, timeout), docs(*texts))
    return connection


def queue_stats(daemon, model_id):
    return models.stats(daemon, model_id)["deployment_stats"]["queue_stats"]


def waiting(daemon, model_id, documents):
    until(lambda: queue_stats(daemon, model_id)["waiting_documents"] == documents,
          f"{documents} documents wait")


def is_answered(connection):
    return bool(select.select([connection.socket], [], [], 0)[0])


# ---- fairness ----

def test_a_light_client_does_not_wait_behind_a_heavy_one(daemon, name):
    """Its documents have their turn after one of the other's each."""
    models.serve(daemon, name, models.behaving(forward_ms=50), cache_size="0")
    with ask(daemon, HEAVY, name, *["alpha"] * 200) as heavy:
        until(lambda: queue_stats(daemon, name)["waiting_clients"] == 1, "the heavy one waits")
        with ask(daemon, LIGHT, name, "beta", "gamma") as light:
            results = light.response().ok()["inference_results"]
            assert [models.float32(one["predicted_value"]) for one in results] == \
                [models.embedding("beta"), models.embedding("gamma")]
        assert not is_answered(heavy)
    until(lambda: queue_stats(daemon, name)["client_left_count"] > 0, "it is seen to leave")
    found = queue_stats(daemon, name)
    assert found["waiting_documents"] == 0 and found["gave_way_count"] == 0
    assert found["dropped_before_inference_count"] > 0
    assert found["client_left_count"] == models.node_stats(daemon, name)["timeout_count"] == \
        found["dropped_before_inference_count"] + found["inference_in_vain_count"]


def test_who_has_most_gives_way(daemon, name):
    """A full queue makes room for a client with less than its share, at the cost of the newest request of the
    one that has most; that one itself is refused."""
    models.serve(daemon, name, models.behaving(), queue_capacity=6)
    with ask(daemon, HEAVY, name, "hang", timeout="1h") as stuck:
        until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] == 1, "busy")
        held = []
        for number in range(3):
            held.append(ask(daemon, HEAVY, name, "alpha", "beta"))
            waiting(daemon, name, 2 * number + 2)
        with ask(daemon, HEAVY, name, "alpha") as refused:
            refused.response().fails(429, "es_rejected_execution_exception", FULL)
        with ask(daemon, LIGHT, name, "alpha", "beta", "gamma", "delta") as greedy:
            greedy.response().fails(429, "es_rejected_execution_exception", FULL)
        light = ask(daemon, LIGHT, name, "gamma")
        answer = held.pop().response()
        answer.fails(429, "es_rejected_execution_exception", GAVE_WAY)
        assert int(answer.headers["retry-after"]) >= 1
        waiting(daemon, name, 5)
        found = queue_stats(daemon, name)
        assert found["gave_way_count"] == 2 and found["waiting_clients"] == 2
        assert models.node_stats(daemon, name)["rejected_execution_count"] == 1 + 4 + 2
        assert not is_answered(light) and not any(map(is_answered, held))
        assert stuck.response().status == 500
    for connection in [light, *held]:
        connection.response().ok()
        connection.close()


def test_a_client_alone_may_fill_the_queue(daemon, name):
    models.serve(daemon, name, models.behaving(), queue_capacity=4)
    with ask(daemon, HEAVY, name, "hang", timeout="1s") as stuck:
        until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] == 1, "busy")
        with ask(daemon, HEAVY, name, *["alpha"] * 4) as whole:
            waiting(daemon, name, 4)
            assert stuck.response().status == 408
            assert len(whole.response().ok()["inference_results"]) == 4


def test_a_lost_document_goes_before_all_others(daemon, name):
    """A worker's death does not put its document behind those of other clients."""
    models.serve(daemon, name, models.behaving(forward_ms=300), cache_size="0")
    with ask(daemon, HEAVY, name, "alpha") as lost:
        until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] == 1, "runs")
        others = [ask(daemon, f"127.0.0.{last}", name, *["beta"] * 20) for last in range(3, 8)]
        waiting(daemon, name, 100)
        os.kill(daemon.worker(), signal.SIGKILL)
        lost.response().ok()
        assert not any(map(is_answered, others))
        for connection in others:
            connection.close()


# ---- deadlines ----

def test_a_request_that_cannot_be_in_time_is_refused_at_once(daemon, name):
    """By what documents were measured to take; another client, who waits for one turn, is not concerned."""
    models.serve(daemon, name, models.behaving(forward_ms=100), cache_size="0")
    models.vectors(daemon, name, "alpha")
    with ask(daemon, HEAVY, name, *["alpha"] * 300) as heavy:
        until(lambda: queue_stats(daemon, name)["waiting_documents"] > 200, "the queue is long")
        assert queue_stats(daemon, name)["estimated_wait_ms"] >= 20_000
        with ask(daemon, HEAVY, name, "beta", timeout="15s") as hopeless:
            answer = hopeless.response()
        answer.fails(429, "es_rejected_execution_exception", re.compile(
            r"inference process queue is too long for the request's timeout \[15s\]: behind \[\d+\] documents "
            r"it would be done after about \[[\d.]+(s|m)\], and it has \[[\d.]+(s|ms)\] left"))
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        assert queue_stats(daemon, name)["rejected_for_timeout_count"] == 1
        assert models.node_stats(daemon, name)["rejected_execution_count"] == 1
        with ask(daemon, LIGHT, name, "beta", timeout="15s") as light:
            light.response().ok()
        with ask(daemon, HEAVY, name, "beta", timeout="1h") as patient:
            until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] > 200, "it waits")
            assert not is_answered(patient)
        assert not is_answered(heavy)


def test_an_answer_from_the_cache_needs_no_turn(daemon, name):
    models.serve(daemon, name, models.behaving(forward_ms=100))
    known = models.vectors(daemon, name, "alpha")
    texts = [f"{first} {second}" for first in models.VOCABULARY[11:31] for second in models.VOCABULARY[11:22]]
    with ask(daemon, HEAVY, name, *texts):
        until(lambda: queue_stats(daemon, name)["waiting_documents"] > 150, "the queue is long")
        with ask(daemon, HEAVY, name, "alpha", timeout="5s") as cached:
            result, = cached.response().ok()["inference_results"]
            assert [models.float32(result["predicted_value"])] == known


def test_the_408_names_the_queue(daemon, name):
    models.serve(daemon, name, models.behaving())
    with ask(daemon, HEAVY, name, "hang", timeout="2s") as stuck:
        until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] == 1, "busy")
        with ask(daemon, LIGHT, name, "alpha", timeout="400ms") as late:
            late.response().fails(408, "status_exception", models.late("400ms", "in the queue"))
        stuck.response().fails(408, "status_exception", models.late("2s", "computing"))
    found = queue_stats(daemon, name)
    assert found["dropped_before_inference_count"] == 1 and found["inference_in_vain_count"] == 1
    assert found["client_left_count"] == 0
    assert models.node_stats(daemon, name)["timeout_count"] == 2


def test_the_time_runs_while_the_request_is_read(daemon, name):
    """What is too late when it has come is not computed."""
    models.serve(daemon, name, models.behaving())
    body = b'{"docs":[{"text_field":"alpha"}]}'
    with RawConnection(daemon) as slow:
        slow.send(f"POST {path(name, '300ms')} HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
                  f"Content-Length: {len(body)}\r\n\r\n".encode() + body[:5])
        time.sleep(0.5)
        slow.send(body[5:])
        slow.response().fails(408, "status_exception", models.late("300ms", "reading the request"))
    assert models.node_stats(daemon, name)["inference_count"] == 0
    assert queue_stats(daemon, name)["dropped_before_inference_count"] == 1


def test_no_time_at_all(daemon, name):
    """Nothing is computed for nobody."""
    models.serve(daemon, name, models.behaving())
    models.infer(daemon, name, "alpha", query="?timeout=0").fails(
        408, "status_exception",
        re.compile(r"timeout \[0s\] waiting for inference result(; [\d.]+m?s reading the request)?"))
    assert models.node_stats(daemon, name)["inference_count"] == 0


def test_the_408_names_the_wait_for_an_allocation(make_daemon, name):
    """Of a deployment that was woken from zero."""
    daemon = make_daemon({"deployment.adaptive_interval": "250ms", "engine.forward_timeout": "60s",
                          "xpack.ml.trained_models.adaptive_allocations.scale_to_zero_time": "1s",
                          "xpack.ml.trained_models.adaptive_allocations.scale_up_cooldown_time": "1s"})
    models.upload(daemon, name, models.behaving(**SLOW_TO_LOAD))
    daemon.post(f"/_ml/trained_models/{name}/deployment/_start?wait_for=started",
                {"adaptive_allocations": {"enabled": True, "min_number_of_allocations": 0}}).ok()
    until(lambda: not daemon.workers(), "it is scaled to zero")
    error = models.infer(daemon, name, "hang", query="?timeout=4s").fails(
        408, "status_exception", models.late("4s", "(computing|waiting for an allocation)"))
    assert "computing" in error["reason"] and "waiting for an allocation" in error["reason"]


@pytest.mark.parametrize("leave", [socket.SHUT_RDWR, None])
def test_abandoned_documents_are_counted(daemon, name, leave):
    models.serve(daemon, name, models.behaving())
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        stuck = pool.submit(models.infer, daemon, name, "hang", query="?timeout=1s")
        until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] == 1, "busy")
        left = ask(daemon, LIGHT, name, "alpha", "beta")
        waiting(daemon, name, 2)
        if leave is not None:
            left.socket.shutdown(leave)
        left.close()
        until(lambda: queue_stats(daemon, name)["client_left_count"] == 2, "they are counted")
        assert stuck.result().status == 408
    found = queue_stats(daemon, name)
    assert (found["dropped_before_inference_count"], found["inference_in_vain_count"]) == (2, 1)
    assert models.node_stats(daemon, name)["timeout_count"] == 3
    assert models.node_stats(daemon, name)["inference_count"] == 0
