// A strict JSON reader that is asked for what should come next. Headers of
// tensor files are read with it: they may be large, their keys must not
// repeat, and nothing else may stand where a number is due. (Values of general
// shape are read with data/json.h.)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "hug/result.h"

namespace hug::format {

class JsonCursor {
 public:
  /// `text` must outlive the cursor.
  explicit JsonCursor(std::string_view text) : text_(text) {}

  /// Errors of all: kCorrupt, naming the byte.
  Result<void> expect(char c);
  /// Takes `c` when it comes next.
  bool accept(char c) noexcept;
  /// The character that comes next, 0 at the end. Skips blanks.
  char peek() noexcept;
  /// A string with its escapes undone; must be valid UTF-8.
  Result<std::string> string();
  /// An integer from 0 to 2^64 - 1, written without fraction or exponent.
  Result<std::uint64_t> unsigned_number();
  /// Any value; returns its text. At most 64 levels deep.
  Result<std::string_view> skip_value();
  /// Nothing but blanks may follow.
  Result<void> end();

  /// Calls f(key) for every key of an object, which has to read the value.
  template <class F>
  Result<void> object(F&& f) {
    HUG_TRY(expect('{'));
    if (accept('}')) return {};
    do {
      std::string key = HUG_TRY(string());
      HUG_TRY(expect(':'));
      HUG_TRY(f(std::move(key)));
    } while (accept(','));
    return expect('}');
  }

  /// Calls f() for every element of an array, which has to read it.
  template <class F>
  Result<void> array(F&& f) {
    HUG_TRY(expect('['));
    if (accept(']')) return {};
    do {
      HUG_TRY(f());
    } while (accept(','));
    return expect(']');
  }

 private:
  Error wrong(std::string_view what) const;
  Result<std::uint32_t> hex4();
  Result<void> escape(std::string& out);
  Result<void> skip_inner(unsigned depth);
  Result<void> skip_number();
  Result<void> skip_word(std::string_view word);

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace hug::format
