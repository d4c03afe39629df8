#include "data/ini.h"

#include <algorithm>

#include "base/strings.h"
#include "base/utf8.h"

namespace hug::data {

namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;

// Reads line by line as RawConfigParser does by default: no inline comments,
// an empty line inside a value is part of it while what follows is indented.
class Reader {
 public:
  Reader(std::string_view name, std::vector<IniSection>& out)
      : name_(name), out_(out) {}

  Result<void> line(std::string_view text) {
    ++number_;
    const std::string_view value = base::trim(text);
    const bool comment =
        !value.empty() && (value.front() == '#' || value.front() == ';');
    if (comment) return {};
    if (value.empty()) {
      // Kept only if the value goes on behind it.
      if (in_value_) ++blank_;
      return {};
    }
    const auto indent = text.find_first_not_of(" \t\r\f\v");
    if (in_value_ && indent > indent_) {
      std::string& v = out_.back().values.back().second;
      v.append(blank_ + 1, '\n').append(value);
      blank_ = 0;
      return {};
    }
    blank_ = 0;
    indent_ = indent;
    in_value_ = false;
    return value.front() == '[' ? section(value) : option(value);
  }

 private:
  Error bad(const std::string& cause) const {
    return Error(Code::kCorrupt, "'" + std::string(name_) + "', line " +
                                     std::to_string(number_) + ": " + cause);
  }

  Result<void> section(std::string_view value) {
    const auto end = value.rfind(']');
    if (end == value.npos || end < 2) return bad("not a section");
    const std::string_view title = value.substr(1, end - 1);
    for (const IniSection& s : out_) {
      if (s.name == title) return bad("the section appears a second time");
    }
    out_.push_back({std::string(title), {}});
    return {};
  }

  Result<void> option(std::string_view value) {
    if (out_.empty()) return bad("a value in front of the first section");
    const auto n = value.find_first_of("=:");
    if (n == value.npos || n == 0) return bad("neither a section nor a value");
    std::string key = base::to_lower(base::trim(value.substr(0, n)));
    if (out_.back().find(key) != nullptr) {
      return bad("the key appears a second time in its section");
    }
    out_.back().values.emplace_back(
        std::move(key), std::string(base::trim(value.substr(n + 1))));
    in_value_ = true;
    return {};
  }

  std::string_view name_;
  std::vector<IniSection>& out_;
  std::size_t number_ = 0;
  std::size_t indent_ = 0;
  std::size_t blank_ = 0;
  bool in_value_ = false;
};

}  // namespace

const std::string* IniSection::find(std::string_view key) const {
  for (const auto& [k, v] : values) {
    if (k == key) return &v;
  }
  return nullptr;
}

void IniSection::set(std::string_view key, std::string value) {
  for (auto& [k, v] : values) {
    if (k == key) {
      v = std::move(value);
      return;
    }
  }
  values.emplace_back(base::to_lower(key), std::move(value));
}

Result<Ini> Ini::parse(std::string_view text, std::string_view name) {
  if (text.size() > kMaxBytes) {
    return Error(Code::kLimit,
                 "'" + std::string(name) + "' is larger than 1 MiB");
  }
  if (!base::is_valid_utf8(text)) {
    return Error(Code::kCorrupt, "'" + std::string(name) + "' is not UTF-8");
  }
  Ini out;
  Reader reader(name, out.sections_);
  for (const std::string_view line : base::split(text, '\n')) {
    HUG_TRY(reader.line(line));
  }
  return out;
}

const IniSection* Ini::find(std::string_view section) const {
  for (const IniSection& s : sections_) {
    if (s.name == section) return &s;
  }
  return nullptr;
}

IniSection* Ini::find(std::string_view section) {
  return const_cast<IniSection*>(std::as_const(*this).find(section));
}

IniSection& Ini::replace(std::string_view section) {
  IniSection* s = find(section);
  if (s == nullptr) {
    sections_.push_back({std::string(section), {}});
    return sections_.back();
  }
  s->values.clear();
  return *s;
}

bool Ini::remove(std::string_view section) {
  return std::erase_if(sections_, [&](const IniSection& s) {
           return s.name == section;
         }) != 0;
}

void Ini::sort() {
  // The order of UTF-8 bytes is that of code points.
  std::sort(
      sections_.begin(), sections_.end(),
      [](const IniSection& a, const IniSection& b) { return a.name < b.name; });
}

std::string Ini::dump() const {
  std::string out;
  for (const IniSection& s : sections_) {
    out += "[" + s.name + "]\n";
    for (const auto& [key, value] : s.values) {
      out += key + " = " + base::replace_all(value, "\n", "\n\t") + "\n";
    }
    out += "\n";
  }
  return out;
}

}  // namespace hug::data
