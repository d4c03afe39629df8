#include "sys/part_file.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>

#include "base/strings.h"
#include "sys/atomic_file.h"
#include "sys/part_journal.h"

namespace hug::sys {

namespace {

// A journal of more records than this is not ours.
constexpr std::uint64_t kMaxJournal = std::uint64_t{256} << 20;

bool is_alive(std::uint32_t pid) {
  if (pid == 0 || pid > (1U << 30)) return false;
  return ::kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM;
}

PartOptions with_defaults(PartOptions options) {
  if (options.boot_id.empty()) options.boot_id = boot_id();
  if (options.pid == 0) options.pid = static_cast<std::uint32_t>(::getpid());
  return options;
}

}  // namespace

std::string boot_id() {
  static const std::string id = [] {
    const std::shared_ptr<Fs> fs = real_fs();
    Result<std::string> text =
        fs->read_file("/proc/sys/kernel/random/boot_id", 128);
    return text ? std::string(base::trim(*text)) : std::string();
  }();
  return id;
}

struct PartFile::State {
  State(Fs* f, At d, At j, PartOptions o)
      : fs(f),
        data_at(std::move(d)),
        journal_at(std::move(j)),
        options(std::move(o)) {}

  Fs* fs;
  At data_at;
  At journal_at;
  PartOptions options;
  JournalHeader header{};
  File data = {};
  File journal = {};
  std::uint64_t inode = 0;

  mutable std::mutex mutex = {};  // guards what follows
  RangeSet done = {};
  RangeSet pending = {};  // marked, not durable yet
  std::uint32_t sequence = 0;
  std::uint64_t journal_end = 0;
  bool names_durable = false;

  Result<void> open_files();
  Result<void> start_journal();
  Result<void> make_room();
  Result<void> append(const JournalRecord& record);
  Result<void> append_session(std::uint32_t pid);
  Result<void> check_alive() const;
  Result<void> checkpoint();
};

Result<void> PartFile::State::open_files() {
  OpenOptions open;
  open.write = open.no_follow = true;
  open.mode = 0600;
  const auto there = HUG_TRY(fs->find_link_info(data_at));
  // A journal speaks of bytes that are gone: it must go before new ones come.
  if (!there) (void)HUG_TRY(fs->remove_if_present(journal_at));
  open.create = true;
  data = HUG_TRY(fs->open(data_at, open));
  journal = HUG_TRY(fs->open(journal_at, open));
  const FileInfo info = HUG_TRY(fs->info(data));
  inode = info.inode;

  std::string text;
  if (HUG_TRY(fs->info(journal)).size <= kMaxJournal) {
    text = HUG_TRY(fs->read_file(journal_at, kMaxJournal));
  }
  auto state = parse_journal(text, header, options.size, options.boot_id);
  const bool fits = state && info.size == options.size;
  if (fits && is_alive(state->pid)) {
    return Error(Code::kBusy, "'" + data_at.path() +
                                  "' is being written by process " +
                                  std::to_string(state->pid));
  }
  if (!fits) return start_journal();
  done = std::move(state->done);
  sequence = state->sequence;
  journal_end = state->end;
  return fs->resize(journal, journal_end);
}

// From nothing: the journal is emptied before the data changes.
Result<void> PartFile::State::start_journal() {
  HUG_TRY(fs->resize(journal, 0));
  HUG_TRY(fs->sync(journal));
  HUG_TRY(fs->resize(data, 0));
  HUG_TRY(fs->resize(data, options.size));
  HUG_TRY(fs->write_at(journal, 0, header));
  sequence = 0;
  journal_end = kJournalHeader;
  done.clear();
  pending.clear();
  return {};
}

Result<void> PartFile::State::make_room() {
  if (!options.reserve) return {};
  Result<bool> reserved = fs->reserve(data, options.size);
  if (reserved && *reserved) return {};
  if (!reserved && reserved.error().code() != Code::kNoSpace) {
    return std::move(reserved).error();
  }
  const Result<SpaceInfo> space = fs->space(data_at.parent());
  const std::uint64_t have = HUG_TRY(fs->info(data)).allocated;
  const std::uint64_t need = options.size > have ? options.size - have : 0;
  if (reserved && (!space || space->available >= need)) return {};
  std::string message = "not enough space for '" + data_at.path() +
                        "': " + base::format_bytes(need) + " needed";
  if (space) message += ", " + base::format_bytes(space->available) + " free";
  return Error(Code::kNoSpace, std::move(message))
      .hint("free some space, or choose another folder");
}

Result<void> PartFile::State::append(const JournalRecord& record) {
  HUG_TRY(fs->write_at(journal, journal_end, record));
  journal_end += record.size();
  ++sequence;
  return {};
}

Result<void> PartFile::State::append_session(std::uint32_t pid) {
  return append(
      make_session_record(sequence, options.boot_id, pid, header_crc(header)));
}

// Somebody may prune what looks like a leftover while it is being written.
Result<void> PartFile::State::check_alive() const {
  const auto named = HUG_TRY(fs->find_link_info(data_at));
  if (named && named->inode == inode) return {};
  return Error(Code::kConflict,
               "'" + data_at.path() + "' was removed while it was written");
}

Result<void> PartFile::State::checkpoint() {
  RangeSet now;
  {
    const std::lock_guard lock(mutex);
    std::swap(now, pending);
  }
  if (now.ranges().empty()) return {};
  Result<void> synced = fs->sync_data(data);
  if (!synced) {
    const std::lock_guard lock(mutex);
    for (const ByteRange& range : now.ranges())
      pending.add(range);
    return synced;
  }
  const std::lock_guard lock(mutex);
  const std::uint32_t seed = header_crc(header);
  for (const ByteRange& range : now.ranges()) {
    HUG_TRY(
        append(make_range_record(RecordKind::kDurable, sequence, range, seed)));
  }
  HUG_TRY(fs->sync_data(journal));
  if (names_durable) return {};
  HUG_TRY(fs->sync_dir(data_at.parent()));
  HUG_TRY(fs->sync_dir(journal_at.parent()));
  names_durable = true;
  return {};
}

PartFile::PartFile(std::unique_ptr<State> state) : state_(std::move(state)) {}

PartFile::PartFile(PartFile&&) noexcept = default;

PartFile& PartFile::operator=(PartFile&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

PartFile::~PartFile() {
  if (!state_ || !state_->journal.is_open()) return;
  const std::lock_guard lock(state_->mutex);
  (void)state_->append_session(0);
}

std::optional<PartStatus> PartFile::peek(Fs& fs, const At& data,
                                         const At& journal,
                                         const PartOptions& given) {
  const PartOptions options = with_defaults(given);
  const auto info = fs.find_link_info(data);
  if (!info || !*info || (*info)->size != options.size) return std::nullopt;
  const auto text = fs.find_file(journal, kMaxJournal);
  if (!text || !*text) return std::nullopt;
  const auto state =
      parse_journal(**text, make_journal_header(options.size, options.identity),
                    options.size, options.boot_id);
  if (!state) return std::nullopt;
  return PartStatus{state->done.total(), is_alive(state->pid)};
}

Result<PartFile> PartFile::open(Fs& fs, At data, At journal,
                                PartOptions options) {
  options = with_defaults(std::move(options));
  auto state = std::make_unique<State>(&fs, std::move(data), std::move(journal),
                                       std::move(options));
  State& s = *state;
  s.header = make_journal_header(s.options.size, s.options.identity);
  HUG_TRY(s.open_files());
  HUG_TRY(s.append_session(s.options.pid));
  PartFile out(std::move(state));
  HUG_TRY(s.make_room());
  return out;
}

bool is_being_written(Fs& fs, const At& journal) {
  const auto text = fs.find_file(journal, kMaxJournal);
  if (!text || !*text || (*text)->size() < kJournalHeader) return false;
  JournalHeader header{};
  std::memcpy(header.data(), (*text)->data(), header.size());
  const auto state = parse_journal(**text, header, UINT64_MAX, boot_id());
  return state && is_alive(state->pid);
}

std::uint64_t PartFile::size() const noexcept {
  return state_->options.size;
}

RangeSet PartFile::done() const {
  const std::lock_guard lock(state_->mutex);
  return state_->done;
}

bool PartFile::complete() const {
  const std::lock_guard lock(state_->mutex);
  return state_->done.contains({0, state_->options.size});
}

Result<void> PartFile::write(std::uint64_t offset,
                             std::span<const std::byte> bytes) {
  const std::uint64_t size = state_->options.size;
  if (offset > size || bytes.size() > size - offset) {
    return Error(Code::kLimit, "more bytes than the " + std::to_string(size) +
                                   " of '" + state_->data_at.path() + "'");
  }
  return state_->fs->write_at(state_->data, offset, bytes);
}

Result<void> PartFile::mark(ByteRange range) {
  State& s = *state_;
  if (range.offset > s.options.size ||
      range.size > s.options.size - range.offset) {
    return Error(Code::kLimit, "a range beyond '" + s.data_at.path() + "'");
  }
  if (range.size == 0) return {};
  HUG_TRY(s.check_alive());
  bool due = false;
  {
    const std::lock_guard lock(s.mutex);
    HUG_TRY(s.append(make_range_record(RecordKind::kWritten, s.sequence, range,
                                       header_crc(s.header))));
    s.done.add(range);
    s.pending.add(range);
    due = s.pending.total() >= s.options.sync_every;
  }
  return due ? s.checkpoint() : Result<void>();
}

Result<void> PartFile::checkpoint() {
  return state_->checkpoint();
}

Result<void> PartFile::read(std::uint64_t offset,
                            std::span<std::byte> out) const {
  const std::size_t n = HUG_TRY(state_->fs->read_at(state_->data, offset, out));
  if (n == out.size()) return {};
  return Error(Code::kCorrupt,
               "'" + state_->data_at.path() + "' became shorter");
}

Result<void> PartFile::reset() {
  State& s = *state_;
  const std::lock_guard lock(s.mutex);
  HUG_TRY(s.start_journal());
  return s.append_session(s.options.pid);
}

Result<void> PartFile::publish(const At& target, std::uint32_t mode) {
  State& s = *state_;
  if (!complete()) {
    return Error(Code::kInternal, "'" + s.data_at.path() +
                                      "' is not complete and cannot be used");
  }
  HUG_TRY(s.check_alive());
  const std::uint32_t bits = mode != 0 ? mode : default_file_mode();
  HUG_TRY(s.fs->set_mode(s.data, bits));
  HUG_TRY(s.fs->sync(s.data));
  HUG_TRY(s.fs->close(std::move(s.data)));
  HUG_TRY(s.fs->rename(s.data_at, target));
  HUG_TRY(s.fs->sync_dir(target.parent()));
  (void)s.fs->close(std::move(s.journal));
  HUG_TRY(s.fs->remove_if_present(s.journal_at));
  return {};
}

Result<void> PartFile::discard() {
  // The journal goes first: bytes without it are never trusted.
  (void)state_->fs->close(std::move(state_->journal));
  HUG_TRY(state_->fs->remove_if_present(state_->journal_at));
  HUG_TRY(state_->fs->remove_if_present(state_->data_at));
  return {};
}

}  // namespace hug::sys
