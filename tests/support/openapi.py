# SPDX-License-Identifier: Apache-2.0
"""Holds every answer of the daemon against the OpenAPI document that it prints.

Status, content type and body of the route that the request matches; errors against the error
schema. An answer that the document does not describe fails the test that got it.
"""

import functools
import json
import os
import pathlib
import re
import subprocess
import urllib.parse

import jsonschema_rs
import yaml

BUILD = pathlib.Path(os.environ.get("INFERD_BUILD",
                                    pathlib.Path(__file__).resolve().parents[2] / "build"))
MEDIA_TYPE = re.compile(
    r"application/(?:vnd\.elasticsearch\+)?(json|yaml)(?:;compatible-with=[89])?|(text)/plain.*")


@functools.cache
def document():
    printed = subprocess.run([str(BUILD / "inferd"), "--print-openapi"], check=True,
                             stdout=subprocess.PIPE)
    return json.loads(printed.stdout)


@functools.cache
def validator(reference):
    """Of one schema; the components come along, because schemas refer to each other."""
    return jsonschema_rs.Draft202012Validator(
        {"$ref": reference, "components": {"schemas": document()["components"]["schemas"]}})


@functools.cache
def routes():
    """(pattern of the path, path's operations), literal segments before {names}."""
    def order(path):
        return [segment.startswith("{") for segment in path.split("/")]

    return [(re.compile(re.sub(r"\\{[^/]+\\}", "[^/]+", re.escape(path)) + "/*"), operations)
            for path, operations in sorted(document()["paths"].items(),
                                           key=lambda item: order(item[0]))]


def operation(method, path):
    for pattern, operations in routes():
        if pattern.fullmatch(path) and method.lower() in operations:
            return operations[method.lower()]
    return None


def described(method, path, status):
    """The response object of the document for that status, or None."""
    found = operation(method, path)
    responses = found["responses"] if found else {}
    response = responses.get(str(status)) or responses.get(f"{status // 100}XX")
    if response is None and status >= 400:
        response = {"$ref": "#/components/responses/error"}
    if response and "$ref" in response:
        response = document()["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
    return response


def no_constant(text):
    raise ValueError(f"{text} is no JSON")


def check(answer, method, target):
    """Asserts that the answer to `method target` is one that the document describes."""
    url = urllib.parse.urlsplit(target)
    if method == "HEAD" or (method == "OPTIONS" and answer.status != 401):
        assert not answer.body, answer
        return
    response = described(method, url.path or "/", answer.status)
    assert response, f"{method} {url.path} with {answer.status} is not in the OpenAPI document"
    if "content" not in response:
        assert not answer.body, f"the document knows no body of {answer}"
        return
    if answer.headers.get("content-type") == "application/octet-stream" and answer.status == 200:
        assert "application/octet-stream" in response["content"], answer
        return
    media = MEDIA_TYPE.fullmatch(answer.headers.get("content-type").replace("; ", ";"))
    assert media, f"content type {answer.headers.get('content-type')} of {answer}"
    kind = media.group(1) or media.group(2)
    known = {name.rsplit("/", 1)[1].replace("plain", "text"): content["schema"]
             for name, content in response["content"].items()}
    assert kind in known, f"{kind} is not described for {answer}"
    if kind == "text":
        answer.body.decode()
        return
    read = yaml.safe_load if kind == "yaml" else functools.partial(
        json.loads, parse_constant=no_constant)
    body = read(answer.body.decode())
    if not urllib.parse.parse_qs(url.query).get("filter_path"):
        errors = list(validator(known[kind]["$ref"]).iter_errors(body))
        assert not errors, f"{answer} is not what the OpenAPI document says: " + "; ".join(
            f"{'/'.join(map(str, error.instance_path))}: {error.message}" for error in errors[:5])
