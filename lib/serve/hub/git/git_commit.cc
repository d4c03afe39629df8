// Commit objects as text.
#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/base.h"
#include "hub/git/git_repo.h"

namespace hug::hub {
namespace {

// git ends a name at '<' and a line at LF: neither may be part of it.
std::string clean_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != '<' && c != '>') out += c;
  }
  return out.empty() ? "unknown" : out;
}

struct Signature {
  std::string name;
  std::int64_t seconds = 0;
};

Signature parse_signature(std::string_view text) {
  Signature out;
  const std::size_t open = text.find('<');
  out.name = base::trim(text.substr(0, open));
  const std::size_t close = text.rfind('>');
  if (close == std::string_view::npos) return out;
  const std::string_view time = base::trim(text.substr(close + 1));
  (void)std::from_chars(time.data(), time.data() + time.size(), out.seconds);
  return out;
}

std::string iso_date(std::int64_t seconds) {
  constexpr std::int64_t kLast = 253402300799;  // year 9999
  const auto bounded = std::clamp<std::int64_t>(seconds, 0, kLast);
  return base::format_iso(base::Time(std::chrono::seconds(bounded)));
}

}  // namespace

std::string format_commit(const Oid& tree, const std::vector<Oid>& parents,
                          std::string_view author, std::int64_t unix_time,
                          std::string_view message) {
  std::string out = "tree " + tree.hex() + "\n";
  for (const Oid& parent : parents)
    out += "parent " + parent.hex() + "\n";
  const std::string name = clean_name(author);
  const std::string signature = name + " <" + name + "@localhost> " +
                                std::to_string(unix_time) + " +0000\n";
  out += "author " + signature + "committer " + signature + "\n";
  // git's own tools cut a message at the first NUL.
  for (const char c : message) {
    if (c != '\0') out += c;
  }
  if (!out.ends_with('\n')) out += '\n';
  return out;
}

Result<GitCommit> parse_commit(const Oid& id, std::string_view text) {
  GitCommit out;
  out.id = id;
  const auto bad = [&] {
    return Error(Code::kCorrupt, "commit " + id.hex() + " is malformed");
  };
  const std::size_t head_end = text.find("\n\n");
  const std::string_view head = text.substr(0, head_end);
  bool has_tree = false;
  for (const std::string_view line : base::split(head, '\n')) {
    if (line.starts_with("tree ")) {
      const auto oid = Oid::parse(line.substr(5));
      if (!oid) return bad();
      out.tree = *oid;
      has_tree = true;
    } else if (line.starts_with("parent ")) {
      const auto oid = Oid::parse(line.substr(7));
      if (!oid) return bad();
      out.parents.push_back(*oid);
    } else if (line.starts_with("author ")) {
      Signature signature = parse_signature(line.substr(7));
      out.author = std::move(signature.name);
      out.date = iso_date(signature.seconds);
    }
  }
  if (!has_tree) return bad();
  if (head_end == std::string_view::npos) return out;
  const std::string_view message = base::trim(text.substr(head_end + 2));
  const std::size_t line_end = message.find('\n');
  out.title = base::to_valid_utf8(base::trim(message.substr(0, line_end)));
  if (line_end != std::string_view::npos) {
    out.message = base::to_valid_utf8(base::trim(message.substr(line_end + 1)));
  }
  return out;
}

}  // namespace hug::hub
