# SPDX-License-Identifier: Apache-2.0
"""Fixtures for tests that speak frames with the engine program, without the daemon, or let it vet a file."""

import json
import subprocess

import pytest
import torch

from support.daemon import BUILD
from support.engine_driver import AUTO, MODULE, Closed, Engine, ModelError


@pytest.fixture(scope="session", autouse=True)
def same_executor_as_the_engine():
    """References are computed as the engine computes: one thread, no profiling executor."""
    torch.set_num_threads(1)
    torch._C._jit_set_profiling_executor(False)
    torch._C._jit_set_profiling_mode(False)


@pytest.fixture(scope="session")
def engine():
    running = Engine(str(BUILD / "inferd-engine"))
    yield running
    assert running.stop() == 0


@pytest.fixture
def load(engine, tmp_path):
    """Loads a module, or the bytes of an archive, in a worker of the test's own."""
    loaded = []

    def load_one(model, memory_limit=4 << 30, encoder=AUTO):
        path = tmp_path / f"model{len(loaded)}.pt"
        if isinstance(model, bytes):
            path.write_bytes(model)
        else:
            is_script = isinstance(model, torch.jit.ScriptModule)
            torch.jit.save(model if is_script else torch.jit.script(model.eval()), str(path))
        worker = engine.spawn(path, memory_limit, encoder=encoder)
        try:
            worker.wait_loaded()
        except ModelError:
            worker.end()
            raise
        loaded.append(worker)
        return worker

    yield load_one
    for worker in loaded:
        try:
            worker.end()
        except Closed:
            pass


@pytest.fixture
def infer(load):
    """Loads a module and gives the call that runs it, by its own code: infer(module)(tensors)."""
    def prepare(model):
        return load(model, encoder=MODULE).allocate().infer
    return prepare


@pytest.fixture
def vet(tmp_path):
    """Vets a module, or the bytes of an archive, with the command, and gives the report."""
    def run(model):
        path = tmp_path / "m.pt"
        if isinstance(model, bytes):
            path.write_bytes(model)
        else:
            torch.jit.save(model if isinstance(model, torch.jit.ScriptModule) else torch.jit.script(model.eval()),
                           str(path))
        done = subprocess.run([BUILD / "inferd", "--vet", path], capture_output=True, text=True, timeout=60)
        assert done.returncode in (0, 1), done
        return json.loads(done.stdout)
    return run
