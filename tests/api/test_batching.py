# SPDX-License-Identifier: Apache-2.0
"""Documents that wait are computed together where that is cheaper and changes no answer."""

import contextlib
import re

import pytest

from support import models
from support.poll import until
from support.raw import RawConnection

FORWARD_MS = 50
TEXTS = ["alpha", "beta gamma", "delta epsilon zeta eta", "theta", "iota kappa", "lambda one two three"]


def batches(daemon, name):
    """(state, forwards of several documents, documents in them)"""
    found = models.stats(daemon, name)["deployment_stats"]["batch_stats"]
    return found["state"], found["batch_count"], found["document_count"]


def reason(daemon, name):
    return models.stats(daemon, name)["deployment_stats"]["batch_stats"]["reason"]


def waiting(daemon, name, documents):
    def found():
        return models.stats(daemon, name)["deployment_stats"]["queue_stats"]["waiting_documents"]
    until(lambda: found() == documents, f"{documents} documents wait")


def later(daemon, name, *texts):
    """The connection of a request for these documents, sent."""
    connection = RawConnection(daemon, timeout=60)
    connection.request("POST", f"/_ml/trained_models/{name}/_infer?timeout=60s",
                       {"docs": [{"text_field": text} for text in texts]})
    return connection


@contextlib.contextmanager
def busy(daemon, name):
    """The one allocation computes for a second; what is sent meanwhile waits. The text is long, so that what it takes
    says nothing about short ones."""
    with later(daemon, name, "hang" + 400 * " plain") as first:
        until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] == 1, "it computes")
        yield
        first.response().ok()


def values(answer):
    return [models.float32(one["predicted_value"]) for one in answer.ok()["inference_results"]]


@pytest.fixture
def served(daemon, name):
    models.serve(daemon, name, models.row_wise(forward_ms=FORWARD_MS), cache_size="0")
    return name


def test_what_waits_goes_together(daemon, served):
    """Each text gets what it gets alone, short ones beside long ones, in one request or in several."""
    assert batches(daemon, served) == ("on", 0, 0)
    with busy(daemon, served):
        one, other = later(daemon, served, *TEXTS), later(daemon, served, "alpha beta")
        waiting(daemon, served, 7)
    assert values(one.response()) == [models.embedding(text) for text in TEXTS]
    assert values(other.response()) == [models.embedding("alpha beta")]
    assert batches(daemon, served) == ("on", 1, 7)
    found = models.stats(daemon, served)["deployment_stats"]
    assert found["batch_stats"]["largest_difference"] == 0 and "reason" not in found["batch_stats"]
    assert found["nodes"][0]["inference_count"] == 8


def test_nobody_waits_for_company(daemon, served):
    for text in TEXTS:
        assert models.vectors(daemon, served, text) == [models.embedding(text)]
    assert batches(daemon, served) == ("on", 0, 0)


@pytest.fixture
def put_setting(daemon):
    """Sets a setting; what it was before comes back."""
    names = set()

    def put(name, value):
        names.add(name)
        assert daemon.put("/_cluster/settings", {"transient": {name: value}}).ok()["acknowledged"]
    yield put
    for name in list(names):
        put(name, None)


def test_no_more_tokens_than_the_setting_says(daemon, served, put_setting):
    put_setting("engine.batch_tokens", 6)
    with busy(daemon, served):
        with later(daemon, served, "alpha", "beta", "gamma", "delta") as four:  # 3 tokens each
            waiting(daemon, served, 4)
            assert values(four.response()) == [models.embedding(text) for text in ("alpha", "beta", "gamma", "delta")]
    assert batches(daemon, served) == ("on", 2, 4)
    put_setting("engine.batch_tokens", 0)
    assert models.vectors(daemon, served, *TEXTS) == [models.embedding(text) for text in TEXTS]
    assert batches(daemon, served) == ("on", 2, 4)


def test_no_forward_that_could_run_into_its_time_out(daemon, served, put_setting):
    """Of which it may take a fourth."""
    put_setting("engine.forward_timeout", f"{4 * FORWARD_MS - 10}ms")
    assert models.vectors(daemon, served, *TEXTS) == [models.embedding(text) for text in TEXTS]
    assert batches(daemon, served) == ("on", 0, 0)


@pytest.fixture
def no_death(daemon):
    """No process died."""
    before = daemon.log_text().count("worker process died")
    yield
    assert daemon.log_text().count("worker process died") == before


@pytest.mark.parametrize("how", ["mixes", "counts_padding"])
@pytest.mark.usefixtures("no_death")
def test_a_model_whose_answers_depend_on_company(daemon, name, how):
    """It is found out before it serves, at no cost but the trial's."""
    models.serve(daemon, name, models.row_wise(forward_ms=FORWARD_MS, **{how: True}), cache_size="0")
    assert batches(daemon, name) == ("off", 0, 0)
    assert reason(daemon, name) == "its answer to a text depends on the texts beside it"
    alone = [models.vectors(daemon, name, text)[0] for text in TEXTS]
    with busy(daemon, name):
        assert values(later(daemon, name, *TEXTS).response()) == alone
    assert batches(daemon, name) == ("off", 0, 0)


@pytest.mark.usefixtures("no_death")
def test_a_model_that_takes_one_text_at_a_time(daemon, name):
    """As traced ones do that have a batch of one built in."""
    models.serve(daemon, name, models.one_row(), cache_size="0")
    assert batches(daemon, name) == ("off", 0, 0)
    assert reason(daemon, name) == "it does not compute several texts in one forward"
    assert models.vectors(daemon, name, *TEXTS) == [models.embedding(text) for text in TEXTS]


def test_rows_for_tokens_are_taken_apart(daemon, name):
    """Of a short text beside a long one, the rows that are padding's are left out."""
    models.serve(daemon, name, models.each_token(forward_ms=FORWARD_MS), "pass_through", cache_size="0")
    with busy(daemon, name):  # first, when nothing was measured yet that could speak against it
        together = later(daemon, name, *TEXTS).response().ok()["inference_results"]
    assert batches(daemon, name) == ("on", 1, len(TEXTS))
    alone = [one["predicted_value"] for text in TEXTS
             for one in models.infer(daemon, name, text).ok()["inference_results"]]
    assert [len(matrix) for matrix in alone] == [len(models.ids_of(text)) for text in TEXTS]
    assert [one["predicted_value"] for one in together] == alone


NLI = ["contradiction", "neutral", "entailment"]


@pytest.mark.parametrize("mixes", [False, True])
def test_labels_are_computed_together(daemon, name, mixes):
    """They are rows of one document, and each gets the score that it has beside others, too."""
    config = {"zero_shot_classification": {"tokenization": models.TOKENIZATION, "classification_labels": NLI,
                                           "hypothesis_template": "{}", "multi_label": True}}
    models.upload(daemon, name, models.row_wise(dim=3, forward_ms=FORWARD_MS, mixes=mixes), "zero_shot_classification",
                  inference_config=config)
    models.start(daemon, name, cache_size="0")

    def scores(*labels):
        body = {"docs": [{"text_field": "alpha beta"}],
                "inference_config": {"zero_shot_classification": {"labels": labels}}}
        found, = daemon.post(f"/_ml/trained_models/{name}/_infer", body).ok()["inference_results"]
        return {one["class_name"]: one["class_probability"] for one in found["top_classes"]}
    alone = {label: scores(label)[label] for label in ("gamma", "delta", "epsilon")}
    assert scores("gamma", "delta", "epsilon") == pytest.approx(alone, abs=1e-6)
    assert batches(daemon, name) == (("off", 0, 0) if mixes else ("on", 1, 1))


def test_slow_models_are_not_tried(daemon, name):
    models.serve(daemon, name, models.row_wise(forward_ms=200))
    assert batches(daemon, name) == ("off", 0, 0)
    assert "takes it so long" in reason(daemon, name)


def test_who_fails_fails_alone(daemon, served):
    with busy(daemon, served):
        good, bad = later(daemon, served, "alpha", "beta"), later(daemon, served, "throw")
        waiting(daemon, served, 3)
    assert values(good.response()) == [models.embedding("alpha"), models.embedding("beta")]
    assert bad.response().status == 500
    assert models.node_stats(daemon, served)["error_count"] == 1


def test_a_killer_takes_nobody_with_it(daemon, served):
    """What was computed beside it is tried again alone, and it is refused."""
    with busy(daemon, served):
        good, bad = later(daemon, served, "alpha", "beta"), later(daemon, served, "crash")
        waiting(daemon, served, 3)
    assert values(good.response()) == [models.embedding("alpha"), models.embedding("beta")]
    answer = bad.response()
    assert answer.status == 500 and "died unexpectedly" in answer.reason
    models.infer(daemon, served, "crash").fails(503, "status_exception", re.compile(".*is refused for.*"))
    assert values(models.infer(daemon, served, "gamma")) == [models.embedding("gamma")]
