# SPDX-License-Identifier: Apache-2.0
"""Waiting for a condition with a deadline, never for a fixed time."""

import time


def until(condition, what, deadline=60.0, pause=0.01):
    """Calls condition until it returns something true, which is returned.

    An AssertionError inside the condition counts as "not yet"; the last one is shown in the end.
    """
    end = time.monotonic() + deadline
    last = None
    while True:
        try:
            value = condition()
            if value:
                return value
        except AssertionError as error:
            last = error
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline} s: {what}") from last
        time.sleep(pause)
