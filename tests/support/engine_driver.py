"""Drives the inferd-engine program over its socketpairs, as the daemon does (include/inferd/frame.h)."""
# SPDX-License-Identifier: Apache-2.0
import os
import select
import socket
import struct
import subprocess
import time

import numpy

(SPAWN, KILL, MEASURE, LIMIT, ZYGOTE_READY, SPAWNED, EXITED, MEASURED, LOADED, LOAD_FAILED, VETTED, ALLOCATE, INFER,
 RESULT, ERROR, SIGNALLED, PROVEN, PROOF, QUANTIZE, QUANTIZED) = range(1, 21)
BY_PROOF, BY_KEPT_PROOF, NOT_BY_KEPT_PROOF = 1, 2, 3  # enum inf_frame_packed
SERVE, VET = range(2)
NAMESPACES, LANDLOCK, SECCOMP, RLIMITS, EMPTY_ROOT = 1, 2, 4, 8, 16
HEADER = struct.Struct("=IIQ")
AUTO, PACKED, MODULE = range(3)  # enum inf_encoder_choice
SPAWN_REQUEST = struct.Struct("=qqqIIIIIII4x4x4x")  # the last two: not disproven, not niced
MEASURED_ANSWER = struct.Struct("=IIqqqq")
INFER_REQUEST = struct.Struct("=7I4i")
BF16, INT8 = 1, 2  # enum inf_linear_type
QUANTIZE_REQUEST = struct.Struct("=4IdI4x")
QUANTIZED_ANSWER = struct.Struct("=iidddi4x")
RESULT_HEAD = struct.Struct("=II3qQQII")
PATIENCE_S = 60


class Closed(Exception):
    """The other end is gone."""


class ModelError(Exception):
    """The engine answered with an error text."""


class Channel:
    """One end of a stream socketpair, spoken in frames."""

    def __init__(self):
        self.socket, self.peer = socket.socketpair()
        self.socket.settimeout(PATIENCE_S)

    def send(self, kind, number=0, payload=b"", descriptors=()):
        frame = HEADER.pack(kind, len(payload), number) + payload
        if descriptors:
            sent = socket.send_fds(self.socket, [frame], list(descriptors))
            frame = frame[sent:]
        self.socket.sendall(frame)

    def _read(self, length):
        data = bytearray()
        while len(data) < length:
            try:
                piece = self.socket.recv(length - len(data))
            except ConnectionResetError:
                piece = b""
            if not piece:
                raise Closed
            data += piece
        return bytes(data)

    def receive(self):
        kind, length, number = HEADER.unpack(self._read(HEADER.size))
        return kind, number, self._read(length)

    def readable(self, timeout_s):
        return bool(select.select([self.socket], [], [], timeout_s)[0])

    def close(self):
        self.socket.close()
        self.peer.close()


class Allocation(Channel):
    """One allocation thread of a worker."""

    job = answered = 0

    def post(self, tensors, more=0, padding=(0, 0, 0, 0), at_once=1):
        data = numpy.ascontiguousarray(tensors, dtype=numpy.int32)
        assert data.ndim == 3
        self.job += 1
        self.send(INFER, self.job, INFER_REQUEST.pack(*data.shape, 0, 0, more, at_once, *padding) + data.tobytes())

    def result(self):
        kind, number, payload = self.receive()
        self.answered += 1
        assert number == self.answered
        if kind == ERROR:
            raise ModelError(payload.decode())
        assert kind == RESULT
        dtype, rank, a, b, c, self.time_ns, self.cpu_ns, self.together, _ = RESULT_HEAD.unpack_from(payload)
        values = numpy.frombuffer(payload, {1: numpy.float32, 2: numpy.float64}[dtype], offset=RESULT_HEAD.size)
        return values.reshape((a, b, c)[:rank])

    def infer(self, tensors, at_once=1):
        """tensors: [tensors][rows][cols] of int32, of which so many rows are one forward."""
        self.post(tensors, at_once=at_once)
        return self.result()

    def infer_together(self, texts, padding):
        """texts: [tensors][1][cols] each, in one forward if the model takes it."""
        for i, text in enumerate(texts):
            self.post(text, len(texts) - 1 - i, padding)
        return [self.result() for _ in texts]


class Worker(Channel):
    """A forked worker and its control channel."""

    proven = None  # what the next worker for the file can be given as its proof

    def __init__(self, engine, number, path, memory_limit, require, approved, encoder, proof):
        super().__init__()
        self.engine, self.number = engine, number
        definition = os.open(path, os.O_RDONLY)
        request = SPAWN_REQUEST.pack(os.fstat(definition).st_size, memory_limit, 0, require, require,
                                     SERVE, approved, 0, encoder, proof is not None)
        engine.send(SPAWN, number, request, (definition, self.peer.fileno()))
        os.close(definition)
        self.peer.close()
        kind, number, payload = engine.receive()
        assert (kind, number) == (SPAWNED, self.number)
        self.pid, self.error = struct.unpack("=ii", payload)
        if proof is not None:
            self.send(PROOF, 0, proof)

    def wait_loaded(self):
        """The INF_SANDBOX_* bits, or ModelError with the reason."""
        kind, _, payload = self.receive()
        if kind == PROVEN:
            self.proven = payload
            kind, _, payload = self.receive()
        if kind == LOAD_FAILED:
            raise ModelError(payload.decode())
        assert kind == LOADED
        self.sandbox, self.packed, self.difference, words = struct.unpack("=IId256s", payload)
        self.words = words.split(b"\0")[0].decode()
        return self.sandbox

    def allocate(self, threads=1, nice=0):
        allocation = Allocation()
        self.send(ALLOCATE, 0, struct.pack("=Ii", threads, nice), (allocation.peer.fileno(),))
        allocation.peer.close()
        return allocation

    def quantize(self, samples, min_cosine=-1.0, kind=INT8, kept=b""):
        """samples: [tensors][rows][cols]. Linears, those in fewer bits, median and worst cosine, speedup. self.fit is
        what another process can be given as kept; b"" if this one used what it got."""
        data = numpy.ascontiguousarray(samples, dtype=numpy.int32)
        self.send(QUANTIZE, 0,
                  QUANTIZE_REQUEST.pack(*data.shape, kind, min_cosine, len(kept)) + data.tobytes() + kept)
        answered, _, payload = self.receive()
        if answered == LOAD_FAILED:
            raise ModelError(payload.decode())
        assert answered == QUANTIZED
        *report, is_kept = QUANTIZED_ANSWER.unpack_from(payload)
        self.fit = payload[QUANTIZED_ANSWER.size:]
        assert is_kept == (self.fit == b"")
        return tuple(report)

    def measure(self):
        """Bytes: resident, own, and the peak of own."""
        self.engine.send(MEASURE, self.number, struct.pack("=II", 0, 0))
        kind, number, payload = self.engine.receive()
        assert (kind, number) == (MEASURED, self.number)
        return MEASURED_ANSWER.unpack(payload)[2:5]

    def limit(self, memory_limit):
        self.engine.send(LIMIT, self.number, struct.pack("=q", memory_limit))

    def kill(self):
        self.engine.send(KILL, self.number)

    def wait_exited(self):
        """The status as waitpid gives it."""
        kind, number, payload = self.engine.receive()
        assert (kind, number) == (EXITED, self.number)
        return struct.unpack("=ii", payload)[0]

    def status(self, field):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as lines:
            for line in lines:
                if line.startswith(field + ":"):
                    return line.split(":", 1)[1].strip()
        raise KeyError(field)

    def end(self):
        """Closes the control channel and waits for the process."""
        self.close()
        return self.wait_exited()


class Engine(Channel):
    """The running program: the zygote and its channel."""

    def __init__(self, program, environment=None):
        super().__init__()
        self.workers = 0
        self.process = subprocess.Popen(
            [program, f"--channel={self.peer.fileno()}"], pass_fds=[self.peer.fileno()], env=environment)
        self.peer.close()
        kind, _, version = self.receive()
        assert kind == ZYGOTE_READY
        self.version = version.decode().partition("\0")[0]

    def spawn(self, path, memory_limit=0, require=0, approved=1, encoder=AUTO, proof=None):
        """approved: as if an operator had approved the file, since what models do is what is tested."""
        self.workers += 1
        return Worker(self, self.workers, path, memory_limit, require, approved, encoder, proof)

    def load(self, path, memory_limit=4 << 30, encoder=AUTO, proof=None):
        worker = self.spawn(path, memory_limit, encoder=encoder, proof=proof)
        worker.wait_loaded()
        return worker

    def stop(self):
        self.close()
        return self.process.wait(PATIENCE_S)


def wait_until(condition):
    """Polls, for what has no event of its own. False when it did not come true."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False
