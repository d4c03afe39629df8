// Regular expressions of tokenizers, run by PCRE2 (JIT). Patterns come from
// model repositories, in Oniguruma's Ruby syntax; where PCRE2 differs they are
// rewritten. Matching is limited in steps and memory.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "hug/result.h"

namespace hug::text {

struct ByteRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// A compiled pattern. Immutable; many matchers may use it at once.
class Regex {
 public:
  /// Errors: kUnsupported when the pattern does not compile.
  static Result<Regex> compile(std::string_view oniguruma);
  /// Text that is matched literally.
  static Result<Regex> literal(std::string_view text);
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

 private:
  friend class Matcher;
  struct Code;
  explicit Regex(std::shared_ptr<const Code> code);
  std::shared_ptr<const Code> code_;
};

/// One thread's working memory for matching. The subject must be valid UTF-8.
class Matcher {
 public:
  explicit Matcher(const Regex& regex);
  Matcher(Matcher&&) noexcept;
  Matcher& operator=(Matcher&&) noexcept;
  ~Matcher();

  /// The leftmost match at or behind `from`; nothing when there is none.
  /// Errors: kLimit.
  Result<std::optional<ByteRange>> find(std::string_view subject,
                                        std::size_t from);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The pattern in PCRE2's syntax (exposed for tests).
Result<std::string> translate_oniguruma(std::string_view pattern);

}  // namespace hug::text
