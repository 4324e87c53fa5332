# SPDX-License-Identifier: Apache-2.0
"""Time and memory that nobody granted: busy loops, threads left behind, memory at once and slowly."""

import re

from support import fake_models, models, procfs
from support.attack import HOSTILE, Bystander, died
from support.daemon import SANITIZED
from support.poll import until

TOO_LONG = "an inference took longer than engine.forward_timeout"
LOAD_TOO_LONG = "loading the model took longer than engine.load_timeout"


def test_forwards_without_end(scene):
    """Busy or asleep, the deadline ends them, once: such a request is not tried again."""
    with Bystander(scene.daemon):
        for attack in ("spin", "sleep_for_ever"):
            scene.serve(fake_models.attacking(attack))
            scene.attack().fails(500, "status_exception", died(TOO_LONG))
            assert scene.deaths() == [TOO_LONG], attack
            assert models.vectors(scene.daemon, HOSTILE, "beta") == [models.embedding("beta")], attack
            scene.leave()


def test_loading_without_end(scene):
    daemon = scene.daemon

    def set_load_timeout(value):
        daemon.put("/_cluster/settings", {"persistent": {"engine.load_timeout": value}}).ok()

    with Bystander(daemon):
        for attack in ("spin", "sleep_for_ever"):
            models.upload(daemon, HOSTILE, fake_models.attacking_on_load(attack))
            scene.logged = len(daemon.log())
            try:
                set_load_timeout("1s")
                answer = daemon.post(f"/_ml/trained_models/{HOSTILE}/deployment/_start?timeout=3s")
                assert answer.status == 408 or LOAD_TOO_LONG in answer.json["error"]["reason"], answer
                assert scene.deaths()[0] == LOAD_TOO_LONG, attack
            finally:
                set_load_timeout(None)
            scene.leave()


def test_thread_left_behind(scene):
    """It answers well and goes on computing. Nobody asked it to, so the process is ended and says why."""
    with Bystander(scene.daemon):
        worker = scene.serve(fake_models.attacking("leave_a_thread"))
        scene.attack().ok()
        assert scene.worker() == worker
        death, = until(scene.deaths, "the watch ends the worker")
        assert re.fullmatch(r"it computes although nobody asked it to: \[\d+ ms\] of processor time in \[\d+ ms\], "
                            r"beyond its inferences", death), death
        assert scene.worker() != worker
        assert models.vectors(scene.daemon, HOSTILE, "beta") == [models.embedding("beta")]
        scene.leave()


def test_thread_left_behind_under_load(scene):
    """Also when it is asked now and then, so that it is never idle for long."""
    def used():
        return procfs.cpu_seconds(worker) if procfs.alive(worker) else 1e9

    def asked_again():
        before = used()
        models.infer(scene.daemon, HOSTILE, "beta").ok()
        until(lambda: used() > before + 0.5 or scene.deaths(), "its thread computes")
        return scene.deaths()

    with Bystander(scene.daemon):
        worker = scene.serve(fake_models.attacking("leave_a_thread"))
        scene.attack().ok()
        until(asked_again, "the watch ends the worker")
        assert scene.deaths()[0].startswith("it computes although nobody asked it to: ")
        scene.leave()


def test_memory_at_once_and_slowly(scene):
    """Both end at the limit; the kernel's word is an error, the watch's is the end of the process."""
    with Bystander(scene.daemon):
        scene.serve(fake_models.attacking("take_memory_at_once"))
        if not SANITIZED:  # which maps too much for the kernel to have a limit; the watch is left
            scene.attack().fails(500, "status_exception", "Error in inference process: [Cannot allocate memory]")
            assert not scene.deaths()
        scene.leave()
        scene.serve(fake_models.attacking("take_memory_slowly"))
        answer = scene.attack()
        assert answer.status == 500, answer
        assert scene.deaths(), answer
        for death in scene.deaths():
            assert re.match(r"it took \[\d+ \(.+\)\] of memory, and its limit is |" + TOO_LONG, death), death
        scene.leave()


def test_busy_neighbour_is_not_blamed(scene):
    """All the time of its inferences is a model's own, however many follow each other."""
    with Bystander(scene.daemon):
        worker = scene.serve(fake_models.computing(50))
        while procfs.cpu_seconds(worker) < 8:  # longer than the watch looks before it judges
            models.infer(scene.daemon, HOSTILE, *["alpha"] * 8, query="?timeout=30s").ok()
        assert scene.worker() == worker and not scene.deaths()
        scene.leave()
