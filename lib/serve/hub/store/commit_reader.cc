#include "hub/store/commit_reader.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/base.h"
#include "data/data.h"
#include "hub/names.h"

namespace hug::hub {
namespace {

constexpr std::size_t kMaxText = std::size_t{1} << 20;  // of messages
constexpr std::size_t kLineSlack = 64 * 1024;

Error bad(std::string what) {
  return Error(Code::kUsage, "invalid commit: " + std::move(what));
}

bool is_parent(std::string_view text) {
  return text.size() >= 5 && text.size() <= 40 &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

/// A line that adds a file, without its content.
struct LiftedLine {
  std::string line;
  std::string_view content;
};

// Content in base64 is nearly all of such a line, and reading it as JSON would
// take longer than everything else. As clients write lines it comes first, so
// it can be told without reading: a string with no backslash in it is itself.
std::optional<LiftedLine> lift_content(std::string_view text) {
  constexpr std::array<std::string_view, 2> kStarts{
      R"({"key":"file","value":{"content":")",
      R"({"key": "file", "value": {"content": ")"};
  for (const std::string_view start : kStarts) {
    if (!text.starts_with(start)) continue;
    const std::string_view rest = text.substr(start.size());
    const std::size_t end = rest.find('"');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view content = rest.substr(0, end);
    if (content.find('\\') != std::string_view::npos) return std::nullopt;
    return LiftedLine{std::string(start) + std::string(rest.substr(end)),
                      content};
  }
  return std::nullopt;
}

}  // namespace

CommitReader::CommitReader(CommitLimits limits, BlobWriter write_blob)
    : limits_(limits),
      write_blob_(std::move(write_blob)),
      // base64 takes 4 bytes for 3; utf-8 with escapes up to 6 for 1, which
      // is not worth allowing for large files.
      max_line_(static_cast<std::size_t>(limits.regular_file / 3 * 4) +
                kMaxText + kLineSlack) {}

Result<void> CommitReader::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    if (pending_.size() + part.size() > max_line_) {
      return Error(Code::kLimit, "a line of the commit is too long")
          .hint("upload large files through LFS");
    }
    if (end == std::string_view::npos) {
      pending_ += part;
      return {};
    }
    if (pending_.empty()) {
      HUG_TRY(line(part));
    } else {
      pending_ += part;
      HUG_TRY(line(pending_));
      pending_.clear();
    }
    bytes.remove_prefix(end + 1);
  }
  return {};
}

Result<void> CommitReader::finish() {
  HUG_TRY(line(pending_));
  pending_.clear();
  if (!has_header_) return bad("it has no header line");
  return {};
}

Result<void> CommitReader::line(std::string_view text) {
  if (base::trim(text).empty()) return {};
  if (HUG_TRY(read_lifted(text))) return {};
  const auto parsed =
      data::parse_json(text, "commit", {.bytes = max_line_, .depth = 16});
  if (!parsed) return bad(parsed.error().message());
  const auto key = data::find_string(*parsed, "key");
  const nlohmann::json* value = data::find_object(*parsed, "value");
  if (!key || value == nullptr) return bad("a line has no key or no value");
  if (*key == "header") return read_header(*value);
  if (!has_header_) return bad("the first line is not the header");
  if (operations_.size() >= limits_.operations) {
    return Error(Code::kLimit, "a commit has too many operations")
        .hint("split it into several commits");
  }
  if (*key == "file") return read_file(*value, {});
  if (*key == "lfsFile") return read_large_file(*value);
  return read_other(*key, *value);
}

/// The usual line; false: it has to be read as any other.
Result<bool> CommitReader::read_lifted(std::string_view text) {
  if (!has_header_ || operations_.size() >= limits_.operations) return false;
  const auto lifted = lift_content(text);
  if (!lifted) return false;
  const auto parsed = data::parse_json(lifted->line, "commit",
                                       {.bytes = max_line_, .depth = 16});
  if (!parsed) return false;
  const nlohmann::json* value = data::find_object(*parsed, "value");
  if (value == nullptr || data::find_string(*parsed, "key") != "file" ||
      data::find_string(*value, "content") != "" ||
      data::find_string(*value, "encoding") != "base64") {
    return false;
  }
  HUG_TRY(read_file(*value, lifted->content));
  return true;
}

Result<void> CommitReader::read_header(const nlohmann::json& value) {
  if (has_header_) return bad("it has two headers");
  has_header_ = true;
  header_.summary = data::find_string(value, "summary").value_or("");
  header_.description = data::find_string(value, "description").value_or("");
  header_.parent_commit =
      base::to_lower(data::find_string(value, "parentCommit").value_or(""));
  if (header_.summary.size() + header_.description.size() > kMaxText) {
    return Error(Code::kLimit, "the message of the commit is too long");
  }
  if (!header_.parent_commit.empty() && !is_parent(header_.parent_commit)) {
    return bad("parentCommit is not a commit id");
  }
  if (header_.summary.empty()) header_.summary = "Update files";
  return {};
}

Result<std::string> CommitReader::path_of(const nlohmann::json& value,
                                          const char* key) {
  auto path = data::find_string(value, key);
  if (!path) return bad(std::string("a line has no ") + key);
  HUG_TRY(check_repo_path(*path));
  return std::move(*path);
}

/// `lifted`: what was taken out of the line.
Result<void> CommitReader::read_file(const nlohmann::json& value,
                                     std::string_view lifted) {
  CommitOperation op;
  op.path = HUG_TRY(path_of(value, "path"));
  if (data::find_string(value, "oldPath")) {
    op.source = HUG_TRY(path_of(value, "oldPath"));
  }
  const auto found = value.find("content");
  if (found == value.end() || !found->is_string()) {
    return bad("file '" + op.path + "' has no content");
  }
  const auto& inside = found->get_ref<const std::string&>();
  const std::string_view text = inside.empty() ? lifted : inside;
  const auto encoding = data::find_string(value, "encoding").value_or("utf-8");
  std::string_view content = text;
  std::optional<std::vector<std::byte>> decoded;
  if (encoding == "base64") {
    decoded = data::from_base64(text);
    if (!decoded) return bad("file '" + op.path + "' is not base64");
    content = {reinterpret_cast<const char*>(decoded->data()), decoded->size()};
  } else if (encoding != "utf-8") {
    return bad("file '" + op.path + "' has an unknown encoding");
  }
  if (content.size() > limits_.regular_file) {
    return Error(Code::kLimit,
                 "file '" + op.path + "' is too large for a regular file")
        .hint("upload it through LFS");
  }
  if (op.path == ".gitattributes") attributes_ = std::string(content);
  op.blob = HUG_TRY(write_blob_(content));
  operations_.push_back(std::move(op));
  return {};
}

Result<void> CommitReader::read_large_file(const nlohmann::json& value) {
  CommitOperation op;
  op.kind = CommitOperation::Kind::kLargeFile;
  op.path = HUG_TRY(path_of(value, "path"));
  if (data::find_string(value, "oldPath")) {
    op.source = HUG_TRY(path_of(value, "oldPath"));
  }
  op.sha256 = data::find_string(value, "oid").value_or("");
  op.size = data::find_unsigned(value, "size");
  if (data::find_string(value, "algo").value_or("sha256") != "sha256" ||
      !is_sha256(op.sha256)) {
    return bad("large file '" + op.path + "' has no sha256 as its oid");
  }
  operations_.push_back(std::move(op));
  return {};
}

Result<void> CommitReader::read_other(const std::string& key,
                                      const nlohmann::json& value) {
  CommitOperation op;
  if (key == "deletedFile") {
    op.kind = CommitOperation::Kind::kDeleteFile;
    op.path = HUG_TRY(path_of(value, "path"));
  } else if (key == "deletedFolder" || key == "deletedEntry") {
    op.kind = CommitOperation::Kind::kDeleteFolder;
    op.path = data::find_string(value, "path").value_or("");
    if (op.path.ends_with('/')) op.path.pop_back();
    HUG_TRY(check_repo_path(op.path));
  } else if (key == "copy" || key == "copyFile") {
    op.kind = CommitOperation::Kind::kCopy;
    op.path = HUG_TRY(path_of(value, "path"));
    op.source = HUG_TRY(path_of(value, "srcPath"));
    op.source_revision = data::find_string(value, "srcRevision").value_or("");
  } else {
    return bad("unknown key '" + key.substr(0, 40) + "'");
  }
  operations_.push_back(std::move(op));
  return {};
}

}  // namespace hug::hub
