#include "hub/api/transfers.h"

#include "sys/random.h"

namespace hug::hub {
namespace {

constexpr std::size_t kMaxUploads = 4096;
constexpr auto kGiveUpAfter = std::chrono::hours(24);

}  // namespace

Result<std::string> Transfers::add(std::shared_ptr<PartUpload> upload) {
  const std::lock_guard lock(mutex_);
  const auto now = clock_.now();
  std::erase_if(entries_, [&](const auto& entry) {
    return now - entry.second.used > kGiveUpAfter;
  });
  if (entries_.size() >= kMaxUploads) {
    return Error(Code::kBusy, "Too many uploads are under way");
  }
  std::string id = sys::random_hex(32);
  entries_[id] = {std::move(upload), now};
  return id;
}

std::shared_ptr<PartUpload> Transfers::find(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return nullptr;
  found->second.used = clock_.now();
  return found->second.upload;
}

void Transfers::remove(const std::string& id) {
  const std::lock_guard lock(mutex_);
  entries_.erase(id);
}

}  // namespace hug::hub
