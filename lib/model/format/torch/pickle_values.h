// The values of a pickle while it is read: each within the limits, what is
// beyond them is kUnknown, and full() says so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/torch/pickle.h"

namespace hug::format {

// Values that every pickle has.
inline constexpr PickleRef kPickleNone = 0;
inline constexpr PickleRef kPickleTrue = 1;
inline constexpr PickleRef kPickleFalse = 2;
inline constexpr PickleRef kPickleUnknown = 3;
inline constexpr PickleRef kPickleEmptyTuple = 4;

class PickleValues {
 public:
  /// `limit`: values, and references that lists and calls hold.
  explicit PickleValues(std::uint64_t limit);

  const Pickle& pickle() const { return out_; }

  bool full() const { return full_; }

  PickleRef add(PickleKind kind, std::uint64_t value);
  /// Absent text is kUnknown.
  PickleRef add_text(PickleKind kind, std::optional<std::string> text);
  PickleRef add_list(PickleKind kind, std::vector<PickleRef> items);
  PickleRef add_global(std::string module, std::string name,
                       std::uint64_t position);
  PickleRef add_call(PickleRef callable, PickleRef arguments,
                     std::uint64_t position);
  PickleRef add_persistent(PickleRef id);
  /// Little-endian two's complement; longer than 8 bytes is kUnknown.
  PickleRef add_long(const std::optional<std::string>& raw);
  PickleRef add_decimal(std::string_view text, bool may_be_bool);

  /// Adds items to a list, set or dict, or to the object that a call made.
  void extend(PickleRef target, const std::vector<PickleRef>& items,
              std::uint64_t position);

  /// Notes something that no honest writer does.
  void odd(std::uint64_t position, std::string text, bool grave = true);

  void saw(std::uint8_t opcode) { out_.opcodes_.set(opcode); }

  void finish(PickleRef root) { out_.root_ = root; }

  void break_off(Error error) { out_.broken_ = std::move(error); }

  void end_at(std::uint64_t position) { out_.end_ = position; }

  Pickle take() { return std::move(out_); }

 private:
  void hold(std::size_t references);

  Pickle out_;
  std::uint64_t limit_;
  std::uint64_t held_ = 0;  // references held by lists and calls
  bool full_ = false;       // the limit was hit
};

}  // namespace hug::format
