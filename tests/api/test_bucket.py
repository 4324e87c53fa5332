# SPDX-License-Identifier: Apache-2.0
"""A bucket over TLS, long definitions in parts, and what a store may answer instead of doing what it is asked."""

import hashlib
import re

import pytest

from support import models
from support.poll import until
from support.tls_front import TlsFront, authority, server_context

PATH = "/_ml/trained_models"
ENDPOINT = "cluster.definitions.s3.endpoint"
AUTHORITIES = "cluster.definitions.s3.ssl.certificate_authorities"
PART = 5 << 20  # the least there may be


def sha256(definition):
    return hashlib.sha256(definition).hexdigest()


def prepare(node, definition, model_id="m"):
    models.approve(node, definition)
    models.put_config(node, model_id, "pass_through")
    models.put_vocabulary(node, model_id)


def send(node, definition, model_id="m"):
    """The last part's answer."""
    return models.send_definition(node, model_id, definition, part_size=4 << 20)


def serves(node):
    return models.vectors(node, "m", "alpha") == [models.ones_answer("alpha")]


# ---- TLS ----

def test_over_tls(nodes, s3, tmp_path):
    signer = authority(tmp_path)
    front = TlsFront(s3.port, server_context(tmp_path, signer))
    try:
        settings = {**s3.settings("tls"), ENDPOINT: f"https://localhost:{front.port}", AUTHORITIES: signer[0]}
        a, b = nodes.add({**settings, "node.processors": 1}), nodes.add({**settings, "node.processors": 2})
        definition = models.ones()
        prepare(a, definition)
        send(a, definition).acknowledged()
        assert s3.get(f"tls/{sha256(definition)}") == definition
        until(lambda: b.get(f"{PATH}/m").status == 200, "the model is known")
        models.start(a, "m", threads_per_allocation=2)
        assert serves(b) and "a definition was brought from the store" in b.log_text()
    finally:
        front.stop()


@pytest.mark.parametrize("known, names, words", [
    (False, "DNS:localhost", "certificate"),
    (True, "DNS:elsewhere.example", "certificate"),
], ids=["unknown authority", "another name"])
def test_a_wrong_certificate(nodes, s3, tmp_path, known, names, words):
    signer, other = authority(tmp_path), authority(tmp_path, "other")
    front = TlsFront(s3.port, server_context(tmp_path, signer, names))
    try:
        a = nodes.add({**s3.settings("wrong", timeout="2s"), ENDPOINT: f"https://localhost:{front.port}",
                       AUTHORITIES: signer[0] if known else other[0]})
        prepare_config(a)
        answer = send(a, models.ones())
        assert answer.status == 503, answer
        assert f"the bucket [models] at [https://localhost:{front.port}] cannot be reached: " in answer.reason
        assert words in answer.reason, answer
        assert not s3.names("wrong/")
    finally:
        front.stop()


def prepare_config(node):
    """Without the vocabulary, which would wait for the store, too."""
    models.approve(node, models.ones())
    models.put_config(node, "m", "pass_through")


def test_a_file_of_authorities_that_is_none(nodes, s3, tmp_path):
    with pytest.raises(RuntimeError, match=r"cluster.definitions.s3.ssl.certificate_authorities\]"):
        nodes.add({**s3.settings("none"), ENDPOINT: "https://localhost:1", AUTHORITIES: tmp_path / "none.pem"})


# ---- in parts ----

def uploads(s3):
    """Uploads in parts that were begun and not ended."""
    return re.findall("<UploadId>(.*?)</UploadId>", s3.ask("GET", "?uploads=")[1].decode())


def of_parts():
    return models.of_size(2 * PART + 12345)


def test_a_long_definition_goes_in_parts(nodes, s3, proxy):
    settings = {**s3.settings("parts", **{"s3.part_size": "5mb"}), ENDPOINT: proxy.url}
    a, b = nodes.add({**settings, "node.processors": 1}), nodes.add({**settings, "node.processors": 2})
    definition = of_parts()
    prepare(a, definition)
    send(a, definition).acknowledged()
    assert sha256(s3.get(f"parts/{sha256(definition)}")) == sha256(definition)
    numbers = [found[1] for data in proxy.asked if (found := re.match(rb"PUT \S+\?partNumber=(\d+)&", data))]
    assert numbers == [b"1", b"2", b"3"] and not uploads(s3)
    until(lambda: b.get(f"{PATH}/m").status == 200, "the model is known")
    models.start(a, "m", threads_per_allocation=2)
    assert serves(b) and "a definition was brought from the store" in b.log_text()


def slow_down(seconds, status=b"503 Slow Down"):
    body = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
    return (b"HTTP/1.1 %s\r\nRetry-After: %d\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n"
            b"Connection: close\r\n\r\n%s" % (status, seconds, len(body), body))


class Instead:
    """An answer to the first questions that match."""

    def __init__(self, pattern, answer, times=1 << 30):
        self.pattern, self.answer, self.left, self.count = re.compile(pattern), answer, times, 0

    def __call__(self, data):
        if self.left > 0 and self.pattern.match(data):
            self.left -= 1
            self.count += 1
            return self.answer
        return None


def test_a_part_is_sent_again(nodes, s3, proxy):
    a = nodes.add({**s3.settings("again", **{"s3.part_size": "5mb"}), ENDPOINT: proxy.url})
    definition = of_parts()
    prepare(a, definition)
    proxy.instead = Instead(rb"PUT \S+\?partNumber=2&", slow_down(1), times=1)
    send(a, definition).acknowledged()
    assert sha256(s3.get(f"again/{sha256(definition)}")) == sha256(definition)
    numbers = [found[1] for data in proxy.asked if (found := re.match(rb"PUT \S+\?partNumber=(\d+)&", data))]
    assert numbers == [b"1", b"2", b"2", b"3"] and not uploads(s3)


@pytest.mark.parametrize("pattern, words", [
    (rb"PUT \S+\?partNumber=2&", "answered [400] SlowDown: Please reduce your request rate."),
    (rb"POST \S+\?uploadId=", "answered [400] SlowDown"),
], ids=["part", "end"])
def test_nothing_is_left_of_parts_in_vain(nodes, s3, proxy, pattern, words):
    a = nodes.add({**s3.settings("vain", **{"s3.part_size": "5mb"}), ENDPOINT: proxy.url})
    definition = of_parts()
    prepare(a, definition)
    proxy.instead = Instead(pattern, slow_down(0, b"400 Bad Request"))
    answer = send(a, definition)
    assert answer.status == 503 and words in answer.reason, answer
    until(lambda: not uploads(s3), "what had come is removed")
    assert sha256(definition) not in str(s3.names("vain/"))


# ---- what a store may answer ----

def test_settings_that_the_store_refuses(nodes, s3, proxy):
    a = nodes.add({**s3.settings("refused"), ENDPOINT: proxy.url, "cluster.definitions.s3.access_key": "stranger"})
    prepare_config(a)
    answer = send(a, models.ones())
    assert answer.status == 503 and "answered [403]" in answer.reason, answer
    body = b"<Error><Code>NoSuchBucket</Code><Message>There is none.</Message></Error>"
    proxy.instead = Instead(rb"\w+ ", b"HTTP/1.1 404 Not Found\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    answer = send(a, models.ones())
    assert answer.status == 503 and "answered [404]" in answer.reason, answer


def test_a_store_that_wants_to_be_left_alone(nodes, s3, proxy):
    """For as long as it says, whatever the pauses are."""
    a = nodes.add({**s3.settings("alone"), ENDPOINT: proxy.url})
    prepare_config(a)
    proxy.instead = Instead(rb"(HEAD|PUT) ", slow_down(120))
    answer = send(a, models.ones())
    assert answer.status == 503 and answer.headers["Retry-After"] == "120", answer
    assert "answered [503]" in answer.reason
    asked = proxy.instead.count
    until(lambda: "the store of definitions cannot be used now" in a.log_text(), "that is told")
    proxy.instead = None
    send(a, models.ones()).acknowledged()
    assert asked == 1, "who asks himself need not wait"


@pytest.mark.parametrize("damage", ["shorter", "half"])
def test_what_is_too_short_is_not_used(nodes, s3, proxy, damage):
    """An object that lacks its end, and one of which the end has not come."""
    settings = {**s3.settings(damage), ENDPOINT: proxy.url}
    definition = models.of_size(300000)
    name = f"{damage}/{sha256(definition)}"
    a = nodes.add({**settings, "node.processors": 1})
    models.upload(a, "m", definition, "pass_through")
    b = nodes.add({**settings, "node.processors": 2})
    until(lambda: b.get("/_inferd/vocabulary/m").status == 200, "the vocabulary is there")
    if damage == "shorter":
        s3.put(name, definition[:-7])
    else:
        proxy.instead = Instead(rb"GET \S+/" + sha256(definition).encode(),
                                b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + definition[:1000], times=3)
    models.start(b, "m", threads_per_allocation=2)
    assert serves(b)
    if damage == "shorter":
        assert "a definition was brought from another node" in b.log_text()
        until(lambda: s3.get(name) == definition, "it is put again")
    assert not list(b.data.glob("tmp/*")), "nothing half is left"


def test_a_store_without_ranges(nodes, s3, proxy):
    """What broke off begins anew, since the rest cannot be had."""
    settings = {**s3.settings("ranges"), ENDPOINT: proxy.url}
    definition = models.of_size(300000)
    a = nodes.add(settings)
    models.upload(a, "m", definition, "pass_through")
    b = nodes.add(settings)
    until(lambda: b.get("/_inferd/vocabulary/m").status == 200, "the vocabulary is there")
    a.stop()
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\nConnection: close\r\n\r\n" + definition
    ranged = Instead(rb"(?s)GET .*\r\nRange: ", whole)
    proxy.instead, proxy.cut_after = ranged, 100000
    b.post(f"{PATH}/m/deployment/_start?timeout=100ms")
    until(lambda: serves(b), "it has come")
    assert ranged.count >= 1, "the rest was asked for"
