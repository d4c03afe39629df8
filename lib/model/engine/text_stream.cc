#include "engine/text_stream.h"

#include <algorithm>

#include "base/utf8.h"

namespace hug::engine {

namespace {

// Bytes at the end of `text` that begin a character without ending it.
std::size_t open_bytes(std::string_view text) {
  for (std::size_t n = 1; n <= 3 && n <= text.size(); ++n) {
    const auto b = static_cast<unsigned char>(text[text.size() - n]);
    if ((b & 0xc0) == 0x80) continue;
    const std::size_t size = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : b >= 0xc0 ? 2 : 1;
    return size > n ? n : 0;
  }
  return 0;
}

}  // namespace

// Up to where the text can be no part of a stop text.
std::size_t TextStream::safe_end() const {
  std::size_t end = text_.size() - open_bytes(text_);
  for (const std::string& stop : stops_) {
    for (std::size_t n = std::min(stop.size(), text_.size()); n > 0; --n) {
      if (text_.compare(text_.size() - n, n, stop, 0, n) == 0) {
        end = std::min(end, text_.size() - n);
        break;
      }
    }
  }
  return std::max(end, given_);
}

bool TextStream::give(std::size_t end) {
  if (end <= given_) return true;
  const std::string part =
      base::to_valid_utf8(std::string_view(text_).substr(given_, end - given_));
  given_ = end;
  return !on_text_ || on_text_(part);
}

bool TextStream::put(std::string_view bytes) {
  const std::size_t before = text_.size();
  text_ += bytes;
  std::size_t cut = std::string::npos;
  for (const std::string& stop : stops_) {
    if (stop.empty()) continue;
    const std::size_t from = before > stop.size() ? before - stop.size() : 0;
    cut = std::min(cut, text_.find(stop, from));
  }
  if (cut != std::string::npos) {
    text_.resize(cut);
    give(text_.size());
    return false;
  }
  return give(safe_end());
}

std::string TextStream::finish() {
  give(text_.size());
  return base::to_valid_utf8(text_);
}

}  // namespace hug::engine
