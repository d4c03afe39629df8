// Operations on strings that filters and methods share. Each keeps the mask.
#include <utf8proc.h>

#include <algorithm>

#include "text/jinja/interpreter.h"

namespace hug::text::jinja {

namespace {

constexpr std::string_view kPythonSpace = " \t\n\r\f\v\x1c\x1d\x1e\x1f";

bool in_set(std::string_view set, std::string_view code_point) {
  for (std::size_t at = 0; at < set.size();) {
    const std::size_t end = code_point_end(set, at);
    if (set.substr(at, end - at) == code_point) return true;
    at = end;
  }
  return false;
}

bool is_python_space(std::string_view code_point) {
  if (code_point.size() == 1) {
    return kPythonSpace.find(code_point[0]) != kPythonSpace.npos;
  }
  std::int32_t c = 0;
  if (utf8proc_iterate(
          reinterpret_cast<const utf8proc_uint8_t*>(code_point.data()),
          static_cast<utf8proc_ssize_t>(code_point.size()), &c) <= 0) {
    return false;
  }
  return c == 0x85 || utf8proc_category(c) == UTF8PROC_CATEGORY_ZS ||
         c == 0x2028 || c == 0x2029;
}

// Maps each code point; the mask of a code point covers what it becomes.
template <class F>
Text map_code_points(const Text& text, F f) {
  Text out;
  const std::string_view s = text.bytes;
  for (std::size_t i = 0; i < s.size();) {
    std::int32_t c = 0;
    const auto n = utf8proc_iterate(
        reinterpret_cast<const utf8proc_uint8_t*>(s.data() + i),
        static_cast<utf8proc_ssize_t>(s.size() - i), &c);
    if (n <= 0) {
      out.append(text.substr(i++, 1));
      continue;
    }
    utf8proc_uint8_t bytes[4];
    const auto size = utf8proc_encode_char(f(c), bytes);
    Text piece{std::string(reinterpret_cast<const char*>(bytes),
                           static_cast<std::size_t>(size))};
    if (!text.mask.empty()) {
      piece.mask.assign(piece.bytes.size(), text.mask[i]);
    }
    out.append(piece);
    i += static_cast<std::size_t>(n);
  }
  return out;
}

bool is_letter(std::int32_t c) {
  const auto category = utf8proc_category(c);
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

}  // namespace

Text strip(const Text& text, std::string_view set, Side side) {
  const std::string_view s = text.bytes;
  const auto drops = [&](std::string_view code_point) {
    return set.empty() ? is_python_space(code_point) : in_set(set, code_point);
  };
  std::size_t begin = 0;
  std::size_t end = s.size();
  while (side != Side::kRight && begin < end) {
    const std::size_t next = code_point_end(s.substr(0, end), begin);
    if (!drops(s.substr(begin, next - begin))) break;
    begin = next;
  }
  while (side != Side::kLeft && end > begin) {
    std::size_t n = 1;
    while (end - n > begin &&
           (static_cast<unsigned char>(s[end - n]) & 0xc0) == 0x80) {
      ++n;
    }
    if (!drops(s.substr(end - n, n))) break;
    end -= n;
  }
  return text.substr(begin, end - begin);
}

Text replace_all(const Text& text, const Text& from, const Text& to,
                 std::int64_t count) {
  Text out;
  std::size_t at = 0;
  const std::string& s = text.bytes;
  while (count != 0) {
    std::size_t found = s.find(from.bytes, at);
    if (found == std::string::npos) break;
    if (from.bytes.empty()) {
      // An empty pattern matches between all code points.
      out.append(to);
      if (at >= s.size()) return out;
      found = code_point_offset(std::string_view(s).substr(at), 1) + at;
      out.append(text.substr(at, found - at));
      at = found;
    } else {
      out.append(text.substr(at, found - at));
      out.append(to);
      at = found + from.bytes.size();
    }
    if (count > 0) --count;
  }
  out.append(text.substr(at, s.size() - at));
  return out;
}

Text escape_html(const Text& text) {
  if (text.markup) return text;
  Text out;
  for (std::size_t i = 0; i < text.bytes.size(); ++i) {
    switch (text.bytes[i]) {
      case '&':
        out.append({"&amp;"});
        break;
      case '<':
        out.append({"&lt;"});
        break;
      case '>':
        out.append({"&gt;"});
        break;
      case '"':
        out.append({"&#34;"});
        break;
      case '\'':
        out.append({"&#39;"});
        break;
      default:
        out.append(text.substr(i, 1));
    }
  }
  out.markup = true;
  return out;
}

Text change_case(const Text& text, std::string_view how) {
  if (how == "upper") return map_code_points(text, utf8proc_toupper);
  if (how == "lower") return map_code_points(text, utf8proc_tolower);
  bool start = true;
  const bool title = how == "title";
  return map_code_points(text, [&](std::int32_t c) {
    const std::int32_t out = start ? utf8proc_toupper(c) : utf8proc_tolower(c);
    start = title && !is_letter(c);
    return out;
  });
}

Result<Value> join(Interpreter& in, const std::vector<Value>& items,
                   const Text& separator) {
  Text out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out.append(separator);
    out.append(to_text(items[i]));
    if (out.bytes.size() > in.limits.output) break;
  }
  return in.make_string(std::move(out));
}

}  // namespace hug::text::jinja
