#include "sys/lock.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include "base/strings.h"
#include "base/time.h"
#include "sys/part_file.h"
#include "sys/random_source.h"

namespace hug::sys {

struct Lock::State {
  Fs* fs;
  Clock* clock;
  At at;
  LockOptions options;
  File file;
  bool lease = false;  // the file's existence is the lock
  bool exclusive = true;
  Clock::Steady last_beat{};
};

namespace {

std::string this_host() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "?";
  return name.data();
}

std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= ' ') out += c;
  }
  return out.substr(0, 200);
}

bool is_alive(long pid) {
  return pid > 0 && (::kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM);
}

// What a waiter saw of a lock file, to tell whether its holder still lives.
struct Sight {
  std::string content;
  std::uint64_t inode = 0;
  std::chrono::sys_time<std::chrono::nanoseconds> modified{};
  bool operator==(const Sight&) const = default;
};

std::optional<Sight> look(Fs& fs, const At& at) {
  const Result<File> file = fs.open(at);
  if (!file) return std::nullopt;
  const Result<FileInfo> info = fs.info(*file);
  if (!info) return std::nullopt;
  std::array<char, 2048> text{};
  const Result<std::size_t> n =
      fs.read_at(*file, 0, std::as_writable_bytes(std::span(text)));
  return Sight{std::string(text.data(), n.value_or(0)), info->inode,
               info->modified};
}

// Watches one lock file through the waiter's own clock.
class Watch {
 public:
  Watch(Fs& fs, Clock& clock, const LockOptions& options)
      : fs_(fs), clock_(clock), options_(options) {}

  bool is_stale(const At& at) {
    std::optional<Sight> now = look(fs_, at);
    if (!now) return false;
    if (!last_ || *last_ != *now) {
      last_ = std::move(now);
      since_ = clock_.now();
    }
    const LockHolder holder = parse_lock_holder(last_->content);
    // Clients that do not say who they are, such as the Python one, never
    // refresh either: nothing can be concluded about them.
    if (holder.pid <= 0 || holder.host.empty()) return false;
    if (holder.host == this_host() && holder.boot == boot_id()) {
      return !is_alive(holder.pid);
    }
    return clock_.now() - since_ >= options_.stale_after;
  }

  LockHolder holder() const {
    return last_ ? parse_lock_holder(last_->content) : LockHolder();
  }

  std::uint64_t inode() const { return last_ ? last_->inode : 0; }

 private:
  Fs& fs_;
  Clock& clock_;
  const LockOptions& options_;
  std::optional<Sight> last_;
  Clock::Steady since_{};
};

std::string describe(const LockHolder& holder) {
  if (holder.pid <= 0) return "another program";
  std::string out = "process " + std::to_string(holder.pid);
  if (!holder.host.empty()) out += " on " + holder.host;
  if (!holder.since.empty()) out += " since " + holder.since;
  if (!holder.purpose.empty()) out += " (" + holder.purpose + ")";
  return out;
}

At lease_of(const At& at) {
  const std::string name = at.name() + ".lease";
  return at.dir() == nullptr ? At(name) : At(*at.dir(), name);
}

bool cannot_flock(int error) {
  return error == ENOSYS || error == ENOLCK || error == EOPNOTSUPP ||
         error == EINVAL;
}

enum class Outcome { kTaken, kHeld, kAgain, kNoFlock };

struct Try {
  Outcome outcome = Outcome::kHeld;
  File file = {};
};

Result<File> open_lock(Fs& fs, const At& at, bool& created) {
  OpenOptions options;
  options.write = options.create = options.exclusive = true;
  options.no_follow = true;
  options.mode = 0664;
  Result<File> file = fs.open(at, options);
  created = file.has_value();
  if (created || file.error().code() != Code::kConflict) {
    // Others of the group take the lock as well, whatever the umask.
    if (created) (void)fs.set_mode(*file, 0664);
    return file;
  }
  options.exclusive = false;
  return fs.open(at, options);
}

Result<Try> try_flock(Fs& fs, const At& at) {
  bool created = false;
  File file = HUG_TRY(open_lock(fs, at, created));
  const int error = fs.try_lock(file);
  if (error == EWOULDBLOCK) return Try{Outcome::kHeld};
  if (cannot_flock(error)) {
    // Where there is no flock, others take the existence of this very file for
    // a lock.
    if (created) (void)fs.remove_if_present(at);
    return Try{Outcome::kNoFlock};
  }
  if (error != 0) return os_error(error, "cannot lock '" + at.path() + "'");
  // Some clients remove the file when they are done: it must still be there.
  const FileInfo held = HUG_TRY(fs.info(file));
  const auto named = HUG_TRY(fs.find_link_info(at));
  if (!named || named->inode != held.inode) return Try{Outcome::kAgain};
  return Try{Outcome::kTaken, std::move(file)};
}

Result<Try> try_lease(Fs& fs, const At& at) {
  OpenOptions options;
  options.write = options.create = options.exclusive = true;
  options.no_follow = true;
  options.mode = 0664;
  Result<File> file = fs.open(lease_of(at), options);
  if (file) return Try{Outcome::kTaken, std::move(*file)};
  if (file.error().code() == Code::kConflict) return Try{Outcome::kHeld};
  return std::move(file).error();
}

// Removes a stale lease, unless somebody else replaced it meanwhile.
void break_lease(Fs& fs, const At& lease, std::uint64_t inode) {
  const std::string name = lease.name() + "." + random_hex(8);
  const At aside = lease.dir() == nullptr ? At(name) : At(*lease.dir(), name);
  if (!fs.rename(lease, aside)) return;
  const Result<FileInfo> info = fs.link_info(aside);
  if (info && info->inode != inode) {
    (void)fs.rename_new(aside, lease);
  }
  (void)fs.remove_if_present(aside);
}

}  // namespace

LockHolder parse_lock_holder(std::string_view content) {
  LockHolder out;
  for (const std::string_view line : base::split(content, '\n')) {
    const auto n = line.find(' ');
    if (n == line.npos) continue;
    const std::string_view key = line.substr(0, n);
    const std::string value = one_line(line.substr(n + 1));
    if (key == "pid") {
      const auto pid = base::parse_unsigned(value);
      out.pid = pid && *pid < (1U << 30) ? static_cast<long>(*pid) : 0;
    } else if (key == "host") {
      out.host = value;
    } else if (key == "boot") {
      out.boot = value;
    } else if (key == "since") {
      out.since = value;
    } else if (key == "for") {
      out.purpose = value;
    }
  }
  return out;
}

bool is_gone(const LockHolder& holder) {
  return holder.pid > 0 && holder.host == this_host() &&
         holder.boot == boot_id() && !is_alive(holder.pid);
}

std::string format_lock_holder(Clock& clock, std::string_view purpose) {
  const auto now =
      std::chrono::time_point_cast<std::chrono::milliseconds>(clock.wall());
  return "pid " + std::to_string(::getpid()) + "\nhost " + this_host() +
         "\nboot " + boot_id() + "\nsince " + base::format_iso(now) + "\nfor " +
         one_line(purpose) + "\n";
}

Lock::Lock(std::unique_ptr<State> state) : state_(std::move(state)) {}

Lock::Lock(Lock&&) noexcept = default;

Lock& Lock::operator=(Lock&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

namespace {

// One wait for one lock.
class Wait {
 public:
  Wait(Fs& fs, Clock& clock, const At& at, const LockOptions& options)
      : fs_(fs),
        clock_(clock),
        at_(at),
        options_(options),
        watch_(fs, clock, options),
        start_(clock.now()) {}

  struct Got {
    File file;
    bool lease = false;
    bool exclusive = true;
  };

  Result<Got> run() {
    while (true) {
      Try tried =
          HUG_TRY(use_lease_ ? try_lease(fs_, at_) : try_flock(fs_, at_));
      if (tried.outcome == Outcome::kTaken) {
        return Got{std::move(tried.file), use_lease_, true};
      }
      if (tried.outcome == Outcome::kNoFlock) use_lease_ = true;
      if (tried.outcome != Outcome::kHeld) continue;
      if (watch_.is_stale(use_lease_ ? lease_of(at_) : at_)) {
        if (!use_lease_) return take_over();
        break_lease(fs_, lease_of(at_), watch_.inode());
        continue;
      }
      HUG_TRY(pause());
    }
  }

 private:
  // The kernel says that the lock is held, but its holder is gone (a dead
  // client of a network file system, a descriptor that a child inherited).
  Result<Got> take_over() {
    bool created = false;
    File file = HUG_TRY(open_lock(fs_, at_, created));
    return Got{std::move(file), false, false};
  }

  Result<void> pause() {
    const auto waited = clock_.now() - start_;
    if (waited >= options_.wait) {
      return Error(Code::kBusy, "'" + at_.path() + "' is locked by " +
                                    describe(watch_.holder()))
          .hint("wait for it to end, or raise HUG_LOCK_TIMEOUT");
    }
    if (!told_ && waited >= options_.notice_after && options_.on_wait) {
      told_ = true;
      options_.on_wait("waiting for '" + at_.path() + "', locked by " +
                       describe(watch_.holder()));
    }
    HUG_TRY(clock_.sleep(step_, options_.stop));
    step_ = std::min(step_ * 2, Millis(100));
    return {};
  }

  Fs& fs_;
  Clock& clock_;
  const At& at_;
  const LockOptions& options_;
  Watch watch_;
  Clock::Steady start_;
  Millis step_{1};
  bool use_lease_ = false;
  bool told_ = false;
};

}  // namespace

Result<Lock> Lock::acquire(Fs& fs, Clock& clock, At at, LockOptions options) {
  if (options.stop.stop_requested()) {
    return Error(Code::kCancelled, "cancelled");
  }
  Wait::Got got = HUG_TRY(Wait(fs, clock, at, options).run());
  // The content is for people: a full disk must not keep anyone from working.
  const std::string text = format_lock_holder(clock, options.purpose);
  if (fs.resize(got.file, 0)) {
    (void)fs.write_at(got.file, 0, std::as_bytes(std::span(text)));
  }
  return Lock(std::make_unique<State>(
      State{&fs, &clock, std::move(at), std::move(options), std::move(got.file),
            got.lease, got.exclusive, clock.now()}));
}

Result<Lock> Lock::try_acquire(Fs& fs, Clock& clock, At at) {
  LockOptions options;
  options.wait = Millis(0);
  return acquire(fs, clock, std::move(at), std::move(options));
}

void Lock::beat() {
  State& s = *state_;
  const auto now = s.clock->now();
  if (now - s.last_beat < s.options.heartbeat) return;
  s.last_beat = now;
  (void)s.fs->touch(s.file);
}

bool Lock::exclusive() const noexcept {
  return state_->exclusive;
}

Lock::~Lock() {
  if (!state_) return;
  State& s = *state_;
  if (s.lease) {
    const At lease = lease_of(s.at);
    const Result<FileInfo> ours = s.fs->info(s.file);
    const Result<FileInfo> named = s.fs->link_info(lease);
    if (ours && named && ours->inode == named->inode) {
      (void)s.fs->remove_if_present(lease);
    }
  } else if (s.exclusive) {
    (void)s.fs->resize(s.file, 0);
    s.fs->unlock(s.file);
  }
  (void)s.fs->close(std::move(s.file));
}

}  // namespace hug::sys
