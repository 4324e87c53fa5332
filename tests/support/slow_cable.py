# SPDX-License-Identifier: Apache-2.0
"""A cable between two network namespaces on which everything takes a while: a tap at each end, and between them a
thread, for kernels without netem."""

import asyncio
import fcntl
import os
import struct
import threading

TUNSETIFF, TAP, WITHOUT_HEADER = 0x400454CA, 0x0002, 0x1000
FRAME = 1 << 16


def tap(namespace, name):
    """A new card of that name; what is written to the descriptor arrives there, and what it sends is read."""
    with namespace.entered():
        fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), TAP | WITHOUT_HEADER))
    return fd


class SlowCable:
    """From card `name` of one namespace to card `port` of the other."""

    def __init__(self, one, name, other, port):
        self.delay_s = 0.0
        self.ends = tap(one, name), tap(other, port)
        self.loop = asyncio.new_event_loop()
        for end, far in (self.ends, self.ends[::-1]):
            self.loop.add_reader(end, self._pass, end, far)
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def _pass(self, end, far):
        try:
            self.loop.call_later(self.delay_s, self._arrive, far, os.read(end, FRAME))
        except OSError:  # the card is down yet
            pass

    @staticmethod
    def _arrive(far, frame):
        try:
            os.write(far, frame)
        except OSError:  # as on a full or unplugged card: it is lost
            pass

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()
        for end in self.ends:
            os.close(end)
