/* How the weights of linear layers lie in memory, so that this processor multiplies fast by them.
 *
 * A linear layer keeps its weight as [out, in] and multiplies by the transposed. For a short text
 * the library then spends more time on turning the weight than on multiplying; a weight that lies
 * turned already, with the same shape and the same values, spares it that. Whether it pays depends
 * on the processor and on the size, so each size is timed with both. The sums are the same, but for
 * few rows the library may add them up in another order.
 *
 * Only weights that nothing but linear layers reads are touched: looking up rows of one that lies
 * turned would be slow. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"
#include "torch_model.h"

#include <ATen/Functions.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace
{

constexpr int64_t LEAST = 64; /* rows and columns of a weight worth the trouble */
constexpr int64_t TOKENS[] = {8, 16, 32, 64, 128}; /* rows of what it is multiplied by, in trials */
constexpr int TRIALS = 3;                          /* of each; the fastest counts */
constexpr double GAIN = 1.03;                      /* in the geometric mean, for it to be done */

/* ---- which weights ---- */

/* What forward reads: weights of linear layers, and whatever else. Memory tells which is which, as
 * several tensors may share it. */
class Reading
{
  public:
    explicit Reading(const c10::IValue &self) : self_(self)
    {
    }

    void block(const torch::jit::Block *block)
    {
        for (const torch::jit::Node *node : block->nodes()) {
            for (const torch::jit::Value *output : node->outputs())
                value(output);
            for (const torch::jit::Block *inner : node->blocks())
                this->block(inner);
        }
    }

    /* Each once. */
    std::vector<at::Tensor> weights() const
    {
        std::vector<at::Tensor> found;
        for (const auto &[memory, tensor] : linear_)
            if (other_.count(memory) == 0)
                found.push_back(tensor);
        return found;
    }

  private:
    void value(const torch::jit::Value *value)
    {
        at::Tensor tensor = inf_engine_tensor_of(value, self_);

        if (!tensor.defined() || !tensor.has_storage())
            return;
        const void *memory = tensor.storage().data();
        auto known = linear_.find(memory);
        bool is_weight = can_turn(tensor) && only_linear(value) &&
                         (known == linear_.end() || known->second.is_same(tensor));
        if (is_weight)
            linear_.emplace(memory, tensor);
        else
            other_.insert(memory);
    }

    static bool can_turn(const at::Tensor &tensor)
    {
        return tensor.layout() == at::kStrided && tensor.scalar_type() == at::kFloat &&
               tensor.dim() == 2 && tensor.is_contiguous() && tensor.size(0) >= LEAST &&
               tensor.size(1) >= LEAST && tensor.storage_offset() == 0 &&
               tensor.storage().nbytes() == tensor.nbytes();
    }

    static bool only_linear(const torch::jit::Value *value)
    {
        for (const torch::jit::Use &use : value->uses())
            if (use.user->kind() != c10::aten::linear || use.offset != 1)
                return false;
        return true;
    }

    const c10::IValue self_;
    std::map<const void *, at::Tensor> linear_;
    std::set<const void *> other_;
};

/* ---- whether it pays ---- */

at::Tensor turned(const at::Tensor &weight)
{
    return weight.t().contiguous().t();
}

double seconds(const at::Tensor &input, const at::Tensor &weight)
{
    int64_t best = INT64_MAX;

    for (int i = 0; i < TRIALS; i++) {
        int64_t from = inf_clock_ns(CLOCK_THREAD_CPUTIME_ID);
        at::linear(input, weight);
        best = std::min(best, inf_clock_ns(CLOCK_THREAD_CPUTIME_ID) - from);
    }
    return static_cast<double>(best) / 1e9;
}

bool pays(const at::Tensor &weight)
{
    at::Tensor other = turned(weight);
    double gain = 1, count = 0;

    for (int64_t tokens : TOKENS) {
        at::Tensor input = at::ones({tokens, weight.size(1)});
        gain *= seconds(input, weight) / seconds(input, other);
        count++;
    }
    return gain >= std::pow(GAIN, count);
}

} /* namespace */

void inf_engine_arrange(struct inf_engine_model *model)
{
    try {
        c10::InferenceMode inference;
        std::map<std::pair<int64_t, int64_t>, bool> sizes;
        std::shared_ptr<torch::jit::Graph> graph = inf_engine_inlined(model->forward->function());
        Reading reading(model->module._ivalue());
        reading.block(graph->block());
        for (at::Tensor &weight : reading.weights()) {
            auto known = sizes.find({weight.size(0), weight.size(1)});
            if (known == sizes.end())
                known =
                    sizes.emplace(std::pair{weight.size(0), weight.size(1)}, pays(weight)).first;
            if (known->second)
                weight.set_(turned(weight).storage(), 0, weight.sizes(), {1, weight.size(0)});
        }
    } catch (...) {
        /* It serves as it is. */
    }
}
