# SPDX-License-Identifier: Apache-2.0
"""API keys: made, shown, searched, changed, made invalid, expired."""

import http.client
import time

import pytest

from support.daemon import running
from support.raw import RawConnection
from support.secured import Secured, api_key, basic

KEY = "/_security/api_key"
QUERY = "/_security/_query/api_key"


@pytest.fixture(scope="module")
def secured():
    with running(Secured({"xpack.security.authc.failures_per_minute": 0}).start()) as daemon:
        daemon.put("/_security/role/own-keys", {"cluster": ["manage_own_api_key", "monitor"]}).ok()
        yield daemon


@pytest.fixture
def owner(secured, name):
    """Somebody who may manage only keys of its own."""
    secured.add_user(name, "a-password", "own-keys")
    return basic(name, "a-password")


def invalid(answer, text):
    answer.fails(400, "action_request_validation_exception", f"Validation Failed: 1: {text};")


def shown(secured, key_id, **more):
    return secured.get(f"{KEY}?id={key_id}", **more).ok()["api_keys"][0]


# ---- made ----

def test_new_key(secured, owner, name):
    before = int(time.time() * 1000)
    made = secured.post(KEY, {"name": "k", "expiration": "1d", "metadata": {"a": {"b": [1]}},
                              "role_descriptors": {"r": {"cluster": ["monitor_ml"]}}}, headers=owner).ok()
    assert list(made) == ["id", "name", "expiration", "api_key", "encoded"]
    assert len(made["id"]) == 20 and len(made["api_key"]) == 22
    one = shown(secured, made["id"])
    assert before <= one.pop("creation") <= time.time() * 1000
    descriptor = one["role_descriptors"].pop("r")
    assert descriptor["cluster"] == ["monitor_ml"]
    assert one == {"id": made["id"], "name": "k", "type": "rest", "expiration": made["expiration"],
                   "invalidated": False, "username": name, "realm": "default_native", "realm_type": "native",
                   "metadata": {"a": {"b": [1]}}, "role_descriptors": {}}
    assert abs(made["expiration"] - before - 86400000) < 60000
    limits = secured.get(f"{KEY}?id={made['id']}&with_limited_by").ok()["api_keys"][0]["limited_by"]
    assert limits[0]["own-keys"]["cluster"] == ["manage_own_api_key", "monitor"]


def test_key_that_cannot_be(secured):
    post = lambda **body: secured.post(KEY, body)
    invalid(post(), "api key name is required")
    invalid(post(name="x" * 257), "api key name may not be more than 256 characters long")
    invalid(post(name=" x"), "api key name may not begin or end with whitespace")
    invalid(post(name="_x"), "api key name may not begin with an underscore")
    invalid(post(name="x", metadata={"_a": 1}), "API key metadata keys may not start with [_]")
    assert post(name="x", expiration="soon").status == 400
    assert "unknown cluster privilege [x]" in post(name="x", role_descriptors={"r": {"cluster": ["x"]}}).reason
    assert "unexpected field [clusters]" in post(name="x", role_descriptors={"r": {"clusters": []}}).reason


def test_key_of_a_key_can_do_nothing(secured):
    key = secured.make_key()
    answer = secured.post(KEY, {"name": "derived"}, headers=key["headers"])
    assert answer.status == 400 and "(has no privileges)" in answer.reason
    derived = secured.post(KEY, {"name": "derived", "role_descriptors": {"none": {"cluster": []}}},
                           headers=key["headers"]).ok()
    assert secured.get("/", headers=api_key(derived["encoded"])).status == 403
    assert secured.get("/_security/_authenticate", headers=api_key(derived["encoded"])).status == 200


def test_rights_are_those_of_the_owner_when_it_was_made(secured, owner, name):
    key = secured.make_key(owner)
    secured.put(f"/_security/user/{name}", {"roles": []}).ok()
    assert secured.get("/", headers=owner).status == 403
    assert secured.get("/", headers=key["headers"]).status == 200


# ---- shown ----

def test_whose_are_shown(secured, owner, name):
    mine, other = secured.make_key(owner, name="mine"), secured.make_key(name="other")
    ids = lambda query, headers=None: {key["id"] for key in secured.get(KEY + query, headers=headers).ok()["api_keys"]}
    assert {mine["id"], other["id"]} <= ids("")
    assert ids("?owner=true", owner) == {mine["id"]} == ids(f"?username={name}") == ids(f"?username={name}", owner)
    assert mine["id"] in ids("?name=mi*") and other["id"] not in ids("?name=mi*")
    assert ids("?realm_name=default_native&owner=true", owner) == {mine["id"]}
    for query in ("", f"?id={other['id']}", "?username=elastic"):
        secured.get(KEY + query, headers=owner).fails(
            403, "security_exception",
            f"action [cluster:admin/xpack/security/api_key/get] is unauthorized for user [{name}] with effective "
            "roles [own-keys], this action is granted by the cluster privileges [manage_api_key,manage_security,all]")
    missing = secured.get(f"{KEY}?id=none")
    assert (missing.status, missing.json) == (404, {"api_keys": []})


def test_key_sees_itself_only(secured):
    key = secured.make_key(role_descriptors={"r": {"cluster": ["manage_own_api_key"]}})
    other = secured.make_key()
    assert shown(secured, key["id"], headers=key["headers"])["id"] == key["id"]
    assert [one["id"] for one in secured.get(f"{KEY}?owner", headers=key["headers"]).ok()["api_keys"]] == [key["id"]]
    assert secured.get(f"{KEY}?id={other['id']}", headers=key["headers"]).status == 403


# ---- searched ----

def found(secured, headers=None, **body):
    answer = secured.post(QUERY, body, headers=headers).ok()
    assert answer["count"] == len(answer["api_keys"])
    return [key["name"] for key in answer["api_keys"]]


def test_queries(secured, owner, name):
    keys = [secured.make_key(owner, name=f"{name}-{n}") for n in range(4)]
    secured.delete(KEY, {"ids": [keys[3]["id"]]}).ok()
    names = [f"{name}-{n}" for n in range(4)]
    of = lambda *queries: {"bool": {"filter": [{"term": {"username": name}}, *queries]}}
    sort = {"sort": ["name"]}
    assert found(secured, query=of(), **sort) == names
    assert found(secured, query=of({"term": {"invalidated": {"value": False}}}), **sort) == names[:3]
    assert found(secured, query=of({"ids": {"values": [keys[1]["id"]]}})) == names[1:2]
    assert found(secured, query=of({"terms": {"name": names[:2]}}), **sort) == names[:2]
    assert found(secured, query=of({"prefix": {"name": name}}), sort=[{"name": {"order": "desc"}}]) == names[::-1]
    assert found(secured, query=of({"wildcard": {"name": "*-2"}})) == names[2:3]
    assert found(secured, query=of({"exists": {"field": "expiration"}})) == []
    assert found(secured, query={"bool": {"must": {"match": {"username": name}},
                                          "must_not": [{"term": {"name": names[0]}}]}}, **sort) == names[1:]
    assert found(secured, query={"bool": {"should": [{"term": {"name": n}} for n in names[:2]]}}, **sort) == names[:2]
    assert found(secured, query=of(), size=2, **{"from": 1}, **sort) == names[1:3]
    assert found(secured, owner, query={"match_all": {}}, **sort) == names, "whoever may see its own sees those"
    assert secured.request("GET", QUERY).ok()["total"] >= 4
    times = [key["_sort"][0] for key in secured.post(QUERY, {"sort": {"creation": "desc"}}).ok()["api_keys"]]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("body, words", [
    ({"query": {"fuzzy": {}}}, "Query type [fuzzy] is not supported in this context"),
    ({"query": {"term": {"hash": "x"}}}, "Field [hash] is not allowed for querying or aggregation"),
    ({"query": {"bool": {"must": [{"range": {}}]}}}, "Query type [range]"),
    ({"query": []}, "[query] takes an object with one member"),
    ({"sort": ["hash"]}, "Field [hash] is not allowed for sorting"),
    ({"size": -1}, "[size] must be from [0] to [10000], not [-1]"),
    ({"from": 10001}, "[from] must be from [0] to [10000]"),
    ({"aggs": {}}, "unknown field [aggs]")])
def test_queries_that_are_not_understood(secured, body, words):
    answer = secured.post(QUERY, body)
    assert answer.status == 400 and words in answer.reason


# ---- changed ----

def test_update(secured, owner):
    key = secured.make_key(owner, role_descriptors={"r": {"cluster": ["monitor"]}})
    assert secured.get("/", headers=key["headers"]).status == 200
    change = {"role_descriptors": {"r": {"cluster": ["monitor_ml"]}}, "metadata": {"v": 2}, "expiration": "1h"}
    assert secured.put(f"{KEY}/{key['id']}", {**change, "expiration": "1h"}, headers=owner).ok() == {"updated": True}
    assert secured.get("/", headers=key["headers"]).status == 403
    one = shown(secured, key["id"])
    assert one["metadata"] == {"v": 2} and one["expiration"] > time.time() * 1000
    assert secured.put(f"{KEY}/{key['id']}", {"metadata": {"v": 2}}, headers=owner).ok() == {"updated": False}


def test_update_that_cannot_be(secured, owner):
    key = secured.make_key(owner)
    not_yours = f"no API key owned by requesting user found for ID [{key['id']}]"
    secured.put(f"{KEY}/{key['id']}", {}).fails(404, "resource_not_found_exception", not_yours)
    assert secured.put(f"{KEY}/none", {}).status == 404
    assert "authentication via API key not supported" in secured.put(
        f"{KEY}/{key['id']}", {}, headers=secured.make_key()["headers"]).reason
    secured.delete(KEY, {"ids": key["id"]}).ok()
    secured.put(f"{KEY}/{key['id']}", {}, headers=owner).fails(
        400, "illegal_argument_exception", f"cannot update invalidated API key [{key['id']}]")


# ---- made invalid ----

def test_invalidate(secured, owner, name):
    key = secured.make_key(owner)
    assert secured.get("/", headers=key["headers"]).status == 200
    expected = {"invalidated_api_keys": [key["id"]], "previously_invalidated_api_keys": [], "error_count": 0}
    assert secured.delete(KEY, {"ids": [key["id"]]}).ok() == expected
    assert secured.get("/", headers=key["headers"]).status == 401
    again = secured.delete(KEY, {"owner": True}, headers=owner).ok()
    assert again["previously_invalidated_api_keys"] == [key["id"]] and again["invalidated_api_keys"] == []
    one = shown(secured, key["id"])
    assert one["invalidated"] is True and one["invalidation"] >= one["creation"]
    assert secured.get(f"{KEY}?username={name}&active_only").ok()["api_keys"] == []
    missing = secured.delete(KEY, {"ids": ["none"]})
    assert missing.status == 404 and missing.json["error_count"] == 0


def test_invalidate_without_the_right(secured, owner):
    other = secured.make_key()
    for body in ({"ids": [other["id"]]}, {"name": "*"}, {"username": "elastic"}):
        assert secured.delete(KEY, body, headers=owner).status == 403
    own = secured.make_key(role_descriptors={"r": {"cluster": ["manage_own_api_key"]}})
    assert secured.delete(KEY, {"ids": [own["id"]]}, headers=own["headers"]).ok()["invalidated_api_keys"] == [own["id"]]
    assert secured.get("/", headers=other["headers"]).status == 200
    invalid(secured.delete(KEY, {"ids": []}), "Field [ids] cannot be an empty array")
    assert "must be specified if [owner] flag is false" in secured.delete(KEY, {}).reason


def test_on_a_connection_that_stays_open(secured, owner):
    """A key is refused with the next request after it was made invalid, or has expired."""
    connection = http.client.HTTPConnection(*secured.address)

    def status(key):
        connection.request("GET", "/", headers=key["headers"])
        answer = connection.getresponse()
        answer.read()
        return answer.status

    first, second = secured.make_key(owner), secured.make_key(owner, expiration="1500ms")
    assert status(first) == status(second) == status(first) == 200
    secured.delete(KEY, {"ids": [first["id"]]}).ok()
    assert status(first) == 401
    assert status(second) == 200
    while time.time() * 1000 <= second["expiration"]:
        time.sleep(0.05)
    assert status(second) == 401
    connection.close()


def test_update_does_not_bring_an_invalid_key_back(secured, owner):
    """Many keys are made invalid; before that is written somebody changes one of them, and must see that it is."""
    keys = [secured.make_key(owner, name="many") for _ in range(150)]
    with RawConnection(secured) as first, RawConnection(secured) as second:
        for connection in (first, second):
            connection.request("GET", "/", headers=owner.items())
            assert connection.response().status == 200
        first.request("DELETE", KEY, {"owner": True}, owner.items())
        second.request("PUT", f"{KEY}/{keys[-1]['id']}", {"metadata": {"n": 1}}, owner.items())
        assert len(first.response().json["invalidated_api_keys"]) == len(keys)
        assert second.response().status == 400
    assert secured.get("/", headers=keys[-1]["headers"]).status == 401
    assert shown(secured, keys[-1]["id"])["invalidated"] is True


def test_clear_cache_is_taken(secured):
    assert secured.post(f"{KEY}/*/_clear_cache").ok()["_nodes"]["successful"] == 1


def test_kill_right_after_an_acknowledged_change():
    with running(Secured().start()) as daemon:
        for _ in range(3):
            kept, gone = daemon.make_key(), daemon.make_key()
            daemon.delete(KEY, {"ids": [gone["id"]]}).ok()
            daemon.kill()
            daemon.restart()
            assert daemon.get("/", headers=kept["headers"]).status == 200
            assert daemon.get("/", headers=gone["headers"]).status == 401
