#include "cmd/text_input.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <span>

#include "hug/byte_source.h"
#include "hug/text.h"

namespace hug::cli::cmd {

Result<std::string> read_standard_input() {
  constexpr std::size_t kMost = std::size_t{1} << 30;
  std::string out;
  std::array<char, 65536> buffer{};
  while (true) {
    const ssize_t n = ::read(0, buffer.data(), buffer.size());
    if (n == 0) return out;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error(Code::kIo, "cannot read standard input");
    out.append(buffer.data(), static_cast<std::size_t>(n));
    if (out.size() > kMost) {
      return Error(Code::kLimit, "standard input is longer than 1 GiB");
    }
  }
}

Result<std::string> read_text_file(const std::string& path,
                                   std::uint64_t most) {
  if (path == "-") return read_standard_input();
  const auto source = HUG_TRY(open_file(path, FileAccess::kRead));
  if (source->size() > most) {
    return Error(Code::kLimit,
                 "'" + path + "' is larger than " + format_bytes(most));
  }
  std::string out(static_cast<std::size_t>(source->size()), '\0');
  HUG_TRY(source->read_at(0, std::as_writable_bytes(std::span(out))));
  return out;
}

Result<std::string> read_text_argument(const std::optional<std::string>& text) {
  if (text && *text != "-") return *text;
  return read_standard_input();
}

}  // namespace hug::cli::cmd
