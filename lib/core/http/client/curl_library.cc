#include "http/client/curl_library.h"

#include "sys/late_library.h"

namespace hug::http {
namespace {

const sys::LateFunctions<CurlLibrary>& loaded() {
  static const sys::LateFunctions<CurlLibrary> once(
      "libcurl.so.4", [](sys::LateLibrary& from, CurlLibrary& to) {
        from.find("curl_easy_cleanup", to.easy_cleanup);
        from.find("curl_easy_getinfo", to.easy_getinfo);
        from.find("curl_easy_init", to.easy_init);
        from.find("curl_easy_reset", to.easy_reset);
        from.find("curl_easy_setopt", to.easy_setopt);
        from.find("curl_easy_strerror", to.easy_strerror);
        from.find("curl_global_init", to.global_init);
        from.find("curl_multi_add_handle", to.multi_add_handle);
        from.find("curl_multi_cleanup", to.multi_cleanup);
        from.find("curl_multi_info_read", to.multi_info_read);
        from.find("curl_multi_init", to.multi_init);
        from.find("curl_multi_perform", to.multi_perform);
        from.find("curl_multi_poll", to.multi_poll);
        from.find("curl_multi_remove_handle", to.multi_remove_handle);
        from.find("curl_multi_setopt", to.multi_setopt);
        from.find("curl_multi_wakeup", to.multi_wakeup);
        from.find("curl_share_cleanup", to.share_cleanup);
        from.find("curl_share_init", to.share_init);
        from.find("curl_share_setopt", to.share_setopt);
        from.find("curl_slist_append", to.slist_append);
        from.find("curl_slist_free_all", to.slist_free_all);
      });
  return once;
}

}  // namespace

Result<void> load_curl() {
  return loaded().check("talk to hubs", "libcurl", "libcurl4");
}

const CurlLibrary& curl() noexcept {
  return loaded().functions();
}

}  // namespace hug::http
