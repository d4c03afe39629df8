// INI files as Python's configparser (RawConfigParser) reads and writes them:
// keys in lower case, '=' or ':' between key and value, '#' and ';' comment
// lines, indented lines continue a value, duplicates are errors.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hug/result.h"

namespace hug::data {

struct IniSection {
  std::string name;
  std::vector<std::pair<std::string, std::string>> values;  // in order

  const std::string* find(std::string_view key) const;
  void set(std::string_view key, std::string value);
};

class Ini {
 public:
  /// Errors: kCorrupt with the line; kLimit above 1 MiB.
  static Result<Ini> parse(std::string_view text, std::string_view name);

  const std::vector<IniSection>& sections() const noexcept { return sections_; }

  const IniSection* find(std::string_view section) const;
  IniSection* find(std::string_view section);
  /// The section, empty now, made at the end when it is new.
  IniSection& replace(std::string_view section);
  bool remove(std::string_view section);
  void sort();  // by name, as code points
  /// "[name]", "key = value" lines, a blank line after each section.
  std::string dump() const;

 private:
  std::vector<IniSection> sections_;
};

}  // namespace hug::data
