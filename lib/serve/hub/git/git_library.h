// libgit2, loaded with the first repository: programs that keep no hub do
// without it.
#pragma once

#include <git2.h>
#include <git2/sys/repository.h>

#include "hug/result.h"

namespace hug::hub {

/// The functions that are used here, by their names.
struct GitLibrary {
  decltype(&::git_error_last) error_last = nullptr;
  decltype(&::git_libgit2_init) libgit2_init = nullptr;
  decltype(&::git_libgit2_opts) libgit2_opts = nullptr;
  decltype(&::git_libgit2_shutdown) libgit2_shutdown = nullptr;
  decltype(&::git_object_free) object_free = nullptr;
  decltype(&::git_object_id) object_id = nullptr;
  decltype(&::git_odb_exists_ext) odb_exists_ext = nullptr;
  decltype(&::git_odb_exists_prefix) odb_exists_prefix = nullptr;
  decltype(&::git_odb_foreach) odb_foreach = nullptr;
  decltype(&::git_odb_free) odb_free = nullptr;
  decltype(&::git_odb_object_data) odb_object_data = nullptr;
  decltype(&::git_odb_object_free) odb_object_free = nullptr;
  decltype(&::git_odb_object_size) odb_object_size = nullptr;
  decltype(&::git_odb_object_type) odb_object_type = nullptr;
  decltype(&::git_odb_read) odb_read = nullptr;
  decltype(&::git_odb_read_header) odb_read_header = nullptr;
  decltype(&::git_odb_refresh) odb_refresh = nullptr;
  decltype(&::git_odb_write) odb_write = nullptr;
  decltype(&::git_oid_fromraw) oid_fromraw = nullptr;
  decltype(&::git_oid_fromstrn) oid_fromstrn = nullptr;
  decltype(&::git_reference_create) reference_create = nullptr;
  decltype(&::git_reference_create_matching) reference_create_matching =
      nullptr;
  decltype(&::git_reference_free) reference_free = nullptr;
  decltype(&::git_reference_iterator_free) reference_iterator_free = nullptr;
  decltype(&::git_reference_iterator_new) reference_iterator_new = nullptr;
  decltype(&::git_reference_lookup) reference_lookup = nullptr;
  decltype(&::git_reference_name) reference_name = nullptr;
  decltype(&::git_reference_next) reference_next = nullptr;
  decltype(&::git_reference_peel) reference_peel = nullptr;
  decltype(&::git_reference_remove) reference_remove = nullptr;
  decltype(&::git_repository_free) repository_free = nullptr;
  decltype(&::git_repository_init_ext) repository_init_ext = nullptr;
  decltype(&::git_repository_init_options_init) repository_init_options_init =
      nullptr;
  decltype(&::git_repository_odb) repository_odb = nullptr;
  decltype(&::git_repository_open_bare) repository_open_bare = nullptr;
};

/// Loads it when it is not there yet. Errors: kUnsupported when this machine
/// has none. Threads: any.
Result<void> load_git();

/// After load_git() succeeded.
const GitLibrary& git() noexcept;

}  // namespace hug::hub
