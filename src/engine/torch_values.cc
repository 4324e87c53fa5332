/* Whether the values that came with a file are of the types that its own code gives them.
 *
 * libtorch does not ask when it loads: an attribute holds whatever the pickle program put there.
 * The interpreter then takes the slots of an object by number, and the items of a tuple onto its
 * stack, as many as the type has; where the value has fewer, it reads what lies behind them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "torch_model.h"

#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/passes/inliner.h>

#include <stdexcept>
#include <string>
#include <unordered_set>

namespace
{

constexpr uint64_t VALUES_MAX = 10000000; /* shared ones as often as they are met */
constexpr int DEPTH_MAX = 1000;           /* the pickle's is 512; types have one of their own */

class Check
{
  public:
    /* The recursion ends with the depth of the value. */
    bool fits(const c10::IValue &value, const c10::Type &type, int depth)
    {
        if (++values_ > VALUES_MAX || depth > DEPTH_MAX)
            throw std::runtime_error("its values are too many, or too deep in one another");
        switch (type.kind()) {
        case c10::TypeKind::AnyType:
            return fits_itself(value, depth);
        case c10::TypeKind::OptionalType:
        case c10::TypeKind::UnionType:
            return fits_one_of(value, type, depth);
        case c10::TypeKind::TensorType:
            return value.isTensor();
        case c10::TypeKind::NumberType:
            return value.isScalar();
        case c10::TypeKind::ListType:
            return value.isList() && list_fits(value, *type.containedType(0), depth);
        case c10::TypeKind::DictType:
            return value.isGenericDict() && dict_fits(value, type, depth);
        case c10::TypeKind::TupleType:
            return value.isTuple() && tuple_fits(value, type, depth);
        case c10::TypeKind::ClassType:
        case c10::TypeKind::InterfaceType:
            return value.isObject() && value.type()->isSubtypeOf(type) && object_fits(value, depth);
        default:
            return value.type()->isSubtypeOf(type);
        }
    }

  private:
    /* A list or dict says itself what is in it, and that may be wrong. */
    bool fits_itself(const c10::IValue &value, int depth)
    {
        c10::TypePtr type = value.type();
        return type->kind() == c10::TypeKind::AnyType || fits(value, *type, depth + 1);
    }

    bool fits_one_of(const c10::IValue &value, const c10::Type &type, int depth)
    {
        if (type.kind() == c10::TypeKind::OptionalType && value.isNone())
            return true;
        for (const c10::TypePtr &choice : type.containedTypes())
            if (fits(value, *choice, depth + 1))
                return true;
        return false;
    }

    bool list_fits(const c10::IValue &value, const c10::Type &type, int depth)
    {
        for (const c10::IValue &item : value.toListRef())
            if (!fits(item, type, depth + 1))
                return false;
        return true;
    }

    bool dict_fits(const c10::IValue &value, const c10::Type &type, int depth)
    {
        for (const auto &item : value.toGenericDict())
            if (!fits(item.key(), *type.containedType(0), depth + 1) ||
                !fits(item.value(), *type.containedType(1), depth + 1))
                return false;
        return true;
    }

    bool tuple_fits(const c10::IValue &value, const c10::Type &type, int depth)
    {
        const auto &items = value.toTupleRef().elements();
        if (items.size() != type.containedTypes().size())
            return false;
        for (size_t i = 0; i < items.size(); i++)
            if (!fits(items[i], *type.containedType(i), depth + 1))
                return false;
        return true;
    }

    /* What is wrong inside of an object is told with the attribute's name. */
    bool object_fits(const c10::IValue &value, int depth)
    {
        const c10::ivalue::Object &object = value.toObjectRef();
        c10::ClassTypePtr type = object.type();
        if (!seen_.insert(&object).second)
            return true;
        for (size_t i = 0; i < type->numAttributes(); i++)
            if (i >= object.slots().size() ||
                !fits(object.slots()[i], *type->getAttribute(i), depth + 1))
                throw std::runtime_error("attribute [" + type->getAttributeName(i) + "] of [" +
                                         type->annotation_str() + "] is of type [" +
                                         (i < object.slots().size()
                                              ? object.slots()[i].type()->annotation_str()
                                              : "None") +
                                         "] or holds what is not of its type, which is [" +
                                         type->getAttribute(i)->annotation_str() + "]");
        return true;
    }

    std::unordered_set<const void *> seen_;
    uint64_t values_ = 0;
};

} /* namespace */

void inf_engine_check_value(const c10::IValue &value, const c10::Type &type)
{
    if (!Check().fits(value, type, 0))
        throw std::runtime_error("a constant is of type [" + value.type()->annotation_str() +
                                 "] or holds what is not of its type, which is [" +
                                 type.annotation_str() + "]");
}

void inf_engine_check_parts(const torch::jit::Node *node)
{
    int64_t wanted = node->kind() == c10::prim::TupleUnpack  ? (int64_t)node->outputs().size()
                     : node->kind() == c10::prim::TupleSlice ? node->i(c10::attr::end)
                                                             : 0;
    c10::TupleTypePtr type;

    if (node->kind() != c10::prim::TupleUnpack && node->kind() != c10::prim::TupleSlice)
        return;
    type = node->input(0)->type()->cast<c10::TupleType>();
    if (type == nullptr || wanted > (int64_t)type->elements().size() ||
        (node->kind() == c10::prim::TupleUnpack && wanted != (int64_t)type->elements().size()))
        throw std::runtime_error("its code takes [" + std::to_string(wanted) +
                                 "] items of a tuple of type [" +
                                 node->input(0)->type()->annotation_str() + "]");
}

std::shared_ptr<torch::jit::Graph> inf_engine_inlined(torch::jit::Function &function)
{
    std::shared_ptr<torch::jit::Graph> graph =
        torch::jit::toGraphFunction(function).graph()->copy();

    torch::jit::Inline(*graph);
    return graph;
}

at::Tensor inf_engine_tensor_of(const torch::jit::Value *value, const c10::IValue &self)
{
    const torch::jit::Node *node = value->node();
    std::vector<std::string> path;
    c10::IValue at = self;

    if (node->kind() == c10::prim::Constant && node->hasAttribute(c10::attr::value) &&
        node->kindOf(c10::attr::value) == torch::jit::AttributeKind::t)
        return node->t(c10::attr::value);
    for (; node->kind() == c10::prim::GetAttr; node = value->node()) {
        path.push_back(node->s(c10::attr::name));
        value = node->input(0);
    }
    if (path.empty() || node->kind() != c10::prim::Param || value->offset() != 0 ||
        node->owningBlock()->owningNode() != nullptr)
        return {};
    for (auto name = path.rbegin(); name != path.rend(); name++) {
        if (!at.isObject())
            return {};
        at = at.toObjectRef().getAttr(*name);
    }
    return at.isTensor() ? at.toTensor() : at::Tensor();
}
