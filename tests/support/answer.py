# SPDX-License-Identifier: Apache-2.0
"""One HTTP request and its answer, with the assertions that nearly every test makes."""

import gzip
import http.client
import json
import re

from support import openapi


class Answer:
    """status, headers (case-insensitive) and body, inflated, of one response."""

    def __init__(self, status, headers, body, request):
        self.status = status
        self.headers = headers
        self.body = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
        self.request = request

    def __repr__(self):
        return f"<{self.request} -> {self.status} {self.body[:2000]!r}>"

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def reason(self):
        """Of the error; None where there is none."""
        error = self.json.get("error")
        return error.get("reason") if isinstance(error, dict) else None

    def ok(self):
        """Asserts 200 and returns the JSON body."""
        assert self.status == 200, self
        return self.json

    def acknowledged(self):
        assert self.status == 200 and self.json == {"acknowledged": True}, self

    def fails(self, status, kind, reason):
        """Asserts Elasticsearch's error object; reason is a text or a compiled pattern.

        Returns the error object, for its caused_by.
        """
        assert self.status == status, self
        body = self.json
        assert list(body) == ["error", "status"] and body["status"] == status, self
        error = body["error"]
        assert error["type"] == kind, self
        if isinstance(reason, re.Pattern):
            assert reason.fullmatch(error["reason"]), self
        else:
            assert error["reason"] == reason, self
        root = error["root_cause"]
        assert len(root) == 1 and set(root[0]) >= {"type", "reason"}, self
        return error

    def invalid(self, *messages):
        """Asserts a validation error with exactly these complaints in this order."""
        joined = "".join(f"{n}: {text};" for n, text in enumerate(messages, 1))
        return self.fails(400, "action_request_validation_exception",
                          f"Validation Failed: {joined}")

    def plain_error(self, status, text):
        """Asserts the form in which "error" is a text and not an object."""
        assert self.status == status, self
        assert self.json == {"error": text, "status": status}, self


def request(address, method, path, body=None, headers=None, timeout=60.0, context=None):
    """One request on a connection of its own, over TLS where there is a context. A dict or list body is sent as
    JSON."""
    headers = dict(headers or {})
    if body is not None and not isinstance(body, (bytes, str)):
        body = json.dumps(body, ensure_ascii=False)
    if isinstance(body, str):
        body = body.encode()
    if body is not None and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = "application/json"
    if context is None:
        connection = http.client.HTTPConnection(address[0], address[1], timeout=timeout)
    else:
        connection = http.client.HTTPSConnection("localhost", address[1], timeout=timeout, context=context)
    try:
        connection.request(method, path, body=body, headers=headers)
        response = connection.getresponse()
        content = response.read()
    finally:
        connection.close()
    answer = Answer(response.status, response.headers, content, f"{method} {path}")
    assert answer.headers["X-elastic-product"] == "Elasticsearch", answer
    openapi.check(answer, method, path)
    return answer
