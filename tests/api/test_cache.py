# SPDX-License-Identifier: Apache-2.0
"""cache_size takes effect: equal documents are answered from memory, bounded, or not at all for 0.

(compatibility 8.1 for the parameter, 8.4 for _clear, 7.2 and 7.3 for the counters, 10.2 for what is
the key.)
"""

import concurrent.futures
import re

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


def clear(daemon, deployment_id, query="", body=None):
    return daemon.post(f"/_ml/trained_models/{deployment_id}/deployment/cache/_clear{query}", body)


def test_a_cleared_cache_has_forgotten_and_the_counters_have_not(daemon, name):
    models.serve(daemon, name, models.behaving(), cache_size="1mb")
    models.vectors(daemon, name, "alpha")
    models.vectors(daemon, name, "alpha")
    assert clear(daemon, name).ok() == {"cleared": True}
    before = models.node_stats(daemon, name)
    assert (before["inference_count"], before["inference_cache_hit_count"]) == (2, 1)
    assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]
    assert hits(daemon, name) == 1
    assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]
    assert hits(daemon, name) == 2


def test_clear_is_of_one_deployment(daemon, name):
    models.serve(daemon, name, models.behaving(), cache_size="1mb")
    models.start(daemon, name, deployment_id="second", cache_size="1mb")
    models.vectors(daemon, "second", "alpha")
    clear(daemon, name, "?timeout=10s", {}).ok()
    models.vectors(daemon, "second", "alpha")
    assert models.node_stats(daemon, name, "second")["inference_cache_hit_count"] == 1


def test_clear_is_fine_without_a_cache(daemon, name):
    models.serve(daemon, name, models.behaving(), cache_size="0")
    assert clear(daemon, name).ok() == {"cleared": True}


def test_clear_is_refused_where_there_is_nothing(daemon, name):
    """A model is no deployment, and only the timeout can be given."""
    models.upload(daemon, name, models.behaving())
    clear(daemon, name).fails(404, "resource_not_found_exception",
                              f"No known model deployment with id [{name}]")
    clear(daemon, name, "?timout=3s").fails(400, "illegal_argument_exception",
                                            re.compile(".*timout.*"))


def test_clear_while_a_result_is_computed(daemon, name):
    """What was computed meanwhile may be kept: it is no other answer than before."""
    models.serve(daemon, name, models.behaving(forward_ms=200), cache_size="1mb")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        running = pool.submit(models.vectors, daemon, name, "alpha")
        until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] == 1, "busy")
        clear(daemon, name).ok()
        assert running.result() == [models.embedding("alpha")]
    assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]


def test_hits_of_a_request_that_the_queue_refuses_count_nowhere(daemon, name):
    """Room is needed for the misses only; without it nothing of the request has happened."""
    models.serve(daemon, name, models.behaving(), cache_size="1mb", queue_capacity=1)
    models.vectors(daemon, name, "alpha")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        stuck = [pool.submit(models.infer, daemon, name, "hang", query="?timeout=2s")
                 for _ in range(2)]
        until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] == 2, "full")
        assert models.vectors(daemon, name, "alpha", "alpha") == [models.embedding("alpha")] * 2
        models.infer(daemon, name, "alpha", "beta", "alpha").fails(
            429, "es_rejected_execution_exception",
            "inference process queue is full. Unable to execute command")
        node = models.node_stats(daemon, name)
        assert (node["inference_cache_hit_count"], node["rejected_execution_count"]) == (2, 3)
        assert [one.result().status for one in stuck] == [408, 408]
