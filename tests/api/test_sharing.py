# SPDX-License-Identifier: Apache-2.0
"""Deployments and allocations of one model share one worker process and one copy of the weights."""

import pytest

from support import models, procfs
from support.daemon import SANITIZED

BALLAST = 120 << 20


def test_one_worker_a_model(daemon, name):
    models.serve(daemon, name, models.behaving(), number_of_allocations=2)
    worker = daemon.worker()
    for number in range(3):
        models.start(daemon, name, deployment_id=f"d{number}", number_of_allocations=2,
                     wait_for="fully_allocated")
    assert daemon.workers() == [worker]
    for number in range(3):
        assert models.vectors(daemon, f"d{number}", "alpha") == [models.embedding("alpha")]


def test_models_have_workers_of_their_own(daemon):
    for model_id in ("a", "b"):
        models.serve(daemon, model_id, models.behaving())
    assert len(daemon.workers()) == 2


def test_same_file_under_two_names_is_two_models(daemon):
    models.serve(daemon, "a", models.ones(), "pass_through")
    models.serve(daemon, "b", models.ones(), "pass_through")
    daemon.post("/_ml/trained_models/a/deployment/_stop").ok()
    assert models.vectors(daemon, "b", "alpha") == [models.ones_answer("alpha")]


@pytest.mark.torch
def test_weights_are_there_once(daemon, name):
    models.serve(daemon, name, models.behaving(ballast_bytes=BALLAST))
    models.vectors(daemon, name, "alpha")
    worker = daemon.worker()
    first = procfs.memory_bytes(worker, "Private_Dirty", "Private_Clean")
    assert first > BALLAST
    models.start(daemon, name, deployment_id="second")
    models.vectors(daemon, "second", "alpha")
    second = procfs.memory_bytes(worker, "Private_Dirty", "Private_Clean")
    assert daemon.workers() == [worker]
    assert second - first < 10 << 20


@pytest.mark.torch
def test_daemon_holds_no_weights(daemon, name):
    before = procfs.memory_bytes(daemon.pid, "Rss")
    models.serve(daemon, name, models.behaving(ballast_bytes=BALLAST))
    assert procfs.memory_bytes(daemon.pid, "Rss") - before < 30 << 20


def test_daemon_never_links_the_engine(daemon):
    with open(f"/proc/{daemon.pid}/maps", encoding="utf-8") as maps:
        mapped = maps.read()
    assert "libtorch" not in mapped and "libc10" not in mapped and "libmicrohttpd" in mapped


def test_workers_are_caged(daemon, name):
    """no_new_privs and a seccomp filter, whatever the kernel offers beyond."""
    models.serve(daemon, name, models.behaving())
    worker = daemon.worker()
    status = {}
    with open(f"/proc/{worker}/status", encoding="utf-8") as file:
        for line in file:
            key, _, value = line.partition(":")
            status[key] = value.strip()
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"
    assert int(status["Seccomp_filters"]) >= 1
    with open(f"/proc/{worker}/limits", encoding="utf-8") as file:
        limits = file.read()
    address_space, = [line for line in limits.splitlines() if "Max address space" in line]
    if not SANITIZED:  # a sanitizer reserves terabytes of addresses
        assert "unlimited" not in address_space
