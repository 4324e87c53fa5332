# SPDX-License-Identifier: Apache-2.0
"""Small models for both engines, their vocabulary, and the calls that bring one into the daemon.

Each maker gives the bytes of a definition. With the torch engine that is a TorchScript archive,
with the fake engine a few lines of text (tests/support/fake_engine.c) in an archive that make it behave alike.
"""

import base64
import hashlib
import io
import re
import struct
import zipfile

from support.daemon import ENGINE

# The ids up to matmul, and leak, are what the behaving models react to; do not reorder.
VOCABULARY = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "plain", "throw", "crash", "eat", "hang", "matmul",
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda",
    "##s", "##ing", "one", "two", "three", ".", ",", "leak"]

TOKENIZATION = {"bert": {"max_sequence_length": 512, "with_special_tokens": True}}


def float32(value):
    """The value, or every value of a nested list, rounded to what a float32 holds."""
    if isinstance(value, list):
        return [float32(item) for item in value]
    return struct.unpack("f", struct.pack("f", value))[0]


def ids_of(text, max_length=512):
    """[CLS] words [SEP] of a text whose words are all in the vocabulary (or become [UNK])."""
    words = [VOCABULARY.index(word) if word in VOCABULARY else 1 for word in text.split()]
    return [2] + words[:max_length - 2] + [3]


def embedding_of_ids(ids, dim=4):
    h = sum(weight * token for weight, token in enumerate(ids, 1)) % 1009
    return [float32(h * column % 1009 / 1009) for column in range(1, dim + 1)]


def embedding(text, max_length=512, dim=4):
    """What the behaving model answers for this text, to the last bit of a float32."""
    return embedding_of_ids(ids_of(text, max_length), dim)


if ENGINE == "fake":
    from support.fake_models import (
        behaving, each_token, fails_to_load, forbidden, one_row, ones, row_wise, unjudged, unreadable)

    def ones_answer(text):
        """What pass_through of the ones() model answers for this text."""
        return [embedding(text, dim=2)]
else:
    from support.torch_models import (
        behaving, each_token, fails_to_load, forbidden, one_row, ones, row_wise, unjudged, unreadable)

    def ones_answer(_):
        """What pass_through of the ones() model answers for this text."""
        return [[1.0, 1.0]]

__all__ = ["behaving", "each_token", "fails_to_load", "forbidden", "one_row", "ones", "row_wise", "unjudged",
           "unreadable"]


def with_record(definition, name, content):
    """The definition with one more record."""
    data = io.BytesIO(definition)
    with zipfile.ZipFile(data, "a") as archive:
        root = archive.namelist()[0].split("/")[0]
        archive.writestr(zipfile.ZipInfo(f"{root}/{name}"), content)
    return data.getvalue()


def of_size(size, byte=b"\0"):
    """A definition of exactly so many bytes, at least some thousand, that passes vetting."""
    smallest = len(with_record(ones(), "extra/padding", b""))
    return with_record(ones(), "extra/padding", byte * (size - smallest))


def config(task="text_embedding", **more):
    """A model configuration as clients send it."""
    body = {"model_type": "pytorch", "input": {"field_names": ["text_field"]},
            "inference_config": {task: {"tokenization": TOKENIZATION}}}
    body.update(more)
    return body


def put_config(daemon, model_id, task="text_embedding", **more):
    answer = daemon.put(f"/_ml/trained_models/{model_id}", config(task, **more))
    answer.ok()
    return answer


def part_body(data, total_length, total_parts):
    return {"definition": base64.b64encode(data).decode(), "total_definition_length": total_length,
            "total_parts": total_parts}


def parts_of(definition, part_size):
    """The bodies of all parts in order."""
    pieces = [definition[i:i + part_size] for i in range(0, len(definition), part_size)]
    return [part_body(piece, len(definition), len(pieces)) for piece in pieces]


def send_definition(daemon, model_id, definition, part_size=1 << 20):
    """The answer about the last part, which tells whether the definition was refused."""
    bodies = parts_of(definition, part_size)
    for number, body in enumerate(bodies):
        answer = daemon.put(f"/_ml/trained_models/{model_id}/definition/{number}", body)
        if number < len(bodies) - 1:
            answer.acknowledged()
    return answer


def keep_bytes(daemon, model_id, data, part_size=1 << 20):
    """Stores as a definition what is none: it is refused, and kept all the same."""
    answer = send_definition(daemon, model_id, data, part_size)
    assert answer.status == 400 and "was refused" in answer.reason, answer


def approve(daemon, definition):
    """Lets a model of the tests' own call what no list has: its misbehaviour is what is tested."""
    path = f"/_ml/trained_models/_approvals/{hashlib.sha256(definition).hexdigest()}"
    if daemon.get(path).status == 404:
        daemon.put(path, {"comment": "a test's own model"}).acknowledged()


def put_definition(daemon, model_id, definition, part_size=1 << 20):
    approve(daemon, definition)
    send_definition(daemon, model_id, definition, part_size).acknowledged()


def put_vocabulary(daemon, model_id, words=None):
    daemon.put(f"/_ml/trained_models/{model_id}/vocabulary",
               {"vocabulary": VOCABULARY if words is None else words}).acknowledged()


def upload(daemon, model_id, definition, task="text_embedding", part_size=1 << 20, **more):
    """Configuration, definition and vocabulary: everything that _start needs."""
    put_config(daemon, model_id, task, **more)
    put_definition(daemon, model_id, definition, part_size)
    put_vocabulary(daemon, model_id)


def start(daemon, model_id, **parameters):
    """_start with query parameters; asserts 200 and gives the assignment."""
    query = "&".join(f"{name}={value}" for name, value in parameters.items())
    answer = daemon.post(f"/_ml/trained_models/{model_id}/deployment/_start?{query}")
    return answer.ok()["assignment"]


def serve(daemon, model_id, definition, task="text_embedding", **parameters):
    """upload and start in one."""
    upload(daemon, model_id, definition, task)
    return start(daemon, model_id, **parameters)


def infer(daemon, deployment_id, *texts, query="", **more):
    """One _infer request with one document a text; the Answer."""
    docs = [{"text_field": text} for text in texts]
    return daemon.post(f"/_ml/trained_models/{deployment_id}/_infer{query}", {"docs": docs}, **more)


def late(timeout, phase):
    """The reason of the 408 of a request that was in this phase for most of its time."""
    return re.compile(rf"timeout \[{timeout}\] waiting for inference result; [\d.]+m?s {phase}(, .*)?")


def vectors(daemon, deployment_id, *texts, **more):
    """The predicted values of a successful request, rounded to float32."""
    results = infer(daemon, deployment_id, *texts, **more).ok()["inference_results"]
    return float32([result["predicted_value"] for result in results])


def stats(daemon, model_id, deployment_id=None):
    """The entry of _stats for one deployment (default: the one named like the model)."""
    found = daemon.get(f"/_ml/trained_models/{model_id}/_stats").ok()["trained_model_stats"]
    for entry in found:
        if entry.get("deployment_stats", {}).get("deployment_id") == (deployment_id or model_id):
            return entry
    raise AssertionError(f"no deployment [{deployment_id or model_id}] in {found}")


def node_stats(daemon, model_id, deployment_id=None):
    """The deployment's one node entry."""
    nodes = stats(daemon, model_id, deployment_id)["deployment_stats"]["nodes"]
    assert len(nodes) == 1, nodes
    return nodes[0]


def remove_all(daemon):
    """Deletes every model, deployed or not."""
    found = daemon.get("/_ml/trained_models?size=10000").ok()["trained_model_configs"]
    for model in found:
        daemon.delete(f"/_ml/trained_models/{model['model_id']}?force=true").acknowledged()
