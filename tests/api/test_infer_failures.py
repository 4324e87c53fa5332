# SPDX-License-Identifier: Apache-2.0
"""Models that throw, crash, hang or eat memory: the request fails, everything else goes on."""

import concurrent.futures
import os
import re
import signal

import pytest

from support import models, procfs
from support.poll import until

IN_PROCESS = re.compile(r"Error in inference process: \[.+\]", re.S)


@pytest.fixture
def pool():
    with concurrent.futures.ThreadPoolExecutor(16) as executor:
        yield executor


@pytest.fixture
def model(daemon, name):
    models.serve(daemon, name, models.behaving(), cache_size="0")
    return name


def works(daemon, model_id):
    """The deployment answers (again): polled, as a worker may have to start first."""
    def answered():
        answer = models.infer(daemon, model_id, "alpha beta", query="?timeout=10s")
        assert answer.status == 200, answer
        return models.float32(answer.json["inference_results"][0]["predicted_value"])
    assert until(answered, "the deployment answers again") == models.embedding("alpha beta")


def test_throw(daemon, model):
    worker = daemon.worker()
    for _ in range(3):
        models.infer(daemon, model, "throw").fails(500, "status_exception", IN_PROCESS)
    works(daemon, model)
    assert daemon.workers() == [worker]
    assert models.node_stats(daemon, model)["error_count"] == 3


@pytest.mark.torch
def test_throw_says_the_models_words(daemon, model):
    answer = models.infer(daemon, model, "throw")
    assert "asked to throw" in answer.json["error"]["reason"], answer


def test_crash(daemon, model):
    worker = daemon.worker()
    models.infer(daemon, model, "crash", query="?timeout=20s").fails(
        500, "status_exception", IN_PROCESS)
    works(daemon, model)
    assert worker not in daemon.workers()


def test_crash_of_one_model_leaves_others_alone(daemon, model, name):
    models.serve(daemon, f"{name}-other", models.behaving())
    first, other = daemon.workers()
    models.infer(daemon, model, "crash", query="?timeout=20s").fails(
        500, "status_exception", IN_PROCESS)
    assert models.vectors(daemon, f"{name}-other", "alpha") == [models.embedding("alpha")]
    assert other in daemon.workers() and first not in daemon.workers()
    works(daemon, model)


def test_requests_queued_behind_a_crash_are_answered(daemon, model, pool):
    crash = pool.submit(models.infer, daemon, model, "crash", query="?timeout=30s")
    texts = ["alpha", "beta", "gamma", "delta"]
    futures = [pool.submit(models.vectors, daemon, model, text, query="?timeout=30s")
               for text in texts]
    assert [future.result() for future in futures] == [[models.embedding(t)] for t in texts]
    crash.result().fails(500, "status_exception", IN_PROCESS)


def test_good_request_beside_a_crashing_one_is_retried(daemon, name, pool):
    """It was in flight in the worker that another allocation's request killed."""
    models.serve(daemon, name, models.behaving(forward_ms=300), number_of_allocations=2,
                 wait_for="fully_allocated")
    good = pool.submit(models.vectors, daemon, name, "alpha", query="?timeout=30s")
    crash = pool.submit(models.infer, daemon, name, "crash", query="?timeout=30s")
    assert good.result() == [models.embedding("alpha")]
    crash.result().fails(500, "status_exception", IN_PROCESS)


def test_eat_memory(daemon, model):
    answer = models.infer(daemon, model, "eat", query="?timeout=30s")
    answer.fails(500, "status_exception", IN_PROCESS)
    works(daemon, model)


def test_memory_of_the_daemon_does_not_grow_with_it(daemon, model):
    before = procfs.memory_bytes(daemon.pid, "Rss")
    models.infer(daemon, model, "eat", query="?timeout=30s")
    works(daemon, model)
    assert procfs.memory_bytes(daemon.pid, "Rss") - before < 20 << 20


def test_hang(daemon, model):
    """The request ends at its own deadline, the worker at engine.forward_timeout."""
    worker = daemon.worker()
    models.infer(daemon, model, "hang", query="?timeout=500ms").fails(
        408, "status_exception", models.late("500ms", "computing"))
    assert models.node_stats(daemon, model)["timeout_count"] == 1
    works(daemon, model)
    assert worker not in daemon.workers()


def test_hang_that_outlives_its_deadline_is_not_tried_again(daemon, model):
    models.infer(daemon, model, "hang", query="?timeout=500ms")
    works(daemon, model)
    fresh = daemon.worker()
    works(daemon, model)
    assert daemon.workers() == [fresh]


@pytest.mark.torch
def test_tensor_of_integers(daemon, name):
    from support.torch_models import wrong
    models.upload(daemon, name, wrong())
    answer = daemon.post(f"/_ml/trained_models/{name}/deployment/_start")
    if answer.status == 200:
        answer = models.infer(daemon, name, "alpha")
    assert answer.status == 500, answer
    assert "Cannot process result tensor of type [Long]" in answer.json["error"]["reason"], answer


def test_vocabulary_id_beyond_what_the_model_knows(daemon, name):
    """The tokenizer's ids are the vocabulary's, whatever the model makes of them."""
    models.put_config(daemon, name)
    models.put_definition(daemon, name, models.behaving())
    words = models.VOCABULARY + [f"w{n}" for n in range(1000)]
    models.put_vocabulary(daemon, name, words)
    models.start(daemon, name)
    expected = models.embedding_of_ids([2, words.index("w999"), 3])
    assert models.vectors(daemon, name, "w999") == [expected]


def test_killed_worker_comes_back(daemon, model):
    for _ in range(3):
        worker = daemon.worker()
        os.kill(worker, signal.SIGKILL)
        works(daemon, model)
        assert worker not in daemon.workers()
    entry = models.stats(daemon, model)["deployment_stats"]
    assert entry["state"] == "started" and "reason" not in entry
