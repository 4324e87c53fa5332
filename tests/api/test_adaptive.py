# SPDX-License-Identifier: Apache-2.0
"""Adaptive allocations: up with the load, down without it, to zero and back (compatibility 9.7, 8.5)."""

import concurrent.futures
import contextlib
import json
import os
import re
import signal
import socket
import threading

import pytest

from support import models
from support.poll import until

PREFIX = "xpack.ml.trained_models.adaptive_allocations."
QUICK = {"deployment.adaptive_interval": "250ms", PREFIX + "scale_to_zero_time": "1s",
         PREFIX + "scale_up_cooldown_time": "1s"}
PATIENT = {**QUICK, PREFIX + "scale_to_zero_time": "1h"}


@pytest.fixture
def quick(make_daemon):
    """A daemon that reconsiders four times a second and takes idle deployments to zero at once."""
    return make_daemon(QUICK)


@pytest.fixture
def patient(make_daemon):
    """The same, but it takes nothing to zero."""
    return make_daemon(PATIENT)


def start(daemon, name, definition=None, query="?cache_size=0", **settings):
    models.upload(daemon, name, definition or models.behaving())
    answer = daemon.post(f"/_ml/trained_models/{name}/deployment/_start{query}",
                         {"adaptive_allocations": {"enabled": True, **settings}})
    return answer.ok()["assignment"]


def update(daemon, name, settings):
    return daemon.post(f"/_ml/trained_models/{name}/deployment/_update",
                       {"adaptive_allocations": settings})


def deployment(daemon, name):
    return models.stats(daemon, name)["deployment_stats"]


def wanted(daemon, name):
    return deployment(daemon, name)["number_of_allocations"]


def start_and_sleep(daemon, name, **settings):
    """A deployment that was scaled to zero."""
    start(daemon, name, min_number_of_allocations=0, **settings)
    until(lambda: wanted(daemon, name) == 0, "it is scaled to zero")
    until(lambda: not daemon.workers(), "its process has ended")


@contextlib.contextmanager
def no_processes(daemon):
    """While this lasts no worker can begin, so nothing is woken."""
    zygote = daemon.zygote()
    os.kill(zygote, signal.SIGSTOP)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):  # it has ended with the daemon
            os.kill(zygote, signal.SIGCONT)


@contextlib.contextmanager
def load(daemon, name, clients):
    """Clients that ask for much without a pause; every answer must be a 200."""
    over = threading.Event()

    def ask():
        while not over.is_set():
            models.infer(daemon, name, *["alpha"] * 32, query="?timeout=60s").ok()

    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        running = [pool.submit(ask) for _ in range(clients)]
        try:
            yield
        finally:
            over.set()
        for one in running:
            one.result()


def scaled(daemon):
    """The log lines of decisions, each with its figures."""
    lines = [line for line in daemon.log() if line.get("message") == "deployment scaled"]
    for line in lines:
        for figure in ("from", "to", "wanted", "documents_per_second", "inference_ms", "load_lower",
                       "load_upper", "pending"):
            float(line[figure])
        assert float(line["load_lower"]) <= float(line["load_upper"]), line
    return [(line["deployment_id"], line["because_of"], int(line["from"]), int(line["to"]))
            for line in lines]


def test_settings_are_shown(daemon, name):
    shown = start(daemon, name, min_number_of_allocations=1, max_number_of_allocations=4)
    settings = {"enabled": True, "min_number_of_allocations": 1, "max_number_of_allocations": 4}
    assert shown["adaptive_allocations"] == settings
    assert deployment(daemon, name)["adaptive_allocations"] == settings


def test_up_with_the_load_and_down_without_it(patient, name):
    start(patient, name, models.behaving(forward_ms=60), min_number_of_allocations=1,
          max_number_of_allocations=3)
    with load(patient, name, clients=6):
        until(lambda: wanted(patient, name) == 3, "it has all it may have")
        until(lambda: models.node_stats(patient, name)["number_of_allocations"] == 3, "they answer")
    until(lambda: wanted(patient, name) == 1, "it is down again")
    decisions = scaled(patient)
    assert {why for _, why, _, _ in decisions} <= {"load", "deadlines"}
    assert all(1 <= to <= 3 for _, _, _, to in decisions)
    assert "error_count" not in models.node_stats(patient, name)


def test_without_settings_nothing_is_scaled(quick, name):
    models.serve(quick, name, models.behaving(), number_of_allocations=2)
    start(quick, name + "2", min_number_of_allocations=0)
    until(lambda: wanted(quick, name + "2") == 0, "the other one is scaled to zero")
    assert wanted(quick, name) == 2


def test_a_lower_bound_holds(quick, name):
    start(quick, name, min_number_of_allocations=2)
    start(quick, name + "2", min_number_of_allocations=0)
    until(lambda: wanted(quick, name + "2") == 0, "the other one is scaled to zero")
    assert wanted(quick, name) == 2
    update(quick, name, {"min_number_of_allocations": 3}).ok()
    until(lambda: wanted(quick, name) == 3, "the new lower bound is kept")
    assert (name, "bounds of the settings", 2, 3) in scaled(quick)


def test_to_zero_and_back(quick, name):
    start_and_sleep(quick, name)
    asleep = deployment(quick, name)
    assert asleep["state"] == "started"
    assert asleep["allocation_status"]["target_allocation_count"] == 0
    assert (name, "no requests", 1, 0) in scaled(quick)
    assert models.vectors(quick, name, "alpha", query="?timeout=60s") == [models.embedding("alpha")]
    until(lambda: wanted(quick, name) == 0, "it is scaled to zero again")


def test_a_deployment_at_zero_stays_so_over_a_restart(quick, name):
    start_and_sleep(quick, name)
    quick.stop()
    quick.restart()
    assert wanted(quick, name) == 0 and not quick.workers()
    assert models.vectors(quick, name, "alpha", query="?timeout=60s") == [models.embedding("alpha")]


def test_documents_are_looked_at_when_there_is_an_allocation(quick, name):
    start_and_sleep(quick, name)
    answer = quick.post(f"/_ml/trained_models/{name}/_infer?timeout=60s", {"docs": [{"x": "alpha"}]})
    answer.fails(400, "status_exception",
                 "Input field [text_field] does not exist in the source document")


def test_a_hundred_requests_wait_and_no_more(quick, name):
    start_and_sleep(quick, name)
    ask = lambda: models.infer(quick, name, "alpha", query="?timeout=60s")
    with concurrent.futures.ThreadPoolExecutor(150) as pool:
        with no_processes(quick):
            waiting = [pool.submit(ask) for _ in range(150)]
            until(lambda: sum(one.done() for one in waiting) == 50, "fifty are refused")
        answers = [one.result() for one in waiting]
    refused = [answer for answer in answers if answer.status != 200]
    assert len(refused) == 50
    for answer in refused:
        answer.fails(429, "status_exception",
                     "Rejected inference request waiting for an allocation of deployment "
                     f"[{name}]. Too many pending requests")
        assert answer.headers["Retry-After"] == "1"
    assert deployment(quick, name)["rejected_execution_count"] == 50
    assert deployment(quick, name)["inference_count"] == 100


def test_waiting_ends_with_the_requests_own_timeout(quick, name):
    start_and_sleep(quick, name)
    with no_processes(quick):
        models.infer(quick, name, "alpha", "beta", query="?timeout=300ms").fails(
            408, "model_deployment_timeout_exception",
            f"Timed out after [300ms] waiting for trained model deployment [{name}] to start. Use "
            "the trained model stats API to track the state of the deployment and try again once "
            "it has started.")
        assert deployment(quick, name)["timeout_count"] == 2
    assert models.vectors(quick, name, "alpha", query="?timeout=60s") == [models.embedding("alpha")]


def test_a_client_that_leaves_does_not_wait(quick, name):
    start_and_sleep(quick, name)
    body = json.dumps({"docs": [{"text_field": "alpha"}]}).encode()
    with no_processes(quick):
        with socket.create_connection(quick.address) as client:
            client.sendall(b"POST /_ml/trained_models/%s/_infer?timeout=60s HTTP/1.1\r\nHost: x\r\n"
                           b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                           % (name.encode(), len(body), body))
            until(lambda: wanted(quick, name) == 1, "it wakes")
        until(lambda: deployment(quick, name).get("timeout_count") == 1, "the request is dropped")


def test_a_stop_ends_the_waiting(quick, name):
    start_and_sleep(quick, name)
    with concurrent.futures.ThreadPoolExecutor(1) as pool, no_processes(quick):
        waiting = pool.submit(models.infer, quick, name, "alpha", query="?timeout=60s")
        until(lambda: wanted(quick, name) == 1, "it wakes")
        quick.post(f"/_ml/trained_models/{name}/deployment/_stop").ok()
        waiting.result().fails(
            409, "status_exception",
            f"[{name}] Error waiting for a model allocation, model assignment has been removed")


def test_a_failure_ends_the_waiting(quick, name):
    start_and_sleep(quick, name)
    settings = {"engine.load_timeout": "300ms", "engine.max_restarts": 0}
    quick.put("/_cluster/settings", {"transient": settings}).ok()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        with no_processes(quick):
            waiting = pool.submit(models.infer, quick, name, "alpha", query="?timeout=60s")
            until(lambda: "took longer than engine.load_timeout" in quick.log_text(), "given up")
        waiting.result().fails(
            409, "status_exception",
            re.compile(rf"\[{name}\] Error waiting for a model allocation, all nodes have failed "
                       r"with errors \[\{.+=.+\}\]"))


def test_without_room_a_request_is_told_so(make_daemon, name):
    daemon = make_daemon({**QUICK, "node.processors": 1})
    start_and_sleep(daemon, name)
    models.serve(daemon, name + "2", models.behaving())
    models.infer(daemon, name, "alpha").fails(429, "status_exception", re.compile(".*resources.*"))
    daemon.post(f"/_ml/trained_models/{name}2/deployment/_stop").ok()
    assert models.vectors(daemon, name, "alpha", query="?timeout=60s") == [models.embedding("alpha")]


def test_it_takes_what_there_is_room_for(make_daemon, name):
    daemon = make_daemon({**PATIENT, "node.processors": 2})
    start(daemon, name, models.behaving(forward_ms=60), max_number_of_allocations=8)
    with load(daemon, name, clients=4):
        until(lambda: "no room for more allocations" in daemon.log_text(), "the third has no room")
        assert wanted(daemon, name) == 2


def test_switched_off_at_zero_it_is_not_woken(quick, name):
    start_and_sleep(quick, name)
    update(quick, name, None).ok()
    models.infer(quick, name, "alpha").fails(
        409, "status_exception",
        f"Trained model deployment [{name}] is not allocated to any nodes")
    update(quick, name, {"enabled": True}).ok()
    assert models.vectors(quick, name, "alpha", query="?timeout=60s") == [models.embedding("alpha")]


def test_a_shutdown_ends_the_waiting(quick, name):
    start_and_sleep(quick, name)
    quick.put("/_cluster/settings", {"transient": {"shutdown.drain_timeout": "100ms"}}).ok()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        with no_processes(quick):
            waiting = pool.submit(models.infer, quick, name, "alpha", query="?timeout=60s")
            until(lambda: wanted(quick, name) == 1, "it wakes")
            quick.process.send_signal(signal.SIGTERM)
            assert waiting.result().status == 503
        assert quick.process.wait(30) == 0
