# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the daemon while users, passwords and API keys are changed: nothing acknowledged is lost or undone."""

import random

from support.daemon import running
from support.kill_daemon import run_until_killed
from support.secured import Secured
from support.security_clients import KeyClient, UserClient

KILLS = 15


def test_no_acknowledged_change_is_lost():
    chosen = random.Random(20261128)
    with running(Secured({"xpack.security.authc.failures_per_minute": 0}).start()) as daemon:
        clients = [UserClient(daemon, f"user-{n}", n) for n in range(2)] + [KeyClient(daemon, f"key-{n}", n)
                                                                            for n in range(3)]
        for _ in range(KILLS):
            run_until_killed(daemon, clients, chosen.uniform(0.05, 0.4))
            daemon.restart()
            for client in clients:
                client.check()
        assert all(client.ledger.acknowledged > KILLS // 3 for client in clients)
