// libmicrohttpd, loaded with the first server: programs that serve nothing do
// without it.
#pragma once

#include <microhttpd.h>

#include "hug/result.h"

namespace hug::http {

/// The functions that are used here, by their names.
struct MhdLibrary {
  decltype(&::MHD_add_response_header) add_response_header = nullptr;
  decltype(&::MHD_create_response_from_buffer) create_response_from_buffer =
      nullptr;
  decltype(&::MHD_create_response_from_callback) create_response_from_callback =
      nullptr;
  decltype(&::MHD_create_response_from_fd_at_offset64)
      create_response_from_fd_at_offset64 = nullptr;
  decltype(&::MHD_destroy_response) destroy_response = nullptr;
  decltype(&::MHD_get_connection_info) get_connection_info = nullptr;
  decltype(&::MHD_get_connection_values) get_connection_values = nullptr;
  decltype(&::MHD_queue_response) queue_response = nullptr;
  decltype(&::MHD_quiesce_daemon) quiesce_daemon = nullptr;
  decltype(&::MHD_start_daemon) start_daemon = nullptr;
  decltype(&::MHD_stop_daemon) stop_daemon = nullptr;
};

/// Loads it when it is not there yet. Errors: kUnsupported when this machine
/// has none. Threads: any.
Result<void> load_mhd();

/// After load_mhd() succeeded.
const MhdLibrary& mhd() noexcept;

}  // namespace hug::http
