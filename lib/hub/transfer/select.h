// Which paths are meant: include and exclude patterns as the Python client
// reads them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hug::transfer {

/// A pattern as it is matched: '\' is '/', "dir/" means "dir/*".
std::string normal_pattern(std::string_view pattern);

class Selection {
 public:
  /// Empty `include` takes everything.
  Selection(const std::vector<std::string>& include,
            const std::vector<std::string>& exclude);

  /// Adds what uploads never take: .git and the client's own folder.
  Selection& without_own_files();

  bool takes(std::string_view path) const;

 private:
  std::vector<std::string> include_;
  std::vector<std::string> exclude_;
};

bool matches_any(std::string_view path,
                 const std::vector<std::string>& patterns);
/// The last part of a path, without slashes.
std::string base_name(std::string_view path);
/// True when the text has '*', '?' or '['.
bool is_pattern(std::string_view text);

}  // namespace hug::transfer
