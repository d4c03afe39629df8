// Special tokens, merges, chat templates and what is added to a text, as
// tokenizer.json, tokenizer_config.json and config.json tell it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arch/checkpoint/repository.h"
#include "format/gguf_value.h"
#include "hug/result.h"

namespace hug::arch {

struct ChatTemplate {
  std::string name = {};  ///< empty: the only one
  std::string text = {};
};

class SpecialTokens {
 public:
  /// Kinds looked for when none are given.
  static const std::vector<std::string> kUsualKinds;

  struct Options {
    bool merges = false;
    std::vector<std::string> kinds = kUsualKinds;
    /// Ids from here on are left out.
    std::optional<std::uint64_t> n_vocab = {};
  };

  static Result<SpecialTokens> load(Repository& files, Options options);

  /// The first id set for a kind stays.
  void set(const std::string& kind, std::uint64_t id);

  void drop_templates() { templates_.clear(); }

  /// Writes everything in the reference's order.
  void write(format::GgufMetadata& out) const;

 private:
  friend class SpecialTokensReader;

  std::vector<std::string> kinds_;
  std::optional<std::uint64_t> n_vocab_;
  format::StringArray merges_;
  std::vector<std::pair<std::string, std::uint64_t>> ids_;
  std::vector<std::pair<std::string, bool>> adds_;
  bool has_templates_ = false;
  std::vector<ChatTemplate> templates_;
  std::optional<bool> lowercase_;
  std::optional<bool> strip_accents_;
};

}  // namespace hug::arch
