/* The engine behind engine.h, with libtorch: the only C++ file. Every function that libtorch runs
 * under catches what is thrown, because no exception may cross into C; of the text only the line
 * that says what went wrong goes on, without libtorch's own call stack and source positions.
 *
 * TorchScript runs in the simple executor with profiling off: the default one compiles again for
 * each new input shape, which costs seconds over the first texts. Rows are computed one by one, as
 * Elasticsearch does it, so that an answer does not depend on a row's neighbours. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/engine.h"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>
#include <caffe2/serialize/read_adapter_interface.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/runtime/jit_exception.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/headeronly/version.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

struct inf_engine_model {
    torch::jit::Module module;
    torch::jit::Method forward;
};

namespace
{

/* ---- errors ---- */

/* The last line that starts with `prefix`, without it; else nothing. A TorchScript error is a
 * traceback whose last lines are "SomeError: what happened". */
std::string last_line_after(const std::string &text, const std::string &prefix)
{
    size_t at = text.rfind("\n" + prefix);

    if (at == std::string::npos)
        return "";
    at += 1 + prefix.size();
    return text.substr(at, text.find('\n', at) - at);
}

std::string first_line(const std::string &text)
{
    size_t start = text.find_first_not_of(" \n\r\t");

    if (start == std::string::npos)
        return "";
    return text.substr(start, text.find('\n', start) - start);
}

/* Takes out every part from `start` to the next `end`, both included. */
void cut_between(std::string &text, const std::string &start, const std::string &end)
{
    for (size_t at = text.find(start); at != std::string::npos; at = text.find(start, at)) {
        size_t stop = text.find(end, at + start.size());
        if (stop == std::string::npos)
            return;
        text.erase(at, stop + end.size() - at);
    }
}

/* What a user can use of libtorch's text: one line, no call stack, no position in libtorch's
 * sources, no advice to libtorch's own authors. */
std::string useful(std::string text)
{
    std::string line;

    text = text.substr(0, text.find("Exception raised from "));
    line = last_line_after(text, "RuntimeError: ");
    if (line.empty())
        line = first_line(text);
    cut_between(line, "[enforce fail at ", ". "); /* the place and the condition */
    cut_between(line, " at \"", "\":");
    for (const char *advice : {"This is an internal miniz error", "(Could this error message"})
        line = line.substr(0, line.find(advice));
    line.erase(std::remove_if(line.begin(), line.end(),
                              [](unsigned char c) { return c < ' ' || c == 0x7f; }),
               line.end());
    line.erase(line.find_last_not_of(' ') + 1);
    return line.empty() ? "the model failed without saying why" : line;
}

int fail(char *reason, size_t reason_size, const std::string &text)
{
    snprintf(reason, reason_size, "%s", text.c_str());
    return -1;
}

/* To be called in a catch block. */
int fail_with_exception(char *reason, size_t reason_size) noexcept
{
    try {
        try {
            throw;
        } catch (const torch::jit::JITException &e) {
            return fail(reason, reason_size, useful(e.getOriginalMsg().value_or(e.what())));
        } catch (const c10::Error &e) {
            return fail(reason, reason_size, useful(e.what_without_backtrace()));
        } catch (const std::bad_alloc &) {
            return fail(reason, reason_size, "out of memory");
        } catch (const std::exception &e) {
            return fail(reason, reason_size, useful(e.what()));
        }
    } catch (...) {
        snprintf(reason, reason_size, "the model failed");
        return -1;
    }
}

/* ---- load ---- */

class DescriptorReader : public caffe2::serialize::ReadAdapterInterface
{
  public:
    DescriptorReader(int fd, size_t size) : fd_(fd), size_(size)
    {
    }

    size_t size() const override
    {
        return size_;
    }

    size_t read(uint64_t position, void *data, size_t length, const char *) const override
    {
        size_t got = 0;

        if (position > size_)
            return 0;
        length = std::min(length, size_ - static_cast<size_t>(position));
        while (got < length) {
            ssize_t now = pread(fd_, static_cast<char *>(data) + got, length - got,
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
    int fd_;
    size_t size_;
};

torch::jit::Module read_module(std::shared_ptr<caffe2::serialize::ReadAdapterInterface> reader)
{
    c10::InferenceMode inference;
    torch::jit::Module module = torch::jit::load(std::move(reader), c10::kCPU, false);

    module.eval();
    return module;
}

/* ---- forward ---- */

/* One row as the tensors of shape [1, cols] that forward takes. */
std::vector<c10::IValue> row_inputs(const int32_t *data, int tensors, int rows, int row, int cols)
{
    std::vector<c10::IValue> inputs;

    for (int tensor = 0; tensor < tensors; tensor++) {
        const int32_t *from = data + (static_cast<size_t>(tensor) * static_cast<size_t>(rows) +
                                      static_cast<size_t>(row)) *
                                         static_cast<size_t>(cols);
        at::Tensor input = at::empty({1, cols}, at::kLong);
        std::copy(from, from + cols, input.mutable_data_ptr<int64_t>());
        inputs.emplace_back(std::move(input));
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

at::Tensor run(const inf_engine_model &model, const int32_t *data, int tensors, int rows, int cols)
{
    c10::InferenceMode inference;
    std::vector<at::Tensor> answers;

    for (int row = 0; row < rows; row++)
        answers.push_back(answer_tensor(model.forward(row_inputs(data, tensors, rows, row, cols))));
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
        return fail_with_exception(reason, reason_size);
    }
}

void inf_engine_after_fork(void)
{
    at::set_num_threads(1);
}

int inf_engine_load(int fd, int64_t size_bytes, struct inf_engine_model **ret, char *reason,
                    size_t reason_size)
{
    try {
        if (size_bytes < 0)
            return fail(reason, reason_size, "the model has no size");
        torch::jit::Module module =
            read_module(std::make_shared<DescriptorReader>(fd, static_cast<size_t>(size_bytes)));
        torch::jit::Method forward = module.get_method("forward");
        *ret = new inf_engine_model{std::move(module), std::move(forward)};
        return 0;
    } catch (...) {
        return fail_with_exception(reason, reason_size);
    }
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

int inf_engine_forward(struct inf_engine_model *model, const int32_t *data, int tensors, int rows,
                       int cols, struct inf_engine_output *ret, char *reason, size_t reason_size)
{
    try {
        auto answer = std::make_unique<at::Tensor>(run(*model, data, tensors, rows, cols));
        describe(*answer, ret);
        ret->holder = answer.release();
        return 0;
    } catch (...) {
        return fail_with_exception(reason, reason_size);
    }
}

void inf_engine_output_free(struct inf_engine_output *output)
{
    delete static_cast<at::Tensor *>(output->holder);
    output->holder = nullptr;
}
