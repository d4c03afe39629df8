#include "sys/mapping.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>

#include "hug/mapped_files.h"

namespace hug::sys {

namespace {

// What the signal handler reads: nothing but lock-free atomics.
struct Slot {
  std::atomic<std::uintptr_t> begin{0};
  std::atomic<std::uintptr_t> end{0};
  std::atomic<bool> used{false};
  std::atomic<bool> damaged{false};
  std::atomic<bool> keeps_pages{false};
};

constexpr int kSlots = 4096;
std::array<Slot, kSlots> g_slots;
struct sigaction g_before;

int take_slot(const void* data, std::size_t size) {
  for (int i = 0; i < kSlots; ++i) {
    Slot& slot = g_slots[static_cast<std::size_t>(i)];
    bool expected = false;
    if (!slot.used.compare_exchange_strong(expected, true)) continue;
    const auto begin = reinterpret_cast<std::uintptr_t>(data);
    slot.damaged.store(false);
    slot.keeps_pages.store(false);
    slot.end.store(begin + size);
    slot.begin.store(begin);
    return i;
  }
  return -1;
}

void free_slot(int i) {
  if (i < 0) return;
  Slot& slot = g_slots[static_cast<std::size_t>(i)];
  slot.begin.store(0);
  slot.end.store(0);
  slot.used.store(false);
}

Slot* find_slot(const void* at) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(at);
  for (Slot& slot : g_slots) {
    const std::uintptr_t begin = slot.begin.load();
    if (begin != 0 && address >= begin && address < slot.end.load())
      return &slot;
  }
  return nullptr;
}

// Puts a page of zeros where the file has none any more.
bool repair(const void* address) {
  Slot* const slot = find_slot(address);
  if (slot == nullptr) return false;
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto first = reinterpret_cast<std::uintptr_t>(address) & ~(page - 1);
  void* got = ::mmap(reinterpret_cast<void*>(first), page, PROT_READ,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (got == MAP_FAILED) return false;
  slot->damaged.store(true);
  return true;
}

void on_bus_error(int signal, siginfo_t* info, void*) {
  if (repair(info->si_addr)) return;
  // Not ours: whatever was there before takes over when the access is made
  // again.
  (void)::sigaction(signal, &g_before, nullptr);
}

}  // namespace

Mapping::Mapping(Mapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      slot_(std::exchange(other.slot_, -1)) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(slot_, other.slot_);
  return *this;
}

Mapping::~Mapping() {
  free_slot(slot_);
  if (data_ != nullptr) {
    (void)::munmap(const_cast<std::byte*>(data_), size_);
  }
}

Result<Mapping> Mapping::map(Fs& fs, const File& file, std::uint64_t size) {
  const FileInfo info = HUG_TRY(fs.info(file));
  if (info.size < size) {
    return Error(Code::kCorrupt,
                 "'" + file.path() + "' has " + std::to_string(info.size) +
                     " bytes where " + std::to_string(size) + " are needed");
  }
  Mapping out;
  if (size == 0) return out;
  void* at = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.fd(), 0);
  if (at == MAP_FAILED) {
    return os_error(errno, "cannot map '" + file.path() + "'");
  }
  out.data_ = static_cast<const std::byte*>(at);
  out.size_ = size;
  out.slot_ = take_slot(at, size);
  return out;
}

bool Mapping::damaged() const noexcept {
  return slot_ >= 0 && g_slots[static_cast<std::size_t>(slot_)].damaged.load();
}

namespace {

void advise(const std::byte* data, std::size_t all, std::uint64_t offset,
            std::uint64_t size, int advice) {
  if (offset >= all) return;
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t start = offset & ~(page - 1);
  const std::uint64_t end = size > all - offset ? all : offset + size;
  (void)::madvise(const_cast<std::byte*>(data) + start, end - start, advice);
}

}  // namespace

void Mapping::will_need(std::uint64_t offset,
                        std::uint64_t size) const noexcept {
  advise(data_, size_, offset, size, MADV_WILLNEED);
}

void Mapping::dont_need(std::uint64_t offset,
                        std::uint64_t size) const noexcept {
  if (slot_ >= 0 && g_slots[static_cast<std::size_t>(slot_)].keeps_pages)
    return;
  advise(data_, size_, offset, size, MADV_DONTNEED);
}

bool is_damaged_at(const void* at) noexcept {
  const Slot* const slot = find_slot(at);
  return slot != nullptr && slot->damaged.load();
}

bool keep_pages_at(const void* at) noexcept {
  Slot* const slot = find_slot(at);
  if (slot == nullptr) return false;
  slot->keeps_pages.store(true);
  return true;
}

void guard_mappings() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction action = {};
    action.sa_sigaction = on_bus_error;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    (void)::sigemptyset(&action.sa_mask);
    (void)::sigaction(SIGBUS, &action, &g_before);
  });
}

}  // namespace hug::sys

namespace hug {

void guard_mapped_files() {
  sys::guard_mappings();
}

bool is_mapped_file_damaged(std::span<const std::byte> bytes) noexcept {
  return sys::is_damaged_at(bytes.data());
}

}  // namespace hug
