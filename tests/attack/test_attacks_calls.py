# SPDX-License-Identifier: Apache-2.0
"""Files, network, processes, signals, crashes: refused or deadly, named, and nobody else's business."""

import re

import pytest

from support import fake_models, models, procfs
from support.attack import HOSTILE, Bystander, died, no_secrets

# A library may try these in passing, so the model gets an error and lives on.
TOLD_NO = ["read_file", "read_memory_map", "read_environment", "write_file", "write_temporary", "remove_file",
           "list_folder", "look_at_file", "connect_inet", "connect_unix", "connect_netlink", "write_foreign_memory"]
# Nothing that computes needs these.
DEADLY_CALLS = ["run_program", "run_program_at", "make_process", "make_sharing_process", "trace_parent",
                "kill_neighbours", "kill_all", "kill_group", "kill_thread_of_neighbour", "ask_for_parent",
                "write_parents_memory", "lift_limits", "open_to_debuggers", "ring", "make_fork", "make_vfork",
                "call_32_bit", "call_x32"]
CRASHES = {"fault": "signal 11 (Segmentation fault)", "recurse": "signal 11 (Segmentation fault)",
           "give_up": "signal 6 (Aborted)", "divide": "signal 8 (Floating point exception)",
           "leave": "exit status 3", "leave_well": "exit status 0"}


def test_told_no(scene):
    """One model an attack, each asked twice, with the innocent deployment under load all the while."""
    with Bystander(scene.daemon):
        for attack in TOLD_NO:
            worker = scene.serve(fake_models.attacking(attack))
            for _ in range(2):
                answer = scene.attack()
                answer.fails(500, "status_exception", "Error in inference process: [Permission denied]")
                no_secrets(answer.body.decode())
            assert models.vectors(scene.daemon, HOSTILE, "beta") == [models.embedding("beta")], attack
            assert scene.worker() == worker and not scene.deaths(), attack
            scene.leave()


@pytest.mark.parametrize("attacks", [DEADLY_CALLS[:9], DEADLY_CALLS[9:]], ids=["one", "two"])
def test_deadly_calls(scene, attacks):
    how = "signal 31 (Bad system call), for a system call that no model needs"
    zygote = scene.daemon.zygote()
    with Bystander(scene.daemon):
        for attack in attacks:
            scene.serve(fake_models.attacking(attack))
            answer = scene.attack()
            answer.fails(500, "status_exception", died(how))
            no_secrets(answer.body.decode())
            assert scene.deaths() == [how, how], attack
            assert models.vectors(scene.daemon, HOSTILE, "beta") == [models.embedding("beta")], attack
            scene.leave()
    assert procfs.alive(zygote) and scene.daemon.zygote() == zygote


def test_crashes(scene):
    with Bystander(scene.daemon):
        for attack, how in CRASHES.items():
            scene.serve(fake_models.attacking(attack))
            scene.attack().fails(500, "status_exception", died(how))
            assert scene.deaths() == [how, how], attack
            scene.leave()


def test_attacks_while_loading(scene):
    """The cage is closed before the first byte of the model is read."""
    daemon = scene.daemon
    with Bystander(daemon):
        models.upload(daemon, HOSTILE, fake_models.attacking_on_load("read_file"))
        answer = daemon.post(f"/_ml/trained_models/{HOSTILE}/deployment/_start?timeout=30s")
        assert answer.status >= 400 and "Permission denied" in answer.json["error"]["reason"], answer
        no_secrets(answer.body.decode())
        scene.leave()
        for attack in ("run_program", "kill_neighbours", "fault"):
            models.upload(daemon, HOSTILE, fake_models.attacking_on_load(attack))
            scene.logged = len(daemon.log())
            answer = daemon.post(f"/_ml/trained_models/{HOSTILE}/deployment/_start?timeout=2s")
            assert answer.status >= 400, answer
            assert all(re.match(r"signal (31|11) ", how) for how in scene.deaths()) and scene.deaths()
            scene.leave()


def test_bad_words(scene):
    """What a model says goes to users and logs: one line, UTF-8, nothing that steers a terminal."""
    scene.serve(fake_models.attacking("say_bad_words"))
    scene.attack().fails(500, "status_exception",
                         "Error in inference process: [?[2J?]0;owned????  second line?.]")
    models.infer(scene.daemon, HOSTILE, "beta").ok()
    scene.leave()
    models.upload(scene.daemon, HOSTILE, fake_models.attacking_on_load("say_bad_words"))
    answer = scene.daemon.post(f"/_ml/trained_models/{HOSTILE}/deployment/_start?timeout=30s")
    assert "?[2J?]0;owned????  second line?." in answer.json["error"]["reason"], answer
    no_secrets(answer.body.decode())
    assert all(char == "\n" or char.isprintable() for char in scene.daemon.log_text())
