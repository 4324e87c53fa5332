# SPDX-License-Identifier: Apache-2.0
"""What fuzz_archive begins with: small archives as torch, Python and streaming tools write them, and some that
are wrong in one place. Written by hand where Python's writer has no way to."""

import io
import struct
import zipfile
import zlib

LATER, UTF8 = 0x0008, 0x0800
RECORDS = [("m/data.pkl", b"\x80\x02}q\x00."), ("m/code/m.py", b"return " * 8), ("m/data/0", bytes(9)), ("m/x", b""),
           ("m/version", b"10\n")]


def pack(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def field(number, data):
    return struct.pack("<HH", number, len(data)) + data


def local_part(name, data, stored, method, flags, wide, padding):
    """Header, data and descriptor."""
    numbers = (0, 0, 0) if flags & LATER else (zlib.crc32(data), len(stored), len(data))
    extra = field(1, struct.pack("<QQ", len(data), 0)) if wide else b""
    extra += field(0x4246, b"Z" * padding) if padding else b""
    header = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 0, flags, method, 0, 0, *numbers, len(name), len(extra))
    behind = b""
    if flags & LATER:
        sizes = "<QQ" if wide else "<II"
        behind = struct.pack("<4sI", b"PK\7\10", zlib.crc32(data)) + struct.pack(sizes, len(stored), len(data))
    return header + name + extra + stored + behind


def entry(name, data, stored, method, flags, wide, place):
    sizes, extra = (len(stored), len(data), place), b""
    if wide:
        sizes, extra = (0xFFFFFFFF,) * 3, field(1, struct.pack("<QQQ", len(data), len(stored), place))
    numbers = (b"PK\1\2", 0, 0, flags, method, 0, 0, zlib.crc32(data), *sizes[:2], len(name), len(extra))
    return struct.pack("<4sHHHHHHIIIHHHHHII", *numbers, 0, 0, 0, 0, sizes[2]) + name + extra


def ends(count, size, place, zip64):
    narrow = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, size, place, 0)
    if not zip64:
        return narrow
    wide = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 0x31E, 45, 0, 0, count, count, size, place)
    return wide + struct.pack("<4sIQI", b"PK\6\7", 0, place + size, 1) + narrow


def archive(records=RECORDS, deflate=".py", flags=LATER | UTF8, wide=False, padding=5, zip64=True, before=b"",
            behind=b""):
    body, directory = before, b""
    for name, data in records:
        method = 8 if name.endswith(deflate) else 0
        used = flags if data else flags & ~LATER
        name = name.encode()
        stored = pack(data) if method else data
        directory += entry(name, data, stored, method, used, wide, len(body))
        body += local_part(name, data, stored, method, used, wide, padding)
    body += behind
    return body + directory + ends(len(records), len(directory), len(body), zip64)


class Stream(io.RawIOBase):
    """Cannot seek, so that sizes are written behind the data."""

    def __init__(self):
        self.written = b""

    def write(self, data):
        self.written += bytes(data)
        return len(data)


def python_archive(method, force_zip64, streamed):
    target = Stream() if streamed else io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as out:
        for name, data in RECORDS:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            with out.open(info, "w", force_zip64=force_zip64) as record:
                record.write(data)
    return target.written if streamed else target.getvalue()


def seeds():
    good = archive()
    yield good
    yield archive(zip64=False, padding=0)
    yield archive(RECORDS[:1], flags=0)
    yield archive(wide=True, padding=70)
    yield archive(deflate="", flags=LATER)
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        for streamed in (False, True):
            yield python_archive(method, method == zipfile.ZIP_DEFLATED, streamed)
    yield archive([("m/b", b"2"), ("m/a", b"1"), ("m/\u6771", b"")])
    yield archive([("m/a", b"1"), ("m/A", b"2")])
    yield archive([("m/a", b"1"), ("m/b", b"2"), ("m/a", b"3")])
    yield archive([("m/a", b"1"), ("n/a", b"2")])
    yield archive([("m/../a", b"1"), ("m//b", b"1")])
    yield archive([("m/" + "n" * 260, b"1")], flags=0)
    yield archive([("m/a", b"\0" * 5000)], deflate="a")
    yield archive([("m/a", bytes(1100000))], deflate="")  # more than is read
    yield archive([])
    yield archive(before=b"\xff\xd8\xff")
    yield archive(behind=b"\0")
    yield good + b"behind"
    yield good[:-30]
    yield good[:40]
    yield good[100:]
    for other in (b"", b"\x1f\x8b\x08\0", b"\x80\x02\x8a\n", b"\x10" + bytes(7) + b'{"a":', b"PK"):
        yield other
