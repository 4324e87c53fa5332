# SPDX-License-Identifier: Apache-2.0
"""curl, as people type it."""

import json
import subprocess

import pytest

from support import models

pytestmark = pytest.mark.only_with(9)  # says nothing of Python's clients

JSON = ("-H", "Content-Type: application/json")
DOCUMENT = '{"docs":[{"text_field":"alpha"}]}'


@pytest.fixture
def curl(daemon):
    """curl's standard output; what `-i` and `-w` print is part of it."""
    def run(path, *arguments, text=None):
        result = subprocess.run(
            ["curl", "-sS", "--max-time", "20", *arguments, daemon.url + path], input=text,
            capture_output=True, text=True, timeout=60, check=False)
        assert result.returncode == 0, result.stderr
        return result.stdout
    return run


def embedding(output):
    result, = json.loads(output)["inference_results"]
    return models.float32(result["predicted_value"])


def test_a_session(curl, name, daemon):
    models.approve(daemon, models.behaving())
    models_path = f"/_ml/trained_models/{name}"
    config = json.dumps(models.config())
    part = json.dumps(models.part_body(models.behaving(), len(models.behaving()), 1))
    vocabulary = json.dumps({"vocabulary": models.VOCABULARY})
    assert json.loads(curl("/"))["tagline"] == "You Know, for Search"
    assert json.loads(curl(models_path, "-XPUT", *JSON, "-d", config))["model_id"] == name
    assert curl(f"{models_path}/definition/0", "-XPUT", *JSON, "-d", "@-", text=part) == (
        '{"acknowledged":true}')
    assert curl(f"{models_path}/vocabulary", "-XPUT", *JSON, "-d", vocabulary) == (
        '{"acknowledged":true}')
    assert '"started"' in curl(f"{models_path}/deployment/_start?wait_for=started", "-XPOST")
    answer = curl(f"{models_path}/_infer", *JSON, "-d", DOCUMENT)
    assert embedding(answer) == models.embedding("alpha")
    assert '"number_of_allocations" : 2' in curl(
        f"{models_path}/deployment/_update?pretty", *JSON, "-d", '{"number_of_allocations":2}')
    assert curl(f"{models_path}/deployment/cache/_clear", "-XPOST") == '{"cleared":true}'
    assert curl(f"{models_path}/model_aliases/al", "-XPUT") == '{"acknowledged":true}'
    assert embedding(curl("/_ml/trained_models/al/_infer", *JSON, "-d", DOCUMENT))
    assert curl("/_cat/ml/trained_models?h=id,type&v") == (
        f"id{' ' * (len(name) - 2)} type\n{name} pytorch\n")
    assert curl(f"{models_path}/deployment/_stop?force", "-XPOST") == '{"stopped":true}'
    assert curl(models_path, "-XDELETE") == '{"acknowledged":true}'
    assert curl(models_path, "-o", "/dev/null", "-w", "%{http_code}") == "404"


def test_data_without_a_header_is_406(curl, deployed):
    answer = curl(f"/_ml/trained_models/{deployed}/_infer", "-d", DOCUMENT, "-w", "%{http_code}")
    assert answer == ('{"error":"Content-Type header [application/x-www-form-urlencoded] is not '
                      'supported","status":406}406')


@pytest.mark.parametrize("option", [
    "--compressed", "--http2", "--http1.0", "--http1.1", "-uelastic:secret", "--no-keepalive"])
def test_options(curl, deployed, option):
    answer = curl(f"/_ml/trained_models/{deployed}/_infer", option, *JSON, "-d", DOCUMENT)
    assert embedding(answer) == models.embedding("alpha")


def test_chunked_with_expect(curl, deployed):
    """`-T -` sends chunks and waits for a 100 before it does."""
    answer = curl(f"/_ml/trained_models/{deployed}/_infer", "-XPOST", *JSON, "-T", "-",
                  "-H", "Expect: 100-continue", "-v", text=DOCUMENT)
    assert embedding(answer) == models.embedding("alpha")


def test_a_long_body_is_not_waited_for(curl, deployed):
    """Beyond 1 MiB curl asks first, and without an answer sends after a second all the same."""
    text = json.dumps({"docs": [{"text_field": "alpha", "other": "x" * (2 << 20)}]})
    answer, waited = curl(f"/_ml/trained_models/{deployed}/_infer", *JSON, "-d", "@-",
                          "-i", text=text).split("\n\n", 1)
    assert answer.startswith("HTTP/1.1 100 Continue") and "HTTP/1.1 200" in waited


def test_get_with_a_body(curl, deployed):
    answer = curl(f"/_ml/trained_models/{deployed}/_stats", "-XGET", *JSON, "-d", "{}")
    assert json.loads(answer)["status"] == 400 and "does not support having a body" in answer


def test_two_requests_on_one_connection(curl, daemon):
    answer = curl("/", f"{daemon.url}/_ml/trained_models", "-w", "%{num_connects}")
    assert answer.count('"tagline"') == 1 and answer.endswith("0")


def test_options_and_head(curl, deployed):
    answer = curl(f"/_ml/trained_models/{deployed}/_infer", "-XOPTIONS", "-i")
    assert answer.startswith("HTTP/1.1 200") and "Allow: POST" in answer
    assert curl("/", "-I").startswith("HTTP/1.1 200")
