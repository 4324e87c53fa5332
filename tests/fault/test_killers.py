# SPDX-License-Identifier: Apache-2.0
"""Inputs that end their process: found out by two deaths, refused for a while, and nobody else with them.
And inputs that were only unlucky: a process that is killed from outside speaks against none."""

import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor

from support import models
from support.poll import until

FAULT = r"signal \d+ \([A-Z][a-z ]+\)"
DIED = re.compile(
    rf"Error in inference process: \[inference native process died unexpectedly with failure \[{FAULT}\]\]")


def refused(position=0, times=2, how=FAULT):
    return re.compile(
        rf"Error in inference process: \[document \[{position}\] of the request is refused for \[\d+\] seconds, "
        rf"because it has ended the inference process \[{times}\] times, at last with failure \[{how}\]\]")


def ask(daemon, name, *texts, timeout="60s"):
    return models.infer(daemon, name, *texts, query=f"?timeout={timeout}", timeout=90)


def deaths(daemon):
    return [line["how"] for line in daemon.log() if line["message"] == "worker process died"]


def inside(daemon, name):
    """Waits until the one request is inside a worker; which one."""
    def ready():
        stats = models.stats(daemon, name)["deployment_stats"]
        return stats["state"] == "started" and stats["nodes"][0]["number_of_pending_requests"] == 1
    until(ready, "the request is inside a worker")
    return daemon.worker()


def test_killer_is_refused_after_two_deaths(make_daemon, name):
    daemon = make_daemon()
    models.serve(daemon, name, models.behaving())
    ask(daemon, name, "crash alpha").fails(500, "status_exception", DIED)
    for _ in range(100):
        answer = ask(daemon, name, "crash alpha")
        answer.fails(503, "status_exception", refused())
        assert 0 < int(answer.headers["Retry-After"]) <= 600
    assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]
    assert len(deaths(daemon)) == 2


def test_neighbours_in_the_process_are_answered(make_daemon, name):
    """Four allocations of two deployments in one worker, busy with innocents when the killer comes."""
    daemon = make_daemon()
    models.serve(daemon, name, models.behaving(forward_ms=20), number_of_allocations=2, cache_size="0")
    models.start(daemon, name, deployment_id="second", number_of_allocations=2, cache_size="0")
    innocents = [f"{one} {other}" for one in ("alpha", "beta") for other in ("gamma", "delta", "zeta", "eta")]
    with ThreadPoolExecutor(20) as pool:
        before = [pool.submit(ask, daemon, where, text) for text in innocents for where in (name, "second")]
        killers = [pool.submit(ask, daemon, name, f"crash {word}") for word in ("one", "two")]
        after = [pool.submit(ask, daemon, where, text) for text in innocents for where in (name, "second")]
        for killer in killers:
            killer.result().fails(500, "status_exception", DIED)
        for text, answer in zip([text for text in innocents for _ in "ab"] * 2, before + after):
            result, = answer.result().ok()["inference_results"]
            assert models.float32(result["predicted_value"]) == models.embedding(text)
    assert 3 <= len(deaths(daemon)) <= 4  # both may have been inside at the first
    for text in innocents:  # none of them is suspected any more, and none refused
        assert models.vectors(daemon, name, text) == [models.embedding(text)]


def test_neighbours_in_the_request_are_told_which_one_it_is(make_daemon, name):
    """A request fails as a whole; the reason names the document, so the others can be sent without it."""
    daemon = make_daemon()
    models.serve(daemon, name, models.behaving())
    batch = ["alpha", "beta", "crash alpha", "gamma"]
    ask(daemon, name, *batch).fails(500, "status_exception", DIED)
    ask(daemon, name, *batch).fails(503, "status_exception", refused(position=2))
    del batch[2]
    assert models.vectors(daemon, name, *batch) == [models.embedding(text) for text in batch]
    assert len(deaths(daemon)) == 2


def test_killer_that_many_send_at_once(make_daemon, name):
    """Those that wait in the queue are refused there; each would cost a process, and then the deployment."""
    daemon = make_daemon()
    models.serve(daemon, name, models.behaving(forward_ms=50), number_of_allocations=1)
    with ThreadPoolExecutor(30) as pool:
        answers = [pool.submit(ask, daemon, name, "crash beta") for _ in range(30)]
        statuses = [answer.result().status for answer in answers]
    assert statuses.count(500) == 1 and statuses.count(503) == 29, statuses
    assert len(deaths(daemon)) == 2
    assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]


def test_killer_whose_client_does_not_wait(make_daemon, name):
    """Nobody is there any more when the process dies; the input is remembered all the same."""
    daemon = make_daemon()
    models.serve(daemon, name, models.behaving(forward_ms=200))
    ask(daemon, name, "crash alpha", timeout="50ms")
    until(lambda: len(deaths(daemon)) == 1, "the process dies of it")
    ask(daemon, name, "crash alpha").fails(500, "status_exception", DIED)
    ask(daemon, name, "crash alpha").fails(503, "status_exception", refused())
    assert len(deaths(daemon)) == 2


def test_an_input_that_takes_too_long_is_refused_at_once(make_daemon, name):
    """It is not tried again: each time costs everybody engine.forward_timeout."""
    daemon = make_daemon({"engine.forward_timeout": "1s"})
    models.serve(daemon, name, models.behaving())
    ask(daemon, name, "hang alpha").fails(500, "status_exception", re.compile(".+engine.forward_timeout.+"))
    ask(daemon, name, "hang alpha").fails(503, "status_exception", refused(times=1, how=".+"))
    assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]
    assert len(deaths(daemon)) == 1


def test_kills_from_outside_are_no_evidence(make_daemon, name):
    """The same document inside four processes that are killed, the last three times alone: it is answered."""
    daemon = make_daemon({"engine.max_restarts": 10, "engine.forward_timeout": "60s"})
    models.serve(daemon, name, models.behaving(hang_ms=2000), cache_size="0")
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(ask, daemon, name, "hang alpha")
        for n, number in enumerate((signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL, signal.SIGBUS)):
            os.kill(inside(daemon, name), number)
            # Seen by the daemon, too: until then its statistics are those of before, and the next process
            # could be killed before it watches for signals.
            until(lambda: len(deaths(daemon)) == n + 1, "its death is seen")
        result, = answer.result().ok()["inference_results"]
    assert models.float32(result["predicted_value"]) == models.embedding("hang alpha")
    assert [how for how in deaths(daemon) if "sent by another process" in how or "Killed" in how] == deaths(daemon)
    assert len(deaths(daemon)) == 4
    assert models.stats(daemon, name)["inference_stats"]["failure_count"] == 0


def test_kills_without_an_end_are_not_forgiven_for_ever(make_daemon, name):
    """An input may be what makes the kernel run out of memory: alone in five killed processes, it is refused."""
    daemon = make_daemon({"engine.max_restarts": 20, "engine.forward_timeout": "60s"})
    models.serve(daemon, name, models.behaving(), cache_size="0")
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(ask, daemon, name, "hang alpha")
        for n in range(5):
            os.kill(inside(daemon, name), signal.SIGKILL)
            until(lambda: len(deaths(daemon)) == n + 1, "its death is seen")
        answer.result().fails(500, "status_exception", re.compile(".+signal 9 .+"))
    ask(daemon, name, "hang alpha").fails(503, "status_exception", refused(times=5, how=".+"))


def test_too_many_deaths_in_a_while_end_in_failed(make_daemon, name):
    """Answers in between make no difference; the reason says what it died of and how often."""
    daemon = make_daemon({"engine.max_restarts": 1000, "engine.max_crashes": 5, "engine.crash_window": "1h"})
    models.serve(daemon, name, models.behaving(), cache_size="0")
    for word in ("alpha", "beta"):
        ask(daemon, name, f"crash {word}").fails(500, "status_exception", DIED)
        assert models.vectors(daemon, name, word) == [models.embedding(word)]
    answer = ask(daemon, name, "crash gamma")  # the second death of it is one too many
    assert answer.status in (500, 503), answer
    until(lambda: models.stats(daemon, name)["deployment_stats"]["state"] == "failed", "it is given up")
    reason = models.node_stats(daemon, name)["routing_state"]["reason"]
    wanted = rf"inference process crashed due to reason \[{FAULT}, \[6\] times within \[1h\]\]"
    assert re.fullmatch(wanted, reason), reason
    assert len(deaths(daemon)) == 6
    daemon.post(f"/_ml/trained_models/{name}/deployment/_stop").ok()
    models.start(daemon, name)
    assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]
