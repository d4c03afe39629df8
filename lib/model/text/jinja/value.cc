#include "text/jinja/value.h"

#include <algorithm>
#include <cmath>
#include <compare>

namespace hug::text::jinja {

bool Text::has_input() const noexcept {
  return mask.find('\1') != std::string::npos;
}

void Text::append(const Text& other) {
  if (!mask.empty() || !other.mask.empty()) {
    mask.resize(bytes.size(), '\0');
    mask += other.mask;
    mask.resize(bytes.size() + other.bytes.size(), '\0');
  }
  bytes += other.bytes;
}

Text Text::substr(std::size_t begin, std::size_t size) const {
  Text out{bytes.substr(begin, size)};
  out.markup = markup;
  if (!mask.empty()) out.mask = mask.substr(begin, size);
  return out;
}

const Value* Dict::find(const Value& key) const {
  for (const auto& [k, v] : items) {
    if (equal(k, key)) return &v;
  }
  return nullptr;
}

const Value* Dict::find(std::string_view key) const {
  for (const auto& [k, v] : items) {
    if (k.text() != nullptr && k.text()->bytes == key) return &v;
  }
  return nullptr;
}

void Dict::set(Value key, Value value) {
  for (auto& [k, v] : items) {
    if (equal(k, key)) {
      v = std::move(value);
      return;
    }
  }
  items.emplace_back(std::move(key), std::move(value));
}

bool Dict::erase(const Value& key) {
  const auto it = std::find_if(items.begin(), items.end(), [&](auto& entry) {
    return equal(entry.first, key);
  });
  if (it == items.end()) return false;
  items.erase(it);
  return true;
}

namespace {

template <class T>
T* pointer_in(const Value& value) {
  const auto* held = value.as<std::shared_ptr<T>>();
  return held == nullptr ? nullptr : held->get();
}

}  // namespace

const Text* Value::text() const noexcept {
  return pointer_in<const Text>(*this);
}

List* Value::list() const noexcept {
  return pointer_in<List>(*this);
}

Dict* Value::dict() const noexcept {
  return pointer_in<Dict>(*this);
}

Loop* Value::loop() const noexcept {
  return pointer_in<Loop>(*this);
}

Namespace* Value::name_space() const noexcept {
  return pointer_in<Namespace>(*this);
}

const Function* Value::function() const noexcept {
  return pointer_in<const Function>(*this);
}

std::int64_t Value::whole() const noexcept {
  if (const auto* b = as<bool>()) return *b ? 1 : 0;
  return *as<std::int64_t>();
}

double Value::number() const noexcept {
  if (const auto* d = as<double>()) return *d;
  return static_cast<double>(whole());
}

bool Value::truthy() const noexcept {
  if (is_undefined() || is_none()) return false;
  if (is_number()) return number() != 0;
  if (const Text* t = text()) return !t->bytes.empty();
  if (const List* l = list()) return !l->items.empty();
  if (const Dict* d = dict()) return !d->items.empty();
  return true;
}

std::string_view Value::type_name() const noexcept {
  if (is_undefined()) return "Undefined";
  if (is_none()) return "NoneType";
  if (is_bool()) return "bool";
  if (is_integer()) return "int";
  if (is_real()) return "float";
  if (text() != nullptr) return "str";
  if (const List* l = list()) return l->tuple ? "tuple" : "list";
  if (dict() != nullptr) return "dict";
  return "object";
}

const Value* Arguments::find(std::size_t index, std::string_view name) const {
  if (index < positional.size()) return &positional[index];
  for (const auto& [key, value] : named) {
    if (key == name) return &value;
  }
  return nullptr;
}

Value make_function(
    std::string_view name,
    std::function<Result<Value>(Interpreter&, Arguments&)> call) {
  auto f = std::make_shared<Function>();
  f->name = std::string(name);
  f->call = std::move(call);
  return Value::object(std::shared_ptr<const Function>(std::move(f)));
}

std::int64_t whole_or(const Value* argument, std::int64_t fallback) {
  if (argument == nullptr) return fallback;
  return argument->is_integer() || argument->is_bool() ? argument->whole()
                                                       : fallback;
}

bool flag_or(const Value* argument, bool fallback) {
  return argument != nullptr ? argument->truthy() : fallback;
}

bool equal(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) {
    if (a.is_real() || b.is_real()) return a.number() == b.number();
    return a.whole() == b.whole();
  }
  if (a.text() && b.text()) return a.text()->bytes == b.text()->bytes;
  if (a.list() && b.list()) {
    const List& x = *a.list();
    const List& y = *b.list();
    return x.tuple == y.tuple &&
           std::equal(x.items.begin(), x.items.end(), y.items.begin(),
                      y.items.end(), equal);
  }
  if (a.dict() && b.dict()) {
    if (a.dict()->items.size() != b.dict()->items.size()) return false;
    for (const auto& [key, value] : a.dict()->items) {
      const Value* other = b.dict()->find(key);
      if (other == nullptr || !equal(value, *other)) return false;
    }
    return true;
  }
  if (a.is_none() || a.is_undefined()) {
    return a.is_none() ? b.is_none() : b.is_undefined();
  }
  if (a.name_space()) return a.name_space() == b.name_space();
  return a.function() != nullptr && a.function() == b.function();
}

Result<int> compare(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) {
    if (!a.is_real() && !b.is_real()) {
      return (a.whole() > b.whole()) - (a.whole() < b.whole());
    }
    return (a.number() > b.number()) - (a.number() < b.number());
  }
  if (a.text() && b.text()) {
    // UTF-8 order is code point order.
    const int c = a.text()->bytes.compare(b.text()->bytes);
    return (c > 0) - (c < 0);
  }
  if (a.list() && b.list() && a.list()->tuple == b.list()->tuple) {
    const auto& x = a.list()->items;
    const auto& y = b.list()->items;
    for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
      if (equal(x[i], y[i])) continue;
      return compare(x[i], y[i]);
    }
    return (x.size() > y.size()) - (x.size() < y.size());
  }
  return Error(Code::kUsage, "cannot order a " + std::string(a.type_name()) +
                                 " and a " + std::string(b.type_name()));
}

namespace {

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

}  // namespace

std::size_t count_code_points(std::string_view bytes) {
  return static_cast<std::size_t>(std::count_if(
      bytes.begin(), bytes.end(), [](char c) { return !continues(c); }));
}

std::size_t code_point_offset(std::string_view bytes, std::size_t index) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (continues(bytes[i])) continue;
    if (seen++ == index) return i;
  }
  return bytes.size();
}

std::size_t code_point_end(std::string_view bytes, std::size_t at) {
  do
    ++at;
  while (at < bytes.size() && continues(bytes[at]));
  return at;
}

}  // namespace hug::text::jinja
