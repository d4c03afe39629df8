#include "hub/git/git_rules.h"

#include <optional>

#include "base/base.h"

namespace hug::hub {
namespace {

constexpr std::string_view kLfs = " filter=lfs diff=lfs merge=lfs -text\n";

// Rules beyond this are not looked at: a bound on work per path.
constexpr std::size_t kMaxRules = 20'000;

std::string_view last_segment(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// The pattern at the start of an attributes line, unquoted, and what follows.
struct AttributeLine {
  std::string pattern;
  std::string_view rest;
};

std::optional<AttributeLine> split_quoted(std::string_view line) {
  AttributeLine out;
  for (std::size_t at = 1; at < line.size(); ++at) {
    if (line[at] == '"') {
      out.rest = line.substr(at + 1);
      return out;
    }
    if (line[at] == '\\' && at + 1 < line.size()) ++at;
    out.pattern += line[at];
  }
  return std::nullopt;
}

std::optional<AttributeLine> split_line(std::string_view line) {
  line = base::trim(line);
  if (line.empty() || line.front() == '#' || line.starts_with("[attr]")) {
    return std::nullopt;
  }
  if (line.front() == '"') return split_quoted(line);
  const std::size_t end = line.find_first_of(" \t");
  if (end == std::string_view::npos) return std::nullopt;
  return AttributeLine{std::string(line.substr(0, end)), line.substr(end)};
}

// What the attributes say of `filter`: lfs, something else, or nothing.
std::optional<bool> filter_verdict(std::string_view attributes) {
  std::optional<bool> out;
  std::size_t at = 0;
  while (at < attributes.size()) {
    const std::size_t end =
        std::min(attributes.find_first_of(" \t\r", at), attributes.size());
    const std::string_view word = attributes.substr(at, end - at);
    if (word == "filter=lfs") out = true;
    if (word == "-filter" || word == "!filter" || word == "filter" ||
        (word.starts_with("filter=") && word != "filter=lfs")) {
      out = false;
    }
    at = end + 1;
  }
  return out;
}

void append_rules(std::string& out, std::string_view patterns) {
  for (const std::string_view pattern : base::split(patterns, ' ')) {
    out += pattern;
    out += kLfs;
  }
}

}  // namespace

LfsRules::LfsRules(std::string_view text) {
  for (const std::string_view line : base::split(text, '\n')) {
    const auto parts = split_line(line);
    if (!parts || rules_.size() >= kMaxRules) continue;
    const auto lfs = filter_verdict(parts->rest);
    // Patterns that negate are not allowed in this file.
    if (!lfs || parts->pattern.empty() || parts->pattern[0] == '!') continue;
    std::string_view pattern = parts->pattern;
    const bool basename = pattern.find('/') == std::string_view::npos;
    if (pattern.front() == '/') pattern.remove_prefix(1);
    rules_.push_back({Glob(pattern), basename, *lfs});
  }
}

bool LfsRules::covers(std::string_view path) const {
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
    if (rule->glob.matches(rule->basename ? last_segment(path) : path)) {
      return rule->lfs;
    }
  }
  return false;
}

std::string with_lfs_rule(std::string_view attributes, std::string_view path) {
  std::string out(attributes);
  if (!out.empty() && out.back() != '\n') out += '\n';
  out += escape_attribute_pattern(path);
  out += kLfs;
  return out;
}

IgnoreRules::IgnoreRules(std::string_view text) {
  for (std::string_view line : base::split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    while (line.ends_with(' ') && !line.ends_with("\\ "))
      line.remove_suffix(1);
    if (line.empty() || line.front() == '#' || rules_.size() >= kMaxRules) {
      continue;
    }
    const bool keeps = line.front() == '!';
    if (keeps) line.remove_prefix(1);
    const bool folders_only = line.ends_with('/');
    if (folders_only) line.remove_suffix(1);
    const bool basename = line.find('/') == std::string_view::npos;
    if (line.starts_with('/')) line.remove_prefix(1);
    if (line.empty()) continue;
    rules_.push_back({Glob(line), basename, folders_only, keeps});
  }
}

bool IgnoreRules::verdict(std::string_view path, bool folder) const {
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
    if (rule->folders_only && !folder) continue;
    if (rule->glob.matches(rule->basename ? last_segment(path) : path)) {
      return !rule->keeps;
    }
  }
  return false;
}

bool IgnoreRules::ignores(std::string_view path) const {
  // A file below an ignored folder cannot be taken back.
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/', slash + 1)) {
    if (verdict(path.substr(0, slash), true)) return true;
  }
  return verdict(path, false);
}

std::string default_attributes(RepoKind kind) {
  const bool dataset = kind == RepoKind::kDataset;
  std::string out;
  append_rules(out, dataset ? "*.7z *.arrow *.avro" : "*.7z *.arrow");
  append_rules(out, "*.bin *.bz2 *.ckpt *.ftz *.gz *.h5 *.joblib *.lfs.*");
  if (dataset) append_rules(out, "*.lz4 *.mds");
  append_rules(out,
               "*.mlmodel *.model *.msgpack *.npy *.npz *.onnx *.ot *.parquet "
               "*.pb *.pickle *.pkl *.pt *.pth *.rar *.safetensors "
               "saved_model/**/* *.tar.* *.tar *.tflite *.tgz *.wasm *.xz "
               "*.zip *.zst *tfevents*");
  if (!dataset) return out;
  const std::pair<std::string_view, std::string_view> groups[] = {
      {"Audio files - uncompressed", "*.pcm *.sam *.raw"},
      {"Audio files - compressed", "*.aac *.flac *.mp3 *.ogg *.wav"},
      {"Image files - uncompressed", "*.bmp *.gif *.png *.tiff"},
      {"Image files - compressed", "*.jpg *.jpeg *.webp"},
      {"Video files - compressed", "*.mp4 *.webm"}};
  for (const auto& [title, patterns] : groups) {
    out += "# " + std::string(title) + "\n";
    append_rules(out, patterns);
  }
  return out;
}

}  // namespace hug::hub
