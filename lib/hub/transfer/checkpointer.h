// Makes what has come in of a part file durable while more comes in: a stream
// that waited for the disk itself would leave its connection idle meanwhile.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>

#include "hug/result.h"
#include "sys/part_file.h"

namespace hug::transfer {

/// Several threads may call add(). A disk that does not keep up slows them
/// down: PartFile::mark() syncs by itself when too much is pending.
class Checkpointer {
 public:
  /// A checkpoint whenever `every` bytes have been marked. The file outlives
  /// this.
  Checkpointer(sys::PartFile& file, std::uint64_t every);
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  /// So much was marked. Errors: of an earlier checkpoint.
  Result<void> add(std::uint64_t bytes);
  /// Waits for the checkpoint that is under way; there will be no other.
  /// Errors: of any checkpoint.
  Result<void> stop();

 private:
  void run() noexcept;

  sys::PartFile& file_;
  const std::uint64_t every_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t marked_ = 0;  // since the last checkpoint began
  bool stopping_ = false;
  std::optional<Error> error_ = {};
  std::thread thread_ = {};
};

}  // namespace hug::transfer
