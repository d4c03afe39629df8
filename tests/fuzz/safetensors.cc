// Any bytes as a safetensors file, and as the index of one; our reader of
// JSON accepts nothing that the general one refuses.
#include <cstdint>
#include <nlohmann/json.hpp>

#include "check.h"
#include "format/format.h"

using namespace hug;

namespace {

void check_file(const ByteSourcePtr& source) {
  const auto out = format::read_safetensors(*source);
  if (!out) {
    FUZZ_CHECK(!out.error().message().empty());
    return;
  }
  std::uint64_t end = 0;
  std::vector<format::SafeTensorPlan> plans;
  for (const auto& t : out->tensors) {
    FUZZ_CHECK(t.begin == end && t.end >= t.begin);
    end = t.end;
    plans.push_back({.name = t.name, .type = t.type, .shape = t.shape});
  }
  FUZZ_CHECK(out->data_offset + end == source->size());
  const auto layout = format::layout_safetensors(plans, out->metadata);
  FUZZ_CHECK(layout);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  check_file(borrow_bytes(bytes, "fuzz.safetensors"));
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // The text alone, with the length that belongs to it.
  std::string whole(8, '\0');
  for (unsigned i = 0; i < 8; ++i)
    whole[i] = static_cast<char>((size >> (8 * i)) & 0xff);
  whole += text;
  check_file(borrow_bytes(std::as_bytes(std::span(whole)), "fuzz"));
  const auto header = format::parse_safetensors_header(text);
  const auto index = format::parse_safetensors_index(text);
  if (header || index) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    FUZZ_CHECK(json.is_object());
  }
  if (index) {
    const auto again = format::parse_safetensors_index(
        format::print_safetensors_index(*index));
    FUZZ_CHECK(again && again->weight_map.size() == index->weight_map.size());
  }
  return 0;
}
