#include "transfer/hash_cache.h"

#include <chrono>
#include <string_view>
#include <vector>

#include "base/hex.h"
#include "base/strings.h"
#include "sys/paths.h"

namespace hug::transfer {

namespace {

// Smaller files are hashed faster than looked up.
constexpr std::uint64_t kSmallest = 128 * 1024;
constexpr std::uint64_t kMostBytes = 64U << 20;
constexpr auto kTooYoung = std::chrono::seconds(3);

char letter(base::HashKind kind) {
  return kind == base::HashKind::kSha1 ? 'g' : 's';
}

std::string key_of(const LocalFile& file, base::HashKind kind) {
  return letter(kind) + file.local_path;
}

/// "v1 <kind> <digest> <size> <mtime> <inode> <device> <sum> <path>"
std::string format_line(const LocalFile& file, base::HashKind kind,
                        const std::string& digest) {
  const auto& stamp = file.stamp;
  const auto body = std::string(1, letter(kind)) + " " + digest + " " +
                    std::to_string(stamp.size) + " " +
                    std::to_string(stamp.modified) + " " +
                    std::to_string(stamp.inode) + " " +
                    std::to_string(stamp.device) + " " + file.local_path;
  return "v1 " + base::sha256_hex(body).substr(0, 16) + " " + body + "\n";
}

struct Line {
  std::string key;
  FileStamp stamp;
  std::string digest;
};

std::optional<Line> parse_line(std::string_view line) {
  if (!line.starts_with("v1 ") || line.size() < 20) return std::nullopt;
  const auto sum = line.substr(3, 16);
  const auto body = line.substr(20);
  if (base::sha256_hex(body).substr(0, 16) != sum) return std::nullopt;
  std::vector<std::string_view> fields;
  auto rest = body;
  for (int i = 0; i < 6; ++i) {
    const auto blank = rest.find(' ');
    if (blank == rest.npos) return std::nullopt;
    fields.push_back(rest.substr(0, blank));
    rest.remove_prefix(blank + 1);
  }
  const auto size = base::parse_unsigned(fields[2]);
  const auto modified = base::parse_signed(fields[3]);
  const auto inode = base::parse_unsigned(fields[4]);
  const auto device = base::parse_unsigned(fields[5]);
  const bool fine =
      size && modified && inode && device &&
      (base::is_lower_hex(fields[1], 40) || base::is_lower_hex(fields[1], 64));
  if (!fine) return std::nullopt;
  return Line{std::string(fields[0]) + std::string(rest),
              {*size, *modified, *inode, *device},
              std::string(fields[1])};
}

}  // namespace

HashCache::HashCache(const Context::Parts& parts, const std::string& root)
    : parts_(&parts) {
  const auto absolute = sys::real_path(sys::expand_path(parts.env, root));
  path_ = sys::locations(parts.env).home + "/hug/upload/" +
          base::sha256_hex(absolute).substr(0, 32) + ".hashes";
  load();
}

void HashCache::load() {
  const auto text = parts_->fs->find_file(path_, kMostBytes);
  if (!text || !*text) return;
  for (const auto line : base::split(**text, '\n')) {
    if (auto known = parse_line(line)) {
      known_[known->key] = {known->stamp, known->digest};
    }
  }
}

std::optional<std::string> HashCache::find(const LocalFile& file,
                                           base::HashKind kind) {
  if (file.stamp.size < kSmallest) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(key_of(file, kind));
  if (found == known_.end() || found->second.stamp != file.stamp) {
    return std::nullopt;
  }
  return found->second.digest;
}

void HashCache::keep(const LocalFile& file, base::HashKind kind,
                     const std::string& digest) {
  if (file.stamp.size < kSmallest) return;
  if (file.local_path.find('\n') != std::string::npos) return;
  const auto now = parts_->clock->wall().time_since_epoch();
  if (now - std::chrono::nanoseconds(file.stamp.modified) < kTooYoung) return;
  const std::lock_guard lock(mutex_);
  known_[key_of(file, kind)] = {file.stamp, digest};
  append(format_line(file, kind, digest));
}

void HashCache::append(const std::string& line) {
  if (broken_) return;
  auto& fs = *parts_->fs;
  if (!journal_.is_open()) {
    broken_ = true;  // until it turns out to be possible
    if (!fs.make_dirs(sys::At(path_).parent(), 0700)) return;
    auto file = fs.open(path_, {.write = true,
                                .create = true,
                                .append = true,
                                .no_follow = true,
                                .mode = 0600});
    if (!file) return;
    journal_ = std::move(*file);
    broken_ = false;
  }
  if (!fs.write_all(journal_, line)) broken_ = true;
}

}  // namespace hug::transfer
