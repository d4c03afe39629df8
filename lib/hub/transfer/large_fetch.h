// A large file on its way here: missing ranges are handed out to whoever has a
// connection, a follower hashes what has come in from the front while the rest
// is still under way, and what a killed run left is used.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/hash.h"
#include "hug/hub.h"
#include "sys/part_file.h"
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

  /// A range nobody works on; nothing when there is none, or when enough
  /// streams are busy with this file.
  std::optional<sys::ByteRange> take_part();
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
  void start_follower();
  void stop_follower();
  void follow() noexcept;
  Result<void> hash_until(std::uint64_t end);
  void have(sys::ByteRange range);
  Result<std::string> digest();
  Result<void> fetch_again();

  Hub& hub_;
  Place& place_;
  FetchJob job_;
  unsigned streams_;
  const Context::Parts& parts_;
  RangeFetch fetch_;
  ItemProgress progress_;
  bool already_there_ = false;
  std::optional<sys::Lock> lock_ = {};
  std::optional<sys::PartFile> file_ = {};

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<sys::ByteRange> todo_ = {};  // from the back
  unsigned busy_ = 0;                      // ranges that are taken
  sys::RangeSet have_ = {};
  bool stopping_ = false;
  bool failed_ = false;
  std::optional<Error> follower_error_ = {};

  // Of the follower while it runs.
  std::optional<base::Hasher> hasher_ = {};
  std::uint64_t hashed_ = 0;
  std::vector<std::byte> buffer_ = {};
  std::thread follower_ = {};
};

}  // namespace hug::transfer
