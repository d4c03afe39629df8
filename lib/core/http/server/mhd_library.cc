#include "http/server/mhd_library.h"

#include "sys/late_library.h"

namespace hug::http {
namespace {

const sys::LateFunctions<MhdLibrary>& loaded() {
  static const sys::LateFunctions<MhdLibrary> once(
      "libmicrohttpd.so.12", [](sys::LateLibrary& from, MhdLibrary& to) {
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
      });
  return once;
}

}  // namespace

Result<void> load_mhd() {
  return loaded().check("serve", "libmicrohttpd", "libmicrohttpd12");
}

const MhdLibrary& mhd() noexcept {
  return loaded().functions();
}

}  // namespace hug::http
