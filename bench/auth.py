#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures what security costs: processor time of a request whose credential is remembered, and what logins that
have to be hashed do to the latency of others.

Needs a build with any engine (INFERD_BUILD names its folder) and wrk. See docs/benchmarks.md.
"""

import argparse
import contextlib
import http.client
import multiprocessing
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tests")]

from support import procfs  # noqa: E402
from support.daemon import Daemon, running  # noqa: E402
from support.secured import Secured, basic  # noqa: E402

PATH = "/_security/none"  # no handler, so that the gate is most of what is done beside HTTP itself
PROBE_S = 0.0005          # pause of the prober


def wrk(daemon, seconds, headers):
    """(requests, processor microseconds of the daemon for each)."""
    arguments = ["wrk", "-t1", "-c16", f"-d{seconds}s"]
    for name, value in headers.items():
        arguments += ["-H", f"{name}: {value}"]
    before = procfs.cpu_seconds(daemon.pid)
    text = subprocess.run([*arguments, daemon.url + PATH], check=True, capture_output=True, text=True).stdout
    count = int(re.search(r"(\d+) requests in", text).group(1))
    return count, (procfs.cpu_seconds(daemon.pid) - before) / count * 1e6


def cost(rounds, seconds):
    with contextlib.ExitStack() as stack:
        audit = pathlib.Path(tempfile.mkdtemp()) / "audit.json"
        without = stack.enter_context(running(Daemon().start()))
        secured = stack.enter_context(running(Secured().start()))
        audited = stack.enter_context(running(Secured({"xpack.security.audit.enabled": "true",
                                                       "xpack.security.audit.file": audit}).start()))
        key = secured.make_key()["headers"]
        cases = {"security off": (without, {}), "password": (secured, secured.credentials), "API key": (secured, key),
                 "password, audited": (audited, audited.credentials)}
        found = {name: [] for name in cases}
        for daemon, headers in cases.values():
            wrk(daemon, 1, headers)
        for _ in range(rounds):
            for name, (daemon, headers) in cases.items():
                found[name].append(wrk(daemon, seconds, headers)[1])
        audit.unlink()
        base = statistics.median(found["security off"])
        for name, values in found.items():
            middle = statistics.median(values)
            print(f"{name:18} {middle:6.2f} us of processor time a request, {middle - base:+6.2f} us "
                  f"({min(values):.2f} to {max(values):.2f})")


def probe(daemon, seconds):
    """Latencies in ms of a client that asks now and then with a credential that is remembered."""
    connection, latencies = http.client.HTTPConnection(*daemon.address), []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        before = time.perf_counter()
        connection.request("GET", "/", headers=daemon.credentials)
        connection.getresponse().read()
        latencies.append((time.perf_counter() - before) * 1000)
        time.sleep(PROBE_S)
    connection.close()
    return sorted(latencies)


def guess(address, over, count):
    """In a process of its own, so that it takes nothing from the prober but the machine's processors."""
    connection = http.client.HTTPConnection(*address)
    while not over.is_set():
        with count.get_lock():
            count.value += 1
            number = count.value
        connection.request("GET", "/", headers=basic("elastic", f"wrong-{number}"))
        connection.getresponse().read()
    connection.close()


def delay(seconds):
    for algorithm in ("yescrypt", "bcrypt"):
        settings = {"xpack.security.authc.failures_per_minute": 0,
                    "xpack.security.authc.password_hashing.algorithm": algorithm}
        with running(Secured(settings).start()) as daemon:
            daemon.add_user("u", "a-password")
            daemon.get("/")
            for guessers in (0, 4):
                over, count = multiprocessing.Event(), multiprocessing.Value("q", 0)
                processes = [multiprocessing.Process(target=guess, args=(daemon.address, over, count))
                             for _ in range(guessers)]
                for process in processes:
                    process.start()
                latencies = probe(daemon, seconds)
                over.set()
                for process in processes:
                    process.join()
                at = lambda share, sorted_=latencies: sorted_[min(len(sorted_) - 1, int(share * len(sorted_)))]
                print(f"{algorithm}, {guessers} guessers, {count.value / seconds:5.1f} hashes/s: p50 {at(0.5):.2f} "
                      f"p99 {at(0.99):.2f} p99.9 {at(0.999):.2f} max {latencies[-1]:.2f} ms of {len(latencies)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    quick = parser.parse_args().quick
    cost(3 if quick else 9, 2 if quick else 4)
    delay(5 if quick else 20)


if __name__ == "__main__":
    main()
