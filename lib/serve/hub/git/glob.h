// Patterns of .gitignore and .gitattributes: '*' and '?' stop at '/', "**"
// between slashes crosses them. Linear in pattern times text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hug::hub {

class Glob {
 public:
  /// Understands every text; a broken set is taken literally.
  explicit Glob(std::string_view pattern);

  bool matches(std::string_view text) const;

 private:
  enum class Kind : std::uint8_t {
    kLiteral,   // this byte
    kOne,       // any byte but '/'
    kSet,       // a byte of the set, never '/'
    kRun,       // any bytes but '/', also none
    kFolders,   // nothing, or folders with their '/' (two states)
    kInFolder,  // the second state of kFolders
    kAll,       // anything, also none
  };

  struct Token {
    Kind kind = Kind::kLiteral;
    unsigned char byte = 0;
    std::vector<bool> set = {};  // 256 entries for kSet
  };

  std::size_t parse_set(std::string_view pattern, std::size_t at);
  void step(const std::vector<bool>& now, std::vector<bool>& next,
            unsigned char c) const;
  void close(std::vector<bool>& states) const;

  void find_shortcut();

  std::vector<Token> tokens_;
  // Nearly all patterns are "*.ext" or a name.
  bool simple_ = false;
  bool run_ = false;  // "*" before the literal
  std::string literal_ = {};
};

/// The byte text as a pattern that matches only itself in .gitattributes.
std::string escape_attribute_pattern(std::string_view path);

}  // namespace hug::hub
