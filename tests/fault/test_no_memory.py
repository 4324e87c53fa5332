# SPDX-License-Identifier: Apache-2.0
"""Memory is gone: an allocation fails here or there, all fail for a while, or the process meets a real limit. Each
time there is a clear answer or a closed connection, nothing is half done, and the daemon recovers by itself.

The long form, every call stack of every request, is scripts/fail-allocations."""

import concurrent.futures
import pathlib
import re
import resource

import pytest

from support import models
from support.memory_start import Starts
from support.memory_sweep import CLOSED, Sweep
from support.poll import until

PLACES = 6  # of each request
LIMITS = [0, 7, 60]  # allocations that pass before all fail
LEAK_MAX = 16384  # bytes; libcrypto keeps about 1 KB for each thread that it once failed on
CLIENTS, REQUESTS = 40, 200
# What may be taken beyond what was there, enough for connections; and a body for which it is not, nor a heap of
# glibc's, of which each thread has 64 MiB reserved beforehand.
ROOM = 40 << 20
LARGE = b" " * (66 << 20) + b"x"


@pytest.fixture
def sweep():
    one = Sweep()
    try:
        yield one
    finally:
        one.end()


def test_allocations_that_fail_once(sweep):
    for _ in range(2):
        sweep.cycle()
    before = sweep.live_bytes()
    sweep.cycle(lambda step: sweep.places(step, PLACES))
    assert sweep.answers["right"] > 50 and sweep.answers["an error"] > 10, sweep.answers
    sweep.cycle()
    until(lambda: sweep.live_bytes() - before < LEAK_MAX, "what requests and connections had comes back")


def test_no_allocation_works_for_a_while(sweep):
    sweep.cycle(lambda step: sweep.limits(step, LIMITS))
    assert sweep.answers["an error"] + sweep.answers["closed"] > 20, sweep.answers
    sweep.cycle()
    sweep.daemon.stop()


def test_an_allocation_of_the_start_fails():
    """The last of them belong to the pool's threads that read what a deployment is made of."""
    starts = Starts()
    try:
        starts.sweep(step=150, first=16)
    finally:
        starts.end()
    assert starts.outcomes["served"] > 8, starts.outcomes


# ---- a real limit ----

def address_space(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmSize:\s*(\d+) kB", status).group(1)) * 1024


def ask_all(daemon):
    """Many clients at once, some with large bodies; the answers, None for a connection that was closed."""
    def ask(number):
        try:
            if number % 10 == 0:
                return daemon.post("/_ml/trained_models/m/_infer", LARGE)
            return models.infer(daemon, "m", "alpha beta " * (number % 400 + 1), query="?timeout=30s")
        except CLOSED:
            return None

    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(ask, range(REQUESTS)))


def test_a_limit_of_address_space(daemon):
    models.serve(daemon, "m", models.behaving())
    unlimited = resource.prlimit(daemon.pid, resource.RLIMIT_AS)
    resource.prlimit(daemon.pid, resource.RLIMIT_AS, (address_space(daemon.pid) + ROOM, unlimited[1]))
    answers = ask_all(daemon)
    resource.prlimit(daemon.pid, resource.RLIMIT_AS, unlimited)
    assert daemon.process.poll() is None, daemon.log_text()[-3000:]
    refused = [a for a in answers if a is not None and a.status == 429 and "circuit_breaking" in a.body.decode()]
    assert refused and all(a.headers["Retry-After"] == "1" and "not enough memory" in a.reason for a in refused)
    others = {a.status for a in answers if a is not None} - {200, 400, 429}
    assert others == set(), others
    models.infer(daemon, "m", "alpha").ok()
    assert daemon.post("/_ml/trained_models/m/_infer", LARGE).status == 400
