#include "text/jinja/interpreter.h"

#include <algorithm>
#include <cmath>

#include "text/jinja/lexer.h"

namespace hug::text::jinja {

namespace {

using EK = Expression::Kind;
using SK = Statement::Kind;
using Flow = Interpreter::Flow;

constexpr std::size_t kMaxItems = 1'000'000;

Error type_error(std::string_view op, const Value& a, const Value& b) {
  return Error(Code::kUsage, "unsupported operand types for " +
                                 std::string(op) + ": '" +
                                 std::string(a.type_name()) + "' and '" +
                                 std::string(b.type_name()) + "'");
}

// Adds the place to an error that has none yet.
Error located(Error error, Position at) {
  if (!error.chain().empty()) return error;
  return error_at(at, error.message()).code(error.code());
}

Result<Value> integer_arithmetic(std::string_view op, std::int64_t a,
                                 std::int64_t b) {
  std::int64_t out = 0;
  bool overflow = false;
  if (op == "+") {
    overflow = __builtin_add_overflow(a, b, &out);
  } else if (op == "-") {
    overflow = __builtin_sub_overflow(a, b, &out);
  } else if (op == "*") {
    overflow = __builtin_mul_overflow(a, b, &out);
  } else if (op == "//" || op == "%") {
    if (b == 0) return Error(Code::kUsage, "division by zero");
    if (b == -1) {
      if (op == "%") return Value::integer(0);
      overflow = __builtin_sub_overflow(std::int64_t{0}, a, &out);
    } else {
      // Python rounds towards minus infinity.
      const std::int64_t rest = a % b;
      const bool down = rest != 0 && (rest < 0) != (b < 0);
      out = op == "//" ? a / b - (down ? 1 : 0) : rest + (down ? b : 0);
    }
  }
  if (overflow) return Error(Code::kLimit, "number is too large");
  return Value::integer(out);
}

Result<Value> power(const Value& a, const Value& b) {
  if (a.is_real() || b.is_real() || b.whole() < 0) {
    return Value::real(std::pow(a.number(), b.number()));
  }
  std::int64_t out = 1;
  const std::int64_t base = a.whole();
  std::int64_t n = b.whole();
  if (base == 0 || base == 1) return Value::integer(n == 0 ? 1 : base);
  if (base == -1) return Value::integer(n % 2 == 0 ? 1 : -1);
  for (; n > 0; --n) {
    if (__builtin_mul_overflow(out, base, &out)) {
      return Error(Code::kLimit, "number is too large");
    }
  }
  return Value::integer(out);
}

Result<Value> arithmetic(std::string_view op, const Value& a, const Value& b) {
  if (op == "**") return power(a, b);
  if (op == "/") {
    if (b.number() == 0) return Error(Code::kUsage, "division by zero");
    return Value::real(a.number() / b.number());
  }
  if (!a.is_real() && !b.is_real()) {
    return integer_arithmetic(op, a.whole(), b.whole());
  }
  const double x = a.number();
  const double y = b.number();
  if (op == "+") return Value::real(x + y);
  if (op == "-") return Value::real(x - y);
  if (op == "*") return Value::real(x * y);
  if (y == 0) return Error(Code::kUsage, "division by zero");
  if (op == "//") return Value::real(std::floor(x / y));
  return Value::real(x - y * std::floor(x / y));
}

Result<Value> repeat(Interpreter& in, const Value& what, std::int64_t times) {
  const auto n = static_cast<std::size_t>(std::max<std::int64_t>(times, 0));
  if (const Text* t = what.text()) {
    if (n > 0 && t->bytes.size() > in.limits.output / n) {
      return Error(Code::kLimit, "text grows beyond the output limit");
    }
    Text out;
    for (std::size_t i = 0; i < n; ++i) out.append(*t);
    return in.make_string(std::move(out));
  }
  const List& list = *what.list();
  if (n > 0 && list.items.size() > kMaxItems / n) {
    return Error(Code::kLimit, "list grows beyond the limit");
  }
  std::vector<Value> out;
  for (std::size_t i = 0; i < n; ++i) {
    out.insert(out.end(), list.items.begin(), list.items.end());
  }
  HUG_TRY(in.spend(out.size()));
  return list.tuple ? Value::tuple(std::move(out))
                    : Value::list(std::move(out));
}

// "%s and %d" % values
Result<Value> format_percent(Interpreter& in, const Text& format,
                             const Value& values) {
  std::vector<Value> items{values};
  if (const List* l = values.list(); l != nullptr && l->tuple) {
    items = l->items;
  }
  Text out;
  std::size_t used = 0;
  for (std::size_t i = 0; i < format.bytes.size(); ++i) {
    if (format.bytes[i] != '%' || i + 1 >= format.bytes.size()) {
      out.append(format.substr(i, 1));
      continue;
    }
    const char kind = format.bytes[++i];
    if (kind == '%') {
      out.append({"%"});
      continue;
    }
    if (used >= items.size()) {
      return Error(Code::kUsage, "not enough arguments for format string");
    }
    const Value& v = items[used++];
    if (kind == 's') {
      out.append(to_text(v));
    } else if (kind == 'r') {
      out.append(to_repr(v));
    } else if ((kind == 'd' || kind == 'i') && v.is_number()) {
      out.append({std::to_string(v.is_real()
                                     ? static_cast<std::int64_t>(v.number())
                                     : v.whole())});
    } else {
      return Error(Code::kUnsupported, std::string("unsupported format '%") +
                                           kind + "'");
    }
  }
  return in.make_string(std::move(out));
}

// Markup escapes what is not markup, on either side.
Result<Value> concat(Interpreter& in, Text a, Text b) {
  if (a.markup || b.markup) {
    a = escape_html(a);
    b = escape_html(b);
  }
  a.append(b);
  return in.make_string(std::move(a));
}

Result<Value> binary(Interpreter& in, const std::string& op, const Value& a,
                     const Value& b) {
  if (op == "~") {
    // Without autoescape this joins plain text, markup or not.
    Text out = to_text(a);
    out.markup = false;
    out.append(to_text(b));
    return in.make_string(std::move(out));
  }
  if (a.is_number() && b.is_number()) return arithmetic(op, a, b);
  if (op == "+" && a.text() && b.text()) {
    return concat(in, *a.text(), *b.text());
  }
  if (op == "+" && a.list() && b.list() &&
      a.list()->tuple == b.list()->tuple) {
    std::vector<Value> out = a.list()->items;
    const auto& more = b.list()->items;
    if (out.size() + more.size() > kMaxItems) {
      return Error(Code::kLimit, "list grows beyond the limit");
    }
    out.insert(out.end(), more.begin(), more.end());
    HUG_TRY(in.spend(out.size()));
    return a.list()->tuple ? Value::tuple(std::move(out))
                           : Value::list(std::move(out));
  }
  const auto repeats = [](const Value& x, const Value& n) {
    return (x.text() || x.list()) && (n.is_integer() || n.is_bool());
  };
  if (op == "*" && repeats(a, b)) return repeat(in, a, b.whole());
  if (op == "*" && repeats(b, a)) return repeat(in, b, a.whole());
  if (op == "%" && a.text()) return format_percent(in, *a.text(), b);
  if (a.is_undefined() || b.is_undefined()) {
    const Value& u = a.is_undefined() ? a : b;
    return Error(Code::kUsage,
                 "'" + u.as<Undefined>()->name + "' is undefined");
  }
  return type_error(op, a, b);
}

Result<bool> contains(Interpreter& in, const Value& item, const Value& in_what) {
  if (const Text* t = in_what.text()) {
    if (item.text() == nullptr) {
      return Error(Code::kUsage,
                   "'in <string>' requires string as left operand, not " +
                       std::string(item.type_name()));
    }
    HUG_TRY(in.spend(1 + t->bytes.size() / 64));
    return t->bytes.find(item.text()->bytes) != std::string::npos;
  }
  if (const Dict* d = in_what.dict()) return d->find(item) != nullptr;
  for (const Value& v : HUG_TRY(in.iterate(in_what))) {
    if (equal(v, item)) return true;
  }
  return false;
}

Result<bool> holds(Interpreter& in, const std::string& op, const Value& a,
                   const Value& b) {
  if (op == "==") return equal(a, b);
  if (op == "!=") return !equal(a, b);
  if (op == "in") return contains(in, a, b);
  if (op == "not in") return !HUG_TRY(contains(in, a, b));
  const int c = HUG_TRY(compare(a, b));
  if (op == "<") return c < 0;
  if (op == ">") return c > 0;
  if (op == "<=") return c <= 0;
  return c >= 0;
}

// Python's slice: indices of the items taken.
Result<std::vector<std::size_t>> slice_indices(std::size_t size,
                                               const Value* from,
                                               const Value* to,
                                               const Value* by) {
  const auto given = [](const Value* v) {
    return v != nullptr && !v->is_none() && !v->is_undefined();
  };
  for (const Value* v : {from, to, by}) {
    if (given(v) && !v->is_integer() && !v->is_bool()) {
      return Error(Code::kUsage, "slice indices must be integers");
    }
  }
  const auto n = static_cast<std::int64_t>(size);
  const std::int64_t step = given(by) ? by->whole() : 1;
  if (step == 0) return Error(Code::kUsage, "slice step cannot be zero");
  const std::int64_t low = step > 0 ? 0 : -1;
  const std::int64_t high = step > 0 ? n : n - 1;
  const auto place = [&](const Value* v, std::int64_t fallback) {
    if (!given(v)) return fallback;
    const std::int64_t i = v->whole();
    if (i < -n) return low;
    return std::clamp(i < 0 ? i + n : i, low, high);
  };
  std::int64_t i = place(from, step > 0 ? 0 : n - 1);
  const std::int64_t end = place(to, step > 0 ? n : -1);
  std::vector<std::size_t> out;
  while (step > 0 ? i < end : i > end) {
    out.push_back(static_cast<std::size_t>(i));
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  return out;
}

Result<Value> take_slice(Interpreter& in, const Value& value, const Value* from,
                         const Value* to, const Value* by) {
  if (value.text() == nullptr && value.list() == nullptr) {
    return Error(Code::kUsage, "a " + std::string(value.type_name()) +
                                   " cannot be sliced");
  }
  const std::vector<Value> items = HUG_TRY(in.iterate(value));
  const auto picked = HUG_TRY(slice_indices(items.size(), from, to, by));
  if (value.text() != nullptr) {
    Text out;
    for (const std::size_t i : picked) out.append(*items[i].text());
    return in.make_string(std::move(out));
  }
  std::vector<Value> out;
  for (const std::size_t i : picked) out.push_back(items[i]);
  return value.list()->tuple ? Value::tuple(std::move(out))
                             : Value::list(std::move(out));
}

Result<Value> take_index(Interpreter& in, const Value& value,
                         const Value& key) {
  if (value.is_undefined()) {
    return Error(Code::kUsage,
                 "'" + value.as<Undefined>()->name + "' is undefined");
  }
  if (const Dict* d = value.dict()) {
    if (const Value* found = d->find(key)) return *found;
  }
  if (key.is_integer() && (value.list() || value.text())) {
    const auto n = static_cast<std::int64_t>(
        value.list() ? value.list()->items.size()
                     : count_code_points(value.text()->bytes));
    std::int64_t i = key.whole();
    if (i < 0) i += n;
    if (i < 0 || i >= n) return Value::undefined("index");
    const auto at = static_cast<std::size_t>(i);
    if (value.list()) return value.list()->items[at];
    const Text& t = *value.text();
    HUG_TRY(in.spend(1 + t.bytes.size() / 64));
    const std::size_t begin = code_point_offset(t.bytes, at);
    const std::size_t end = code_point_offset(t.bytes, at + 1);
    return Value::string(t.substr(begin, end - begin));
  }
  if (key.text() != nullptr) {
    return find_attribute(in, value, key.text()->bytes);
  }
  return Value::undefined(to_text(key).bytes);
}

Result<Value> attribute(Interpreter& in, const Value& value,
                        const std::string& name) {
  if (value.is_undefined()) {
    return Error(Code::kUsage,
                 "'" + value.as<Undefined>()->name + "' is undefined");
  }
  Value found = HUG_TRY(find_attribute(in, value, name));
  if (!found.is_undefined()) return found;
  if (const Dict* d = value.dict()) {
    if (const Value* item = d->find(std::string_view(name))) return *item;
  }
  return Value::undefined(name);
}

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

Result<Value> unary(const std::string& op, const Value& v) {
  if (op == "not") return Value::boolean(!v.truthy());
  if (!v.is_number()) {
    return Error(Code::kUsage, "bad operand type for unary " + op + ": '" +
                                   std::string(v.type_name()) + "'");
  }
  if (op == "+") return v;
  if (v.is_real()) return Value::real(-v.number());
  return integer_arithmetic("-", 0, v.whole());
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
      return attribute(in, HUG_TRY(in.evaluate(*e.children[0])), e.name);
    case EK::kIndex: {
      const Value value = HUG_TRY(in.evaluate(*e.children[0]));
      return take_index(in, value, HUG_TRY(in.evaluate(*e.children[1])));
    }
    case EK::kSlice: {
      const Value value = HUG_TRY(in.evaluate(*e.children[0]));
      Value part[3];
      for (std::size_t i = 0; i < 3; ++i) {
        if (e.children[i + 1]) {
          part[i] = HUG_TRY(in.evaluate(*e.children[i + 1]));
        }
      }
      return take_slice(in, value, &part[0], &part[1], &part[2]);
    }
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
      return Value::boolean(
          HUG_TRY(apply_test(in, e.name, value, arguments)));
    }
    case EK::kUnary:
      return unary(e.name, HUG_TRY(in.evaluate(*e.children[0])));
    case EK::kBinary: {
      Value left = HUG_TRY(in.evaluate(*e.children[0]));
      if (e.name == "and" && !left.truthy()) return left;
      if (e.name == "or" && left.truthy()) return left;
      Value right = HUG_TRY(in.evaluate(*e.children[1]));
      if (e.name == "and" || e.name == "or") return right;
      return binary(in, e.name, left, right);
    }
    case EK::kCompare: {
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
    case EK::kCondition:
      if (HUG_TRY(in.evaluate(*e.children[1])).truthy()) {
        return in.evaluate(*e.children[0]);
      }
      if (e.children[2] == nullptr) return Value::undefined("else");
      return in.evaluate(*e.children[2]);
  }
  return Error(Code::kInternal, "unknown expression");
}

// The value of a filter chain whose innermost input is `text`.
Result<Value> filter_text(Interpreter& in, const Expression& filter,
                          Text text) {
  Value value;
  if (filter.children[0] == nullptr) {
    value = HUG_TRY(in.make_string(std::move(text)));
  } else {
    value = HUG_TRY(filter_text(in, *filter.children[0], std::move(text)));
  }
  Arguments arguments = HUG_TRY(arguments_of(in, filter));
  return apply_filter(in, filter.name, value, arguments);
}

Result<void> assign(Scope& scope, const std::vector<std::string>& targets,
                  Interpreter& in, const Value& value) {
  if (targets.size() == 1) {
    scope.insert_or_assign(targets[0], value);
    return {};
  }
  std::vector<Value> parts = HUG_TRY(in.iterate(value));
  if (parts.size() != targets.size()) {
    return Error(Code::kUsage, "cannot unpack " +
                                   std::to_string(parts.size()) +
                                   " values into " +
                                   std::to_string(targets.size()) + " names");
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    scope.insert_or_assign(targets[i], std::move(parts[i]));
  }
  return {};
}

Result<Flow> run_for(Interpreter& in, const Statement& s, Text& out) {
  std::vector<Value> items =
      HUG_TRY(in.iterate(HUG_TRY(in.evaluate(*s.expression))));
  in.scopes.emplace_back();
  const std::size_t mine = in.scopes.size() - 1;
  if (s.filter) {
    std::vector<Value> kept;
    for (Value& item : items) {
      HUG_TRY(assign(in.scopes[mine], s.targets, in, item));
      if (HUG_TRY(in.evaluate(*s.filter)).truthy()) {
        kept.push_back(std::move(item));
      }
    }
    items = std::move(kept);
  }
  auto loop = std::make_shared<Loop>();
  loop->items = std::make_shared<List>(List{items});
  Flow flow = Flow::kNext;
  for (std::size_t i = 0; i < items.size(); ++i) {
    in.scopes[mine].clear();
    loop->index0 = i;
    in.scopes[mine].insert_or_assign("loop", Value::object(loop));
    HUG_TRY(assign(in.scopes[mine], s.targets, in, items[i]));
    flow = HUG_TRY(in.run(s.body, out));
    if (flow == Flow::kBreak) break;
  }
  in.scopes.resize(mine);
  if (items.empty()) return in.run(s.otherwise, out);
  return Flow::kNext;
}

Result<void> run_set(Interpreter& in, const Statement& s, Value value) {
  Scope& scope = in.scopes.back();
  if (s.attribute.empty()) return assign(scope, s.targets, in, value);
  const Value target = in.lookup(s.targets[0]);
  if (target.name_space() == nullptr) {
    return Error(Code::kUsage, "cannot assign attribute on non-namespace '" +
                                   s.targets[0] + "'");
  }
  target.name_space()->fields.set(Value::string(s.attribute),
                                  std::move(value));
  return {};
}

// A macro sees the globals, the template's variables as they are when it is
// called, and what was visible around its definition.
Value make_macro(Interpreter& in, const Statement& s) {
  Scope captured;
  for (std::size_t i = 2; i < in.scopes.size(); ++i) {
    for (const auto& [name, value] : in.scopes[i]) {
      captured.insert_or_assign(name, value);
    }
  }
  auto f = std::make_shared<Function>();
  f->name = s.text;
  f->call = [&s, captured](Interpreter& at_call,
                           Arguments& arguments) -> Result<Value> {
    std::vector<Scope> saved(
        std::make_move_iterator(at_call.scopes.begin() + 2),
        std::make_move_iterator(at_call.scopes.end()));
    at_call.scopes.resize(2);
    at_call.scopes.push_back(captured);
    Text out;
    const auto body = [&]() -> Result<void> {
      for (std::size_t i = 0; i < s.parameters.size(); ++i) {
        const Parameter& p = s.parameters[i];
        Value value = Value::undefined(p.name);
        if (const Value* given = arguments.find(i, p.name)) {
          value = *given;
        } else if (p.fallback) {
          value = HUG_TRY(at_call.evaluate(*p.fallback));
        }
        at_call.scopes.back().insert_or_assign(p.name, std::move(value));
      }
      HUG_TRY(at_call.run(s.body, out));
      return {};
    };
    Result<void> done = body();
    at_call.scopes.resize(2);
    for (Scope& scope : saved) at_call.scopes.push_back(std::move(scope));
    HUG_TRY(std::move(done));
    return at_call.make_string(std::move(out));
  };
  return Value::object(std::shared_ptr<const Function>(std::move(f)));
}

Result<Flow> run_statement(Interpreter& in, const Statement& s, Text& out) {
  switch (s.kind) {
    case SK::kText:
      out.append({s.text});
      break;
    case SK::kPrint:
      out.append(to_text(HUG_TRY(in.evaluate(*s.expression))));
      break;
    case SK::kIf: {
      const bool yes = HUG_TRY(in.evaluate(*s.expression)).truthy();
      return in.run(yes ? s.body : s.otherwise, out);
    }
    case SK::kFor:
      return run_for(in, s, out);
    case SK::kSet:
      HUG_TRY(run_set(in, s, HUG_TRY(in.evaluate(*s.expression))));
      break;
    case SK::kSetBlock: {
      Text inner;
      HUG_TRY(in.run(s.body, inner));
      Value value;
      if (s.expression) {
        value = HUG_TRY(filter_text(in, *s.expression, std::move(inner)));
      } else {
        value = HUG_TRY(in.make_string(std::move(inner)));
      }
      HUG_TRY(run_set(in, s, std::move(value)));
      break;
    }
    case SK::kMacro:
      in.scopes.back().insert_or_assign(s.text, make_macro(in, s));
      break;
    case SK::kFilter: {
      Text inner;
      HUG_TRY(in.run(s.body, inner));
      out.append(to_text(
          HUG_TRY(filter_text(in, *s.expression, std::move(inner)))));
      break;
    }
    case SK::kBlock: {
      Scope scope;
      for (const auto& [name, value] : s.bindings) {
        scope.insert_or_assign(name, HUG_TRY(in.evaluate(*value)));
      }
      in.scopes.push_back(std::move(scope));
      const Flow flow = HUG_TRY(in.run(s.body, out));
      in.scopes.pop_back();
      return flow;
    }
    case SK::kBreak:
      return Flow::kBreak;
    case SK::kContinue:
      return Flow::kContinue;
  }
  return Flow::kNext;
}

}  // namespace

Result<void> Interpreter::spend(std::uint64_t n) {
  steps += n;
  if (steps <= limits.steps) return {};
  return Error(Code::kLimit, "template takes more than " +
                                 std::to_string(limits.steps) + " steps");
}

Result<Value> Interpreter::make_string(Text text) {
  HUG_TRY(spend(1 + text.bytes.size() / 64));
  if (text.bytes.size() > limits.output) {
    return Error(Code::kLimit, "text grows beyond the output limit");
  }
  return Value::string(std::move(text));
}

Value Interpreter::lookup(std::string_view name) const {
  for (auto scope = scopes.rbegin(); scope != scopes.rend(); ++scope) {
    if (const auto it = scope->find(name); it != scope->end()) {
      return it->second;
    }
  }
  return Value::undefined(std::string(name));
}

Result<std::vector<Value>> Interpreter::iterate(const Value& value) {
  std::vector<Value> out;
  if (value.is_undefined()) return out;
  if (const List* l = value.list()) {
    out = l->items;
  } else if (const Dict* d = value.dict()) {
    for (const auto& entry : d->items) out.push_back(entry.first);
  } else if (const Text* t = value.text()) {
    HUG_TRY(spend(t->bytes.size()));
    for (std::size_t i = 0; i < t->bytes.size();) {
      std::size_t n = 1;
      while (i + n < t->bytes.size() &&
             (static_cast<unsigned char>(t->bytes[i + n]) & 0xc0) == 0x80) {
        ++n;
      }
      out.push_back(Value::string(t->substr(i, n)));
      i += n;
    }
  } else {
    return Error(Code::kUsage, "'" + std::string(value.type_name()) +
                                   "' object is not iterable");
  }
  HUG_TRY(spend(out.size()));
  return out;
}

Result<Value> Interpreter::call(const Value& callee, Arguments& arguments) {
  const Function* f = callee.function();
  if (f == nullptr) {
    if (callee.is_undefined()) {
      return Error(Code::kUsage,
                   "'" + callee.as<Undefined>()->name + "' is undefined");
    }
    return Error(Code::kUsage, "'" + std::string(callee.type_name()) +
                                   "' object is not callable");
  }
  if (depth >= limits.call_depth) {
    return Error(Code::kLimit, "template calls itself too deeply");
  }
  ++depth;
  Result<Value> out = f->call(*this, arguments);
  --depth;
  return out;
}

Result<Value> Interpreter::evaluate(const Expression& e) {
  HUG_TRY(spend(1));
  Result<Value> out = evaluate_node(*this, e);
  if (out.has_value()) return out;
  return located(std::move(out).error(), e.at);
}

Result<Flow> Interpreter::run(const Body& body, Text& out) {
  for (const Statement& s : body) {
    HUG_TRY(spend(1));
    Result<Flow> flow = run_statement(*this, s, out);
    if (!flow.has_value()) return located(std::move(flow).error(), s.at);
    if (out.bytes.size() > limits.output) {
      return error_at(s.at, "output is larger than the limit")
          .code(Code::kLimit);
    }
    if (*flow != Flow::kNext) return flow;
  }
  return Flow::kNext;
}

}  // namespace hug::text::jinja
