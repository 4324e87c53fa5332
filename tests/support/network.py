# SPDX-License-Identifier: Apache-2.0
"""A network of one's own, in which a test can cut any of its machines from any other, each way by itself.

Each machine is a network namespace with one card, a veth pair to a bridge that stands in a namespace of its own.
Nothing of the host is touched, and nothing has to be cleaned up: namespaces have no names, so the kernel removes them,
and all that is in them, with the last process that has one. Cards know each other's hardware addresses, and never ask;
a cut is a wrong one, so that what is sent goes nowhere, without a word, as behind a cable that was pulled.
"""

import contextlib
import ctypes
import functools
import os
import subprocess

from support.daemon import Daemon
from support.etcd import Etcd
from support.slow_cable import SlowCable, tap

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def _call(what, *arguments):
    if getattr(LIBC, what)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what} of a network namespace: {os.strerror(number)}; this test has to run as root")


class Namespace:
    """Empty but for its loopback; there as long as this object, or a process in it."""

    def __init__(self):
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        _call("unshare", CLONE_NEWNET)
        self.fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        _call("setns", before, CLONE_NEWNET)
        os.close(before)
        self.path = f"/proc/{os.getpid()}/fd/{self.fd}"
        self.ip("link set lo up")

    @contextlib.contextmanager
    def entered(self):
        """Sockets and processes that this thread makes meanwhile are in it."""
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        _call("setns", self.fd, CLONE_NEWNET)
        try:
            yield
        finally:
            _call("setns", before, CLONE_NEWNET)
            os.close(before)

    def ip(self, *commands):
        """Of ip(8)."""
        with self.entered():
            done = subprocess.run(["ip", "-batch", "-"], input="\n".join(commands), text=True, capture_output=True,
                                  check=False)
        assert done.returncode == 0, f"{commands}: {done.stderr}"

    def close(self):
        os.close(self.fd)


@functools.cache
def problems(slow):
    """Why networks cannot be made here, and slow ones not; empty where they can."""
    try:
        namespace = Namespace()
    except (OSError, AssertionError) as error:
        return [f"tests that make networks: {error}"]
    try:
        if slow:
            os.close(tap(namespace, "try"))
    except OSError as error:
        return [f"tests of slow networks: {error}"]
    finally:
        namespace.close()
    return []


class Machine(Namespace):
    """One of a network, by its number."""

    def __init__(self, number):
        super().__init__()
        self.number = number
        self.address = f"10.77.0.{number + 1}"
        self.hardware = f"02:00:00:00:00:{number:02x}"


class Network:
    """Machines that reach each other until they are cut. With slow cables their ways can be made long."""

    def __init__(self, slow_cables=False):
        self.slow_cables, self.cables = slow_cables, []
        self.bridge = Namespace()
        self.bridge.ip("link add br0 type bridge", "link set br0 up")
        self.machines = []
        self.cuts = set()

    def machine(self):
        """One more."""
        new = Machine(len(self.machines))
        port = f"port{new.number}"
        if self.slow_cables:
            self.cables.append(SlowCable(new, "eth0", self.bridge, port))
        else:
            self.bridge.ip(f"link add {port} type veth peer name eth0 netns {new.path}")
        self.bridge.ip(f"link set {port} master br0 up")
        new.ip(f"link set eth0 address {new.hardware}", f"address add {new.address}/24 dev eth0", "link set eth0 up",
               *[self._way(old, old.hardware) for old in self.machines])
        for old in self.machines:
            old.ip(self._way(new, new.hardware))
        self.machines.append(new)
        return new

    @staticmethod
    def _way(to, hardware):
        return f"neighbour replace {to.address} lladdr {hardware} dev eth0 nud permanent"

    def delay(self, seconds):
        """What is sent from now on takes so long, each way."""
        for cable in self.cables:
            cable.delay_s = seconds / 2  # at each end of the way

    def cut(self, sender, receiver):
        """What one sends to the other vanishes; not the other way round."""
        sender.ip(self._way(receiver, "02:ff:00:00:00:00"))
        self.cuts.add((sender, receiver))

    def part(self, some, others):
        """Each of some is cut from each of the others, both ways."""
        for one in some:
            for other in others:
                self.cut(one, other)
                self.cut(other, one)

    def isolate(self, *some):
        """They are cut from all others."""
        self.part(some, [machine for machine in self.machines if machine not in some])

    def heal(self, pairs=None):
        """Joins again what was cut, or the ways of pairs."""
        for sender, receiver in list(self.cuts if pairs is None else pairs):
            sender.ip(self._way(receiver, receiver.hardware))
            self.cuts.discard((sender, receiver))

    def close(self):
        for one in [*self.cables, self.bridge, *self.machines]:
            one.close()


class Member(Etcd):
    """Of an etcd, on a machine of its own."""

    def __init__(self, machine):
        super().__init__()
        self.machine = machine
        self.url, self.peer_url = (f"http://{machine.address}:{port}" for port in (2379, 2380))

    def within(self):
        return self.machine.entered()

    def launch(self):
        with self.machine.entered():
            super().launch()

    def call(self, path, body):
        with self.machine.entered():
            return super().call(path, body)


class Node(Daemon):
    """On a machine of its own, where the test asks it, however it is cut from others."""

    def __init__(self, machine, settings):
        super().__init__({"network.host": machine.address, "http.port": 9200, "network.allow_insecure": "true",
                          **settings})
        self.machine = machine

    def within(self):
        return self.machine.entered()

    def launch(self):
        with self.machine.entered():
            return super().launch()

    def request(self, *arguments, **named):
        with self.machine.entered():
            return super().request(*arguments, **named)
