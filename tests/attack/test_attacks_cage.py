# SPDX-License-Identifier: Apache-2.0
"""The cage from outside: what the kernel says about a worker that serves."""

import os
import re

import pytest

from support import fake_models, models
from support.attack import HOSTILE
from support.daemon import FAKE_ENGINE, SANITIZED


def status(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return dict(re.match(r"(\w+):\s*(.*)", line).groups() for line in file)


def test_privileges(scene):
    found = status(scene.serve(fake_models.behaving()))
    assert found["NoNewPrivs"] == "1" and found["Seccomp"] == "2", found
    for capability in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(found[capability], 16) == 0, found


def test_group_and_session_of_its_own(scene):
    worker = scene.serve(fake_models.behaving())
    assert os.getpgid(worker) == worker and os.getsid(worker) == worker
    assert os.getpgid(worker) != os.getpgid(scene.innocent)


def test_limits(scene):
    worker = scene.serve(fake_models.behaving())
    with open(f"/proc/{worker}/limits", encoding="utf-8") as file:
        hard = {line[:26].strip(): line[26:].split()[1] for line in file}
    for name in ("Max core file size", "Max file size", "Max locked memory", "Max msgqueue size"):
        assert hard[name] == "0", (name, hard)
    assert int(hard["Max open files"]) < 1024
    with open(f"/proc/{worker}/oom_score_adj", encoding="utf-8") as file:
        assert int(file.read()) == 500


def test_descriptors(scene):
    """The null device three times, the control channel and one channel an allocation: no file, no pipe."""
    worker = scene.serve(fake_models.behaving(), number_of_allocations=2)
    if os.geteuid() != 0:
        with pytest.raises(PermissionError):  # closed to its own user, too
            os.listdir(f"/proc/{worker}/fd")
        return
    kinds = [os.stat(f"/proc/{worker}/fd/{fd}").st_mode >> 12 for fd in os.listdir(f"/proc/{worker}/fd")]
    if SANITIZED:  # its report goes where standard error went
        kinds = [kind for kind in kinds if kind != 0o10] + [0o2] * kinds.count(0o10)
    assert sorted(kinds) == [0o2, 0o2, 0o2, 0o14, 0o14, 0o14], kinds


def test_environment(make_daemon):
    """None of the daemon's variables, which is where passwords are."""
    daemon = make_daemon({"engine.path": FAKE_ENGINE}, environment={"INFERD_TEST_PASSWORD": "open sesame"})
    models.serve(daemon, HOSTILE, fake_models.behaving())
    with open(f"/proc/{daemon.pid}/environ", "rb") as file:
        assert b"open sesame" in file.read()
    for pid in (daemon.zygote(), daemon.worker()):
        if pid != daemon.zygote() and os.geteuid() != 0:
            continue  # closed to its own user; it is a fork of the zygote
        with open(f"/proc/{pid}/environ", "rb") as file:
            assert b"sesame" not in file.read()


def test_namespaces(scene):
    worker = scene.serve(fake_models.behaving())
    line = [line for line in scene.daemon.log() if line["message"] == "model loaded"][-1]
    if os.geteuid() != 0:
        return  # closed to its own user; tests/unit/engine/test_sandbox.c looks from inside
    for name in ("net", "mnt", "ipc", "uts"):
        apart = os.readlink(f"/proc/{worker}/ns/{name}") != os.readlink(f"/proc/{scene.daemon.pid}/ns/{name}")
        assert apart == (line["namespaces"] == "yes"), name
    if line["namespaces"] == "yes":
        assert os.readlink(f"/proc/{worker}/ns/net") != os.readlink(f"/proc/{scene.innocent}/ns/net")
