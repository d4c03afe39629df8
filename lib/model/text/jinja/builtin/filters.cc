#include "text/jinja/builtin/filters.h"

#include <charconv>

namespace hug::text::jinja {

Error filter_error(std::string_view name, std::string_view what) {
  return Error(Code::kUsage,
               "filter '" + std::string(name) + "' " + std::string(what));
}

// item.a.b, or item[0] for a number.
Value attribute_path(Value v, const Value& attribute) {
  std::string name = to_text(attribute).bytes;
  while (!name.empty()) {
    const auto dot = name.find('.');
    const std::string part = name.substr(0, dot);
    name = dot == std::string::npos ? "" : name.substr(dot + 1);
    Value next = Value::undefined(part);
    if (const Dict* d = v.dict()) {
      if (const Value* found = d->find(std::string_view(part))) next = *found;
    } else if (const List* l = v.list()) {
      std::size_t i = 0;
      const auto r = std::from_chars(part.data(), part.data() + part.size(), i);
      if (r.ec == std::errc() && i < l->items.size()) next = l->items[i];
    } else {
      next = find_attribute(v, part);
    }
    v = std::move(next);
  }
  return v;
}

Result<Value> apply_filter(Interpreter& in, std::string_view name,
                           const Value& value, Arguments& arguments) {
  for (const auto filters : {text_filters(), number_filters(),
                             sequence_filters(), keyed_filters()}) {
    for (const Filter& f : filters) {
      if (f.name == name) return f.apply(in, value, arguments);
    }
  }
  return Error(Code::kUsage, "no filter named '" + std::string(name) + "'");
}

}  // namespace hug::text::jinja
