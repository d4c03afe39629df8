// a + b, a in b, a % b ...
#include "text/jinja/operators.h"

#include <algorithm>
#include <cmath>

namespace hug::text::jinja {

namespace {

constexpr std::size_t kMaxItems = 1'000'000;

Error type_error(std::string_view op, const Value& a, const Value& b) {
  return Error(Code::kUsage, "unsupported operand types for " +
                                 std::string(op) + ": '" +
                                 std::string(a.type_name()) + "' and '" +
                                 std::string(b.type_name()) + "'");
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
    for (std::size_t i = 0; i < n; ++i)
      out.append(*t);
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
      out.append({std::to_string(
          v.is_real() ? static_cast<std::int64_t>(v.number()) : v.whole())});
    } else {
      return Error(Code::kUnsupported,
                   std::string("unsupported format '%") + kind + "'");
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

Result<bool> contains(Interpreter& in, const Value& item,
                      const Value& in_what) {
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

}  // namespace

Error undefined_error(const Value& v) {
  return Error(Code::kUsage, "'" + v.as<Undefined>()->name + "' is undefined");
}

Result<Value> apply_binary(Interpreter& in, std::string_view op, const Value& a,
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
  if (op == "+" && a.list() && b.list() && a.list()->tuple == b.list()->tuple) {
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
    return undefined_error(a.is_undefined() ? a : b);
  }
  return type_error(op, a, b);
}

Result<bool> holds(Interpreter& in, std::string_view op, const Value& a,
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

Result<Value> apply_unary(std::string_view op, const Value& v) {
  if (op == "not") return Value::boolean(!v.truthy());
  if (!v.is_number()) {
    return Error(Code::kUsage, "bad operand type for unary " + std::string(op) +
                                   ": '" + std::string(v.type_name()) + "'");
  }
  if (op == "+") return v;
  if (v.is_real()) return Value::real(-v.number());
  return integer_arithmetic("-", 0, v.whole());
}
}  // namespace hug::text::jinja
