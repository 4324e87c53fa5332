# SPDX-License-Identifier: Apache-2.0
"""How much of a text a model has seen: token_counts=true and truncate: error, both inferd's own
(compatibility 10.1, 10.4)."""

import pytest

from support import models

LONG = " ".join(["alpha"] * 600)


@pytest.fixture
def model(daemon, name):
    models.serve(daemon, name, models.behaving(), cache_size="1mb")
    return name


def counts(daemon, model, *texts, query="?token_counts=true"):
    results = models.infer(daemon, model, *texts, query=query).ok()["inference_results"]
    return [result.get("token_counts") for result in results]


def test_not_unless_asked_for(daemon, model):
    assert counts(daemon, model, "alpha", query="") == [None]
    assert counts(daemon, model, "alpha", query="?token_counts=false") == [None]


def test_short_and_long(daemon, model):
    assert counts(daemon, model, "alpha beta", LONG, "") == [
        {"tokens": 4, "truncated": 0, "sequences": 1, "longest_sequence": 4},
        {"tokens": 602, "truncated": 90, "sequences": 1, "longest_sequence": 512},
        {"tokens": 2, "truncated": 0, "sequences": 1, "longest_sequence": 2}]


def test_kept_apart_in_the_cache(daemon, model):
    for _ in range(2):
        assert counts(daemon, model, "alpha", query="") == [None]
        assert counts(daemon, model, "alpha")[0]["tokens"] == 3
    assert models.node_stats(daemon, model)["inference_cache_hit_count"] == 2


def test_windows(daemon, name):
    models.upload(daemon, name, models.behaving(), "pass_through", inference_config={
        "pass_through": {"tokenization": {"bert": {"truncate": "none", "span": 100}}}})
    models.start(daemon, name)
    assert counts(daemon, name, LONG) == [
        {"tokens": 602, "truncated": 0, "sequences": 2, "longest_sequence": 512}]


def test_error_instead_of_a_cut(daemon, model):
    def ask(text, **update):
        return daemon.post(f"/_ml/trained_models/{model}/_infer", {
            "docs": [{"text_field": text}],
            "inference_config": {"text_embedding": {"tokenization": {"bert": update}}}})
    ask("alpha", truncate="error").ok()
    ask(LONG, truncate="error").fails(
        400, "status_exception",
        "Input too large. The tokenized input length [602] ([600] tokens of the text and [2] special "
        "tokens) exceeds the maximum sequence length [512] by [90] tokens, and [truncate] is [error]")
    assert ask(LONG, truncate="first").ok()["inference_results"][0]["is_truncated"] is True
    ask("alpha", truncate="error", span=3).fails(
        400, "illegal_argument_exception", "[span] must not be provided when [truncate] is [error]")


def test_no_boolean(daemon, model):
    models.infer(daemon, model, "alpha", query="?token_counts=1").fails(
        400, "illegal_argument_exception",
        "Failed to parse value [1] as only [true] or [false] are allowed.")
