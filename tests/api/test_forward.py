# SPDX-License-Identifier: Apache-2.0
"""Documents that _execute forwards: to a receiver that is well, busy, broken, strict or somebody else."""

import http.client
import json
import os

import pytest

from support import certificates, pipelines, receiver, secured
from support.daemon import Daemon
from support.pipelines import PATH
from support.poll import until
from support.receiver import Receiver, refusal

FORWARD = "ingest.forward."
QUICK = {f"{FORWARD}backoff": "1ms", f"{FORWARD}index": "docs"}


@pytest.fixture(scope="module", name="there")
def make_receiver():
    with Receiver() as one:
        yield one


@pytest.fixture(scope="module")
def shared(there):
    running = Daemon({f"{FORWARD}url": there.url, **QUICK, f"{FORWARD}max_retries": 3,
                      f"{FORWARD}batch_documents": 10})
    try:
        yield running.start()
    finally:
        running.destroy()


@pytest.fixture(name="sender")
def fresh(shared, there):
    """A daemon whose receiver has nothing and is well."""
    there.documents.clear()
    there.requests.clear()
    there.plan.clear()
    there.verdict = lambda index, name, source: None
    there.always = receiver.take
    letters_of(shared).unlink(missing_ok=True)
    put(shared)
    yield shared
    pipelines.remove_all(shared)
    shared.check()


def put(daemon, *processors):
    daemon.put(f"{PATH}/p", {"processors": list(processors)}).acknowledged()


def letters_of(daemon):
    return daemon.data / "dead_letters.ndjson"


def letters(daemon):
    path = letters_of(daemon)
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def lines(*documents):
    return "".join(json.dumps(one) + "\n" for one in documents).encode()


def numbered(count):
    return lines(*({"_id": f"n{i}", "_source": {"i": i}} for i in range(count)))


def forward(daemon, body, query="", headers=None):
    connection = http.client.HTTPConnection(*daemon.address, timeout=60)
    connection.request("POST", f"{PATH}/p/_execute?forward=true{query}", body,
                       {"Content-Type": "application/x-ndjson", **(headers or {})})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status != 200:
        return answer.status, json.loads(text)["error"]["reason"]
    return 200, [json.loads(line) for line in text.decode().splitlines() if line]


def test_documents_arrive_enriched(sender, there):
    put(sender, {"set": {"field": "n", "value": "{{i}}"}}, {"drop": {"if": "ctx.i == 4"}})
    body = lines({"i": 1}, {"_index": "other", "_id": "x", "_routing": "r", "_source": {"i": 2}})
    status, told = forward(sender, body + b"\n" + lines({"i": 3}, {"i": 4}) + b"{", "&index=named")
    assert status == 200 and [one["line"] for one in told] == [1, 2, 4, 5, 6]
    assert told[1] == {"_index": "other", "_id": "x", "result": "created", "status": 201, "line": 2}
    assert told[0]["_index"] == "named" and len(told[0]["_id"]) == 32 and told[3] == {"dropped": True, "line": 5}
    assert told[4]["status"] == 400 and "dead_letter" not in told[4]  # no document, so none is kept
    assert there.documents == {("named", told[0]["_id"]): {"i": 1, "n": "1"}, ("other", "x"): {"i": 2, "n": "2"},
                               ("named", told[2]["_id"]): {"i": 3, "n": "3"}}
    (path, headers, operations), = there.requests
    assert path.startswith("/_bulk?filter_path=") and headers["Content-Type"] == "application/x-ndjson"
    assert "Authorization" not in headers and "Expect" not in headers
    assert operations[1][:2] == ("index", {"_index": "other", "_id": "x", "routing": "r"})
    forward(sender, lines({"_id": "x", "_source": {}}), "&op_type=create")
    assert there.requests[-1][2][0][:2] == ("create", {"_index": "docs", "_id": "x"})


def test_batches_and_their_order(sender, there):
    """At most ten at a time, and never two of one name together, so that the last one is what stays."""
    documents = [{"_id": f"n{i % 30}", "_source": {"i": i}} for i in range(300)]
    documents[35]["_id"] = "n33"
    documents[36]["_id"] = "n33"
    status, told = forward(sender, lines(*documents))
    assert status == 200 and [one["line"] for one in told] == list(range(1, 301))
    assert there.documents["docs", "n29"] == {"i": 299} and there.documents["docs", "n33"] == {"i": 36}
    names = [[action["_id"] for _, action, _ in operations] for _, _, operations in there.requests]
    assert max(map(len, names)) == 10 and all(len(set(one)) == len(one) for one in names)
    assert len(names) == 31


def test_what_is_refused_is_kept(sender, there):
    """By the receiver, by a processor, by inferd: each is told and among the dead letters."""
    put(sender, {"fail": {"message": "no", "if": "ctx.i == 2"}})
    there.verdict = lambda index, name, source: refusal(400, "document_parsing_exception") if source["i"] == 1 else None
    odd = [{"_index": "UPPER", "_source": {"i": 5}}, {"_id": "v", "_version": 3, "_source": {"i": 6}},
           {"_id": "x" * 513, "_source": {"i": 7}}, {"_index": ".security", "_source": {"i": 8}}]
    status, told = forward(sender, numbered(4) + lines(*odd))
    assert status == 200 and [one["status"] for one in told] == [201, 400, 500, 201, 400, 400, 400, 400]
    assert told[1] == {"error": {"type": "document_parsing_exception", "reason": "it is not wanted"}, "_index": "docs",
                       "_id": "n1", "status": 400, "dead_letter": True, "line": 2}
    assert told[2]["error"]["reason"] == "no" and told[2]["dead_letter"]
    assert "must be lowercase" in told[4]["error"]["reason"] and "[_version]" in told[5]["error"]["reason"]
    assert "512" in told[6]["error"]["reason"] and "ingest.forward.indices" in told[7]["error"]["reason"]
    kept = letters(sender)
    assert [(one["line"], one["status"]) for one in kept] == [(2, 400), (3, 500)] + [(i, 400) for i in (5, 6, 7, 8)]
    assert kept[0]["error"] == told[1]["error"] and kept[0]["pipeline"] == "p" and kept[0]["_source"] == {"i": 1}
    assert os.stat(letters_of(sender)).st_mode & 0o777 == 0o600
    # What is kept can be sent again as it is, once it is right.
    there.verdict = lambda index, name, source: None
    put(sender)
    again = letters_of(sender).read_bytes().split(b"\n")[:2]
    assert forward(sender, b"\n".join(again))[1][0] == {"_index": "docs", "_id": "n1", "result": "created",
                                                       "status": 201, "line": 1}


@pytest.mark.parametrize("trouble", [
    [receiver.status(429)], [receiver.status(503)] * 3, [receiver.status(502, "<html>"), receiver.reset_before],
    [receiver.reset_before] * 3, [receiver.cut_after], [receiver.status(429, headers={"Retry-After": "1"})],
])
def test_a_receiver_in_trouble_is_asked_again(sender, there, trouble):
    there.plan[:] = trouble
    status, told = forward(sender, numbered(5), "&op_type=index")
    assert status == 200 and {one["status"] for one in told} <= {200, 201} and len(there.requests) == len(trouble) + 1
    assert there.sources() == [{"i": i} for i in range(5)] and letters(sender) == []


def test_no_document_is_doubled_by_a_repetition(sender, there):
    """The first answer is lost; what has been created is there when it is asked for again."""
    there.plan[:] = [receiver.cut_after]
    status, told = forward(sender, lines({"i": 1}, {"i": 2}), "&op_type=create")
    assert status == 200 and [one["result"] for one in told] == ["created"] * 2 and len(there.documents) == 2


def test_single_documents_are_asked_again(sender, there):
    """Those that the receiver was too busy for, and no others."""
    seen = {}

    def verdict(index, name, source):
        seen[name] = seen.get(name, 0) + 1
        if source["i"] == 3:
            return refusal(400, "document_parsing_exception")
        return refusal(429, "es_rejected_execution_exception") if source["i"] % 2 and seen[name] < 3 else None

    there.verdict = verdict
    status, told = forward(sender, numbered(6))
    assert status == 200 and [one["status"] for one in told] == [201, 201, 201, 400, 201, 201]
    assert seen == {"n0": 1, "n1": 3, "n2": 1, "n3": 1, "n4": 1, "n5": 3}
    # Some were taken, so the one that never is cannot stop the stream: it is kept.
    there.verdict = lambda index, name, source: refusal(429, "busy") if source["i"] == 4 else None
    status, told = forward(sender, numbered(12))
    assert [one["status"] for one in told] == [200] * 3 + [201, 503, 200] + [201] * 6
    assert told[4]["dead_letter"] and letters(sender)[-1]["_id"] == "n4"


@pytest.mark.parametrize("always, reason", [
    (receiver.status(503), "answered 503: it is a 503"), (receiver.reset_before, "cannot be reached: "),
    (receiver.status(401, {"error": "who?"}), "answered 401: who?"), (receiver.status(400), "answered 400"),
    (receiver.status(307, "", {"Location": "http://127.0.0.1:1/"}), "answered 307: redirects are not followed"),
    (receiver.status(200, "{}"), "none of _bulk: it has no [items]"), (receiver.status(200, "hello"), "none of _bulk"),
    (receiver.status(200, {"items": [{"index": {}}] * 10}), "an item has no [status]"),
])
def test_a_stream_stops_where_nothing_more_can_be_delivered(sender, there, always, reason):
    there.plan[:] = [receiver.take] * 2
    there.always = always
    status, told = forward(sender, numbered(700))
    assert status == 200 and [one["line"] for one in told] == list(range(1, 22))
    assert told[-1]["stopped"] and told[-1]["status"] == 503 and reason in told[-1]["error"]["reason"]
    assert len(there.documents) == 20 and letters(sender) == []
    there.always = receiver.take
    status, told = forward(sender, numbered(700), "&from_line=21")
    assert [one["line"] for one in told] == list(range(21, 701)) and len(there.documents) == 700


def test_a_request_that_is_too_long_is_halved(sender, there):
    def strict(handler, operations):
        if len(operations) > 3 or any(source["i"] == 4 for _, _, source in operations):
            receiver.status(413)(handler, operations)
        else:
            receiver.take(handler, operations)

    there.always = strict
    status, told = forward(sender, numbered(10))
    assert status == 200 and [one["status"] for one in told] == [201] * 4 + [413] + [201] * 5
    assert letters(sender)[0]["_id"] == "n4"


def test_a_slow_receiver_holds_the_client(sender, there):
    """No more is taken in than what is under way: the ring and two batches, 532 lines, and what sockets hold."""
    hold = receiver.threading.Event()

    def wait(handler, operations):
        hold.wait(30)
        receiver.take(handler, operations)

    there.always = wait
    line = lines({"pad": "x" * 100000})
    client = pipelines.begin_stream(sender, len(line) * 3000, "?forward=true")
    assert pipelines.send_until_held(client, line, 3000, 0.7) < 120 << 20
    pipelines.reset(client)
    until(lambda: open_connections(sender) == 1, "the stream is given up")
    hold.set()


def open_connections(daemon):
    node, = daemon.get("/_nodes/stats/http").ok()["nodes"].values()
    return node["http"]["current_open"]


def test_a_timeout_is_a_loss(make_daemon, there):
    there.always = receiver.take
    there.documents.clear()
    hold = receiver.threading.Event()
    there.plan[:] = [lambda handler, operations: hold.wait(30)]
    daemon = make_daemon({f"{FORWARD}url": there.url + "/", f"{FORWARD}timeout": "100ms", **QUICK})
    put(daemon)
    status, told = forward(daemon, numbered(2))
    hold.set()
    assert status == 200 and [one["status"] for one in told] == [201, 201]
    assert [line["what"] for line in daemon.log() if line["message"] == "documents are sent again later"] == [
        "cannot be reached"]


def test_dead_letters_have_a_bound(make_daemon, there):
    there.verdict = lambda index, name, source: refusal(400, "bad") if source["i"] >= 5 else None
    daemon = make_daemon({f"{FORWARD}url": there.url, **QUICK, f"{FORWARD}batch_documents": 10,
                          f"{FORWARD}dead_letters.max_size": "1kb"})
    put(daemon)
    status, told = forward(daemon, numbered(30))
    assert status == 200 and [one["line"] for one in told] == list(range(1, 22 if told[5]["dead_letter"] else 12))
    lost = [one for one in told[:-1] if "error" in one and not one["dead_letter"]]
    assert lost and told[-1]["stopped"] and told[-1]["status"] == 507
    assert "dead_letters.max_size [1024]" in told[-1]["error"]["reason"]
    assert letters_of(daemon).stat().st_size <= 1024 if letters_of(daemon).exists() else True
    letters_of(daemon).write_bytes(b'{"line":1}\n{"torn')  # as a power cut may leave it
    status, told = forward(daemon, numbered(7), "&from_line=6")
    assert [one["dead_letter"] for one in told] == [True, True]
    assert [one["line"] for one in letters(daemon)] == [1, 6, 7]
    there.verdict = lambda index, name, source: None


def test_who_may_forward_and_where(make_daemon, sender):
    status, reason = forward(sender, numbered(1), "&index=Bad")
    assert status == 400 and "index [Bad] must be lowercase" in reason
    assert forward(sender, numbered(1), "&op_type=update")[0] == 400
    answer = sender.post(f"{PATH}/p/_execute?index=x", "{}", headers={"Content-Type": "application/x-ndjson"})
    assert answer.status == 400 and "for [forward=true] only" in answer.reason
    daemon = make_daemon()
    put(daemon)
    status, reason = forward(daemon, numbered(1))
    assert status == 400 and "[ingest.forward.url] is empty" in reason


def test_a_reader_of_pipelines_may_not_forward(there, tmp_path):
    there.always = receiver.take
    key = tmp_path / "key"
    key.touch(mode=0o600)
    key.write_text("c2VjcmV0OmtleQ==\n")
    daemon = secured.Secured({f"{FORWARD}url": there.url, **QUICK, f"{FORWARD}api_key_file": key})
    try:
        daemon.start()
        put(daemon)
        daemon.put("/_security/role/reader", {"cluster": ["read_pipeline"]}).ok()
        daemon.add_user("reader", "a-long-password", "reader")
        status, reason = forward(daemon, numbered(1), headers=secured.basic("reader", "a-long-password"))
        assert status == 403 and "cluster:admin/inferd/pipeline/forward" in reason
        assert forward(daemon, numbered(1), headers=daemon.credentials)[1][0]["status"] in (200, 201)
        assert there.requests[-1][1]["Authorization"] == "ApiKey c2VjcmV0OmtleQ=="
        shown = json.dumps(daemon.get("/_cluster/settings?include_defaults=true&flat_settings=true").ok())
        assert "c2VjcmV0" not in daemon.log_text() + shown and there.url in shown
    finally:
        daemon.destroy()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    for name in ("right", "wrong"):
        certificates.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                             2, "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.crt", "-subj",
                             "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    return folder


def test_tls(make_daemon, certificate, tmp_path):
    """Its certificate must be right, by the authorities of the setting, and the password goes to nobody else."""
    secret = tmp_path / "password"
    secret.touch(mode=0o600)
    secret.write_text("s3cret")
    settings = {**QUICK, f"{FORWARD}username": "u", f"{FORWARD}password_file": secret, f"{FORWARD}max_retries": 0}
    with Receiver((certificate / "right.crt", certificate / "right.key")) as one:
        for authorities, mode, works in (("right", "full", True), ("wrong", "full", False), ("wrong", "none", True)):
            daemon = make_daemon({**settings, f"{FORWARD}url": one.url, f"{FORWARD}ssl.verification_mode": mode,
                                  f"{FORWARD}ssl.certificate_authorities": certificate / f"{authorities}.crt"})
            put(daemon)
            one.requests.clear()
            status, told = forward(daemon, numbered(1))
            assert status == 200 and (told[0]["status"] < 300) == works, told
            if works:
                assert one.requests[0][1]["Authorization"] == secured.basic("u", "s3cret")["Authorization"]
            else:
                assert one.requests == [] and "certificate" in told[0]["error"]["reason"].lower()
            daemon.destroy()


@pytest.mark.parametrize("name, value, words", [
    ("url", "ftp://x", "must begin with https"), ("url", "http://u:p4ss@localhost", "must have no user"),
    ("url", "https://x/?a=b", "must end with a host"), ("url", "http://example.test", "others can read"),
    ("url", "http://127.example.test", "others can read"), ("url", "http://[::2]", "others can read"),
    ("url", "http://", "is no URL"), ("username", "u", "belong together"), ("index", "A", "must be lowercase"),
    ("api_key_file", "missing", "cannot be used"), ("ssl.certificate_authorities", "missing", "cannot be used"),
    ("batch_documents", "0", "batch_documents"), ("proxy", "x" * 5000, "proxy"),
    ("proxy", "http://u:p4ss@x", "must have no user"),
])
def test_settings_that_are_refused(name, value, words):
    daemon = Daemon({f"{FORWARD}url": "http://localhost:1", f"{FORWARD}{name}": value}).launch()
    try:
        assert daemon.process.wait(30) == 2
        assert f"{FORWARD}{name}" in daemon.log_text() and words in daemon.log_text()
        assert "p4ss" not in daemon.log_text()
    finally:
        daemon.destroy()


def test_the_environment_names_no_proxy(there):
    there.always = receiver.take
    daemon = Daemon({f"{FORWARD}url": there.url, **QUICK, f"{FORWARD}max_retries": 0},
                    environment={name: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy", "ALL_PROXY")})
    try:
        daemon.start()
        put(daemon)
        assert forward(daemon, numbered(1))[1][0]["status"] in (200, 201)
    finally:
        daemon.destroy()


def test_nothing_that_was_told_is_lost_by_a_kill(make_daemon, there):
    """SIGKILL in the middle of the body, and in the middle of the answer; then on from where the answer ended."""
    there.always = receiver.take
    there.documents.clear()
    there.verdict = lambda index, name, source: refusal(400, "bad") if source["i"] % 100 == 7 else None
    daemon = make_daemon({f"{FORWARD}url": there.url, **QUICK})
    put(daemon)
    body = b"".join(lines({"_id": f"n{i}", "_source": {"i": i, "pad": "x" * 200}}) for i in range(8000))
    client = begin(daemon, body, len(body) // 2)
    until(lambda: len(there.sources()) > 1000, "some have arrived")
    daemon.kill()
    client.close()
    daemon.restart()
    client = begin(daemon, body, len(body))
    read = b""
    while read.count(b"\n") < 2000:
        read += client.recv(65536)
    daemon.kill()
    client.close()
    head, _, rest = read.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    told = [json.loads(line) for line in rest.split(b"\n")[:-1]]
    assert [one["line"] for one in told] == list(range(1, len(told) + 1)) and len(told) < 8000
    daemon.restart()
    there.requests.clear()
    status, more = forward(daemon, body, f"&from_line={len(told) + 1}")
    assert status == 200 and [one["line"] for one in more] == list(range(len(told) + 1, 8001))
    again = {action["_id"] for _, _, operations in there.requests for _, action, _ in operations}
    assert f"n{len(told) - 1}" not in again and f"n{len(told)}" in again
    assert {name for _, name in there.documents} == {f"n{i}" for i in range(8000) if i % 100 != 7}
    assert {one["_id"] for one in letters(daemon)} == {f"n{i}" for i in range(8000) if i % 100 == 7}
    there.verdict = lambda index, name, source: None


def begin(daemon, body, length):
    """Sends a part of the body of a request, and leaves it there. Its answer is read slowly."""
    client = pipelines.begin_stream(daemon, len(body), "?forward=true", 65536)
    client.sendall(body[:length])
    return client


def test_a_stop_in_the_middle(make_daemon, there):
    """SIGTERM while the receiver is away: the stream is given up, and the daemon ends."""
    there.always = receiver.status(503)
    daemon = make_daemon({f"{FORWARD}url": there.url, f"{FORWARD}index": "docs", f"{FORWARD}backoff": "20s",
                          "shutdown.drain_timeout": "100ms"})
    put(daemon)
    there.requests.clear()
    client = begin(daemon, numbered(600), len(numbered(600)))
    until(lambda: there.requests, "it was asked")
    daemon.stop()
    client.close()
    there.always = receiver.take
