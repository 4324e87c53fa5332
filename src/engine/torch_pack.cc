/* What a model's graph does with its weights (torch_steps.cc), handed to the packed encoder
 * (inferd/packed.h), and its module's answers to prove that one by. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "complaint.h"
#include "inferd/packed.h"
#include "torch_model.h"
#include "torch_steps.h"

#include <ATen/ops/from_blob.h>
#include <c10/core/InferenceMode.h>

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
    inf_engine_steps steps;
    inf_packed_choice choice;
};

bool inf_engine_can_prove(void)
{
    return true;
}

namespace
{

std::shared_ptr<inf_engine_proof> read(const std::shared_ptr<torch::jit::Graph> &graph,
                                       const c10::IValue &self)
{
    auto proof =
        std::make_shared<inf_engine_proof>(inf_engine_proof{graph, inf_engine_steps(self), {}});

    proof->steps.read(graph->block());
    return proof;
}

/* Much of what is computed of weights alone is a constant of the frozen module's graph. */
std::shared_ptr<inf_engine_proof> read_frozen(const torch::jit::Module &module)
{
    torch::jit::Module frozen = torch::jit::freeze(module);

    return read(inf_engine_inlined(frozen.get_method("forward").function()), frozen._ivalue());
}

} /* namespace */

int inf_engine_prove(struct inf_engine_model *model, char *reason, size_t reason_size)
{
    try {
        char why[INF_PACKED_REASON];
        std::shared_ptr<torch::jit::Graph> graph = inf_engine_inlined(model->forward->function());
        const inf_packed_reference reference = {answer_of_module, model,
                                                static_cast<int>(graph->inputs().size()) - 1};
        auto proof = read(graph, model->module._ivalue());
        if (proof->steps.has_fixed_parts())
            proof = read_frozen(model->module);
        if (proof->steps.has_branches())
            return inf_engine_complain(reason, reason_size, "its code has branches");
        const inf_steps steps = proof->steps.steps();
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
    const inf_steps steps = model->proof->steps.steps();

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
