# SPDX-License-Identifier: Apache-2.0
"""Short ways to run documents through pipelines."""

import socket
import struct

PATH = "/_ingest/pipeline"


def simulate(daemon, processors, *sources, query="", **more):
    """The answers about each document."""
    body = {"pipeline": {"processors": processors, **more}, "docs": [{"_source": one} for one in sources]}
    return daemon.post(f"{PATH}/_simulate{query}", body).ok()["docs"]


def source(daemon, processors, document, **more):
    """What becomes of one document, without its metadata."""
    answer, = simulate(daemon, processors, document, **more)
    assert "doc" in answer, answer
    return answer["doc"]["_source"]


def reason(daemon, processors, document, **more):
    """Type and reason of a document's failure."""
    answer, = simulate(daemon, processors, document, **more)
    return answer["error"]["type"], answer["error"]["reason"]


def refusal(daemon, processors, **more):
    """The Answer to a definition that is refused."""
    return daemon.put(f"{PATH}/refused", {"processors": processors, **more})


def remove_all(daemon):
    daemon.delete(f"{PATH}/*").acknowledged()


def begin_stream(daemon, length, query="", receive_buffer=None):
    """A connection on which the body of an _execute of pipeline [p], of so many bytes, may be sent."""
    client = socket.socket()
    if receive_buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.connect(daemon.address)
    client.sendall(f"POST {PATH}/p/_execute{query} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
                   f"Content-Length: {length}\r\n\r\n".encode())
    return client


def send_until_held(client, line, count, patience):
    """Sends a line up to count times; the bytes that went out before nothing was taken for so many seconds."""
    client.settimeout(patience)
    sent = 0
    try:
        while sent < len(line) * count:
            sent += client.send(line[sent % len(line):])
    except TimeoutError:
        return sent
    raise AssertionError(f"all {sent} bytes were taken")


def reset(client):
    """Leaves by a reset, not by an end that waits."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
