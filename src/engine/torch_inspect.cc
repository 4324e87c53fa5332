/* What a module's code calls, and where what it writes may end up. Nothing of it runs. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "torch_model.h"

#include <torch/csrc/jit/api/compilation_unit.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace
{

constexpr int64_t CALLS_MAX = 1000000; /* of all functions; MiniLM has some 10,000 */

using Visit = void (*)(void *arg, const inf_engine_call *call);

/* Where the memory of a value may come from. */
class Origin
{
  public:
    /* The worst of all that the value may be an alias of. */
    inf_vet_target of(const torch::jit::Value *value)
    {
        if (!seen_.insert(value).second)
            return INF_VET_OWN;
        const torch::jit::Node *node = value->node();
        switch (node->kind()) {
        case c10::prim::Constant:
            return has_memory(value) ? INF_VET_CONSTANT : INF_VET_OWN;
        case c10::prim::GetAttr:
            return owner(node->inputs()[0]);
        case c10::prim::Param:
            return of_parameter(value, node);
        case c10::prim::If:
            return of_blocks(node, value->offset());
        case c10::prim::Loop:
            return std::max(of(node->inputs()[value->offset() + 2]),
                            of_blocks(node, value->offset() + 1));
        default:
            return of_inputs(value, node);
        }
    }

    /* Of whatever hangs on the object: one that the function made is its own. */
    inf_vet_target owner(const torch::jit::Value *object)
    {
        while (object->node()->kind() == c10::prim::GetAttr)
            object = object->node()->inputs()[0];
        return object->node()->kind() == c10::prim::CreateObject ? INF_VET_OWN : INF_VET_ATTRIBUTE;
    }

  private:
    static bool has_memory(const torch::jit::Value *value)
    {
        const c10::TypePtr &type = value->type();
        return !(type->isSubtypeOf(*c10::NumberType::get()) || type == c10::BoolType::get() ||
                 type == c10::StringType::get() || type == c10::NoneType::get());
    }

    /* A loop's values come from before it and from its own end; a function's own are its caller's
     * and made for this call. */
    inf_vet_target of_parameter(const torch::jit::Value *value, const torch::jit::Node *node)
    {
        const torch::jit::Node *owner = node->owningBlock()->owningNode();

        if (owner == nullptr || owner->kind() != c10::prim::Loop || value->offset() == 0)
            return INF_VET_OWN;
        return std::max(of(owner->inputs()[value->offset() + 1]),
                        of_blocks(owner, value->offset()));
    }

    inf_vet_target of_blocks(const torch::jit::Node *node, size_t output)
    {
        inf_vet_target worst = INF_VET_OWN;
        for (const torch::jit::Block *block : node->blocks())
            worst = std::max(worst, of(block->outputs()[output]));
        return worst;
    }

    /* An operator's schema says which inputs its output may share memory with; of what has none,
     * and of dropout, whose schema hides that it may give back what it got, all inputs count. */
    inf_vet_target of_inputs(const torch::jit::Value *value, const torch::jit::Node *node)
    {
        const c10::FunctionSchema *schema = node->maybeSchema();
        bool known = schema != nullptr && value->offset() < schema->returns().size() &&
                     strstr(node->kind().toQualString(), "dropout") == nullptr;
        inf_vet_target worst = INF_VET_OWN;

        if (known && schema->returns()[value->offset()].alias_info() == nullptr)
            return INF_VET_OWN;
        for (size_t i = 0; i < node->inputs().size(); i++)
            if (!known || i >= schema->arguments().size() ||
                schema->arguments()[i].alias_info() != nullptr)
                worst = std::max(worst, of(node->inputs()[i]));
        return worst;
    }

    std::unordered_set<const torch::jit::Value *> seen_;
};

inf_vet_target written(const torch::jit::Node *node)
{
    const c10::FunctionSchema *schema = node->maybeSchema();
    inf_vet_target worst = INF_VET_OWN;

    if (node->kind() == c10::prim::SetAttr)
        return Origin().owner(node->inputs()[0]);
    for (size_t i = 0; schema != nullptr && i < node->inputs().size(); i++)
        if (i < schema->arguments().size() && schema->arguments()[i].alias_info() != nullptr &&
            schema->arguments()[i].alias_info()->isWrite())
            worst = std::max(worst, Origin().of(node->inputs()[i]));
    return worst;
}

/* A function that is told about, and to whom. */
struct Inspection {
    std::string function;
    bool runs; /* it is forward: what it leaves in an attribute the next request sees */
    Visit visit;
    void *arg;
};

void check_constant(const torch::jit::Node *node)
{
    std::optional<c10::IValue> value = torch::jit::toIValue(node->output());

    if (value.has_value())
        inf_engine_check_value(*value, *node->output()->type());
}

/* A cast that nobody checks when it runs. The compiler makes them where it has seen that an
 * optional is none, or that a value is of a narrower type; an archive may write any, and an object
 * that is taken for one of another class is read past its end. What is no object is checked where
 * it is used, and so is none. */
bool is_forged(const torch::jit::Node *node)
{
    if (node->kind() != c10::prim::unchecked_cast ||
        node->input()->type()->kind() == c10::TypeKind::NoneType)
        return false;
    const c10::TypePtr &from = node->input()->type(), &to = node->output()->type();
    c10::OptionalTypePtr optional = from->cast<c10::OptionalType>();
    for (const c10::TypePtr &plain :
         std::initializer_list<c10::TypePtr>{c10::TensorType::get(), c10::NumberType::get(),
                                             c10::BoolType::get(), c10::StringType::get()})
        if (to->isSubtypeOf(*plain))
            return false;
    return !from->isSubtypeOf(*to) &&
           !(optional != nullptr && optional->getElementType()->isSubtypeOf(*to));
}

void inspect_block(const torch::jit::Block *block, const Inspection &of)
{
    for (const torch::jit::Node *node : block->nodes()) {
        inf_engine_call call = {of.function.c_str(), node->kind().toQualString(), written(node)};
        if (is_forged(node))
            call.operation = "inferd::forged_cast";
        if (node->kind() == c10::prim::Constant)
            check_constant(node);
        inf_engine_check_parts(node);
        if (call.target == INF_VET_ATTRIBUTE && !of.runs)
            call.target = INF_VET_OWN;
        of.visit(of.arg, &call);
        for (const torch::jit::Block *inner : node->blocks())
            inspect_block(inner, of);
        for (const c10::Symbol &name : node->attributeNames())
            if (node->kindOf(name) == torch::jit::AttributeKind::g)
                inspect_block(node->g(name)->block(), of);
    }
}

void check_size(int64_t size)
{
    if (size > CALLS_MAX)
        throw std::runtime_error("its code has more than " + std::to_string(CALLS_MAX) +
                                 " operations with all calls put in");
}

/* How many nodes functions have with all calls put in, before anybody does so: it doubles with
 * every line of a function that calls the one before twice. */
class Sizes
{
  public:
    int64_t of(torch::jit::Function &function)
    {
        auto known = sizes_.find(&function);

        if (known != sizes_.end())
            return known->second;
        function.ensure_defined();
        int64_t size = of(torch::jit::toGraphFunction(function).graph()->block());
        check_size(size);
        return sizes_[&function] = size;
    }

  private:
    static torch::jit::Function *callee(const torch::jit::Node *node)
    {
        if (node->kind() == c10::prim::CallFunction)
            return node->inputs()[0]->type()->expectRef<c10::FunctionType>().function();
        c10::ClassTypePtr type = node->kind() == c10::prim::CallMethod
                                     ? node->inputs()[0]->type()->cast<c10::ClassType>()
                                     : nullptr;
        return type != nullptr ? type->findMethod(node->s(c10::attr::name)) : nullptr;
    }

    int64_t of(const torch::jit::Block *block)
    {
        int64_t size = 0;

        for (const torch::jit::Node *node : block->nodes()) {
            torch::jit::Function *called = callee(node);
            size += called != nullptr && called->isGraphFunction() ? of(*called) : 1;
            for (const torch::jit::Block *inner : node->blocks())
                size += of(inner);
        }
        return size;
    }

    std::unordered_map<torch::jit::Function *, int64_t> sizes_;
};

/* Of a function that Sizes has seen, so that it is defined. What cannot be put in place of its call
 * (an interface's method, a foreign object's) stays a call in the graph, and is told as one. */
void inspect_function(torch::jit::Function &function, const Inspection &of)
{
    std::shared_ptr<torch::jit::Graph> graph = inf_engine_inlined(function);
    inspect_block(graph->block(), of);
}

} /* namespace */

int inf_engine_inspect(struct inf_engine_model *model,
                       void (*visit)(void *arg, const struct inf_engine_call *call), void *arg,
                       uint32_t *ret_functions, char *reason, size_t reason_size)
{
    try {
        std::vector<torch::jit::Function *> functions =
            model->module._ivalue()->compilation_unit()->get_functions();
        Sizes sizes;
        int64_t all = 0;

        *ret_functions = static_cast<uint32_t>(functions.size());
        for (torch::jit::Function *function : functions)
            check_size(all += sizes.of(*function));
        inf_engine_check_value(model->module._ivalue(), *model->module.type());
        for (torch::jit::Function *function : functions)
            inspect_function(*function, {function->qualname().qualifiedName(),
                                         function == &model->forward->function(), visit, arg});
        return 0;
    } catch (...) {
        return inf_engine_complain_of_exception(reason, reason_size);
    }
}
