// Reads SpecialTokens from the files of a checkpoint. The order of the steps
// decides which of contradicting files wins, so it follows the reference.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "arch/checkpoint/special_tokens.h"

namespace hug::arch {

class SpecialTokensReader {
 public:
  SpecialTokensReader(Repository& files, SpecialTokens& out)
      : files_(files), out_(out) {}

  Result<void> read(bool merges);

 private:
  Result<void> read_merges(const nlohmann::json& tokenizer);
  Result<void> read_merges_txt();
  void read_normalizer(const nlohmann::json& normalizer, int depth);
  void read_post_processor(const nlohmann::json& tokenizer);
  void read_roberta(const nlohmann::json& processor);
  void read_single(const nlohmann::json& pieces);
  void read_pair(const nlohmann::json& pieces);
  Result<void> read_templates(const nlohmann::json& config);
  void read_ids(const nlohmann::json* tokenizer, const nlohmann::json& config);
  void read_config_ids(const nlohmann::json& config);
  void add(const std::string& kind, bool value);
  /// The text of a special token: set earlier here, or in the file.
  std::string text_of(const std::string& kind) const;
  void set_text(const std::string& kind, const std::string& text);

  Repository& files_;
  SpecialTokens& out_;
  const nlohmann::json* config_ = nullptr;  // tokenizer_config.json
  std::vector<std::pair<std::string, std::string>> texts_;
  std::string first_;  // special token that begins a single text
  std::string last_;
};

}  // namespace hug::arch
