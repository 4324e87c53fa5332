# SPDX-License-Identifier: Apache-2.0
"""The measurements, one function each. Times are seconds, memory is bytes."""

import json
import os
import resource
import signal
import statistics
import subprocess
import time

from support import models, procfs
from support.poll import until

MODEL = "minilm"
DOCUMENT = {"docs": [{"text_field": "How long does it take to answer a short question?"}]}


def start(daemon, deployment_id, **parameters):
    """Seconds that _start took until the deployment was started."""
    began = time.monotonic()
    models.start(daemon, MODEL, deployment_id=deployment_id, cache_size="0", **parameters)
    return time.monotonic() - began


def stop(daemon, deployment_id):
    daemon.post(f"/_ml/trained_models/{deployment_id}/deployment/_stop").ok()
    until(lambda: deployment_id not in daemon.get("/_ml/trained_models/_stats").body.decode(),
          "it is stopped")


def start_times(daemon, rounds):
    """_start to started, the worker process made anew each time."""
    times = []
    for _ in range(rounds):
        times.append(start(daemon, "timed"))
        stop(daemon, "timed")
        until(lambda: not daemon.workers(), "the worker ends")
    return times


def recovery_times(daemon, deployment_id, rounds):
    """SIGKILL of the worker to the next answer, for a request sent at once."""
    times = []
    for _ in range(rounds):
        worker = daemon.worker()
        began = time.monotonic()
        os.kill(worker, signal.SIGKILL)
        while daemon.post(f"/_ml/trained_models/{deployment_id}/_infer?timeout=20s",
                          DOCUMENT).status != 200:
            pass
        times.append(time.monotonic() - began)
        for _ in range(10):  # a success between two crashes, and no back-off left
            daemon.post(f"/_ml/trained_models/{deployment_id}/_infer", DOCUMENT).ok()
    return times


def memory_of_second_deployment(daemon, deployment_id):
    """Private memory of worker and daemon that a second deployment of the model adds."""
    def private():
        worker = daemon.worker()
        return sum(procfs.memory_bytes(pid, "Private_Dirty", "Private_Clean")
                   for pid in (worker, daemon.pid))

    def used(identifier):
        for _ in range(20):
            daemon.post(f"/_ml/trained_models/{identifier}/_infer", DOCUMENT).ok()
    used(deployment_id)
    before = private()
    start(daemon, "second")
    used("second")
    added = private() - before
    stop(daemon, "second")
    return added


def cpu_of(pid):
    """CPU seconds of all threads so far, to the nanosecond."""
    total = 0
    for thread in procfs.threads(pid):
        with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="utf-8") as file:
            total += int(file.read().split()[0])
    return total / 1e9


def busy_seconds():
    """CPU seconds that the machine has worked so far, all of its processors together."""
    with open("/proc/stat", encoding="utf-8") as file:
        user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def ask(url, bodies, connections, seconds):
    """wrk against a server: its own counts, and its CPU."""
    script = os.path.join(os.path.dirname(__file__), "infer.lua")
    generator = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s", "-s", script, url,
         "--", str(bodies)], capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    counts = json.loads(result.stdout.strip().splitlines()[-1])
    if counts["errors"] or not counts["requests"]:
        raise RuntimeError(f"the load was not answered without errors: {result.stdout}")
    return {
        "requests": counts["requests"],
        "sequences_per_second": counts["requests"] / counts["seconds"],
        "p50_ms": counts["p50_ms"], "p99_ms": counts["p99_ms"],
        "generator_cpu_seconds": (after.ru_utime + after.ru_stime
                                  - generator.ru_utime - generator.ru_stime),
    }


def served(daemon, deployment_id, bodies, connections, seconds):
    """The daemon under load: what ask says, and CPU of daemon and worker for an inference."""
    before, worker_before = cpu_of(daemon.pid), cpu_of(daemon.worker())
    load = ask(f"{daemon.url}/_ml/trained_models/{deployment_id}/_infer?timeout=60s", bodies, connections, seconds)
    own = cpu_of(daemon.pid) - before
    worker = cpu_of(daemon.worker()) - worker_before
    return {
        **load,
        "daemon_cpu_ms_per_inference": own * 1e3 / load["requests"],
        "cpu_ms_per_sequence": (own + worker) * 1e3 / load["requests"],
    }


def raw(program, model, ids, threads, seconds):
    """The same texts through the engine alone: sequences a second, and CPU of each in ms."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    result = subprocess.run([program, model, ids, str(threads), str(seconds)], check=True,
                            capture_output=True, text=True, env=environment)
    counts = json.loads(result.stdout)
    done = counts["sequences_per_second"] * counts["wall_seconds"]
    return counts["sequences_per_second"], counts["cpu_seconds"] * 1e3 / done


def alternating(daemon, deployment_id, bodies, raw_once, rounds, seconds):
    """Raw and served in turn, so that what else the machine does hits both. Gives the rounds."""
    results = []
    for _ in range(rounds):
        alone, alone_cpu_ms = raw_once()
        load = served(daemon, deployment_id, bodies, 32, seconds)
        results.append({"raw": alone, "raw_cpu_ms_per_sequence": alone_cpu_ms, **load,
                        "ratio": load["sequences_per_second"] / alone,
                        "cpu_ratio": alone_cpu_ms / load["cpu_ms_per_sequence"]})
    return results


def median(rounds, key):
    return statistics.median(entry[key] for entry in rounds)
