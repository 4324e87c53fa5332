# SPDX-License-Identifier: Apache-2.0
"""cache_size takes effect: equal documents are answered from memory, bounded, or not at all for 0.

(compatibility 8.1 for the parameter, 7.2 and 7.3 for the counters, 10.2 for what is the key.)
"""

import concurrent.futures

from support import models
from support.poll import until


def hits(daemon, model_id):
    return models.node_stats(daemon, model_id)["inference_cache_hit_count"]


def test_equal_documents_are_computed_once(daemon, name):
    models.serve(daemon, name, models.behaving(), cache_size="1mb")
    for count in range(4):
        assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]
        assert hits(daemon, name) == count
    assert models.vectors(daemon, name, "beta") == [models.embedding("beta")]
    node = models.node_stats(daemon, name)
    assert (node["inference_count"], node["inference_cache_hit_count"]) == (5, 3)


def test_a_hit_does_not_need_the_worker(daemon, name):
    models.serve(daemon, name, models.behaving(), cache_size="1mb")
    models.vectors(daemon, name, "alpha")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        stuck = pool.submit(models.infer, daemon, name, "hang", query="?timeout=2s")
        until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] == 1, "busy")
        assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]
        assert not stuck.done()
        assert stuck.result().status == 408


def test_zero_means_no_cache(daemon, name):
    models.serve(daemon, name, models.behaving(), cache_size="0")
    for _ in range(3):
        models.vectors(daemon, name, "alpha")
    assert hits(daemon, name) == 0


def test_the_bound_holds(daemon, name):
    """A cache of 2 kb cannot hold the answers to a thousand texts: the oldest is computed again."""
    models.serve(daemon, name, models.behaving(dim=64), cache_size="2kb")
    models.vectors(daemon, name, "alpha")
    words = models.VOCABULARY[11:22]
    texts = [f"{a} {b} {c}" for a in words for b in words for c in words][:1000]
    models.vectors(daemon, name, *texts)
    before = hits(daemon, name)
    models.vectors(daemon, name, "alpha")
    assert hits(daemon, name) == before


def test_errors_are_not_cached(daemon, name):
    models.serve(daemon, name, models.behaving(), cache_size="1mb")
    for _ in range(2):
        assert models.infer(daemon, name, "throw").status == 500
    assert models.node_stats(daemon, name)["error_count"] == 2 and hits(daemon, name) == 0


def test_what_changes_the_answer_is_no_hit(daemon, name):
    """The same text with another name for the result, or cut elsewhere, gets its own answer."""
    models.serve(daemon, name, models.behaving(), cache_size="1mb")
    models.vectors(daemon, name, "alpha")
    answer = daemon.post(f"/_ml/trained_models/{name}/_infer", {
        "docs": [{"text_field": "alpha"}],
        "inference_config": {"text_embedding": {"results_field": "vector"}}})
    result, = answer.ok()["inference_results"]
    assert models.float32(result["vector"]) == models.embedding("alpha")


def test_deployments_have_caches_of_their_own(daemon, name):
    models.serve(daemon, name, models.behaving(), cache_size="1mb")
    models.start(daemon, name, deployment_id="second", cache_size="0")
    models.vectors(daemon, name, "alpha")
    for _ in range(2):
        models.vectors(daemon, "second", "alpha")
    assert models.node_stats(daemon, name, "second")["inference_cache_hit_count"] == 0
