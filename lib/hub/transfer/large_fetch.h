// A large file on its way here: missing ranges are handed out to whoever has a
// connection, a follower hashes what has come in from the front while the rest
// is still under way, and what a killed run left is used.
//
// It begins with one stream and takes more while those it has wait for the
// network: then the follower gets the bytes from memory, where they are in the
// cache of the processor, and reads back only what came in out of order. Where
// a second thread would take its time from the sender or from whatever else the
// machine does, bytes that come in order are hashed by whoever wrote them.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/hash.h"
#include "hug/hub.h"
#include "sys/part_file.h"
#include "transfer/checkpointer.h"
#include "transfer/place.h"
#include "transfer/progress.h"
#include "transfer/range_fetch.h"

namespace hug::transfer {

class LargeFetch {
 public:
  static Result<std::shared_ptr<LargeFetch>> open(Hub& hub, Place& place,
                                                  FetchJob job,
                                                  unsigned streams);
  ~LargeFetch();
  LargeFetch(const LargeFetch&) = delete;
  LargeFetch& operator=(const LargeFetch&) = delete;

  /// Another process finished it while we waited for the lock.
  bool already_there() const noexcept { return already_there_; }

  /// A range nobody works on; nothing when there is none, or when the streams
  /// that are busy with this file suffice.
  std::optional<sys::ByteRange> take_part();
  /// There are ranges that nobody works on: ask again after a while.
  bool wants_more();
  /// Fetches a range that was taken.
  Result<void> fetch_part(sys::ByteRange range);
  /// Gives a taken range back as done; true for the caller that ended the
  /// last one: it has to call finish().
  bool part_done();
  /// Instead of part_done(), after an error: nobody will finish this.
  void part_failed();
  /// Verifies and publishes. Content that is wrong is fetched once more.
  Result<void> finish();

 private:
  LargeFetch(Hub& hub, Place& place, FetchJob job, unsigned streams);

  void split_gaps();
  void allow_more();
  void offer(std::uint64_t offset, std::vector<std::byte>& bytes);
  void hash_here(std::unique_lock<std::mutex>& lock,
                 std::span<const std::byte> bytes);
  void start_follower();
  void stop_follower();
  void follow() noexcept;
  std::uint64_t front() const;
  bool follower_is_due() const;
  Result<bool> hash_next();
  Result<void> read_back(std::uint64_t begin, std::uint64_t end);
  Result<std::string> digest();
  Result<void> fetch_again();

  Place& place_;
  FetchJob job_;
  unsigned streams_;
  const bool few_processors_;
  const Context::Parts& parts_;
  RangeFetch fetch_;
  ItemProgress progress_;
  bool already_there_ = false;
  std::optional<sys::Lock> lock_ = {};
  std::optional<sys::PartFile> file_ = {};
  std::optional<Checkpointer> checkpoints_ = {};

  std::mutex mutex_;
  std::condition_variable changed_;        // there may be something to hash
  std::condition_variable room_;           // in pieces_
  std::vector<sys::ByteRange> todo_ = {};  // from the back
  unsigned busy_ = 0;                      // ranges that are taken
  unsigned allowed_ = 1;                   // streams, so far
  std::chrono::steady_clock::time_point window_ = {};  // since when we measure
  std::atomic<std::int64_t> working_{0};  // nanoseconds not spent waiting
  sys::RangeSet have_ = {};
  bool stopping_ = false;
  bool failed_ = false;
  std::optional<Error> follower_error_ = {};

  // On the way to the follower: written already, and next in line.
  struct Piece {
    std::uint64_t offset = 0;
    std::vector<std::byte> bytes = {};
  };

  std::deque<Piece> pieces_ = {};
  std::uint64_t pieces_end_ = 0;  // hashed, being hashed or in pieces_
  bool reading_back_ = false;     // what was written before its turn
  bool hashing_ = false;          // somebody has the hasher
  std::uint64_t hashed_ = 0;
  std::vector<std::byte> spare_ = {};

  std::optional<base::Hasher> hasher_ = {};
  std::vector<std::byte> buffer_ = {};  // of the follower
  std::thread follower_ = {};
};

}  // namespace hug::transfer
