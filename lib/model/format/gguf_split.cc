#include "format/gguf_split.h"

#include <algorithm>
#include <unordered_set>

#include "base/base.h"

namespace hug::format {
namespace {

constexpr std::string_view kNumber = "split.no";
constexpr std::string_view kCount = "split.count";
constexpr std::string_view kTensors = "split.tensors.count";

std::string five_digits(std::uint32_t n) {
  std::string text = std::to_string(n);
  return std::string(text.size() < 5 ? 5 - text.size() : 0, '0') + text;
}

Error disagree(const std::string& name, std::string_view what) {
  return Error(Code::kCorrupt, "'" + name + "': " + std::string(what));
}

Result<void> check_part(const GgufPart& part, std::uint32_t number,
                        std::uint32_t count) {
  const auto& meta = part.gguf.metadata;
  if (meta.find_unsigned(kNumber) != number)
    return disagree(part.name, "split.no is not " + std::to_string(number));
  if (meta.find_unsigned(kCount) != count)
    return disagree(part.name, "split.count is not " + std::to_string(count));
  return {};
}

Result<void> check_together(const GgufModel& model) {
  std::uint64_t n = 0;
  std::unordered_set<std::string_view> names;
  for (const GgufPart& part : model.parts) {
    n += part.gguf.tensors.size();
    for (const GgufTensor& t : part.gguf.tensors)
      if (!names.insert(t.name).second)
        return disagree(part.name,
                        "tensor '" + t.name + "' is in an earlier part too");
  }
  const auto said = model.metadata().find_unsigned(kTensors);
  if (said && *said != n)
    return disagree(model.parts.front().name,
                    "split.tensors.count is " + std::to_string(*said) +
                        ", but the parts hold " + std::to_string(n));
  return {};
}

void erase_split_keys(GgufMetadata& metadata) {
  for (const std::string_view key : {kNumber, kCount, kTensors})
    metadata.erase(key);
}

std::uint64_t padded_size(const GgufTensor& t, std::uint32_t alignment) {
  return base::checked_align(t.bytes, alignment).value_or(t.bytes);
}

}  // namespace

std::optional<SplitName> parse_split_name(std::string_view path) {
  constexpr std::string_view kEnd = ".gguf";
  constexpr std::size_t kTail = 20;  // "-00001-of-00003.gguf"
  if (!path.ends_with(kEnd) || path.size() < kTail) return std::nullopt;
  const std::string_view tail = path.substr(path.size() - kTail);
  if (tail[0] != '-' || tail.substr(6, 4) != "-of-") return std::nullopt;
  const auto number = base::parse_unsigned(tail.substr(1, 5));
  const auto count = base::parse_unsigned(tail.substr(10, 5));
  if (!number || !count || *number == 0 || *number > *count)
    return std::nullopt;
  return SplitName{.prefix = std::string(path.substr(0, path.size() - kTail)),
                   .number = static_cast<std::uint32_t>(*number - 1),
                   .count = static_cast<std::uint32_t>(*count)};
}

std::string split_name(std::string_view prefix, std::uint32_t number,
                       std::uint32_t count) {
  return std::string(prefix) + "-" + five_digits(number + 1) + "-of-" +
         five_digits(count) + ".gguf";
}

std::vector<GgufTensorPlace> GgufModel::places() const {
  std::vector<GgufTensorPlace> out;
  for (std::size_t p = 0; p < parts.size(); ++p)
    for (std::size_t t = 0; t < parts[p].gguf.tensors.size(); ++t)
      out.push_back({.part = p, .tensor = t});
  return out;
}

std::optional<GgufTensorPlace> GgufModel::find(
    std::string_view name) const noexcept {
  for (std::size_t p = 0; p < parts.size(); ++p) {
    const auto& tensors = parts[p].gguf.tensors;
    for (std::size_t t = 0; t < tensors.size(); ++t)
      if (tensors[t].name == name)
        return GgufTensorPlace{.part = p, .tensor = t};
  }
  return std::nullopt;
}

Result<ByteSourcePtr> GgufModel::data(GgufTensorPlace place) const {
  const GgufPart& part = parts[place.part];
  return tensor_source(part.gguf, tensor(place), part.source);
}

std::uint64_t GgufModel::file_bytes() const noexcept {
  std::uint64_t sum = 0;
  for (const GgufPart& part : parts)
    sum += part.source->size();
  return sum;
}

Result<GgufModel> open_gguf(const std::string& name, const OpenByName& open,
                            const GgufReadOptions& options) {
  GgufModel model;
  const auto add = [&](const std::string& part) -> Result<void> {
    auto source = HUG_TRY(open(part));
    auto gguf = HUG_TRY(read_gguf(*source, options));
    model.parts.push_back(
        {.name = part, .source = std::move(source), .gguf = std::move(gguf)});
    return {};
  };
  HUG_TRY(add(name));
  // The file says whether it is a part; a name alone proves nothing.
  const auto count = model.metadata().find_unsigned(kCount).value_or(0);
  if (count <= 1) return model;
  if (model.metadata().find_unsigned(kNumber).value_or(0) != 0)
    return Error(Code::kUsage, "'" + name + "' is not the first of its parts")
        .hint("name the file that ends in -00001-of-" +
              five_digits(static_cast<std::uint32_t>(
                  std::min<std::uint64_t>(count, UINT16_MAX))) +
              ".gguf");
  const auto split = parse_split_name(name);
  if (!split || split->number != 0 || split->count != count)
    return Error(Code::kCorrupt, "'" + name + "' is the first of " +
                                     std::to_string(count) +
                                     " parts, but its name does not say so");
  for (std::uint32_t i = 0; i < split->count; ++i) {
    if (i != 0) HUG_TRY(add(split_name(split->prefix, i, split->count)));
    HUG_TRY(check_part(model.parts[i], i, split->count));
  }
  HUG_TRY(check_together(model));
  return model;
}

Result<GgufModel> open_gguf_file(const std::string& path,
                                 const GgufReadOptions& options) {
  const auto open = [](const std::string& name) {
    return open_file(name, FileAccess::kMap);
  };
  return open_gguf(path, open, options);
}

Result<std::vector<SplitPart>> plan_split(const GgufMetadata& metadata,
                                          std::vector<GgufTensor> tensors,
                                          const SplitOptions& options) {
  const auto layout = HUG_TRY(layout_gguf(metadata, tensors));
  std::vector<SplitPart> parts(1);
  if (!options.tensors_in_first) parts.emplace_back();
  std::uint64_t bytes = 0;
  for (const GgufTensor& t : layout.tensors) {
    const std::uint64_t size = padded_size(t, layout.alignment);
    const bool full = (options.max_tensors != 0 &&
                       parts.back().tensors.size() >= options.max_tensors) ||
                      (options.max_bytes != 0 &&
                       base::checked_add(bytes, size).value_or(UINT64_MAX) >
                           options.max_bytes);
    if (full && !parts.back().tensors.empty()) {
      parts.emplace_back();
      bytes = 0;
    }
    bytes += size;
    parts.back().tensors.push_back(t);
  }
  if (parts.size() > UINT16_MAX)
    return Error(Code::kLimit, "a split into " + std::to_string(parts.size()) +
                                   " parts, more than 65535")
        .hint("allow larger parts");
  parts.front().metadata = metadata;
  erase_split_keys(parts.front().metadata);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    GgufMetadata& meta = parts[i].metadata;
    meta.append(std::string(kNumber), static_cast<std::uint16_t>(i));
    meta.append(std::string(kCount), static_cast<std::uint16_t>(parts.size()));
    meta.append(std::string(kTensors),
                static_cast<std::int32_t>(layout.tensors.size()));
    // A part is read alone: it has to say what it is aligned to.
    if (i != 0 && layout.alignment != kDefaultAlignment)
      meta.append("general.alignment", layout.alignment);
  }
  return parts;
}

SplitPart plan_merge(const GgufModel& model) {
  SplitPart out;
  out.metadata = model.metadata();
  out.metadata.set_last(kCount, std::uint16_t{0});
  for (const GgufTensorPlace place : model.places())
    out.tensors.push_back(model.tensor(place));
  return out;
}

}  // namespace hug::format
