// Tokens on disk: the active one ($HF_HOME/token) and the named ones
// (stored_tokens beside it), in the formats of the Python client.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/ini.h"
#include "hug/result.h"
#include "sys/context.h"
#include "sys/lock.h"
#include "sys/paths.h"

namespace hug::api {

struct NamedToken {
  std::string name = {};
  std::string value = {};
  std::string refresh = {};                     ///< empty: not renewable
  std::optional<std::int64_t> expires_at = {};  ///< Unix seconds
};

class TokenStore {
 public:
  explicit TokenStore(const Context::Parts& parts);

  const std::string& token_path() const noexcept { return places_.token; }

  const std::string& stored_path() const noexcept {
    return places_.stored_tokens;
  }

  /// The content of the token file, cleaned; nothing when absent or empty.
  Result<std::optional<std::string>> active() const;
  Result<void> set_active(std::string_view token) const;
  /// False when there was none.
  Result<bool> clear_active() const;

  /// Errors: kCorrupt when the file does not parse.
  Result<std::vector<NamedToken>> all() const;
  Result<std::optional<NamedToken>> find(std::string_view name) const;
  /// Adds or replaces; refuses to touch a file that does not parse.
  Result<void> put(const NamedToken& token) const;
  /// False when there was none of that name.
  Result<bool> remove(std::string_view name) const;
  Result<bool> remove_all() const;

  /// Held while a token is renewed, so that one process does it.
  Result<sys::Lock> lock() const;

 private:
  Result<data::Ini> load() const;
  Result<void> write_secret(const std::string& path,
                            std::string_view content) const;

  const Context::Parts* parts_;
  sys::Locations places_;
};

/// Without CR, LF and blanks at the ends.
std::string clean_token(std::string_view text);
/// "hf_****abcd"
std::string mask_token(std::string_view token);

}  // namespace hug::api
