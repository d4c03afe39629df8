#include "text/jinja/interpreter.h"

#include "text/jinja/operators.h"
#include "text/jinja/syntax/lexer.h"

namespace hug::text::jinja {

namespace {

using SK = Statement::Kind;
using Flow = Interpreter::Flow;

Result<void> assign(Scope& scope, const std::vector<std::string>& targets,
                    Interpreter& in, const Value& value) {
  if (targets.size() == 1) {
    scope.insert_or_assign(targets[0], value);
    return {};
  }
  std::vector<Value> parts = HUG_TRY(in.iterate(value));
  if (parts.size() != targets.size()) {
    return Error(Code::kUsage, "cannot unpack " + std::to_string(parts.size()) +
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
  target.name_space()->fields.set(Value::string(s.attribute), std::move(value));
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
    for (Scope& scope : saved)
      at_call.scopes.push_back(std::move(scope));
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
        value = HUG_TRY(in.filter_text(*s.expression, std::move(inner)));
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
      out.append(
          to_text(HUG_TRY(in.filter_text(*s.expression, std::move(inner)))));
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
    for (const auto& entry : d->items)
      out.push_back(entry.first);
  } else if (const Text* t = value.text()) {
    HUG_TRY(spend(t->bytes.size()));
    for (std::size_t at = 0; at < t->bytes.size();) {
      const std::size_t end = code_point_end(t->bytes, at);
      out.push_back(Value::string(t->substr(at, end - at)));
      at = end;
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
    if (callee.is_undefined()) return undefined_error(callee);
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

Result<Flow> Interpreter::run(const Body& body, Text& out) {
  for (const Statement& s : body) {
    HUG_TRY(spend(1));
    Result<Flow> flow = run_statement(*this, s, out);
    if (!flow.has_value()) return locate(std::move(flow).error(), s.at);
    if (out.bytes.size() > limits.output) {
      return error_at(s.at, "output is larger than the limit")
          .code(Code::kLimit);
    }
    if (*flow != Flow::kNext) return flow;
  }
  return Flow::kNext;
}

}  // namespace hug::text::jinja
