# SPDX-License-Identifier: Apache-2.0
"""The long form of tests/fault/test_no_memory.py, run by scripts/fail-allocations."""

import sys
import time

from support.memory_start import Starts
from support.memory_sweep import Sweep

LEAK_MAX = 16384  # bytes; libcrypto keeps about 1 KB for each thread that it once failed on


class Campaign(Sweep):
    """A sweep that goes on after a wrong answer and keeps it."""

    def __init__(self, places, limits):
        super().__init__()
        self.most, self.afters = places, fibonacci(limits)
        self.passed, self.wrong = 0, []

    def check_error(self, step, answer):
        try:
            super().check_error(step, answer)
        except AssertionError as error:
            self.wrong.append(str(error)[:2000])

    def on_step(self, step):
        before, wrong, start = dict(self.answers), len(self.wrong), time.monotonic()
        failed = self.places(step, self.most)
        self.limits(step, self.afters)
        kinds = ", ".join(f"{count - before[kind]} {kind}" for kind, count in self.answers.items())
        print(f"    {step.name}: {failed} call stacks, {len(self.afters)} limits: {kinds}; "
              f"{time.monotonic() - start:.1f} s", flush=True)
        self.passed += wrong == len(self.wrong)

    def run(self):
        for _ in range(2):
            self.cycle()
        before = self.live_bytes()
        self.cycle(self.on_step)
        self.cycle()
        leak = self.live_bytes() - before
        print(f"    memory that was not given back: {leak} bytes")
        if leak >= LEAK_MAX:
            self.wrong.append(f"{leak} bytes were not given back")
        self.daemon.stop()


def start(step):
    """Every step-th allocation of a start fails; returns what was wrong, or nothing."""
    starts, begin = Starts(), time.monotonic()
    try:
        starts.sweep(step)
    except AssertionError as error:
        return [f"a start: {str(error)[:4000]}"]
    finally:
        print(f"    a start: {starts.outcomes}; {time.monotonic() - begin:.1f} s", flush=True)
        starts.end()
    return []


def fibonacci(count):
    numbers = [0, 1, 2]
    while len(numbers) < count:
        numbers.append(numbers[-1] + numbers[-2])
    return numbers[:count]


def main():
    campaign = Campaign(int(sys.argv[1]), int(sys.argv[2]))
    try:
        campaign.run()
    except AssertionError as error:
        campaign.wrong.append(str(error)[:4000])
    finally:
        campaign.end()
    in_starts = start(int(sys.argv[3]))
    campaign.wrong += in_starts
    campaign.passed += not in_starts
    for text in campaign.wrong:
        print(f"    wrong: {text}")
    print(f"{campaign.passed} passed, {len(campaign.wrong)} failed")
    sys.exit(1 if campaign.wrong else 0)


if __name__ == "__main__":
    main()
