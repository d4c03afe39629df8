#include "http/curl_library.h"

#include <dlfcn.h>

#include <array>
#include <string>

namespace hug::http {
namespace {

constexpr std::array kNames{"libcurl.so.4", "libcurl.so"};

struct Loaded {
  CurlLibrary library = {};
  std::string problem = "no libcurl";
};

/// Whether all functions are there.
bool bind(void* handle, CurlLibrary& out) {
  const auto find = [handle](const char* name, auto& function) {
    using Function = std::remove_reference_t<decltype(function)>;
    function = reinterpret_cast<Function>(::dlsym(handle, name));
    return function != nullptr;
  };
  return find("curl_easy_cleanup", out.easy_cleanup) &&
         find("curl_easy_getinfo", out.easy_getinfo) &&
         find("curl_easy_init", out.easy_init) &&
         find("curl_easy_reset", out.easy_reset) &&
         find("curl_easy_setopt", out.easy_setopt) &&
         find("curl_easy_strerror", out.easy_strerror) &&
         find("curl_global_init", out.global_init) &&
         find("curl_multi_add_handle", out.multi_add_handle) &&
         find("curl_multi_cleanup", out.multi_cleanup) &&
         find("curl_multi_info_read", out.multi_info_read) &&
         find("curl_multi_init", out.multi_init) &&
         find("curl_multi_perform", out.multi_perform) &&
         find("curl_multi_poll", out.multi_poll) &&
         find("curl_multi_remove_handle", out.multi_remove_handle) &&
         find("curl_multi_setopt", out.multi_setopt) &&
         find("curl_multi_wakeup", out.multi_wakeup) &&
         find("curl_share_cleanup", out.share_cleanup) &&
         find("curl_share_init", out.share_init) &&
         find("curl_share_setopt", out.share_setopt) &&
         find("curl_slist_append", out.slist_append) &&
         find("curl_slist_free_all", out.slist_free_all);
}

// Never unloaded: connections may outlive everything that could do it.
const Loaded& loaded() {
  static const Loaded once = [] {
    Loaded out;
    for (const auto* const name : kNames) {
      void* const handle = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
      const bool fine = handle != nullptr && bind(handle, out.library);
      if (fine) {
        out.problem.clear();
        return out;
      }
      if (const char* const text = ::dlerror()) out.problem = text;
    }
    return out;
  }();
  return once;
}

}  // namespace

Result<const CurlLibrary*> load_curl() {
  const auto& found = loaded();
  if (found.problem.empty()) return &found.library;
  return Error(Code::kUnsupported,
               "cannot talk to hubs without libcurl: " + found.problem)
      .hint("install libcurl (Debian: libcurl4)");
}

const CurlLibrary& curl() noexcept {
  return loaded().library;
}

}  // namespace hug::http
