# SPDX-License-Identifier: Apache-2.0
"""The disk as a power cut may have left it, from the journal that tests/support/disk writes.

What was synced is there. Of what was written since the last sync of a file there is nothing, all, a part from
the beginning, or any of its sectors; of the names that were made, changed or removed since the last sync of
a folder likewise. A rename is one step: the file is there under one name or under both, never under none.
What a failed sync was to bring is written or not, and no later sync brings it. The seed of a cut decides.
"""

import dataclasses
import os
import struct

MADE, WRITTEN, CUT, SYNCED, UNSYNCED, RENAMED, UNLINKED = range(1, 8)  # enum disk_record_kind
_RECORD = struct.Struct("=IIQQq")
NAMES = (MADE, RENAMED, UNLINKED)


@dataclasses.dataclass
class Record:
    kind: int
    inode: int
    other: int
    offset: int
    data: bytes
    end: int  # where it ends in the journal


def read_journal(path):
    data = path.read_bytes()
    at, records = 0, []
    while at < len(data):
        kind, length, inode, other, offset = _RECORD.unpack_from(data, at)
        at += _RECORD.size + length
        records.append(Record(kind, inode, other, offset, data[at - length:at], at))
    return records


class File:
    """What is surely on the disk, and what was done since: (offset, bytes), or (new size, None)."""

    def __init__(self, content=b""):
        self.content = bytearray(content)
        self.pending = []

    @staticmethod
    def apply(content, offset, data):
        if len(content) < offset:
            content.extend(bytes(offset - len(content)))
        if data is None:
            del content[offset:]
        else:
            content[offset:offset + len(data)] = data

    def sync(self):
        for step in self.pending:
            self.apply(self.content, *step)
        self.pending = []

    def cut(self, rng):
        """The content as it may be."""
        content = bytearray(self.content)
        for step in _some_steps(self.pending, rng, _sectors):
            self.apply(content, *step)
        return content

    def lose_sync(self, rng):
        self.content, self.pending = self.cut(rng), []


def _sectors(step, rng):
    """Some of the sectors that a step writes."""
    offset, data = step
    if data is None:
        return [step] if rng.random() < 0.5 else []
    size, at, found = rng.choice([512, 4096]), 0, []
    while at < len(data):
        end = min(len(data), at + size - (offset + at) % size)
        if rng.random() < 0.5:
            found.append((offset + at, data[at:end]))
        at = end
    return found


def _some_steps(steps, rng, torn):
    """None, all, some from the beginning with the last one torn, or any, each torn."""
    way = rng.randrange(4)
    if way == 0 or not steps:
        return []
    if way == 1:
        return list(steps)
    if way == 2:
        count = rng.randrange(len(steps))
        return steps[:count] + torn(steps[count], rng)
    return [piece for step in steps for piece in torn(step, rng)]


class Rename:
    """One file's way from a name to another, which both folders have among their pending steps."""

    def __init__(self, old_folder, old, new_folder, new, node):
        self.old_folder, self.old, self.new_folder, self.new, self.node = old_folder, old, new_folder, new, node

    def apply(self, folder, names):
        if folder is self.new_folder:
            names[self.new] = self.node
        if folder is self.old_folder and names.get(self.old) is self.node:
            del names[self.old]


class Name:
    """A name that was made, or, without a node, removed."""

    def __init__(self, name, node):
        self.name, self.node = name, node

    def apply(self, _, names):
        if self.node is None:
            names.pop(self.name, None)
        else:
            names[self.name] = self.node


class Folder:
    def __init__(self):
        self.names = {}  # surely on the disk
        self.now = {}    # as programs see it
        self.pending = []

    def step(self, step):
        step.apply(self, self.now)
        self.pending.append(step)

    def sync(self):
        for step in self.pending:
            step.apply(self, self.names)
            # Journals of file systems have a rename whole.
            if isinstance(step, Rename) and step.new_folder is not self and step in step.new_folder.pending:
                step.new_folder.pending.remove(step)
                step.apply(step.new_folder, step.new_folder.names)
        self.pending = []

    def lose_sync(self, rng):
        for step in self.pending:
            moved = isinstance(step, Rename) and step.new_folder is not self
            if rng.random() < 0.5 and not (moved and step in step.new_folder.pending):
                step.apply(self, self.names)
        self.pending = []


class Disk:
    """Follows the journal; `cut` builds the tree as it may be at that point."""

    def __init__(self, root):
        """The tree at root now, all of it synced."""
        self.nodes = {}
        self.root = self._load(root)

    def _load(self, path):
        node = Folder()
        self.nodes[os.stat(path).st_ino] = node
        for entry in os.scandir(path):
            if entry.is_dir(follow_symlinks=False):
                child = self._load(entry.path)
            else:
                with open(entry.path, "rb") as file:
                    child = self.nodes[entry.inode()] = File(file.read())
            node.names[entry.name] = node.now[entry.name] = child
        return node

    def follow(self, record, rng):
        node, data = self.nodes[record.inode], record.data
        if record.kind == MADE:
            child = self.nodes[record.other] = Folder() if record.offset else File()
            node.step(Name(data.decode(), child))
        elif record.kind == WRITTEN:
            node.pending.append((record.offset, data))
        elif record.kind == CUT:
            node.pending.append((record.offset, None))
        elif record.kind == SYNCED:
            node.sync()
        elif record.kind == UNSYNCED:
            node.lose_sync(rng)
        elif record.kind == UNLINKED:
            node.step(Name(data.decode(), None))
        else:
            self._rename(node, self.nodes[record.other], *data.decode().split("/"))

    @staticmethod
    def _rename(old_folder, new_folder, old, new):
        step = Rename(old_folder, old, new_folder, new, old_folder.now[old])
        new_folder.step(step)
        if old_folder is not new_folder:
            old_folder.step(step)

    def cut(self, target, rng):
        """Writes the tree as it may be into the empty folder target."""
        chosen, contents = {}, {}
        for node in self._folders(self.root):
            chosen[node] = _some_steps(node.pending, rng, lambda step, rng: [step] if rng.random() < 0.5 else [])
        self._write(self.root, target, lambda file: contents.setdefault(file, file.cut(rng)), chosen)

    def _folders(self, folder):
        seen, left = [], [folder]
        while left:
            node = left.pop()
            seen.append(node)
            children = [*node.names.values(), *(getattr(step, "node", None) for step in node.pending)]
            left += [child for child in children if isinstance(child, Folder) and child not in seen + left]
        return seen

    def _write(self, folder, target, content_of, chosen):
        names = dict(folder.names)
        for step in folder.pending:
            if self._happened(step, folder, chosen):
                step.apply(folder, names)
        for name, node in sorted(names.items()):
            path = target / name
            if isinstance(node, Folder):
                path.mkdir(mode=0o700)
                self._write(node, path, content_of, chosen)
            else:
                path.write_bytes(content_of(node))
                path.chmod(0o600)

    @staticmethod
    def _happened(step, folder, chosen):
        """A name goes away by a rename only where the new one is on the disk."""
        if isinstance(step, Rename) and folder is not step.new_folder and step in step.new_folder.pending:
            return step in chosen.get(folder, ()) and step in chosen.get(step.new_folder, ())
        return step in chosen.get(folder, ())
