// Files of repos: resolve (the content) and raw (what is in git; for large
// files the pointer). Always answered directly, without a redirect: one
// request a file, and the token never has to travel on.
#include <algorithm>

#include "http/range.h"
#include "http/url.h"
#include "hub/api/handlers.h"
#include "hub/git/revision.h"

namespace hug::hub {
namespace {

struct Type {
  std::string_view ending;
  std::string_view type;
};

// Text is shown as text, never as a page: a repo's content is not ours.
constexpr Type kTypes[] = {{".json", "text/plain; charset=utf-8"},
                           {".md", "text/plain; charset=utf-8"},
                           {".txt", "text/plain; charset=utf-8"},
                           {".py", "text/plain; charset=utf-8"},
                           {".jinja", "text/plain; charset=utf-8"},
                           {".yaml", "text/plain; charset=utf-8"},
                           {".yml", "text/plain; charset=utf-8"},
                           {".toml", "text/plain; charset=utf-8"},
                           {".csv", "text/plain; charset=utf-8"},
                           {".gitattributes", "text/plain; charset=utf-8"},
                           {".png", "image/png"},
                           {".jpg", "image/jpeg"},
                           {".jpeg", "image/jpeg"},
                           {".webp", "image/webp"},
                           {".gif", "image/gif"},
                           {".wav", "audio/wav"},
                           {".mp3", "audio/mpeg"},
                           {".mp4", "video/mp4"}};

std::string type_of(std::string_view path) {
  for (const Type& type : kTypes) {
    if (path.ends_with(type.ending)) return std::string(type.type);
  }
  return "application/octet-stream";
}

std::string disposition(std::string_view path, bool attachment) {
  const std::size_t slash = path.rfind('/');
  const std::string_view name =
      slash == std::string_view::npos ? path : path.substr(slash + 1);
  std::string ascii;
  for (const char c : name) {
    const bool plain = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
    ascii += plain ? c : '_';
  }
  return std::string(attachment ? "attachment" : "inline") +
         "; filename*=UTF-8''" + http::encode_segment(name) + "; filename=\"" +
         ascii + "\";";
}

// The path behind the revision, and the entry it names.
struct Located {
  Oid commit;
  std::string path;
  ListingPtr listing;
  const ListedEntry* entry = nullptr;
};

Result<Located> locate(const RepoTarget& repo, const Rest& rest) {
  const SplitRevision at = HUG_TRY(split_revision(repo.git(), rest));
  Located out;
  out.commit = at.commit;
  for (std::size_t i = at.segments; i < rest.size(); ++i) {
    if (!out.path.empty()) out.path += '/';
    out.path += rest[i];
  }
  out.listing = HUG_TRY(repo.open->files_of(at.commit));
  out.entry = out.listing->find(out.path);
  if (out.entry != nullptr && out.entry->folder) out.entry = nullptr;
  return out;
}

// JavaScript clients ask empty files for "bytes=0-0", which no range of an
// empty file satisfies, and want to read the size off the answer.
bool is_range_of_nothing(const Exchange& x, std::uint64_t size) {
  return size == 0 && x.request.method == "GET" &&
         x.request.headers.has("Range");
}

void count(const Exchange& x, const RepoRecord& record) {
  if (x.request.method != "GET") return;
  const auto range = x.request.headers.get("Range");
  if (range.empty() || range.starts_with("bytes=0-")) {
    x.parts.store.registry().count_download(record.id);
  }
}

http::ServerResponse missing(const Located& at) {
  http::ServerResponse out = error_reply(entry_not_found());
  out.headers.set("X-Repo-Commit", at.commit.hex());
  return out;
}

}  // namespace

Reply serve_repo_file(Exchange& x, const RepoTarget& repo, const Rest& rest,
                      FileView view) {
  HUG_TRY(x.need_content(*repo.record));
  const Located at = HUG_TRY(locate(repo, rest));
  if (at.entry == nullptr) return missing(at);
  const ListedEntry& entry = *at.entry;
  const bool large = entry.is_lfs() && view == FileView::kResolve;
  http::FileAnswer answer;
  std::string content;
  if (large) {
    auto file = http::open_handle(x.store().objects().path(entry.sha256));
    if (!file && file.error().code() == Code::kNotFound) return missing(at);
    answer.file = HUG_TRY(std::move(file));
    answer.size = entry.size;
    answer.etag = "\"" + entry.sha256 + "\"";
  } else {
    content = HUG_TRY(repo.git().read(entry.oid, ObjectType::kBlob));
    answer.size = content.size();
    answer.etag = "\"" + entry.oid.hex() + "\"";
  }
  answer.type = type_of(entry.path);
  answer.headers.set("X-Repo-Commit", at.commit.hex());
  answer.headers.set("X-Linked-Size", std::to_string(answer.size));
  answer.headers.set("X-Linked-Etag", answer.etag);
  answer.headers.set("X-Content-Type-Options", "nosniff");
  answer.headers.set("Content-Security-Policy", "default-src 'none'; sandbox");
  answer.headers.set("Content-Disposition",
                     disposition(entry.path, x.flag("download")));
  count(x, *repo.record);
  const bool nothing = is_range_of_nothing(x, answer.size);
  http::ServerResponse out = http::serve_file(x.request, std::move(answer));
  if (nothing && out.status == 416) out.status = 200;
  if (large) return out;
  // serve_file decided on the part; the bytes are in memory here.
  if (const auto* part = std::get_if<http::FilePart>(&out.body)) {
    const std::uint64_t offset = part->offset;
    const std::uint64_t size = part->size;
    if (offset == 0 && size == content.size()) {
      out.body = std::move(content);
    } else {
      out.body = content.substr(offset, size);
    }
  }
  return out;
}

}  // namespace hug::hub
