# SPDX-License-Identifier: Apache-2.0
"""schemathesis makes requests of the OpenAPI document, right and wrong ones, for every operation.

None may be answered with a 5xx or with what the document does not describe, and the daemon must
live on. Half of the requests name a model that is deployed, so that they get past the look-up.
INFERD_EXAMPLES is the number of requests an operation and kind: few here, where they are the same
in each run; scripts/schemathesis makes many, different ones.
"""

import os

import hypothesis
import pytest
import schemathesis
from hypothesis import strategies

from support import models, openapi
from support.answer import Answer

EXAMPLES = int(os.environ.get("INFERD_EXAMPLES", "0"))
SETTINGS = hypothesis.settings(
    max_examples=EXAMPLES or 12, derandomize=not EXAMPLES, database=None, deadline=None,
    phases=[hypothesis.Phase.generate], suppress_health_check=list(hypothesis.HealthCheck))
SERVED = "served"
VALUES = {"model_id": SERVED, "deployment_id": SERVED, "part": 0, "model_alias": "alias"}

schema = schemathesis.openapi.from_dict(openapi.document())
OPERATIONS = [(path, method.upper()) for path, methods in openapi.document()["paths"].items()
              for method in methods if method != "head"]


def about_what_is_served(case):
    """The same request, made such that it gets past the look-up, and its body past the first rules."""
    case.path_parameters = {name: VALUES.get(name, value)
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


def serve(daemon):
    """Undoes what earlier requests may have done, and deploys the model anew."""
    daemon.post("/_ml/set_upgrade_mode?enabled=false").acknowledged()
    daemon.put("/_cluster/settings", {"persistent": {"*": None}, "transient": {"*": None}}).ok()
    models.remove_all(daemon)
    models.serve(daemon, SERVED, models.behaving())


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("path, method", OPERATIONS)
def test_no_request_makes_it_fail(daemon, path, method, mode):
    generated = schema[path][method].as_strategy(generation_mode=mode)

    @SETTINGS
    @hypothesis.given(case=strategies.one_of(generated, generated.map(about_what_is_served)))
    def ask(case):
        response = case.call(base_url=daemon.url, timeout=30)
        answer = as_answer(response)
        assert answer.status < 500, f"{answer} to {case.as_curl_command()[:2000]}"
        openapi.check(answer, response.request.method, response.request.path_url)

    serve(daemon)
    try:
        ask()
    except hypothesis.errors.Unsatisfiable:
        pass  # an operation without parameters has no wrong form
