# SPDX-License-Identifier: Apache-2.0
"""A BERT of random weights as eland traces it, with the four tensors of its tokenizer."""

import io


def definition():
    """The file's bytes, the same each time."""
    import torch
    from transformers import BertConfig, BertModel

    class First(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.bert = BertModel(BertConfig(
                vocab_size=300, hidden_size=64, num_attention_heads=4, num_hidden_layers=2, intermediate_size=128,
                max_position_embeddings=512), add_pooling_layer=False)

        def forward(self, ids, mask, types, positions):
            return self.bert(ids, mask, types, positions).last_hidden_state[:, 0]
    torch.manual_seed(11)
    ids = torch.arange(3, 10)[None]
    example = (ids, torch.ones_like(ids), torch.zeros_like(ids), torch.arange(7)[None])
    data = io.BytesIO()
    torch.jit.save(torch.jit.freeze(torch.jit.trace(First().eval(), example)), data)
    return data.getvalue()
