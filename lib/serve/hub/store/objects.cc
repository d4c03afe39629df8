#include "hub/store/objects.h"

#include <sys/file.h>

#include <algorithm>
#include <cerrno>

#include "hub/names.h"

namespace hug::hub {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;

Result<std::string> hash_file(sys::Fs& fs, const sys::File& file,
                              std::uint64_t size) {
  base::Hasher hasher(base::HashKind::kSha256);
  std::vector<std::byte> block(kBlock);
  for (std::uint64_t at = 0; at < size;) {
    const std::size_t got = HUG_TRY(fs.read_at(file, at, block));
    if (got == 0) return Error(Code::kIo, "an upload was cut short on disk");
    hasher.update(std::span(block).first(got));
    at += got;
  }
  return hasher.finish();
}

Error mismatch(std::string_view what, std::string_view oid) {
  return Error(Code::kUsage, "object " + std::string(oid) + ": " +
                                 std::string(what) +
                                 " is not what was announced");
}

}  // namespace

ObjectUpload::ObjectUpload(sys::Fs& fs, sys::File file, std::uint64_t limit)
    : fs_(fs),
      file_(std::move(file)),
      limit_(limit),
      hasher_(base::HashKind::kSha256) {}

ObjectUpload::~ObjectUpload() {
  if (file_.is_open()) (void)fs_.remove_if_present(file_.path());
}

Result<void> ObjectUpload::write(std::span<const std::byte> bytes) {
  if (bytes.size() > limit_ - size_) {
    return Error(Code::kLimit, "the upload is longer than was announced");
  }
  HUG_TRY(fs_.write_all(file_, bytes));
  hasher_.update(bytes);
  size_ += bytes.size();
  return {};
}

PartUpload::PartUpload(sys::Fs& fs, sys::File file, std::string oid,
                       std::uint64_t size, std::uint64_t part_size)
    : fs_(fs),
      file_(std::move(file)),
      oid_(std::move(oid)),
      size_(size),
      part_size_(part_size) {}

PartUpload::~PartUpload() {
  if (file_.is_open()) (void)fs_.remove_if_present(file_.path());
}

std::uint64_t PartUpload::parts() const noexcept {
  return (size_ + part_size_ - 1) / part_size_;
}

std::uint64_t PartUpload::size_of_part(std::uint64_t number) const noexcept {
  if (number == 0 || number > parts()) return 0;
  const std::uint64_t offset = (number - 1) * part_size_;
  return std::min(part_size_, size_ - offset);
}

Result<void> PartUpload::write(std::uint64_t number, std::uint64_t offset,
                               std::span<const std::byte> bytes) {
  const std::uint64_t size = size_of_part(number);
  if (offset > size || bytes.size() > size - offset) {
    return Error(Code::kLimit, "part " + std::to_string(number) +
                                   " is longer than was announced");
  }
  return fs_.write_at(file_, (number - 1) * part_size_ + offset, bytes);
}

void PartUpload::finish_part(std::uint64_t number, std::string etag) {
  const std::lock_guard lock(mutex_);
  etags_[number] = std::move(etag);
}

Result<void> PartUpload::check(
    const std::vector<std::pair<std::uint64_t, std::string>>& parts) const {
  const std::lock_guard lock(mutex_);
  std::set<std::uint64_t> named;
  for (const auto& [number, etag] : parts) {
    const auto found = etags_.find(number);
    if (found == etags_.end() || found->second != etag) {
      return Error(Code::kUsage, "part " + std::to_string(number) +
                                     " was not uploaded with that etag");
    }
    named.insert(number);
  }
  if (named.size() != this->parts() || etags_.size() != named.size()) {
    return Error(Code::kUsage, "not all parts of object " + oid_ + " are here");
  }
  return {};
}

ObjectStore::ObjectStore(sys::Fs& fs, std::string dir, std::string temp)
    : fs_(fs), dir_(std::move(dir)), temp_(std::move(temp)) {}

std::string ObjectStore::relative_path(std::string_view oid) {
  return "objects/" + std::string(oid.substr(0, 2)) + "/" +
         std::string(oid.substr(2, 2)) + "/" + std::string(oid);
}

std::string ObjectStore::path(std::string_view oid) const {
  return dir_ + "/" + relative_path(oid);
}

std::optional<std::uint64_t> ObjectStore::size(std::string_view oid) const {
  const auto info = fs_.find_link_info(path(oid));
  if (!info || !*info || (*info)->kind != sys::FileKind::kFile) {
    return std::nullopt;
  }
  return (*info)->size;
}

bool ObjectStore::touch(std::string_view oid) const {
  auto file = fs_.open(path(oid), {.no_follow = true});
  return file.has_value() && fs_.touch(*file).has_value();
}

Result<sys::File> ObjectStore::make_temporary() {
  return fs_.open(
      temp_ + "/object-" + sys::random_hex(16) + ".tmp",
      {.write = true, .create = true, .exclusive = true, .mode = 0600});
}

Result<std::unique_ptr<ObjectUpload>> ObjectStore::begin(std::uint64_t size) {
  sys::File file = HUG_TRY(make_temporary());
  // Says at once when the disk is too small.
  if (size >= kBlock) (void)HUG_TRY(fs_.reserve(file, size));
  return std::make_unique<ObjectUpload>(fs_, std::move(file), size);
}

Result<void> ObjectStore::place(sys::File& file, std::string_view oid) {
  HUG_TRY(fs_.set_mode(file, 0444));
  HUG_TRY(fs_.sync(file));
  const std::string target = path(oid);
  const std::string folder = target.substr(0, target.rfind('/'));
  if (!fs_.exists(folder)) {
    (void)HUG_TRY(fs_.make_dirs(folder, 0700));
    HUG_TRY(fs_.sync_dir(folder.substr(0, folder.rfind('/'))));
    HUG_TRY(fs_.sync_dir(dir_ + "/objects"));
  }
  HUG_TRY(fs_.rename(file.path(), target));
  file = sys::File();
  return fs_.sync_dir(folder);
}

Result<void> ObjectStore::publish(ObjectUpload& upload, std::string_view oid,
                                  std::uint64_t expected) {
  if (upload.size_ != expected) return mismatch("its size", oid);
  if (!base::equal_in_constant_time(upload.hasher_.finish(), oid)) {
    return mismatch("its sha256", oid);
  }
  if (size(oid) == expected && touch(oid)) return {};
  return place(upload.file_, oid);
}

Result<std::unique_ptr<PartUpload>> ObjectStore::begin_parts(
    std::string oid, std::uint64_t size, std::uint64_t part_size) {
  sys::File file = HUG_TRY(make_temporary());
  HUG_TRY(fs_.resize(file, size));
  (void)HUG_TRY(fs_.reserve(file, size));
  return std::make_unique<PartUpload>(fs_, std::move(file), std::move(oid),
                                      size, part_size);
}

Result<void> ObjectStore::publish(PartUpload& upload) {
  const std::string digest =
      HUG_TRY(hash_file(fs_, upload.file_, upload.size_));
  if (digest != upload.oid_) return mismatch("its sha256", upload.oid_);
  return place(upload.file_, upload.oid_);
}

Result<ObjectStore::Names> ObjectStore::list() const {
  Names out;
  const auto visit = [&](const sys::WalkEntry& entry) -> Result<bool> {
    if (entry.kind == sys::FileKind::kDirectory) return true;
    const std::string name = entry.path.substr(entry.path.rfind('/') + 1);
    const bool placed = is_sha256(name) &&
                        relative_path(name) == "objects/" + entry.path &&
                        entry.kind == sys::FileKind::kFile;
    if (placed) {
      out.oids.push_back(name);
    } else {
      out.foreign.push_back("objects/" + entry.path);
    }
    return false;
  };
  HUG_TRY(sys::walk(fs_, dir_ + "/objects", visit));
  std::sort(out.oids.begin(), out.oids.end());
  return out;
}

Result<ObjectStore::Hold> ObjectStore::hold(HoldKind kind) const {
  sys::File file = HUG_TRY(fs_.open(
      dir_ + "/objects.lock", {.write = true, .create = true, .mode = 0600}));
  const int how = kind == HoldKind::kShared ? LOCK_SH : LOCK_EX;
  while (::flock(file.fd(), how) != 0) {
    // File systems without flock: one process at a time is on its own.
    if (errno != EINTR) break;
  }
  return Hold(std::move(file));
}

}  // namespace hug::hub
