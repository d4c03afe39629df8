#include "hug/output_file.h"

#include "sys/atomic_file.h"

namespace hug {

Result<void> write_output_file(const std::string& path,
                               std::string_view bytes) {
  const std::shared_ptr<sys::Fs> fs = sys::real_fs();
  return sys::write_file(*fs, path, bytes);
}

}  // namespace hug
