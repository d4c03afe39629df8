// Checker: one repository.
#include <algorithm>
#include <filesystem>
#include <map>

#include "base/hex.h"
#include "base/strings.h"
#include "cache/check.h"
#include "cache/digest.h"
#include "cache/layout.h"
#include "cache/partial.h"
#include "cache/scan.h"
#include "cache/shared_store.h"
#include "sys/atomic_file.h"
#include "sys/part_file.h"
#include "sys/tree.h"

namespace hug::cache {

namespace {

constexpr auto kPartialAge = std::chrono::hours(24 * 7);

// Where a link leads, by its text alone.
std::string lexical_target(const std::string& link, const std::string& target) {
  const std::filesystem::path folder =
      std::filesystem::path(link).parent_path();
  return (folder / target).lexically_normal().string();
}

}  // namespace

std::uint64_t Checker::bytes_to_hash(const std::string& folder) const {
  const std::string dir = root_.path() + "/" + folder + "/blobs/";
  const auto entries = fs_.list(dir);
  std::uint64_t sum = 0;
  if (!entries) return sum;
  for (const sys::DirEntry& entry : *entries) {
    if (!is_digest(entry.name)) continue;
    const auto info = fs_.info(dir + entry.name);
    sum += info ? info->size : 0;
  }
  return sum / options_.parts;
}

Result<void> Checker::check_repo(const RepoId&, const std::string& folder) {
  folder_ = folder;
  path_ = root_.path() + "/" + folder;
  xet_hashes_.clear();
  commits_.clear();
  sizes_.clear();
  read_trees();
  // Blobs first: links to one that has to go are found dangling afterwards.
  HUG_TRY(check_blobs());
  check_snapshots();
  check_refs();
  check_absent_marks();
  return {};
}

void Checker::read_trees() {
  const auto entries = fs_.list(path_ + "/trees");
  if (!entries) return;
  for (const sys::DirEntry& entry : *entries) {
    const auto text =
        fs_.read_file(path_ + "/trees/" + entry.name, std::uint64_t{64} << 20);
    const auto tree = text ? parse_tree(*text) : std::nullopt;
    if (!tree) continue;
    for (const TreeFile& file : *tree) {
      sizes_[file.etag()] = file.real_size();
      if (!file.xet_hash.empty()) xet_hashes_.insert(file.xet_hash);
    }
  }
}

Result<void> Checker::check_blobs() {
  const auto entries = fs_.list(path_ + "/blobs");
  if (!entries) return {};
  std::map<std::string, std::string> folded;
  for (const sys::DirEntry& entry : *entries) {
    HUG_TRY(parts_.check_stop());
    HUG_TRY(check_blob(entry.name, entry.kind));
    const auto [at, fresh] =
        folded.emplace(base::to_lower(entry.name), entry.name);
    if (!fresh) {
      add("duplicate-blob-casefold", CacheSeverity::kWarning,
          path_ + "/blobs/" + entry.name,
          "It differs from '" + at->second + "' in case only.");
    }
  }
  return {};
}

Result<void> Checker::check_blob(const std::string& name, sys::FileKind kind) {
  const std::string path = path_ + "/blobs/" + name;
  if (name.ends_with(kPartialSuffix)) {
    check_partial(name);
    return {};
  }
  if (kind == sys::FileKind::kSymlink) {
    check_shared_link(name);
  } else if (kind != sys::FileKind::kFile) {
    add("blob-name-invalid", CacheSeverity::kWarning, path, "It is no file.");
    return {};
  }
  if (!is_digest(name)) {
    add("blob-name-invalid", CacheSeverity::kWarning, path,
        "Its name is no digest, so its content cannot be checked.");
    return {};
  }
  const auto info = fs_.info(path);
  if (!info) return {};  // reported as a link already
  const auto size = sizes_.find(name);
  if (size != sizes_.end() && info->size != size->second) {
    add("blob-size-mismatch", CacheSeverity::kError, path,
        "It has " + std::to_string(info->size) + " bytes instead of " +
            std::to_string(size->second) + "; download it again.",
        removing(path));
    return {};
  }
  const bool chosen = n_seen_++ % options_.parts == options_.part - 1;
  return options_.hashes && chosen ? check_hash(name) : Result<void>();
}

Result<void> Checker::check_hash(const std::string& name) {
  const std::string path = path_ + "/blobs/" + name;
  // Some clients name blobs by their xet hash, which the content alone does
  // not tell.
  if (xet_hashes_.contains(name) && !sizes_.contains(name)) {
    add("blob-name-invalid", CacheSeverity::kWarning, path,
        "Its name is a xet hash, so its content cannot be checked.");
    return {};
  }
  const Result<std::string> digest =
      file_digest(parts_, path, name, [&](std::uint64_t n) {
        report_.bytes += n;
        progress_.done = report_.bytes;
        parts_.emit(progress_);
      });
  if (!digest && digest.error().code() == Code::kCancelled) {
    return digest.error();
  }
  ++report_.n_blobs;
  if (!digest) {
    add("blob-hash-mismatch", CacheSeverity::kError, path,
        "It cannot be read: " + digest.error().message() + ".");
  } else if (*digest != name) {
    // The content of the shared store is everybody's wrong content.
    const auto shared = fs_.read_link(path);
    const auto hash = shared ? parse_shared_target(*shared) : std::nullopt;
    const std::string bytes =
        hash ? root_.path() + "/" + shared_target(*hash).substr(6) : path;
    add("blob-hash-mismatch", CacheSeverity::kError, path,
        "Its content does not have its digest; download it again.",
        [this, path, bytes] {
          const bool gone = removing(bytes)();
          return gone && (bytes == path || removing(path)());
        });
  }
  return {};
}

void Checker::check_partial(const std::string& name) {
  const std::string path = path_ + "/blobs/" + name;
  const std::string stem = name.substr(0, name.size() - kPartialSuffix.size());
  const std::string journal = root_.path() + "/.locks/" + folder_ + "/" + stem +
                              std::string(kJournalSuffix);
  if (sys::is_being_written(fs_, journal)) return;
  const auto info = fs_.link_info(path);
  if (!info) return;
  const auto age = parts_.clock->wall() - info->modified;
  const bool resumable = fs_.exists(journal);
  if (resumable && age < kPartialAge) return;
  const Repair repair = [this, path, journal] {
    (void)removing(journal)();
    return removing(path)();
  };
  add("orphan-partial", CacheSeverity::kInfo, path,
      resumable ? "A download that was not finished for a week."
                : "A download of another program that was not finished.",
      age < kPartialAge ? Repair() : repair);
}

// Says why a link leads nowhere good; false when it is fine.
bool Checker::is_broken_link(const std::string& name) {
  const std::string path = path_ + "/" + name;
  const auto target = fs_.read_link(path);
  if (!target) return false;
  const std::string leads = lexical_target(path, *target);
  if (target->starts_with('/') || !leads.starts_with(root_.path() + "/")) {
    add("link-escapes-cache", CacheSeverity::kError, path,
        "It leads out of the cache, to '" + *target + "'.", removing(path));
    return true;
  }
  if (fs_.exists(path)) return false;
  add("dangling-link", CacheSeverity::kWarning, path,
      "It leads to nothing; download the file again.", removing(path));
  return true;
}

void Checker::check_shared_link(const std::string& name) {
  if (is_broken_link("blobs/" + name)) return;
  const auto target = fs_.read_link(path_ + "/blobs/" + name);
  if (target && !parse_shared_target(*target)) {
    add("blob-name-invalid", CacheSeverity::kWarning, path_ + "/blobs/" + name,
        "It is a link, but not into the shared store.");
  }
}

void Checker::check_snapshots() {
  const auto snapshots = fs_.list(path_ + "/snapshots");
  if (!snapshots) return;
  for (const sys::DirEntry& entry : *snapshots) {
    const std::string dir = path_ + "/snapshots/" + entry.name;
    if (entry.kind != sys::FileKind::kDirectory) {
      add("foreign-file", CacheSeverity::kInfo, dir,
          "It is no snapshot; hug leaves it alone.");
      continue;
    }
    commits_.insert(entry.name);
    bool copies = false;
    (void)sys::walk(fs_, dir, [&](const sys::WalkEntry& e) -> Result<bool> {
      const std::string name = "snapshots/" + entry.name + "/" + e.path;
      if (e.kind == sys::FileKind::kSymlink) (void)is_broken_link(name);
      copies |= e.kind == sys::FileKind::kFile;
      return true;
    });
    if (copies) {
      add("symlink-unsupported", CacheSeverity::kInfo, dir,
          "It holds files instead of links, so nothing is shared.");
    }
    check_complete(entry.name);
  }
}

void Checker::check_complete(const std::string& commit) {
  const auto text = fs_.read_file(path_ + "/trees/" + commit + ".json",
                                  std::uint64_t{64} << 20);
  const auto tree = text ? parse_tree(*text) : std::nullopt;
  if (!tree) return;
  std::uint64_t missing = 0;
  for (const TreeFile& file : *tree) {
    const std::string path = path_ + "/snapshots/" + commit + "/" + file.path;
    if (!fs_.exists(path)) ++missing;
  }
  if (missing == 0) return;
  add("snapshot-incomplete", CacheSeverity::kInfo,
      path_ + "/snapshots/" + commit,
      std::to_string(missing) + " of " + std::to_string(tree->size()) +
          " files were not downloaded.");
}

void Checker::check_refs() {
  for (const RefFile& ref : read_refs(fs_, path_)) {
    const std::string path = path_ + "/refs/" + ref.name;
    if (base::trim(ref.content).empty()) {
      add("ref-empty", CacheSeverity::kError, path, "It names no commit.",
          removing(path));
    } else if (!is_commit(ref.content)) {
      const std::string commit(base::trim(ref.content));
      const Repair rewrite = [this, path, commit] {
        const std::string name = path.substr(root_.path().size() + 1);
        return sys::write_file(fs_, root_ / name, commit).has_value();
      };
      add("ref-bad-charset", CacheSeverity::kError, path,
          "It is not exactly 40 hexadecimal digits.",
          is_commit(commit) ? rewrite : Repair());
    } else if (!commits_.contains(ref.content)) {
      add("ref-to-missing-snapshot", CacheSeverity::kWarning, path,
          "The revision that it names is not here.", removing(path));
    }
  }
}

void Checker::check_absent_marks() {
  const std::string dir = path_ + "/.no_exist";
  (void)sys::walk(fs_, dir, [&](const sys::WalkEntry& e) -> Result<bool> {
    if (e.kind == sys::FileKind::kDirectory) return true;
    if (!fs_.exists(path_ + "/snapshots/" + e.path)) return true;
    add("no-exist-stale", CacheSeverity::kInfo, dir + "/" + e.path,
        "The file that it denies is here.", removing(dir + "/" + e.path));
    return true;
  });
}

}  // namespace hug::cache
