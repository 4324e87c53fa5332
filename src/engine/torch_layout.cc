/* How the weights of linear layers lie in memory, so that this processor multiplies fast by them.
 *
 * First, oneDNN may be faster than MKL, which keeps its best code for its maker's processors. It
 * multiplies by weights in an order of its own, and does a GELU that follows in the same pass.
 * Where a trial of each size shows a gain, forward's graph calls it, and the weight as it was is
 * let go.
 *
 * Of the others, a linear layer keeps its weight as [out, in] and multiplies by the transposed. For
 * a short text the library then spends more time on turning the weight than on multiplying; a
 * weight that lies turned already, with the same shape and the same values, spares it that. Whether
 * it pays depends on the processor and on the size, so each size is timed with both. The sums are
 * the same, but for few rows the library may add them up in another order.
 *
 * Only weights that nothing but linear layers reads are touched: looking up rows of one that lies
 * turned would be slow. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"
#include "torch_model.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/sub.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/inliner.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
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

double seconds(const std::function<void()> &call)
{
    int64_t best = INT64_MAX;

    for (int i = 0; i < TRIALS; i++) {
        int64_t from = inf_clock_ns(CLOCK_THREAD_CPUTIME_ID);
        call();
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
        gain *= seconds([&] { at::linear(input, weight); }) /
                seconds([&] { at::linear(input, other); });
        count++;
    }
    return gain >= std::pow(GAIN, count);
}

/* ---- oneDNN ---- */

constexpr double CLOSE = 1e-5; /* to what MKL gives, relative where that is larger than 1 */
constexpr int64_t PROBE = 16;  /* rows */
constexpr int64_t FEW_TOKENS[] = {8, 64}; /* as TOKENS: where it gains, it gains at all sizes */

const c10::Symbol POINTWISE = c10::Symbol::fromQualString("mkldnn::_linear_pointwise");
const c10::Symbol CONSTANT = c10::Symbol::fromQualString("prim::ConstantMKLDNNTensor");

/* A linear layer of constant weights, and the GELU that alone reads it, or NULL. */
struct Layer {
    torch::jit::Node *linear, *gelu;
    at::Tensor weight, bias;
};

at::Tensor reordered(const at::Tensor &weight)
{
    static const auto op = c10::Dispatcher::singleton()
                               .findSchemaOrThrow("mkldnn::_reorder_linear_weight", "")
                               .typed<at::Tensor(const at::Tensor &, std::optional<int64_t>)>();

    return op.call(weight, std::nullopt);
}

at::Tensor multiplied(const at::Tensor &input, const at::Tensor &inner, const at::Tensor &bias,
                      bool gelu)
{
    static const auto op =
        c10::Dispatcher::singleton()
            .findSchemaOrThrow("mkldnn::_linear_pointwise", "")
            .typed<at::Tensor(const at::Tensor &, const at::Tensor &,
                              const std::optional<at::Tensor> &, std::string_view,
                              c10::List<std::optional<at::Scalar>>,
                              std::optional<std::string_view>)>();

    return op.call(input, inner, bias, gelu ? "gelu" : "none",
                   c10::List<std::optional<at::Scalar>>(), gelu ? "none" : "");
}

at::Tensor as_it_was(const at::Tensor &input, const Layer &layer)
{
    at::Tensor answer = at::linear(input, layer.weight, layer.bias);

    return layer.gelu != nullptr ? at::gelu(answer) : answer;
}

bool is_close(const Layer &layer, const at::Tensor &inner)
{
    at::Tensor input = at::sin(at::arange(PROBE * layer.weight.size(1), at::kFloat))
                           .view({PROBE, layer.weight.size(1)});
    at::Tensor right = as_it_was(input, layer);
    at::Tensor found = multiplied(input, inner, layer.bias, layer.gelu != nullptr);
    at::Tensor difference = at::sub(found, right).abs().div(right.abs().clamp_min(1));

    return difference.max().item<double>() <= CLOSE; /* not, where it is no number */
}

/* Than by MKL with the weight as it is, and with the weight turned, whichever is faster. */
bool pays_elsewhere(const Layer &layer, const at::Tensor &inner)
{
    const Layer other = {layer.linear, layer.gelu, turned(layer.weight), layer.bias};
    double gain = 1, count = 0;

    for (int64_t tokens : FEW_TOKENS) {
        at::Tensor input = at::ones({tokens, layer.weight.size(1)});
        gain *= std::min(seconds([&] { as_it_was(input, layer); }),
                         seconds([&] { as_it_was(input, other); })) /
                seconds([&] { multiplied(input, inner, layer.bias, layer.gelu != nullptr); });
        count++;
    }
    return gain >= std::pow(GAIN, count);
}

/* The graph's linear layers of those weights, which nobody else reads. */
class Layers
{
  public:
    Layers(const c10::IValue &self, const std::vector<at::Tensor> &weights) : self_(self)
    {
        for (const at::Tensor &weight : weights)
            known_.insert(weight.storage().data());
    }

    void block(torch::jit::Block *block)
    {
        for (torch::jit::Node *node : block->nodes()) {
            if (node->kind() == c10::aten::linear)
                add(node);
            for (torch::jit::Block *inner : node->blocks())
                this->block(inner);
        }
    }

    /* By weight: all of a weight's layers, or none. */
    const std::map<const void *, std::vector<Layer>> &found() const
    {
        return found_;
    }

  private:
    void add(torch::jit::Node *node)
    {
        at::Tensor weight = inf_engine_tensor_of(node->input(1), self_);
        at::Tensor bias = inf_engine_tensor_of(node->input(2), self_);

        if (!weight.defined() || !weight.has_storage() ||
            known_.count(weight.storage().data()) == 0)
            return;
        bool is_sound = bias.defined() && bias.scalar_type() == at::kFloat && bias.dim() == 1 &&
                        bias.size(0) == weight.size(0) && bias.is_contiguous();
        if (is_sound)
            found_[weight.storage().data()].push_back({node, gelu_of(node), weight, bias});
        else
            known_.erase(weight.storage().data()), found_.erase(weight.storage().data());
    }

    static torch::jit::Node *gelu_of(torch::jit::Node *node)
    {
        const torch::jit::use_list &uses = node->output()->uses();

        if (uses.size() != 1 || uses[0].user->kind() != c10::aten::gelu || uses[0].offset != 0 ||
            uses[0].user->owningBlock() != node->owningBlock())
            return nullptr;
        std::optional<c10::IValue> form = torch::jit::toIValue(uses[0].user->input(1));
        return form.has_value() && form->isString() && form->toStringRef() == "none" ? uses[0].user
                                                                                     : nullptr;
    }

    const c10::IValue self_;
    std::set<const void *> known_;
    std::map<const void *, std::vector<Layer>> found_;
};

/* Puts oneDNN's product in the place of the layer, and of its GELU. */
void replace(torch::jit::Graph &graph, const Layer &layer, const at::Tensor &inner)
{
    torch::jit::WithInsertPoint here(layer.linear);
    torch::jit::Node *weight = graph.insertNode(graph.create(CONSTANT));
    torch::jit::Node *none = graph.insertNode(graph.create(c10::prim::ListConstruct));
    torch::jit::Node *last = layer.gelu != nullptr ? layer.gelu : layer.linear;

    weight->t_(c10::attr::value, inner);
    none->output()->setType(
        c10::ListType::create(c10::OptionalType::create(c10::NumberType::get())));
    torch::jit::Node *product = graph.insertNode(graph.create(
        POINTWISE, {layer.linear->input(0), weight->output(), layer.linear->input(2),
                    graph.insertConstant(layer.gelu != nullptr ? "gelu" : "none"), none->output(),
                    graph.insertConstant(layer.gelu != nullptr ? "none" : "")}));
    product->output()->setType(c10::TensorType::get());
    last->output()->replaceAllUsesWith(product->output());
    last->destroy();
    if (last != layer.linear)
        layer.linear->destroy();
}

/* One weight at a time, so that no more than one is there twice. What has other values in it than
 * numbers, or answers otherwise, stays. */
void hand_to_onednn(struct inf_engine_model *model)
{
    std::map<std::tuple<int64_t, int64_t, bool>, bool> sizes;
    std::shared_ptr<torch::jit::Graph> graph =
        torch::jit::toGraphFunction(model->forward->function()).graph();
    torch::jit::Inline(*graph);
    Reading reading(model->module._ivalue());
    reading.block(graph->block());
    Layers layers(model->module._ivalue(), reading.weights());
    layers.block(graph->block());
    for (const auto &[memory, all] : layers.found()) {
        const Layer &first = all.front();
        std::tuple<int64_t, int64_t, bool> size = {first.weight.size(0), first.weight.size(1),
                                                   first.gelu != nullptr};
        if (sizes.count(size) > 0 && !sizes[size])
            continue;
        at::Tensor inner = reordered(first.weight);
        if (sizes.count(size) == 0)
            sizes[size] = pays_elsewhere(first, inner);
        if (!sizes[size] || !is_close(first, inner))
            continue;
        for (const Layer &layer : all)
            replace(*graph, layer, inner);
        at::Tensor weight = first.weight;
        weight.set_(at::empty({0}).storage(), 0, {0}, {1});
    }
}

} /* namespace */

void inf_engine_arrange(struct inf_engine_model *model)
{
    try {
        c10::InferenceMode inference;
        hand_to_onednn(model);
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
