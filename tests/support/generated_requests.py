# SPDX-License-Identifier: Apache-2.0
"""Requests that schemathesis makes of the OpenAPI document, and what is asked of each answer."""

import os

import hypothesis
import schemathesis
from hypothesis import strategies

from support import models, openapi
from support.answer import Answer

EXAMPLES = int(os.environ.get("INFERD_EXAMPLES", "0"))
SETTINGS = hypothesis.settings(
    max_examples=EXAMPLES or 4, derandomize=not EXAMPLES, database=None, deadline=None,
    phases=[hypothesis.Phase.generate], suppress_health_check=list(hypothesis.HealthCheck))

schema = schemathesis.openapi.from_dict(openapi.document())


def about(served, case):
    """The same request, made such that it gets past the look-up, and its body past the first rules."""
    values = {"model_id": served, "deployment_id": served, "part": 0, "model_alias": "alias"}
    case.path_parameters = {name: values.get(name, value)
                            for name, value in (case.path_parameters or {}).items()}
    case.query = {name: value for name, value in (case.query or {}).items()
                  if name not in ("source", "source_content_type")}
    if isinstance(case.body, dict) and isinstance(case.body.get("docs"), list):
        case.body = {"docs": [{**doc, "text_field": "alpha beta"} for doc in case.body["docs"]
                              if isinstance(doc, dict)]}
    elif isinstance(case.body, dict) and "inference_config" in case.body:
        case.path_parameters["model_id"] = "new"
        case.body = {**models.config(), **{name: value for name, value in case.body.items()
                                           if name in ("description", "metadata", "tags")}}
    return case


def as_answer(response):
    headers = {name.lower(): values[0] for name, values in response.headers.items()}
    headers.pop("content-encoding", None)  # the client has inflated it
    return Answer(response.status_code, headers, response.content,
                  f"{response.request.method} {response.request.path_url[:500]}")


def ask(url, served, path, method, mode):
    """Some requests of one operation, mode "positive" or "negative"; half of them about the model served."""
    generated = schema[path][method].as_strategy(generation_mode=schemathesis.GenerationMode(mode))

    @SETTINGS
    @hypothesis.given(case=strategies.one_of(generated, generated.map(lambda case: about(served, case))))
    def ask_one(case):
        response = case.call(base_url=url, timeout=30)
        answer = as_answer(response)
        assert answer.status < 500, f"{answer} to {case.as_curl_command()[:2000]}"
        openapi.check(answer, response.request.method, response.request.path_url)

    try:
        ask_one()
    except hypothesis.errors.Unsatisfiable:
        pass  # an operation without parameters has no wrong form
