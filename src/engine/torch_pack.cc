/* What a model's graph does with its weights, handed to the packed encoder (inferd/packed.h), and
 * its module's answers to prove that one by. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "complaint.h"
#include "inferd/packed.h"
#include "torch_model.h"

#include <ATen/ops/from_blob.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/jit/ir/constants.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

namespace
{

/* ---- steps ---- */

/* float32 of one or two dimensions, in one piece; or NULL. */
const float *data_of(const at::Tensor &tensor, int64_t dimensions)
{
    if (!tensor.defined() || tensor.layout() != at::kStrided || !tensor.device().is_cpu() ||
        tensor.scalar_type() != at::kFloat || !tensor.is_contiguous() ||
        tensor.dim() != dimensions || tensor.numel() == 0 || tensor.numel() > INT32_MAX)
        return nullptr;
    return tensor.const_data_ptr<float>();
}

std::optional<c10::IValue> constant(const torch::jit::Node *node, size_t input)
{
    return node->inputs().size() > input ? torch::jit::toIValue(node->input(input))
                                         : std::optional<c10::IValue>();
}

/* Reads a forward's graph: what it does with weights, in its order. */
class Reading
{
  public:
    explicit Reading(const c10::IValue &self) : self_(self)
    {
    }

    void block(const torch::jit::Block *block)
    {
        for (const torch::jit::Node *node : block->nodes()) {
            read(node);
            has_branches_ = has_branches_ || !node->blocks().empty();
        }
    }

    /* What a few texts prove holds for all only if the same is done to all. */
    bool has_branches() const
    {
        return has_branches_;
    }

    inf_steps steps() const
    {
        return {items_.data(), items_.size(), head_size_};
    }

  private:
    void read(const torch::jit::Node *node)
    {
        if (node->kind() == c10::aten::embedding)
            embedding(node);
        else if (node->kind() == c10::aten::linear)
            linear(node);
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
    }

    at::Tensor tensor(const torch::jit::Node *node, size_t input) const
    {
        return inf_engine_tensor_of(node->input(input), self_);
    }

    /* Which of forward's tensors a value is made from; -1: none. */
    static int source(const torch::jit::Value *value)
    {
        while (!value->node()->inputs().empty())
            value = value->node()->input(0);
        return value->node()->kind() == c10::prim::Param ? static_cast<int>(value->offset()) - 1
                                                         : -1;
    }

    void embedding(const torch::jit::Node *node)
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

    void linear(const torch::jit::Node *node)
    {
        at::Tensor weight = tensor(node, 1), bias = tensor(node, 2);
        inf_step step = {};

        step.kind = INF_STEP_LINEAR;
        step.weight = data_of(weight, 2);
        step.bias = data_of(bias, 1);
        step.input = static_cast<int>(node->input(0)->unique());
        if (step.weight != nullptr) {
            step.rows = static_cast<int>(weight.size(0));
            step.cols = static_cast<int>(weight.size(1));
        }
        if (step.bias != nullptr && bias.size(0) != step.rows)
            step.bias = nullptr;
        items_.push_back(step); /* of weights that are not known, too: it is in the way of others */
    }

    void norm(const torch::jit::Node *node)
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
            step.epsilon = static_cast<float>(epsilon->toDouble());
        }
        items_.push_back(step);
    }

    void gelu(const torch::jit::Node *node)
    {
        std::optional<c10::IValue> form = constant(node, 1);

        activation(form.has_value() && form->isString() && form->toStringRef() == "none"
                       ? INF_ACTIVATION_GELU
                       : INF_ACTIVATION_NONE);
    }

    void activation(inf_activation which)
    {
        inf_step step = {};

        step.kind = INF_STEP_ACTIVATION;
        step.activation = which;
        items_.push_back(step);
    }

    /* The first shape of four dimensions has heads in the third and their columns in the last. */
    void shape(const torch::jit::Node *node)
    {
        const torch::jit::Value *list = node->input(1);

        if (head_size_ != 0 || list->node()->kind() != c10::prim::ListConstruct ||
            list->node()->inputs().size() != 4)
            return;
        std::optional<c10::IValue> last = constant(list->node(), 3);
        if (last.has_value() && last->isInt() && last->toInt() > 0 && last->toInt() <= INT32_MAX)
            head_size_ = static_cast<int>(last->toInt());
    }

    const c10::IValue self_;
    std::vector<inf_step> items_;
    int head_size_ = 0;
    bool has_branches_ = false;
};

/* ---- the module's answers ---- */

int answer_of_module(void *arg, const inf_packed_input *input, inf_packed_output *ret, char *reason)
{
    const inf_engine_input asked = {input->data, input->tensors, input->rows, input->cols, 1};
    inf_engine_output output;

    if (inf_engine_forward(static_cast<inf_engine_model *>(arg), &asked, &output, reason,
                           INF_PACKED_REASON) != 0)
        return -1;
    *ret = {output.rank, {output.shape[0], output.shape[1], output.shape[2]}, nullptr};
    if (output.dtype == 1)
        ret->data = static_cast<float *>(std::malloc(output.size_bytes));
    if (ret->data != nullptr)
        std::memcpy(ret->data, output.data, output.size_bytes);
    inf_engine_output_free(&output);
    return ret->data != nullptr
               ? 0
               : inf_engine_complain(reason, INF_PACKED_REASON, "it does not answer in float32");
}

/* A model of packed weights alone. */
inf_engine_model *wrap(inf_packed *packed, inf_engine_packed *ret)
{
    inf_packed_choice choice;

    inf_packed_choose(packed, &choice);
    *ret = {};
    ret->difference = choice.difference;
    std::snprintf(ret->architecture, sizeof ret->architecture, "%s", inf_packed_name(packed));
    return new inf_engine_model{{}, {}, packed};
}

} /* namespace */

/* Steps borrow from the model's tensors, and from the graph's constants. */
struct inf_engine_proof {
    std::shared_ptr<torch::jit::Graph> graph;
    Reading reading;
    inf_packed_choice choice;
};

bool inf_engine_can_prove(void)
{
    return true;
}

int inf_engine_prove(struct inf_engine_model *model, char *reason, size_t reason_size)
{
    try {
        char why[INF_PACKED_REASON];
        std::shared_ptr<torch::jit::Graph> graph = inf_engine_inlined(model->forward->function());
        const inf_packed_reference reference = {answer_of_module, model,
                                                static_cast<int>(graph->inputs().size()) - 1};
        auto proof = std::make_shared<inf_engine_proof>(
            inf_engine_proof{graph, Reading(model->module._ivalue()), {}});
        proof->reading.block(graph->block());
        if (proof->reading.has_branches())
            return inf_engine_complain(reason, reason_size, "its code has branches");
        const inf_steps steps = proof->reading.steps();
        inf_packed *packed = inf_packed_new(&steps, &reference, why);
        if (packed == nullptr)
            return inf_engine_complain(reason, reason_size, why);
        inf_packed_choose(packed, &proof->choice);
        inf_packed_free(packed);
        model->proof = std::move(proof);
        return 0;
    } catch (...) {
        return inf_engine_complain_of_exception(reason, reason_size);
    }
}

int inf_engine_hand_over(struct inf_engine_model *model, int to, char *reason, size_t reason_size)
{
    const inf_steps steps = model->proof->reading.steps();

    if (inf_packed_send(&steps, &model->proof->choice, to) == 0)
        return 0;
    return inf_engine_complain(reason, reason_size, std::strerror(errno));
}

int inf_engine_take_over(int from, int64_t bytes_max, const struct inf_packed_file *file,
                         struct inf_engine_model **ret, struct inf_engine_packed *ret_packed,
                         char *reason, size_t reason_size)
{
    try {
        char why[INF_PACKED_REASON];
        inf_packed_note note;
        inf_packed *packed = inf_packed_receive(from, bytes_max, file, &note, why);
        if (packed == nullptr)
            return inf_engine_complain(reason, reason_size, why);
        *ret = wrap(packed, ret_packed);
        ret_packed->note = note;
        return 0;
    } catch (...) {
        return inf_engine_complain_of_exception(reason, reason_size);
    }
}

int inf_engine_restore(const struct inf_packed_file *file, const void *note, size_t length,
                       struct inf_engine_model **ret, struct inf_engine_packed *ret_packed,
                       char *reason, size_t reason_size)
{
    try {
        char why[INF_PACKED_REASON];
        inf_packed *packed = inf_packed_restore(file, note, length, why);
        if (packed == nullptr)
            return inf_engine_complain(reason, reason_size, why);
        *ret = wrap(packed, ret_packed);
        return 0;
    } catch (...) {
        return inf_engine_complain_of_exception(reason, reason_size);
    }
}

int inf_engine_quantize(struct inf_engine_model *model, const struct inf_engine_input *samples,
                        enum inf_linear_type type, double min_cosine,
                        const struct inf_packed_fit *kept, struct inf_precision_report *ret,
                        struct inf_packed_fit *ret_fit, char *reason, size_t reason_size)
{
    if (model->packed == nullptr)
        return inf_engine_complain(reason, reason_size, "the model does not run packed");
    try {
        char why[INF_PACKED_REASON];
        const inf_packed_input asked = {samples->data, samples->tensors, samples->rows,
                                        samples->cols};
        if (inf_packed_quantize(model->packed, &asked, type, min_cosine, kept, ret, ret_fit, why) !=
            0)
            return inf_engine_complain(reason, reason_size, why);
        return 0;
    } catch (...) {
        return inf_engine_complain_of_exception(reason, reason_size);
    }
}

at::Tensor inf_engine_answer_packed(inf_packed *packed, const inf_engine_input &input)
{
    const inf_packed_input asked = {input.data, input.tensors, input.rows, input.cols};
    inf_packed_output output;
    char reason[INF_PACKED_REASON];

    if (inf_packed_answer(packed, &asked, &output, reason) != 0)
        throw std::runtime_error(reason);
    const auto forget = [packed, output](void *) mutable { inf_packed_forget(packed, &output); };
    return at::from_blob(output.data, at::IntArrayRef(output.shape, output.rank), forget,
                         at::kFloat);
}
