#include "cmd/text/text_target.h"

#include <unistd.h>

#include <array>
#include <cerrno>

#include "hug/target.h"

namespace hug::cli::cmd {

Result<FileSetPtr> open_text_target(App& app, const Args& args) {
  Hub* hub = HUG_TRY(app.hub());
  TargetOptions options;
  options.revision = args.text("revision");
  const Target target =
      HUG_TRY(resolve_target(*hub, args.text("target"), options));
  const bool plain = target.kind() != Target::Kind::kFile &&
                     target.tag().empty() &&
                     target.find("tokenizer.json") != nullptr;
  if (!plain) {
    const auto choice = target.gguf();
    if (choice) {
      return file_set_of(HUG_TRY(target.open(choice->files.front())));
    }
    if (!target.tag().empty()) return choice.error();
  }
  return target.file_set();
}

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

Result<std::string> read_text_argument(const std::optional<std::string>& text) {
  if (text && *text != "-") return *text;
  return read_standard_input();
}

}  // namespace hug::cli::cmd
