#include "hub/git/git_library.h"

#include "sys/late_library.h"

namespace hug::hub {
namespace {

const sys::LateFunctions<GitLibrary>& loaded() {
  static const sys::LateFunctions<GitLibrary> once(
      "libgit2.so." LIBGIT2_SOVERSION,
      [](sys::LateLibrary& from, GitLibrary& to) {
        from.find("git_error_last", to.error_last);
        from.find("git_libgit2_init", to.libgit2_init);
        from.find("git_libgit2_opts", to.libgit2_opts);
        from.find("git_libgit2_shutdown", to.libgit2_shutdown);
        from.find("git_object_free", to.object_free);
        from.find("git_object_id", to.object_id);
        from.find("git_odb_exists_ext", to.odb_exists_ext);
        from.find("git_odb_exists_prefix", to.odb_exists_prefix);
        from.find("git_odb_foreach", to.odb_foreach);
        from.find("git_odb_free", to.odb_free);
        from.find("git_odb_object_data", to.odb_object_data);
        from.find("git_odb_object_free", to.odb_object_free);
        from.find("git_odb_object_size", to.odb_object_size);
        from.find("git_odb_object_type", to.odb_object_type);
        from.find("git_odb_read", to.odb_read);
        from.find("git_odb_read_header", to.odb_read_header);
        from.find("git_odb_refresh", to.odb_refresh);
        from.find("git_odb_write", to.odb_write);
        from.find("git_oid_fromraw", to.oid_fromraw);
        from.find("git_oid_fromstrn", to.oid_fromstrn);
        from.find("git_reference_create", to.reference_create);
        from.find("git_reference_create_matching",
                  to.reference_create_matching);
        from.find("git_reference_free", to.reference_free);
        from.find("git_reference_iterator_free", to.reference_iterator_free);
        from.find("git_reference_iterator_new", to.reference_iterator_new);
        from.find("git_reference_lookup", to.reference_lookup);
        from.find("git_reference_name", to.reference_name);
        from.find("git_reference_next", to.reference_next);
        from.find("git_reference_peel", to.reference_peel);
        from.find("git_reference_remove", to.reference_remove);
        from.find("git_repository_free", to.repository_free);
        from.find("git_repository_init_ext", to.repository_init_ext);
        from.find("git_repository_init_options_init",
                  to.repository_init_options_init);
        from.find("git_repository_odb", to.repository_odb);
        from.find("git_repository_open_bare", to.repository_open_bare);
      });
  return once;
}

}  // namespace

Result<void> load_git() {
  return loaded().check("keep repositories", "libgit2", "libgit2-1.5");
}

const GitLibrary& git() noexcept {
  return loaded().functions();
}

}  // namespace hug::hub
