#include "arch/key_reader.h"

namespace hug::arch {

Result<std::vector<std::uint64_t>> KeyReader::per_layer(
    std::string_view key, std::uint64_t n_layer, std::uint64_t fallback) const {
  const auto list = metadata_.find_unsigned_list(whole(key));
  if (!list) return std::vector<std::uint64_t>(n_layer, fallback);
  if (metadata_.find_array(whole(key)) == nullptr)
    return std::vector<std::uint64_t>(n_layer, list->front());
  if (list->size() < n_layer)
    return Error(Code::kCorrupt,
                 "'" + whole(key) + "' has " + std::to_string(list->size()) +
                     " values for " + std::to_string(n_layer) + " layers");
  return std::vector<std::uint64_t>(
      list->begin(), list->begin() + static_cast<std::ptrdiff_t>(n_layer));
}

std::vector<bool> KeyReader::all_flags(std::string_view key) const {
  const auto* array = metadata_.find_array(key);
  const auto* flags =
      array != nullptr ? std::get_if<std::vector<bool>>(array) : nullptr;
  return flags != nullptr ? *flags : std::vector<bool>();
}

}  // namespace hug::arch
