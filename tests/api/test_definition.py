# SPDX-License-Identifier: Apache-2.0
"""PUT .../definition/{part} and what _start says of a definition (compatibility 3, 8.1 #12-#14)."""

import base64
import concurrent.futures
import json
import random
import re

import pytest

from support import models, procfs
from support.raw import RawConnection


def path(model_id, part=0):
    return f"/_ml/trained_models/{model_id}/definition/{part}"


def defined(daemon, model_id):
    found = daemon.get(f"/_ml/trained_models/{model_id}?include=definition_status").ok()
    return found["trained_model_configs"][0]["fully_defined"]


def kept(answer):
    """These bytes are no model, but they are all there."""
    assert answer.status == 400 and "was refused" in answer.reason, answer


def start(daemon, model_id):
    return daemon.post(f"/_ml/trained_models/{model_id}/deployment/_start")


@pytest.mark.parametrize("part_size", [7, 1000, 1 << 20])
def test_parts_of_any_size(daemon, name, part_size):
    models.put_config(daemon, name)
    models.put_definition(daemon, name, models.ones(), part_size)
    assert defined(daemon, name)


def test_parts_of_one_byte(daemon, name):
    models.put_config(daemon, name)
    kept(models.send_definition(daemon, name, b"0123456789abcdef", 1))
    assert defined(daemon, name)


def test_the_engine_begins_with_the_first_part(make_daemon, name):
    """Not when the last is there, and not some seconds after the daemon's start."""
    daemon = make_daemon()
    models.put_config(daemon, name)
    daemon.put(path(name), models.parts_of(models.ones(), 100)[0]).acknowledged()
    assert procfs.children(daemon.pid)


def test_parts_in_any_order_and_at_once(daemon, name):
    models.put_config(daemon, name, "pass_through")
    models.put_vocabulary(daemon, name)
    bodies = list(enumerate(models.parts_of(models.ones(), 100)))
    random.Random(1).shuffle(bodies)
    assert not defined(daemon, name)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for answer in pool.map(lambda item: daemon.put(path(name, item[0]), item[1]), bodies):
            answer.acknowledged()
    assert defined(daemon, name)
    models.start(daemon, name)
    assert models.vectors(daemon, name, "alpha") == [models.ones_answer("alpha")]


def test_a_large_part(daemon, name):
    """More than a socket buffer, less than http.max_content_length."""
    data = models.with_record(models.ones(), "extra/large", random.Random(2).randbytes(24 << 20))
    models.put_config(daemon, name)
    models.put_definition(daemon, name, data, len(data))
    assert defined(daemon, name)
    size = daemon.get(f"/_ml/trained_models/{name}/_stats").ok()["trained_model_stats"][0]
    assert size["model_size_stats"]["model_size_bytes"] == len(data)


def test_large_parts_are_streamed(make_daemon, name):
    """The daemon holds neither the body nor the decoded part in memory."""
    daemon = make_daemon()
    models.put_config(daemon, name)
    before = procfs.memory_bytes(daemon.pid, "Rss")
    body = b'{"total_definition_length": 67108864, "total_parts": 1, "definition": "'
    body += base64.b64encode(bytes(64 << 20)) + b'"}'
    kept(daemon.put(path(name), body, headers={"Content-Type": "application/json"}))
    with open(f"/proc/{daemon.pid}/status", encoding="utf-8") as status:
        peak = int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1)) * 1024
    assert peak - before < (24 << 20)


def test_fields_in_any_order_and_escaped(daemon, name):
    """JSON does not order members, and "/" of base64 may be escaped."""
    data = models.with_record(models.ones(), "extra/bytes", bytes(range(255, -1, -1)) * 3)
    text = base64.b64encode(data).decode()
    assert "/" in text
    models.put_config(daemon, name)
    half = len(data) // 2
    first = base64.b64encode(data[:half]).decode().replace("/", "\\/")
    second = base64.b64encode(data[half:]).decode().replace("A", "\\u0041")
    daemon.put(path(name, 0), '{"definition":"%s","total_parts":2,"total_definition_length":%d}'
               % (first, len(data))).acknowledged()
    daemon.put(path(name, 1), '{ "total_parts" : "2", "total_definition_length" : %d , \n'
               '"definition" : "%s" }' % (len(data), second)).acknowledged()
    assert defined(daemon, name)


def test_chunked_upload_with_expect(daemon, name):
    models.put_config(daemon, name)
    body = json.dumps(models.part_body(b"0123456789" * 1000, 10000, 1)).encode()
    with RawConnection(daemon) as connection:
        connection.send(
            f"PUT {path(name)} HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
            "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n".encode())
        assert connection.head_of_response()[0] == 100
        for start_at in range(0, len(body), 999):
            piece = body[start_at:start_at + 999]
            connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        connection.send(b"0\r\n\r\n")
        kept(connection.response())
    assert defined(daemon, name)


def test_unknown_model(daemon):
    daemon.put(path("none"), models.part_body(b"x", 1, 1)).fails(
        404, "resource_not_found_exception", "Could not find trained model [none]")


def test_a_part_sent_twice(daemon, name):
    models.put_config(daemon, name)
    daemon.put(path(name), models.part_body(b"ab", 4, 2)).acknowledged()
    daemon.put(path(name), models.part_body(b"XY", 4, 2)).fails(
        400, "resource_already_exists_exception",
        f"Trained machine learning model chunked doc [{name}][0] already exists")
    kept(daemon.put(path(name, 1), models.part_body(b"cd", 4, 2)))
    assert defined(daemon, name)


def test_a_part_repeated(daemon, name):
    """A client whose connection broke sends its part again; before and after the definition is whole."""
    models.put_config(daemon, name, "pass_through")
    models.put_vocabulary(daemon, name)
    bodies = models.parts_of(models.ones(), max(1, len(models.ones()) // 2))
    for _ in range(2):
        for number, body in enumerate(bodies):
            daemon.put(path(name, number), body).acknowledged()
        daemon.put(path(name, 0), bodies[0]).acknowledged()
    assert defined(daemon, name)
    for change in ({"definition": base64.b64encode(b"other").decode()}, {"total_parts": 99},
                   {"total_definition_length": 7}):
        daemon.put(path(name), {**bodies[0], **change}).fails(
            400, "resource_already_exists_exception",
            f"Trained machine learning model chunked doc [{name}][0] already exists")
    models.start(daemon, name)
    daemon.put(path(name, 0), bodies[0]).acknowledged()
    assert models.vectors(daemon, name, "alpha") == [models.ones_answer("alpha")]


def test_the_same_part_at_once(daemon, name):
    models.put_config(daemon, name)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for answer in pool.map(lambda _: daemon.put(path(name), models.part_body(b"ab", 4, 2)), range(16)):
            answer.acknowledged()
    kept(daemon.put(path(name, 1), models.part_body(b"cd", 4, 2)))
    assert defined(daemon, name)


def test_all_complaints_of_a_part(daemon, name):
    models.put_config(daemon, name)
    daemon.put(path(name, 3), models.part_body(b"x", 0, 0)).invalid(
        "[total_parts] must be greater than 0", "[total_definition_length] must be greater than 0",
        "[part] must be less than total_parts")


def test_model_deleted_while_a_part_comes(daemon, name):
    models.put_config(daemon, name)
    body = json.dumps(models.part_body(bytes(100_000), 100_000, 1)).encode()
    with RawConnection(daemon) as connection:
        connection.send(f"PUT {path(name)} HTTP/1.1\r\nHost: t\r\nContent-Length: {len(body)}\r\n"
                        "Content-Type: application/json\r\n\r\n".encode())
        connection.send(body[:50_000])
        daemon.delete(f"/_ml/trained_models/{name}").acknowledged()
        models.put_config(daemon, name)
        connection.send(body[50_000:])
        connection.response().fails(404, "resource_not_found_exception",
                                    f"Could not find trained model [{name}]")
    assert not defined(daemon, name)
    kept(daemon.put(path(name), body, headers={"Content-Type": "application/json"}))
    assert defined(daemon, name)


@pytest.mark.parametrize("parameter", ["timeout=1s", "master_timeout=1s"])
def test_no_timeouts(daemon, name, parameter):
    models.put_config(daemon, name)
    daemon.put(f"{path(name)}?{parameter}", models.part_body(b"x", 1, 1)).fails(
        400, "illegal_argument_exception",
        f"request [{path(name)}] contains unrecognized parameter: [{parameter.split('=', 1)[0]}]")


@pytest.mark.parametrize("part, length, total, messages", [
    (-1, 1, 1, ["[part] must be greater or equal to 0"]),
    (0, 1, 0, ["[total_parts] must be greater than 0", "[part] must be less than total_parts"]),
    (0, 1, 10001, ["[total_parts] must be less than or equal to 10000"]),
    (0, 0, 1, ["[total_definition_length] must be greater than 0"]),
    (0, -5, 1, ["[total_definition_length] must be greater than 0"]),
    (1, 1, 1, ["[part] must be less than total_parts"]),
    (7, 1, 3, ["[part] must be less than total_parts"]),
])
def test_wrong_part_numbers(daemon, name, part, length, total, messages):
    models.put_config(daemon, name)
    answer = daemon.put(path(name, part), models.part_body(b"x", length, total))
    assert answer.status == 400, answer
    error = answer.json["error"]
    assert error["type"] == "action_request_validation_exception", answer
    assert f"1: {messages[0]};" in error["reason"], answer


@pytest.mark.parametrize("part", ["abc", "1.5", "99999999999999999999", "0x1"])
def test_part_that_is_no_integer(daemon, name, part):
    models.put_config(daemon, name)
    daemon.put(path(name, part), models.part_body(b"x", 1, 1)).fails(
        400, "illegal_argument_exception",
        f"Failed to parse int parameter [part] with value [{part}]")


@pytest.mark.parametrize("text", ["!!!!", "abc", "ab=c", "YWJj=", "a===", "YW Jj", "YWJjZ"])
def test_base64_that_is_none(daemon, name, text):
    models.put_config(daemon, name)
    body = {"definition": text, "total_definition_length": 3, "total_parts": 1}
    daemon.put(path(name), body).fails(
        400, "x_content_parse_exception",
        re.compile(r"\[1:\d+\] \[put_trained_model_part_action\] failed to parse field "
                   r"\[definition\]"))
    kept(models.send_definition(daemon, name, b"abc"))
    assert defined(daemon, name)


def test_definition_missing(daemon, name):
    models.put_config(daemon, name)
    answer = daemon.put(path(name), {"total_definition_length": 3, "total_parts": 1})
    assert answer.status == 400 and "[definition] must not be null" in answer.body.decode(), answer


@pytest.mark.parametrize("change", [{"definition": 7}, {"definition": ["x"]}, {"total_parts": []},
                                    {"total_definition_length": 1.5}, {"total_parts": "x"}])
def test_fields_of_wrong_type(daemon, name, change):
    models.put_config(daemon, name)
    answer = daemon.put(path(name), {**models.part_body(b"abc", 3, 1), **change})
    assert answer.status == 400, answer
    assert answer.json["error"]["type"] == "x_content_parse_exception", answer


def test_start_without_a_definition(daemon, name):
    models.put_config(daemon, name)
    models.put_vocabulary(daemon, name)
    start(daemon, name).fails(404, "resource_not_found_exception",
                              f"Could not find trained model definition [{name}]")


def test_start_with_a_part_missing(daemon, name):
    models.put_config(daemon, name)
    models.put_vocabulary(daemon, name)
    bodies = models.parts_of(b"0123456789", 4)
    for part in (0, 2):
        daemon.put(path(name, part), bodies[part]).acknowledged()
    assert not defined(daemon, name)
    truncated = ("Model definition truncated. Unable to deserialize trained model definition "
                 f"[{name}]")
    start(daemon, name).fails(400, "status_exception", truncated)


def test_truncated_definition(daemon, name):
    """Every part is there, but they are shorter than total_definition_length."""
    models.put_config(daemon, name)
    models.put_vocabulary(daemon, name)
    daemon.put(path(name), models.part_body(b"012", 10, 1)).acknowledged()
    start(daemon, name).fails(
        400, "status_exception",
        f"Model definition truncated. Unable to deserialize trained model definition [{name}]")
    assert not defined(daemon, name)


def test_definition_longer_than_announced(daemon, name):
    models.put_config(daemon, name)
    models.put_vocabulary(daemon, name)
    daemon.put(path(name), models.part_body(b"0123456789", 4, 1))
    assert start(daemon, name).status == 400
    assert not defined(daemon, name)


def test_parts_that_disagree_on_the_length(daemon, name):
    models.put_config(daemon, name)
    models.put_vocabulary(daemon, name)
    daemon.put(path(name, 0), models.part_body(b"ab", 4, 2)).acknowledged()
    daemon.put(path(name, 1), models.part_body(b"cd", 5, 2)).acknowledged()
    answer = start(daemon, name)
    assert answer.status == 400, answer
    reason = answer.json["error"]["reason"]
    assert reason.startswith(f"[{name}] [total_definition_length] must be the same in all model "
                             "definition parts. The value ["), reason


def test_missing_parts_can_be_sent_after_a_refused_start(daemon, name):
    models.put_config(daemon, name, "pass_through")
    models.put_vocabulary(daemon, name)
    bodies = models.parts_of(models.ones(), 1 << 10)
    bodies = bodies if len(bodies) > 1 else models.parts_of(models.ones(), 20)
    for number, body in enumerate(bodies[:-1]):
        daemon.put(path(name, number), body).acknowledged()
    assert start(daemon, name).status == 400
    daemon.put(path(name, len(bodies) - 1), bodies[-1]).acknowledged()
    models.start(daemon, name)
    assert models.vectors(daemon, name, "alpha") == [models.ones_answer("alpha")]


def test_client_leaves_in_the_middle_of_a_part(daemon, name):
    models.put_config(daemon, name)
    body = json.dumps(models.part_body(bytes(100_000), 100_000, 1)).encode()
    for _ in range(5):
        with RawConnection(daemon) as connection:
            connection.send(f"PUT {path(name)} HTTP/1.1\r\nHost: t\r\nContent-Length: {len(body)}"
                            "\r\nContent-Type: application/json\r\n\r\n".encode())
            connection.send(body[:50_000])
    assert not defined(daemon, name)
    kept(daemon.put(path(name), body, headers={"Content-Type": "application/json"}))
    assert defined(daemon, name)
