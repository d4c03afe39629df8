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

// Up to where the text can be no part of a text that is watched for.
std::size_t TextStream::safe_end() const {
  std::size_t end = text_.size() - open_bytes(text_);
  for (const auto* texts : {&stops_, &banned_}) {
    for (const std::string& stop : *texts) {
      for (std::size_t n = std::min(stop.size(), text_.size()); n > 0; --n) {
        if (text_.compare(text_.size() - n, n, stop, 0, n) == 0) {
          end = std::min(end, text_.size() - n);
          break;
        }
      }
    }
  }
  return std::max(end, given_);
}

// Where one of the texts begins that ends behind `before`; npos without one.
std::size_t TextStream::find_any(const std::vector<std::string>& texts,
                                 std::size_t before) const {
  std::size_t at = std::string::npos;
  for (const std::string& text : texts) {
    if (text.empty()) continue;
    const std::size_t from =
        before >= text.size() ? before - text.size() + 1 : 0;
    at = std::min(at, text_.find(text, from));
  }
  return at;
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
  const std::size_t cut = find_any(stops_, before);
  const std::size_t banned = find_any(banned_, before);
  if (banned != std::string::npos && banned < cut) {
    banned_at_ = banned;
    return true;
  }
  if (cut != std::string::npos) {
    text_.resize(cut);
    give(text_.size());
    return false;
  }
  return give(safe_end());
}

void TextStream::take_back(std::size_t size) {
  text_.resize(std::max(size, given_));
  banned_at_.reset();
}

std::string TextStream::finish() {
  give(text_.size());
  return base::to_valid_utf8(text_);
}

}  // namespace hug::engine
