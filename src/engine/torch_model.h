/* torch_model.h - what the files that know libtorch share (torch_*.cc, the only C++).
 *
 * Thread: as engine.h says. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENGINE_TORCH_MODEL_H
#define INFERD_ENGINE_TORCH_MODEL_H

#include "inferd/engine.h"
#include <ATen/core/Tensor.h>
#include <memory>
#include <optional>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>

struct inf_engine_proof;

struct inf_engine_model {
    torch::jit::Module module;                           /* of nothing where `packed` answers */
    std::optional<torch::jit::Method> forward;           /* likewise */
    struct inf_packed *packed = nullptr;                 /* taken over from another process */
    std::shared_ptr<struct inf_engine_proof> proof = {}; /* torch_pack.cc, once it is proven */
};

/* To be called in a catch block: what was thrown, as a sentence. Returns -1. */
int inf_engine_complain_of_exception(char *reason, size_t reason_size) noexcept;

/* torch_pack.cc: an answer as the module would give it. Throws with the reason. */
at::Tensor inf_engine_answer_packed(struct inf_packed *packed, const inf_engine_input &input);

/* torch_values.cc. A copy of the function's graph with all that it calls put in its place. */
std::shared_ptr<torch::jit::Graph> inf_engine_inlined(torch::jit::Function &function);

/* torch_values.cc. The tensor that a value of forward's inlined graph always is: a constant, or an
 * attribute of self or of what it holds; else one that is not defined. */
at::Tensor inf_engine_tensor_of(const torch::jit::Value *value, const c10::IValue &self);

/* torch_values.cc. Throws, naming the attribute or constant, when the value, or one in it, is not
 * of the type that the code gives it. */
void inf_engine_check_value(const c10::IValue &value, const c10::Type &type);

/* Throws when the node takes more items of a tuple than its type has, which the interpreter would
 * look for behind the tuple. Compilers drop casts, so types may not be what the source said. */
void inf_engine_check_parts(const torch::jit::Node *node);

#endif
