# SPDX-License-Identifier: Apache-2.0
"""A peer's server as processes: start it on some processors, wait for it, its memory, its end."""

import http.client
import json
import os
import signal
import subprocess
import time

from support import procfs

# One thread for each worker, nothing asked of the network.
SETTINGS = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE",
            "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1"}

IDLE = 0.6  # CPU seconds a second of a server that waits
IDLE_LIMIT = 30


def launch(arguments, cores, settings, folder):
    """The program in a process group of its own, on these processors; what it says goes to folder/log."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "log", "wb") as log:
        return subprocess.Popen(
            ["taskset", "-c", ",".join(map(str, sorted(cores))), *map(str, arguments)], cwd=folder,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            env={**os.environ, **SETTINGS, **settings})


def post(port, path, body, timeout=30):
    """Status and bytes of one answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def answers(port, path, body):
    """True when it is answered with 200."""
    try:
        return post(port, path, body)[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def tree(pid):
    """The process and all below it."""
    found = [pid]
    for child in procfs.children(pid):
        found += tree(child)
    return found


def cpu(pid):
    """CPU seconds of the processes that are there now."""
    total = 0.0
    for process in tree(pid):
        try:
            total += procfs.cpu_seconds(process)
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total


def pss(pid):
    """Bytes of memory of all processes; what they share counts once."""
    total = 0
    for process in tree(pid):
        try:
            total += procfs.memory_bytes(process, "Pss")
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total


def wait(process, port, path, body, seconds=300):
    """Until it answers, and then until all of its workers are loaded, which shows in their taking little CPU.

    Some take nearly half a processor for waiting alone.
    """
    end = time.monotonic() + seconds
    while not answers(port, path, body):
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"the server does not answer on port {port}; its log says why")
        time.sleep(0.2)
    end, idle, before = time.monotonic() + IDLE_LIMIT, 0, cpu(process.pid)
    while idle < 2 and time.monotonic() < end:
        time.sleep(1)
        now = cpu(process.pid)
        idle, before = idle + 1 if abs(now - before) < IDLE else 0, now


def stop(process):
    """Ends the process group: asks it to, and kills what is left after ten seconds."""
    for number, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        end = time.monotonic() + seconds
        while time.monotonic() < end and _group_lives(process):
            time.sleep(0.05)
    process.wait()


def _group_lives(process):
    process.poll()  # so that the first of them is no zombie
    try:
        os.killpg(process.pid, 0)
        return True
    except ProcessLookupError:
        return False


def json_bytes(document):
    """JSON as it is sent."""
    return json.dumps(document).encode()
