# SPDX-License-Identifier: Apache-2.0
"""elasticsearch.helpers.vectorstore, unmodified: its embeddings and its probe of a model."""

import pytest
from elasticsearch import ConflictError
from elasticsearch.helpers.vectorstore import ElasticsearchEmbeddings
from elasticsearch.helpers.vectorstore._sync._utils import model_is_deployed, model_must_be_deployed

from support import models


def test_embeddings(client, deployed):
    service = ElasticsearchEmbeddings(client=client, model_id=deployed)
    vectors = service.embed_documents(["alpha", "beta", "alpha beta"])
    assert models.float32(vectors) == [
        models.embedding(text) for text in ("alpha", "beta", "alpha beta")]
    assert models.float32(service.embed_query("gamma")) == models.embedding("gamma")


def test_probe(daemon, client, deployed):
    model_must_be_deployed(client, deployed)
    assert model_is_deployed(client, "nobody") is False
    models.upload(daemon, "idle", models.behaving())
    with pytest.raises(ConflictError):
        model_must_be_deployed(client, "idle")
    config = models.config(input={"field_names": ["elsewhere"]})
    daemon.put("/_ml/trained_models/other", config).ok()
    models.put_definition(daemon, "other", models.behaving())
    models.put_vocabulary(daemon, "other")
    models.start(daemon, "other")
    model_must_be_deployed(client, "other")  # a 400: deployed, with another input field
