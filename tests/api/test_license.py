# SPDX-License-Identifier: Apache-2.0
"""GET /_license and /_xpack: everything is allowed, and only machine learning is there
(compatibility 13.6)."""

import re

from support import models

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def test_license(daemon):
    answer = daemon.get("/_license?local=true&accept_enterprise=true").ok()
    license = answer["license"]
    assert list(license) == [
        "status", "uid", "type", "issue_date", "issue_date_in_millis", "expiry_date",
        "expiry_date_in_millis", "max_nodes", "max_resource_units", "issued_to", "issuer",
        "start_date_in_millis"]
    assert (license["status"], license["type"]) == ("active", "enterprise")
    assert UUID.fullmatch(license["uid"])
    assert daemon.get("/_license").ok() == answer


def test_enterprise_cannot_be_declined(daemon):
    daemon.get("/_license?accept_enterprise=false").fails(
        400, "illegal_argument_exception", "The [accept_enterprise] parameters may not be false")


def test_uid_survives_a_restart(make_daemon):
    daemon, other = make_daemon(), make_daemon()
    uid = daemon.get("/_license").ok()["license"]["uid"]
    assert uid != other.get("/_license").ok()["license"]["uid"]
    daemon.stop()
    assert daemon.restart().get("/_license").ok()["license"]["uid"] == uid


def test_nothing_else_can_be_started(daemon):
    assert daemon.get("/_license/basic_status").ok() == {"eligible_to_start_basic": False}
    assert daemon.get("/_license/trial_status").ok() == {"eligible_to_start_trial": False}


def test_xpack(daemon):
    info = daemon.get("/_xpack?accept_enterprise=true").ok()
    assert list(info) == ["build", "license", "features", "tagline"]
    assert info["tagline"] == "You know, for X"
    assert info["license"]["type"] == info["license"]["mode"] == "enterprise"
    assert info["license"]["uid"] == daemon.get("/_license").ok()["license"]["uid"]
    available = [name for name, feature in info["features"].items() if feature["available"]]
    assert available == ["ml", "security"] and info["features"]["ml"]["enabled"] is True


def test_xpack_categories(daemon):
    def parts(categories):
        return list(daemon.get(f"/_xpack?categories={categories}").ok())[:-1]

    assert parts("build,features") == ["build", "features"]
    assert parts("_all,-license") == ["build", "features"]
    assert parts("") == ["build", "license", "features"]
    daemon.get("/_xpack?categories=build,foo").fails(
        400, "illegal_argument_exception",
        "Failed to parse value [foo] of [categories], allowed are [_all, build, license, features]")


def test_usage(daemon, name):
    models.serve(daemon, name, models.behaving())
    models.infer(daemon, name, "one", "two").ok()
    usage = daemon.get("/_xpack/usage?master_timeout=1s").ok()
    ml = usage["ml"]
    assert usage["security"] == {"available": True, "enabled": False}
    assert ml["available"] is ml["enabled"] is True
    assert ml["inference"]["trained_models"]["count"]["total"] == 1
    assert ml["inference"]["deployments"] == {
        "count": 1, "inference_counts": {"total": 2.0, "min": 2.0, "max": 2.0, "avg": 2.0}}
    assert ml["memory"]["pytorch_inference_memory_bytes"] > 240 << 20
