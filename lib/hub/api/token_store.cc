#include "api/token_store.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "sys/atomic_file.h"
#include "sys/fs.h"

namespace hug::api {

namespace {

constexpr std::uint64_t kMostBytes = 1U << 20;

NamedToken from_section(const data::IniSection& section) {
  NamedToken token;
  token.name = section.name;
  const auto text = [&](const char* key) {
    const auto* value = section.find(key);
    return value == nullptr ? std::string() : *value;
  };
  token.value = clean_token(text("hf_token"));
  token.refresh = clean_token(text("refresh_token"));
  token.expires_at = base::parse_signed(text("expires_at"));
  return token;
}

}  // namespace

std::string clean_token(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != '\r' && c != '\n') out += c;
  }
  return std::string(base::trim(out));
}

std::string mask_token(std::string_view token) {
  if (token.size() < 8) return "****";
  return std::string(token.substr(0, 3)) + "****" +
         std::string(token.substr(token.size() - 4));
}

TokenStore::TokenStore(const Context::Parts& parts)
    : parts_(&parts), places_(sys::locations(parts.env)) {}

Result<std::optional<std::string>> TokenStore::active() const {
  const auto content = HUG_TRY(parts_->fs->find_file(token_path(), kMostBytes));
  if (!content) return std::optional<std::string>();
  auto token = clean_token(*content);
  if (token.empty()) return std::optional<std::string>();
  return std::optional(std::move(token));
}

Result<void> TokenStore::write_secret(const std::string& path,
                                      std::string_view content) const {
  auto& fs = *parts_->fs;
  const auto dir = sys::At(path).parent();
  // Only a directory that is made here is closed to others: an existing one
  // may be shared on purpose.
  if (!fs.exists(dir)) HUG_TRY(fs.make_dirs(dir, 0700));
  return sys::write_file(fs, path, content, {.mode = 0600});
}

Result<void> TokenStore::set_active(std::string_view token) const {
  return write_secret(token_path(), token);
}

Result<bool> TokenStore::clear_active() const {
  return parts_->fs->remove_if_present(token_path());
}

Result<data::Ini> TokenStore::load() const {
  const auto content =
      HUG_TRY(parts_->fs->find_file(stored_path(), kMostBytes));
  auto ini = data::Ini::parse(content.value_or(""), stored_path());
  if (!ini) {
    return std::move(ini).error().hint(
        "repair or remove the file; it is not overwritten");
  }
  return ini;
}

Result<std::vector<NamedToken>> TokenStore::all() const {
  const auto ini = HUG_TRY(load());
  std::vector<NamedToken> out;
  for (const auto& section : ini.sections()) {
    auto token = from_section(section);
    if (!token.value.empty()) out.push_back(std::move(token));
  }
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

Result<std::optional<NamedToken>> TokenStore::find(
    std::string_view name) const {
  for (auto& token : HUG_TRY(all())) {
    if (token.name == name) return std::optional(std::move(token));
  }
  return std::optional<NamedToken>();
}

Result<void> TokenStore::put(const NamedToken& token) const {
  const bool odd = token.name.empty() || token.name == "DEFAULT" ||
                   token.name.find_first_of("]\r\n") != std::string::npos;
  if (odd) {
    return Error(Code::kUsage,
                 "a token cannot be stored as '" + token.name + "'");
  }
  auto ini = HUG_TRY(load());
  auto& section = ini.replace(token.name);
  section.set("hf_token", token.value);
  if (!token.refresh.empty()) section.set("refresh_token", token.refresh);
  if (token.expires_at) {
    section.set("expires_at", std::to_string(*token.expires_at));
  }
  ini.sort();
  return write_secret(stored_path(), ini.dump());
}

Result<bool> TokenStore::remove(std::string_view name) const {
  auto ini = HUG_TRY(load());
  if (!ini.remove(name)) return false;
  HUG_TRY(write_secret(stored_path(), ini.dump()));
  return true;
}

Result<bool> TokenStore::remove_all() const {
  return parts_->fs->remove_if_present(stored_path());
}

Result<sys::Lock> TokenStore::lock() const {
  auto& fs = *parts_->fs;
  const auto path = stored_path() + ".lock";
  if (!fs.exists(sys::At(path).parent())) {
    HUG_TRY(fs.make_dirs(sys::At(path).parent(), 0700));
  }
  return sys::Lock::acquire(fs, *parts_->clock, path,
                            {.wait = std::chrono::seconds(30),
                             .purpose = "renewing a token",
                             .stop = parts_->stop});
}

}  // namespace hug::api
