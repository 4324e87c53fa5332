# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the end-to-end tests: the daemon under test and names for its models.

INFERD_BUILD names the build folder (default: build). Tests marked `torch` need the real engine;
with the fake engine they are deselected, and the report's header says so. Those marked `network` make
networks of their own: where nobody may, they are left out, and the report ends with why.
"""

import re

import pytest

from support import models, network
from support.daemon import BUILD, ENGINE, SANITIZED, Daemon
from support.poll import until


def pytest_configure(config):
    config.addinivalue_line("markers", "torch: needs the libtorch engine")
    config.addinivalue_line("markers", "network(slow=False): makes network namespaces; and cards of its own, if slow")


def pytest_report_header():
    left_out = " (tests/clients and tests marked torch are left out)" if ENGINE == "fake" else ""
    return f"inferd: {BUILD}, engine {ENGINE}{left_out}, sanitizer {SANITIZED or 'none'}"


def pytest_terminal_summary(terminalreporter):
    for problem in network.problems(slow=True):
        terminalreporter.write_line(f"Left out: {problem}")


def _leave_out(config, items, left_out):
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _has_no_network(item):
    marker = item.get_closest_marker("network")
    return marker is not None and bool(network.problems(marker.kwargs.get("slow", False)))


def pytest_collection_modifyitems(config, items):
    if ENGINE == "fake":
        _leave_out(config, items, [item for item in items if item.get_closest_marker("torch")])
    _leave_out(config, items, [item for item in items if _has_no_network(item)])


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    setattr(item, f"report_{outcome.get_result().when}", outcome.get_result())


def _failed(request):
    report = getattr(request.node, "report_call", None)
    return report is None or report.failed


@pytest.fixture(scope="module")
def module_daemon():
    running = Daemon()
    try:
        running.start()
        yield running
    finally:
        running.destroy()


@pytest.fixture
def daemon(module_daemon, request):
    """The module's daemon; empty of models before and after each test, and alive after it."""
    if module_daemon.process.poll() is not None:
        module_daemon.restart()
    yield module_daemon
    if _failed(request):
        module_daemon.show_log()
    module_daemon.check()
    models.remove_all(module_daemon)
    until(lambda: not module_daemon.workers(), "the workers of deleted models end")


@pytest.fixture
def make_daemon(request):
    """Makes daemons with settings of the test's own: make_daemon({"node.name": "x"})."""
    made = []

    def make(settings=None, start=True, **more):
        made.append(Daemon(settings, **more))
        return made[-1].start() if start else made[-1]

    yield make
    for one in made:
        if _failed(request) and one.process:
            one.show_log()
        try:
            if one.process and one.process.poll() is None:
                one.check()
        finally:
            one.destroy()


@pytest.fixture
def name(request):
    """A model id of the test's own."""
    plain = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower().removeprefix("test_"))
    return plain[:40].strip("-")
