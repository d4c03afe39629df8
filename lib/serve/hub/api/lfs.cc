// Large objects: the LFS batch call, which gives out signed URLs, and what
// else can be asked about them.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "data/data.h"
#include "hub/api/handlers.h"
#include "hub/api/lfs_links.h"
#include "hub/api/object_rights.h"
#include "hub/api/paging.h"
#include "hub/git/revision.h"

namespace hug::hub {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxObjects = 10'000;
constexpr std::size_t kMaxParts = 10'000;
constexpr const char* kLfsType = "application/vnd.git-lfs+json";

// Links to send bytes to say who got them.
std::string user_of(const Exchange& x) {
  return std::to_string(x.caller.user_id);
}

Json object_error(const std::string& oid, std::uint64_t size, int code,
                  const char* message) {
  return {{"oid", oid},
          {"size", size},
          {"error", {{"code", code}, {"message", message}}}};
}

// What a batch request is about.
struct Batch {
  bool upload = false;
  bool multipart = false;  // the client can send parts
  const Json* objects = nullptr;
};

Result<Batch> read_batch(const Json& body) {
  Batch out;
  const auto operation = data::find_string(body, "operation").value_or("");
  if (operation != "upload" && operation != "download") {
    return bad_request("The operation must be \"upload\" or \"download\"");
  }
  out.upload = operation == "upload";
  // Some clients write "sha_256"; nothing else is known here.
  const auto hash = data::find_string(body, "hash_algo").value_or("sha256");
  if (hash != "sha256" && hash != "sha_256") {
    return Error(Code::kUsage, "Only sha256 is supported").http(409, "");
  }
  if (const Json* transfers = data::find_array(body, "transfers")) {
    for (const Json& name : *transfers)
      out.multipart |= name == "multipart";
  }
  out.objects = data::find_array(body, "objects");
  if (out.objects == nullptr) return bad_request("The request has no objects");
  if (out.objects->size() > kMaxObjects) {
    return bad_request("Too many objects at once");
  }
  return out;
}

Json verify_action(const Exchange& x, const RepoTarget& repo) {
  Json header = Json::object();
  // git-lfs sends what it is given here; others bring their own.
  const auto field = x.request.headers.find("Authorization");
  if (field) header["Authorization"] = *field;
  return {{"href", x.repo_url(*repo.record) + ".git/info/lfs/verify"},
          {"header", std::move(header)}};
}

// Parts are numbered from 1; 10,000 of them at most.
Result<Json> multipart_action(Exchange& x, const std::string& oid,
                              std::uint64_t size) {
  std::uint64_t part =
      std::max<std::uint64_t>(x.parts.options.multipart_part_size, 1);
  part = std::max(part, size / kMaxParts + 1);
  auto upload = HUG_TRY(x.store().objects().begin_parts(oid, size, part));
  const std::uint64_t count = upload->parts();
  const std::string id = HUG_TRY(x.parts.transfers.add(std::move(upload)));
  Json header = {{"chunk_size", std::to_string(part)}};
  for (std::uint64_t n = 1; n <= count; ++n) {
    const std::string number = std::to_string(n);
    header[std::string(5 - std::min<std::size_t>(number.size(), 5), '0') +
           number] = signed_lfs_url(x, "part/" + id + "/" + number,
                                    std::min(part, size - (n - 1) * part));
  }
  return Json{
      {"href", signed_lfs_url(x, "complete/" + id + "/" + user_of(x), size)},
      {"header", std::move(header)}};
}

Result<Json> upload_object(Exchange& x, const RepoTarget& repo,
                           ObjectRights& rights, const Batch& batch,
                           const std::string& oid, std::uint64_t size) {
  Json out = {{"oid", oid}, {"size", size}};
  const auto stored = x.store().objects().size(oid);
  // Others' objects are sent again: that shows that the caller has them.
  if (stored == size && HUG_TRY(rights.may_use(oid, false)) &&
      x.store().objects().touch(oid)) {
    return out;
  }
  out["authenticated"] = true;
  Json actions = Json::object();
  const bool parts =
      batch.multipart && size > x.parts.options.multipart_threshold;
  actions["upload"] =
      parts ? HUG_TRY(multipart_action(x, oid, size))
            : Json{{"href",
                    signed_lfs_url(x, "put/" + oid + "/" + user_of(x), size)},
                   {"header", Json::object()}};
  actions["verify"] = verify_action(x, repo);
  out["actions"] = std::move(actions);
  return out;
}

// An object can be had through a repo only when a file of it refers to it.
Result<Json> download_object(Exchange& x, ObjectRights& rights,
                             const std::string& oid, std::uint64_t size) {
  const auto stored = x.store().objects().size(oid);
  if (!stored || !HUG_TRY(rights.in_repo(oid))) {
    return object_error(oid, size, 404, "Object does not exist");
  }
  return Json{{"oid", oid},
              {"size", *stored},
              {"authenticated", true},
              {"actions",
               {{"download",
                 {{"href", signed_lfs_url(x, "get/" + oid, *stored)},
                  {"header", Json::object()}}}}}};
}

}  // namespace

Reply lfs_batch(Exchange& x, const RepoTarget& repo) {
  const Json body = HUG_TRY(x.json_body());
  const Batch batch = HUG_TRY(read_batch(body));
  if (batch.upload) {
    // Whoever opens a pull request must be able to upload for it.
    HUG_TRY(x.need_login());
    if (!x.caller.can_write) HUG_TRY(x.need_write(repo.record->name_space));
  } else {
    HUG_TRY(x.need_content(*repo.record));
  }
  ObjectRights rights(x, repo);
  Json objects = Json::array();
  bool parts = false;
  for (const Json& object : *batch.objects) {
    const std::string oid = data::find_string(object, "oid").value_or("");
    const auto size = data::find_unsigned(object, "size");
    if (!is_sha256(oid) || !size) {
      objects.push_back(
          object_error(oid, size.value_or(0), 422, "Invalid oid or size"));
      continue;
    }
    objects.push_back(
        batch.upload
            ? HUG_TRY(upload_object(x, repo, rights, batch, oid, *size))
            : HUG_TRY(download_object(x, rights, oid, *size)));
    parts |= batch.upload && *size > x.parts.options.multipart_threshold;
  }
  const bool multipart = parts && batch.multipart;
  http::ServerResponse out =
      json_reply({{"transfer", multipart ? "multipart" : "basic"},
                  {"hash_algo", "sha256"},
                  {"objects", std::move(objects)}});
  out.headers.set("Content-Type", kLfsType);
  return out;
}

Reply lfs_verify(Exchange& x, const RepoTarget&) {
  HUG_TRY(x.need_login());
  const Json body = HUG_TRY(x.json_body());
  const std::string oid = data::find_string(body, "oid").value_or("");
  const auto size = data::find_unsigned(body, "size");
  const auto stored =
      is_sha256(oid) ? x.store().objects().size(oid) : std::nullopt;
  if (!stored || stored != size) {
    return Error(Code::kNotFound, "Object does not exist");
  }
  return json_text_reply("{}");
}

// git-lfs goes on silently when there are no locks.
Reply lfs_locks(Exchange&, const RepoTarget&) {
  return Error(Code::kNotFound, "This hub has no file locks");
}

Reply list_lfs_files(Exchange& x, const RepoTarget& repo, const Rest&) {
  HUG_TRY(x.need_write(repo.record->name_space));
  const Oid head = HUG_TRY(resolve_revision(repo.git(), "HEAD"));
  const ListingPtr listing = HUG_TRY(repo.open->files_of(head));
  std::vector<const ListedEntry*> large;
  for (const ListedEntry& entry : listing->entries) {
    if (entry.is_lfs()) large.push_back(&entry);
  }
  const Page page = page_of(x, large.size(), 1000, 1000);
  Json out = Json::array();
  for (std::size_t i = page.first; i < page.last; ++i) {
    out.push_back({{"fileOid", large[i]->oid.hex()},
                   {"filename", large[i]->path},
                   {"oid", large[i]->sha256},
                   {"pushedAt", repo.record->updated},
                   {"ref", "refs/heads/main"},
                   {"size", large[i]->size}});
  }
  http::ServerResponse response = json_reply(out);
  link_next(x, page, response);
  return response;
}

// Before files are copied between repos: lets the caller name objects of this
// one in the other.
Reply duplicate_lfs_files(Exchange& x, const RepoTarget& repo,
                          const Rest& rest) {
  if (rest != Rest{"duplicate"}) {
    return Error(Code::kNotFound, "There is nothing to do with large files");
  }
  HUG_TRY(x.need_login());
  HUG_TRY(x.need_content(*repo.record));
  const Json body = HUG_TRY(x.json_body());
  const Json* target = data::find_object(body, "target");
  const Json* files = data::find_array(body, "files");
  if (target == nullptr || files == nullptr) {
    return bad_request("The request needs a target and files");
  }
  if (files->size() > kMaxObjects) {
    return bad_request("Too many objects at once");
  }
  const auto kind =
      parse_kind_name(data::find_string(*target, "type").value_or(""));
  const auto name = data::find_string(*target, "name").value_or("");
  const auto slash = name.find('/');
  if (!kind || slash == std::string::npos) {
    return bad_request("The target is no repository");
  }
  const auto owner = name.substr(0, slash);
  HUG_TRY(x.need_write(owner));
  if (!HUG_TRY(
          x.store().registry().find(*kind, owner, name.substr(slash + 1)))) {
    return Error(Code::kNotFound, "The target repository does not exist");
  }
  ObjectRights rights(x, repo);
  Json failed = Json::array();
  for (const Json& file : *files) {
    const std::string oid = data::find_string(file, "sha256").value_or("");
    if (is_sha256(oid) && HUG_TRY(rights.in_repo(oid)) &&
        x.store().objects().touch(oid)) {
      // The owner of the directory may name any object, and is no user.
      if (x.caller.owner) continue;
      HUG_TRY(x.store().registry().note_upload(oid, x.caller.user_id));
      continue;
    }
    failed.push_back({{"sha256", oid}, {"error", "Object does not exist"}});
  }
  return json_reply({{"failed", std::move(failed)}});
}

}  // namespace hug::hub
