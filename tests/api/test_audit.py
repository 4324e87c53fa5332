# SPDX-License-Identifier: Apache-2.0
"""The audit log, the limit of failed logins, and that secrets are nowhere to be found."""

import json
import pathlib
import re
import subprocess
import urllib.parse

import pytest

from support.daemon import PROGRAM, running
from support.poll import until
from support.secured import ANONYMOUS, PASSWORD, Secured, basic

WRONG = "the-wrong-password"


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def audited(tmp_path):
    path = tmp_path / "audit.json"
    with running(Secured({"xpack.security.audit.enabled": "true", "xpack.security.audit.file": path,
                          "xpack.security.authc.failures_per_minute": 0, "logger.level": "trace"})) as daemon:
        daemon.audit = path
        yield daemon.start()


def test_lines(audited):
    assert audited.get("/", headers=ANONYMOUS).status == 401
    assert audited.get("/?pretty", headers={**basic("elastic", WRONG), "X-Opaque-Id": "me"}).status == 401
    audited.put("/_security/user/u", {"password": "u-password", "roles": ["machine_learning_user"]}).ok()
    assert audited.delete("/_ml/trained_models/m", headers=basic("u", "u-password")).status == 403
    key = audited.make_key(name="k")
    audited.get("/_ml/info", headers=key["headers"]).ok()
    assert audited.get("/nowhere").status == 400
    lines = lines_of(audited.audit)
    for line in lines:
        assert line.pop("type") == "audit" and line.pop("event.type") == "rest"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d,\d{3}\+0000", line.pop("timestamp"))
        assert line.pop("node.name") and line.pop("request.id").isdigit()
        assert line.pop("origin.type") == "rest" and line.pop("origin.address") == "127.0.0.1"
    elastic = {"authentication.type": "REALM", "user.name": "elastic", "user.realm": "reserved",
               "user.roles": ["superuser"]}
    security = "cluster:admin/xpack/security/"
    assert lines == [
        {"event.action": "anonymous_access_denied", "request.method": "GET", "url.path": "/"},
        {"event.action": "authentication_failed", "user.name": "elastic", "request.method": "GET", "url.path": "/",
         "url.query": "pretty", "opaque_id": "me"},
        {"event.action": "access_granted", **elastic, "request.method": "PUT", "url.path": "/_security/user/u",
         "action": security + "user/put"},
        {"event.action": "access_denied", "authentication.type": "REALM", "user.name": "u",
         "user.realm": "default_native", "user.roles": ["machine_learning_user"], "request.method": "DELETE",
         "url.path": "/_ml/trained_models/m", "action": "cluster:admin/xpack/ml/inference/delete"},
        {"event.action": "access_granted", **elastic, "request.method": "POST", "url.path": "/_security/api_key",
         "action": security + "api_key/create"},
        {"event.action": "access_granted", "authentication.type": "API_KEY", "user.name": "elastic",
         "user.realm": "reserved", "user.roles": [], "apikey.id": key["id"], "apikey.name": "k",
         "request.method": "GET", "url.path": "/_ml/info", "action": "cluster:monitor/xpack/ml/info/get"},
    ]


def test_file_is_opened_again(audited):
    audited.get("/").ok()
    moved = audited.audit.rename(audited.audit.with_suffix(".old"))
    audited.process.send_signal(1)
    until(audited.audit.exists, "there is a new file")
    audited.get("/").ok()
    assert audited.audit.stat().st_mode & 0o777 == 0o600
    assert len(lines_of(moved)) == 1 and len(lines_of(audited.audit)) == 1


def test_needs_a_file():
    with running(Secured({"xpack.security.audit.enabled": "true"})) as daemon:
        assert daemon.launch().process.wait(30) == 2
        assert "[xpack.security.audit.file]" in daemon.log_text()


# ---- secrets ----

def test_secrets_are_nowhere(audited):
    """Neither in the log at its most talkative level nor in the audit log, the data, answers or /proc."""
    audited.add_user("somebody", "somebodys-password", "monitoring_user")
    key = audited.make_key()
    audited.put("/_security/user/somebody/_password", {"password": "somebodys-second"}).ok()
    answers = [audited.get("/?error_trace", headers=headers).body for headers in (
        basic("somebody", "somebodys-password"), basic("somebody", WRONG), basic(WRONG + "x", WRONG),
        {"Authorization": key["headers"]["Authorization"] + "x"})]
    answers += [audited.get("/_security/user").body, audited.get("/_security/api_key").body]
    answers.append(audited.put("/_security/user/x", {"password": WRONG, "rolls": []}).body)
    source = urllib.parse.quote(json.dumps({"password": "somebodys-second"}))
    audited.put(f"/_security/user/somebody/_password?source={source}&source_content_type=application/json").ok()
    audited.get("/", headers=key["headers"]).ok()
    audited.check()
    secrets = [PASSWORD, WRONG, "somebodys-password", "somebodys-second", key["api_key"], key["encoded"]]
    secrets += [header["Authorization"].split()[1] for header in (
        basic("elastic", PASSWORD), basic("somebody", "somebodys-password"), basic("somebody", WRONG))]
    places = {path: path.read_bytes() for path in audited.data.rglob("*") if path.is_file()}
    places.update({"log": audited.log_text().encode(), "audit": audited.audit.read_bytes(),
                   "answers": b"\n".join(answers).replace((WRONG + "x").encode(), b"")})
    for name in ("cmdline", "environ"):
        places[name] = pathlib.Path(f"/proc/{audited.pid}/{name}").read_bytes()
    places["config"] = subprocess.run([*audited.command(), "--print-config"], capture_output=True, check=True).stdout
    places["audit"] = places["audit"].replace((WRONG + "x").encode(), b"")
    for place, content in places.items():
        for secret in secrets:
            assert secret.encode() not in content, (place, secret)
    assert b"$y$" not in answers[4] and b"$y$" not in places["log"]


def test_no_core_and_no_ptrace(audited):
    limits = pathlib.Path(f"/proc/{audited.pid}/limits").read_text()
    assert re.search(r"Max core file size +0 +0 ", limits)


# ---- guessing ----

def test_failed_logins_are_limited():
    with running(Secured({"xpack.security.authc.failures_per_minute": 5}).start()) as daemon:
        daemon.get("/").ok()
        for _ in range(5):
            assert daemon.get("/", headers=basic("elastic", WRONG)).status == 401
        for headers in (basic("elastic", WRONG), basic("nobody", "x"), {"Authorization": "ApiKey eDp5"},
                        basic("elastic", PASSWORD + "x")):
            limited = daemon.get("/", headers=headers)
            limited.fails(429, "status_exception", re.compile(
                r"too many failed logins from \[127\.0\.0\.1\]; try again in \[\d+\]s"))
            assert 1 <= int(limited.headers["Retry-After"]) <= 13
        assert daemon.get("/").status == 200, "a credential that is remembered still works"
        assert daemon.get("/", headers=ANONYMOUS).status == 401, "who says nothing does not guess"


def test_logins_that_go_well_are_not_limited():
    with running(Secured({"xpack.security.authc.failures_per_minute": 2,
                          "xpack.security.authc.cache.ttl": "0"}).start()) as daemon:
        assert all(daemon.get("/").status == 200 for _ in range(6))


def test_hash_password_refuses():
    for text in ("", "short\n", "x" * 600):
        result = subprocess.run([PROGRAM, "--hash-password"], input=text, text=True, capture_output=True, check=False)
        assert result.returncode == 2 and "passwords must be at" in result.stderr and text.strip() not in (
            result.stderr or "-") or text == ""
