# SPDX-License-Identifier: Apache-2.0
"""langchain-elasticsearch, unmodified: its embeddings class and its probe of a model."""

import asyncio

import pytest
from elasticsearch import BadRequestError, NotFoundError

from support import models

pytestmark = pytest.mark.only_with(8)

TEXTS = ["alpha", "beta", "gamma delta"]


def test_embeddings(daemon, client, deployed):
    from langchain_elasticsearch import ElasticsearchEmbeddings
    for embeddings in (ElasticsearchEmbeddings(model_id=deployed, client=client),
                       ElasticsearchEmbeddings(model_id=deployed, es_url=daemon.url)):
        assert models.float32(embeddings.embed_documents(TEXTS)) == [
            models.embedding(text) for text in TEXTS]
        assert models.float32(embeddings.embed_query("alpha")) == models.embedding("alpha")
    with pytest.raises(BadRequestError):  # it posts an empty "docs"
        embeddings.embed_documents([])


def test_asynchronous_embeddings(daemon, deployed):
    from langchain_elasticsearch import AsyncElasticsearchEmbeddings

    async def ask():
        embeddings = AsyncElasticsearchEmbeddings(model_id=deployed, es_url=daemon.url)
        try:
            return await embeddings.aembed_documents(TEXTS)
        finally:
            await embeddings.client.close()
    assert models.float32(asyncio.run(ask())) == [models.embedding(text) for text in TEXTS]


def test_probe(daemon, client, deployed):
    from langchain_elasticsearch._utilities import model_must_be_deployed
    model_must_be_deployed(client, deployed)  # its document has no such field: a 400, and that is fine
    with pytest.raises(NotFoundError):
        model_must_be_deployed(client, "nobody")
