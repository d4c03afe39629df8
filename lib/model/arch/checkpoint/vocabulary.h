// The vocabulary of a checkpoint as gguf keys: tokens, scores, types, merges,
// special tokens, chat templates, the name of the pre-tokenizer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "arch/checkpoint/repository.h"
#include "arch/family.h"
#include "format/gguf_value.h"
#include "hug/result.h"

namespace hug::arch {

struct VocabularyOptions {
  std::string pre = {};  ///< name of the pre-tokenizer; empty: recognised
  /// Go on, as "default", where nobody knows it: for who has another tokenizer.
  bool any_pre = false;
};

struct VocabularyResult {
  std::uint64_t n_tokens = 0;
  /// The keys say all; else tokenizer.json says more.
  bool complete = true;
  std::vector<std::string> warnings = {};
};

/// Writes everything under "tokenizer." (and what stands between), and keys of
/// our own, which begin with "hug."; without any file of a tokenizer that there
/// is none, and a warning.
/// Errors: kNotFound where a file of it is missing, kCorrupt, kUnsupported for
/// a kind that gguf cannot hold.
Result<VocabularyResult> write_vocabulary(Repository& files,
                                          const Family& family,
                                          const Config& config,
                                          const VocabularyOptions& options,
                                          format::GgufMetadata& out);

}  // namespace hug::arch
