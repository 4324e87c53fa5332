# SPDX-License-Identifier: Apache-2.0
"""Who is let in, what they may do, and that the gate stands before every route."""

import json
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from support import models
from support.daemon import PROGRAM, ROOT, running
from support.raw import RawConnection
from support.secured import ANONYMOUS, PASSWORD, Secured, api_key, basic

CHALLENGES = ['Basic realm="security", charset="UTF-8"', 'Bearer realm="security"', "ApiKey"]
REFUSED = "unable to authenticate with provided credentials and anonymous access is not allowed for this request"


@pytest.fixture(scope="module")
def secured():
    with running(Secured({"xpack.security.authc.failures_per_minute": 0}).start()) as daemon:
        yield daemon


def is_401(answer, reason):
    error = answer.fails(401, "security_exception", reason)
    assert error["header"] == error["root_cause"][0]["header"] == {"WWW-Authenticate": CHALLENGES}
    assert answer.headers.get_all("WWW-Authenticate") == CHALLENGES
    return error


# ---- 401 ----

def test_anonymous(secured):
    is_401(secured.get("/_ml/info?human", headers=ANONYMOUS),
           "missing authentication credentials for REST request [/_ml/info?human]")


def test_wrong_password_and_unknown_user_look_the_same(secured):
    for name, password in (("elastic", "wrong"), ("nobody", PASSWORD)):
        is_401(secured.get("/_ml/info", headers=basic(name, password)),
               f"unable to authenticate user [{name}] for REST request [/_ml/info]")


def test_key_that_is_none(secured):
    for encoded in ("eDp5", "dmVyeS1sb25nLWlkOnNlY3JldA=="):
        error = is_401(secured.get("/_ml/info", headers=api_key(encoded)), REFUSED)
        assert error["additional_unsuccessful_credentials"].startswith("API key: invalid credentials for API key [")
        assert "caused_by" not in error


@pytest.mark.parametrize("header", ["Basic", "Basic !!", "Basic eA==", "ApiKey eA==", "Bearer some-token"])
def test_broken_credentials(secured, header):
    is_401(secured.get("/_ml/info", headers={"Authorization": header}), REFUSED)


def test_unknown_scheme_counts_as_none(secured):
    is_401(secured.get("/_ml/info", headers={"Authorization": "Negotiate abc"}),
           "missing authentication credentials for REST request [/_ml/info]")


@pytest.mark.parametrize("method, path", [
    ("GET", "/nowhere"), ("POST", "/_ml/info"), ("GET", "/_ml/trained_models/none"), ("OPTIONS", "/_ml/info"),
    ("GET", "/_ml/info?wrong=1"), ("PUT", "/_ml/trained_models/m/definition/0"), ("BREW", "/"), ("HEAD", "/")])
def test_anonymous_learns_nothing(secured, method, path):
    answer = secured.request(method, path, headers=ANONYMOUS)
    assert answer.status == 401 and "Allow" not in answer.headers, answer


def test_refusal_is_pretty_where_that_is_wished(secured):
    assert secured.get("/_ml/info?pretty", headers=ANONYMOUS).body.startswith(b"{\n  \"error\"")
    assert secured.get("/_ml/info?pretty=x&a=%", headers=ANONYMOUS).status == 401


def test_body_of_a_refused_request_is_read_away(secured):
    """The connection stays in step, with a length and in chunks, and can be used by somebody else."""
    with RawConnection(secured) as connection:
        for extra in (f"Content-Length: {2 << 20}", "Transfer-Encoding: chunked"):
            body = b"x" * (2 << 20)
            if "chunked" in extra:
                body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
            connection.send(f"PUT /_ml/trained_models/m HTTP/1.1\r\nHost: a\r\n{extra}\r\n\r\n".encode() + body)
            assert connection.response().status == 401
        header = secured.credentials["Authorization"]
        connection.send(f"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: {header}\r\n\r\n".encode())
        assert connection.response().status == 200


def test_100_continue_is_not_said_to_strangers(secured):
    with RawConnection(secured) as connection:
        connection.send(b"PUT /_ml/trained_models/m HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n"
                        b"Expect: 100-continue\r\n\r\n")
        assert connection.response().status == 401


# ---- bodies behind a password that has to be checked first ----

@pytest.mark.parametrize("chunked", [False, True])
def test_body_after_a_password_that_is_not_remembered(secured, name, chunked):
    secured.add_user(name, "a-password", "machine_learning_admin")
    header = basic(name, "a-password")["Authorization"]
    body = json.dumps(models.config()).encode()
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"
    sent = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if chunked else body
    with RawConnection(secured) as connection:
        connection.send(f"PUT /_ml/trained_models/{name} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                        f"Authorization: {header}\r\n{framing}\r\n\r\n".encode() + sent)
        assert connection.response().status == 200
        connection.send(f"DELETE /_ml/trained_models/{name} HTTP/1.1\r\nHost: a\r\n"
                        f"Authorization: {header}\r\n\r\n".encode())
        assert connection.response().status == 200


def test_streamed_body_after_a_password_that_is_not_remembered(secured, name):
    models.put_config(secured, name)
    secured.add_user(name, "a-password", "machine_learning_admin", "monitoring_user")
    secured.credentials, own = basic(name, "a-password"), secured.credentials
    try:
        models.send_definition(secured, name, models.ones())
    finally:
        secured.credentials = own
    assert secured.get(f"/_ml/trained_models/{name}?include=definition_status").ok()[
        "trained_model_configs"][0]["fully_defined"] is True


def test_client_that_leaves_while_its_password_is_checked(secured):
    header = basic("elastic", "wrong-and-slow")["Authorization"]
    for _ in range(10):
        connection = RawConnection(secured)
        connection.send(f"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: {header}\r\n\r\n".encode())
        connection.close()
    secured.check()


# ---- 403 ----

def test_403_names_action_user_and_what_would_do(secured, name):
    secured.add_user(name, "a-password", "machine_learning_user", "monitoring_user")
    secured.put("/_ml/trained_models/m", {"a": 1}, headers=basic(name, "a-password")).fails(
        403, "security_exception",
        f"action [cluster:admin/xpack/ml/inference/put] is unauthorized for user [{name}] with effective roles "
        "[machine_learning_user,monitoring_user], this action is granted by the cluster privileges "
        "[manage_ml,manage,all]")


def test_403_of_a_key(secured):
    key = secured.make_key(role_descriptors={"r": {"cluster": ["monitor"]}})
    secured.delete("/_ml/trained_models/m", headers=key["headers"]).fails(
        403, "security_exception",
        f"action [cluster:admin/xpack/ml/inference/delete] is unauthorized for API key id [{key['id']}] of user "
        "[elastic], this action is granted by the cluster privileges [manage_ml,manage,all]")


# ---- the whole table ----

# What contains what, said here once more.
CONTAINS = {
    "superuser": None,
    "machine_learning_admin": {"manage_ml", "monitor_ml"},
    "machine_learning_user": {"monitor_ml"},
    "ingest_admin": {"manage_pipeline", "read_pipeline"},
    "inference_admin": {"manage_inference", "monitor_inference"},
    "inference_user": {"monitor_inference"},
    "monitoring_user": {"monitor", "monitor_ml", "monitor_inference"},
    "own-role": {"manage_own_api_key", "read_security", "read_pipeline"},
}


def table():
    """(method, path, privilege, action) of every row."""
    document = json.loads(subprocess.run([PROGRAM, "--print-openapi"], capture_output=True, check=True).stdout)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield method.upper(), path, operation["x-privilege"], operation["x-action"]


def walk(secured, headers):
    """The status of each row for a caller; what is let through fails later, for there is nothing to work on."""
    # A body that no row understands, so that nothing is changed by who may.
    accept = {"Accept": "application/vnd.elasticsearch+json; compatible-with=8"}
    for method, path, privilege, action in table():
        target = re.sub(r"\{[^}]*\}", "none", path.replace("{part}", "0"))
        if path == "/_security/api_key" and method == "GET":
            target += "?owner=true"
        body = None if method in ("GET", "HEAD") else "not json"
        answer = secured.request(method, target, body, headers={
            **headers, **accept, **({"Content-Type": "application/vnd.elasticsearch+json; compatible-with=8"}
                                    if body else {})})
        yield method, path, privilege, action, answer


def test_the_page_has_the_roles_that_there_are():
    printed = subprocess.run([PROGRAM, "--print-roles"], capture_output=True, text=True, check=True).stdout
    assert printed in (ROOT / "docs/security.md").read_text()


def test_every_row_has_a_handler(secured):
    for method, path, *_, answer in walk(secured, {}):
        assert answer.status != 405 and b"no handler" not in answer.body, (method, path, answer)


def test_every_row_has_a_privilege():
    rows = list(table())
    assert len(rows) > 80
    for method, path, privilege, action in rows:
        assert privilege not in ("none", "") and action, (method, path)


def test_anonymous_is_refused_everywhere(secured):
    for method, path, *_, answer in walk(secured, ANONYMOUS):
        assert answer.status == 401, (method, path, answer)


def may(caller, headers, secured, allowed):
    for method, path, privilege, action, answer in walk(secured, headers):
        expected = allowed is None or privilege in allowed or privilege == "any authenticated caller"
        if answer.status == 403 and method != "HEAD":
            assert f"action [{action}] is unauthorized for " in answer.reason, answer
        assert (answer.status != 403) == expected, (caller, method, path, privilege, answer)
        assert answer.status != 401, (caller, method, path)


@pytest.mark.parametrize("role", CONTAINS)
def test_each_role_may_what_it_may(secured, role):
    secured.put("/_security/role/own-role",
                {"cluster": ["manage_own_api_key", "read_security", "read_pipeline"]}).ok()
    secured.add_user(f"with-{role}", "a-password", role)
    may(role, basic(f"with-{role}", "a-password"), secured, CONTAINS[role])


def test_key_with_less_than_its_owner_and_key_that_asks_for_more(secured):
    secured.add_user("key-owner", "a-password", "machine_learning_admin", "own-keys")
    secured.put("/_security/role/own-keys", {"cluster": ["manage_own_api_key"]}).ok()
    owner = basic("key-owner", "a-password")
    less = secured.make_key(owner, role_descriptors={"r": {"cluster": ["monitor_ml"]}})
    more = secured.make_key(owner, role_descriptors={"r": {"cluster": ["all"]}})
    may("less", less["headers"], secured, {"monitor_ml"})
    may("more", more["headers"], secured, {"manage_ml", "monitor_ml", "manage_own_api_key"})


def test_bearer_with_a_key(secured):
    key = secured.make_key()
    assert secured.get("/", headers={"Authorization": f"Bearer {key['encoded']}"}).status == 200


# ---- off ----

def test_without_security_its_paths_are_not_there(daemon):
    for method, path, *_ in table():
        if path.startswith("/_security"):
            assert b"no handler found" in daemon.request(method, path.replace("{", "").replace("}", "")).body
    assert daemon.get("/_xpack").ok()["features"]["security"] == {"available": True, "enabled": False}


def test_with_it_xpack_says_so(secured):
    assert secured.get("/_xpack").ok()["features"]["security"] == {"available": True, "enabled": True}
    usage = secured.get("/_xpack/usage").ok()["security"]
    assert usage["enabled"] is True and usage["available"] is True


def test_many_connections_of_one_client_at_once():
    """They ask one question: the right password is no failure, however many wait for its check; a wrong one is."""
    with running(Secured({"xpack.security.authc.failures_per_minute": 3}).start()) as daemon:
        def ask(password):
            return daemon.get("/", headers=basic("elastic", password)).status
        with ThreadPoolExecutor(40) as pool:
            assert set(pool.map(ask, [PASSWORD] * 40)) == {200}
            answers = list(pool.map(ask, [f"wrong {number}" for number in range(12)]))
            assert answers.count(401) == 3 and answers.count(429) == 9, answers
            assert set(pool.map(ask, [PASSWORD] * 40)) == {200}


# ---- the end ----

@pytest.mark.parametrize("patience", ["0s", "20s"])
def test_stopped_while_passwords_are_checked(patience):
    """Whoever waits is told, and nothing is left behind."""
    with running(Secured({"xpack.security.authc.failures_per_minute": 0,
                          "shutdown.drain_timeout": patience}).start()) as daemon:
        connections = [RawConnection(daemon) for _ in range(20)]
        for n, connection in enumerate(connections):
            connection.request("PUT", "/_ml/trained_models/m", {"a": n}, basic("elastic", f"wrong-{n}").items())
        daemon.stop()
        statuses = [connection.response().status for connection in connections]
        assert set(statuses) <= ({401, 503} if patience == "0s" else {401}), statuses
        for connection in connections:
            connection.close()


def test_an_approval_names_who_gave_it(secured):
    sha256 = "ab" * 32
    secured.put(f"/_ml/trained_models/_approvals/{sha256}", {"comment": "read"}).acknowledged()
    assert secured.get(f"/_ml/trained_models/_approvals/{sha256}").ok()["from"] == "elastic@127.0.0.1"
    secured.delete(f"/_ml/trained_models/_approvals/{sha256}").acknowledged()
