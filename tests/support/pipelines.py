# SPDX-License-Identifier: Apache-2.0
"""Short ways to run documents through pipelines."""

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
