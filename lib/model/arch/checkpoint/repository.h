// The small files of a checkpoint: json and text, read once.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "hug/file_set.h"
#include "hug/result.h"

namespace hug::arch {

class Repository {
 public:
  /// `files` must outlive this. `name`: the folder's or repository's; empty:
  /// the last part of the file set's name.
  Repository(const FileSet& files, std::string name);
  ~Repository();

  const FileSet& files() const noexcept { return files_; }

  const std::string& name() const noexcept { return name_; }

  bool has(std::string_view path) const;
  /// Null when there is no such file. Errors: kCorrupt, kLimit, kIo ...
  Result<const nlohmann::json*> json(const std::string& path);
  Result<std::optional<std::string>> text(const std::string& path) const;
  /// Frees what json() keeps.
  void forget();

 private:
  const FileSet& files_;
  std::string name_;
  std::map<std::string, std::unique_ptr<nlohmann::json>> parsed_;
};

}  // namespace hug::arch
