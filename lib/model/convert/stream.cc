#include "convert/stream.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>

#include "sys/context.h"
#include "sys/part_file.h"
#include "sys/thread_pool.h"

namespace hug::convert {

namespace {

struct Block {
  std::size_t item = 0;
  std::uint64_t first = 0;
  std::uint64_t n = 0;
};

class Stream {
 public:
  Stream(Context& context, const StreamPlan& plan, sys::PartFile part)
      : context_(context), plan_(plan), part_(std::move(part)) {}

  Result<std::uint64_t> run(unsigned threads);

 private:
  Result<void> write_frame();
  Result<void> write_zeros(std::uint64_t begin, std::uint64_t end);
  void cut();
  void work();
  Result<void> make(const Block& block, std::vector<std::byte>& out,
                    arch::GatherBuffers& buffers);
  void fail(Error error, const Block& block);

  Context& context_;
  const StreamPlan& plan_;
  sys::PartFile part_;
  sys::RangeSet before_;
  std::vector<Block> blocks_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> failed_ = false;
  std::atomic<std::uint64_t> done_ = 0;
  std::mutex mutex_;
  std::optional<Error> error_;
};

Result<std::uint64_t> Stream::run(unsigned threads) {
  before_ = part_.done();
  const std::uint64_t reused = before_.total();
  const Context::Parts& parts = context_.parts();
  parts.emit({.kind = Event::Kind::kPlan,
              .total = plan_.file_bytes,
              .items = 1,
              .reused = reused});
  HUG_TRY(write_frame());
  cut();
  const std::size_t n = threads != 0 ? threads : sys::cpu_count();
  if (n == 1) {
    work();
  } else {
    sys::ThreadPool pool(n, n);
    for (std::size_t i = 0; i < n; ++i)
      pool.submit([this] { work(); });
    pool.wait();
  }
  if (error_) return *std::move(error_);
  HUG_TRY(part_.publish(plan_.path));
  parts.emit({.kind = Event::Kind::kFinish,
              .done = plan_.file_bytes,
              .total = plan_.file_bytes,
              .items = 1,
              .name = plan_.path});
  return reused;
}

Result<void> Stream::write_zeros(std::uint64_t begin, std::uint64_t end) {
  const std::vector<std::byte> zeros(4096);
  while (begin < end) {
    const auto n =
        static_cast<std::size_t>(std::min<std::uint64_t>(4096, end - begin));
    HUG_TRY(part_.write(begin, std::span(zeros).first(n)));
    HUG_TRY(part_.mark({begin, n}));
    begin += n;
  }
  return {};
}

// The header, and the zeros between tensors.
Result<void> Stream::write_frame() {
  if (!plan_.header.empty()) {
    HUG_TRY(part_.write(0, plan_.header));
    HUG_TRY(part_.mark({0, plan_.header.size()}));
  }
  std::uint64_t at = plan_.header.size();
  for (const StreamItem& item : plan_.items) {
    HUG_TRY(write_zeros(at, item.offset));
    at = item.offset + item.n_rows * item.row_bytes;
  }
  return write_zeros(at, plan_.file_bytes);
}

void Stream::cut() {
  for (std::size_t i = 0; i < plan_.items.size(); ++i) {
    const StreamItem& item = plan_.items[i];
    for (std::uint64_t row = 0; row < item.n_rows; row += item.block_rows)
      blocks_.push_back({i, row, std::min(item.block_rows, item.n_rows - row)});
  }
}

void Stream::work() {
  std::vector<std::byte> out;
  arch::GatherBuffers buffers;
  while (!failed_) {
    const std::size_t i = next_++;
    if (i >= blocks_.size()) return;
    auto made = context_.parts().check_stop();
    if (made) made = make(blocks_[i], out, buffers);
    if (!made) return fail(std::move(made).error(), blocks_[i]);
  }
}

void Stream::fail(Error error, const Block& block) {
  const std::lock_guard lock(mutex_);
  if (!error_)
    error_ = std::move(error).with("converting '" +
                                   plan_.items[block.item].name + "'");
  failed_ = true;
}

Result<void> Stream::make(const Block& block, std::vector<std::byte>& out,
                          arch::GatherBuffers& buffers) {
  const StreamItem& item = plan_.items[block.item];
  const std::uint64_t offset = item.offset + block.first * item.row_bytes;
  const std::uint64_t bytes = block.n * item.row_bytes;
  if (bytes != 0 && !before_.contains({offset, bytes})) {
    out.resize(std::max<std::size_t>(out.size(), bytes));
    const auto to = std::span(out).first(bytes);
    HUG_TRY(item.make(block.first, block.n, to, buffers));
    HUG_TRY(part_.write(offset, to));
    HUG_TRY(part_.mark({offset, bytes}));
  }
  context_.parts().emit({.kind = Event::Kind::kProgress,
                         .id = 0,
                         .done = done_ += bytes,
                         .total = plan_.file_bytes,
                         .name = item.name});
  return {};
}

}  // namespace

Result<std::uint64_t> write_stream(Context& context, const StreamPlan& plan,
                                   const StreamOptions& options) {
  sys::PartOptions part;
  part.size = plan.file_bytes;
  part.identity = plan.identity;
  // The page cache outlives a killed run; only a power failure costs more.
  part.sync_every = std::uint64_t{4} << 30;
  auto file = HUG_TRY_WITH(
      sys::PartFile::open(*context.parts().fs, plan.path + ".part",
                          plan.path + ".part.journal", std::move(part)),
      "writing '" + plan.path + "'");
  if (options.restart) HUG_TRY(file.reset());
  Stream stream(context, plan, std::move(file));
  return stream.run(options.threads);
}

}  // namespace hug::convert
