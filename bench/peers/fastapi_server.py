# SPDX-License-Identifier: Apache-2.0
"""sentence-transformers behind FastAPI: POST /embed {"text": ...}. uvicorn runs it: fastapi_server:app.

PEER_MODEL names the model's folder. Each process of uvicorn has the model once and computes one text at a
time, so that threads do not fight for its processor.
"""

import asyncio
import concurrent.futures
import os

import fastapi
import pydantic
import sentence_transformers
import torch

torch.set_num_threads(1)
model = sentence_transformers.SentenceTransformer(os.environ["PEER_MODEL"], device="cpu")
one_thread = concurrent.futures.ThreadPoolExecutor(1)
app = fastapi.FastAPI()


class Question(pydantic.BaseModel):
    """What is asked."""
    text: str


class Answer(pydantic.BaseModel):
    """What is answered."""
    embedding: list[float]


def compute(text):
    """The embedding of one text."""
    return model.encode(text, show_progress_bar=False).tolist()


@app.post("/embed")
async def embed(question: Question) -> Answer:
    """One text, one embedding."""
    loop = asyncio.get_running_loop()
    return Answer(embedding=await loop.run_in_executor(one_thread, compute, question.text))
