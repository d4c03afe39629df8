// Sessions on disk. A file is, all numbers little-endian:
//
//   "hugsess1" · fingerprint of the model (64 hex digits) · tokens: n (u64),
//   n ids (i32) · note: n (u64), n bytes · what the sequence remembers
//   (arch::Sequence::write) · sha256 of all before it (64 hex digits)
#pragma once

#include <string>
#include <vector>

#include "arch/sequence.h"
#include "hug/result.h"
#include "hug/tokenizer.h"

namespace hug::engine {

struct SessionContent {
  std::vector<TokenId> tokens = {};
  std::string note = {};
};

Result<void> save_session(const arch::Model& model,
                          const arch::Sequence& sequence,
                          const SessionContent& content,
                          const std::string& path);
/// Errors: see Session::load; kLimit when there are more than `context` tokens
/// (0: no bound). The sequence is undefined after an error.
Result<SessionContent> load_session(const arch::Model& model,
                                    arch::Sequence& sequence,
                                    std::uint64_t context,
                                    const std::string& path);

}  // namespace hug::engine
