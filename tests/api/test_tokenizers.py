# SPDX-License-Identifier: Apache-2.0
"""The tokenizers' settings and vocabularies over HTTP: echoed, refused, and what a _start says of one that
does not fit (compatibility 4, 10.1, 10.3). What they make of texts is shown in tests/tokenization and
tests/clients."""

import pytest

from support import models

PATH = "/_ml/trained_models"
SHARED = {"do_lower_case": False, "with_special_tokens": True, "max_sequence_length": 512,
          "truncate": "first", "span": -1}
BERT = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a"]
ROBERTA = ["<s>", "<pad>", "</s>", "<unk>", "a", "b", "ab", "<mask>"]
MPNET = ["<s>", "<pad>", "</s>", "[UNK]", "a", "<mask>"]

# name: (further settings in the echo, a vocabulary body that fits)
TOKENIZERS = {
    "bert": ({}, {"vocabulary": BERT}),
    "bert_ja": ({}, {"vocabulary": BERT}),
    "mpnet": ({}, {"vocabulary": MPNET}),
    "roberta": ({"add_prefix_space": False}, {"vocabulary": ROBERTA, "merges": ["a b"]}),
    "byte_level_bpe": (
        {"add_prefix_space": False, "unk_token": "<unk>", "pad_token": "<pad>", "bos_token": "<s>",
         "eos_token": "</s>", "mask_token": "<mask>"},
        {"vocabulary": ROBERTA, "merges": ["a b"]}),
    "xlm_roberta": ({}, {"vocabulary": ROBERTA, "scores": [0.0] * len(ROBERTA)}),
    "deberta_v2": ({}, {"vocabulary": BERT, "scores": [0.0] * len(BERT)}),
}


def put(daemon, name, kind, **settings):
    return daemon.put(f"{PATH}/{name}", models.config(
        inference_config={"pass_through": {"tokenization": {kind: settings}}}))


def put_vocabulary(daemon, name, **body):
    return daemon.put(f"{PATH}/{name}/vocabulary", body)


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_echo_and_vocabulary(daemon, name, kind):
    further, vocabulary = TOKENIZERS[kind]
    stored = put(daemon, name, kind).ok()["inference_config"]["pass_through"]["tokenization"]
    assert stored == {kind: {**SHARED, **further}}
    assert list(stored[kind]) == [*SHARED, *further]
    put_vocabulary(daemon, name, **vocabulary).acknowledged()


def test_the_document_names_them(daemon):
    schemas = daemon.get("/_openapi.json").ok()["components"]["schemas"]
    assert set(schemas["tokenization"]["propertyNames"]["enum"]) == set(TOKENIZERS)
    settings = set(schemas["tokenizer_settings"]["properties"])
    assert settings == set(SHARED).union(*(further for further, _ in TOKENIZERS.values()))


@pytest.mark.parametrize("kind", ["roberta", "byte_level_bpe", "xlm_roberta"])
def test_cased_tokenizers(daemon, name, kind):
    answer = put(daemon, name, kind, do_lower_case=True)
    assert answer.status == 400
    assert answer.json["error"]["caused_by"]["reason"] == \
        f"unable to set [do_lower_case] to [true] for {kind} tokenizer"


def test_unknown_tokenizer_and_setting(daemon, name):
    answer = put(daemon, name, "robberta")
    assert answer.json["error"]["caused_by"]["type"] == "named_object_not_found_exception"
    answer = put(daemon, name, "roberta", add_prefix_spcae=True)
    assert answer.json["error"]["caused_by"]["reason"].endswith(
        "[roberta_tokenization] unknown field [add_prefix_spcae] did you mean [add_prefix_space]?")


@pytest.mark.parametrize("kind,missing", [("roberta", "merges"), ("byte_level_bpe", "merges"),
                                          ("xlm_roberta", "scores"), ("deberta_v2", "scores")])
def test_what_a_vocabulary_needs(daemon, name, kind, missing):
    put(daemon, name, kind).ok()
    body = {key: value for key, value in TOKENIZERS[kind][1].items() if key != missing}
    for given in (body, {**body, missing: []}):
        put_vocabulary(daemon, name, **given).fails(
            400, "status_exception",
            f"cannot put vocabulary for model [{name}] as tokenizer type [{kind}] requires [{missing}] "
            "to be provided and non-empty")


def test_as_many_scores_as_tokens(daemon, name):
    put(daemon, name, "xlm_roberta").ok()
    put_vocabulary(daemon, name, vocabulary=ROBERTA, scores=[0.0]).invalid(
        "[scores] must have same length as [vocabulary]")


@pytest.mark.parametrize("kind,body,reason", [
    ("bert", {"vocabulary": ["a"]}, "stored vocabulary is missing required [[UNK]] token"),
    ("roberta", {"vocabulary": ROBERTA[:2] + ROBERTA[3:], "merges": ["a b"]},
     "stored vocabulary is missing required [</s>] token(s)"),
    ("roberta", {"vocabulary": ROBERTA, "merges": ["a b", "ab"]},
     "[merges] must hold two tokens with one blank between them in each entry; entry [1] [ab] has no "
     "blank"),
    ("xlm_roberta", {"vocabulary": ["<s>", "<pad>", "</s>", "a"], "scores": [0.0] * 4},
     "provided vocabulary does not contain the unknown token of [<unk>]"),
])
def test_a_vocabulary_that_does_not_fit(daemon, name, kind, body, reason):
    """Seen when it is loaded, as in Elasticsearch; the deployment does not stay."""
    put(daemon, name, kind).ok()
    models.put_definition(daemon, name, models.behaving())
    put_vocabulary(daemon, name, **body).acknowledged()
    answer = daemon.post(f"{PATH}/{name}/deployment/_start")
    assert answer.status == 500
    assert reason in answer.json["error"]["reason"]
    found, = daemon.get(f"{PATH}/{name}/_stats").ok()["trained_model_stats"]
    assert "deployment_stats" not in found
