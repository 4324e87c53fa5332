# SPDX-License-Identifier: Apache-2.0
"""Users and roles over the API, and what callers are told of themselves."""

import concurrent.futures

import pytest

from support.daemon import running
from support.secured import PASSWORD, Secured, basic

USER = "/_security/user"
ROLE = "/_security/role"


@pytest.fixture(scope="module")
def secured():
    with running(Secured({"xpack.security.authc.failures_per_minute": 0}).start()) as daemon:
        yield daemon


def invalid(answer, text):
    answer.fails(400, "action_request_validation_exception", f"Validation Failed: 1: {text};")


# ---- the caller ----

def test_elastic(secured):
    reserved = {"name": "reserved", "type": "reserved"}
    assert secured.get("/_security/_authenticate").ok() == {
        "username": "elastic", "roles": ["superuser"], "full_name": None, "email": None,
        "metadata": {"_reserved": True}, "enabled": True, "authentication_realm": reserved,
        "lookup_realm": reserved, "authentication_type": "realm"}


def test_user(secured, name):
    secured.add_user(name, "a-password", "inference_user", full_name="A B", email="a@b", metadata={"k": 1})
    native = {"name": "default_native", "type": "native"}
    assert secured.get("/_security/_authenticate", headers=basic(name, "a-password")).ok() == {
        "username": name, "roles": ["inference_user"], "full_name": "A B", "email": "a@b", "metadata": {"k": 1},
        "enabled": True, "authentication_realm": native, "lookup_realm": native, "authentication_type": "realm"}


def test_key(secured):
    key = secured.make_key(name="mine")
    shown = secured.get("/_security/_authenticate", headers=key["headers"]).ok()
    assert shown["username"] == "elastic" and shown["roles"] == []
    assert shown["authentication_realm"] == {"name": "_es_api_key", "type": "_es_api_key"}
    assert shown["authentication_type"] == "api_key" and shown["api_key"] == {"id": key["id"], "name": "mine"}


def test_has_privileges(secured, name):
    secured.add_user(name, "a-password", "machine_learning_admin")
    asked = {"cluster": ["monitor_ml", "manage"], "index": [{"names": ["i"], "privileges": ["read"]}],
             "application": [{"application": "app", "resources": ["*"], "privileges": ["p"]}]}
    expected = {"username": name, "has_all_requested": False, "cluster": {"monitor_ml": True, "manage": False},
                "index": {"i": {"read": False}}, "application": {"app": {"*": {"p": False}}}}
    own = basic(name, "a-password")
    assert secured.post(f"{USER}/_has_privileges", asked, headers=own).ok() == expected
    assert secured.request("GET", f"{USER}/_has_privileges", asked, headers=own).ok() == expected
    assert secured.post(f"{USER}/{name}/_has_privileges", asked, headers=own).ok() == expected
    assert secured.post(f"{USER}/{name}/_has_privileges", asked).ok() == expected
    assert secured.post(f"{USER}/_has_privileges", asked).ok()["has_all_requested"] is True
    assert secured.post(f"{USER}/elastic/_has_privileges", asked, headers=own).status == 403


def test_has_privileges_refuses(secured):
    invalid(secured.post(f"{USER}/_has_privileges", {"cluster": []}), "must specify at least one privilege")
    answer = secured.post(f"{USER}/_has_privileges", {"cluster": ["everything"]})
    assert answer.status == 400 and "unknown cluster privilege [everything]" in answer.reason
    for broken in ({"index": [{"names": [1], "privileges": ["x"]}]}, {"application": [{"resources": ["x"]}]}):
        assert secured.post(f"{USER}/_has_privileges", broken).status == 400
    secured.post(f"{USER}/nobody/_has_privileges", {"cluster": ["all"]}).fails(
        404, "resource_not_found_exception", "user [nobody] does not exist")


def test_privileges(secured, name):
    secured.add_user(name, "a-password", "machine_learning_admin", "machine_learning_user", "ingest_admin")
    shown = secured.get(f"{USER}/_privileges", headers=basic(name, "a-password")).ok()
    assert shown["cluster"] == ["manage_ml", "manage_pipeline"]
    assert secured.get(f"{USER}/_privileges").ok()["cluster"] == ["all"]
    assert "manage_api_key" in secured.get("/_security/privilege/_builtin").ok()["cluster"]


# ---- users ----

def test_life_of_a_user(secured, name):
    user = {"password": "first-one", "roles": "monitoring_user"}
    assert secured.put(f"{USER}/{name}", user).ok() == {"created": True}
    assert secured.get(f"{USER}/{name}").ok() == {name: {
        "username": name, "roles": ["monitoring_user"], "full_name": None, "email": None, "metadata": {},
        "enabled": True}}
    own = basic(name, "first-one")
    assert secured.get("/", headers=own).status == 200
    assert secured.post(f"{USER}/{name}", {"roles": [], "full_name": "X"}).ok() == {"created": False}
    assert secured.get("/", headers=own).status == 403, "in force at once, password kept"
    assert secured.delete(f"{USER}/{name}").ok() == {"found": True}
    assert secured.get("/", headers=own).status == 401
    gone = secured.delete(f"{USER}/{name}")
    assert (gone.status, gone.json) == (404, {"found": False})
    gone = secured.get(f"{USER}/{name}")
    assert (gone.status, gone.json) == (404, {})


def test_list_of_users(secured, name):
    secured.add_user(name, "a-password")
    assert {"elastic", name} <= set(secured.get(USER).ok())
    assert set(secured.get(f"{USER}/elastic,{name},nobody").ok()) == {"elastic", name}
    assert "password" not in secured.get(USER).body.decode()


def test_user_that_cannot_be(secured):
    put = lambda name, **body: secured.put(f"{USER}/{name}", body)
    invalid(put("x1", roles=[]), "password must be specified unless you are updating an existing user")
    invalid(put("x1", password="a-password"), "roles are missing")
    invalid(put("x1", password="short", roles=[]), "passwords must be at least [6] characters long")
    invalid(put("x1", password="x" * 512, roles=[]), "passwords must be at most [511] bytes long")
    for name in ("a%3Ab", "%20a", "a%20", "%C3%A4", "x" * 508):
        assert "User names must have" in put(name, password="a-password", roles=[]).reason
    put("x1", password="a-password", roles=[], rolls=1).fails(
        400, "x_content_parse_exception", "[1:41] [put_user] unknown field [rolls] did you mean [roles]?")
    assert secured.get(f"{USER}/x1").status == 404


def test_elastic_is_reserved(secured):
    for answer, what in ((secured.put(f"{USER}/elastic", {"password": "a-password", "roles": []}),
                          "only the password can be changed"),
                         (secured.delete(f"{USER}/elastic"), "cannot be deleted"),
                         (secured.put(f"{USER}/elastic/_disable"), "cannot be enabled or disabled")):
        assert answer.status == 400 and what in answer.reason
    assert secured.get(f"{USER}/elastic").ok()["elastic"]["roles"] == ["superuser"]


def test_who_may_not_log_in_for_a_while(secured, name):
    secured.add_user(name, "a-password", "monitoring_user")
    own = basic(name, "a-password")
    assert secured.get("/", headers=own).status == 200
    assert secured.put(f"{USER}/{name}/_disable").ok() == {}
    assert secured.get("/", headers=own).status == 401
    assert secured.get(f"{USER}/{name}").ok()[name]["enabled"] is False
    assert secured.post(f"{USER}/{name}/_enable").ok() == {}
    assert secured.get("/", headers=own).status == 200
    secured.put(f"{USER}/nobody/_enable").fails(400, "validation_exception",
                                                "Validation Failed: 1: only existing users can be enabled;")


# ---- passwords ----

def test_password_changed_by_oneself_and_by_others(secured, name):
    secured.add_user(name, "first-one", "monitoring_user")
    first, second, third = (basic(name, f"{word}-one") for word in ("first", "second", "third"))
    assert secured.post(f"{USER}/_password", {"password": "second-one"}, headers=first).ok() == {}
    assert secured.get("/", headers=first).status == 401 and secured.get("/", headers=second).status == 200
    assert secured.put(f"{USER}/{name}/_password", {"password": "third-one"}, headers=second).ok() == {}
    assert secured.get("/", headers=second).status == 401 and secured.get("/", headers=third).status == 200
    assert secured.put(f"{USER}/elastic/_password", {"password": "x-x-x-x"}, headers=third).status == 403
    assert secured.put(f"{USER}/{name}/_password", {"password": "first-one"}).ok() == {}
    assert secured.get("/", headers=first).status == 200


def test_password_that_cannot_be(secured):
    invalid(secured.put(f"{USER}/elastic/_password", {"password": "short"}),
            "passwords must be at least [6] characters long")
    invalid(secured.put(f"{USER}/_password", {}), "password is required")
    secured.put(f"{USER}/nobody/_password", {"password": "a-password"}).fails(
        400, "validation_exception", "Validation Failed: 1: user must exist in order to change password;")


def test_key_cannot_change_its_owners_password(secured):
    answer = secured.put(f"{USER}/_password", {"password": "a-password"}, headers=secured.make_key()["headers"])
    assert answer.status == 403


def test_elastics_password_over_the_api_outlives_the_file():
    with running(Secured().start()) as daemon:
        assert daemon.put(f"{USER}/_password", {"password": "another-one"}).ok() == {}
        assert daemon.get("/").status == 401
        daemon.kill()
        daemon.restart()
        assert daemon.get("/").status == 401
        daemon.credentials = basic("elastic", "another-one")
        assert daemon.get("/").status == 200
        daemon.stop()
        daemon.settings["xpack.security.elastic_password_hash_file"] = ""
        assert daemon.restart().get("/").status == 200


def test_bcrypt():
    with running(Secured({"xpack.security.authc.password_hashing.algorithm": "bcrypt"}).start()) as daemon:
        assert daemon.get("/").status == 200, "the file's hash is a yescrypt one"
        daemon.add_user("u", "a-password", "monitoring_user")
        assert daemon.get("/", headers=basic("u", "a-password")).status == 200
        invalid(daemon.put(f"{USER}/u", {"password": "x" * 73, "roles": []}),
                "passwords must be at most [72] bytes long")


# ---- changes at the same time ----

def test_changes_of_one_user_do_not_undo_each_other(secured, name):
    """Roles and passwords are members of one document; whoever comes second sees what the first did."""
    secured.add_user(name, "password-0", "monitoring_user")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        jobs = []
        for n in range(1, 9):
            jobs.append(pool.submit(secured.put, f"{USER}/{name}", {"roles": ["monitoring_user"], "full_name": str(n)}))
            jobs.append(pool.submit(secured.put, f"{USER}/{name}/{'_disable' if n % 2 else '_enable'}"))
        jobs.append(pool.submit(secured.put, f"{USER}/{name}/_password", {"password": "password-9"}))
        assert all(job.result().status == 200 for job in jobs)
    secured.put(f"{USER}/{name}/_enable").ok()
    assert secured.get("/", headers=basic(name, "password-9")).status == 200
    assert secured.get("/", headers=basic(name, "password-0")).status == 401


# ---- roles ----

def test_life_of_a_role(secured, name):
    role = {"cluster": ["manage_ml"], "index": [{"names": ["*"], "privileges": ["read"]}], "metadata": {"v": 1},
            "description": "d"}
    assert secured.put(f"{ROLE}/{name}", role).ok() == {"role": {"created": True}}
    assert secured.get(f"{ROLE}/{name}").ok() == {name: {
        "cluster": ["manage_ml"], "indices": role["index"], "applications": [], "run_as": [], "metadata": {"v": 1},
        "transient_metadata": {"enabled": True}, "description": "d"}}
    secured.add_user(name, "a-password", name, "not-there")
    own = basic(name, "a-password")
    assert secured.get("/_ml/info", headers=own).status == 200
    assert secured.post(f"{ROLE}/{name}", {"cluster": ["monitor"]}).ok() == {"role": {"created": False}}
    assert secured.get("/", headers=own).status == 200
    assert secured.delete("/_ml/trained_models/m", headers=own).status == 403
    assert secured.delete(f"{ROLE}/{name}").ok() == {"found": True}
    assert secured.get("/_ml/info", headers=own).status == 403
    gone = secured.delete(f"{ROLE}/{name}")
    assert (gone.status, gone.json) == (404, {"found": False})
    assert secured.get(f"{ROLE}/{name}").status == 404


def test_built_in_roles(secured):
    shown = secured.get(ROLE).ok()
    assert set(shown) >= {"superuser", "machine_learning_admin", "machine_learning_user", "ingest_admin",
                          "inference_admin", "inference_user", "monitoring_user"}
    assert shown["superuser"]["metadata"] == {"_reserved": True}
    for answer, what in ((secured.put(f"{ROLE}/superuser", {}), "modified"),
                         (secured.delete(f"{ROLE}/superuser"), "deleted")):
        answer.fails(400, "illegal_argument_exception", f"role [superuser] is reserved and cannot be {what}.")


def test_role_that_cannot_be(secured):
    put = lambda **body: secured.put(f"{ROLE}/r", body)
    assert "unknown cluster privilege [cluster:*]" in put(cluster=["cluster:*"]).reason
    put(cluster="all").fails(400, "parse_exception",
                             "failed to parse role [r]. field [cluster] does not take a [VALUE_STRING]")
    assert put(clusters=["all"]).reason == "[1:2] [put_role] unknown field [clusters] did you mean [cluster]?"
    assert secured.put(f"{ROLE}/a%3Ab", {}).status == 400


# ---- the start ----

def refuses(settings, *words):
    daemon = Secured(settings)
    try:
        daemon.launch()
        assert daemon.process.wait(30) == 2
        assert all(word in daemon.log_text() for word in words), daemon.log_text()
    finally:
        daemon.destroy()


def test_no_password_for_elastic():
    refuses({"xpack.security.elastic_password_hash_file": ""}, "[elastic] has no password", "scripts/setup-security")


def test_file_that_others_can_read_or_that_holds_no_hash(tmp_path):
    path = tmp_path / "hash"
    path.touch(0o600)
    path.write_text(PASSWORD)
    refuses({"xpack.security.elastic_password_hash_file": path}, "holds no yescrypt or bcrypt hash")
    path.chmod(0o640 if path.stat().st_uid else 0o644)
    refuses({"xpack.security.elastic_password_hash_file": path}, "so others can read it; use chmod 600")
