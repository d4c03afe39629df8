// The functions a template finds: namespace, range, raise_exception ...
#include <array>
#include <ctime>

#include "text/jinja/interpreter.h"

namespace hug::text::jinja {

namespace {

constexpr std::int64_t kMaxRange = 100'000;

Result<Dict> dict_of(Arguments& a) {
  Dict out;
  for (const Value& v : a.positional) {
    if (v.dict() == nullptr) {
      return Error(Code::kUsage, "dict() takes mappings and keywords");
    }
    for (const auto& [key, value] : v.dict()->items)
      out.set(key, value);
  }
  for (auto& [name, value] : a.named)
    out.set(Value::string(name), value);
  return out;
}

Result<Value> make_namespace(Interpreter&, Arguments& a) {
  auto out = std::make_shared<Namespace>();
  out->fields = HUG_TRY(dict_of(a));
  return Value::object(std::move(out));
}

Result<Value> make_dict(Interpreter&, Arguments& a) {
  return Value::dict(HUG_TRY(dict_of(a)));
}

Result<Value> range(Interpreter& in, Arguments& a) {
  std::array<std::int64_t, 3> p{0, 0, 1};
  const std::size_t n = a.positional.size();
  if (n == 0 || n > 3)
    return Error(Code::kUsage, "range() takes 1 to 3 numbers");
  for (std::size_t i = 0; i < n; ++i) {
    const Value& v = a.positional[i];
    if (!v.is_integer() && !v.is_bool()) {
      return Error(Code::kUsage,
                   "range() takes integers, not " + std::string(v.type_name()));
    }
    p[n == 1 ? 1 : i] = v.whole();
  }
  if (p[2] == 0) return Error(Code::kUsage, "range() step cannot be zero");
  std::vector<Value> out;
  for (std::int64_t i = p[0]; p[2] > 0 ? i < p[1] : i > p[1];) {
    out.push_back(Value::integer(i));
    if (static_cast<std::int64_t>(out.size()) > kMaxRange) {
      return Error(Code::kLimit, "range() is limited to " +
                                     std::to_string(kMaxRange) + " numbers");
    }
    if (__builtin_add_overflow(i, p[2], &i)) break;
  }
  HUG_TRY(in.spend(out.size()));
  return Value::list(std::move(out));
}

Result<Value> raise_exception(Interpreter&, Arguments& a) {
  const Value* message = a.find(0, "message");
  return Error(Code::kUsage, message == nullptr
                                 ? "the template refused the conversation"
                                 : to_text(*message).bytes);
}

Result<Value> strftime_now(Interpreter& in, Arguments& a) {
  const Value* format = a.find(0, "format");
  if (format == nullptr || format->text() == nullptr) {
    return Error(Code::kUsage, "strftime_now() takes a format");
  }
  const auto now =
      in.now.value_or(std::chrono::time_point_cast<std::chrono::seconds>(
          std::chrono::system_clock::now()));
  const std::time_t t = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  // A date that was given is taken as it stands; now is local time.
  if (in.now.has_value()) {
    gmtime_r(&t, &parts);
  } else {
    localtime_r(&t, &parts);
  }
  const std::string& f = format->text()->bytes;
  if (f.empty() || f.size() > 256) return Value::string("");
  std::array<char, 1024> buffer{};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  const auto n = std::strftime(buffer.data(), buffer.size(), f.c_str(), &parts);
#pragma GCC diagnostic pop
  return Value::string(std::string(buffer.data(), n));
}

// joiner(sep)(): "" the first time, then the separator.
Result<Value> joiner(Interpreter&, Arguments& a) {
  const Value* given = a.find(0, "sep");
  Value separator = given != nullptr ? *given : Value::string(", ");
  auto used = std::make_shared<bool>(false);
  return make_function(
      "joiner", [separator, used](Interpreter&, Arguments&) -> Result<Value> {
        if (std::exchange(*used, true)) return separator;
        return Value::string("");
      });
}

}  // namespace

void add_globals(Scope& scope) {
  const auto add = [&](const char* name, auto f) {
    scope.insert_or_assign(name, make_function(name, f));
  };
  add("namespace", make_namespace);
  add("dict", make_dict);
  add("range", range);
  add("raise_exception", raise_exception);
  add("strftime_now", strftime_now);
  add("joiner", joiner);
}

}  // namespace hug::text::jinja
