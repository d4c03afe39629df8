#include "transfer/checkpointer.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cerrno>
#include <memory>
#include <string>
#include <thread>

#include "support/temp_dir.h"
#include "sys/fs.h"

using namespace hug;
using hug::test::TempDir;
using hug::transfer::Checkpointer;

namespace {

// No process has it: it is above the kernel's limit.
constexpr std::uint32_t kDeadPid = (1U << 22) + 1;

sys::PartOptions options(const char* boot = "boot-1") {
  sys::PartOptions out;
  out.size = 4096;
  out.identity = "etag";
  out.boot_id = boot;
  out.pid = kDeadPid;
  return out;
}

/// Syncs fail once they are told to.
class BrokenDisk final : public sys::FsFilter {
 public:
  BrokenDisk() : FsFilter(sys::real_fs()) {}

  std::atomic<bool> broken = false;

 protected:
  int do_sync(int fd, bool data_only) override {
    return broken ? -EIO : FsFilter::do_sync(fd, data_only);
  }
};

struct Part {
  TempDir temp = {};
  BrokenDisk fs = {};
  sys::PartFile file =
      sys::PartFile::open(fs, temp / "data", temp / "journal", options())
          .value();

  void write(std::uint64_t offset, std::size_t size) {
    const std::string text(size, 'x');
    REQUIRE(file.write(offset, std::as_bytes(std::span(text))));
    REQUIRE(file.mark({offset, size}));
  }

  /// What would be left if the machine lost its power now.
  std::uint64_t durable() {
    const auto status = sys::PartFile::peek(fs, temp / "data", temp / "journal",
                                            options("boot-2"));
    return status ? status->done : 0;
  }
};

}  // namespace

TEST_CASE("checkpointer: what was marked becomes durable meanwhile") {
  Part part;
  Checkpointer checkpoints(part.file, 1000);
  part.write(0, 500);
  REQUIRE(checkpoints.add(500));
  CHECK(part.durable() == 0);
  part.write(500, 600);
  REQUIRE(checkpoints.add(600));
  while (part.durable() == 0)
    std::this_thread::yield();
  CHECK(part.durable() == 1100);
  part.write(2000, 900);
  REQUIRE(checkpoints.add(900));
  REQUIRE(checkpoints.stop());
  CHECK(part.durable() == 1100);
}

TEST_CASE("checkpointer: a disk that fails is told of") {
  Part part;
  Checkpointer checkpoints(part.file, 100);
  part.fs.broken = true;
  part.write(0, 100);
  auto told = checkpoints.add(100);
  while (told) {
    std::this_thread::yield();
    told = checkpoints.add(0);
  }
  CHECK(told.error().code() == Code::kIo);
  CHECK(checkpoints.stop().error().code() == Code::kIo);
  CHECK(part.durable() == 0);
}
