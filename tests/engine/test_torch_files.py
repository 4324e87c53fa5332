# SPDX-License-Identifier: Apache-2.0
"""Archives that are none, and models that reach for what is not theirs."""

import io
import signal

import pytest
import torch

from support import archives, procfs
from support.daemon import BUILD
from support.engine_driver import Closed, Engine, ModelError
from support.poll import until

pytestmark = pytest.mark.torch
ROW = [[[1, 2, 3]]]


class Fine(torch.nn.Module):
    def forward(self, a):
        return a.to(torch.float32)


class ReadsFile(torch.nn.Module):
    def __init__(self, path: str):
        super().__init__()
        self.path = path

    def forward(self, a):
        return torch.from_file(self.path, False, 16, dtype=torch.uint8).to(torch.float32)


class WritesFile(torch.nn.Module):
    def __init__(self, path: str):
        super().__init__()
        self.path = path

    def forward(self, a):
        return torch.from_file(self.path, True, 16, dtype=torch.uint8).to(torch.float32)


class Divides(torch.nn.Module):
    """Plain integers by zero end a process by a signal; no list of operators prevents it."""

    def forward(self, a):
        return torch.ones([7 % (int(a[0, 0]) - 1)])


class Prints(torch.nn.Module):
    def forward(self, a):
        print("words that belong in no log", a)
        return a.to(torch.float32)


def archive():
    data = io.BytesIO()
    torch.jit.save(torch.jit.script(Fine()), data)
    return data.getvalue()


def rewritten(name_end, change):
    """The archive with the records whose name ends so changed (None: left out)."""
    return archives.rewritten(
        archive(), lambda name, content: change(content) if name.endswith(name_end) else content)


def state_dict():
    data = io.BytesIO()
    torch.save({"weight": torch.ones(3)}, data)
    return data.getvalue()


NOT_MODELS = {
    "empty": lambda: b"",
    "noise": lambda: bytes(range(256)) * 40,
    "cut": lambda: archive()[:-100],
    "no version": lambda: rewritten("version", lambda _: None),
    "no data": lambda: rewritten("/data.pkl", lambda _: None),
    "bad pickle": lambda: rewritten("/data.pkl", lambda _: b"\x80\x02cos\nsystem\n."),
    "bad code": lambda: rewritten(".py", lambda code: code + b"\nthis is (no code"),
    "state dict": state_dict,
}


@pytest.mark.parametrize("name", NOT_MODELS)
def test_what_is_no_model_is_refused_in_one_line(load, name):
    with pytest.raises(ModelError) as caught:
        load(NOT_MODELS[name]())
    words = str(caught.value)
    assert words and "\n" not in words
    assert "Exception raised" not in words and ".cpp" not in words and "0x" not in words


def test_the_same_archive_unharmed_loads(load):
    assert load(rewritten("none", None)).allocate().infer(ROW).tolist() == [[1.0, 2.0, 3.0]]


def test_reading_a_file_is_refused(load, tmp_path):
    """Before anything of the model runs, also where an operator approved the file; what the cage would say to it is
    tests/attack's to see."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"0123456789abcdef")
    module = ReadsFile(str(secret))
    assert module(torch.ones(1)).tolist() == list(b"0123456789abcdef")  # outside of the server it works
    with pytest.raises(ModelError, match="^the definition was refused: operation .aten::from_file. in function .*"
                                         "reads or writes files, which no model may"):
        load(module)


def test_writing_a_file_is_refused(load, tmp_path):
    path = tmp_path / "made"
    with pytest.raises(ModelError, match="aten::from_file"):
        load(WritesFile(str(path)))
    assert not path.exists()


def test_crash_ends_its_own_worker_only(load):
    other = load(Fine()).allocate()
    crashing = load(Divides())
    allocation = crashing.allocate()
    allocation.post(ROW)
    with pytest.raises(Closed):
        allocation.result()
    assert crashing.wait_exited() == signal.SIGFPE
    crashing.end = lambda: None  # its end was told already
    assert other.infer(ROW).tolist() == [[1.0, 2.0, 3.0]]


def test_printing_goes_nowhere(load, capfd):
    assert load(Prints()).allocate().infer(ROW).tolist() == [[1.0, 2.0, 3.0]]
    captured = capfd.readouterr()
    assert "words" not in captured.out + captured.err


def test_worker_dies_with_the_zygote(tmp_path):
    path = tmp_path / "model.pt"
    path.write_bytes(archive())
    own = Engine(str(BUILD / "inferd-engine"))
    worker = own.load(path)
    own.process.kill()
    own.process.wait()
    until(lambda: not procfs.alive(worker.pid), "the worker is gone")
