#include "api/commit.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "api/address.h"
#include "api/parse.h"
#include "api/session.h"
#include "base/strings.h"
#include "data/base64.h"
#include "data/json.h"

namespace hug::api {

namespace {

constexpr std::size_t kLongestPath = 4096;

/// Another body, base64-coded on the way.
class Base64Body final : public http::BodySource {
 public:
  explicit Base64Body(http::BodySourcePtr inner) : inner_(std::move(inner)) {}

  std::optional<std::uint64_t> size() const override {
    const auto raw = inner_->size();
    if (!raw) return std::nullopt;
    return (*raw / 3 + (*raw % 3 == 0 ? 0 : 1)) * 4;
  }

  Result<std::size_t> read(std::span<std::byte> out) override {
    if (at_ == coded_.size()) HUG_TRY(refill());
    const auto n = std::min(out.size(), coded_.size() - at_);
    const auto* from = reinterpret_cast<const std::byte*>(coded_.data()) + at_;
    std::copy_n(from, n, out.begin());
    at_ += n;
    return n;
  }

  Result<void> rewind() override {
    coded_.clear();
    at_ = 0;
    ended_ = false;
    return inner_->rewind();
  }

 private:
  // A multiple of three, so that padding appears at the end only.
  static constexpr std::size_t kRaw = std::size_t{3} * 16 * 1024;

  Result<void> refill() {
    coded_.clear();
    at_ = 0;
    if (ended_) {  // there may be thousands of us in one commit
      coded_.shrink_to_fit();
      raw_ = {};
      return {};
    }
    const auto most = inner_->size().value_or(kRaw);
    // One more, to see the end at once.
    raw_.resize(static_cast<std::size_t>(
        std::min<std::uint64_t>(kRaw, most / 3 * 3 + 3)));
    std::size_t have = 0;
    while (have < raw_.size()) {
      const auto n = HUG_TRY(inner_->read(std::span(raw_).subspan(have)));
      if (n == 0) {
        ended_ = true;
        break;
      }
      have += n;
    }
    coded_ = data::to_base64(std::span(raw_).first(have));
    return {};
  }

  http::BodySourcePtr inner_;
  std::vector<std::byte> raw_ = {};
  std::string coded_ = {};
  std::size_t at_ = 0;
  bool ended_ = false;
};

http::BodySourcePtr json_line(const nlohmann::json& value) {
  return http::text_body(data::dump_json(value) + "\n");
}

Error bad_path(std::string_view path, const char* why) {
  return Error(Code::kUsage, "'" + std::string(path) +
                                 "' cannot be a path in a repository: " + why);
}

}  // namespace

Result<std::string> check_repo_path(std::string_view path) {
  auto rest = path;
  if (rest.starts_with('/')) rest.remove_prefix(1);
  if (rest.starts_with("./")) rest.remove_prefix(2);
  if (rest.empty()) return bad_path(path, "it is empty");
  if (rest.size() > kLongestPath) return bad_path(path, "it is too long");
  for (const char c : rest) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') {
      return bad_path(path, "it has a control character");
    }
    if (c == '\\') return bad_path(path, "it has a backslash");
  }
  for (const auto part : base::split(rest, '/')) {
    if (part.empty() || part == "." || part == "..") {
      return bad_path(path, "a part is empty, '.' or '..'");
    }
    if (base::equal_ignoring_case(part, ".git") || part == ".cache") {
      return bad_path(path, "'.git' and '.cache' are not allowed");
    }
  }
  return std::string(rest);
}

http::BodySourcePtr head_line(const CommitHead& head) {
  nlohmann::json value{{"summary", head.summary},
                       {"description", head.description}};
  if (!head.parent.empty()) value["parentCommit"] = head.parent;
  return json_line({{"key", "header"}, {"value", std::move(value)}});
}

http::BodySourcePtr file_line(std::string_view path,
                              http::BodySourcePtr content) {
  const auto before = R"({"key":"file","value":{"content":")";
  const auto after =
      R"(","path":)" + data::quote_json(path) + ",\"encoding\":\"base64\"}}\n";
  return http::chain_body({http::text_body(before),
                           std::make_shared<Base64Body>(std::move(content)),
                           http::text_body(after)});
}

http::BodySourcePtr large_line(std::string_view path, std::string_view oid,
                               std::optional<std::uint64_t> size) {
  nlohmann::json value{{"path", path}, {"algo", "sha256"}, {"oid", oid}};
  if (size) value["size"] = *size;
  return json_line({{"key", "lfsFile"}, {"value", std::move(value)}});
}

http::BodySourcePtr delete_line(std::string_view path, bool folder) {
  auto text = std::string(path);
  if (folder && !text.ends_with('/')) text += '/';
  return json_line({{"key", folder ? "deletedFolder" : "deletedFile"},
                    {"value", {{"path", text}}}});
}

Result<CommitResult> post_commit(Hub& hub, const RepoId& repo,
                                 const CommitTarget& target,
                                 std::vector<http::BodySourcePtr> lines) {
  Call call;
  call.method = "POST";
  call.action = "commit to " + describe(repo);
  call.retry = false;
  call.url = repo_url(hub, repo, "/commit" + revision_segment(target.revision));
  if (target.create_pr) call.url.add_query("create_pr", "1");
  call.headers.set("Content-Type", "application/x-ndjson");
  call.body = http::chain_body(std::move(lines));
  const auto json = HUG_TRY(fetch_json(hub, call));
  CommitResult result;
  result.commit = HUG_TRY(need_string(json, "commitOid", "a commit"));
  result.url = data::find_string(json, "commitUrl").value_or("");
  result.pull_request_url =
      data::find_string(json, "pullRequestUrl").value_or("");
  return result;
}

}  // namespace hug::api
