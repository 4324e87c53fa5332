# SPDX-License-Identifier: Apache-2.0
"""Kept proofs: a worker that gets one serves by it, without a process that proves and without the model's code; one
that is of no use is refused, whatever is wrong with it, and nothing crashes."""

import pathlib
import struct
import zipfile

import numpy
import pytest
import torch

from support.engine_driver import BY_KEPT_PROOF, BY_PROOF, MODULE, NOT_BY_KEPT_PROOF, PACKED, Closed, ModelError
from test_packed import Dense, First, Hidden, Mean, Scaled, bert, expected, is_near, make, text, traced

pytestmark = pytest.mark.torch
KEY = 257  # bytes of a record before the note


class Case:
    """A model, its file, and the record of its proof."""

    def __init__(self, engine, folder, model):
        self.model, self.path = model, folder / "model.pt"
        model.save(str(self.path))
        self.first = engine.load(self.path)
        assert self.first.packed == BY_PROOF, self.first.words
        self.record = self.first.proven
        assert self.record is not None and 0 < len(self.record) < 32768


@pytest.fixture(scope="module")
def case(engine, tmp_path_factory):
    made = Case(engine, tmp_path_factory.mktemp("kept"), make("bert", Dense))
    yield made
    made.first.end()


def refusal(engine, path, record):
    """Why the record is of no use; None when it is used, "proven" when one was made instead."""
    worker = engine.spawn(path, 4 << 30, proof=record)
    try:
        worker.wait_loaded()
        return None if worker.packed == BY_KEPT_PROOF else "proven"
    except ModelError as error:
        assert str(error).startswith("the kept proof is of no use: ")
        return str(error).partition(": ")[2]
    finally:
        try:
            worker.end()
        except Closed:
            pass


@pytest.mark.parametrize("kind, head", [
    ("bert", Hidden), ("roberta", First), ("distilbert", Mean), ("mpnet", Mean), ("odd widths", Dense)])
def test_answers_are_the_same_to_the_last_bit(engine, tmp_path, kind, head):
    case = Case(engine, tmp_path, make(kind, head))
    second = engine.load(case.path, proof=case.record)
    assert (second.packed, second.words, second.difference) == (
        BY_KEPT_PROOF, case.first.words, case.first.difference)
    assert second.proven is None
    answers = [worker.allocate() for worker in (case.first, second)]
    for length in (1, 40, 130):
        one, other = (answer.infer(text(length)) for answer in answers)
        is_near(other, expected(case.model, text(length)))
        numpy.testing.assert_array_equal(one, other)
    for worker in (case.first, second):
        worker.end()


def test_nothing_of_the_code_is_read(engine, case, tmp_path):
    """The same file, whose code makes no sense any more: with the proof it serves all the same, so there was no process
    that proved, and nobody who read the code. Without, it is refused."""
    data = bytearray(case.path.read_bytes())
    with zipfile.ZipFile(case.path) as archive:
        code = next(record for record in archive.infolist() if record.filename.endswith(".py"))
    at = code.header_offset + 100
    data[at:at + 100] = bytes(100)
    path = tmp_path / "other.pt"
    path.write_bytes(data)
    worker = engine.spawn(path, 4 << 30, proof=case.record)
    worker.wait_loaded()
    assert worker.packed == BY_KEPT_PROOF and "2" == worker.status("Seccomp")
    assert not pathlib.Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
    is_near(worker.allocate().infer(text(20)), expected(case.model, text(20)))
    worker.end()
    worker = engine.spawn(path, 4 << 30)
    with pytest.raises(ModelError):
        worker.wait_loaded()
    worker.end()


def test_a_byte_of_it_is_another(engine, case):
    """In the key: proven anew. In the note: refused, as every byte is in tests/unit/encoder/test_note.c."""
    for at in (0, 200, KEY, KEY + 8, KEY + 300, len(case.record) - 1):
        changed = bytearray(case.record)
        changed[at] ^= 0x41
        found = refusal(engine, case.path, bytes(changed))
        assert found == ("proven" if at < KEY else found) and found is not None, at


def test_it_is_cut_off(engine, case):
    for length in (1, KEY, KEY + 1, len(case.record) - 1):
        found = refusal(engine, case.path, case.record[:length])
        assert found == ("proven" if length <= KEY else found) and found is not None, length
    assert refusal(engine, case.path, case.record + b"\0") is not None


def test_the_file_is_another(engine, case, tmp_path):
    """A weight that was changed in place, and a file that is too short for what the record says."""
    data = bytearray(case.path.read_bytes())
    needle = largest_constant(case.model).numpy().tobytes()[:64]
    at = bytes(data).find(needle)
    assert at > 0
    data[at] ^= 1
    other = tmp_path / "other.pt"
    other.write_bytes(data)
    assert refusal(engine, other, case.record) == "the weights in the file are not those that were proven"
    other.write_bytes(case.path.read_bytes()[:-5000])
    worker = engine.spawn(other, 4 << 30, proof=case.record)
    with pytest.raises(ModelError, match="^the definition was refused"):  # of another size: it is looked at anew
        worker.wait_loaded()
    worker.end()


def largest_constant(model):
    """A frozen model's weights are constants of its graph."""
    tensors = [node.t("value") for node in model.graph.nodes()
               if node.kind() == "prim::Constant" and node.hasAttribute("value") and node.kindOf("value") == "t"]
    return max(tensors, key=lambda tensor: tensor.numel())


def test_circumstances(engine, case):
    """Without the operator's word that the file may pass, what was proven under it is proven again; and the setting
    [module] is obeyed."""
    worker = engine.spawn(case.path, 4 << 30, approved=0, proof=case.record)
    worker.wait_loaded()
    assert worker.packed == BY_PROOF and worker.proven[:KEY] != case.record[:KEY]
    worker.end()
    worker = engine.spawn(case.path, 4 << 30, encoder=MODULE, proof=case.record)
    worker.wait_loaded()
    assert worker.packed == 0
    worker.end()


def test_weights_that_do_not_stand_in_the_file(engine, tmp_path):
    """Rows of a larger tensor are no tensor of the file, so nothing is kept."""
    torch.manual_seed(8)
    encoder = bert()
    both = torch.randn(128, 64)
    for layer, rows in zip(encoder.encoder.layer, both.split(64)):
        layer.attention.self.query.weight.data = rows
    path = tmp_path / "model.pt"
    traced(Mean(encoder), frozen=False).save(str(path))
    worker = engine.load(path)
    assert worker.packed == BY_PROOF and worker.proven is None, worker.words
    worker.end()


def test_that_it_cannot_be_packed_is_kept(engine, tmp_path):
    """With the reason; who insists on packed weights gets another try."""
    path = tmp_path / "model.pt"
    model = make("bert", Scaled)
    model.save(str(path))
    first = engine.load(path)
    assert first.packed == 0 and "off by" in first.words and first.words.encode() in first.proven
    second = engine.load(path, proof=first.proven)
    assert (second.packed, second.words, second.proven) == (NOT_BY_KEPT_PROOF, first.words, None)
    is_near(second.allocate().infer(text(20)), expected(model, text(20)))
    third = engine.spawn(path, 4 << 30, encoder=PACKED, proof=first.proven)
    with pytest.raises(ModelError, match="the model cannot be packed: its answers"):
        third.wait_loaded()
    for worker in (third, second, first):
        worker.end()


def test_nonsense_of_the_right_key(engine, case):
    """Counts and shapes that are sealed well, but say what no proof would."""
    note = bytearray(case.record[KEY:])
    count = struct.unpack_from("=I", note, 4)[0]
    assert 10 < count < 1024
    for value in (0, 1025, 0xffffffff):
        changed = bytearray(note)
        struct.pack_into("=I", changed, 4, value)
        assert refusal(engine, case.path, case.record[:KEY] + bytes(changed)) == "the note is cut off, or none"
