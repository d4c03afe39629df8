#include "hub/api/exchange.h"

#include <nlohmann/json.hpp>

#include "data/data.h"
#include "http/url.h"
#include "hub/git/revision.h"

namespace hug::hub {
namespace {

constexpr std::size_t kMaxJson = std::size_t{8} << 20;
constexpr unsigned kMaxJsonDepth = 64;

// The token of an Authorization field: Bearer, or Basic with it as password.
std::optional<std::string> token_of(std::string_view field) {
  field = base::trim(field);
  const std::size_t space = field.find(' ');
  const std::string_view scheme = field.substr(0, space);
  const std::string_view value =
      space == std::string_view::npos ? "" : base::trim(field.substr(space));
  if (base::equal_ignoring_case(scheme, "Bearer")) return std::string(value);
  if (!base::equal_ignoring_case(scheme, "Basic")) return std::nullopt;
  const auto decoded = data::from_base64(value);
  if (!decoded) return std::nullopt;
  const std::string_view pair(reinterpret_cast<const char*>(decoded->data()),
                              decoded->size());
  const std::size_t colon = pair.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return std::string(pair.substr(colon + 1));
}

// The target with the two segments of a repo's id replaced.
std::string renamed_target(const Exchange& exchange, std::size_t at,
                           const RepoRecord& record) {
  std::string out;
  for (std::size_t i = 0; i < exchange.raw.size(); ++i) {
    std::string segment = exchange.raw[i];
    if (i == at) segment = record.name_space;
    if (i == at + 1) {
      segment = record.name + (segment.ends_with(".git") ? ".git" : "");
    }
    out += "/" + segment;
  }
  const std::size_t mark = exchange.request.target.find('?');
  if (mark != std::string::npos) out += exchange.request.target.substr(mark);
  return out;
}

}  // namespace

Result<void> Exchange::prepare() {
  const std::string_view host = request.headers.get("Host");
  base_url = parts.options.public_url.empty() ? "http://" + std::string(host)
                                              : parts.options.public_url;
  while (base_url.ends_with('/'))
    base_url.pop_back();
  std::string_view path = request.path;
  if (path.starts_with('/')) path.remove_prefix(1);
  for (const std::string_view segment : base::split(path, '/')) {
    raw.emplace_back(segment);
    // What is no valid escape is taken as it stands: some clients send raw
    // paths.
    segments.push_back(http::decode(segment).value_or(std::string(segment)));
    if (segments.back().find('\0') != std::string::npos) {
      return bad_request("The path of the URL is not valid");
    }
  }
  const auto field = request.headers.find("Authorization");
  if (!field || base::trim(*field).empty()) return {};
  auto token = token_of(*field);
  if (!token) return invalid_login();
  if (token->empty()) return {};
  auto known =
      HUG_TRY(parts.store.accounts().caller(base::Secret(*std::move(token))));
  if (!known) return invalid_login();
  caller = std::move(*known);
  return {};
}

Result<Exchange::Found> Exchange::find_repo(RepoKind kind,
                                            const std::string& name_space,
                                            const std::string& name) {
  const auto missing = [&] {
    if (!caller.anonymous()) return repo_not_found();
    return login_needed().remote("RepoNotFound");
  };
  if (!is_valid_name(name_space) || !is_valid_name(name)) return missing();
  Registry& registry = parts.store.registry();
  RepoRecordPtr record = HUG_TRY(registry.find(kind, name_space, name));
  const bool moved = record == nullptr;
  if (moved) record = HUG_TRY(registry.find_moved(kind, name_space, name));
  if (!record || (record->is_private && !caller.owns(record->name_space))) {
    return missing();
  }
  Found out;
  if (moved || record->name_space != name_space || record->name != name) {
    // "/api/models/ns/name", "/ns/name" or "/datasets/ns/name"
    const bool api = segments[0] == "api";
    const std::size_t at = api ? 2 : (kind == RepoKind::kModel ? 0 : 1);
    out.redirect = renamed_target(*this, at, *record);
    return out;
  }
  auto open = parts.store.repos().open(record->id);
  // Deleted between the two look-ups.
  if (!open && open.error().code() == Code::kNotFound) return missing();
  out.target = RepoTarget{record, HUG_TRY(std::move(open))};
  return out;
}

Result<void> Exchange::need_login() const {
  if (caller.anonymous()) return login_needed();
  return {};
}

Result<void> Exchange::need_write(std::string_view name_space) const {
  HUG_TRY(need_login());
  if (!caller.can_write) {
    return not_allowed(
        "write: the token only reads. Use a token with the "
        "role 'write'");
  }
  if (!caller.owns(name_space)) {
    return not_allowed("write in the namespace \"" + std::string(name_space) +
                       "\"");
  }
  return {};
}

Result<void> Exchange::need_content(const RepoRecord& record) const {
  if (record.disabled) {
    return Error(Code::kDenied, "Access to this resource is disabled.");
  }
  if (record.gated.empty() || caller.owns(record.name_space)) return {};
  if (!caller.anonymous() &&
      HUG_TRY(parts.store.registry().is_granted(record.id, caller.user_id))) {
    return {};
  }
  Error out = Error(Code::kGated,
                    "Access to " + std::string(kind_name(record.kind)) + " " +
                        record.full_name() +
                        " is restricted. You must have access to it and be "
                        "authenticated to access it. Please log in.")
                  .remote("GatedRepo");
  return std::move(out).http(caller.anonymous() ? 401 : 403, "");
}

std::string Exchange::repo_url(const RepoRecord& record) const {
  return base_url + "/" + record.web_path();
}

bool Exchange::flag(std::string_view name) const {
  return base::parse_flag(request.param(name).value_or(""));
}

Result<nlohmann::json> Exchange::json_body() const {
  auto parsed =
      data::parse_json(request.body.empty() ? "{}" : request.body, "request",
                       {.bytes = kMaxJson, .depth = kMaxJsonDepth});
  if (!parsed || !parsed->is_object()) {
    return bad_request("The request's body is not a JSON object");
  }
  return std::move(*parsed);
}

}  // namespace hug::hub
