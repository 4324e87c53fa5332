# SPDX-License-Identifier: Apache-2.0
"""Approvals: one very file, by its SHA-256, may call operations that nobody has judged."""

import hashlib
import re
import time

import pytest

from support import models

PATH = "/_ml/trained_models"
APPROVALS = f"{PATH}/_approvals"
SHA = "0123456789abcdef" * 4


def sha256(definition):
    return hashlib.sha256(definition).hexdigest()


@pytest.fixture
def approve(daemon):
    """Approves a definition, or a SHA-256, until the end of the test."""
    given = []

    def put(what, **body):
        given.append(sha256(what) if isinstance(what, bytes) else what)
        return daemon.put(f"{APPROVALS}/{given[-1]}", body or None)

    yield put
    for one in set(given):
        daemon.delete(f"{APPROVALS}/{one}")


# ---- giving, showing, taking back ----

def test_none(daemon):
    assert daemon.get(APPROVALS).ok() == {"count": 0, "approvals": []}


def test_life_of_an_approval(daemon, approve):
    before = int(time.time() * 1000)
    approve(SHA, comment="read by two people").acknowledged()
    shown = daemon.get(f"{APPROVALS}/{SHA}").ok()
    assert before <= shown.pop("approved_at") <= time.time() * 1000
    assert shown == {"sha256": SHA, "from": "127.0.0.1", "comment": "read by two people", "model_ids": []}
    listed = daemon.get(APPROVALS).ok()
    assert listed["count"] == 1 and listed["approvals"][0]["sha256"] == SHA
    daemon.delete(f"{APPROVALS}/{SHA}").acknowledged()
    assert daemon.get(APPROVALS).ok()["count"] == 0


def test_each_is_a_line_of_the_log(daemon, approve):
    approve(SHA, comment="because").acknowledged()
    daemon.delete(f"{APPROVALS}/{SHA}").acknowledged()
    lines = [line for line in daemon.log() if line.get("sha256") == SHA][-2:]
    assert [line["message"] for line in lines] == ["definition approved", "approval of a definition withdrawn"]
    assert lines[0]["comment"] == "because" and {line["from"] for line in lines} == {"127.0.0.1"}


def test_without_a_comment(daemon, approve):
    approve(SHA).acknowledged()
    assert daemon.get(f"{APPROVALS}/{SHA}").ok()["comment"] == ""


def test_twice(approve):
    approve(SHA).acknowledged()
    approve(SHA).fails(400, "resource_already_exists_exception", f"The definition [{SHA}] is already approved")


@pytest.mark.parametrize("method", ["get", "delete"])
def test_unknown(daemon, method):
    getattr(daemon, method)(f"{APPROVALS}/{SHA}").fails(
        404, "resource_not_found_exception", f"No approval of a definition [{SHA}]")


@pytest.mark.parametrize("method", ["get", "put", "delete"])
@pytest.mark.parametrize("name", ["x", SHA[:-1], SHA + "0", SHA.upper(), "g" * 64])
def test_misspelt_name(daemon, method, name):
    getattr(daemon, method)(f"{APPROVALS}/{name}").invalid(
        f"Invalid sha256; [{name}] must have [64] hexadecimal digits in lower case")


def test_comment_too_long(approve):
    approve(SHA, comment="x" * 1001).invalid("Invalid comment; it has [1001] bytes, must have at most [1000]")


def test_unknown_member(approve):
    approve(SHA, coment="x").fails(400, "x_content_parse_exception",
                                   "[1:2] [put_approval] unknown field [coment] did you mean [comment]?")


def test_survives_the_daemon(make_daemon):
    daemon = make_daemon()
    daemon.put(f"{APPROVALS}/{SHA}", {"comment": "kept"}).acknowledged()
    daemon.kill()
    daemon.restart()
    assert daemon.get(f"{APPROVALS}/{SHA}").ok()["comment"] == "kept"


# ---- what it does ----

def test_refused_until_approved(daemon, name, approve):
    definition = models.unjudged()
    models.put_config(daemon, name)
    models.put_vocabulary(daemon, name)
    refused = models.send_definition(daemon, name, definition)
    refused.fails(400, "status_exception", re.compile(
        rf"Model definition of \[{name}\] was refused: operation \[.+\] in function \[.+\] is not one that is known "
        rf"to be harmless\. GET _ml/trained_models/{name}\?include=vetting has the whole report\. Whoever trusts "
        rf"this very file can approve it: PUT _ml/trained_models/_approvals/{sha256(definition)}"))
    start = daemon.post(f"{PATH}/{name}/deployment/_start")
    assert start.status == 400 and start.reason == refused.reason
    approve(definition, comment="ours").acknowledged()
    assert daemon.get(f"{APPROVALS}/{sha256(definition)}").ok()["model_ids"] == [name]
    models.start(daemon, name)
    assert models.infer(daemon, name, "alpha").status == 200
    shown = daemon.get(f"{PATH}/{name}?include=vetting").ok()["trained_model_configs"][0]["vetting"]
    assert shown["verdict"] == "needs_approval" and shown["approval"]["comment"] == "ours"


def test_approved_before_it_came(daemon, name, approve):
    definition = models.unjudged()
    approve(definition).acknowledged()
    models.serve(daemon, name, definition)
    assert models.infer(daemon, name, "alpha").status == 200


def test_withdrawn_while_it_runs(daemon, name, approve):
    """What runs goes on; it is not loaded again."""
    definition = models.unjudged()
    approve(definition).acknowledged()
    models.serve(daemon, name, definition)
    daemon.delete(f"{APPROVALS}/{sha256(definition)}").acknowledged()
    assert models.infer(daemon, name, "alpha").status == 200
    daemon.post(f"{PATH}/{name}/deployment/_stop").ok()
    assert "was refused" in daemon.post(f"{PATH}/{name}/deployment/_start").reason


def test_of_another_file(daemon, name, approve):
    approve(models.ones()).acknowledged()
    models.put_config(daemon, name)
    assert models.send_definition(daemon, name, models.unjudged()).status == 400


def test_what_is_forbidden_cannot_be_approved(daemon, name, approve):
    definition = models.forbidden()
    approve(definition).acknowledged()
    models.put_config(daemon, name)
    models.put_vocabulary(daemon, name)
    refused = models.send_definition(daemon, name, definition)
    refused.fails(400, "status_exception", re.compile(
        rf"Model definition of \[{name}\] was refused: operation \[aten::from_file\] in function \[.+\] reads or "
        rf"writes files, which no model may\. GET _ml/trained_models/{name}\?include=vetting has "
        r"the whole report"))
    assert daemon.post(f"{PATH}/{name}/deployment/_start").reason == refused.reason
