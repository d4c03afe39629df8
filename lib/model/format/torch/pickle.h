// Python pickles (protocols 0 to 5), read and never executed. A pickle is a
// program for a stack machine; this machine runs it with symbols: a global is
// a name, a call is a record of what would be called with what. Whoever reads
// a checkpoint and whoever scans a file look at the same record, so they
// cannot disagree about it.
#pragma once

#include <bitset>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hug/byte_source.h"
#include "hug/result.h"

namespace hug::format {

enum class PickleKind : std::uint8_t {
  kNone,
  kBool,
  kInt,
  kFloat,
  kText,  // also Python 2 strings
  kBytes,
  kTuple,
  kList,
  kSet,
  kDict,        // keys and values alternate
  kGlobal,      // a name that would be imported
  kCall,        // the result of a call
  kPersistent,  // an object that the reader of the file supplies
  kUnknown,     // a value that is too large or too odd to follow
};

using PickleRef = std::uint32_t;

struct PickleNode {
  PickleKind kind = PickleKind::kUnknown;
  std::uint64_t value = 0;  // bits of a number, or an index by kind
};

struct PickleGlobal {
  std::string module = {};
  std::string name = {};
  std::uint64_t position = 0;  // of the opcode, in the source

  std::string full() const { return module + "." + name; }
};

/// REDUCE, NEWOBJ, NEWOBJ_EX, OBJ or INST.
struct PickleCall {
  PickleRef callable = 0;
  PickleRef arguments = 0;            // a tuple, unless the pickle is odd
  std::vector<PickleRef> items = {};  // keys and values set afterwards
  std::uint64_t position = 0;
};

/// Something that no honest writer does.
struct PickleOddity {
  std::uint64_t position = 0;
  std::string text = {};
  bool grave = true;  // else only unusual
};

struct PickleLimits {
  std::uint64_t opcodes = 10'000'000;
  std::uint64_t memo = 1'000'000;
  std::uint64_t stack = 64 << 10;
  std::uint64_t nodes = 4'000'000;
  std::uint64_t text = 64 << 10;  // longer strings become kUnknown
};

/// What a pickle would do.
class Pickle {
 public:
  const PickleNode& node(PickleRef ref) const { return nodes_[ref]; }

  PickleKind kind(PickleRef ref) const { return nodes_[ref].kind; }

  std::optional<std::int64_t> as_int(PickleRef ref) const;
  /// Of kText and kBytes. Valid as long as the pickle.
  std::optional<std::string_view> as_text(PickleRef ref) const;
  /// Of tuples, lists, sets and dicts; empty for others.
  const std::vector<PickleRef>& items(PickleRef ref) const;
  const PickleGlobal* as_global(PickleRef ref) const;
  const PickleCall* as_call(PickleRef ref) const;
  /// The object behind a persistent id.
  std::optional<PickleRef> as_persistent(PickleRef ref) const;

  /// In order of the stream, each opcode that imports.
  const std::vector<PickleGlobal>& globals() const { return globals_; }

  const std::vector<PickleCall>& calls() const { return calls_; }

  const std::vector<PickleRef>& persistent() const { return persistent_; }

  const std::vector<PickleOddity>& oddities() const { return oddities_; }

  const std::bitset<256>& opcodes() const { return opcodes_; }

  /// Set when the stream broke off: what was seen before stands.
  const std::optional<Error>& broken() const { return broken_; }

  /// The value left by STOP; nothing when it broke off.
  std::optional<PickleRef> root() const { return root_; }

  /// Behind the last byte read.
  std::uint64_t end() const { return end_; }

 private:
  friend class PickleValues;
  std::vector<PickleNode> nodes_;
  std::deque<std::string> texts_;
  std::vector<std::vector<PickleRef>> lists_;
  std::vector<PickleGlobal> globals_;
  std::vector<PickleCall> calls_;
  std::vector<PickleRef> persistent_;
  std::vector<PickleOddity> oddities_;
  std::bitset<256> opcodes_;
  std::optional<Error> broken_;
  std::optional<PickleRef> root_;
  std::uint64_t end_ = 0;
};

/// Reads one pickle that begins at `offset`, up to its STOP. A stream that is
/// malformed or exceeds a limit gives a Pickle with broken() set. Errors: only
/// those of the source.
Result<Pickle> read_pickle(const ByteSource& source, std::uint64_t offset = 0,
                           const PickleLimits& limits = {});

}  // namespace hug::format
