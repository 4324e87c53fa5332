# SPDX-License-Identifier: Apache-2.0
"""SIGTERM, SIGINT and SIGHUP, and what systemd is told (sd_notify)."""

import concurrent.futures
import signal
import socket

import pytest

from support import models, procfs
from support.poll import until


def exits_with_zero(daemon):
    assert daemon.process.wait(30) == 0, daemon.log_text()
    daemon.check_log()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_idle_daemon_ends_at_once(make_daemon, number):
    daemon = make_daemon()
    daemon.zygote()
    family = daemon.family()
    daemon.process.send_signal(number)
    exits_with_zero(daemon)
    until(lambda: not any(procfs.alive(pid) for pid in family), "no process is left")


def test_requests_in_progress_are_answered(make_daemon, name):
    daemon = make_daemon()
    models.serve(daemon, name, models.behaving(forward_ms=150))
    texts = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(models.vectors, daemon, name, text, query="?timeout=30s")
                   for text in texts]
        until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] == 6, "queued")
        daemon.process.send_signal(signal.SIGTERM)
        assert [future.result() for future in futures] == [[models.embedding(t)] for t in texts]
    exits_with_zero(daemon)


def test_no_new_connection_while_draining(make_daemon, name):
    daemon = make_daemon()
    models.serve(daemon, name, models.behaving(forward_ms=400))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        last = pool.submit(models.vectors, daemon, name, "alpha", "beta", query="?timeout=30s")
        until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] == 2, "queued")
        daemon.process.send_signal(signal.SIGTERM)

        def refused():
            try:
                with socket.create_connection(daemon.address, timeout=5) as connection:
                    connection.sendall(b"GET / HTTP/1.1\r\nHost: t\r\n\r\n")
                    data = connection.recv(100)
                    return data == b"" or b" 503 " in data
            except OSError:
                return True
        until(refused, "new clients are refused")
        assert last.result() == [models.embedding("alpha"), models.embedding("beta")]
    exits_with_zero(daemon)


def test_drain_has_a_deadline(make_daemon, name):
    daemon = make_daemon({"shutdown.drain_timeout": "300ms", "engine.forward_timeout": "1h"})
    models.serve(daemon, name, models.behaving())
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        stuck = pool.submit(models.infer, daemon, name, "hang", query="?timeout=10m")
        until(lambda: models.node_stats(daemon, name)["number_of_pending_requests"] == 1, "runs")
        worker = daemon.worker()
        daemon.process.send_signal(signal.SIGTERM)
        assert stuck.result().status == 503
    exits_with_zero(daemon)
    until(lambda: not procfs.alive(worker), "the worker ends")


def test_second_sigterm_does_not_hurt(make_daemon):
    daemon = make_daemon()
    daemon.process.send_signal(signal.SIGTERM)
    try:
        daemon.process.send_signal(signal.SIGTERM)
    except ProcessLookupError:
        pass
    assert daemon.process.wait(30) in (0, -signal.SIGTERM)


def debug_lines(daemon):
    return sum(line["log.level"] == "DEBUG" for line in daemon.log())


def test_reload_of_the_log_level(make_daemon, tmp_path):
    file = tmp_path / "inferd.yml"
    file.write_text("logger.level: info\n")
    daemon = make_daemon(start=False)
    plain = daemon.command
    daemon.command = lambda: plain() + ["-c", str(file)]
    daemon.start()
    daemon.get("/")
    assert debug_lines(daemon) == 0
    file.write_text("logger.level: debug\nhttp.port: 12345\n")
    daemon.process.send_signal(signal.SIGHUP)

    def debugging():
        daemon.get("/")
        return debug_lines(daemon) > 0
    until(debugging, "debug lines appear")
    daemon.check()


def test_reload_of_a_broken_file_changes_nothing(make_daemon, tmp_path):
    file = tmp_path / "inferd.yml"
    file.write_text("logger.level: info\n")
    daemon = make_daemon(start=False)
    plain = daemon.command
    daemon.command = lambda: plain() + ["-c", str(file)]
    daemon.start()
    lines = len(daemon.log())
    file.write_text("logger.level: loud\n")
    daemon.process.send_signal(signal.SIGHUP)
    until(lambda: any("logger.level" in str(line) for line in daemon.log()[lines:]),
          "the log says what is wrong")
    daemon.check()


def test_reload_says_what_needs_a_restart(make_daemon, tmp_path):
    file = tmp_path / "inferd.yml"
    file.write_text("cluster.name: one\n")
    daemon = make_daemon(start=False)
    plain = daemon.command
    daemon.command = lambda: plain() + ["-c", str(file)]
    daemon.start()
    file.write_text("cluster.name: two\n")
    daemon.process.send_signal(signal.SIGHUP)
    until(lambda: any("cluster.name" in str(line) for line in daemon.log()), "it is named")
    assert daemon.get("/").ok()["cluster_name"] == "one"


@pytest.fixture
def notified(tmp_path):
    """A notify socket as systemd makes it, and a reader of its datagrams."""
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(path)
        receiver.settimeout(0.05)
        seen = []

        def saw(text):
            try:
                while True:
                    seen.extend(receiver.recv(4096).decode().split("\n"))
            except TimeoutError:
                pass
            return seen.count(text)
        yield path, saw


def test_ready_and_stopping(make_daemon, notified):
    path, saw = notified
    daemon = make_daemon(environment={"NOTIFY_SOCKET": path})
    until(lambda: saw("READY=1"), "systemd is told that it is ready")
    assert not saw("STOPPING=1")
    daemon.process.send_signal(signal.SIGTERM)
    exits_with_zero(daemon)
    assert saw("STOPPING=1") == 1


def test_watchdog(make_daemon, notified):
    path, saw = notified
    make_daemon(environment={"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "400000"})
    until(lambda: saw("WATCHDOG=1") >= 5, "the watchdog is fed again and again")


def test_no_watchdog_where_none_is_asked_for(make_daemon, notified):
    path, saw = notified
    daemon = make_daemon(environment={"NOTIFY_SOCKET": path})
    until(lambda: saw("READY=1"), "ready")
    daemon.stop()
    assert saw("WATCHDOG=1") == 0


def test_the_engine_does_not_outlive_a_killed_daemon(make_daemon, name):
    daemon = make_daemon()
    models.serve(daemon, name, models.behaving())
    family = daemon.family()
    assert len(family) >= 2
    daemon.process.kill()
    daemon.process.wait()
    until(lambda: not any(procfs.alive(pid) for pid in family), "zygote and worker end")
