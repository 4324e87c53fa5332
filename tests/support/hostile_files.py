# SPDX-License-Identifier: Apache-2.0
"""Real TorchScript files, and what makes them hostile: archives that lie, pickle programs with other numbers.

An archive is taken apart into records, some of which are changed, and is put together by a writer of its own that
writes whatever it is told to: other numbers, names and attributes in local headers, in the directory and at the end.
"""

import io
import pickletools
import struct
import zipfile
import zlib

STORED, DEFLATED = 0, 8
GIB = 1 << 30


# ---- archives ----

class Record:
    """One record, its name below the root folder. `local` and `entry` replace fields of the local header and of the
    directory's entry: name, flags, method, crc, stored, size; the entry's also attributes and offset."""

    def __init__(self, name, content, deflated=False, local=None, entry=None):
        self.name, self.content, self.deflated = name, content, deflated
        self.local, self.entry = local or {}, entry or {}
        self.packed = None  # the stored bytes, when they are not what packing the content gives
        self.full = None    # the whole name, when it is not below the root folder
        self.before = b""   # bytes between the record before it and it

    def fields(self, root):
        packed = self.packed
        if packed is None:
            packed = pack(self.content) if self.deflated else self.content
        full = self.full if self.full is not None else f"{root}/{self.name}".encode()
        return packed, {"name": full, "flags": 0, "method": DEFLATED if self.deflated else STORED,
                        "crc": zlib.crc32(self.content), "stored": len(packed), "size": len(self.content),
                        "attributes": 0}


def pack(content):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def zeros_packed(megabytes):
    """So many MiB of zeros, deflated without being made."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * megabytes + b"\x03\x00"


def records_of(archive):
    """The records of a real archive, in order."""
    with zipfile.ZipFile(io.BytesIO(archive)) as old:
        return [Record(info.filename.split("/", 1)[1], old.read(info), info.compress_type == DEFLATED)
                for info in old.infolist()]


def _wide(fields):
    """The sizes as fields of four bytes, and the extra area with those that do not fit."""
    extra, narrow = b"", []
    for key in ("size", "stored"):
        small = fields[key] < 0xffffffff
        extra += b"" if small else struct.pack("<Q", fields[key])
        narrow.append(fields[key] if small else 0xffffffff)
    return narrow[1], narrow[0], struct.pack("<HH", 1, len(extra)) + extra if extra else b""


def written(records, root="archive", count=None, behind=b"", wide_end=False):
    """The archive of these records. count: what the end records say; behind: bytes before the directory."""
    out, directory = bytearray(), bytearray()
    for record in records:
        packed, fields = record.fields(root)
        out += record.before
        place = len(out)
        local, entry = {**fields, **record.local}, {**fields, "offset": place, **record.entry}
        stored, size, extra = _wide(local)
        out += struct.pack("<IHHHIIIIHH", 0x04034b50, 20, local["flags"], local["method"], 0, local["crc"], stored,
                           size, len(local["name"]), len(extra)) + local["name"] + extra + packed
        stored, size, extra = _wide(entry)
        directory += struct.pack(
            "<IHHHHIIIIHHHHHII", 0x02014b50, 0x0314, 20, entry["flags"], entry["method"], 0, entry["crc"], stored, size,
            len(entry["name"]), len(extra), 0, 0, 0, entry["attributes"], entry["offset"]) + entry["name"] + extra
    out += behind
    count, place = len(records) if count is None else count, len(out)
    out += directory
    if wide_end:
        end = len(out)
        out += struct.pack("<IQHHIIQQQQ", 0x06064b50, 44, 45, 45, 0, 0, count, count, len(directory), place)
        out += struct.pack("<IIQI", 0x07064b50, 0, end, 1)
    narrow = min(count, 0xffff)
    return bytes(out + struct.pack("<IHHHHIIH", 0x06054b50, 0, 0, narrow, narrow, len(directory), place, 0))


def changed(archive, changes=None, more=(), less=(), **how):
    """The archive with records changed: changes maps a name to a function of its Record, which changes it in place, or
    gives its new content; more: records put behind them; less: names of those that are left out."""
    records = [record for record in records_of(archive) if record.name not in less]
    for name, change in (changes or {}).items():
        record, = (record for record in records if record.name == name)
        content = change(record)
        if content is not None:
            record.content = content
    return written(records + list(more), **how)


def with_source(archive, changes, name="code/__torch__.py"):
    """The archive with texts replaced in a record of source; each must be there."""
    def change(record):
        text = record.content.decode()
        for old, new in changes.items():
            assert old in text, (old, text)
            text = text.replace(old, new)
        return text.encode()
    return changed(archive, {name: change})


# ---- pickle programs ----

def integer(number):
    """A number as TorchScript's writer encodes it, or wider where it has no way to."""
    if 0 <= number < 256:
        return b"K" + bytes([number])
    if 0 <= number < 65536:
        return b"M" + struct.pack("<H", number)
    if -(1 << 31) <= number < 1 << 31:
        return b"J" + struct.pack("<i", number)
    length = 8 if -(1 << 63) <= number < 1 << 63 else 9
    return b"\x8a" + bytes([length]) + number.to_bytes(length, "little", signed=True)


def real(number):
    return b"G" + struct.pack(">d", number)


def string(text):
    return b"X" + struct.pack("<I", len(text.encode())) + text.encode()


def constructor(module, name):
    return f"c{module}\n{name}\n".encode()


def numbers(*values):
    return b"(" + b"".join(map(integer, values)) + b"t"


class Span:
    """A value of a program: the bytes that push it (what puts it into the memo is not of them) and what is in it."""

    def __init__(self, start, end, items=(), text=None):
        self.start, self.end, self.items, self.text = start, end, list(items), text

    def __getitem__(self, i):
        return self.items[i]


class Program:
    """Where the values of a program stand. tensors: of each, the tuple of what _rebuild_tensor_v2 or
    _rebuild_qtensor gets; values are [storage, offset, sizes, strides, ...], a storage's [[kind, type, key, device,
    count]]."""

    LEAF = {"NONE", "NEWTRUE", "NEWFALSE", "BININT1", "BININT2", "BININT", "LONG1", "BINFLOAT", "BINUNICODE",
            "EMPTY_TUPLE", "EMPTY_LIST", "EMPTY_DICT", "GLOBAL"}

    def __init__(self, code):
        self.code, self.stack, self.memo, self.tensors = code, [], {}, []
        found = list(pickletools.genops(code))
        ends = [position for _, _, position in found[1:]] + [len(code)]
        for (opcode, argument, start), end in zip(found, ends):
            self._step(opcode.name, argument, start, end)

    def _step(self, name, argument, start, end):
        if name in self.LEAF:
            self.stack.append(Span(start, end, text=argument))
        elif name == "MARK":
            self.stack.append(start)
        elif name in ("BINPUT", "LONG_BINPUT"):
            self.memo[argument] = self.stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            known = self.memo[argument]
            self.stack.append(Span(start, end, known.items, known.text))
        elif name.startswith("TUPLE"):
            items = self._above_mark() if name == "TUPLE" else self._pop(int(name[5:]))
            self.stack.append(Span(items[0] if name == "TUPLE" else items[0].start, end,
                                   items[1:] if name == "TUPLE" else items))
        elif name in ("APPENDS", "SETITEMS"):
            items = self._above_mark()[1:]
            self.stack[-1].items, self.stack[-1].end = items, end
        elif name == "BINPERSID":
            self.stack.append(Span(self.stack[-1].start, end, [self.stack.pop()]))
        elif name in ("REDUCE", "NEWOBJ", "BUILD"):
            self._call(name, end)

    def _pop(self, count):
        items = self.stack[-count:]
        del self.stack[-count:]
        return items

    def _above_mark(self):
        """The mark's place and the values above it."""
        at = max(i for i, one in enumerate(self.stack) if isinstance(one, int))
        return self._pop(len(self.stack) - at)

    def _call(self, name, end):
        first, second = self._pop(2)
        if name == "REDUCE" and first.text in ("torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_qtensor"):
            self.tensors.append(second)
        self.stack.append(Span(first.start, end, [first, second], first.text))

    def replaced(self, span, code):
        """The program with other bytes for this value."""
        return self.code[:span.start] + code + self.code[span.end:]


def with_value(archive, find, code, name="data.pkl"):
    """The archive with one value of a program replaced: find takes the Program and gives the Span."""
    def change(record):
        program = Program(record.content)
        return program.replaced(find(program), code)
    return changed(archive, {name: change})


def with_storage(archive, tensor, field, code, name="data.pkl"):
    """Another type, key, device or count for the storage of tensor number `tensor`."""
    place = ["kind", "type", "key", "device", "count"].index(field)
    return with_value(archive, lambda program: program.tensors[tensor][0][0][place], code, name)


def with_tensor(archive, tensor, field, code, name="data.pkl"):
    """Another offset, sizes, strides or quantiser for tensor number `tensor`."""
    place = ["storage", "offset", "sizes", "strides", "quantiser"].index(field)
    return with_value(archive, lambda program: program.tensors[tensor][place], code, name)


def calling(module, name, *arguments):
    """A pickle of protocol 2 that calls a function when Python reads it."""
    return (b"\x80\x02" + constructor(module, name) + b"(" + b"".join(map(string, arguments)) + b"tR.")
