#include "http/mhd_library.h"

#include <string>

#include "sys/late_library.h"

namespace hug::http {
namespace {

struct Loaded {
  MhdLibrary library = {};
  std::string problem = {};
};

const Loaded& loaded() {
  static const Loaded once = [] {
    Loaded out;
    auto& to = out.library;
    sys::LateLibrary from("libmicrohttpd.so.12");
    from.find("MHD_add_response_header", to.add_response_header);
    from.find("MHD_create_response_from_buffer",
              to.create_response_from_buffer);
    from.find("MHD_create_response_from_callback",
              to.create_response_from_callback);
    from.find("MHD_create_response_from_fd_at_offset64",
              to.create_response_from_fd_at_offset64);
    from.find("MHD_destroy_response", to.destroy_response);
    from.find("MHD_get_connection_info", to.get_connection_info);
    from.find("MHD_get_connection_values", to.get_connection_values);
    from.find("MHD_queue_response", to.queue_response);
    from.find("MHD_quiesce_daemon", to.quiesce_daemon);
    from.find("MHD_start_daemon", to.start_daemon);
    from.find("MHD_stop_daemon", to.stop_daemon);
    out.problem = from.problem();
    return out;
  }();
  return once;
}

}  // namespace

Result<void> load_mhd() {
  const auto& found = loaded();
  if (found.problem.empty()) return {};
  return Error(Code::kUnsupported,
               "cannot serve without libmicrohttpd: " + found.problem)
      .hint("install libmicrohttpd (Debian: libmicrohttpd12)");
}

const MhdLibrary& mhd() noexcept {
  return loaded().library;
}

}  // namespace hug::http
