#include "transfer/large_fetch.h"

#include <algorithm>
#include <utility>

#include "api/session.h"
#include "sys/thread_pool.h"
#include "transfer/digest.h"
#include "transfer/write_gather.h"

namespace hug::transfer {

namespace {

constexpr std::uint64_t kPart = 8U << 20;
// Larger files are asked for in larger pieces: fewer questions, and a broken
// connection loses nothing of a piece anyway.
constexpr std::uint64_t kMostPart = 64U << 20;
constexpr std::uint64_t kPiecesPerStream = 16;
constexpr std::size_t kHashChunk = 256 * 1024;
// Each stream writes this much at once: few calls, and it stays in the cache
// of the processor until it is written.
constexpr std::size_t kWriteAtOnce = 256 * 1024;
// Progress is noted in the journal this often.
constexpr std::uint64_t kMarkEvery = 1U << 20;
// Bytes between two checkpoints: half of what a part file lets wait.
constexpr std::uint64_t kSyncEvery = 32U << 20;
// Written pieces that wait for the follower in memory.
constexpr std::size_t kMostPieces = 3;
// So long is watched whether the streams wait for the network. That is over
// before the first byte of a distant hub has come.
constexpr std::chrono::milliseconds kWindow{40};
// Up to so many processors, a thread for hashing alone does not pay.
constexpr std::size_t kFewProcessors = 2;
// With more streams than the network needs, most of a file has to be read back
// for hashing: more are taken only where they work less than this part of the
// time.
constexpr std::int64_t kIdleRatio = 4;

std::uint64_t part_size(std::uint64_t size, unsigned streams) {
  const auto even = size / (kPiecesPerStream * std::max(streams, 1U));
  return std::clamp(even / kPart * kPart, kPart, kMostPart);
}

Error wrong_content(const RemoteFile& file, const std::string& digest) {
  return Error(Code::kCorrupt, "'" + file.path + "' arrives damaged: it has " +
                                   digest.substr(0, 12) + ", not " +
                                   file.etag.substr(0, 12))
      .hint("try again later, or from another network");
}

}  // namespace

LargeFetch::LargeFetch(Hub& hub, Place& place, FetchJob job, unsigned streams)
    : place_(place),
      job_(std::move(job)),
      streams_(std::max(streams, 1U)),
      few_processors_(sys::cpu_count() <= kFewProcessors),
      parts_(hub.parts().surroundings()),
      fetch_(hub, job_.file),
      progress_(parts_, job_.item + 1, job_.file.path, job_.file.size) {}

LargeFetch::~LargeFetch() {
  stop_follower();
}

Result<std::shared_ptr<LargeFetch>> LargeFetch::open(Hub& hub, Place& place,
                                                     FetchJob job,
                                                     unsigned streams) {
  const std::shared_ptr<LargeFetch> self(
      new LargeFetch(hub, place, std::move(job), streams));
  self->lock_ = HUG_TRY(place.lock(self->job_));
  if (!self->job_.force && place.present(self->job_)) {
    self->already_there_ = true;
    return self;
  }
  self->file_ = HUG_TRY(place.open_partial(self->job_));
  self->have_ = self->file_->done();
  self->checkpoints_.emplace(*self->file_, kSyncEvery);
  self->split_gaps();
  self->progress_.start(self->have_.total());
  self->start_follower();
  return self;
}

void LargeFetch::split_gaps() {
  const auto step = part_size(job_.file.size, streams_);
  for (const auto& gap : have_.gaps(job_.file.size)) {
    for (auto at = gap.offset; at < gap.end(); at += step) {
      todo_.push_back({at, std::min(step, gap.end() - at)});
    }
  }
  std::reverse(todo_.begin(), todo_.end());
}

/// Doubles the streams where those at work hardly do anything but wait.
void LargeFetch::allow_more() {
  const auto now = std::chrono::steady_clock::now();
  if (now - window_ < kWindow || allowed_ >= streams_) return;
  const std::int64_t passed =
      std::chrono::nanoseconds(now - window_).count() * busy_;
  if (working_.exchange(0) < passed / kIdleRatio) {
    allowed_ = std::min(2 * allowed_, streams_);
  }
  window_ = now;
}

std::optional<sys::ByteRange> LargeFetch::take_part() {
  const std::lock_guard lock(mutex_);
  // A file that was complete already still has to be finished by somebody.
  if (todo_.empty()) return std::nullopt;
  if (busy_ == 0) window_ = std::chrono::steady_clock::now();
  if (busy_ >= allowed_) allow_more();
  if (busy_ >= allowed_) return std::nullopt;
  const auto range = todo_.back();
  todo_.pop_back();
  ++busy_;
  return range;
}

bool LargeFetch::wants_more() {
  const std::lock_guard lock(mutex_);
  return !todo_.empty() && busy_ < streams_;
}

/// Notes written bytes; leaves them to the follower if they are next in line.
/// Waits for it then: nothing is gained by being further ahead. Not while it
/// reads what an earlier run left, though: that may take longer than a server
/// waits for us.
void LargeFetch::offer(std::uint64_t offset, std::vector<std::byte>& bytes) {
  std::unique_lock lock(mutex_);
  have_.add({offset, bytes.size()});
  if (offset != pieces_end_) {
    if (have_.ranges().front().offset == 0) changed_.notify_one();
    return;
  }
  if (stopping_ || follower_error_) return;
  if (few_processors_ && !hashing_ && pieces_.empty()) {
    pieces_end_ += bytes.size();
    return hash_here(lock, bytes);
  }
  room_.wait(lock, [&] {
    return pieces_.size() < kMostPieces || reading_back_ || stopping_ ||
           follower_error_ || offset != pieces_end_;
  });
  // It reads back what it is not given; meanwhile it may have done so.
  if (stopping_ || follower_error_ || offset != pieces_end_ ||
      pieces_.size() >= kMostPieces) {
    return;
  }
  pieces_end_ += bytes.size();
  pieces_.push_back({offset, std::move(bytes)});
  bytes = std::move(spare_);
  spare_ = {};
  changed_.notify_one();
}

void LargeFetch::hash_here(std::unique_lock<std::mutex>& lock,
                           std::span<const std::byte> bytes) {
  hashing_ = true;
  lock.unlock();
  hasher_->update(bytes);
  lock.lock();
  hashing_ = false;
  hashed_ += bytes.size();
  if (follower_is_due()) changed_.notify_one();
}

Result<void> LargeFetch::fetch_part(sys::ByteRange range) {
  auto marked = range.offset;
  const auto mark = [&](std::uint64_t end) -> Result<void> {
    if (end == marked) return {};
    HUG_TRY(file_->mark({marked, end - marked}));
    const auto bytes = end - std::exchange(marked, end);
    return checkpoints_->add(bytes);
  };
  auto at_end = marked;  // of what is written
  const auto write = [&](std::uint64_t at, auto& bytes) -> Result<void> {
    HUG_TRY(file_->write(at, bytes));
    at_end = at + bytes.size();
    progress_.add(bytes.size());
    offer(at, bytes);
    return at_end - marked < kMarkEvery ? Result<void>() : mark(at_end);
  };
  WriteGather gather(kWriteAtOnce, [&](std::uint64_t at, auto& bytes) {
    const auto begin = std::chrono::steady_clock::now();
    auto written = write(at, bytes);
    working_ +=
        std::chrono::nanoseconds(std::chrono::steady_clock::now() - begin)
            .count();
    return written;
  });
  const auto take = [&](std::uint64_t at, auto bytes) {
    return gather.add(at, bytes);
  };
  auto done = fetch_.fetch({range.offset, range.size}, take,
                           [&](const auto& error) { progress_.retry(error); });
  // After an error too: the next run need not fetch it again.
  auto flushed = gather.flush();
  if (flushed) flushed = mark(at_end);
  if (done) done = std::move(flushed);
  if (lock_) {
    const std::lock_guard guard(mutex_);
    lock_->beat();
  }
  return done;
}

bool LargeFetch::part_done() {
  const std::lock_guard lock(mutex_);
  --busy_;
  return busy_ == 0 && todo_.empty() && !failed_;
}

void LargeFetch::part_failed() {
  const std::lock_guard lock(mutex_);
  --busy_;
  failed_ = true;
  todo_.clear();
}

void LargeFetch::start_follower() {
  stopping_ = false;
  follower_error_.reset();
  hasher_.emplace(hasher_for(job_.file.etag, job_.file.size));
  hashed_ = 0;
  pieces_.clear();
  pieces_end_ = 0;
  reading_back_ = false;
  hashing_ = false;
  follower_ = std::thread([this] { follow(); });
}

void LargeFetch::stop_follower() {
  if (!follower_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  room_.notify_all();
  follower_.join();
}

/// What an earlier run left, and what came in before its turn.
Result<void> LargeFetch::read_back(std::uint64_t begin, std::uint64_t end) {
  buffer_.resize(kHashChunk);
  while (begin < end) {
    const auto n = std::min<std::uint64_t>(kHashChunk, end - begin);
    const auto chunk = std::span(buffer_).first(static_cast<std::size_t>(n));
    HUG_TRY(file_->read(begin, chunk));
    hasher_->update(chunk);
    begin += n;
  }
  return {};
}

/// How much there is from the beginning on.
std::uint64_t LargeFetch::front() const {
  const auto& ranges = have_.ranges();
  if (ranges.empty() || ranges.front().offset != 0) return 0;
  return ranges.front().end();
}

bool LargeFetch::follower_is_due() const {
  if (stopping_ || hashed_ == job_.file.size) return true;
  return !hashing_ && (!pieces_.empty() || front() > hashed_);
}

/// Waits for the next bytes and hashes them. False: nothing more is to come.
Result<bool> LargeFetch::hash_next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return follower_is_due(); });
  if (stopping_ || hashed_ == job_.file.size) return false;
  if (!pieces_.empty()) {
    auto piece = std::move(pieces_.front());
    pieces_.pop_front();
    room_.notify_all();
    hash_here(lock, piece.bytes);
    piece.bytes.clear();
    spare_ = std::move(piece.bytes);
    return true;
  }
  const auto begin = hashed_;
  const auto end = front();
  pieces_end_ = end;
  hashing_ = reading_back_ = true;
  lock.unlock();
  room_.notify_all();  // who waits there waits for another offset
  auto done = read_back(begin, end);
  lock.lock();
  hashing_ = reading_back_ = false;
  hashed_ = end;
  HUG_TRY(std::move(done));
  return true;
}

void LargeFetch::follow() noexcept {
  for (;;) {
    auto more = hash_next();
    if (more && *more) continue;
    if (more) return;
    const std::lock_guard lock(mutex_);
    follower_error_ = std::move(more).error();
    room_.notify_all();
    return;
  }
}

Result<std::string> LargeFetch::digest() {
  if (follower_.joinable()) follower_.join();
  if (follower_error_) return *follower_error_;
  return hasher_->finish();
}

Result<void> LargeFetch::fetch_again() {
  HUG_TRY(checkpoints_->stop());
  HUG_TRY(file_->reset());
  checkpoints_.emplace(*file_, kSyncEvery);
  fetch_.restart();
  {
    const std::lock_guard lock(mutex_);
    have_.clear();
  }
  progress_.reset();
  split_gaps();
  start_follower();
  while (auto range = take_part()) {
    auto done = fetch_part(*range);
    if (done) part_done();
    if (!done) {
      part_failed();
      stop_follower();
      return done;
    }
  }
  return {};
}

Result<void> LargeFetch::finish() {
  progress_.state("verifying");
  auto found = HUG_TRY(digest());
  if (!keeps_promise(job_.file.etag, found)) {
    progress_.retry(wrong_content(job_.file, found));
    HUG_TRY(fetch_again());
    found = HUG_TRY(digest());
  }
  HUG_TRY(checkpoints_->stop());
  if (!keeps_promise(job_.file.etag, found)) {
    auto error = wrong_content(job_.file, found);
    HUG_TRY(file_->discard());
    progress_.failed(error);
    return error;
  }
  HUG_TRY(place_.publish(*file_, job_));
  lock_.reset();
  progress_.done();
  return {};
}

}  // namespace hug::transfer
