# SPDX-License-Identifier: Apache-2.0
"""What fuzz_authorization and fuzz_role begin with."""

import base64
import json

ROLES = [
    {}, {"cluster": ["all"]}, {"cluster": ["manage_ml", "none"], "indices": [{"names": ["*"], "privileges": ["read"]}]},
    {"index": [], "applications": [], "run_as": [], "metadata": {"a": 1}, "transient_metadata": {"enabled": True},
     "description": "d", "global": {}, "remote_indices": [], "remote_cluster": [], "restriction": {}},
    {"cluster": "all"}, {"cluster": [1]}, {"clusters": []}, [], {"cluster": ["what"]}]
KEYS = [
    {"name": "n", "hash": "0" * 64, "username": "u", "realm": "reserved", "realm_type": "reserved", "creation": 1,
     "expiration": 2, "invalidation": 0, "role_descriptors": role, "limited_by": owner, "metadata": {}}
    for role in ({}, {"r": {"cluster": ["monitor"]}}) for owner in ({}, {"s": {"cluster": ["all"]}})]
QUERIES = [
    {"match_all": {}}, {"ids": {"values": ["i"]}}, {"term": {"name": "n"}}, {"term": {"name": {"value": "n"}}},
    {"terms": {"username": ["u", 1, True]}}, {"prefix": {"name": ""}}, {"wildcard": {"name": "*n"}},
    {"exists": {"field": "expiration"}}, {"match": {"creation": 0}}, {"term": {}}, {"what": {}}, {"bool": {}},
    {"bool": {"must": [{"term": {"type": "rest"}}], "must_not": {"term": {"invalidated": True}},
              "should": [{"bool": {"filter": {"match_all": {}}}}]}}]


def authorization_seeds():
    for text in ("a:b", "elastic:a-password", "\u00e4:\u00fc", ":", "a:", ":b", "ab", "a:b:c", "x" * 1500 + ":y"):
        for scheme in ("Basic", "ApiKey", "bearer", "Negotiate"):
            yield f"{scheme} {base64.b64encode(text.encode()).decode()}".encode()
    yield from (b"", b"Basic", b"Basic  YTpi ", b"Basic YTpi YTpi", b"Basic YTpiAA==", b"Basic YTr/", b"Basic YTpi=")


def role_seeds():
    for kind, documents in enumerate((ROLES, KEYS, QUERIES)):
        for document in documents:
            yield bytes([kind]) + json.dumps(document).encode()
