// The text of an answer while it comes: whole characters only, and nothing
// that may still turn out to be a stop text.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace hug::engine {

class TextStream {
 public:
  /// Both must outlive the stream.
  TextStream(const std::vector<std::string>& stops,
             const std::function<bool(std::string_view)>& on_text)
      : stops_(stops), on_text_(on_text) {}

  /// False when a stop text is complete or the reader wants no more.
  bool put(std::string_view bytes);
  /// Gives out what was held back; the whole text.
  std::string finish();

 private:
  bool give(std::size_t end);
  std::size_t safe_end() const;

  const std::vector<std::string>& stops_;
  const std::function<bool(std::string_view)>& on_text_;
  std::string text_;
  std::size_t given_ = 0;
};

}  // namespace hug::engine
