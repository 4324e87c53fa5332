# SPDX-License-Identifier: Apache-2.0
"""The short form of scripts/kill-workers; the long one is a thousand kills."""

from support import kill_workers


def test_kills_at_random(make_daemon):
    daemon = make_daemon(kill_workers.SETTINGS)
    campaign = kill_workers.Campaign(daemon, seed=7)
    campaign.run(kills=40, zygote_kills=2, killers=4)
    campaign.check()
    assert sum(campaign.killed.values()) == 42
