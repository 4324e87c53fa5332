# SPDX-License-Identifier: Apache-2.0
"""@elastic/elasticsearch 9 and 8, unmodified, on Node.js: the sessions of tests/clients/js."""

import base64
import json
import os
import pathlib
import subprocess

import pytest

from support import models
from support.daemon import ROOT

pytestmark = pytest.mark.only_with(9)  # says nothing of Python's clients

HOME = pathlib.Path(os.environ.get("INFERD_NODE_HOME", ROOT / "build/venv-node"))
SESSIONS = {"models": False, "deployments": True, "cluster": True, "inference": True}  # name: the model must be there


@pytest.mark.parametrize("generation", ["9", "8"])
@pytest.mark.parametrize("session", SESSIONS)
def test_session(daemon, session, generation):
    definition = models.behaving()
    models.approve(daemon, definition)
    if SESSIONS[session]:
        models.upload(daemon, "jm", definition)
    given = {"config": models.config(), "vocabulary": models.VOCABULARY,
             "definition": base64.b64encode(definition).decode(),
             "embeddings": [models.embedding(text) for text in ("alpha", "beta")]}
    result = subprocess.run(
        [HOME / "node", ROOT / "tests/clients/js" / f"{session}.js", generation, daemon.url, "jm"],
        input=json.dumps(given), capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "NODE_PATH": str(HOME / "node_modules")})
    assert result.returncode == 0, result.stdout + result.stderr
