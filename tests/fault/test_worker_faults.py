# SPDX-License-Identifier: Apache-2.0
"""Workers and the zygote killed under load: no queued request is lost, the daemon recovers."""

import itertools
import os
import random
import re
import signal
from concurrent.futures import ThreadPoolExecutor

from support import models, procfs
from support.load import WORDS, Load
from support.poll import until


def test_worker_killed_again_and_again_under_load(make_daemon, name):
    """A request that was in a worker is tried once more, so each kill waits for some answers."""
    daemon = make_daemon({"engine.max_restarts": 1000})
    models.serve(daemon, name, models.behaving(forward_ms=3), number_of_allocations=2,
                 cache_size="0")
    killed = set()
    chosen = random.Random(3)
    with Load(daemon, name, clients=8) as load:
        for _ in range(15):
            load.progress(chosen.randint(24, 60))
            worker = daemon.worker()
            os.kill(worker, signal.SIGKILL)
            killed.add(worker)
        load.progress(40)
    assert len(killed) == 15
    load.all_right()
    entry = models.stats(daemon, name)
    assert entry["inference_stats"]["failure_count"] == 0
    assert entry["deployment_stats"]["state"] == "started"


def test_what_was_sent_ahead_comes_back(daemon, name):
    """With so much waiting, each allocation has the next documents in its channel when its process is killed."""
    models.serve(daemon, name, models.behaving(forward_ms=2), number_of_allocations=2, cache_size="0")
    texts = [f"{one} {two} {three}" for one in WORDS[:8] for two in WORDS[:8] for three in WORDS[:6]]
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(models.infer, daemon, name, *texts, query="?timeout=60s")
        for left in (300, 200, 100):
            until(lambda: models.node_stats(daemon, name).get("number_of_pending_requests", 500) < left or
                  answer.done(), "some are answered")
            os.kill(daemon.worker(), signal.SIGKILL)
        found = [models.float32(one["predicted_value"]) for one in answer.result().ok()["inference_results"]]
    assert found == [models.embedding(text) for text in texts]
    assert models.stats(daemon, name)["inference_stats"]["failure_count"] == 0


def test_killing_one_models_worker_leaves_the_other_alone(make_daemon):
    daemon = make_daemon({"engine.max_restarts": 1000})
    for model_id in ("a", "b"):
        models.serve(daemon, model_id, models.behaving(forward_ms=2), cache_size="0")
    first, second = daemon.workers()
    with Load(daemon, "a", clients=3) as a, Load(daemon, "b", clients=3, seed=50) as b:
        for _ in range(5):
            a.progress(20)
            os.kill(first, signal.SIGKILL)
            first, = until(lambda: set(daemon.workers()) - {first, second}, "a new worker")
        b.progress(20)
    assert second in daemon.workers()
    a.all_right()
    b.all_right()


def test_zygote_killed_under_load(make_daemon, name):
    """Its workers end with it; a new one is started and every waiting request is answered."""
    daemon = make_daemon({"engine.max_restarts": 1000})
    models.serve(daemon, name, models.behaving(forward_ms=3), number_of_allocations=2,
                 cache_size="0")
    with Load(daemon, name, clients=6) as load:
        for _ in range(3):
            load.progress(30)
            zygote, workers = daemon.zygote(), daemon.workers()
            os.kill(zygote, signal.SIGKILL)
            until(lambda: not any(procfs.alive(pid) for pid in workers), "its workers end")
            until(lambda: procfs.children(daemon.pid) and daemon.zygote() != zygote, "a new zygote")
        load.progress(30)
    load.all_right()


def test_zygote_killed_without_load(make_daemon, name):
    daemon = make_daemon()
    models.upload(daemon, name, models.behaving())
    os.kill(daemon.zygote(), signal.SIGKILL)
    models.start(daemon, name, timeout="60s")
    assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]


def crash(daemon, deployment_id, word):
    """A request of a text of its own that ends the worker."""
    return models.infer(daemon, deployment_id, f"crash {word}", query="?timeout=30s")


def test_crash_loop_ends_in_failed(make_daemon, name):
    daemon = make_daemon({"engine.max_restarts": 2})
    models.serve(daemon, name, models.behaving())
    models.serve(daemon, "other", models.behaving())

    def failed():
        crash(daemon, name, next(texts))
        return models.stats(daemon, name)["deployment_stats"]["state"] == "failed"
    texts = (" ".join(pair) for pair in itertools.product(WORDS, WORDS))
    until(failed, "the deployment is given up", 60)
    node = models.node_stats(daemon, name)
    assert node["routing_state"]["routing_state"] == "failed"
    assert re.match("inference process crashed due to reason ", node["routing_state"]["reason"])
    models.infer(daemon, name, "alpha").fails(
        409, "status_exception", f"Trained model [{name}] is [failed]")
    assert models.vectors(daemon, "other", "alpha") == [models.embedding("alpha")]
    daemon.post(f"/_ml/trained_models/{name}/deployment/_stop").ok()
    models.start(daemon, name)
    assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]


def test_worker_that_no_longer_answers_is_replaced(make_daemon, name):
    """Stopped, not dead: engine.forward_timeout ends it; what was in it may fail, no more."""
    daemon = make_daemon({"engine.forward_timeout": "1s"})
    models.serve(daemon, name, models.behaving())
    worker = daemon.worker()
    os.kill(worker, signal.SIGSTOP)
    until(lambda: procfs.state(worker) == "T", "it has stopped")
    assert models.infer(daemon, name, "alpha", query="?timeout=30s").status in (200, 500)
    assert models.vectors(daemon, name, "beta", query="?timeout=30s") == [models.embedding("beta")]
    assert worker not in daemon.workers()
