# SPDX-License-Identifier: Apache-2.0
"""Definitions whose archive is in order, and whose pickle programs or source text are not.

libtorch believes what the program says of tensors, and makes objects of native classes of what it gives them; and
source text runs. All are made from small real models by changing one number, one name or one line.
"""

import math
import pickle

import pytest

from support.daemon import ROOT

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")

from support import file_models, hostile_files, plain_torch  # noqa: E402
from support.hostile_files import (  # noqa: E402
    Record, calling, changed, constructor, integer, numbers, real, string, with_source, with_storage, with_tensor,
    with_value)

CODE = "code/__torch__/support/file_models.py"
BASE = file_models.saved(file_models.Embedder())
FROZEN = file_models.saved(file_models.frozen(file_models.Embedder()))
FROZEN_CODE = next(one.name for one in hostile_files.records_of(FROZEN) if one.name.endswith(".py"))
TENSOR = file_models.saved(file_models.quantised())
CHANNEL = file_models.saved(file_models.quantised(per_channel=True))
TIED = file_models.saved(file_models.Tied())
CANARY = ROOT / "canary-of-the-attacks"


# ---- programs that call ----

class Evil:
    """What a pickle of it does when Python reads it."""

    def __reduce__(self):
        import os
        return os.system, (f"touch {CANARY}",)


CALLS = [("os", "system"), ("posix", "system"), ("nt", "system"), ("builtins", "eval"), ("builtins", "exec"),
         ("builtins", "getattr"), ("__builtin__", "eval"), ("subprocess", "Popen"), ("torch", "load"),
         ("torch.serialization", "load"), ("torch.storage", "_load_from_bytes"), ("torch._utils", "_rebuild_tensor"),
         ("torch._utils", "_rebuild_parameter"), ("torch.jit", "load"), ("torch.hub", "load"),
         ("torch.nn.modules.linear", "Linear"), ("numpy.core.multiarray", "_reconstruct"),
         ("copyreg", "_reconstructor"), ("__torch__.torch.classes.profiling", "SourceRef"),
         ("torch.jit._pickle", "restore_type_tag2")]


@pytest.mark.parametrize("record", ["data.pkl", "constants.pkl"])
@pytest.mark.parametrize("module, name", CALLS)
def test_calls(gate, record, module, name):
    program = calling(module, name, f"touch {CANARY}")
    gate.refused(changed(BASE, {record: lambda _: program}),
                 f"[{record}] at byte 2: constructor [{module}.{name}] is not one that a TorchScript file needs")
    assert not CANARY.exists()


@pytest.mark.parametrize("protocol", range(6))
def test_python_s_own_pickles(gate, protocol):
    program = pickle.dumps(Evil(), protocol)
    gate.refused(changed(BASE, {"data.pkl": lambda _: program}), "[data.pkl] at byte 0: protocol [" if protocol > 2 else
                 "[posix.system] is not one" if protocol == 2 else "the program begins with 0x")
    assert not CANARY.exists()


def test_the_canary_would_sing(tmp_path):
    """The same pickle, where something does read it."""
    canary = tmp_path / "canary"
    pickle.loads(calling("posix", "system", f"touch {canary}"))
    assert canary.exists()


# ---- numbers that lie ----

def native_class(old, new):
    """TENSOR with an object of another of libtorch's classes."""
    def change(record):
        assert record.content.count(constructor(*old)) == 1
        return record.content.replace(constructor(*old), constructor(*new))
    return changed(TENSOR, {"data.pkl": change})


PACKED = ("__torch__.torch.classes.quantized", "LinearPackedParamsBase")
HUGE = (1 << 63) - 1


def quantised(definition, part, code):
    """TENSOR or CHANNEL whose quantiser has another part: of the tensor that is given seven values."""
    def find(program):
        tensor, = (one for one in program.tensors if len(one.items) == 7)
        return tensor[4][part]
    return with_value(definition, find, code)


def lies_of(definition, record):
    """Each field of the first tensor, which has 120 floats in [30, 4]."""
    def storage(field, code):
        return lambda: with_storage(definition, 0, field, code, record)

    def tensor(field, code):
        return lambda: with_tensor(definition, 0, field, code, record)

    def claims(values, size=4):
        return f"storage [0] claims [{values}] values of [{size}] bytes, but its record has [480] bytes"

    sizes, strides = "size [0] of a tensor is [{}]".format, "stride [1] of a tensor is [{}]".format
    return {
        "count larger": (claims(121), storage("count", integer(121))),
        "count smaller": (claims(119), storage("count", integer(119))),
        "count zero": (claims(0), storage("count", integer(0))),
        "count negative": (claims(-1), storage("count", integer(-1))),
        "count huge": (claims(HUGE), storage("count", integer(HUGE))),
        "count too wide": ("a wide int has [9] bytes, not [8]", storage("count", integer(1 << 64))),
        "count a float": ("a storage's number of values is a float, not an int", storage("count", real(120.0))),
        "count a word": ("a storage's number of values is a string, not an int", storage("count", string("120"))),
        "type wider": (claims(120, 8), storage("type", constructor("torch", "DoubleStorage"))),
        "type narrower": (claims(120, 2), storage("type", constructor("torch", "HalfStorage"))),
        "type quantised": (claims(120, 1), storage("type", constructor("torch", "QInt8Storage"))),
        "type quantised of four": ("a plain tensor is made of [QInt32Storage]",
                                   storage("type", constructor("torch", "QInt32Storage"))),
        "type unknown": ("constructor [torch.StringStorage] is not one",
                         storage("type", constructor("torch", "StringStorage"))),
        "type untyped": ("constructor [torch.storage.UntypedStorage] is not one",
                         storage("type", constructor("torch.storage", "UntypedStorage"))),
        "type a function": ("[torch._utils._rebuild_tensor_v2] is no type of a storage",
                            storage("type", constructor("torch._utils", "_rebuild_tensor_v2"))),
        "key of none": ("storage [77] has no record", storage("key", string("77"))),
        "key a path": ("a storage's key is [../data/0], not a number", storage("key", string("../data/0"))),
        "key of a file": ("a storage's key is [/etc/hosts], not a number", storage("key", string("/etc/hosts"))),
        "key another's spelling": ("storage [00] has no record", storage("key", string("00"))),
        "key empty": ("a storage's key is [], not a number", storage("key", string(""))),
        "key long": ("has [30] bytes, at most [19]", storage("key", string("1" * 30))),
        "key a number": ("a storage's key is an int, not a string", storage("key", integer(0))),
        "kind": ("a persistent id names a [module], not a [storage]", storage("kind", string("module"))),
        "device": ("a storage's device is [meta], not [cpu] or [cuda:N]", storage("device", string("meta"))),
        "offset larger": ("reaches to value [121] of its storage, which has [120]", tensor("offset", integer(1))),
        "offset negative": ("the offset of a tensor is [-1]", tensor("offset", integer(-1))),
        "offset huge": ("the sizes and strides of a tensor are too large", tensor("offset", integer(HUGE))),
        "sizes larger": ("reaches to value [124] of its storage", tensor("sizes", numbers(31, 4))),
        "sizes negative": (sizes(-30), tensor("sizes", numbers(-30, 4))),
        "sizes overflow": ("the sizes and strides of a tensor are too large", tensor("sizes", numbers(1 << 62, 4))),
        "sizes overflow and zero": ("the sizes and strides of a tensor are too large",
                                    lambda: with_tensor(
                                        with_tensor(definition, 0, "sizes", numbers(0, 1 << 62, 8), record), 0,
                                        "strides", numbers(1, 1, 1), record)),
        "sizes fewer": ("a tensor has [1] sizes, but [2] strides", tensor("sizes", numbers(30))),
        "sizes more": ("a tensor has [3] sizes, but [2] strides", tensor("sizes", numbers(30, 2, 2))),
        "sizes a float": ("size [0] of a tensor is a float, not an int", tensor("sizes", b"(" + real(30.) + b"K\4t")),
        "sizes many": ("a tensor has [65] sizes, at most [64]", tensor("sizes", numbers(*[1] * 65))),
        "sizes a list": ("the sizes of a tensor are a list, not a tuple", tensor("sizes", b"]")),
        "strides larger": ("reaches to value [149] of its storage", tensor("strides", numbers(5, 1))),
        "strides negative": (strides(-1), tensor("strides", numbers(4, -1))),
        "strides overflow": ("the sizes and strides of a tensor are too large",
                             tensor("strides", numbers(1 << 62, 1))),
        "strides fewer": ("a tensor has [2] sizes, but [1] strides", tensor("strides", numbers(4))),
        "gradients a number": ("whether a tensor has gradients is an int, not a bool", lambda: with_value(
            definition, lambda program: program.tensors[0][4], integer(1), record)),
    }


# Forty times a pair of what is there.
TREE = b"\x80\x02)" + b"".join(b"q%ch%c\x86" % (i, i) for i in range(40)) + b"."
LIES = {f"{record}: {case}": lie for definition, record in ((BASE, "data.pkl"), (FROZEN, "constants.pkl"))
        for case, lie in lies_of(definition, record).items()}
LIES.update({
    "a view of what is behind the record": ("storage [0] claims [200] values of [4] bytes", lambda: with_tensor(
        with_storage(BASE, 0, "count", integer(200)), 0, "sizes", numbers(50, 4))),
    "tied: a view past the end": ("reaches to value [252] of its storage, which has [120]", lambda: with_tensor(
        TIED, 1, "offset", integer(132))),
    "scale nan": ("the scale of a quantised tensor is [nan]", lambda: quantised(TENSOR, 1, real(math.nan))),
    "scale infinite": ("the scale of a quantised tensor is [inf]", lambda: quantised(TENSOR, 1, real(math.inf))),
    "scale an int": ("the scale of a quantised tensor is an int, not a float",
                     lambda: quantised(TENSOR, 1, integer(1))),
    "zero point a float": ("the zero point of a quantised tensor is a float, not an int",
                           lambda: quantised(TENSOR, 2, real(0.))),
    "scheme another": ("a quantiser [torch.per_channel_affine] has [3] parts, not [4]",
                       lambda: quantised(TENSOR, 0, constructor("torch", "per_channel_affine"))),
    "scheme unknown": ("constructor [torch.per_tensor_symmetric] is not one",
                       lambda: quantised(TENSOR, 0, constructor("torch", "per_tensor_symmetric"))),
    "scheme no scheme": ("[torch.QInt8Storage] is no scheme of a quantiser",
                         lambda: quantised(TENSOR, 0, constructor("torch", "QInt8Storage"))),
    "axis out of range": ("the axis of the channels is [2], but the tensor has [2] dimensions",
                          lambda: quantised(CHANNEL, 3, integer(2))),
    "axis negative": ("the axis of the channels is [-1]", lambda: quantised(CHANNEL, 3, integer(-1))),
    "axis huge": ("the axis of the channels is [9223372036854775807]",
                  lambda: quantised(CHANNEL, 3, integer(HUGE))),
    "scales fewer": ("the tensor of scales has [1] dimensions and [3] values, but there are [4] channels",
                     lambda: with_tensor(CHANNEL, 1, "sizes", numbers(3))),
    "scales of another type": ("the tensor of scales is of type [LongStorage]", lambda: with_storage(
        CHANNEL, 1, "type", constructor("torch", "LongStorage"))),
    "zero points fewer": ("the tensor of zero points has [1] dimensions and [3] values, but there are [4] channels",
                          lambda: with_tensor(CHANNEL, 2, "sizes", numbers(3))),
    "zero points of another type": ("the tensor of zero points is of type [DoubleStorage]", lambda: with_storage(
        CHANNEL, 2, "type", constructor("torch", "DoubleStorage"))),
    "quantised: count larger": ("storage [1] claims [17] values of [1] bytes", lambda: with_storage(
        TENSOR, 1, "count", integer(17))),
    "quantised: sizes larger": ("reaches to value [20] of its storage, which has [16]", lambda: with_tensor(
        TENSOR, 1, "sizes", numbers(5, 4))),
    "quantised: of plain": ("a quantised tensor is made of [CharStorage]", lambda: with_storage(
        TENSOR, 1, "type", constructor("torch", "CharStorage"))),
    "packed: weight of one dimension": ("LinearPackedParamsBase] is not one that torch writes", lambda: with_tensor(
        with_tensor(TENSOR, 1, "sizes", numbers(4)), 1, "strides", numbers(1))),
    "packed: bias too short": ("LinearPackedParamsBase] is not one that torch writes", lambda: with_tensor(
        TENSOR, 2, "sizes", numbers(3))),
    "packed: an embedding": ("EmbeddingPackedParamsBase] is not one that torch writes", lambda: native_class(
        PACKED, (PACKED[0], "EmbeddingPackedParamsBase"))),
    "packed: a cell": ("CellParamsBase] is not one that torch writes", lambda: native_class(
        PACKED, ("__torch__.torch.classes.rnn", "CellParamsBase"))),
    "packed: a convolution": ("Conv2dPackedParamsBase] is not one that torch writes", lambda: native_class(
        PACKED, (PACKED[0], "Conv2dPackedParamsBase"))),
    "an int for the model": ("the program leaves an int, not an object of the file's own classes", lambda: changed(
        BASE, {"data.pkl": lambda _: b"\x80\x02K\x01."})),
    "bytes behind": ("[1] bytes follow STOP", lambda: changed(BASE, {"data.pkl": lambda r: r.content + b"."})),
    "no STOP": ("the program ends without STOP", lambda: changed(BASE, {"data.pkl": lambda r: r.content[:-1]})),
    "an empty program": ("the program is empty", lambda: changed(BASE, {"data.pkl": lambda _: b""})),
    "deep": ("values lie more than 512 deep in values", lambda: changed(
        BASE, {"constants.pkl": lambda _: b"\x80\x02)" + b"\x85" * 100000 + b"."})),
    "a tree of billions": ("shared ones counted", lambda: changed(BASE, {"constants.pkl": lambda _: TREE})),
})
for module, name in (("xnnpack", "LinearOpContext"), ("xnnpack", "Conv2dOpContext"), ("mkldnn", "ConvOpContext"),
                     ("sparse", "LinearPackedParamsBase"), ("_nnapi", "Compilation"), ("dist_rpc", "WorkerInfo"),
                     ("c10d", "ProcessGroup"), ("quantized", "Conv1dPackedParamsBase"), ("aoti", "AOTIModelContainer")):
    LIES[f"native {module}.{name}"] = (
        f"constructor [__torch__.torch.classes.{module}.{name}"[:70],
        lambda module=module, name=name: native_class(PACKED, (f"__torch__.torch.classes.{module}", name)))


@pytest.mark.parametrize("case", LIES)
def test_lies(gate, case):
    fragment, make = LIES[case]
    gate.refused(make(), fragment)


# ---- source text ----

RETURN = "    return torch.linear(x, weight)\n"
HOOK = '''  def __{}state__(self: __torch__.support.file_models.Inner{}) -> {}:
    return None
'''
GHOST = Record("code/__torch__/ghost.py", b'''class Ghost(Module):
  __parameters__ = []
  __buffers__ = []
  def __setstate__(self: __torch__.ghost.Ghost, state: int) -> NoneType:
    return None
''', deflated=True)


CIRCLE = Record("code/__torch__/circle.py", b"".join(
    b"def %c(x: Tensor) -> Tensor:\n  _0 = __torch__.circle.%c\n  return _0(x, )\n" % (one, other)
    for one, other in (b"fg", b"gf")))


def adding(text):
    return lambda: with_source(BASE, {RETURN: RETURN + text}, CODE)


def returning(text):
    """BASE whose inner module computes something else."""
    return lambda: with_source(BASE, {RETURN: "    " + text + "\n"}, CODE)


RUNNING = HOOK.format("get", "", "Any") + HOOK.format("set", ", state: Any", "NoneType").replace(
    "    return", '    ops.prim.RaiseException("the hook has run")\n    return')
WRITTEN = {
    "hooks that run": ("has the state hook [__setstate__], whose code would run while", adding(RUNNING)),
    "setstate in a submodule": ("has the state hook [__setstate__]",
                                adding(HOOK.format("set", ", state: int", "NoneType"))),
    "getstate": ("has the state hook [__getstate__]", adding(HOOK.format("get", "", "NoneType"))),
    "setstate of a class that nobody makes": ("[code/__torch__/ghost.py] line [4] has the state hook",
                                              lambda: changed(BASE, more=[GHOST])),
    "setstate in a comment": ("has the state hook [__setstate__]", adding("  # __setstate__\n")),
    "setstate over two lines": ("cannot read it: expected ( but found 'ident' here",
                                adding(HOOK.format("set\\\n", "", "NoneType"))),
    "setstate with an escape": ("cannot read it: expected a valid token but found",
                                adding(HOOK.format("\\u0073et", "", "NoneType"))),
    "setstate in wide letters": ("cannot read it: expected a valid token but found",
                                 adding(HOOK.format("\uff53et", ", state: int", "NoneType"))),
    "a control character": ("has the control character [0x00]", adding("\0")),
    "nesting": ("has more than [200] brackets in one another", returning("return " + "(" * 201 + "x" + ")" * 201)),
    "negations": ("ended by signal 11 (Segmentation fault)", returning("return torch.add(x, " + "-" * 100000 + "1)")),
    "sums": ("ended by signal 11 (Segmentation fault)", returning("return " + "x + " * 100000 + "x")),
    "choices": ("ended by signal 11 (Segmentation fault)", returning("return " + "x if True else " * 100000 + "x")),
    "10 MB of comments": ("ended by signal 11 (Segmentation fault)",
                          returning("return x\n" + ("#" + "a" * 98 + "\n") * 100000)),
    "recursion": ("cannot read it: method 'forward' is called recursively", returning("return (self).forward(x, )")),
    "recursion in a circle": ("cannot read it: function 'f' is called recursively", lambda: changed(with_source(
        BASE, {RETURN: "    _0 = __torch__.circle.f\n    return _0(x, )\n"}, CODE), more=[CIRCLE])),
    "no text at all": ("cannot read it: Function was not annotated as having type None", returning("")),
    "an unknown operation": ("cannot read it: Unknown builtin op: aten::rolu", returning("return torch.rolu(x)")),
    "an unknown constant": ("cannot read it: constant index 99 is out of bounds",
                            returning("return torch.add(x, CONSTANTS.c99)")),
}


@pytest.mark.parametrize("case", WRITTEN)
def test_source(gate, case):
    fragment, make = WRITTEN[case]
    gate.refused(make(), fragment)


OPERATIONS = {
    "from_file": ("[aten::from_file]", 'return torch.from_file("/etc/passwd", False, 64, dtype=0)'),
    "save": ("[aten::save]", 'ops.aten.save(x, "/tmp/x")\n    return x'),
    "as_strided": ("[aten::as_strided]", "return torch.as_strided(x, [1, 4], [4, 1], 1000000)"),
    "as_strided as a method": ("[aten::as_strided]", "return (x).as_strided([1, 4], [4, 1], 1000000)"),
    "as_strided by ops": ("[aten::as_strided]", "return ops.aten.as_strided(x, [1, 4], [4, 1], 1000000)"),
    "as_strided by another name": ("[aten::as_strided]",
                                   "f = torch.as_strided\n    return f(x, [1, 4], [4, 1], 1000000)"),
    "as_strided in place": ("[aten::as_strided_]", "return torch.as_strided_(x, [1, 4], [4, 1], 1000000)"),
    "as_strided in a branch never taken": ("[aten::as_strided]", """if torch.lt(torch.dim(x), 0):
      y = torch.as_strided(x, [1, 4], [4, 1], 1000000)
    else:
      y = x
    return y"""),
    "_reshape_alias": ("[aten::_reshape_alias]", "return torch._reshape_alias(x, [1, 4], [4, 1000000])"),
    "set_": ("[aten::set_]", "return torch.set_(x, weight)"),
    "resize_": ("[aten::resize_]", "return torch.resize_(x, [1, 1000000])"),
    "resize_as_": ("[aten::resize_as_]", "return torch.resize_as_(x, weight)"),
    "empty_strided": ("[aten::empty_strided]", "return torch.empty_strided([1, 4], [1000, 1])"),
    "unsafe sparse": ("[aten::_sparse_coo_tensor_unsafe]", "return torch._sparse_coo_tensor_unsafe(x, x, [4, 4])"),
    "packing": ("[quantized::linear_prepack_fp16_legacy]",
                "return ops.quantized.linear_prepack_fp16_legacy(weight, None)"),
    "an identity": ("[prim::id]", "return torch.add(x, ops.prim.id(self))"),
}


@pytest.mark.parametrize("case", OPERATIONS)
def test_operations(gate, case):
    name, text = OPERATIONS[case]
    report = gate.refused(returning(text)(), f"operation {name} in function [")
    assert name[1:-1] in {one["operation"] for one in report["findings"] if one["class"] == "forbidden"}


def test_in_a_function_of_another_record(gate):
    """From a function that a nested module's forward reaches, three records away."""
    helper = b'''def deep(x: Tensor) -> Tensor:
  _0 = __torch__.deeper.deeper
  return _0(x, )
'''
    deeper = b'''def deeper(x: Tensor) -> Tensor:
  return torch.as_strided(x, [1, 4], [4, 1], 1000000)
'''
    definition = with_source(BASE, {RETURN: "    _0 = __torch__.deep.deep\n    return _0(x, )\n"}, CODE)
    gate.refused(changed(definition, more=[Record("code/__torch__/deep.py", helper),
                                           Record("code/__torch__/deeper.py", deeper, deflated=True)]),
                 "operation [aten::as_strided] in function [")


@pytest.mark.parametrize("module, operation", [(file_models.Forking, "prim::fork"),
                                               (file_models.ByInterface, "prim::CallMethod")])
def test_what_cannot_be_looked_into(gate, module, operation):
    gate.refused(file_models.saved(module()), f"operation [{operation}] in function [")


@pytest.mark.parametrize("module", file_models.HIDING)
def test_where_code_hides(gate, module):
    where = "[__torch__.support.file_models."
    gate.refused(file_models.saved(module()), f"operation [aten::as_strided] in function {where}")


def test_methods_with_names_of_python_s(gate):
    """Python would run some of them while an object is made or goes; TorchScript never does."""
    methods = "".join(f"  def __{name}__(self: __torch__.support.file_models.Inner) -> NoneType:\n"
                      f'    ops.prim.RaiseException("it has run")\n    return None\n'
                      for name in ("new", "init", "del", "call", "reduce", "getattr"))
    assert gate.vectors(adding(methods)(), "alpha beta") == gate.vectors(BASE, "alpha beta")


def test_prints(gate):
    gate.refused(file_models.saved(file_models.Prints()), "operation [prim::Print] in function [", "needs_approval")


def test_writes_into_constants(gate):
    changes = {"torch.embedding(CONSTANTS.c0": "torch.embedding(torch.mul_(CONSTANTS.c0, 2)"}
    gate.refused(with_source(FROZEN, changes, FROZEN_CODE), "writes into a constant, which no model may")


def test_writes_into_attributes(gate):
    gate.refused(returning("return torch.linear(x, torch.mul_(weight, 2))")(),
                 "writes into an attribute of the model, where other requests would see it", "needs_approval")


# ---- without us ----

BELIEVED = [
    "data.pkl: count larger", "data.pkl: type wider", "data.pkl: type narrower", "data.pkl: sizes overflow and zero",
    "constants.pkl: count larger", "constants.pkl: type wider", "scale nan", "axis out of range", "axis huge",
    "zero points of another type", "quantised: count larger", "a view of what is behind the record", "bytes behind",
    "deep", "a tree of billions"]


def test_torch_believes_it(tmp_path):
    """torch.jit.load takes these, so it is the vetting alone that refuses them. One of them has 80 values of what lies
    in memory behind its weights; and a hook runs before anybody can have looked at it."""
    definitions = {case: LIES[case][1]() for case in BELIEVED}
    hooks = WRITTEN["hooks that run"][1]()
    said = plain_torch.verdicts(tmp_path, {**definitions, "as it is": BASE, "hooks": hooks})
    assert said["as it is"] == "loads 141"
    assert said["a view of what is behind the record"] == "loads 221"
    assert "the hook has run" in said.pop("hooks")
    assert [case for case, words in said.items() if not words.startswith("loads ")] == []
