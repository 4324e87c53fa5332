# SPDX-License-Identifier: Apache-2.0
"""schemathesis makes requests of the OpenAPI document, right and wrong ones, for every operation.

None may be answered with a 5xx or with what the document does not describe, and the daemon must
live on. Half of the requests name a model that is deployed, so that they get past the look-up.
INFERD_EXAMPLES is the number of requests an operation and kind: few here, where they are the same
in each run; scripts/schemathesis makes many, different ones.
"""

import pytest

from support import models, openapi

SERVED = "served"
OPERATIONS = [(path, method.upper()) for path, methods in openapi.document()["paths"].items()
              for method in methods if method != "head"]


def is_served(daemon):
    """Is there the one model, deployed as serve() does, and does it answer?"""
    found = daemon.get("/_ml/trained_models/_stats?size=100").ok()["trained_model_stats"]
    return ([(one["model_id"], one["deployment_stats"]["deployment_id"]) for one in found
             if "deployment_stats" in one] == [(SERVED, SERVED)] and len(found) == 1 and
            models.infer(daemon, SERVED, "alpha beta").status == 200)


@pytest.fixture
def served(module_daemon):
    """The module's daemon with the model deployed, whatever earlier requests have done."""
    module_daemon.post("/_ml/set_upgrade_mode?enabled=false").acknowledged()
    module_daemon.put("/_cluster/settings", {"persistent": {"*": None}, "transient": {"*": None}}).ok()
    if not is_served(module_daemon):
        models.remove_all(module_daemon)
        models.serve(module_daemon, SERVED, models.behaving())
    yield module_daemon
    module_daemon.check()


@pytest.mark.parametrize("mode", ["positive", "negative"])
@pytest.mark.parametrize("path, method", OPERATIONS)
def test_no_request_makes_it_fail(served, path, method, mode):
    from support import generated_requests  # here, since what it imports takes seconds in each process
    generated_requests.ask(served.url, SERVED, path, method, mode)
