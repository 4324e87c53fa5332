/* torch_steps.h - what a model's graph does with its weights, read from it for the packed encoder
 * (inferd/packed.h).
 *
 * Thread: any; pure. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENGINE_TORCH_STEPS_H
#define INFERD_ENGINE_TORCH_STEPS_H

#include "inferd/packed.h"
#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>
#include <torch/csrc/jit/ir/ir.h>
#include <vector>

/* Weights are borrowed from the module, and from the graph's constants. */
class inf_engine_steps
{
  public:
    /* self: the module whose forward's graph will be read. */
    explicit inf_engine_steps(const c10::IValue &self) : self_(self)
    {
    }

    /* Reads an inlined graph's block: what it does with weights, in its order. */
    void read(const torch::jit::Block *block);
    /* What a few texts prove holds for all only if the same is done to all. */
    bool has_branches() const
    {
        return has_branches_;
    }
    /* Is a linear layer's input computed, and yet the same for all texts? Freezing the module
     * shows what comes out. */
    bool has_fixed_parts() const
    {
        return has_fixed_parts_;
    }
    inf_steps steps() const
    {
        return {items_.data(), items_.size(), head_size_};
    }

  private:
    void read(const torch::jit::Node *node);
    void branch(const torch::jit::Node *node);
    void embedding(const torch::jit::Node *node);
    void linear(const torch::jit::Node *node);
    void product(const torch::jit::Node *node);
    void bias(const torch::jit::Node *node);
    void norm(const torch::jit::Node *node);
    void gelu(const torch::jit::Node *node);
    void activation(inf_activation which);
    void shape(const torch::jit::Node *node);
    void distances(const torch::jit::Node *node);
    void buckets(const torch::jit::Node *node);
    at::Tensor tensor(const torch::jit::Node *node, size_t input) const;
    at::Tensor part(const torch::jit::Value *value, int depth) const;
    bool is_fixed(const torch::jit::Value *value, int depth) const;
    bool are_equal(const torch::jit::Value *a, const torch::jit::Value *b, int depth) const;
    void push_linear(const torch::jit::Node *node, inf_step step);
    inf_step layer_of(const torch::jit::Node *node) const;

    c10::IValue self_;
    std::vector<inf_step> items_;
    std::vector<const torch::jit::Value *> linear_outputs_; /* of those that read texts */
    int head_size_ = 0;
    bool has_branches_ = false, has_fixed_parts_ = false;
};

#endif
