// Byte pair encoding: neighbouring symbols merge, the pair of lowest rank
// first, the leftmost of equals.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/tokenize/models/flat_map.h"
#include "text/tokenize/models/token_model.h"

namespace hug::text {

/// A symbol while merging: an id and the bytes behind it.
struct Symbol {
  std::int32_t id = 0;
  std::uint32_t size = 0;  // bytes
};

/// The merge rules, and what can be said about them in advance.
class MergeTable {
 public:
  explicit MergeTable(std::size_t merges = 0, std::size_t ids = 0);

  void add(std::int32_t a, std::int32_t b, std::int32_t merged,
           std::uint32_t rank);
  /// Call when all are in.
  void seal();
  /// Replaces the symbols by what they merge to.
  void merge(std::vector<Symbol>& symbols) const;

  /// False when no chain of merges can ever join a symbol that ends in the
  /// initial symbol `a` with one that begins with the initial symbol `b`: text
  /// may be cut there. (May be true without need.)
  bool may_join(std::int32_t a, std::int32_t b) const {
    const std::uint64_t h = joint(a, b);
    return (joints_[h >> 6] >> (h & 63)) & 1;
  }

 private:
  static constexpr unsigned kJointBits = 20;

  static std::uint64_t joint(std::int32_t a, std::int32_t b) {
    return mix((std::uint64_t{static_cast<std::uint32_t>(a)} << 32) |
               static_cast<std::uint32_t>(b)) >>
           (64 - kJointBits);
  }

  void merge_short(std::vector<Symbol>& symbols) const;
  void merge_long(std::vector<Symbol>& symbols) const;

  struct Parts {
    std::int32_t left = -1;  // -1: an initial symbol
    std::int32_t right = -1;
  };

  PairMap pairs_;
  std::vector<Parts> parts_;  // of an id that merging makes, until seal()
  std::vector<Parts> added_;
  std::vector<std::uint64_t> joints_;
};

class Bpe final : public TokenModel {
 public:
  struct Options {
    std::optional<std::string> unknown;
    std::string prefix;  // of every symbol but the first
    std::string suffix;  // of the last symbol
    bool fuse_unknown = false;
    bool byte_fallback = false;
    bool ignore_merges = false;
    bool lenient = false;  // merges of tokens that do not exist are left out
  };

  /// What merges, one after another in order of rank: there may be hundreds
  /// of thousands, which need not lie in memory as pairs.
  struct Merges {
    std::size_t count = 0;
    std::function<Result<std::pair<std::string_view, std::string_view>>(
        std::size_t)>
        at = {};
  };

  /// `ids` finds what is in `vocabulary`. Errors: kCorrupt when a merge names a
  /// token that does not exist.
  static Result<TokenModelPtr> make(Texts vocabulary, TextMap ids,
                                    const Merges& merges, Options options);

  std::unique_ptr<ModelScratch> make_scratch() const override;
  Result<void> encode(std::string_view piece, ModelScratch& scratch,
                      std::vector<Token>& out) const override;
  Result<void> encode_bytes(std::string_view piece, ModelScratch& scratch,
                            std::vector<Token>& out) const override;

  bool reads_bytes() const override { return reads_bytes_; }

  std::int32_t find(std::string_view token) const override {
    return ids_.find(token);
  }

 private:
  struct Scratch;

  Bpe(Texts vocabulary, TextMap ids, Options options)
      : TokenModel(std::move(vocabulary)),
        options_(std::move(options)),
        ids_(std::move(ids)) {}

  Result<void> add_merges(const Merges& merges);
  std::int32_t find_bytes(std::string_view piece, Scratch& scratch) const;
  void prepare_bytes();
  void initial_symbols(std::string_view piece, std::vector<Symbol>& out) const;
  void add_unknown(std::uint32_t size, bool& pending,
                   std::vector<Symbol>& out) const;
  void merge_run(std::string_view text, Scratch& scratch) const;
  template <class Initial>
  void encode_by_runs(std::string_view piece, Scratch& scratch,
                      std::vector<Token>& out, Initial initial) const;

  Options options_;
  TextMap ids_;
  MergeTable merges_;
  std::array<std::int32_t, 256> byte_ids_{};      // of GPT-2's alphabet
  std::array<std::int32_t, 256> fallback_ids_{};  // <0xHH>
  std::array<std::int32_t, 128> ascii_ids_{};
  std::int32_t unknown_id_ = -1;
  bool has_affixes_ = false;
  bool has_fallback_ = false;
  bool reads_bytes_ = false;
};

}  // namespace hug::text
