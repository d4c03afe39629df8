#include "quantize/run.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>

#include "quantize/output.h"
#include "quantize/transcode.h"
#include "sys/context.h"
#include "sys/thread_pool.h"
#include "tensor/codec.h"

namespace hug::quantize {
namespace {

/// Memory for the blocks of all threads together.
constexpr std::uint64_t kBudget = 160 << 20;
constexpr std::uint64_t kLargestBlock = 4 << 20;
constexpr std::uint64_t kSmallestBlock = 256 << 10;

/// Rows of one tensor (of one expert, where a matrix is used).
struct Block {
  std::size_t tensor = 0;
  std::uint64_t row = 0;
  std::uint64_t n_row = 0;
};

std::uint64_t block_bytes(std::size_t threads) {
  // A thread holds what it read and what it makes of it (at worst twice that).
  return std::clamp(kBudget / (threads * 3), kSmallestBlock, kLargestBlock);
}

std::vector<Block> cut_blocks(const Plan& plan, std::uint64_t most) {
  std::vector<Block> out;
  for (std::size_t i = 0; i < plan.tensors.size(); i++) {
    const PlannedTensor& t = plan.tensors[i];
    if (t.from_bytes == 0) continue;
    const std::uint64_t all = t.n_row();
    const std::uint64_t row_bytes = t.from_bytes / all;
    const std::uint64_t step = std::max<std::uint64_t>(1, most / row_bytes);
    const std::uint64_t slice = t.importance != nullptr ? t.shape[1] : all;
    for (std::uint64_t begin = 0; begin < all; begin += slice)
      for (std::uint64_t row = 0; row < slice; row += step)
        out.push_back({i, begin + row, std::min(step, slice - row)});
  }
  return out;
}

/// The tensor's progress, for events.
struct Count {
  std::uint64_t done = 0;
  bool started = false;
};

class Runner {
 public:
  Runner(const Context& context, const Plan& plan, Output& output,
         std::vector<Block> blocks, tensor::Isa isa)
      : parts_(context.parts()),
        plan_(plan),
        output_(output),
        blocks_(std::move(blocks)),
        counts_(plan.tensors.size()),
        isa_(isa) {}

  Result<void> run(std::size_t threads) {
    parts_.emit({.kind = Event::Kind::kPlan,
                 .total = plan_.bytes_in(),
                 .items = plan_.tensors.size(),
                 .reused = output_.bytes_reused()});
    if (threads <= 1) {
      work();
    } else {
      sys::ThreadPool pool(threads, threads);
      for (std::size_t i = 0; i < threads; i++)
        pool.submit([this] { work(); });
      pool.wait();
    }
    if (error_) return *std::move(error_);
    return {};
  }

 private:
  /// One thread's work: blocks until there are no more.
  void work() {
    Transcoder transcoder(isa_);
    std::vector<std::byte> in;
    std::vector<std::byte> out;
    while (!failed_) {
      const std::size_t i = next_++;
      if (i >= blocks_.size()) return;
      auto done = parts_.check_stop();
      if (done) done = process(blocks_[i], transcoder, in, out);
      if (!done) return fail(std::move(done).error(), blocks_[i]);
    }
  }

  void fail(Error error, const Block& block) {
    const std::lock_guard lock(mutex_);
    if (!error_)
      error_ = std::move(error).with("quantizing '" +
                                     plan_.tensors[block.tensor].name + "'");
    failed_ = true;
  }

  Result<void> process(const Block& block, Transcoder& transcoder,
                       std::vector<std::byte>& in,
                       std::vector<std::byte>& out) {
    const PlannedTensor& t = plan_.tensors[block.tensor];
    const std::uint64_t row_in = t.from_bytes / t.n_row();
    const std::uint64_t row_out = t.to_bytes / t.n_row();
    const std::uint64_t size = block.n_row * row_in;
    report(block.tensor, 0);
    if (!output_.has(t, block.row * row_out, block.n_row * row_out)) {
      in.resize(std::max<std::size_t>(in.size(), size));
      out.resize(std::max<std::size_t>(out.size(), block.n_row * row_out));
      const auto bytes_in = std::span(in).first(size);
      const auto bytes_out = std::span(out).first(block.n_row * row_out);
      const auto source = HUG_TRY(plan_.model.data(t.place));
      HUG_TRY(source->read_at(block.row * row_in, bytes_in));
      HUG_TRY(transcoder.run({t.from, t.decision.type, t.shape[0]}, bytes_in,
                             importance(t, block), bytes_out));
      HUG_TRY(output_.write(t, block.row * row_out, bytes_out));
    }
    report(block.tensor, size);
    return {};
  }

  /// The part of the matrix that belongs to the block's expert.
  static std::span<const float> importance(const PlannedTensor& t,
                                           const Block& block) {
    if (t.importance == nullptr) return {};
    const std::uint64_t expert = block.row / t.shape[1] % t.shape[2];
    return std::span(*t.importance).subspan(expert * t.shape[0], t.shape[0]);
  }

  void report(std::size_t tensor, std::uint64_t more) {
    if (parts_.events == nullptr) return;
    const PlannedTensor& t = plan_.tensors[tensor];
    const std::lock_guard lock(mutex_);
    Count& count = counts_[tensor];
    count.done += more;
    Event event{.kind = Event::Kind::kProgress,
                .id = tensor + 1,
                .done = count.done,
                .total = t.from_bytes,
                .name = t.name};
    if (!count.started) {
      count.started = true;
      event.kind = Event::Kind::kStart;
      parts_.emit(event);
    } else if (more > 0) {
      parts_.emit(event);
      event.kind = Event::Kind::kDone;
      if (count.done == t.from_bytes) parts_.emit(event);
    }
  }

  const Context::Parts& parts_;
  const Plan& plan_;
  Output& output_;
  std::vector<Block> blocks_;
  std::vector<Count> counts_;
  tensor::Isa isa_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;
  std::optional<Error> error_;
};

}  // namespace

std::vector<std::string> output_names(const Plan& plan,
                                      const std::string& path) {
  if (plan.files.size() == 1) return {path};
  std::string prefix = path;
  constexpr std::string_view kSuffix = ".gguf";
  if (prefix.ends_with(kSuffix)) prefix.resize(prefix.size() - kSuffix.size());
  std::vector<std::string> out;
  const auto n = static_cast<std::uint32_t>(plan.files.size());
  for (std::uint32_t i = 0; i < n; i++)
    out.push_back(format::split_name(prefix, i, n));
  return out;
}

Result<QuantizeReport> run_plan(const Context& context, const Plan& plan,
                                const QuantizeOptions& options,
                                const std::vector<std::string>& names) {
  const auto start = std::chrono::steady_clock::now();
  const tensor::Isa isa =
      HUG_TRY(tensor::choose_isa(context.parts().env.text("HUG_ISA")));
  Output output = HUG_TRY(Output::open(context, plan, options, names));
  const std::size_t threads =
      options.threads != 0 ? options.threads : sys::cpu_count();
  Runner runner(context, plan, output, cut_blocks(plan, block_bytes(threads)),
                isa);
  HUG_TRY(runner.run(threads));
  HUG_TRY(output.publish());
  QuantizeReport report;
  report.files = names;
  for (const format::GgufLayout& file : plan.files)
    report.bytes += file.file_bytes;
  report.bytes_reused = output.bytes_reused();
  report.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count();
  context.parts().emit({.kind = Event::Kind::kFinish,
                        .done = plan.bytes_in(),
                        .total = plan.bytes_in(),
                        .items = plan.tensors.size()});
  return report;
}

}  // namespace hug::quantize
