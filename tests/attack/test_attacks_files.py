# SPDX-License-Identifier: Apache-2.0
"""Definitions that are no TorchScript archives, and archives that show one reader this and another one that.

All are made from a small real model, and refused with a reason that names what is wrong; what is like them and
right, serves.
"""

import gzip
import io
import json
import pickle
import struct
import tarfile
import zipfile

import pytest

from support import models
from support.attack import HOSTILE

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")

from support import file_models, hostile_files, plain_torch  # noqa: E402
from support.hostile_files import GIB, Record, changed, written  # noqa: E402

CODE = "code/__torch__/support/file_models.py"
TOUCH = "touch canary-of-the-attacks"
BASE = file_models.saved(file_models.Embedder())


OTHER = written([Record("version", b"3\n")])


class Evil:
    """What a pickle of it does when Python reads it."""

    def __reduce__(self):
        import os
        return os.system, (TOUCH,)


def tar():
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as out:
        out.addfile(tarfile.TarInfo("model.pt"), io.BytesIO(b""))
    return data.getvalue()


def safetensors():
    head = json.dumps({"weight": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    return struct.pack("<Q", len(head)) + head + bytes(4)


# ---- what is no archive ----

NO_ARCHIVES = {
    "one byte": ("not a ZIP archive: its 1 bytes start with [x]", lambda: b"x"),
    "jpeg": ("it looks like a JPEG image", lambda: b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(1000)),
    "gif": (r"start with [GIF89a\x01", lambda: b"GIF89a\x01\x00\x01\x00\x80" + bytes(30)),
    "gzip": ("it looks like gzip", lambda: gzip.compress(BASE)),
    "tar": ("it looks like a tar archive", tar),
    "safetensors": ("it looks like safetensors", safetensors),
    "onnx": (r"start with [\x08\x09\x12\x07pytorch", lambda: b"\x08\x09\x12\x07pytorch\x1a\x052.0.0" + bytes(100)),
    "pickle": ("it looks like a pickle, as torch.save once wrote them",
               lambda: hostile_files.calling("posix", "system", TOUCH)),
    "pickle of protocol 4": ("it looks like a pickle", lambda: pickle.dumps(Evil(), 4)),
    "pickle of protocol 0": ("start with [cposix\\x0asystem", lambda: pickle.dumps(Evil(), 0)),
    "torch.save": ("but what torch.save wrote; torch.jit.save is needed", file_models.state_dict),
    "something before": ("the ZIP64 end record is at byte", lambda: b"#!/bin/sh\n" + BASE),
    "something behind": ("is not at the very end: 1 bytes", lambda: BASE + b"\0"),
    "itself behind": ("the ZIP64 end record is at byte", lambda: BASE + BASE),
    "an archive behind": ("the archive's directory is said to have", lambda: BASE + OTHER),
    "an archive before": ("the ZIP64 end record is at byte", lambda: OTHER + BASE),
    "a page behind": ("is not at the very end: 4096 bytes", lambda: BASE + bytes(4096)),
    "a comment": ("is not at the very end: 5 bytes", lambda: BASE[:-2] + b"\x05\x00hello"),
    "nothing but an end": ("the archive holds no records", lambda: b"PK\x05\x06" + bytes(18)),
}


@pytest.mark.parametrize("case", NO_ARCHIVES)
def test_no_archive(gate, case):
    fragment, make = NO_ARCHIVES[case]
    gate.refused(make(), fragment)


def test_empty(gate):
    """Nothing at all, though a byte was announced."""
    daemon = gate.daemon
    models.put_config(daemon, HOSTILE)
    daemon.put(f"/_ml/trained_models/{HOSTILE}/definition/0", models.part_body(b"", 1, 1)).acknowledged()
    models.put_vocabulary(daemon, HOSTILE)
    daemon.post(f"/_ml/trained_models/{HOSTILE}/deployment/_start").fails(
        400, "status_exception",
        f"Model definition truncated. Unable to deserialize trained model definition [{HOSTILE}]")
    gate.leave()


@pytest.mark.parametrize("part", range(1, 12))
def test_cut_short(gate, part):
    gate.refused(BASE[:len(BASE) * part // 12], "the archive is cut off")


@pytest.mark.parametrize("lost", [1, 10, 21, 22, 40, 100, 500])
def test_end_lost(gate, lost):
    gate.refused(BASE[:-lost], "the archive is cut off")


def test_front_lost(gate):
    gate.refused(BASE[64:], "the ZIP64 end record is at byte")
    gate.refused(changed(BASE)[64:], "the archive's directory is said to have")


def test_middle_lost(gate):
    gate.refused(BASE[:1000] + BASE[1100:], "the ZIP64 end record is at byte")
    whole = changed(BASE)
    gate.refused(whole[:1000] + whole[1100:], "the archive's directory is said to have")


# ---- archives that lie ----

def named(name):
    """BASE with one more record of this whole name."""
    record = Record("", b"x")
    record.full = name
    return changed(BASE, more=[record])


def lying(record_name, /, **fields):
    """BASE with a record whose local header says something else than the directory."""
    def change(record):
        record.local = fields
    return changed(BASE, {record_name: change})


def told(record_name, /, **fields):
    """BASE with a record that the directory tells something else of."""
    def change(record):
        record.entry = fields
    return changed(BASE, {record_name: change})


def with_flags(record_name, /, **fields):
    def change(record):
        record.local = record.entry = fields
    return changed(BASE, {record_name: change})


def nested():
    """A record in the bytes of another one."""
    inner = written([Record("version", b"9\n")], root="archive")[:-22]
    place = inner.index(b"PK\x01\x02")
    records = hostile_files.records_of(BASE)
    start = 30 + len(b"archive/extra/shell")
    return written([Record("extra/shell", inner[:place]), *(r for r in records if r.name != "version"),
                    Record("version", b"9\n", entry={"offset": start})])


def replacing_source(change):
    return changed(BASE, {CODE: change})


def bomb(size, name=CODE):
    """A GiB of zeros in a MiB."""
    def change(record):
        record.deflated, record.packed = True, hostile_files.zeros_packed(1024)
        record.local = record.entry = {"size": size, "crc": 0}
    return changed(BASE, {name: change})


def deflate(record):
    record.deflated = True


def half_packed(record):
    record.deflated, record.packed = True, hostile_files.pack(record.content)[:-20]


def followed(record):
    record.deflated, record.packed = True, hostile_files.pack(record.content) + b"more"


def gap(record):
    record.before = bytes(64)


LIES = {
    "a name twice": ("the archive has two records [archive/data/0]",
                     lambda: changed(BASE, more=[Record("data/0", b"")])),
    "a name in another case": ("records [archive/DATA.PKL] and [archive/data.pkl], which differ only in case",
                               lambda: changed(BASE, more=[Record("DATA.PKL", b"x")])),
    "the root in another case": ("is not below the root folder [archive/]", lambda: named(b"Archive/data.pkl")),
    "a way up": ("name [../x], which has a component that is no name", lambda: named(b"../x")),
    "a way up from below": ("name [archive/../../x], which has a component", lambda: named(b"archive/../../x")),
    "from the root": ("name [/etc/x], which begins with a slash", lambda: named(b"/etc/x")),
    "backslashes": (r"name [archive\x5c..\x5cx], which has a backslash", lambda: named(b"archive\\..\\x")),
    "no root": ("name [x], which is not below a root folder", lambda: named(b"x")),
    "a second root": ("record [other/data.pkl] is not below the root folder [archive/]",
                      lambda: named(b"other/data.pkl")),
    "a folder": ("which ends with a slash, as a folder's", lambda: named(b"archive/extra/")),
    "a long name": ("which is too long: 500 bytes, more than 255", lambda: named(b"archive/extra/" + b"a" * 486)),
    "a NUL": (r"name [archive/data.pkl\x00x], which has a control character", lambda: named(b"archive/data.pkl\0x")),
    "a line end": (r"name [archive/a\x0ab], which has a control character", lambda: named(b"archive/a\nb")),
    "no UTF-8": (r"name [archive/\xff], which is not UTF-8", lambda: named(b"archive/\xff")),
    "no name": ("name [], which is empty", lambda: named(b"")),
    "another local name": ("record [archive/data.pkl]: its local header at byte",
                           lambda: lying("data.pkl", name=b"archive/data.pk1")),
    "another local size": ("record [archive/data.pkl]: its local header has the size 5, but the directory",
                           lambda: lying("data.pkl", size=5)),
    "another stored size": ("its local header has the stored size 5, but the directory",
                            lambda: lying("data.pkl", stored=5)),
    "another local method": ("its local header has the method 8, but the directory 0",
                             lambda: lying("data.pkl", method=8)),
    "another local crc": ("its local header has the CRC-32 7, but the directory", lambda: lying("data.pkl", crc=7)),
    "other local flags": ("its local header has the flags 2048, but the directory 0",
                          lambda: lying("data.pkl", flags=0x800)),
    "another crc": ("record [archive/data.pkl] has the CRC-32", lambda: with_flags("data.pkl", crc=7)),
    "a larger size": ("is stored as it is, but is said to have", lambda: told("data/0", size=1 << 20)),
    "a smaller size": ("belong to no record", lambda: with_flags("data/0", size=16, stored=16)),
    "a huge size": ("is said to have 9223372036854775808 bytes",
                    lambda: with_flags("data/0", size=1 << 63, stored=1 << 63)),
    "a huge place": ("but the records end at byte", lambda: told("data/0", offset=0xfffffff0)),
    "encrypted": ("record [archive/data.pkl] is encrypted", lambda: with_flags("data.pkl", flags=1)),
    "masked": ("has the flags 0x2000, of which 0x2000 may not be set", lambda: with_flags("data.pkl", flags=0x2000)),
    "another method": ("is packed by method 12; only 0 (stored) and 8", lambda: with_flags("data.pkl", method=12)),
    "a link": ("it is no file but a folder, a link or a device",
               lambda: told("data.pkl", attributes=0o120777 << 16)),
    "a device": ("it is no file but a folder, a link or a device",
                 lambda: told("data.pkl", attributes=0o060666 << 16)),
    "overlapping": ("[archive/data/1] begins at byte 0, but the record before it ends at byte",
                    lambda: told("data/1", offset=0)),
    "one in another": ("but the record before it ends at byte", nested),
    "a gap": ("belong to no record", lambda: changed(BASE, {"data.pkl": gap})),
    "a gap before the directory": ("before the directory, belong to no record", lambda: changed(BASE, behind=bytes(8))),
    "fewer than there are": ("bytes behind the last of its 5 entries", lambda: changed(BASE, count=5)),
    "more than there are": ("has no entry at its byte", lambda: changed(BASE, count=17)),
    "too many records": ("has 100001 records, more than the 100000 that it may have",
                         lambda: written([Record(f"extra/{i}", b"") for i in range(100001)], wide_end=True)),
    "a bomb": ("has 1073741824 bytes unpacked, more than the 268435456 that are read", lambda: bomb(GIB, "data.pkl")),
    "a bomb in the source": ("the source text has more than [268435456] bytes", lambda: bomb(GIB)),
    "a bomb that hides": ("it is larger than the directory says", lambda: bomb(4096)),
    "a bomb denser than deflate": ("makes at most 1032 of each", lambda: bomb(GIB * 2)),
    "a deflated tensor": ("record [data/0] is compressed, which PyTorch does with no tensor",
                          lambda: changed(BASE, {"data/0": deflate})),
    "cut in a record": ("does not unpack: ", lambda: replacing_source(half_packed)),
    "more in a record": ("there is something behind its compressed data", lambda: replacing_source(followed)),
}
for reader in ("model.json", "bytecode.pkl", "attributes.pkl", "mobile_debug_handles.pkl", "tensors/0", "data/a",
               "data/0/1", "constants/x", "code/x.txt", "xl_model/a", "data/00000000000000000000000000000x"):
    LIES[f"record {reader}"] = (f"record [{reader}] is none that a TorchScript file has",
                                lambda reader=reader: changed(BASE, more=[Record(reader, b"{}")]))
LIES.update({
    "version 11": ("has version [11] of PyTorch's format", lambda: changed(BASE, {"version": lambda _: b"11\n"})),
    "version 2": ("has version [2] of PyTorch's format", lambda: changed(BASE, {"version": lambda _: b"2\n"})),
    "version -1": ("[version] is no version number", lambda: changed(BASE, {"version": lambda _: b"-1\n"})),
    "version 2^70": ("has version [9223372036854775807] of", lambda: changed(
        BASE, {"version": lambda _: str(2 ** 70).encode()})),
    "a word for a version": ("[version] is no version number", lambda: changed(BASE, {"version": lambda _: b"3x"})),
    "two versions": ("records [version] and [.data/version] disagree",
                     lambda: changed(BASE, more=[Record(".data/version", b"9\n")])),
    "no version": ("there is no record [version]", lambda: changed(BASE, less=["version"])),
    "big-endian": ("record [byteorder] does not say [little]", lambda: changed(BASE, {"byteorder": lambda _: b"big"})),
    "no constants": ("but what torch.save wrote; torch.jit.save is needed",
                     lambda: changed(BASE, less=["constants.pkl"])),
    "no data": ("there is no record [data.pkl]", lambda: changed(BASE, less=["data.pkl"])),
    "no tensor": ("storage [0] has no record", lambda: changed(BASE, less=["data/0"])),
    "no source": ("cannot read it: ", lambda: changed(BASE, less=[CODE])),
})


@pytest.mark.parametrize("case", LIES)
def test_archive(gate, case):
    fragment, make = LIES[case]
    gate.refused(make(), fragment)


# ---- what must pass ----

def rewritten(definition, method):
    data = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(definition)) as old, zipfile.ZipFile(data, "w", method) as new:
        for info in old.infolist():
            is_tensor = info.filename.split("/")[1] in ("data", "constants")
            new.writestr(info.filename, old.read(info), zipfile.ZIP_STORED if is_tensor else method)
    return data.getvalue()


GOOD = {
    "as saved": lambda: (file_models.Embedder(), BASE),
    "written again": lambda: (file_models.Embedder(), changed(BASE)),
    "written by Python": lambda: (file_models.Embedder(), rewritten(BASE, zipfile.ZIP_STORED)),
    "deflated by Python": lambda: (file_models.Embedder(), rewritten(BASE, zipfile.ZIP_DEFLATED)),
    "traced": lambda: saved_as(file_models.traced(file_models.Embedder())),
    "scripted": lambda: saved_as(file_models.scripted(file_models.Tied())),
    "frozen": lambda: saved_as(file_models.frozen(file_models.Embedder())),
    "optimised": lambda: saved_as(file_models.optimised(file_models.Convolutions())),
    "quantised": lambda: saved_as(file_models.scripted(file_models.quantised())),
    "quantised by channel": lambda: saved_as(file_models.scripted(file_models.quantised(per_channel=True))),
    "traced and quantised": lambda: saved_as(file_models.traced(file_models.quantised())),
    "quantised, with many channels": lambda: saved_as(
        file_models.scripted(file_models.quantised(per_channel=True, outputs=20000))),
    "half": lambda: saved_as(file_models.scripted(file_models.Embedder().half())),
    "bfloat16": lambda: saved_as(file_models.scripted(file_models.Embedder().bfloat16())),
    "double": lambda: saved_as(file_models.scripted(file_models.Embedder().double())),
    "bytes": lambda: saved_as(file_models.scripted(file_models.Bytes())),
    "2000 tensors": lambda: saved_as(file_models.scripted(file_models.ManyTensors())),
    "words": lambda: saved_as(file_models.scripted(file_models.Words())),
    "extra files": lambda: saved_as(file_models.scripted(file_models.Embedder()),
                                    {"notes.txt": "größe", "folder/more.json": b"{}"}),
}


def saved_as(module, extra=None):
    return module, file_models.saved(module, extra)


@pytest.mark.parametrize("case", GOOD)
def test_good(gate, case):
    module, definition = GOOD[case]()
    texts = ["alpha beta gamma", "theta", "one two three alpha"]
    with torch.no_grad():
        expected = [module(*file_models.inputs(models.ids_of(text)))[0].tolist() for text in texts]
    for given, wanted in zip(gate.vectors(definition, *texts), expected):
        assert given == pytest.approx(wanted, rel=1e-6)


def test_what_torch_saves_and_cannot_load(gate, tmp_path):
    """Optimisation packs the weights of 2-d convolutions for this processor, and saving them loses them."""
    definition = file_models.saved(file_models.optimised(file_models.Pictures()))
    reason = "required keyword attribute 'value' is undefined"
    gate.refused(definition, f"cannot read it: {reason}")
    assert reason in plain_torch.verdicts(tmp_path, {"optimised": definition})["optimised"]


# ---- without us ----

BELIEVED = [
    "a way up", "from the root", "backslashes", "no root", "a second root", "a long name", "a NUL", "a line end",
    "no UTF-8", "a name twice", "another local name", "another local size", "another local method", "another local crc",
    "another crc", "a smaller size", "a link", "a device", "overlapping", "one in another", "a gap",
    "a gap before the directory", "a deflated tensor", "more in a record", "record bytecode.pkl", "version 2",
    "a word for a version", "two versions", "big-endian"]
BELIEVED_ARCHIVES = ["something behind", "itself behind", "a page behind", "a comment"]


def test_torch_believes_it(tmp_path):
    """torch.jit.load takes all these, so it is the vetting alone that refuses them."""
    definitions = {case: LIES[case][1]() for case in BELIEVED}
    definitions.update({case: NO_ARCHIVES[case][1]() for case in BELIEVED_ARCHIVES})
    said = plain_torch.verdicts(tmp_path, definitions)
    assert {case: words for case, words in said.items() if words != "loads 141"} == {}
