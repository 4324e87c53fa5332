# SPDX-License-Identifier: Apache-2.0
"""Writes the model as ONNX.

Usage: export_onnx.py MODEL_FOLDER OUT.onnx tokens|pooled
  tokens   answers the vectors of all tokens (last_hidden_state), for servers that pool them
  pooled   answers the normalised mean, with attention fused by ONNX Runtime's own optimizer
"""

import pathlib
import sys

import torch
import transformers

INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class Tokens(torch.nn.Module):
    """The encoder alone."""

    def __init__(self, folder):
        super().__init__()
        self.encoder = transformers.AutoModel.from_pretrained(folder, attn_implementation="eager")

    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.encoder(input_ids, attention_mask, token_type_ids).last_hidden_state


class Pooled(Tokens):
    """The mean of the tokens' vectors, of length 1."""

    def forward(self, input_ids, attention_mask, token_type_ids):
        states = super().forward(input_ids, attention_mask, token_type_ids)
        mask = attention_mask.unsqueeze(-1).float()
        mean = (states * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
        return torch.nn.functional.normalize(mean, dim=1)


def fuse(path):
    """Fuses what ONNX Runtime knows of BERT, in place."""
    from onnxruntime.transformers import optimizer
    model = optimizer.optimize_model(str(path), model_type="bert", num_heads=12, hidden_size=384)
    print(model.get_fused_operator_statistics(), file=sys.stderr)
    model.save_model_to_file(str(path))


def main():
    folder, path, kind = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    model = (Pooled if kind == "pooled" else Tokens)(folder).eval()
    output = "sentence_embedding" if kind == "pooled" else "last_hidden_state"
    part = path.with_suffix(".part")
    example = tuple(torch.ones(2, 16, dtype=torch.long) for _ in INPUTS)
    axes = {name: {0: "batch", 1: "length"} for name in (*INPUTS, *([output] * (kind == "tokens")))}
    with torch.no_grad():
        torch.onnx.export(model, example, str(part), dynamo=False, opset_version=17, input_names=list(INPUTS),
                          output_names=[output], dynamic_axes={output: {0: "batch"}, **axes})
    if kind == "pooled":
        fuse(part)
    part.rename(path)


if __name__ == "__main__":
    main()
