// A text that a model is writing: it remembers what was computed, so that the
// next prompt costs only what is new in it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "hug/export.h"
#include "hug/generate.h"
#include "hug/model.h"
#include "hug/result.h"

namespace hug {

/// How keys and values are kept.
enum class KvType : std::uint8_t { kF32, kF16, kQ8_0 };

struct SessionOptions {
  /// Tokens that prompt and answer may have together; 0: what the model was
  /// trained for.
  std::uint64_t context = 0;
  KvType kv_type = KvType::kF16;
};

/// One call at a time; sessions of one model take turns.
class HUG_EXPORT Session {
 public:
  /// Errors: kUnsupported for a model that does not write text.
  static Result<Session> open(const LocalModel& model,
                              const SessionOptions& options = {});
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  /// Tokens that fit; 0: no bound.
  std::uint64_t context() const noexcept;
  /// What is remembered now: prompt and answer of the last call, less the last
  /// token of the answer.
  std::span<const TokenId> tokens() const noexcept;
  std::uint64_t memory_bytes() const noexcept;

  /// Writes an answer to a prompt, which is given whole: what it has in common
  /// with tokens() is not computed again. `on_text` gets the answer as it
  /// comes, in pieces of valid UTF-8; false stops. A full context ends the
  /// answer with kLength.
  /// Errors: kUsage when the prompt does not fit, kCorrupt when the logits are
  /// no numbers or the model's file became shorter.
  Result<Generation> generate(
      std::span<const TokenId> prompt, const GenerateOptions& options,
      const std::function<bool(std::string_view)>& on_text = {});

  /// Forgets everything.
  void reset();
  /// Writes what is remembered to a file, and a note of the caller's beside
  /// it. The file appears whole or not at all.
  /// Errors: kNoSpace, kIo.
  Result<void> save(const std::string& path, std::string_view note = {}) const;
  /// Takes up what save() wrote; gives the note. After an error the session is
  /// empty. Errors: kNotFound, kCorrupt, kUnsupported (another version),
  /// kConflict (of another model or another type of keys and values), kLimit.
  Result<std::string> load(const std::string& path);

  struct Parts;  // lib/model/engine/session.cc
  explicit Session(std::unique_ptr<Parts> parts) noexcept;

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace hug
