# SPDX-License-Identifier: Apache-2.0
"""The small real models that hostile files are made of, in the forms that people save models in."""

import io
import warnings
from typing import Tuple

import torch

INPUTS = ("input_ids", "attention_mask", "token_type_ids", "position_ids")


class Inner(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter((torch.arange(16.) / 7).reshape(4, 4).t())
        self.register_buffer("table", torch.arange(5))

    def forward(self, x):
        return torch.nn.functional.linear(x, self.weight)


class Embedder(torch.nn.Module):
    """Rows of a table, their mean, a product: [1, 4]."""

    def __init__(self):
        super().__init__()
        self.label = "plain"
        self.embed = torch.nn.Embedding(30, 4)
        self.embed.weight.data = torch.arange(120.).reshape(30, 4) / 64
        self.inner = Inner()

    def forward(self, input_ids, attention_mask, token_type_ids, position_ids):
        return self.inner(self.embed(input_ids).mean(1)).to(torch.float32)


class Linears(torch.nn.Module):
    """What quantisation finds something in."""

    def __init__(self, outputs=4):
        super().__init__()
        self.embed = torch.nn.Embedding(30, 4)
        self.embed.weight.data = torch.arange(120.).reshape(30, 4) / 64
        self.linear = torch.nn.Linear(4, outputs)
        self.linear.weight.data = (torch.arange(4. * outputs) % 19).reshape(outputs, 4) / 7
        self.linear.bias.data = torch.arange(float(outputs))

    def forward(self, input_ids, attention_mask, token_type_ids, position_ids):
        return self.linear(self.embed(input_ids).mean(1))[:, :4]


class Tied(torch.nn.Module):
    """Two names for one weight, and two views of one storage."""

    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Embedding(30, 4)
        self.embed.weight.data = torch.arange(120.).reshape(30, 4) / 64
        self.back = torch.nn.Linear(4, 30, bias=False)
        self.back.weight = self.embed.weight
        self.register_buffer("row", self.embed.weight.data[3])

    def forward(self, input_ids, attention_mask, token_type_ids, position_ids):
        return self.back(self.embed(input_ids).mean(1))[:, :4] + self.row


class ManyTensors(torch.nn.Module):
    def __init__(self, count=2000):
        super().__init__()
        self.embed = torch.nn.Embedding(30, 4)
        self.embed.weight.data = torch.arange(120.).reshape(30, 4) / 64
        for i in range(count):
            self.register_buffer(f"t{i}", torch.full((3,), float(i)))

    def forward(self, input_ids, attention_mask, token_type_ids, position_ids):
        return self.embed(input_ids).mean(1) + self.t1999.sum()


class Words(Embedder):
    """Texts of other alphabets in attributes of every kind."""

    def __init__(self):
        super().__init__()
        self.label = "größe \U0001f600 日本語\u2028"
        self.names = {"ключ": ["значение", ""], "naïve": ["\\u005f", "'\"\n"]}

    def forward(self, input_ids, attention_mask, token_type_ids, position_ids):
        return self.inner(self.embed(input_ids).mean(1)) + len(self.label) + len(self.names["ключ"][0])


class Bytes(torch.nn.Module):
    """Weights of eight bits that torch knows nothing of."""

    def __init__(self):
        super().__init__()
        self.register_buffer("weight", (torch.arange(120) - 60).to(torch.int8).reshape(30, 4))

    def forward(self, input_ids, attention_mask, token_type_ids, position_ids):
        return (self.weight[input_ids].to(torch.float32) / 16).mean(1)


class Convolutions(torch.nn.Module):
    """What optimisation for inference finds something in."""

    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Embedding(30, 4)
        self.embed.weight.data = torch.arange(120.).reshape(30, 4) / 64
        self.conv = torch.nn.Conv1d(4, 4, 1)
        self.linear = torch.nn.Linear(4, 4)

    def forward(self, input_ids, attention_mask, token_type_ids, position_ids):
        return self.linear(torch.relu(self.conv(self.embed(input_ids).transpose(1, 2)).mean(2)))


def inputs(ids):
    length = len(ids)
    return (torch.tensor([ids]), torch.ones(1, length, dtype=torch.int64), torch.zeros(1, length, dtype=torch.int64),
            torch.arange(length).unsqueeze(0))


def scripted(module):
    return torch.jit.script(module.eval())


def traced(module):
    return torch.jit.trace(module.eval(), inputs([2, 11, 12, 3]))


def frozen(module):
    return torch.jit.freeze(scripted(module))


def optimised(module):
    return torch.jit.optimize_for_inference(scripted(module))


def quantised(per_channel=False, outputs=4):
    """torch's own dynamic quantisation."""
    from torch.ao import quantization
    kind = quantization.per_channel_dynamic_qconfig if per_channel else quantization.default_dynamic_qconfig
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return quantization.quantize_dynamic(Linears(outputs).eval(), {torch.nn.Linear: kind})


def saved(module, extra=None):
    data = io.BytesIO()
    torch.jit.save(module if isinstance(module, torch.jit.ScriptModule) else scripted(module), data,
                   _extra_files=extra)
    return data.getvalue()


def state_dict():
    data = io.BytesIO()
    torch.save(Embedder().state_dict(), data)
    return data.getvalue()


# ---- what cannot be looked into ----

@torch.jit.interface
class Interface(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pass


class Doubles(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + x


class ByInterface(torch.nn.Module):
    inner: Interface

    def __init__(self):
        super().__init__()
        self.inner = Doubles()

    def forward(self, input_ids, attention_mask, token_type_ids, position_ids):
        return self.inner.forward(input_ids.to(torch.float32))


def doubled(x):
    return torch.as_strided(x + x, [1, 4], [4, 1])


class Forking(torch.nn.Module):
    def forward(self, input_ids, attention_mask, token_type_ids, position_ids):
        return torch.jit.wait(torch.jit.fork(doubled, input_ids.to(torch.float32)))


class Prints(torch.nn.Module):
    def forward(self, input_ids, attention_mask, token_type_ids, position_ids):
        print(input_ids)
        return input_ids.to(torch.float32)


# ---- where an operation can be ----

def strided(x: torch.Tensor) -> torch.Tensor:
    return torch.as_strided(x, [1, 4], [4, 1], 0)


def before(self, input: Tuple[torch.Tensor]) -> Tuple[torch.Tensor]:
    return (torch.as_strided(input[0], [1, 4], [4, 1], 0),)


def after(self, input: Tuple[torch.Tensor], result: torch.Tensor) -> torch.Tensor:
    return torch.as_strided(result, [1, 4], [4, 1], 0)


class HookBefore(Embedder):
    def __init__(self):
        super().__init__()
        self.inner.register_forward_pre_hook(before)


class HookAfter(Embedder):
    def __init__(self):
        super().__init__()
        self.inner.register_forward_hook(after)


class Property(Embedder):
    @property
    def weight(self) -> torch.Tensor:
        return torch.as_strided(self.inner.weight, [1, 4], [4, 1], 0)


class Holder:
    def __init__(self, x: torch.Tensor):
        self.x = torch.as_strided(x, [1, 4], [4, 1], 0)


class InAClass(Embedder):
    def forward(self, input_ids, attention_mask, token_type_ids, position_ids):
        return Holder(input_ids.to(torch.float32)).x


class InAComprehension(Embedder):
    def forward(self, input_ids, attention_mask, token_type_ids, position_ids):
        return torch.stack([torch.as_strided(x, [1, 4], [4, 1], 0) for x in [input_ids, input_ids]])


class NeverCalled(Embedder):
    @torch.jit.export
    def other(self, x):
        return strided(x)


HIDING = [HookBefore, HookAfter, Property, InAClass, InAComprehension, NeverCalled]


class Pictures(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Embedding(30, 4)
        self.conv = torch.nn.Conv2d(1, 4, (1, 4))

    def forward(self, input_ids, attention_mask, token_type_ids, position_ids):
        return torch.relu(self.conv(self.embed(input_ids).unsqueeze(1))).mean([2, 3])
