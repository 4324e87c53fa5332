# SPDX-License-Identifier: Apache-2.0
"""A deployment grows and shrinks a hundred times while clients use it: no request fails, and each
answer is the right one (compatibility 8.3)."""

import concurrent.futures
import threading

from support import models
from support.poll import until

PATH = "/_ml/trained_models"
TEXTS = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]
CLIENTS, UPDATES, MOST_REQUESTS = 6, 100, 5000


def ask(daemon, name, client, over):
    """Requests one after the other until it is over; how many there were."""
    count = 0
    while not over.is_set() and count < MOST_REQUESTS:
        text = TEXTS[(client + count) % len(TEXTS)]
        assert models.vectors(daemon, name, text, query="?timeout=60s") == [models.embedding(text)]
        count += 1
    return count


def change(daemon, name, numbers):
    for number in numbers:
        assignment = daemon.post(f"{PATH}/{name}/deployment/_update?timeout=60s",
                                 {"number_of_allocations": number}).ok()["assignment"]
        route, = assignment["routing_table"].values()
        assert (route["current_allocations"], route["target_allocations"]) == (number, number)


def test_up_and_down_a_hundred_times_under_load(daemon, name):
    models.serve(daemon, name, models.behaving(), cache_size="0")
    worker = daemon.worker()
    over = threading.Event()
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(ask, daemon, name, client, over) for client in range(CLIENTS)]
        try:
            change(daemon, name, [4, 1, 2, 1, 3] * (UPDATES // 5))
        finally:
            over.set()
        counts = [client.result() for client in clients]
    assert all(counts), counts
    assert daemon.worker() == worker
    found = models.stats(daemon, name)
    assert found["inference_stats"]["failure_count"] == 0
    assert found["deployment_stats"]["inference_count"] == sum(counts)
    until(lambda: models.stats(daemon, name)["deployment_stats"]["allocation_status"] == {
        "allocation_count": 3, "target_allocation_count": 3, "state": "fully_allocated"},
        "the last number")


def test_up_and_down_while_requests_hang(make_daemon, name):
    """An allocation that retires with a hanging forward inside is still watched."""
    daemon = make_daemon({"engine.forward_timeout": "1s"})
    models.serve(daemon, name, models.behaving(), number_of_allocations=2,
                 wait_for="fully_allocated")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        stuck = [pool.submit(models.infer, daemon, name, "hang", query="?timeout=20s")
                 for _ in range(2)]
        until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] == 2, "inside")
        daemon.post(f"{PATH}/{name}/deployment/_update", {"number_of_allocations": 1}).ok()
        assert [future.result().status for future in stuck] == [500, 500]
    until(lambda: models.stats(daemon, name)["deployment_stats"]["state"] == "started", "started")
    assert models.vectors(daemon, name, "alpha", query="?timeout=30s") == \
        [models.embedding("alpha")]
