# SPDX-License-Identifier: Apache-2.0
"""The scene of the attacks: one daemon a file, with an innocent deployment in it.

The attackers are native code of the fake engine (tests/support/fake_attacks.c), in the real zygote, the real
worker and the real cage, whatever engine the build has.
"""

import pytest

from support.attack import Scene
from support.daemon import FAKE_ENGINE, Daemon
from support.file_gate import Gate


@pytest.fixture(scope="module")
def stage():
    running = Daemon({"engine.path": FAKE_ENGINE, "engine.forward_timeout": "2s", "engine.max_restarts": 1000,
                      "engine.memory_limit": "300mb"})
    try:
        running.start()
        yield Scene(running)
    finally:
        running.destroy()


@pytest.fixture
def scene(stage, request):
    """Empty of hostile models before and after, and as it was."""
    yield stage
    report = getattr(request.node, "report_call", None)
    if report is None or report.failed:
        stage.daemon.show_log()
    stage.daemon.check()
    if stage.daemon.get("/_ml/trained_models/hostile").status == 200:
        stage.leave()


@pytest.fixture(scope="module")
def open_gate():
    made = Gate()
    try:
        yield made
        made.close()
    finally:
        made.bystander.stopping.set()
        made.daemon.destroy()


@pytest.fixture
def gate(open_gate, request):
    yield open_gate
    report = getattr(request.node, "report_call", None)
    if report is None or report.failed:
        open_gate.daemon.show_log()
        open_gate.daemon.delete("/_ml/trained_models/hostile?force=true")
    open_gate.daemon.check()
