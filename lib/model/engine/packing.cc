#include "engine/packing.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <limits>

#include "arch/tensor_set.h"
#include "nn/matmul.h"
#include "sys/large_pages.h"
#include "sys/residence.h"

namespace hug::engine {

namespace {

using Clock = std::chrono::steady_clock;

// What a thread moves at once, a few milliseconds.
constexpr std::size_t kStretch = std::size_t{8} << 20;
// Smaller models lie in caches, or nobody notices.
constexpr std::size_t kLeast = std::size_t{64} << 20;
// What both kinds are read of: with its copy, more than a cache holds.
constexpr std::size_t kSample = std::size_t{32} << 20;
constexpr int kRounds = 4;
// Less is not worth the moving.
constexpr double kWorth = 1.04;
// Memory that stays free.
constexpr std::uint64_t kSpare = std::uint64_t{1} << 30;

// Seconds for one product with the bytes as if they were weights: it reads
// them as passes do. What they mean does not matter.
double read_once(nn::Team& team, std::span<const std::byte> bytes) {
  constexpr std::size_t kIn = 2048;
  const std::size_t n_out = bytes.size() / (kIn * 2);
  const std::vector<float> x(kIn);
  std::vector<float> y(n_out);
  const auto start = Clock::now();
  nn::matmul(team, x, {tensor::DType::kF16, bytes, kIn, n_out}, y);
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// From the first tensor in a file to the end of the last one.
std::span<const std::byte> used_part(std::span<const std::byte> file,
                                     const arch::TensorSet& tensors) {
  const std::less<const std::byte*> before;
  const std::byte* begin = nullptr;
  const std::byte* end = nullptr;
  for (const auto& [name, tensor] : tensors.tensors) {
    const std::byte* const first = tensor.bytes.data();
    const std::byte* const last = first + tensor.bytes.size();
    if (tensor.bytes.empty() || before(first, file.data()) ||
        before(file.data() + file.size(), last))
      continue;
    if (begin == nullptr || before(first, begin)) begin = first;
    if (end == nullptr || before(end, last)) end = last;
  }
  if (begin == nullptr) return {};
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

Packing::Packing(const arch::TensorSet& tensors) {
  std::size_t all = 0;
  for (const ByteSourcePtr& file : tensors.store->files) {
    const auto range =
        sys::whole_large_pages(used_part(file->mapped(), tensors));
    all += range.size();
    if (!range.empty()) ranges_.push_back(range);
  }
  if (all < kLeast || sys::available_memory() < all + kSpare) ranges_.clear();
}

// In turns, and the best of each: what else the machine does comes and goes.
void Packing::measure(nn::Team& team) {
  if (ranges_.empty() || faster_) return;
  if (team.isa() == tensor::Isa::kScalar) return ranges_.clear();
  const auto sample =
      ranges_.back().last(std::min(ranges_.back().size(), kSample));
  if (!sys::is_resident(ranges_.back())) return;
  const auto copy = sys::LargeCopy::make(sample);
  if (!copy) return ranges_.clear();
  double mapped = std::numeric_limits<double>::max();
  double large = mapped;
  for (int i = 0; i < kRounds; ++i) {
    mapped = std::min(mapped, read_once(team, sample));
    large = std::min(large, read_once(team, copy->bytes()));
  }
  faster_ = mapped > large * kWorth;
  if (!faster_) ranges_.clear();
}

// Takes up to `most` stretches off the end of what is left.
std::size_t Packing::next_batch(std::size_t most) {
  batch_.clear();
  while (batch_.size() < most && !ranges_.empty()) {
    auto& range = ranges_.back();
    const std::size_t n = std::min(range.size(), kStretch);
    batch_.push_back(range.last(n));
    range = range.first(range.size() - n);
    if (range.empty()) ranges_.pop_back();
  }
  return batch_.size();
}

void Packing::advance(nn::Team& team, double seconds) {
  if (ranges_.empty()) return;
  if (!faster_) measure(team);
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  std::atomic<bool> refused = false;
  while (faster_ && !ranges_.empty() && !refused && Clock::now() < end) {
    if (sys::available_memory() < kSpare) refused = true;
    const std::size_t n = refused ? 0 : next_batch(team.size());
    team.run(n, 1, [&](std::size_t begin, std::size_t last) {
      for (; begin < last; ++begin) {
        auto copy = sys::LargeCopy::make(batch_[begin]);
        if (!copy || !copy->take_place()) refused = true;
      }
    });
  }
  if (refused) ranges_.clear();
}

void Packing::finish(nn::Team& team) {
  advance(team, 1e6);
}

}  // namespace hug::engine
