# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the daemon at random moments, over and over on the same data: scripts/kill-daemon.

Prints what was acknowledged, and how long the daemon took until it served again: from its start to its line
"listening", and to the first answered _infer of a deployment that had been started.
"""

import argparse
import random
import statistics
import threading
import time

from support import models
from support.daemon import Daemon, running
from support.ledger_clients import ModelClient, check_all, crowd


def run_until_killed(daemon, clients, delay):
    """All clients at once, until the daemon dies after so many seconds."""
    stopping = threading.Event()
    threads = [threading.Thread(target=client.run, args=(stopping,)) for client in clients]
    for thread in threads:
        thread.start()
    time.sleep(delay)
    stopping.set()
    daemon.kill()
    for thread in threads:
        thread.join()
    for client in clients:
        if client.failure:
            raise client.failure


def rounds(daemon, count, seed, longest=0.15, restart=None):
    """Kills the daemon so often; after each restart everything must be as the ledgers say. The clients."""
    chosen = random.Random(seed)
    clients = crowd(daemon)
    for _ in range(count):
        run_until_killed(daemon, clients, chosen.uniform(0, longest))
        (restart or daemon.restart)()
        check_all(daemon, clients)
    return clients


class Clock:
    """Restarts a daemon and keeps the times."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.listening, self.answering = [], []

    def restart(self):
        began = time.monotonic()
        self.daemon.start(pause=0.001)
        self.listening.append(time.monotonic() - began)
        deployed = [entry["deployment_stats"]["deployment_id"]
                    for entry in self.daemon.get("/_ml/trained_models/_stats").ok()["trained_model_stats"]
                    if "deployment_stats" in entry]
        while deployed and models.infer(self.daemon, deployed[0], "alpha").status != 200:
            time.sleep(0.001)
        if deployed:
            self.answering.append(time.monotonic() - began)

    def report(self):
        for what, times in [("listening", self.listening), ("first answer", self.answering)]:
            if times:
                print(f"{what:<14} {len(times):5} times, median {statistics.median(times):.3f} s, "
                      f"longest {max(times):.3f} s")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with running(Daemon().start()) as daemon:
        clock = Clock(daemon)
        clients = rounds(daemon, options.kills, options.seed, restart=clock.restart)
    whole = [client for client in clients if isinstance(client, ModelClient)]
    print(f"{options.kills} kills, {sum(client.ledger.acknowledged for client in clients)} acknowledged "
          f"commands ({sum(client.ledger.acknowledged for client in whole)} of them on models), 0 lost")
    clock.report()


if __name__ == "__main__":
    main()
