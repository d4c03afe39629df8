// Where things are kept, by the rules of the Python client.
#include <pwd.h>
#include <unistd.h>

#include <array>

#include "sys/paths.h"

namespace hug::sys {

namespace {

std::optional<std::string> home_of(const char* user) {
  std::array<char, 4096> buffer;
  passwd entry = {};
  passwd* found = nullptr;
  const int error =
      user == nullptr
          ? ::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(),
                         &found)
          : ::getpwnam_r(user, &entry, buffer.data(), buffer.size(), &found);
  if (error != 0 || found == nullptr || found->pw_dir == nullptr) return {};
  return std::string(found->pw_dir);
}

std::string expand_user(const Env& env, std::string_view path) {
  if (!path.starts_with('~')) return std::string(path);
  const auto slash = std::min(path.find('/'), path.size());
  const std::string user(path.substr(1, slash - 1));
  std::string home;
  if (user.empty()) {
    home = home_directory(env);
  } else if (auto other = home_of(user.c_str())) {
    home = std::move(*other);
  } else {
    return std::string(path);
  }
  while (home.ends_with('/'))
    home.pop_back();
  home += path.substr(slash);
  return home.empty() ? "/" : home;
}

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_';
}

// The length of "$NAME" or "${NAME}" at the start of `text`, and the name.
std::size_t reference_at(std::string_view text, std::string_view& name) {
  if (text.size() > 1 && text[1] == '{') {
    const auto end = text.find('}');
    if (end == text.npos) return 0;
    name = text.substr(2, end - 2);
    return end + 1;
  }
  std::size_t n = 1;
  while (n < text.size() && is_name_char(text[n]))
    ++n;
  name = text.substr(1, n - 1);
  return n > 1 ? n : 0;
}

std::string expand_variables(const Env& env, std::string_view path) {
  std::string out;
  while (!path.empty()) {
    std::string_view name;
    const std::size_t n =
        path.front() == '$' ? reference_at(path, name) : std::size_t{0};
    const auto value = n == 0 ? std::nullopt : env.find(name);
    if (value) {
      out += *value;
    } else {
      out += path.substr(0, n == 0 ? 1 : n);
    }
    path.remove_prefix(n == 0 ? 1 : n);
  }
  return out;
}

std::string parent_of(const std::string& path) {
  const auto n = path.rfind('/');
  if (n == path.npos) return ".";
  return n == 0 ? "/" : path.substr(0, n);
}

std::string set_or(const Env& env, std::string_view name,
                   std::string fallback) {
  if (!env.is_set(name)) return fallback;
  return expand_path(env, env.text(name));
}

}  // namespace

std::string home_directory(const Env& env) {
  const auto home = env.find("HOME");
  if (home && !home->empty()) return std::string(*home);
  return home_of(nullptr).value_or("/");
}

std::string expand_path(const Env& env, std::string_view path) {
  return expand_variables(env, expand_user(env, path));
}

Locations locations(const Env& env) {
  Locations out;
  std::string root = home_directory(env) + "/.cache";
  if (const auto xdg = env.find("XDG_CACHE_HOME"); xdg && !xdg->empty()) {
    root = expand_path(env, *xdg);
  }
  out.home = set_or(env, "HF_HOME", root + "/huggingface");
  if (env.flag("HUGGINGFACE_CO_STAGING")) {
    out.home = home_directory(env) + "/.cache/huggingface_staging";
  }
  out.hub_cache = set_or(env, "HF_HUB_CACHE", out.home + "/hub");
  out.assets_cache = set_or(env, "HF_ASSETS_CACHE", out.home + "/assets");
  out.xet_cache = set_or(env, "HF_XET_CACHE", out.home + "/xet");
  out.token = set_or(env, "HF_TOKEN_PATH", out.home + "/token");
  out.stored_tokens = parent_of(out.token) + "/stored_tokens";
  return out;
}

}  // namespace hug::sys
