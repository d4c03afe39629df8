// Which GGUF of a repository is meant: names tell the quantization, shards
// belong together, sidecars (projectors, importance matrices, drafts) are no
// models.
#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fnmatch.h"
#include "base/strings.h"
#include "hug/target.h"

namespace hug {

namespace {

// From the best quality to the smallest. Names are matched whole, the longest
// first.
constexpr std::array<std::string_view, 54> kQuality{
    "F64",           "F32",    "BF16",    "F16",      "Q8_K_XL",  "Q8_0",
    "Q6_K_XL",       "Q6_K",   "Q5_K_XL", "Q5_K_M",   "Q5_K_S",   "Q5_K",
    "Q5_0",          "Q5_1",   "Q4_K_XL", "Q4_K_L",   "Q4_K_M",   "Q4_K_S",
    "Q4_K",          "IQ4_NL", "IQ4_XS",  "Q4_0_4_4", "Q4_0_4_8", "Q4_0_8_8",
    "Q4_1_SOME_F16", "Q4_0",   "Q4_1",    "Q4_2",     "Q4_3",     "MXFP4_MOE",
    "MXFP4",         "NVFP4",  "Q3_K_XL", "Q3_K_L",   "Q3_K_M",   "Q3_K_S",
    "Q3_K",          "IQ3_M",  "IQ3_S",   "IQ3_XS",   "IQ3_XXS",  "Q2_K_XL",
    "Q2_K_L",        "Q2_K",   "Q2_K_S",  "IQ2_M",    "IQ2_S",    "IQ2_XS",
    "IQ2_XXS",       "Q2_0",   "IQ1_M",   "IQ1_S",    "TQ2_0",    "TQ1_0"};

constexpr std::array<std::string_view, 6> kSidecars{
    "mmproj", "imatrix", "mtp-", "eagle3-", "dflash-", "dspark-"};

std::string_view basename_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? path : path.substr(slash + 1);
}

std::string_view dirname_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? std::string_view() : path.substr(0, slash);
}

bool ends_with_gguf(std::string_view path) {
  return path.size() > 5 &&
         base::equal_ignoring_case(path.substr(path.size() - 5), ".gguf");
}

bool alnum(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (auto& c : out) {
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return out;
}

/// The quantization name that begins at `at`, or empty: the longest one that
/// ends at a boundary.
std::string_view quant_at(std::string_view text, std::size_t at) {
  std::string_view found;
  for (const auto name : kQuality) {
    if (name.size() <= found.size()) continue;
    if (text.substr(at, name.size()) != name) continue;
    const auto end = at + name.size();
    if (end < text.size() && (alnum(text[end]) || text[end] == '_')) continue;
    found = name;
  }
  return found;
}

struct Shard {
  std::string prefix;
  unsigned index = 1;
  unsigned count = 1;
};

std::optional<Shard> parse_shard(std::string_view path) {
  // "<prefix>-00001-of-00003.gguf"
  constexpr std::size_t kTail = 15;
  auto stem = path.substr(0, path.size() - 5);
  if (stem.size() <= kTail) return std::nullopt;
  const auto tail = stem.substr(stem.size() - kTail);
  if (tail[0] != '-' || tail.substr(6, 4) != "-of-") return std::nullopt;
  const auto index = base::parse_unsigned(tail.substr(1, 5));
  const auto count = base::parse_unsigned(tail.substr(10, 5));
  if (!index || !count || *index == 0 || *index > *count) return std::nullopt;
  return Shard{std::string(stem.substr(0, stem.size() - kTail)),
               static_cast<unsigned>(*index), static_cast<unsigned>(*count)};
}

bool is_model(std::string_view path) {
  if (!ends_with_gguf(path)) return false;
  const auto name = base::to_lower(basename_of(path));
  return std::none_of(kSidecars.begin(), kSidecars.end(),
                      [&](auto word) { return name.find(word) != name.npos; });
}

/// What llama.cpp calls a match: the tag followed by '.' or '-', any case.
bool mentions(std::string_view path, std::string_view tag) {
  const auto text = upper(path);
  const auto word = upper(tag);
  for (auto at = text.find(word); at != text.npos;
       at = text.find(word, at + 1)) {
    const auto end = at + word.size();
    if (end < text.size() && (text[end] == '.' || text[end] == '-')) {
      return true;
    }
  }
  return false;
}

std::size_t rank(std::string_view quant) {
  if (quant.starts_with("UD-")) quant.remove_prefix(3);
  const auto* found = std::find(kQuality.begin(), kQuality.end(), quant);
  return static_cast<std::size_t>(found - kQuality.begin());
}

/// Bits a weight as far as the name tells.
int bits_of(std::string_view quant) {
  for (const char c : quant) {
    if (c >= '0' && c <= '9') {
      if (quant.find("32") != quant.npos) return 32;
      if (quant.find("16") != quant.npos) return 16;
      return c - '0';
    }
  }
  return 16;
}

std::size_t common_folders(std::string_view a, std::string_view b) {
  std::size_t same = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (a[i] != b[i]) break;
    if (a[i] == '/') ++same;
  }
  return same;
}

std::string nearest_projector(const std::vector<NamedFile>& files,
                              const GgufChoice& choice) {
  const std::string* best = nullptr;
  auto best_key = std::pair<std::size_t, int>{};
  for (const auto& file : files) {
    const auto name = base::to_lower(basename_of(file.path));
    if (!ends_with_gguf(file.path) || name.find("mmproj") == name.npos) {
      continue;
    }
    const auto distance =
        std::abs(bits_of(gguf_quant_of(file.path)) - bits_of(choice.quant));
    const auto key =
        std::pair{common_folders(file.path, choice.files.front()), -distance};
    if (best == nullptr || key > best_key) {
      best = &file.path;
      best_key = key;
    }
  }
  return best == nullptr ? std::string() : *best;
}

std::string folder_or_name(const GgufChoice& choice) {
  return choice.quant.empty() ? choice.files.front() : choice.quant;
}

const GgufChoice* find_quant(const std::vector<GgufChoice>& choices,
                             std::string_view quant) {
  for (const auto& choice : choices) {
    if (base::equal_ignoring_case(choice.quant, quant)) return &choice;
  }
  for (const auto& choice : choices) {
    if (mentions(choice.files.front(), quant)) return &choice;
  }
  return nullptr;
}

const GgufChoice* find_default(const std::vector<GgufChoice>& choices) {
  for (const std::string_view quant : {"Q4_K_M", "Q8_0"}) {
    if (const auto* found = find_quant(choices, quant)) return found;
  }
  const auto wanted = rank("Q4_K_M");
  const GgufChoice* nearest = nullptr;
  for (const auto& choice : choices) {
    const auto place = rank(choice.quant);
    if (place < wanted || place >= kQuality.size()) continue;
    if (nearest == nullptr || place < rank(nearest->quant)) nearest = &choice;
  }
  return nearest != nullptr ? nearest : &choices.front();
}

const GgufChoice* find_best(const std::vector<GgufChoice>& choices) {
  return &*std::min_element(choices.begin(), choices.end(),
                            [](const auto& a, const auto& b) {
                              return rank(a.quant) < rank(b.quant);
                            });
}

const GgufChoice* find_named(const std::vector<GgufChoice>& choices,
                             std::string_view tag) {
  const bool pattern = tag.find_first_of("*?[") != tag.npos;
  while (tag.ends_with('/'))
    tag.remove_suffix(1);
  for (const auto& choice : choices) {
    for (const auto& path : choice.files) {
      if (path == tag || basename_of(path) == tag) return &choice;
      if (pattern && base::fnmatch(path, tag)) return &choice;
    }
  }
  for (const auto& choice : choices) {
    if (base::equal_ignoring_case(dirname_of(choice.files.front()), tag)) {
      return &choice;
    }
  }
  return find_quant(choices, tag);
}

std::string alternatives(const std::vector<GgufChoice>& choices) {
  std::vector<std::string> names;
  for (const auto& choice : choices) {
    if (names.size() == 24) {
      names.emplace_back("...");
      break;
    }
    names.push_back(folder_or_name(choice));
  }
  return "choose one of: " + base::join(names, ", ");
}

}  // namespace

std::string gguf_quant_of(std::string_view file_name) {
  const auto text = upper(file_name);
  for (auto at = text.size(); at-- > 0;) {
    if (at > 0 && (alnum(text[at - 1]) || text[at - 1] == '_')) continue;
    const auto quant = quant_at(text, at);
    if (quant.empty()) continue;
    const bool dynamic = at >= 3 && text.compare(at - 3, 3, "UD-") == 0 &&
                         (at == 3 || !alnum(text[at - 4]));
    return (dynamic ? "UD-" : "") + std::string(quant);
  }
  return {};
}

std::vector<GgufChoice> list_gguf(const std::vector<NamedFile>& files) {
  std::vector<GgufChoice> choices;
  std::map<std::pair<std::string, unsigned>, std::size_t> split;
  std::map<std::size_t, std::map<unsigned, const NamedFile*>> shards;
  for (const auto& file : files) {
    if (!is_model(file.path)) continue;
    if (const auto shard = parse_shard(file.path)) {
      const auto [at, fresh] =
          split.try_emplace({shard->prefix, shard->count}, choices.size());
      if (fresh) {
        choices.push_back({{}, 0, gguf_quant_of(shard->prefix + "."), {}});
      }
      shards[at->second][shard->index] = &file;
      continue;
    }
    choices.push_back({{file.path}, file.size, gguf_quant_of(file.path), {}});
  }
  for (const auto& [index, parts] : shards) {
    for (const auto& [number, file] : parts) {
      choices[index].files.push_back(file->path);
      choices[index].size += file->size;
    }
  }
  for (auto& choice : choices) {
    choice.projector = nearest_projector(files, choice);
  }
  return choices;
}

Result<GgufChoice> choose_gguf(const std::vector<NamedFile>& files,
                               std::string_view tag) {
  const auto choices = list_gguf(files);
  if (choices.empty()) return Error(Code::kNotFound, "no GGUF file there");
  const auto* found = tag.empty()     ? find_default(choices)
                      : tag == "best" ? find_best(choices)
                                      : find_named(choices, tag);
  if (found == nullptr) {
    return Error(Code::kNotFound,
                 "no GGUF file matches '" + std::string(tag) + "'")
        .hint(alternatives(choices));
  }
  if (const auto shard = parse_shard(found->files.front());
      shard && found->files.size() != shard->count) {
    return Error(Code::kNotFound, "'" + shard->prefix + "' has " +
                                      std::to_string(found->files.size()) +
                                      " of " + std::to_string(shard->count) +
                                      " shards");
  }
  return *found;
}

}  // namespace hug
