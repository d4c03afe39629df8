// The text of an answer while it comes: whole characters only, and nothing
// that may still turn out to be a stop text or one that must not appear.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hug::engine {

class TextStream {
 public:
  /// All must outlive the stream.
  TextStream(const std::vector<std::string>& stops,
             const std::vector<std::string>& banned,
             const std::function<bool(std::string_view)>& on_text)
      : stops_(stops), banned_(banned), on_text_(on_text) {}

  /// False when a stop text is complete or the reader wants no more.
  bool put(std::string_view bytes);

  /// Where a banned text begins that the last put() completed. Nothing of it
  /// was given out; the caller must take it back.
  std::optional<std::size_t> banned_at() const noexcept { return banned_at_; }

  /// Takes back all bytes from `size` on, which were not given out.
  void take_back(std::size_t size);

  /// Bytes so far.
  std::size_t size() const noexcept { return text_.size(); }

  /// Gives out what was held back; the whole text.
  std::string finish();

 private:
  bool give(std::size_t end);
  std::size_t safe_end() const;
  std::size_t find_any(const std::vector<std::string>& texts,
                       std::size_t before) const;

  const std::vector<std::string>& stops_;
  const std::vector<std::string>& banned_;
  const std::function<bool(std::string_view)>& on_text_;
  std::string text_;
  std::size_t given_ = 0;
  std::optional<std::size_t> banned_at_ = {};
};

}  // namespace hug::engine
