/* The engine behind engine.h, with libtorch: loads and runs models. Every function that libtorch
 * runs under catches what is thrown, because no exception may cross into C.
 *
 * TorchScript runs in the simple executor with profiling off: the default one compiles again for
 * each new input shape, which costs seconds over the first texts. Rows are computed one by one, as
 * Elasticsearch does it, so that an answer does not depend on a row's neighbours; together only
 * where the daemon has seen that it does not. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "complaint.h"
#include "inferd/packed.h"
#include "torch_model.h"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>
#include <caffe2/serialize/read_adapter_interface.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/headeronly/version.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace
{

/* ---- load ---- */

class DescriptorReader : public caffe2::serialize::ReadAdapterInterface
{
  public:
    explicit DescriptorReader(const inf_engine_source &source) : source_(source)
    {
    }

    size_t size() const override
    {
        return static_cast<size_t>(source_.size_bytes);
    }

    size_t read(uint64_t position, void *data, size_t length, const char *) const override
    {
        size_t got = 0;

        if (position > size())
            return 0;
        length = std::min(length, size() - static_cast<size_t>(position));
        if (is_left_out(position, length)) {
            leave_zeros(static_cast<char *>(data), length);
            return length;
        }
        while (got < length) {
            ssize_t now = pread(source_.fd, static_cast<char *>(data) + got, length - got,
                                static_cast<off_t>(position + got));
            if (now < 0 && errno == EINTR)
                continue;
            if (now <= 0)
                break;
            got += static_cast<size_t>(now);
        }
        return got;
    }

  private:
    /* Loading looks into a few tensors: packing a quantised weight reads strides and zero points.
     * The former are small, so small ones are read; for the latter zeros will do, and what memory
     * held before will not. */
    static constexpr size_t LEFT_OUT_MIN = 65536;

    /* A tensor is read in one piece. Its pages are given back to the kernel, which has zeros for
     * whoever touches them: it costs next to nothing, however large it is. */
    static void leave_zeros(char *data, size_t length)
    {
        uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
        size_t head = static_cast<size_t>(-reinterpret_cast<uintptr_t>(data) & (page - 1));
        size_t whole = (length - head) & ~(page - 1);

        memset(data, 0, head);
        if (madvise(data + head, whole, MADV_DONTNEED) != 0)
            memset(data + head, 0, whole);
        memset(data + head + whole, 0, length - head - whole);
    }

    bool is_left_out(uint64_t position, size_t length) const
    {
        const inf_vet_span *end = source_.left_out + source_.left_out_count;
        const inf_vet_span *span = std::upper_bound(
            source_.left_out, end, static_cast<int64_t>(position),
            [](int64_t at, const inf_vet_span &candidate) { return at < candidate.offset; });

        if (length < LEFT_OUT_MIN || source_.left_out == nullptr || span == source_.left_out)
            return false;
        span--;
        return static_cast<int64_t>(position + length) <= span->offset + span->length;
    }

    inf_engine_source source_;
};

torch::jit::Module read_module(std::shared_ptr<caffe2::serialize::ReadAdapterInterface> reader)
{
    c10::InferenceMode inference;
    torch::jit::Module module = torch::jit::load(std::move(reader), c10::kCPU, false);

    module.eval();
    return module;
}

/* ---- forward ---- */

/* So many rows, from one on, as the tensors of shape [rows, cols] that forward takes. */
std::vector<c10::IValue> tensors_of(const inf_engine_input &input, int from_row, int rows)
{
    size_t plane = static_cast<size_t>(input.rows) * static_cast<size_t>(input.cols);
    size_t skipped = static_cast<size_t>(from_row) * static_cast<size_t>(input.cols);
    size_t wanted = static_cast<size_t>(rows) * static_cast<size_t>(input.cols);
    std::vector<c10::IValue> inputs;

    for (int tensor = 0; tensor < input.tensors; tensor++) {
        const int32_t *from = input.data + static_cast<size_t>(tensor) * plane + skipped;
        at::Tensor values = at::empty({rows, input.cols}, at::kLong);
        std::copy(from, from + wanted, values.mutable_data_ptr<int64_t>());
        inputs.emplace_back(std::move(values));
    }
    return inputs;
}

/* The answer is a tensor, or the first element of a tuple or list. */
at::Tensor answer_tensor(const c10::IValue &answer)
{
    at::Tensor tensor;

    if (answer.isTensor())
        tensor = answer.toTensor();
    else if (answer.isTuple() && !answer.toTupleRef().elements().empty() &&
             answer.toTupleRef().elements()[0].isTensor())
        tensor = answer.toTupleRef().elements()[0].toTensor();
    else if (answer.isTensorList() && !answer.toTensorList().empty())
        tensor = answer.toTensorList().get(0);
    else
        throw std::runtime_error("Cannot process result of type [" + answer.tagKind() + "]");
    if (!tensor.defined() || tensor.layout() != at::kStrided || !tensor.device().is_cpu())
        throw std::runtime_error("Cannot process result tensor without values");
    return tensor.dim() == 0 ? tensor.reshape({1, 1}) : tensor;
}

/* As contiguous floats or doubles. */
at::Tensor readable(const at::Tensor &tensor)
{
    switch (tensor.scalar_type()) {
    case at::kFloat:
    case at::kDouble:
        return tensor.contiguous();
    case at::kHalf:
    case at::kBFloat16:
        return tensor.to(at::kFloat).contiguous();
    default:
        throw std::runtime_error(std::string("Cannot process result tensor of type [") +
                                 c10::toString(tensor.scalar_type()) + "]");
    }
}

at::Tensor run(const inf_engine_model &model, const inf_engine_input &input)
{
    c10::InferenceMode inference;
    std::vector<at::Tensor> answers;

    if (model.packed != nullptr)
        return inf_engine_answer_packed(model.packed, input);
    for (int row = 0; row < input.rows; row += input.at_once) {
        int rows = std::min(input.at_once, input.rows - row);
        answers.push_back(answer_tensor((*model.forward)(tensors_of(input, row, rows))));
    }
    return readable(answers.size() == 1 ? answers[0] : at::cat(answers, 0));
}

void describe(const at::Tensor &tensor, struct inf_engine_output *ret)
{
    std::ostringstream size;

    if (tensor.dim() < 1 || tensor.dim() > 3 || tensor.numel() == 0) {
        size << "Cannot convert results tensor of size " << tensor.sizes();
        throw std::runtime_error(size.str());
    }
    ret->dtype = tensor.scalar_type() == at::kFloat ? 1 : 2;
    ret->rank = static_cast<int>(tensor.dim());
    for (int i = 0; i < 3; i++)
        ret->shape[i] = i < ret->rank ? tensor.size(i) : 0;
    ret->data = tensor.const_data_ptr();
    ret->size_bytes = tensor.nbytes();
}

/* ---- warm-up ---- */

/* Goes once through what a worker will do: kernels are chosen by the processor's abilities,
 * operators are looked up, the archive reader is set up. Done here it is done for every fork, and
 * before the sandbox takes away what probing reads. */
void warm_up()
{
    static const char source[] = R"(
def forward(self, x):
    y = torch.layer_norm(torch.gelu(torch.linear(x, self.weight, self.bias)), [16])
    q = y.view(1, 2, 8, 16)
    z = torch.scaled_dot_product_attention(q, q, q)
    c = torch.conv1d(y.view(1, 16, 16), self.weight.view(16, 16, 1))
    return torch.softmax(torch.matmul(z, self.weight), -1).sum() + torch.tanh(c).mean()
)";
    c10::InferenceMode inference;
    torch::jit::Module module("Warm");
    std::stringstream archive;

    module.register_parameter("weight", at::ones({16, 16}), false);
    module.register_parameter("bias", at::ones({16}), false);
    module.define(source);
    module.save(archive);
    torch::jit::Module loaded = torch::jit::load(archive, c10::kCPU, false);
    loaded.eval();
    loaded.forward({at::ones({16, 16})});
}

} /* namespace */

const char *inf_engine_version(void)
{
    return "torch " TORCH_VERSION;
}

int inf_engine_init(char *reason, size_t reason_size)
{
    try {
        at::set_num_threads(1);
        at::set_num_interop_threads(1);
        torch::jit::getExecutorMode() = false;
        torch::jit::getProfilingMode() = false;
        warm_up();
        return 0;
    } catch (...) {
        return inf_engine_complain_of_exception(reason, reason_size);
    }
}

void inf_engine_after_fork(void)
{
    at::set_num_threads(1);
}

int inf_engine_load(const struct inf_engine_source *source, struct inf_engine_model **ret,
                    char *reason, size_t reason_size)
{
    try {
        if (source->size_bytes < 0)
            return inf_engine_complain(reason, reason_size, "the model has no size");
        torch::jit::Module module = read_module(std::make_shared<DescriptorReader>(*source));
        torch::jit::Method forward = module.get_method("forward");
        *ret = new inf_engine_model{std::move(module), std::move(forward)};
        return 0;
    } catch (...) {
        return inf_engine_complain_of_exception(reason, reason_size);
    }
}

void inf_engine_model_free(struct inf_engine_model *model)
{
    if (model != nullptr)
        inf_packed_free(model->packed);
    delete model;
}

/* The first question a thread puts to libtorch sets its team to the number that any thread set
 * last; so it is put before the thread sets its own, and never by two threads at a time, which
 * libtorch's inner pool does not bear. */
void inf_engine_thread_init(int threads)
{
    static std::mutex one_at_a_time;
    std::lock_guard<std::mutex> guard(one_at_a_time);

    (void)at::get_num_threads();
    at::set_num_threads(threads);
}

int inf_engine_forward(struct inf_engine_model *model, const struct inf_engine_input *input,
                       struct inf_engine_output *ret, char *reason, size_t reason_size)
{
    try {
        auto answer = std::make_unique<at::Tensor>(run(*model, *input));
        describe(*answer, ret);
        ret->holder = answer.release();
        return 0;
    } catch (...) {
        return inf_engine_complain_of_exception(reason, reason_size);
    }
}

void inf_engine_output_free(struct inf_engine_output *output)
{
    delete static_cast<at::Tensor *>(output->holder);
    output->holder = nullptr;
}
