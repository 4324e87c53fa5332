# SPDX-License-Identifier: Apache-2.0
"""The daemon without a free descriptor: what needs one waits or fails with the reason; what is open goes on."""

import contextlib
import http.client
import json
import os
import resource
import signal
import socket
import time

import pytest

from support import models, procfs
from support.poll import until

WAITING = "connections cannot be accepted now; they wait, and it is tried again"
AGAIN = "connections are accepted again"


@pytest.fixture
def daemon(make_daemon):
    return make_daemon({"logger.level": "debug"})


def settled(daemon):
    """The daemon's descriptors, once none comes or goes any more."""
    before = set(os.listdir(f"/proc/{daemon.pid}/fd"))
    time.sleep(0.1)
    after = set(os.listdir(f"/proc/{daemon.pid}/fd"))
    return before == after and {int(name) for name in after}


@contextlib.contextmanager
def no_descriptors(daemon, but=0):
    """No new descriptor, but so many: numbers below the limit are taken, but for those."""
    _, hard = resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE)
    limit = 3
    if but > 0:
        used = until(lambda: settled(daemon), "connections that were closed are gone")
        limit = [number for number in range(max(used) + but + 2) if number not in used][but]
    resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (limit, hard))
    try:
        yield
    finally:
        resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (hard, hard))


def messages(daemon, text):
    return [line for line in daemon.log() if line.get("message") == text]


def ask_on(connection, method, path, body=None):
    """One request on a connection that stays open: status and JSON."""
    connection.request(method, path, body=body and json.dumps(body), headers={"Content-Type": "application/json"})
    response = connection.getresponse()
    return response.status, json.loads(response.read())


@pytest.fixture
def connected(daemon):
    """A connection that was there before."""
    connection = http.client.HTTPConnection(*daemon.address, timeout=60)
    assert ask_on(connection, "GET", "/")[0] == 200
    yield connection
    connection.close()


def knock(daemon):
    """A connection and a request, which the system takes in and the daemon cannot."""
    knocking = socket.create_connection(daemon.address, timeout=60)
    knocking.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    return knocking


@pytest.mark.parametrize("free", [0, 1])
def test_who_connects_waits(daemon, connected, free):
    """The log has one line however long it takes."""
    for times in (1, 2):
        with no_descriptors(daemon, free):
            knocking = knock(daemon)
            until(lambda: len(messages(daemon, WAITING)) == times, "the log says so")
            assert ask_on(connected, "GET", "/")[0] == 200
        assert knocking.recv(100).startswith(b"HTTP/1.1 200"), "answered when there are descriptors again"
        knocking.close()
        assert len(messages(daemon, WAITING)) == len(messages(daemon, AGAIN)) == times
    assert messages(daemon, WAITING)[0]["reason"] == "Too many open files"


def test_who_connects_first_waits(daemon):
    """Nothing that happens to other connections is needed to go on, as there is none; and it is not tried
    without a pause: the processor is left alone meanwhile."""
    with no_descriptors(daemon):
        knocking = knock(daemon)
        until(lambda: messages(daemon, WAITING), "the log says so")
        before = procfs.cpu_seconds(daemon.pid)
        time.sleep(1)
        assert procfs.cpu_seconds(daemon.pid) - before < 0.1
    assert knocking.recv(100).startswith(b"HTTP/1.1 200")
    knocking.close()
    assert len(messages(daemon, WAITING)) == 1


@pytest.mark.parametrize("free", range(3))
def test_a_start_fails_clearly(daemon, connected, name, free):
    """Whatever it has too few of: definition, channels, an allocation's."""
    models.upload(daemon, name, models.behaving())
    until(lambda: not daemon.workers(), "vetting is over")
    path = f"/_ml/trained_models/{name}/deployment"
    with no_descriptors(daemon, free):
        status, body = ask_on(connected, "POST", f"{path}/_start?timeout=60s")
    assert status == 500 and "Too many open files" in body["error"]["reason"], body
    models.start(daemon, name)
    assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]


def test_an_allocation_more_waits(daemon, connected, name):
    models.serve(daemon, name, models.behaving())
    with no_descriptors(daemon):
        ask_on(connected, "POST", f"/_ml/trained_models/{name}/deployment/_update?timeout=1ms",
               {"number_of_allocations": 2})
        status, _ = ask_on(connected, "POST", f"/_ml/trained_models/{name}/_infer",
                           {"docs": [{"text_field": "alpha"}]})
        assert status == 200
    until(lambda: models.node_stats(daemon, name)["number_of_allocations"] == 2, "the second one comes by itself")


def test_a_worker_that_dies_comes_back(daemon, connected, name):
    models.serve(daemon, name, models.behaving())
    with no_descriptors(daemon):
        os.kill(daemon.worker(), signal.SIGKILL)
        until(lambda: any("a worker process cannot be made" in line["message"] for line in daemon.log()),
              "the log says why it does not come back")
        status, body = ask_on(connected, "GET", f"/_ml/trained_models/{name}/_stats")
        assert body["trained_model_stats"][0]["deployment_stats"]["state"] != "failed"
    until(lambda: models.infer(daemon, name, "alpha").status == 200, "it serves again")


def test_the_engine_comes_back(daemon, connected, name):
    models.serve(daemon, name, models.behaving())
    with no_descriptors(daemon):
        zygote = daemon.zygote()
        os.kill(zygote, signal.SIGKILL)
        until(lambda: not procfs.alive(zygote), "it is gone")
        until(lambda: any("no channel" in line["message"] or "cannot start the engine" in line["message"]
                          for line in daemon.log()), "the log says why it does not come back")
    until(lambda: models.infer(daemon, name, "alpha").status == 200, "it serves again")
