// Repos as wholes: making, deleting, moving, settings, likes, access.
#include <nlohmann/json.hpp>

#include "data/data.h"
#include "hub/api/handlers.h"
#include "hub/git/pack_writer.h"

namespace hug::hub {
namespace {

using Json = nlohmann::json;

struct RepoId {
  RepoKind kind = RepoKind::kModel;
  std::string name_space;
  std::string name;
};

Result<RepoKind> kind_of(const Json& body) {
  const auto type = data::find_string(body, "type");
  if (!type) return RepoKind::kModel;
  const auto kind = parse_kind_name(*type);
  if (!kind) return bad_request("Invalid repo type: \"" + *type + "\"");
  return *kind;
}

// "name" and "organization" of a body; the name may be a whole id.
Result<RepoId> repo_of(const Exchange& x, const Json& body) {
  RepoId out;
  out.kind = HUG_TRY(kind_of(body));
  out.name = data::find_string(body, "name").value_or("");
  out.name_space = data::find_string(body, "organization").value_or("");
  const std::size_t slash = out.name.find('/');
  if (slash != std::string::npos && out.name_space.empty()) {
    out.name_space = out.name.substr(0, slash);
    out.name.erase(0, slash + 1);
  }
  if (out.name_space.empty()) out.name_space = x.caller.name;
  return out;
}

std::optional<bool> wants_private(const Json& body) {
  if (const auto visibility = data::find_string(body, "visibility")) {
    return *visibility != "public";
  }
  if (body.contains("private") && body["private"].is_boolean()) {
    return body["private"].get<bool>();
  }
  return std::nullopt;
}

// A namespace that a repo is made in: the caller's own, or one of theirs. The
// directory's owner need not add users first.
Result<void> need_namespace(Exchange& x, const std::string& name) {
  HUG_TRY(x.need_write(name));
  if (!x.caller.owner) return {};
  if (HUG_TRY(x.store().accounts().find(name))) return {};
  (void)HUG_TRY(x.store().accounts().add_user(name, {x.caller.name}));
  return {};
}

Result<std::vector<std::pair<std::string, std::string>>> first_files(
    const Json& body) {
  std::vector<std::pair<std::string, std::string>> out;
  if (const auto license = data::find_string(body, "license")) {
    out.emplace_back("README.md", "---\nlicense: " + *license + "\n---\n");
  }
  const Json* files = data::find_array(body, "files");
  if (files == nullptr) return out;
  for (const Json& file : *files) {
    const auto path = data::find_string(file, "path");
    auto content = data::find_string(file, "content");
    if (!path || !content) return bad_request("A file has no path or content");
    HUG_TRY(check_repo_path(*path));
    if (data::find_string(file, "encoding") == "base64") {
      const auto bytes = data::from_base64(*content);
      if (!bytes) return bad_request("A file is not base64");
      content = std::string(reinterpret_cast<const char*>(bytes->data()),
                            bytes->size());
    }
    std::erase_if(out, [&](const auto& known) { return known.first == *path; });
    out.emplace_back(*path, std::move(*content));
  }
  return out;
}

Json created_json(const Exchange& x, const RepoRecord& record) {
  return {{"url", x.repo_url(record)},
          {"name", record.full_name()},
          {"id", record.id}};
}

Reply exists_reply(const Exchange& x, const RepoRecord& record) {
  const std::string message = "You already created this " +
                              std::string(kind_name(record.kind)) + " repo";
  Json body = created_json(x, record);
  body["error"] = message;
  http::ServerResponse out = json_reply(body, 409);
  out.headers.set("X-Error-Message", message);
  return out;
}

// The repo that a body names, which the caller may change.
Result<RepoRecordPtr> own_repo(Exchange& x, const RepoId& id) {
  HUG_TRY(x.need_login());
  const auto record =
      HUG_TRY(x.store().registry().find(id.kind, id.name_space, id.name));
  if (!record || (record->is_private && !x.caller.owns(record->name_space))) {
    return repo_not_found();
  }
  HUG_TRY(x.need_write(record->name_space));
  return record;
}

// A repo with the same content: objects are shared, git objects are copied.
Result<void> copy_content(Store& store, const RepoTarget& from,
                          const RepoRecord& to, const std::string& author) {
  const auto head = HUG_TRY(from.git().find_ref("refs/heads/main"));
  if (!head) return {};
  const OpenRepoPtr target = HUG_TRY(store.repos().open(to.id));
  const WriteLock lock = HUG_TRY(WriteLock::take(store.fs(), target));
  const ObjectStore::Hold hold =
      HUG_TRY(store.objects().hold(ObjectStore::HoldKind::kShared));
  const GitCommit commit = HUG_TRY(from.git().commit(*head));
  const ListingPtr listing =
      HUG_TRY(from.open->listings.get(from.git(), commit.tree));
  PackWriter pack = HUG_TRY(PackWriter::create(store.fs(), store.temp()));
  const auto copy = [&](const Oid& oid) -> Result<void> {
    const GitObject object = HUG_TRY(from.git().read(oid));
    (void)HUG_TRY(pack.add(object.type, object.content));
    return {};
  };
  HUG_TRY(copy(commit.tree));
  for (const ListedEntry& entry : listing->entries) {
    HUG_TRY(copy(entry.oid));
    if (entry.is_lfs()) (void)store.objects().touch(entry.sha256);
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(
      store.clock().wall().time_since_epoch());
  const auto base = HUG_TRY(target->git->find_ref("refs/heads/main"));
  const Oid made = HUG_TRY(
      pack.add(ObjectType::kCommit,
               format_commit(commit.tree, {}, author, seconds.count(),
                             "Duplicate from " + from.record->full_name())));
  (void)HUG_TRY(pack.publish(target->pack_dir()));
  HUG_TRY(target->git->refresh());
  HUG_TRY(target->git->set_ref("refs/heads/main", made, base.value_or(Oid{})));
  return store.refresh_derived(to, *target);
}

}  // namespace

Reply create_repo(Exchange& x) {
  HUG_TRY(x.need_login());
  const Json body = HUG_TRY(x.json_body());
  const RepoId id = HUG_TRY(repo_of(x, body));
  HUG_TRY(need_namespace(x, id.name_space));
  NewRepo wanted{.kind = id.kind,
                 .name_space = id.name_space,
                 .name = id.name,
                 .is_private = wants_private(body).value_or(false),
                 .author = x.caller.name};
  wanted.files = HUG_TRY(first_files(body));
  if (id.kind == RepoKind::kSpace) {
    wanted.sdk = data::find_string(body, "sdk").value_or("");
    if (wanted.sdk.empty()) return bad_request("A space needs an sdk");
  }
  auto made = x.store().create_repo(wanted);
  if (made) return json_reply(created_json(x, **made));
  if (made.error().code() != Code::kConflict) return made.error();
  const auto record =
      HUG_TRY(x.store().registry().find(id.kind, id.name_space, id.name));
  if (!record) return made.error();
  return exists_reply(x, *record);
}

Reply delete_repo(Exchange& x) {
  const Json body = HUG_TRY(x.json_body());
  const RepoRecordPtr record = HUG_TRY(own_repo(x, HUG_TRY(repo_of(x, body))));
  HUG_TRY(x.store().delete_repo(*record));
  return json_text_reply("{}");
}

Reply move_repo(Exchange& x) {
  const Json body = HUG_TRY(x.json_body());
  const auto split = [&](const char* key) -> Result<RepoId> {
    const std::string id = data::find_string(body, key).value_or("");
    const std::size_t slash = id.find('/');
    if (slash == std::string::npos) {
      return bad_request(std::string(key) + " is not \"namespace/name\"");
    }
    return RepoId{HUG_TRY(kind_of(body)), id.substr(0, slash),
                  id.substr(slash + 1)};
  };
  const RepoId to = HUG_TRY(split("toRepo"));
  const RepoRecordPtr record = HUG_TRY(own_repo(x, HUG_TRY(split("fromRepo"))));
  HUG_TRY(need_namespace(x, to.name_space));
  HUG_TRY(x.store().move_repo(*record, to.name_space, to.name));
  return json_text_reply("{}");
}

Reply change_settings(Exchange& x, const RepoTarget& repo, const Rest&) {
  HUG_TRY(x.need_write(repo.record->name_space));
  const Json body = HUG_TRY(x.json_body());
  RepoRecord changed = *repo.record;
  Registry& registry = x.store().registry();
  if (const auto wanted = wants_private(body)) {
    changed.is_private = *wanted;
    HUG_TRY(registry.set_visibility(changed.id, *wanted));
  }
  if (body.contains("gated")) {
    const Json& gated = body["gated"];
    changed.gated = gated.is_string() ? gated.get<std::string>() : "";
    if (changed.gated == "false") changed.gated.clear();
    if (!changed.gated.empty() && changed.gated != "auto" &&
        changed.gated != "manual") {
      return bad_request("gated must be \"auto\", \"manual\" or false");
    }
    HUG_TRY(registry.set_gated(changed.id, changed.gated));
  }
  HUG_TRY(x.store().write_identity(changed));
  Json out = {{"private", changed.is_private},
              {"visibility", changed.is_private ? "private" : "public"}};
  out["gated"] = changed.gated.empty() ? Json(false) : Json(changed.gated);
  return json_reply(out);
}

Reply duplicate_repo(Exchange& x, const RepoTarget& repo, const Rest&) {
  HUG_TRY(x.need_login());
  HUG_TRY(x.need_content(*repo.record));
  const Json body = HUG_TRY(x.json_body());
  std::string id = data::find_string(body, "repository").value_or("");
  const std::size_t slash = id.find('/');
  const std::string name_space =
      slash == std::string::npos ? x.caller.name : id.substr(0, slash);
  const std::string name =
      slash == std::string::npos ? id : id.substr(slash + 1);
  HUG_TRY(need_namespace(x, name_space));
  const bool is_private = wants_private(body).value_or(repo.record->is_private);
  // Content of a private repo becomes public by its owner only.
  if (!is_private && repo.record->is_private) {
    HUG_TRY(x.need_write(repo.record->name_space));
  }
  const NewRepo wanted{.kind = repo.record->kind,
                       .name_space = name_space,
                       .name = name,
                       .is_private = is_private,
                       .sdk = repo.record->sdk,
                       .author = x.caller.name};
  const RepoRecordPtr made = HUG_TRY(x.store().create_repo(wanted));
  HUG_TRY(copy_content(x.store(), repo, *made, x.caller.name));
  return json_reply(created_json(x, *made));
}

Reply auth_check(Exchange& x, const RepoTarget& repo, const Rest& rest) {
  if (!rest.empty() && rest[0] == "write") {
    HUG_TRY(x.need_write(repo.record->name_space));
  } else {
    HUG_TRY(x.need_content(*repo.record));
  }
  return json_text_reply("{}");
}

Reply like_repo(Exchange& x, const RepoTarget& repo, const Rest&) {
  HUG_TRY(x.need_login());
  HUG_TRY(x.store().registry().like(repo.record->id, x.caller.user_id,
                                    x.request.method == "POST"));
  return json_text_reply("{}");
}

Reply list_likers(Exchange& x, const RepoTarget& repo, const Rest&) {
  Json out = Json::array();
  for (const std::string& name :
       HUG_TRY(x.store().registry().likers(repo.record->id))) {
    out.push_back({{"user", name}, {"fullname", name}, {"type", "user"}});
  }
  return json_reply(out);
}

// Owners let users in at once; nobody else may ask here.
Reply access_request(Exchange& x, const RepoTarget& repo, const Rest& rest) {
  HUG_TRY(x.need_write(repo.record->name_space));
  const std::string what = rest.empty() ? "" : rest[0];
  if (x.request.method == "GET") return json_text_reply("[]");
  if (what != "grant" && what != "handle") {
    return Error(Code::kUnsupported, "This hub keeps no access requests");
  }
  const Json body = HUG_TRY(x.json_body());
  const std::string user = data::find_string(body, "user").value_or("");
  const auto account = HUG_TRY(x.store().accounts().find(user));
  if (!account) return Error(Code::kNotFound, "This user does not exist");
  const bool granted =
      what == "grant" || data::find_string(body, "status") == "accepted";
  HUG_TRY(x.store().registry().grant(repo.record->id, account->id, granted));
  return json_text_reply("{}");
}

}  // namespace hug::hub
