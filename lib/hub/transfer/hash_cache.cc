#include "transfer/hash_cache.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <vector>

#include "base/hex.h"
#include "base/strings.h"
#include "sys/paths.h"

namespace hug::transfer {

namespace {

// Smaller files are hashed faster than looked up.
constexpr std::uint64_t kSmallest = 128 * 1024;
constexpr std::uint64_t kMostBytes = 64U << 20;
constexpr std::size_t kBlock = 256 * 1024;
constexpr auto kTooYoung = std::chrono::seconds(3);

char letter(base::HashKind kind) {
  return kind == base::HashKind::kSha1 ? 'g' : 's';
}

std::size_t digest_size(base::HashKind kind) {
  return kind == base::HashKind::kSha1 ? 20 : 32;
}

/// "v1 <kind> <digest> <size> <mtime> <inode> <device> <sum> <path>"
std::string format_line(const LocalFile& file, base::HashKind kind,
                        const std::string& digest) {
  const auto& stamp = file.stamp;
  const auto body = std::string(1, letter(kind)) + " " + digest + " " +
                    std::to_string(stamp.size) + " " +
                    std::to_string(stamp.modified) + " " +
                    std::to_string(stamp.inode) + " " +
                    std::to_string(stamp.device) + " " + file.local_path();
  return "v1 " + base::sha256_hex(body).substr(0, 16) + " " + body + "\n";
}

struct Line {
  base::HashKind kind = base::HashKind::kSha256;
  std::string_view digest;
  FileStamp stamp;
  std::string_view local_path;
};

std::optional<Line> parse_line(std::string_view line) {
  if (!line.starts_with("v1 ") || line.size() < 20) return std::nullopt;
  const auto sum = line.substr(3, 16);
  const auto body = line.substr(20);
  if (base::sha256_hex(body).substr(0, 16) != sum) return std::nullopt;
  std::array<std::string_view, 6> fields;
  auto rest = body;
  for (auto& field : fields) {
    const auto blank = rest.find(' ');
    if (blank == rest.npos) return std::nullopt;
    field = rest.substr(0, blank);
    rest.remove_prefix(blank + 1);
  }
  const auto kind =
      fields[0] == "g" ? base::HashKind::kSha1 : base::HashKind::kSha256;
  const auto size = base::parse_unsigned(fields[2]);
  const auto modified = base::parse_signed(fields[3]);
  const auto inode = base::parse_unsigned(fields[4]);
  const auto device = base::parse_unsigned(fields[5]);
  const bool fine = size && modified && inode && device &&
                    (fields[0] == "g" || fields[0] == "s") &&
                    base::is_lower_hex(fields[1], 2 * digest_size(kind));
  if (!fine) return std::nullopt;
  return Line{kind, fields[1], {*size, *modified, *inode, *device}, rest};
}

}  // namespace

HashCache::HashCache(const Context::Parts& parts, const std::string& root)
    : parts_(&parts) {
  const auto absolute = sys::real_path(sys::expand_path(parts.env, root));
  path_ = sys::locations(parts.env).home + "/hug/upload/" +
          base::sha256_hex(absolute).substr(0, 32) + ".hashes";
  load();
}

HashCache::Key HashCache::key_of(base::HashKind kind,
                                 std::string_view local_path) {
  const auto digest =
      base::from_hex(base::sha256_hex(letter(kind) + std::string(local_path)));
  Key key;
  std::copy_n(digest->begin(), key.size(), key.begin());
  return key;
}

/// Block by block: the journal of a large folder is larger than what is known.
void HashCache::load() {
  auto& fs = *parts_->fs;
  const auto file = fs.open(path_, {.no_follow = true});
  if (!file) return;
  std::vector<std::byte> block(kBlock);
  std::string text;  // the beginning of a line
  for (std::uint64_t at = 0; at < kMostBytes;) {
    const auto n = fs.read_at(*file, at, block);
    if (!n || *n == 0) return;
    at += *n;
    text.append(reinterpret_cast<const char*>(block.data()), *n);
    std::size_t begin = 0;
    for (auto end = text.find('\n'); end != text.npos;
         end = text.find('\n', begin)) {
      take_line(std::string_view(text).substr(begin, end - begin));
      begin = end + 1;
    }
    text.erase(0, begin);
  }
}

void HashCache::take_line(std::string_view line) {
  const auto read = parse_line(line);
  if (!read) return;
  auto& known = known_[key_of(read->kind, read->local_path)];
  known.stamp = read->stamp;
  const auto digest = base::from_hex(read->digest);
  std::copy(digest->begin(), digest->end(), known.digest.begin());
}

std::optional<std::string> HashCache::find(const LocalFile& file,
                                           base::HashKind kind) {
  if (file.stamp.size < kSmallest) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(key_of(kind, file.local_path()));
  if (found == known_.end() || found->second.stamp != file.stamp) {
    return std::nullopt;
  }
  return base::to_hex(std::span(found->second.digest).first(digest_size(kind)));
}

void HashCache::keep(const LocalFile& file, base::HashKind kind,
                     const std::string& digest) {
  if (file.stamp.size < kSmallest) return;
  if (file.local_path().find('\n') != std::string::npos) return;
  const auto now = parts_->clock->wall().time_since_epoch();
  if (now - std::chrono::nanoseconds(file.stamp.modified) < kTooYoung) return;
  const auto line = format_line(file, kind, digest);
  const std::lock_guard lock(mutex_);
  take_line(std::string_view(line).substr(0, line.size() - 1));
  append(line);
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
