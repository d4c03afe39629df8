// The Hub's rules for names of repositories.
#include <array>
#include <string>
#include <string_view>

#include "base/strings.h"
#include "hug/repo.h"

namespace hug {

namespace {

struct TypeRow {
  RepoType type;
  std::string_view singular;
  std::string_view plural;
};

constexpr std::array<TypeRow, 4> kTypes{{
    {RepoType::kModel, "model", "models"},
    {RepoType::kDataset, "dataset", "datasets"},
    {RepoType::kSpace, "space", "spaces"},
    {RepoType::kKernel, "kernel", "kernels"},
}};

bool word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_';
}

bool valid_part(std::string_view part) {
  if (part.empty() || part.size() > 96) return false;
  if (!word_character(part.front()) || !word_character(part.back())) {
    return false;
  }
  for (const char c : part) {
    if (!word_character(c) && c != '-' && c != '.') return false;
  }
  return true;
}

Error bad_id(std::string_view text, std::string why) {
  return Error(Code::kUsage, "'" + std::string(text) +
                                 "' is no repository id: " + std::move(why))
      .hint(text.find('@') == text.npos
                ? "write it as NAME or OWNER/NAME"
                : "write it as OWNER/NAME, and the revision with --revision or "
                  "in hf://OWNER/NAME@REVISION");
}

Result<void> check_part(std::string_view text, std::string_view part) {
  if (!valid_part(part)) {
    return bad_id(text,
                  "owner and name are 1 to 96 letters, digits, '_', '-' and "
                  "'.', with no '-' or '.' at either end");
  }
  return {};
}

}  // namespace

std::string_view repo_type_name(RepoType type) noexcept {
  return kTypes[static_cast<std::size_t>(type)].singular;
}

Result<RepoType> parse_repo_type(std::string_view text) {
  for (const auto& row : kTypes) {
    if (text == row.singular || text == row.plural) return row.type;
  }
  return Error(Code::kUsage,
               "unknown repository type '" + std::string(text) + "'")
      .hint("use model, dataset, space or kernel");
}

Result<RepoId> parse_repo_id(std::string_view text,
                             std::optional<RepoType> type) {
  auto parts = base::split(text, '/');
  if (parts.size() == 3) {
    for (const auto& row : kTypes) {
      if (parts[0] != row.plural) continue;
      if (type && *type != row.type) {
        return Error(Code::kUsage, "'" + std::string(text) +
                                       "' and the given type contradict each "
                                       "other")
            .hint("use one of the two");
      }
      type = row.type;
      parts.erase(parts.begin());
      break;
    }
  }
  if (parts.size() > 2) return bad_id(text, "there is more than one '/'");
  for (const auto part : parts)
    HUG_TRY(check_part(text, part));
  if (text.find("--") != text.npos || text.find("..") != text.npos) {
    return bad_id(text, "'--' and '..' are not allowed");
  }
  if (text.ends_with(".git")) return bad_id(text, "it ends with '.git'");
  RepoId id;
  id.type = type.value_or(RepoType::kModel);
  if (parts.size() == 2) id.owner = parts[0];
  id.name = parts.back();
  return id;
}

}  // namespace hug
