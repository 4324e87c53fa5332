# SPDX-License-Identifier: Apache-2.0
"""What the kernel says about the daemon's processes: who is whose child, CPU, memory, priority."""

import os

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def _stat(path):
    """Fields of a stat file after the program's name; index 0 is field 3 of proc(5)."""
    with open(path, encoding="utf-8") as file:
        return file.read().rpartition(")")[2].split()


def state(pid):
    """One letter of proc(5): R, S, T, Z, ..."""
    return _stat(f"/proc/{pid}/stat")[0]


def alive(pid):
    try:
        return state(pid) not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def children(pid):
    """Living children, oldest first."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            fields = _stat(f"/proc/{name}/stat")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == pid and fields[0] not in "ZX":
            found.append((int(fields[19]), int(name)))
    return [child for _, child in sorted(found)]


def threads(pid):
    return sorted(int(name) for name in os.listdir(f"/proc/{pid}/task"))


def _stats_of_threads(pid):
    """Thread id and fields of each thread that does not end meanwhile."""
    for thread in threads(pid):
        try:
            yield thread, _stat(f"/proc/{pid}/task/{thread}/stat")
        except (FileNotFoundError, ProcessLookupError):
            continue


def nice_of_threads(pid):
    """The nice value of each thread."""
    return [int(fields[16]) for _, fields in _stats_of_threads(pid)]


def cpu_seconds(pid):
    """User and system time of the whole process so far."""
    fields = _stat(f"/proc/{pid}/stat")
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def cpu_seconds_of_threads(pid):
    """Thread id -> CPU seconds so far."""
    return {thread: (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND
            for thread, fields in _stats_of_threads(pid)}


def memory_bytes(pid, *names):
    """The sum of the named lines of smaps_rollup, e.g. "Private_Dirty", "Rss"."""
    total = 0
    with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
        for line in file:
            if line.split(":")[0] in names:
                total += int(line.split()[1]) * 1024
    return total
