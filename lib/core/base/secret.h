// Text that must not be printed: tokens and passwords. It has no formatter and
// no conversion; whoever needs the text says reveal(), which is easy to find.
#pragma once
// clang-format off
#include <string>
#include <string_view>

namespace hug::base {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();  // wipes the memory

  bool empty() const noexcept { return text_.empty(); }
  const std::string& reveal() const noexcept { return text_; }

 private:
  void wipe() noexcept;

  std::string text_;
};

/// The text with every Hub token (hf_...), bearer value, URL password and
/// signature parameter replaced by "***".
std::string redact(std::string_view text);

}  // namespace hug::base
