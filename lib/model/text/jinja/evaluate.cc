// Expressions to values.
#include "text/jinja/operators.h"
#include "text/jinja/syntax/lexer.h"

namespace hug::text::jinja {

namespace {

using EK = Expression::Kind;

Result<Arguments> arguments_of(Interpreter& in, const Expression& e) {
  Arguments out;
  for (std::size_t i = 1; i < e.children.size(); ++i) {
    out.positional.push_back(HUG_TRY(in.evaluate(*e.children[i])));
  }
  for (const auto& [name, value] : e.named) {
    out.named.emplace_back(name, HUG_TRY(in.evaluate(*value)));
  }
  return out;
}

Result<Value> container(Interpreter& in, const Expression& e) {
  std::vector<Value> items;
  for (const auto& child : e.children) {
    items.push_back(HUG_TRY(in.evaluate(*child)));
  }
  if (e.kind == EK::kList) return Value::list(std::move(items));
  if (e.kind == EK::kTuple) return Value::tuple(std::move(items));
  Dict dict;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    dict.set(std::move(items[i]), std::move(items[i + 1]));
  }
  return Value::dict(std::move(dict));
}

Result<Value> slice(Interpreter& in, const Expression& e) {
  const Value value = HUG_TRY(in.evaluate(*e.children[0]));
  Value part[3];
  for (std::size_t i = 0; i < 3; ++i) {
    if (e.children[i + 1]) part[i] = HUG_TRY(in.evaluate(*e.children[i + 1]));
  }
  return take_slice(in, value, &part[0], &part[1], &part[2]);
}

Result<Value> binary(Interpreter& in, const Expression& e) {
  Value left = HUG_TRY(in.evaluate(*e.children[0]));
  if (e.name == "and" && !left.truthy()) return left;
  if (e.name == "or" && left.truthy()) return left;
  Value right = HUG_TRY(in.evaluate(*e.children[1]));
  if (e.name == "and" || e.name == "or") return right;
  return apply_binary(in, e.name, left, right);
}

// a < b <= c: up to the first that does not hold.
Result<Value> comparison(Interpreter& in, const Expression& e) {
  Value left = HUG_TRY(in.evaluate(*e.children[0]));
  for (std::size_t i = 0; i < e.operators.size(); ++i) {
    Value right = HUG_TRY(in.evaluate(*e.children[i + 1]));
    if (!HUG_TRY(holds(in, e.operators[i], left, right))) {
      return Value::boolean(false);
    }
    left = std::move(right);
  }
  return Value::boolean(true);
}

Result<Value> evaluate_node(Interpreter& in, const Expression& e) {
  switch (e.kind) {
    case EK::kLiteral:
      return e.value;
    case EK::kName:
      return in.lookup(e.name);
    case EK::kList:
    case EK::kTuple:
    case EK::kDict:
      return container(in, e);
    case EK::kAttribute:
      return take_attribute(HUG_TRY(in.evaluate(*e.children[0])), e.name);
    case EK::kIndex: {
      const Value value = HUG_TRY(in.evaluate(*e.children[0]));
      return take_index(in, value, HUG_TRY(in.evaluate(*e.children[1])));
    }
    case EK::kSlice:
      return slice(in, e);
    case EK::kCall: {
      const Value callee = HUG_TRY(in.evaluate(*e.children[0]));
      Arguments arguments = HUG_TRY(arguments_of(in, e));
      return in.call(callee, arguments);
    }
    case EK::kFilter: {
      const Value value = HUG_TRY(in.evaluate(*e.children[0]));
      Arguments arguments = HUG_TRY(arguments_of(in, e));
      return apply_filter(in, e.name, value, arguments);
    }
    case EK::kTest: {
      const Value value = HUG_TRY(in.evaluate(*e.children[0]));
      Arguments arguments = HUG_TRY(arguments_of(in, e));
      return Value::boolean(HUG_TRY(apply_test(in, e.name, value, arguments)));
    }
    case EK::kUnary:
      return apply_unary(e.name, HUG_TRY(in.evaluate(*e.children[0])));
    case EK::kBinary:
      return binary(in, e);
    case EK::kCompare:
      return comparison(in, e);
    case EK::kCondition:
      if (HUG_TRY(in.evaluate(*e.children[1])).truthy()) {
        return in.evaluate(*e.children[0]);
      }
      if (e.children[2] == nullptr) return Value::undefined("else");
      return in.evaluate(*e.children[2]);
  }
  return Error(Code::kInternal, "unknown expression");
}

}  // namespace

Result<Value> Interpreter::filter_text(const Expression& filter, Text text) {
  Value value;
  if (filter.children[0] == nullptr) {
    value = HUG_TRY(make_string(std::move(text)));
  } else {
    value = HUG_TRY(filter_text(*filter.children[0], std::move(text)));
  }
  Arguments arguments = HUG_TRY(arguments_of(*this, filter));
  return apply_filter(*this, filter.name, value, arguments);
}

Result<Value> Interpreter::evaluate(const Expression& e) {
  HUG_TRY(spend(1));
  Result<Value> out = evaluate_node(*this, e);
  if (out.has_value()) return out;
  return locate(std::move(out).error(), e.at);
}

}  // namespace hug::text::jinja
