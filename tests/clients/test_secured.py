# SPDX-License-Identifier: Apache-2.0
"""Unmodified clients over TLS: JavaScript by the authority's fingerprint, eland by its file and an API key."""

import json
import os
import pathlib
import subprocess
import sys

import elasticsearch
import pytest

from support import models, small_embedder
from support.certificates import Encrypted
from support.daemon import ROOT, running
from support.secured import PASSWORD

HOME = pathlib.Path(os.environ.get("INFERD_NODE_HOME", ROOT / "build/venv-node"))


@pytest.fixture(scope="module")
def encrypted():
    with running(Encrypted({"engine.forward_timeout": "60s"}).start()) as daemon:
        yield daemon


@pytest.mark.only_with(9)
@pytest.mark.parametrize("generation", ["9", "8"])
def test_javascript(encrypted, generation):
    given = json.dumps({"password": PASSWORD, "encoded": encrypted.make_key()["encoded"]})
    fingerprint = encrypted.told.split("fingerprint:")[1].split()[0]
    result = subprocess.run(
        [HOME / "node", ROOT / "tests/clients/js/security.js", generation, encrypted.url, fingerprint],
        input=given, capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "NODE_PATH": str(HOME / "node_modules")})
    assert result.returncode == 0, result.stdout + result.stderr


def test_elasticsearch_py(encrypted):
    """Of both generations, as this file runs with each; the calls one by one are in tests/api/test_tls.py."""
    fingerprint = encrypted.told.split("fingerprint:")[1].split()[0]
    key = encrypted.make_key()["encoded"]
    for who in ({"basic_auth": ("elastic", PASSWORD)}, {"api_key": key}, {"bearer_auth": key}):
        for trust in ({"ca_certs": encrypted.authority}, {"ssl_assert_fingerprint": fingerprint}):
            with elasticsearch.Elasticsearch(encrypted.url, **who, **trust) as client:
                assert client.security.authenticate()["username"] == "elastic"
    with elasticsearch.Elasticsearch(encrypted.url, basic_auth=("elastic", PASSWORD),
                                     ca_certs=encrypted.authority) as client:
        made = client.security.create_api_key(name="k", role_descriptors={"r": {"cluster": ["monitor"]}})
        client.security.invalidate_api_key(ids=[made["id"]])


@pytest.mark.only_with(9)
def test_eland(encrypted, tmp_path):
    folder = small_embedder.make(tmp_path / "models" / "small")
    key = encrypted.make_key(role_descriptors={"import": {"cluster": ["manage_ml", "monitor"]}})["encoded"]
    # A bundle that the environment names would take the place of --ca-certs in the library that eland uses.
    environment = {name: value for name, value in os.environ.items() if not name.endswith("CA_BUNDLE")}
    result = subprocess.run(
        [sys.executable, pathlib.Path(sys.executable).parent / "eland_import_hub_model", "--url", encrypted.url,
         "--es-api-key", key, "--ca-certs", encrypted.authority, "--hub-model-id",
         f"{folder.parent.name}/{folder.name}", "--es-model-id", "small", "--task-type", "text_embedding", "--start"],
        capture_output=True, text=True, timeout=300, check=False, cwd=folder.parent.parent, env=environment)
    assert result.returncode == 0, result.stdout + result.stderr
    assert models.infer(encrypted, "small", "alpha").status == 200
