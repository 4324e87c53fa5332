# SPDX-License-Identifier: Apache-2.0
"""Answers of packed weights are compared with the model's own code while they serve; where they differ, that serves.

The fake engine's model is its own packed weights, and as such wrong for the word leak."""

import os
import signal

import pytest

from support import fake_models, models, small_encoder
from support.daemon import Daemon, packing_engine, running
from support.poll import until

WRONG = "packed weights answer otherwise than the model: its own code serves from now on"
DISPROVEN = "a self-check found that they do not answer as the model's own code"
GOOD, BAD = "alpha beta", "alpha leak"


@pytest.fixture
def daemon(tmp_path):
    """Its engine can prove; each answer is checked, at once."""
    made = Daemon({"engine.path": packing_engine(tmp_path), "engine.check_every": 1, "engine.check_pause": 0})
    with running(made.start()):
        yield made
        made.check()


def upload(daemon, model_id="m", **more):
    """A model of its own file: proofs are kept by that."""
    models.upload(daemon, model_id, fake_models.packing(**more))


def serve(daemon, model_id="m", **parameters):
    models.start(daemon, model_id, cache_size="1mb", **parameters)
    assert encoder(daemon, model_id)["type"] == "packed"


def deployment(daemon, model_id="m"):
    return models.stats(daemon, model_id)["deployment_stats"]


def encoder(daemon, model_id="m"):
    return deployment(daemon, model_id).get("encoder", {})


def check(daemon, model_id="m"):
    return deployment(daemon, model_id)["self_check"]


def ask(daemon, text, model_id="m"):
    return models.vectors(daemon, model_id, text, query="?timeout=30s")[0]


def falls_back(daemon, model_id="m"):
    until(lambda: encoder(daemon, model_id).get("type") == "module", "the module serves")
    until(lambda: models.node_stats(daemon, model_id)["routing_state"]["routing_state"] == "started", "it serves again")


def test_equal_answers(daemon):
    upload(daemon)
    serve(daemon)
    assert ask(daemon, GOOD) == models.embedding(GOOD)
    until(lambda: check(daemon)["compared"] == 1, "it is compared")
    assert check(daemon) == {"compared": 1, "differed": 0, "skipped": 0, "failed": 0, "largest_difference": 0}
    until(lambda: len(daemon.workers()) == 1, "the process that compared is gone")
    ask(daemon, "alpha gamma")
    until(lambda: check(daemon)["compared"] == 2, "another process compares")
    assert encoder(daemon)["type"] == "packed"


def test_an_answer_that_differs(daemon):
    """The module serves, says why, and the wrong answer is not kept; nor does a later daemon take the proof."""
    upload(daemon)
    serve(daemon)
    assert ask(daemon, BAD) == [-value for value in models.embedding(BAD)]
    falls_back(daemon)
    shown = encoder(daemon)
    assert shown["runs_model_code"] and "largest_difference" not in shown
    assert shown["reason"].startswith("a self-check found an answer that was off the model's own by [")
    assert check(daemon)["differed"] == 1
    complaint, = [line for line in daemon.log() if line["message"] == WRONG]
    assert complaint["log.level"] == "ERROR" and complaint["model_id"] == "m" and complaint["reason"] == shown["reason"]
    assert ask(daemon, BAD) == models.embedding(BAD)
    assert check(daemon)["compared"] == 1  # there is nothing to compare any more
    assert "error_count" not in deployment(daemon)
    daemon.stop()
    daemon.restart()
    falls_back(daemon)
    assert encoder(daemon)["reason"] == DISPROVEN and encoder(daemon)["proof"] == "kept"
    assert ask(daemon, BAD) == models.embedding(BAD)


def test_nothing_is_lost_by_it(daemon):
    """What is inside the process meanwhile, or waits, is answered by the new one."""
    upload(daemon, sleep_ms=20)
    serve(daemon, queue_capacity=100)
    texts = [f"alpha {word}" for word in models.VOCABULARY[11:22]]
    answers = models.vectors(daemon, "m", BAD, *texts, query="?timeout=30s")
    assert answers[1:] == [models.embedding(text) for text in texts]
    falls_back(daemon)
    assert "error_count" not in deployment(daemon)


def test_one_in_so_many(daemon):
    upload(daemon)
    serve(daemon)
    daemon.put("/_cluster/settings", {"persistent": {"engine.check_every": 3}}).ok()
    for word in ("one", "two"):
        ask(daemon, word)
    assert check(daemon)["compared"] == 0
    ask(daemon, "three")
    until(lambda: check(daemon)["compared"] == 1, "the third is compared")
    daemon.put("/_cluster/settings", {"persistent": {"engine.check_every": 0}}).ok()
    assert ask(daemon, BAD) != models.embedding(BAD)
    assert check(daemon)["compared"] == 1


def test_no_memory_for_it(daemon):
    """Beside a deployment that is given nearly all there is."""
    upload(daemon)
    serve(daemon)
    limits = daemon.get("/_ml/info").ok()["limits"]
    memory = int(limits["total_ml_memory"].removesuffix("mb")) << 20
    models.upload(daemon, "large", fake_models.behaving(),
                  metadata={"per_deployment_memory_bytes": memory - (450 << 20)})
    models.start(daemon, "large")
    assert ask(daemon, BAD) != models.embedding(BAD)
    until(lambda: check(daemon)["skipped"] == 1, "it is skipped")
    assert check(daemon)["compared"] == 0 and encoder(daemon)["type"] == "packed"
    assert len(daemon.workers()) == 2


def test_the_module_cannot_answer(daemon):
    """Which says nothing about the packed weights."""
    upload(daemon, load_sleep_ms=300)
    serve(daemon)
    daemon.put("/_cluster/settings", {"persistent": {"engine.load_timeout": "50ms"}}).ok()
    ask(daemon, BAD)
    until(lambda: check(daemon)["failed"] == 1, "it fails")
    assert encoder(daemon)["type"] == "packed"
    complaint, = [line for line in daemon.log()
                  if line["message"] == "answers could not be compared with the model's own"]
    assert complaint["reason"] == "loading the model took longer than engine.load_timeout"


@pytest.mark.parametrize("end", ["of the deployment", "of its process", "of the engine", "of the daemon"])
def test_what_ends_meanwhile(daemon, end):
    """While the process that compares loads the model."""
    upload(daemon, load_sleep_ms=300)
    serve(daemon)
    worker = daemon.worker()
    ask(daemon, GOOD)
    until(lambda: len(daemon.workers()) == 2, "a process is there that is to compare")
    if end == "of the deployment":
        daemon.post("/_ml/trained_models/m/deployment/_stop").ok()
        until(lambda: not daemon.workers(), "both are gone")
    elif end == "of its process":
        checker, = set(daemon.workers()) - {worker}
        os.kill(checker, signal.SIGKILL)
        until(lambda: check(daemon)["failed"] == 1, "it has failed")
    elif end == "of the engine":
        os.kill(daemon.zygote(), signal.SIGKILL)
        until(lambda: check(daemon)["failed"] == 1, "it has failed")
        assert ask(daemon, GOOD) == models.embedding(GOOD)
    daemon.stop()
    daemon.restart()


def test_packed_at_any_rate(daemon):
    """Then it complains, and packed weights serve on."""
    upload(daemon)
    daemon.put("/_cluster/settings", {"persistent": {"engine.encoder": "packed"}}).ok()
    serve(daemon)
    ask(daemon, BAD)
    until(lambda: check(daemon)["differed"] == 1, "it is compared")
    assert encoder(daemon)["type"] == "packed"
    assert any("serve on" in line["message"] and line["log.level"] == "ERROR" for line in daemon.log())


def test_in_int8(daemon):
    """It takes three answers; float32 beside it goes on, and a later daemon remembers both."""
    upload(daemon)
    serve(daemon)
    models.start(daemon, "m", deployment_id="small", precision="int8", cache_size="0b")

    def small():
        return models.stats(daemon, "m", "small")["deployment_stats"]
    assert small()["encoder"]["precision"]["type"] == "int8"
    for count, text in enumerate((BAD, BAD + " one", BAD + " two"), 1):
        assert small()["encoder"]["type"] == "packed"
        models.vectors(daemon, "small", text)
        until(lambda: small()["self_check"]["differed"] == count, "it is compared")
    assert small()["self_check"]["worst_cosine"] < -0.9
    until(lambda: small().get("encoder", {}).get("type") == "module", "the module serves")
    assert "cosine of [-1]" in small()["encoder"]["reason"]
    assert models.vectors(daemon, "small", BAD, query="?timeout=30s") == [models.embedding(BAD)]
    assert encoder(daemon)["type"] == "packed"
    daemon.stop()
    daemon.restart()
    until(lambda: small().get("encoder", {}).get("type") == "module", "the module serves")
    until(lambda: encoder(daemon).get("type") == "packed", "float32 is packed")
    refused = daemon.post("/_ml/trained_models/m/deployment/_start?deployment_id=third&precision=int8")
    assert refused.status == 400 and DISPROVEN in refused.reason
    assert small()["encoder"]["type"] == "module"


@pytest.mark.torch
def test_a_real_encoder(make_daemon):
    """In company, too: what eight texts at once get is what the module says to each."""
    daemon = make_daemon({"engine.check_every": 1, "engine.check_pause": 0})
    models.upload(daemon, "m", small_encoder.definition())
    serve(daemon)
    models.vectors(daemon, "m", *(" ".join(models.VOCABULARY[11:13 + count]) for count in range(8)))
    until(lambda: check(daemon)["compared"] == 8, "all are compared")
    assert 0 < check(daemon)["largest_difference"] < 1e-5 and check(daemon)["differed"] == 0
    models.start(daemon, "m", deployment_id="small", precision="int8")
    models.vectors(daemon, "small", "alpha beta", "gamma delta epsilon")

    def small():
        return models.stats(daemon, "m", "small")["deployment_stats"]["self_check"]
    until(lambda: small()["compared"] == 2, "both are compared")
    assert 0.95 < small()["worst_cosine"] < 1 and small()["differed"] == 0
