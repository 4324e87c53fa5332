# SPDX-License-Identifier: Apache-2.0
"""_start with precision: what it takes, what it refuses, and what a deployment in fewer bits shows and keeps."""

import os
import signal

import pytest

from support import fake_models, models, small_encoder
from support.daemon import packing_engine

PATH = "/_ml/trained_models"


def start(daemon, model_id, query):
    return daemon.post(f"{PATH}/{model_id}/deployment/_start{query}")


def is_deployed(daemon, model_id):
    found, = daemon.get(f"{PATH}/{model_id}/_stats").ok()["trained_model_stats"]
    return "deployment_stats" in found


@pytest.fixture
def plain(daemon, name):
    models.upload(daemon, name, models.ones(), "pass_through")
    return name


@pytest.mark.parametrize("query, reason", [
    ("?precision=int4", "No enum constant org.elasticsearch.xpack.core.ml.inference.assignment.Precision.INT4"),
    ("?precision=int8&min_cosine=2", "[min_cosine] must be a number from 0 to 1, was [2]"),
    ("?precision=int8&min_cosine=-0.1", "[min_cosine] must be a number from 0 to 1, was [-0.1]"),
    ("?precision=int8&min_cosine=nan", "[min_cosine] must be a number from 0 to 1, was [nan]"),
    ("?precision=int8&min_cosine=0x1", "[min_cosine] must be a number from 0 to 1, was [0x1]"),
    ("?precision=int8&min_cosine=", "[min_cosine] must be a number from 0 to 1, was []"),
    ("?min_cosine=0.9", "[min_cosine] is for [precision] int8 or bf16, and [precision] is fp32"),
])
def test_bad_values(daemon, plain, query, reason):
    answer = start(daemon, plain, query)
    assert answer.status == 400
    assert reason in answer.body.decode()
    assert not is_deployed(daemon, plain)


def test_a_model_that_cannot(daemon, plain):
    """Not packed, so it is told so and nothing is left of the start."""
    answer = start(daemon, plain, "?precision=int8")
    assert answer.status == 400
    assert "[precision] int8 is for models that the packed encoder serves, and this one it does not" in answer.reason
    assert not is_deployed(daemon, plain)
    assert start(daemon, plain, "?precision=fp32").status == 200


def test_a_later_process_cannot(make_daemon, tmp_path):
    """Then it goes on in float32, says so, and a start that asks for it anew is refused."""
    daemon = make_daemon({"engine.path": packing_engine(tmp_path)})
    models.upload(daemon, "m", fake_models.packing())
    assert start(daemon, "m", "?precision=bf16").ok()["assignment"]["precision"]["type"] == "bf16"
    os.kill(daemon.worker(), signal.SIGKILL)
    assert models.vectors(daemon, "m", "alpha", query="?timeout=30s") == [models.embedding("alpha")]
    encoder = models.stats(daemon, "m")["deployment_stats"]["encoder"]
    assert encoder["type"] == "packed" and encoder["proof"] == "kept" and "precision" not in encoder
    warning, = [line for line in daemon.log()
                if line["message"] == "the model cannot be had in its precision any more"]
    assert warning["precision"] == "bf16" and warning["reason"] == "the fake engine computes by itself"
    assert start(daemon, "m", "?precision=bf16&deployment_id=second").status == 400
    assert models.stats(daemon, "m")["deployment_stats"]["state"] == "started"


# ---- a real encoder ----

@pytest.mark.torch
def test_beside_float32(daemon, name):
    models.upload(daemon, name, small_encoder.definition())
    models.start(daemon, name, deployment_id="whole")
    assignment = start(daemon, name, "?precision=int8&min_cosine=0.9&deployment_id=small").ok()["assignment"]
    assert assignment["task_parameters"]["precision"] == "int8"
    assert assignment["task_parameters"]["min_cosine"] == 0.9
    report = assignment["precision"]
    assert report["type"] == "int8" and report["linear_layers"] == report["int8_linear_layers"] == 8
    assert 0.9 < report["worst_cosine"] <= report["median_cosine"] < 1 and report["speedup"] > 0
    assert len(daemon.workers()) == 2
    models.start(daemon, name, deployment_id="third", precision="int8", min_cosine="0.9")
    assert len(daemon.workers()) == 2  # who computes alike shares a process
    whole, small = (models.vectors(daemon, which, "alpha beta gamma")[0] for which in ("whole", "small"))
    assert whole != small
    product = sum(a * b for a, b in zip(whole, small))
    assert product / (sum(a * a for a in whole) * sum(b * b for b in small)) ** 0.5 > 0.99
    deployment = models.stats(daemon, name, "small")["deployment_stats"]
    assert deployment["encoder"]["precision"] == report
    assert "precision" not in models.stats(daemon, name, "whole")["deployment_stats"]["encoder"]


@pytest.mark.torch
def test_after_a_restart_and_a_crash(make_daemon, name):
    """It comes back in int8, with the same answers, and what was measured once is not measured again."""
    daemon = make_daemon()
    models.upload(daemon, name, small_encoder.definition())
    made = start(daemon, name, "?precision=int8&cache_size=0b").ok()["assignment"]["precision"]
    assert made["measurement"] == "made"
    before = models.vectors(daemon, name, "alpha beta")
    os.kill(daemon.worker(), signal.SIGKILL)
    assert models.vectors(daemon, name, "alpha beta", query="?timeout=30s") == before
    kept = {**made, "measurement": "kept"}
    assert models.stats(daemon, name)["deployment_stats"]["encoder"]["precision"] == kept
    daemon.stop()
    daemon.start()
    assert models.vectors(daemon, name, "alpha beta", query="?timeout=30s") == before
    assert models.stats(daemon, name)["deployment_stats"]["encoder"]["precision"] == kept


@pytest.mark.torch
def test_in_bf16(daemon, name):
    """Only where that is measured to be faster, which depends on the processor: else it is refused, with the figure."""
    models.upload(daemon, name, small_encoder.definition())
    answer = start(daemon, name, "?precision=bf16&min_cosine=0.9")
    if answer.status == 200:
        report = answer.ok()["assignment"]["precision"]
        assert report["type"] == "bf16" and report["linear_layers"] == report["bf16_linear_layers"] == 8
        assert report["speedup"] >= 1.05 and 0.99 < report["worst_cosine"] <= report["median_cosine"] < 1
        assert models.stats(daemon, name)["deployment_stats"]["encoder"]["precision"] == report
    else:
        assert answer.status == 400 and "[precision] bf16 cannot be had for this model here: bf16 " in answer.reason
        assert "times as fast" in answer.reason or "instructions are lacking" in answer.reason
        assert not is_deployed(daemon, name)
