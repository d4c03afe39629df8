#include "hug/byte_source.h"

#include <cstring>
#include <utility>
#include <vector>

#include "base/checked.h"
#include "sys/fs.h"
#include "sys/mapping.h"

namespace hug {

namespace {

Error outside(const std::string& name, std::uint64_t offset, std::uint64_t size,
              std::uint64_t all) {
  return Error(Code::kCorrupt,
               "'" + name + "' has " + std::to_string(all) +
                   " bytes; the range from " + std::to_string(offset) + " of " +
                   std::to_string(size) + " bytes is not in it");
}

bool is_inside(std::uint64_t offset, std::uint64_t size, std::uint64_t all) {
  return offset <= all && size <= all - offset;
}

Error changed(const std::string& name) {
  return Error(Code::kCorrupt,
               "'" + name + "' became shorter while it was read");
}

class Named : public ByteSource {
 public:
  Named(std::string name, std::uint64_t size)
      : name_(std::move(name)), size_(size) {}

  const std::string& name() const noexcept override { return name_; }

  std::uint64_t size() const noexcept override { return size_; }

 private:
  std::string name_;
  std::uint64_t size_;
};

class FileSource final : public Named {
 public:
  FileSource(std::shared_ptr<sys::Fs> fs, sys::File file, std::uint64_t size)
      : Named(file.path(), size), fs_(std::move(fs)), file_(std::move(file)) {}

  Result<void> read_at(std::uint64_t offset,
                       std::span<std::byte> out) const override {
    if (!is_inside(offset, out.size(), size())) {
      return outside(name(), offset, out.size(), size());
    }
    const std::size_t n = HUG_TRY(fs_->read_at(file_, offset, out));
    if (n != out.size()) return changed(name());
    return {};
  }

 private:
  std::shared_ptr<sys::Fs> fs_;
  sys::File file_;
};

class MappedSource final : public Named {
 public:
  MappedSource(std::string name, sys::Mapping mapping)
      : Named(std::move(name), mapping.bytes().size()),
        mapping_(std::move(mapping)) {}

  Result<void> read_at(std::uint64_t offset,
                       std::span<std::byte> out) const override {
    if (!is_inside(offset, out.size(), size())) {
      return outside(name(), offset, out.size(), size());
    }
    if (!out.empty()) {
      std::memcpy(out.data(), mapping_.bytes().data() + offset, out.size());
    }
    if (mapping_.damaged()) return changed(name());
    return {};
  }

  std::span<const std::byte> mapped() const noexcept override {
    return mapping_.bytes();
  }

  void prefetch(std::uint64_t offset, std::uint64_t n) const override {
    mapping_.will_need(offset, n);
  }

  void release(std::uint64_t offset, std::uint64_t n) const override {
    mapping_.dont_need(offset, n);
  }

 private:
  sys::Mapping mapping_;
};

class MemorySource final : public Named {
 public:
  MemorySource(std::string name, std::span<const std::byte> bytes)
      : Named(std::move(name), bytes.size()), bytes_(bytes) {}

  MemorySource(std::string name, std::vector<std::byte> own)
      : Named(std::move(name), own.size()),
        own_(std::move(own)),
        bytes_(own_) {}

  Result<void> read_at(std::uint64_t offset,
                       std::span<std::byte> out) const override {
    if (!is_inside(offset, out.size(), size())) {
      return outside(name(), offset, out.size(), size());
    }
    if (!out.empty()) {
      std::memcpy(out.data(), bytes_.data() + offset, out.size());
    }
    return {};
  }

  std::span<const std::byte> mapped() const noexcept override { return bytes_; }

 private:
  std::vector<std::byte> own_;
  std::span<const std::byte> bytes_;
};

class Slice final : public ByteSource {
 public:
  Slice(ByteSourcePtr whole, std::uint64_t offset, std::uint64_t size)
      : whole_(std::move(whole)), offset_(offset), size_(size) {}

  const std::string& name() const noexcept override { return whole_->name(); }

  std::uint64_t size() const noexcept override { return size_; }

  Result<void> read_at(std::uint64_t offset,
                       std::span<std::byte> out) const override {
    if (!is_inside(offset, out.size(), size_)) {
      return outside(name(), offset, out.size(), size_);
    }
    return whole_->read_at(offset_ + offset, out);
  }

  std::span<const std::byte> mapped() const noexcept override {
    const std::span<const std::byte> all = whole_->mapped();
    if (all.empty()) return {};
    return all.subspan(offset_, size_);
  }

  std::uint64_t bytes_fetched() const noexcept override {
    return whole_->bytes_fetched();
  }

  void prefetch(std::uint64_t offset, std::uint64_t n) const override {
    if (offset >= size_) return;
    const std::uint64_t rest = size_ - offset;
    whole_->prefetch(offset_ + offset, n < rest ? n : rest);
  }

  void release(std::uint64_t offset, std::uint64_t n) const override {
    if (offset >= size_) return;
    const std::uint64_t rest = size_ - offset;
    whole_->release(offset_ + offset, n < rest ? n : rest);
  }

 private:
  ByteSourcePtr whole_;
  std::uint64_t offset_;
  std::uint64_t size_;
};

}  // namespace

Result<ByteSourcePtr> open_file(const std::string& path, FileAccess access) {
  std::shared_ptr<sys::Fs> fs = sys::real_fs();
  sys::File file = HUG_TRY(fs->open(path));
  const sys::FileInfo info = HUG_TRY(fs->info(file));
  if (info.kind == sys::FileKind::kDirectory) {
    return Error(Code::kIo, "cannot open '" + path + "': it is a directory");
  }
  if (info.kind != sys::FileKind::kFile) {
    return Error(Code::kUnsupported,
                 "'" + path + "' is neither a file nor a link to one");
  }
  if (access == FileAccess::kMap && info.size != 0) {
    const Result<sys::SpaceInfo> where = fs->space(path);
    const bool network = where.has_value() && where->network;
    if (!network) {
      Result<sys::Mapping> mapping = sys::Mapping::map(*fs, file, info.size);
      if (mapping) {
        return ByteSourcePtr(
            std::make_shared<MappedSource>(path, std::move(*mapping)));
      }
    }
  }
  return ByteSourcePtr(
      std::make_shared<FileSource>(std::move(fs), std::move(file), info.size));
}

ByteSourcePtr borrow_bytes(std::span<const std::byte> bytes, std::string name) {
  return std::make_shared<MemorySource>(std::move(name), bytes);
}

ByteSourcePtr copy_bytes(std::span<const std::byte> bytes, std::string name) {
  return std::make_shared<MemorySource>(
      std::move(name), std::vector<std::byte>(bytes.begin(), bytes.end()));
}

Result<ByteSourcePtr> slice(ByteSourcePtr source, std::uint64_t offset,
                            std::uint64_t size) {
  if (!is_inside(offset, size, source->size())) {
    return outside(source->name(), offset, size, source->size());
  }
  return ByteSourcePtr(
      std::make_shared<Slice>(std::move(source), offset, size));
}

}  // namespace hug
