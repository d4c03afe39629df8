#include "transfer/progress.h"

#include <utility>

namespace hug::transfer {

namespace {

// Bytes between two events of an item.
constexpr std::uint64_t kStep = 256 * 1024;

}  // namespace

ItemProgress::ItemProgress(const Context::Parts& parts, std::uint64_t id,
                           std::string name, std::uint64_t total)
    : parts_(&parts), id_(id), name_(std::move(name)), total_(total) {}

void ItemProgress::tell(Event::Kind kind, std::string_view text) const {
  if (parts_->events == nullptr) return;
  parts_->emit({.kind = kind,
                .id = id_,
                .done = done_.load(std::memory_order_relaxed),
                .total = total_,
                .reused = reused_,
                .name = name_,
                .text = text});
}

void ItemProgress::start(std::uint64_t reused) {
  reused_ = reused;
  done_ = reused;
  told_ = reused;
  tell(Event::Kind::kStart);
}

void ItemProgress::add(std::uint64_t bytes) {
  const auto now = done_.fetch_add(bytes) + bytes;
  auto told = told_.load(std::memory_order_relaxed);
  if (now < told + kStep) return;
  // One thread tells; the others go on.
  if (told_.compare_exchange_strong(told, now)) tell(Event::Kind::kProgress);
}

void ItemProgress::reset(std::uint64_t bytes) {
  done_ = bytes;
  told_ = bytes;
  tell(Event::Kind::kProgress);
}

void ItemProgress::state(std::string_view text) {
  tell(Event::Kind::kState, text);
}

void ItemProgress::retry(const Error& error) {
  tell(Event::Kind::kRetry, error.message());
}

void ItemProgress::done() {
  done_ = total_;
  tell(Event::Kind::kDone);
}

void ItemProgress::failed(const Error& error) {
  tell(Event::Kind::kFailed, error.message());
}

void note(const Context::Parts& parts, std::string_view text) {
  parts.emit({.kind = Event::Kind::kNote, .text = text});
}

void warn(const Context::Parts& parts, std::string_view text) {
  parts.emit({.kind = Event::Kind::kWarning, .text = text});
}

}  // namespace hug::transfer
