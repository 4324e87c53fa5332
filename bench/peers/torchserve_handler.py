# SPDX-License-Identifier: Apache-2.0
"""TorchServe's handler: POST /predictions/minilm {"text": ...}; the TorchScript model that inferd serves."""

import json

import torch
import transformers
from ts.torch_handler.base_handler import BaseHandler


class MiniLM(BaseHandler):
    """Tokenizes a batch, lets the model pool and normalise it, answers lists of numbers."""

    def initialize(self, context):
        torch.set_num_threads(1)
        super().initialize(context)
        folder = context.system_properties["model_dir"]
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(folder)

    def preprocess(self, data):
        bodies = [row.get("body") or row.get("data") for row in data]
        documents = [body if isinstance(body, dict) else json.loads(body) for body in bodies]
        return self.tokenizer([document["text"] for document in documents], padding=True,
                              truncation=True, max_length=512, return_tensors="pt")

    def inference(self, data, *_args, **_kwargs):
        ids = data["input_ids"]
        positions = torch.arange(ids.shape[1]).expand_as(ids)
        with torch.inference_mode():
            return self.model(ids, data["attention_mask"], data["token_type_ids"], positions)

    def postprocess(self, data):
        return [{"embedding": row} for row in data.tolist()]
