# SPDX-License-Identifier: Apache-2.0
"""Vetting of definitions over HTTP: when it happens, what it says, what it survives."""

import hashlib
import json
import os
import re
import signal
import subprocess
import threading

import pytest

from support import fake_models, models
from support.daemon import FAKE_ENGINE, PROGRAM
from support.poll import until

PATH = "/_ml/trained_models"
FAKE = {"engine.path": FAKE_ENGINE}


def report(daemon, name):
    return daemon.get(f"{PATH}/{name}?include=vetting").ok()["trained_model_configs"][0]["vetting"]


def refusal(name, reason):
    return re.compile(rf"Model definition of \[{name}\] was refused: {reason}.*")


# ---- reports ----

def test_accepted(daemon, name):
    definition = models.ones()
    models.upload(daemon, name, definition)
    found = report(daemon, name)
    assert found["verdict"] == "accepted" and found["findings"] == [] and "reason" not in found
    assert found["sha256"] == hashlib.sha256(definition).hexdigest()
    assert found["records"] > 3 and found["functions"] > 0 and found["code_bytes"] > 0
    assert 3 <= found["format_version"] <= 10
    assert set(found["took_ms"]) == {"archive", "load", "inspect"}


def test_only_when_asked_for(daemon, name):
    models.upload(daemon, name, models.ones())
    assert "vetting" not in daemon.get(f"{PATH}/{name}").ok()["trained_model_configs"][0]


def test_before_the_definition_is_whole(daemon, name):
    models.put_config(daemon, name)
    assert report(daemon, name) == {"verdict": "incomplete"}
    daemon.put(f"{PATH}/{name}/definition/0", models.parts_of(models.ones(), 100)[0]).acknowledged()
    assert report(daemon, name) == {"verdict": "incomplete"}


def test_of_several_models(daemon):
    for name in ("a", "b"):
        models.put_config(daemon, name)
    daemon.get(f"{PATH}/a,b?include=vetting").fails(
        400, "status_exception", "Getting the vetting report is not supported when getting more than one model")


def test_by_alias(daemon, name):
    models.upload(daemon, name, models.ones())
    daemon.put(f"{PATH}/{name}/model_aliases/other").acknowledged()
    assert report(daemon, "other")["verdict"] == "accepted"


def test_findings_are_named(daemon, name):
    models.put_config(daemon, name)
    models.send_definition(daemon, name, models.forbidden())
    found = report(daemon, name)
    assert found["verdict"] == "refused" and "aten::from_file" in found["reason"]
    finding, = (one for one in found["findings"] if one["class"] == "forbidden")
    assert finding["operation"] == "aten::from_file" and finding["count"] == 1
    assert finding["function"].startswith("__torch__.")


def test_a_report_is_the_log_s_too(daemon, name):
    models.upload(daemon, name, models.ones())
    line = [line for line in daemon.log() if line.get("message") == "definition vetted"][-1]
    assert line["model_id"] == name and line["verdict"] == "accepted" and float(line["took_ms"]) > 0


# ---- refusals ----

@pytest.mark.parametrize("definition", [b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(100), b"\x80\x02}q\x00.", b"x",
                                        b"PK\x05\x06" + bytes(18), b"PK\x03\x04 and nothing more", bytes(5000)],
                         ids=["jpeg", "pickle", "byte", "empty archive", "no archive", "zeros"])
def test_what_is_no_archive(daemon, name, definition):
    models.put_config(daemon, name)
    refused = models.send_definition(daemon, name, definition)
    refused.fails(400, "status_exception", refusal(name, "."))
    models.put_vocabulary(daemon, name)
    start = daemon.post(f"{PATH}/{name}/deployment/_start")
    assert (start.status, start.reason) == (400, refused.reason)
    assert report(daemon, name)["verdict"] == "refused"
    daemon.delete(f"{PATH}/{name}").acknowledged()


def test_cut_short(daemon, name):
    models.put_config(daemon, name)
    models.send_definition(daemon, name, models.ones()[:-30]).fails(400, "status_exception", refusal(name, "."))


def test_what_the_engine_cannot_read(daemon, name):
    models.put_config(daemon, name)
    models.send_definition(daemon, name, models.unreadable()).fails(
        400, "status_exception", refusal(name, r"\S+( [0-9.]+)? cannot read it: "))


def test_the_model_can_be_replaced(daemon, name):
    models.put_config(daemon, name)
    models.send_definition(daemon, name, bytes(100))
    daemon.delete(f"{PATH}/{name}").acknowledged()
    models.serve(daemon, name, models.behaving())
    assert models.vectors(daemon, name, "alpha") == [models.embedding("alpha")]


# ---- what happens to the process ----

def test_a_definition_that_brings_its_vetting_down(make_daemon, name):
    daemon = make_daemon(FAKE)
    models.put_config(daemon, name)
    models.send_definition(daemon, name, fake_models.at_vetting("inspect_crash")).fails(
        400, "status_exception", refusal(name, r"the process that vetted it was ended by signal 11 \(Segmentation "
                                               r"fault\)"))


def test_a_definition_that_is_vetted_for_ever(make_daemon, name):
    daemon = make_daemon({**FAKE, "engine.load_timeout": "1s"})
    models.put_config(daemon, name)
    models.send_definition(daemon, name, fake_models.at_vetting("inspect_spin")).fails(
        400, "status_exception", refusal(name, "vetting it took longer than engine.load_timeout"))
    until(lambda: not daemon.workers(), "the process is gone")


def test_many_at_once(make_daemon):
    """They wait for one another; each gets its own answer."""
    daemon = make_daemon(FAKE)
    answers = {}

    def send(i):
        definition = fake_models.behaving() if i % 2 else fake_models.at_vetting("inspect_crash")
        models.put_config(daemon, f"m{i}")
        answers[i] = models.send_definition(daemon, f"m{i}", definition).status

    threads = [threading.Thread(target=send, args=(i,)) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {i: 200 if i % 2 else 400 for i in range(12)}


def test_the_engine_is_killed_meanwhile(make_daemon, name):
    """The definition is kept and acknowledged; it is vetted when somebody asks."""
    daemon = make_daemon(FAKE)
    models.put_config(daemon, name)
    models.put_vocabulary(daemon, name)
    answer = []
    sender = threading.Thread(target=lambda: answer.append(models.send_definition(
        daemon, name, fake_models.at_vetting("inspect_spin"))))
    sender.start()
    until(daemon.workers, "it is being vetted")
    os.kill(daemon.zygote(), signal.SIGKILL)
    sender.join()
    answer[0].acknowledged()


def test_a_verdict_survives_the_daemon(make_daemon, name):
    daemon = make_daemon()
    models.put_config(daemon, name)
    refused = models.send_definition(daemon, name, bytes(100))
    vetted_at = report(daemon, name)["vetted_at"]
    daemon.kill()
    daemon.restart()
    models.put_vocabulary(daemon, name)
    assert daemon.post(f"{PATH}/{name}/deployment/_start").reason == refused.reason
    assert report(daemon, name)["vetted_at"] == vetted_at


# ---- the command ----

def vet(path, *more):
    return subprocess.run([PROGRAM, "--vet", path, *more], capture_output=True, text=True, timeout=60)


def test_command(tmp_path):
    path = tmp_path / "m.pt"
    definition = models.ones()
    path.write_bytes(definition)
    run = vet(path)
    found = json.loads(run.stdout)
    assert run.returncode == 0 and found["verdict"] == "accepted" and found["file"] == str(path)
    assert found["sha256"] == hashlib.sha256(definition).hexdigest()


def test_command_refuses(tmp_path):
    path = tmp_path / "m.pt"
    for definition, verdict in ((models.forbidden(), "refused"), (models.unjudged(), "needs_approval"),
                                (bytes(10), "refused")):
        path.write_bytes(definition)
        run = vet(path)
        assert run.returncode == 1 and json.loads(run.stdout)["verdict"] == verdict, run


def test_command_without_a_file(tmp_path):
    run = vet(tmp_path / "none")
    assert run.returncode == 2 and run.stdout == ""
    assert run.stderr == f"inferd: cannot open [{tmp_path}/none]: No such file or directory\n"
    run = vet(tmp_path)
    assert run.returncode == 2 and run.stderr == f"inferd: [{tmp_path}] is not a file\n"


def test_command_without_an_engine(tmp_path):
    (tmp_path / "m.pt").write_bytes(models.ones())
    run = vet(tmp_path / "m.pt", "-E", "engine.path=/none")
    assert run.returncode == 2 and "cannot start the engine program [/none]" in run.stderr
