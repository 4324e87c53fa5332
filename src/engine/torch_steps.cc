/* Reads what a forward's graph does with weights. Models of one architecture differ in their
 * sizes only, so what is done in between need not be understood: a proof shows what it is. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "torch_steps.h"
#include "torch_model.h"

#include <ATen/ops/slice.h>
#include <ATen/ops/unsqueeze.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <cstdint>
#include <optional>

using torch::jit::Node;
using torch::jit::Value;

namespace
{

#define DEPTH_MOST 24 /* of what a value is made of, as far as that is followed */

enum { SLICE_INPUTS = 5 }; /* what is sliced, dimension, start, end, step */

/* float32 in one piece; or NULL. */
const float *data_of(const at::Tensor &tensor, int64_t dimensions)
{
    if (!tensor.defined() || tensor.layout() != at::kStrided || !tensor.device().is_cpu() ||
        tensor.scalar_type() != at::kFloat || !tensor.is_contiguous() ||
        tensor.dim() != dimensions || tensor.numel() == 0 || tensor.numel() > INT32_MAX)
        return nullptr;
    return tensor.const_data_ptr<float>();
}

std::optional<c10::IValue> constant(const Node *node, size_t input)
{
    return node->inputs().size() > input ? torch::jit::toIValue(node->input(input))
                                         : std::optional<c10::IValue>();
}

/* Of a positive int that is a constant; else 0. */
int number(const Node *node, size_t input)
{
    const std::optional<c10::IValue> value = constant(node, input);
    bool is_number =
        value.has_value() && value->isInt() && value->toInt() > 0 && value->toInt() <= INT32_MAX;

    return is_number ? static_cast<int>(value->toInt()) : 0;
}

/* Which of forward's tensors a value is made from; -1: none. */
int source(const Value *value)
{
    while (!value->node()->inputs().empty())
        value = value->node()->input(0);
    return value->node()->kind() == c10::prim::Param ? static_cast<int>(value->offset()) - 1 : -1;
}

/* Does a node give its first input in other dimensions? */
bool is_view(const Node *node)
{
    return node->kind() == c10::aten::view || node->kind() == c10::aten::reshape ||
           node->kind() == c10::aten::contiguous || node->kind() == c10::aten::permute ||
           node->kind() == c10::aten::transpose;
}

/* A value without what only gives it other dimensions. */
const Value *bare(const Value *value)
{
    while (is_view(value->node()))
        value = value->node()->input(0);
    return value;
}

/* Of nodes whose output's shape, or number, follows from those of their inputs. */
bool has_shape_of_inputs(const Node *node)
{
    return is_view(node) || node->kind() == c10::aten::size || node->kind() == c10::aten::Int ||
           node->kind() == c10::prim::NumToTensor || node->kind() == c10::prim::ListConstruct;
}

bool are_same_constants(const Node *a, const Node *b)
{
    const std::optional<c10::IValue> left = torch::jit::toIValue(a->output()),
                                     right = torch::jit::toIValue(b->output());

    if (!left.has_value() || !right.has_value())
        return false;
    if (left->isInt() && right->isInt())
        return left->toInt() == right->toInt();
    return left->isIntList() && right->isIntList() && left->toIntVector() == right->toIntVector();
}

} /* namespace */

/* ---- a node ---- */

void inf_engine_steps::read(const torch::jit::Block *block)
{
    for (const Node *node : block->nodes()) {
        read(node);
        if (!node->blocks().empty())
            branch(node);
    }
}

void inf_engine_steps::read(const Node *node)
{
    if (node->kind() == c10::aten::embedding)
        embedding(node);
    else if (node->kind() == c10::aten::linear)
        linear(node);
    else if (node->kind() == c10::aten::matmul)
        product(node);
    else if (node->kind() == c10::aten::add)
        bias(node);
    else if (node->kind() == c10::aten::layer_norm)
        norm(node);
    else if (node->kind() == c10::aten::gelu)
        gelu(node);
    else if (node->kind() == c10::aten::relu || node->kind() == c10::aten::relu_)
        activation(INF_ACTIVATION_RELU);
    else if (node->kind() == c10::aten::tanh || node->kind() == c10::aten::tanh_)
        activation(INF_ACTIVATION_TANH);
    else if (node->kind() == c10::aten::view || node->kind() == c10::aten::reshape)
        shape(node);
    else if (node->kind() == c10::aten::bmm)
        distances(node);
    else if (node->kind() == c10::aten::div)
        buckets(node);
}

at::Tensor inf_engine_steps::tensor(const Node *node, size_t input) const
{
    return inf_engine_tensor_of(node->input(input), self_);
}

/* ---- branches ---- */

/* Are two values' shapes, or numbers, equal for any input? */
bool inf_engine_steps::are_equal(const Value *a, const Value *b, int depth) const
{
    const Node *left = a->node(), *right = b->node();

    if (a == b)
        return true;
    if (depth == 0 || left->kind() != right->kind() || a->offset() != b->offset() ||
        left->inputs().size() != right->inputs().size())
        return false;
    if (left->kind() == c10::prim::Constant)
        return are_same_constants(left, right);
    if (left->kind() == c10::aten::linear) {
        const at::Tensor of_left = tensor(left, 1), of_right = tensor(right, 1);
        return of_left.defined() && of_right.defined() && of_left.sizes() == of_right.sizes() &&
               are_equal(left->input(0), right->input(0), depth - 1);
    }
    if (!has_shape_of_inputs(left))
        return false;
    for (size_t i = 0; i < left->inputs().size(); i++)
        if (!are_equal(left->input(i), right->input(i), depth - 1))
            return false;
    return true;
}

/* DeBERTa-v2 asks whether there are as many queries as keys, which are made of the same value. */
void inf_engine_steps::branch(const Node *node)
{
    const Node *asks = node->kind() == c10::prim::If ? node->input(0)->node() : nullptr;

    if (asks != nullptr && asks->kind() == c10::aten::ne &&
        are_equal(asks->input(0), asks->input(1), DEPTH_MOST))
        read(node->blocks()[1]);
    else
        has_branches_ = true;
}

/* ---- what is done with weights ---- */

void inf_engine_steps::embedding(const Node *node)
{
    at::Tensor table = tensor(node, 0);
    inf_step step = {};

    step.kind = INF_STEP_EMBEDDING;
    step.weight = data_of(table, 2);
    if (step.weight == nullptr)
        return;
    step.rows = static_cast<int>(table.size(0));
    step.cols = static_cast<int>(table.size(1));
    step.input = source(node->input(1));
    items_.push_back(step);
}

/* Is it the same whatever the text? */
bool inf_engine_steps::is_fixed(const Value *value, int depth) const
{
    const Node *node = value->node();

    if (node->kind() == c10::prim::Constant || inf_engine_tensor_of(value, self_).defined())
        return true;
    if (depth == 0 || node->inputs().empty() || node->kind() == c10::prim::GetAttr)
        return false;
    return std::all_of(node->inputs().begin(), node->inputs().end(),
                       [&](const Value *input) { return is_fixed(input, depth - 1); });
}

/* The tensor that a value always is: a weight or rows of one; else one that is not defined. */
at::Tensor inf_engine_steps::part(const Value *value, int depth) const
{
    const Node *node = value->node();
    at::Tensor whole = inf_engine_tensor_of(value, self_);
    std::optional<c10::IValue> numbers[SLICE_INPUTS];

    if (whole.defined() || depth == 0)
        return whole;
    if (node->kind() == c10::aten::dropout && !constant(node, 2).value_or(true).toBool())
        return part(node->input(0), depth - 1);
    if (node->kind() != c10::aten::slice && node->kind() != c10::aten::unsqueeze)
        return {};
    for (size_t i = 1; i < node->inputs().size() && i < SLICE_INPUTS; i++) {
        numbers[i] = constant(node, i);
        if (!numbers[i].has_value() || !numbers[i]->isInt())
            return {};
    }
    whole = part(node->input(0), depth - 1);
    if (!whole.defined())
        return {};
    if (node->kind() == c10::aten::unsqueeze)
        return whole.unsqueeze(numbers[1]->toInt());
    return whole.slice(numbers[1]->toInt(), numbers[2]->toInt(), numbers[3]->toInt(),
                       numbers[4]->toInt());
}

void inf_engine_steps::push_linear(const Node *node, inf_step step)
{
    items_.push_back(step); /* of weights that are not known, too: it is in the way of others */
    linear_outputs_.push_back(node->output());
}

inf_step inf_engine_steps::layer_of(const Node *node) const
{
    at::Tensor weight = tensor(node, 1), bias = tensor(node, 2);
    inf_step step = {};

    step.kind = INF_STEP_LINEAR;
    step.input = static_cast<int>(node->input(0)->unique());
    step.weight = data_of(weight, 2);
    step.bias = data_of(bias, 1);
    if (step.weight != nullptr) {
        step.rows = static_cast<int>(weight.size(0));
        step.cols = static_cast<int>(weight.size(1));
    }
    if (step.bias != nullptr && bias.size(0) != step.rows)
        step.bias = nullptr;
    return step;
}

/* What does not read texts is told when they are multiplied by it (distances). */
void inf_engine_steps::linear(const Node *node)
{
    if (is_fixed(node->input(0), DEPTH_MOST))
        has_fixed_parts_ = has_fixed_parts_ || !part(node->input(0), DEPTH_MOST).defined();
    else
        push_linear(node, layer_of(node));
}

/* A linear layer by the transposed weight, as of a table that is the last layer, too. */
void inf_engine_steps::product(const Node *node)
{
    at::Tensor weight = tensor(node, 1);
    inf_step step = {};

    if (!weight.defined() || weight.dim() != 2)
        return;
    step.kind = INF_STEP_LINEAR;
    step.input = static_cast<int>(node->input(0)->unique());
    step.weight = data_of(weight.t(), 2);
    if (step.weight == nullptr)
        return;
    step.rows = static_cast<int>(weight.size(1));
    step.cols = static_cast<int>(weight.size(0));
    push_linear(node, step);
}

/* Of the linear layer right before it. */
void inf_engine_steps::bias(const Node *node)
{
    at::Tensor bias = tensor(node, 1);
    const float *data = data_of(bias, 1);

    if (data != nullptr && !linear_outputs_.empty() && node->input(0) == linear_outputs_.back() &&
        items_.back().kind == INF_STEP_LINEAR && items_.back().bias == nullptr &&
        items_.back().rows == bias.size(0))
        items_.back().bias = data;
}

void inf_engine_steps::norm(const Node *node)
{
    at::Tensor scale = tensor(node, 2), shift = tensor(node, 3);
    std::optional<c10::IValue> epsilon = constant(node, 4);
    inf_step step = {};

    step.kind = INF_STEP_NORM;
    step.weight = data_of(scale, 1);
    step.bias = data_of(shift, 1);
    if (step.weight != nullptr && step.bias != nullptr && scale.size(0) == shift.size(0) &&
        epsilon.has_value() && epsilon->isDouble()) {
        step.cols = static_cast<int>(scale.size(0));
        step.epsilon = static_cast<float>(epsilon->to<double>());
    }
    items_.push_back(step);
}

void inf_engine_steps::gelu(const Node *node)
{
    std::optional<c10::IValue> form = constant(node, 1);

    activation(form.has_value() && form->isString() && form->toStringRef() == "none"
                   ? INF_ACTIVATION_GELU
                   : INF_ACTIVATION_NONE);
}

void inf_engine_steps::activation(inf_activation which)
{
    inf_step step = {};

    step.kind = INF_STEP_ACTIVATION;
    step.activation = which;
    items_.push_back(step);
}

/* The first shape of four dimensions has heads in the third and their columns in the last, unless
 * it leaves the columns open, which are the rest of the linear layer's before it. */
void inf_engine_steps::shape(const Node *node)
{
    const Node *list = node->input(1)->node();
    int heads = 0;

    if (head_size_ != 0 || list->kind() != c10::prim::ListConstruct || list->inputs().size() != 4)
        return;
    head_size_ = number(list, 3);
    heads = number(list, 2);
    if (head_size_ == 0 && heads > 0 && !linear_outputs_.empty() &&
        node->input(0) == linear_outputs_.back() && items_.back().kind == INF_STEP_LINEAR &&
        items_.back().rows % heads == 0)
        head_size_ = items_.back().rows / heads;
}

/* ---- distances ---- */

/* Of queries or keys, by vectors that are the same for all texts of a batch: [heads, vectors, size]
 * or, as a linear layer makes these of them, [1, vectors, width]. */
void inf_engine_steps::distances(const Node *node)
{
    const Value *content = bare(node->input(0));
    const Node *turned = node->input(1)->node(), *repeated = nullptr, *layer = nullptr;
    at::Tensor vectors;
    inf_step step = {};

    if (turned->kind() == c10::aten::transpose)
        repeated = turned->input(0)->node();
    if (repeated == nullptr || repeated->kind() != c10::aten::repeat)
        return;
    vectors = tensor(repeated, 0);
    layer = bare(repeated->input(0))->node();
    if (!vectors.defined() && layer->kind() == c10::aten::linear)
        vectors = part(layer->input(0), DEPTH_MOST);
    step.kind = INF_STEP_DISTANCES;
    step.weight = data_of(vectors, 3);
    if (step.weight == nullptr)
        return;
    step.rows = static_cast<int>(vectors.size(0) * vectors.size(1));
    step.cols = static_cast<int>(vectors.size(2));
    step.input = static_cast<int>(
        linear_outputs_.end() - std::find(linear_outputs_.begin(), linear_outputs_.end(), content));
    if (layer->kind() == c10::aten::linear) {
        step.kind = INF_STEP_MADE_DISTANCES;
        items_.push_back(layer_of(layer));
    }
    items_.push_back(step);
}

/* log(distance / middle) / log(end / middle) */
void inf_engine_steps::buckets(const Node *node)
{
    const Node *logarithm = node->input(0)->node(), *ratio = nullptr;
    at::Tensor end = tensor(node, 1);
    inf_step step = {};

    if (logarithm->kind() != c10::aten::log)
        return;
    ratio = logarithm->input(0)->node();
    if (ratio->kind() != c10::aten::div || data_of(end, 0) == nullptr)
        return;
    step.kind = INF_STEP_BUCKETS;
    step.rows = number(ratio, 1);
    step.epsilon = *data_of(end, 0);
    items_.push_back(step);
}
