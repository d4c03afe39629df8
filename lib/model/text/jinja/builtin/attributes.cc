// value.name: methods of strings, lists and dicts, and the loop variable.
#include "text/jinja/builtin/methods.h"

namespace hug::text::jinja {

namespace {

// loop.cycle(a, b): a and b in turns.
Result<Value> cycle(const Arguments& a, std::size_t index) {
  if (a.positional.empty()) return method_error("cycle", "values");
  return a.positional[index % a.positional.size()];
}

// loop.changed(a): whether it was called with something else before.
Value changed(Loop& loop, const Arguments& a) {
  Value now = Value::tuple(a.positional);
  const bool out = !loop.changed || !equal(*loop.changed, now);
  loop.changed = std::make_shared<Value>(std::move(now));
  return Value::boolean(out);
}

Value loop_attribute(const std::shared_ptr<Loop>& loop, std::string_view name) {
  const auto& items = loop->items->items;
  const std::size_t i = loop->index0;
  const auto number = [](std::size_t n) {
    return Value::integer(static_cast<std::int64_t>(n));
  };
  if (name == "index") return number(i + 1);
  if (name == "index0") return number(i);
  if (name == "revindex") return number(items.size() - i);
  if (name == "revindex0") return number(items.size() - i - 1);
  if (name == "first") return Value::boolean(i == 0);
  if (name == "last") return Value::boolean(i + 1 == items.size());
  if (name == "length") return number(items.size());
  if (name == "depth") return number(loop->depth0 + 1);
  if (name == "depth0") return number(loop->depth0);
  if (name == "previtem" && i > 0) return items[i - 1];
  if (name == "nextitem" && i + 1 < items.size()) return items[i + 1];
  if (name == "cycle") {
    return make_function(
        name, [i](Interpreter&, Arguments& a) { return cycle(a, i); });
  }
  if (name == "changed") {
    return make_function(
        name, [loop](Interpreter&, Arguments& a) { return changed(*loop, a); });
  }
  return Value::undefined(std::string(name));
}

}  // namespace

Error method_error(std::string_view name, std::string_view what) {
  return Error(Code::kUsage,
               std::string(name) + "() takes " + std::string(what));
}

Value find_attribute(const Value& value, std::string_view name) {
  const std::string n(name);
  if (value.text() != nullptr && is_string_method(name)) {
    return make_function(name, [value, n](Interpreter& at, Arguments& a) {
      return string_method(at, *value.text(), n, a);
    });
  }
  if (const auto* d = value.as<std::shared_ptr<Dict>>();
      d != nullptr && is_dict_method(name)) {
    return make_function(name, [dict = *d, n](Interpreter& at, Arguments& a) {
      return dict_method(at, dict, n, a);
    });
  }
  if (const auto* l = value.as<std::shared_ptr<List>>();
      l != nullptr && is_list_method(name)) {
    return make_function(name, [list = *l, n](Interpreter& at, Arguments& a) {
      return list_method(at, list, n, a);
    });
  }
  if (const auto* loop = value.as<std::shared_ptr<Loop>>()) {
    return loop_attribute(*loop, name);
  }
  if (const Namespace* ns = value.name_space()) {
    if (const Value* v = ns->fields.find(name)) return *v;
  }
  return Value::undefined(n);
}

}  // namespace hug::text::jinja
