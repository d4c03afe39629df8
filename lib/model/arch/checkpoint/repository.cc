#include "arch/checkpoint/repository.h"

#include <nlohmann/json.hpp>

#include "data/json.h"
#include "text/json_tokenizer.h"

namespace hug::arch {

namespace {

constexpr std::uint64_t kMaxSmallFile = 256 << 20;

std::string last_part(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/'))
    path.remove_suffix(1);
  const auto slash = path.rfind('/');
  if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
  return std::string(path);
}

}  // namespace

Repository::Repository(const FileSet& files, std::string name)
    : files_(files),
      name_(name.empty() ? last_part(files.name()) : std::move(name)) {}

Repository::~Repository() = default;

bool Repository::has(std::string_view path) const {
  return files_.find(path) != nullptr;
}

Result<const nlohmann::json*> Repository::json(const std::string& path) {
  const auto it = parsed_.find(path);
  if (it != parsed_.end()) return it->second.get();
  const auto content = HUG_TRY(text(path));
  std::unique_ptr<nlohmann::json> value;
  if (content) {
    data::JsonLimits limits;
    limits.bytes = kMaxSmallFile;
    value = std::make_unique<nlohmann::json>(HUG_TRY(
        path == "tokenizer.json" ? text::parse_tokenizer_json(*content, path)
                                 : data::parse_json(*content, path, limits)));
  }
  const nlohmann::json* result = value.get();
  parsed_.emplace(path, std::move(value));
  return result;
}

Result<std::optional<std::string>> Repository::text(
    const std::string& path) const {
  if (!has(path)) return std::optional<std::string>();
  return std::optional<std::string>(
      HUG_TRY(files_.read_text(path, kMaxSmallFile)));
}

void Repository::forget() {
  parsed_.clear();
}

}  // namespace hug::arch
