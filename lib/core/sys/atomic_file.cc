#include "sys/atomic_file.h"

#include <sys/stat.h>

#include <atomic>
#include <optional>
#include <utility>

#include "sys/random_source.h"

namespace hug::sys {

struct AtomicFile::State {
  Fs* fs;
  At target;
  At temporary;
  AtomicOptions options;
  File file;
  std::uint64_t position = 0;
};

namespace {

// Asking the kernel for the umask means setting it, which other threads would
// notice; where there is /proc it tells without.
std::uint32_t read_umask() {
  const std::shared_ptr<Fs> fs = real_fs();
  const auto status = fs->read_file("/proc/self/status", 65536);
  const std::string_view key = "\nUmask:\t";
  const auto at = status ? status->find(key) : std::string::npos;
  if (at != std::string::npos) {
    std::uint32_t mask = 0;
    for (std::size_t i = at + key.size(); i < status->size(); ++i) {
      const char c = (*status)[i];
      if (c < '0' || c > '7') break;
      mask = mask * 8 + static_cast<std::uint32_t>(c - '0');
    }
    return mask & 0777;
  }
  const mode_t mask = ::umask(022);
  (void)::umask(mask);
  return static_cast<std::uint32_t>(mask);
}

At beside(const At& target, const std::string& suffix) {
  const std::string name = target.name() + suffix;
  return target.dir() == nullptr ? At(name) : At(*target.dir(), name);
}

}  // namespace

std::uint32_t default_file_mode() {
  static const std::uint32_t mask = read_umask();
  return 0666U & ~mask;
}

AtomicFile::AtomicFile(std::unique_ptr<State> state)
    : state_(std::move(state)) {}

AtomicFile::AtomicFile(AtomicFile&&) noexcept = default;

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  if (this != &other) {
    abort();
    state_ = std::move(other.state_);
  }
  return *this;
}

AtomicFile::~AtomicFile() {
  abort();
}

Result<AtomicFile> AtomicFile::create(Fs& fs, At target,
                                      AtomicOptions options) {
  if (options.suffix.empty()) options.suffix = "." + random_hex(8) + ".tmp";
  At temporary = beside(target, options.suffix);
  OpenOptions open;
  open.write = open.create = open.exclusive = open.no_follow = true;
  open.mode = 0600;
  File file = HUG_TRY(fs.open(temporary, open));
  return AtomicFile(std::make_unique<State>(
      State{&fs, std::move(target), std::move(temporary), std::move(options),
            std::move(file)}));
}

Result<void> AtomicFile::write(std::span<const std::byte> bytes) {
  HUG_TRY(state_->fs->write_at(state_->file, state_->position, bytes));
  state_->position += bytes.size();
  return {};
}

Result<void> AtomicFile::write(std::string_view text) {
  return write(std::as_bytes(std::span(text)));
}

Result<void> AtomicFile::write_at(std::uint64_t offset,
                                  std::span<const std::byte> bytes) {
  return state_->fs->write_at(state_->file, offset, bytes);
}

const File& AtomicFile::file() const noexcept {
  return state_->file;
}

std::uint64_t AtomicFile::position() const noexcept {
  return state_->position;
}

std::string AtomicFile::temporary_path() const {
  return state_->temporary.path();
}

Result<void> AtomicFile::commit() {
  State& s = *state_;
  Result<void> done = [&]() -> Result<void> {
    const std::uint32_t mode =
        s.options.mode != 0 ? s.options.mode : default_file_mode();
    HUG_TRY(s.fs->set_mode(s.file, mode));
    if (s.options.sync) HUG_TRY(s.fs->sync(s.file));
    HUG_TRY(s.fs->close(std::move(s.file)));
    HUG_TRY(s.options.replace ? s.fs->rename(s.temporary, s.target)
                              : s.fs->rename_new(s.temporary, s.target));
    return {};
  }();
  if (!done) {
    abort();
    return done;
  }
  const std::unique_ptr<State> ended = std::move(state_);
  if (!ended->options.sync) return {};
  return ended->fs->sync_dir(ended->target.parent());
}

void AtomicFile::abort() noexcept {
  if (!state_) return;
  (void)state_->fs->remove_if_present(state_->temporary);
  state_.reset();
}

Result<void> write_file(Fs& fs, const At& target, std::string_view content,
                        const AtomicOptions& options) {
  AtomicFile file = HUG_TRY(AtomicFile::create(fs, target, options));
  HUG_TRY(file.write(content));
  return file.commit();
}

Result<bool> update_file(Fs& fs, const At& target, std::string_view content,
                         const AtomicOptions& options) {
  const Result<std::optional<std::string>> now =
      fs.find_file(target, content.size());
  if (now && now->has_value() && **now == content) return false;
  HUG_TRY(write_file(fs, target, content, options));
  return true;
}

Result<void> place_symlink(Fs& fs, std::string_view target, const At& at) {
  const Result<std::string> now = fs.read_link(at);
  if (now && *now == target) return {};
  const At temporary = beside(at, "." + random_hex(8) + ".tmp");
  HUG_TRY(fs.symlink(target, temporary));
  Result<void> placed = fs.rename(temporary, at);
  if (!placed) (void)fs.remove_if_present(temporary);
  return placed;
}

}  // namespace hug::sys
