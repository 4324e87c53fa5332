# SPDX-License-Identifier: Apache-2.0
"""A stream of documents through a pipeline: order, errors by the line, resuming, back-pressure, memory."""

import gzip
import http.client
import json
import re

import pytest

from support import models, pipelines
from support.daemon import SANITIZED
from support.models import embedding, float32
from support.pipelines import PATH
from support.poll import until

NDJSON = {"Content-Type": "application/x-ndjson"}
WORDS = models.VOCABULARY[11:21]


@pytest.fixture(autouse=True)
def empty(daemon):
    yield
    pipelines.remove_all(daemon)


def put(daemon, *processors):
    daemon.put(f"{PATH}/p", {"processors": list(processors)}).acknowledged()


def inference(**more):
    return {"inference": {"model_id": "m", "input_output": {"input_field": "t", "output_field": "v"}, **more}}


def execute(daemon, body, query="", headers=None, length=True):
    """Status and lines; body: bytes, or pieces, which are sent in chunks."""
    connection = http.client.HTTPConnection(*daemon.address, timeout=120)
    connection.request("POST", f"{PATH}/p/_execute{query}", body, {**NDJSON, **(headers or {})},
                       encode_chunked=not length)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    kind = answer.getheader("Content-Type")
    if answer.status != 200:
        return answer.status, json.loads(text)
    assert kind == "application/x-ndjson"
    return 200, [json.loads(line) if line else None for line in text.decode().split("\n")[:-1]]


def lines(*documents):
    return "".join(json.dumps(one) + "\n" for one in documents).encode()


def test_documents_come_back_in_order(daemon):
    models.serve(daemon, "m", models.behaving(), number_of_allocations=2)
    put(daemon, inference(), {"set": {"field": "n", "value": "{{_id}}"}})
    texts = [f"{a} {b}" for a in WORDS for b in WORDS] * 12
    status, found = execute(daemon, lines(*({"_id": str(i), "_source": {"t": text}} for i, text in enumerate(texts))))
    assert status == 200 and [one["_source"]["n"] for one in found] == [str(i) for i in range(len(texts))]
    assert all(float32(one["_source"]["v"]) == embedding(text) for one, text in zip(found, texts))
    entry = models.stats(daemon, "m")["ingest"]
    assert entry["total"]["count"] == len(texts) and entry["total"]["current"] == 0
    stats = entry["pipelines"]["p"]["processors"][0]["inference"]["stats"]
    assert (stats["count"], stats["failed"], stats["current"]) == (len(texts), 0, 0)
    # A small queue makes documents wait, and none is refused.
    models.start(daemon, "m", deployment_id="narrow", queue_capacity=4, cache_size="0b")
    put(daemon, inference(model_id="narrow"))
    body = lines(*({"t": text, "pad": "x" * 200} for text in texts * 4))
    pieces = [body[i:i + 500] for i in range(0, len(body), 500)]  # several of them in one read
    status, found = execute(daemon, iter(pieces), headers={"Transfer-Encoding": "chunked"}, length=False)
    assert status == 200 and not [one for one in found if "error" in one] and len(found) == 4 * len(texts)


def test_a_chunked_body_that_has_to_wait(daemon):
    """libmicrohttpd hands over all chunks of a read, also when it was told to stop at the first."""
    models.serve(daemon, "m", models.behaving(forward_ms=1), cache_size="0b", number_of_allocations=2)
    put(daemon, inference())
    others = [http.client.HTTPConnection(*daemon.address, timeout=60) for _ in range(3)]
    for _ in range(3):
        for other in others:
            other.request("GET", "/")
            other.getresponse().read()
        body = lines(*({"t": f"{a} {b}"} for a in WORDS for b in WORDS)) * 12
        pieces = [body[i:i + 4000] for i in range(0, len(body), 4000)]
        status, found = execute(daemon, iter(pieces), headers={"Transfer-Encoding": "chunked"}, length=False)
        assert status == 200 and len(found) == 1200 and not [one for one in found if "error" in one]


def test_one_line_does_not_fail_another(daemon):
    put(daemon, {"drop": {"if": "ctx.a == 'drop'"}}, {"fail": {"message": "no", "if": "ctx.a == 'fail'"}},
        {"set": {"field": "b", "value": 1}})
    body = b'{"a":1}\nnot json\r\n\n[1]\n{"a":"drop"}\r\n{"a":"fail"}\n{"a":2}'
    status, found = execute(daemon, body)
    assert status == 200 and len(found) == 7
    assert found[0] == {"a": 1, "b": 1} and found[2] is None and found[6] == {"a": 2, "b": 1}
    assert (found[1]["line"], found[1]["status"], found[1]["error"]["type"]) == (2, 400, "x_content_parse_exception")
    assert found[3]["error"]["reason"] == "a line must be an object, not START_ARRAY"
    assert found[4] == {"dropped": True, "line": 5}
    assert (found[5]["line"], found[5]["status"], found[5]["error"]["reason"]) == (6, 500, "no")


def test_resuming(daemon):
    put(daemon, {"fail": {"message": "no", "if": "ctx.i == 3"}})
    body = lines(*({"i": i} for i in range(5)))
    status, found = execute(daemon, body, "?from_line=4")
    assert status == 200 and found[0]["line"] == 4 and found[1] == {"i": 4} and len(found) == 2
    assert execute(daemon, body, "?from_line=9") == (200, [])
    status, error = execute(daemon, body, "?from_line=0")
    assert status == 400 and "[from_line] must be a positive integer" in error["error"]["reason"]


def test_what_is_refused(daemon):
    status, error = execute(daemon, b"{}\n")
    assert status == 404 and error["error"]["reason"] == "pipeline [p] is missing"
    put(daemon)
    assert execute(daemon, b"")[0] == 400
    status, error = execute(daemon, b'{"a":"' + b"x" * (17 << 20) + b'"}')
    assert status == 413 and error["error"] == "line [1] is longer than [16777216] bytes"
    daemon.put("/_cluster/settings", {"persistent": {"ingest.max_result_size": "1kb"}}).ok()
    status, error = execute(daemon, lines(*({"i": "x" * 100} for i in range(20))))
    daemon.put("/_cluster/settings", {"persistent": {"ingest.max_result_size": None}}).ok()
    assert status == 413 and "ingest.max_result_size [1024]" in error["error"]["reason"]


def test_gzip_and_chunks(daemon):
    put(daemon, {"set": {"field": "b", "value": "{{i}}"}})
    documents = [{"i": i} for i in range(3000)]
    packed = gzip.compress(lines(*documents))
    expected = [{"i": i, "b": str(i)} for i in range(3000)]
    assert execute(daemon, packed, headers={"Content-Encoding": "gzip"}) == (200, expected)
    pieces = [lines(*documents)[i:i + 1000] for i in range(0, len(lines(*documents)), 1000)]
    assert execute(daemon, iter(pieces), headers={"Transfer-Encoding": "chunked"}, length=False) == (200, expected)


def memory(daemon):
    with open(f"/proc/{daemon.pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1]) << 10


def test_any_length_in_little_memory(make_daemon):
    """200 MB through a daemon that lets no request have more than 1 MB, and grows by far less."""
    daemon = make_daemon({"http.max_content_length": "1mb"})
    put(daemon, {"set": {"field": "b", "value": "{{a}}"}})
    before = memory(daemon)
    piece = lines({"a": "x" * 1000}) * 1000

    def pieces():
        for _ in range(100):
            yield piece

    connection = http.client.HTTPConnection(*daemon.address, timeout=120)
    connection.request("POST", f"{PATH}/p/_execute", pieces(), {**NDJSON, "Transfer-Encoding": "chunked"},
                       encode_chunked=True)
    answer = connection.getresponse()
    count = sum(answer.read(1 << 20).count(b"\n") for _ in range(220))
    assert answer.status == 200 and count == 100000
    assert SANITIZED or memory(daemon) - before < 40 << 20  # a sanitizer keeps what was freed


def test_back_pressure_and_departure(daemon):
    """A model that is slow holds the client, and a client that leaves in the middle leaves nothing behind."""
    models.serve(daemon, "m", models.behaving(forward_ms=1500), cache_size="0b")
    put(daemon, inference())
    line = lines({"t": "alpha", "pad": "x" * 10000})
    client = pipelines.begin_stream(daemon, len(line) * 10000)
    assert pipelines.send_until_held(client, line, 10000, 1.0) < 60 << 20
    pipelines.reset(client)
    until(lambda: models.stats(daemon, "m")["ingest"]["total"]["current"] == 0, "the documents are given up")


def test_a_stop_in_the_middle(make_daemon):
    daemon = make_daemon({"shutdown.drain_timeout": "1s"})
    models.serve(daemon, "m", models.behaving(forward_ms=50), cache_size="0b")
    put(daemon, inference())
    body = lines({"t": "alpha"}) * 2000
    client = pipelines.begin_stream(daemon, len(body) + 1)
    client.sendall(body)
    until(lambda: models.stats(daemon, "m")["ingest"]["total"]["current"] == 512, "it is under way")
    daemon.stop()
    client.close()
