# SPDX-License-Identifier: Apache-2.0
"""Encoders besides those in tests/support/architectures.py that people import or may try to: small, of random
weights, traced with each way of attention that they have. Where those that eland exports differ in what surrounds
the model, these differ in the model."""

SIZES = {"vocab_size": 64, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
         "intermediate_size": 32, "max_position_embeddings": 96, "pad_token_id": 0}
# Class of transformers, and what its settings need besides SIZES.
ENCODERS = {
    "AlbertModel": {"embedding_size": 16},
    "BertModel": {},
    "BigBirdModel": {"attention_type": "original_full"},
    "CamembertModel": {},
    "ConvBertModel": {"embedding_size": 16, "head_ratio": 1, "conv_kernel_size": 3},
    "DebertaModel": {"relative_attention": True, "pos_att_type": ["p2c", "c2p"]},
    "DebertaV2Model": {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_buckets": 16,
                       "position_biased_input": False, "norm_rel_ebd": "layer_norm", "share_att_key": True,
                       "conv_kernel_size": 3},
    "DistilBertModel": {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32},
    "ElectraModel": {"embedding_size": 16},
    "LongformerModel": {"attention_window": 8},
    "MPNetModel": {},
    "MobileBertModel": {"intra_bottleneck_size": 8, "embedding_size": 8, "true_hidden_size": 8},
    "ModernBertModel": {"global_attn_every_n_layers": 2, "local_attention": 8, "reference_compile": False,
                        "cls_token_id": 1, "sep_token_id": 2, "bos_token_id": 1, "eos_token_id": 2},
    "NystromformerModel": {"num_landmarks": 4, "segment_means_seq_len": 16, "conv_kernel_size": 3},
    "RoFormerModel": {"embedding_size": 16},
    "RobertaModel": {},
    "SqueezeBertModel": {"embedding_size": 16, **{f"{part}_groups": 1 for part in (
        "q", "k", "v", "post_attention", "intermediate", "output")}},
    "T5EncoderModel": {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 2, "num_heads": 2},
    "XLMModel": {"emb_dim": 16, "n_layers": 2, "n_heads": 2},
    "XLMRobertaModel": {},
}
# What these name besides what is allowed, and why it stays so.
REFUSED = {
    "ConvBertModel": {"aten::im2col"},  # huge paddings leave the memory
    "LongformerModel": {"aten::as_strided"},  # overlapping windows are forged views
}


def _traced(name, attention):
    import torch
    import transformers

    class Answers(torch.nn.Module):
        """The first of what the model answers, which is all that is asked for."""

        def __init__(self, model):
            super().__init__()
            self.model = model

        def forward(self, ids, mask):
            return self.model(input_ids=ids, attention_mask=mask, return_dict=False)[0]

    config_class = name.removesuffix("Model").removesuffix("Encoder") + "Config"
    config = getattr(transformers, config_class)(**{**SIZES, **ENCODERS[name]})
    model = getattr(transformers, name)._from_config(config, attn_implementation=attention)
    ids = torch.arange(5, 21).unsqueeze(0)
    with torch.no_grad():
        return torch.jit.trace(Answers(model).eval(), (ids, torch.ones_like(ids)), check_trace=False)


def archives(folder):
    """(name of the class, path) of each, written into a folder."""
    import torch
    import transformers
    transformers.logging.set_verbosity_error()
    for name in ENCODERS:
        attentions = ["eager", "sdpa"] if getattr(transformers, name)._supports_sdpa else ["eager"]
        for attention in attentions:
            path = folder / f"{name}-{attention}.pt"
            torch.jit.save(_traced(name, attention), str(path))
            yield name, path
