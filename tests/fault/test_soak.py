# SPDX-License-Identifier: Apache-2.0
"""The short forms of scripts/soak: nothing is left over. How fast memory grows shows only in an hour."""

import pytest

from support import soak
from support.daemon import SANITIZED


def test_mixed_traffic_leaves_nothing_behind(make_daemon):
    one = soak.Soak(make_daemon(soak.SETTINGS))
    before, after = one.run(4)
    assert after == before
    kinds = {"infer 200", "infer again 200", "wrong 400", "wrong 404", "throw 500", "look 200", "alias 200"}
    assert kinds <= set(one.traffic.statuses), one.traffic.statuses


def test_starts_and_stops_leave_nothing_behind(make_daemon):
    before, after = soak.Cycles(make_daemon(soak.SETTINGS)).run(30)
    for name in before:
        assert after[name][1] == before[name][1], (before, after)
        if not SANITIZED:  # which keeps what was freed for a while
            assert after[name][0] - before[name][0] < soak.MOST_MB_OF_CYCLES, (before, after)


def test_slope_is_not_moved_by_a_few_points():
    points = [(hour / 10, 20 + 3 * hour / 10) for hour in range(50)]
    assert soak.slope(points) == pytest.approx(3)
    assert soak.slope([*points[:-1], (4.9, 500)]) == pytest.approx(3)
    assert soak.slope([(1, 20)]) == 0
