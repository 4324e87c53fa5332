# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the daemon, 40 times (under a sanitizer 10 times) at random points of every command that is stored.

After every kill the daemon is started again on the same data and must agree with the clients' ledgers:
what was acknowledged is there, what was never sent is not, and the one command that each client had in
the air has happened or not, but not by half. The long form is scripts/kill-daemon.
"""

import random
import time

from support import models
from support.daemon import SANITIZED
from support.kill_daemon import rounds
from support.poll import until

ROUNDS = 10 if SANITIZED else 25


def test_no_acknowledged_command_is_lost(make_daemon):
    clients = rounds(make_daemon(), ROUNDS, 20261123)
    assert all(client.ledger.acknowledged > ROUNDS // 10 for client in clients)


def test_killed_right_at_the_start(make_daemon, name):
    """Recovery itself may be cut off anywhere, too."""
    chosen = random.Random(5)
    daemon = make_daemon()
    models.serve(daemon, name, models.behaving())
    before = daemon.get("/_ml/trained_models").ok()
    daemon.kill()
    for _ in range(20):
        daemon.launch()
        time.sleep(chosen.uniform(0, 0.12))
        daemon.kill()
    daemon.restart()
    assert daemon.get("/_ml/trained_models").ok() == before
    until(lambda: models.stats(daemon, name)["deployment_stats"]["state"] == "started", "started")
    assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]
