#include "arch/key_writer.h"

#include <limits>

namespace hug::arch {

KeyWriter::KeyWriter(format::GgufMetadata& metadata,
                     std::string_view architecture, std::uint32_t file_type)
    : metadata_(metadata),
      prefix_(std::string(architecture) + "."),
      file_type_(file_type) {}

std::string KeyWriter::whole(std::string_view key) const {
  return prefix_ + std::string(key);
}

void KeyWriter::set(std::string_view key, format::GgufValue value) {
  metadata_.set(key, std::move(value));
}

void KeyWriter::u32(std::string_view key, std::uint64_t value) {
  if (value > std::numeric_limits<std::uint32_t>::max()) {
    if (!error_)
      error_ = Error(Code::kCorrupt, "the value for '" + whole(key) +
                                         "' does not fit into 32 bits");
    return;
  }
  set(whole(key), static_cast<std::uint32_t>(value));
}

void KeyWriter::f32(std::string_view key, double value) {
  set(whole(key), static_cast<float>(value));
}

void KeyWriter::boolean(std::string_view key, bool value) {
  set(whole(key), value);
}

void KeyWriter::text(std::string_view key, std::string_view value) {
  set(whole(key), std::string(value));
}

void KeyWriter::booleans(std::string_view key, std::vector<bool> value) {
  if (!value.empty()) set(whole(key), format::GgufArray(std::move(value)));
}

void KeyWriter::strings(std::string_view key,
                        const std::vector<std::string>& value) {
  if (value.empty()) return;
  format::StringArray array;
  for (const std::string& item : value)
    array.push_back(item);
  set(whole(key), format::GgufArray(std::move(array)));
}

void KeyWriter::i32s(std::string_view key, std::vector<std::int32_t> value) {
  if (!value.empty()) set(whole(key), format::GgufArray(std::move(value)));
}

void KeyWriter::file_type() {
  set("general.file_type", file_type_);
}

Result<void> KeyWriter::finish() const {
  if (error_) return Error(*error_);
  return {};
}

}  // namespace hug::arch
