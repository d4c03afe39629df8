#include "quantize/importance.h"

#include <cmath>
#include <cstring>

#include "base/checked.h"
#include "format/gguf.h"
#include "tensor/codec.h"

namespace hug::quantize {
namespace {

constexpr std::uint32_t kMaxName = 4096;
constexpr std::uint32_t kMaxEntries = 1 << 20;

Error bad(const ByteSource& source, std::string what) {
  return Error(Code::kCorrupt,
               "importance matrix '" + source.name() + "': " + std::move(what));
}

// -- the dat format ----------------------------------------------------------

/// Reads from a buffer that holds the whole file.
class Cursor {
 public:
  Cursor(const ByteSource& source, std::span<const std::byte> bytes)
      : source_(source), bytes_(bytes) {}

  bool at_end() const { return at_ == bytes_.size(); }

  Result<std::uint32_t> count(std::string_view what, std::uint32_t most) {
    std::int32_t value = 0;
    HUG_TRY(take(&value, sizeof value, what));
    if (value < 0 || static_cast<std::uint32_t>(value) > most)
      return bad(source_, "impossible " + std::string(what) + " " +
                              std::to_string(value));
    return static_cast<std::uint32_t>(value);
  }

  Result<std::string> text(std::string_view what) {
    const std::uint32_t n = HUG_TRY(count(what, kMaxName));
    std::string out(n, '\0');
    HUG_TRY(take(out.data(), n, what));
    return out;
  }

  Result<std::vector<float>> floats(std::uint32_t n, std::string_view what) {
    if (n > left() / sizeof(float))
      return bad(source_, "cut off in " + std::string(what));
    std::vector<float> out(n);
    HUG_TRY(take(out.data(), n * sizeof(float), what));
    return out;
  }

 private:
  std::size_t left() const { return bytes_.size() - at_; }

  Result<void> take(void* out, std::size_t n, std::string_view what) {
    if (n > left()) return bad(source_, "cut off in " + std::string(what));
    if (n > 0) std::memcpy(out, bytes_.data() + at_, n);
    at_ += n;
    return {};
  }

  const ByteSource& source_;
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
};

Result<void> read_dat_entry(const ByteSource& source, Cursor& in,
                            Importance& out) {
  const std::string name = HUG_TRY(in.text("name"));
  std::uint32_t calls = HUG_TRY(in.count("number of calls", 0x7fffffff));
  const std::uint32_t n = HUG_TRY(in.count("number of values", 1U << 28));
  if (name.empty() || n == 0) return bad(source, "an entry is empty");
  auto values = HUG_TRY(in.floats(n, "the values of '" + name + "'"));
  if (calls == 0) calls = 1;
  for (float& v : values)
    v /= static_cast<float>(calls);
  if (!out.entries.emplace(name, std::move(values)).second)
    return bad(source, "'" + name + "' occurs twice");
  return {};
}

Result<Importance> read_dat(const ByteSource& source) {
  if (source.size() > kMaxImportanceFile)
    return Error(Code::kLimit,
                 "importance matrix '" + source.name() + "' is too large");
  std::vector<std::byte> bytes(source.size());
  HUG_TRY(source.read_at(0, bytes));
  Cursor in(source, bytes);
  const std::uint32_t n = HUG_TRY(in.count("number of entries", kMaxEntries));
  if (n == 0) return bad(source, "it has no entries");
  Importance out;
  for (std::uint32_t i = 0; i < n; i++)
    HUG_TRY(read_dat_entry(source, in, out));
  if (!in.at_end()) {
    out.chunks = HUG_TRY(in.count("number of chunks", 0x7fffffff));
    if (!in.at_end()) out.dataset = HUG_TRY(in.text("name of the data set"));
  }
  return out;
}

// -- the gguf format ---------------------------------------------------------

Result<std::vector<float>> read_floats(const ByteSource& source,
                                       const format::Gguf& gguf,
                                       const format::GgufTensor& t) {
  if (t.type != tensor::DType::kF32)
    return bad(source, "'" + t.name + "' is not f32");
  if (t.bytes > kMaxImportanceFile)
    return Error(Code::kLimit, "'" + t.name + "' is too large");
  std::vector<float> out(t.n_elements());
  HUG_TRY(source.read_at(gguf.data_offset + t.offset,
                         std::as_writable_bytes(std::span(out))));
  return out;
}

/// sums (n, m) over counts (1, m).
Result<std::vector<float>> read_means(const ByteSource& source,
                                      const format::Gguf& gguf,
                                      const format::GgufTensor& sums,
                                      const format::GgufTensor& counts) {
  const std::uint64_t n = sums.ne[0];
  if (n == 0 || counts.n_elements() != sums.n_rows())
    return bad(source, "'" + sums.name + "' does not fit its counts");
  auto values = HUG_TRY(read_floats(source, gguf, sums));
  const auto divisors = HUG_TRY(read_floats(source, gguf, counts));
  for (std::size_t i = 0; i < values.size(); i++) {
    const float count = divisors[i / n];
    values[i] = count > 0.0F ? values[i] / count : 1.0F;
  }
  return values;
}

Result<Importance> read_gguf_matrix(const ByteSource& source) {
  const format::Gguf gguf = HUG_TRY(format::read_gguf(source));
  const auto datasets = gguf.metadata.find_strings("imatrix.datasets");
  const auto chunks = gguf.metadata.find_unsigned("imatrix.chunk_count");
  if (datasets == nullptr || !chunks ||
      !gguf.metadata.contains("imatrix.chunk_size"))
    return bad(source, "its metadata are not those of a matrix");
  Importance out;
  out.chunks = base::checked_cast<std::uint32_t>(*chunks).value_or(0);
  if (!datasets->empty()) out.dataset = std::string((*datasets)[0]);
  std::map<std::string, const format::GgufTensor*, std::less<>> by_name;
  for (const format::GgufTensor& t : gguf.tensors)
    by_name[t.name] = &t;
  constexpr std::string_view kSums = ".in_sum2";
  constexpr std::string_view kCounts = ".counts";
  for (const format::GgufTensor& t : gguf.tensors) {
    const std::string_view name = t.name;
    const bool sums = name.ends_with(kSums);
    if (!sums && !name.ends_with(kCounts)) continue;
    const std::string base(
        name.substr(0, name.size() - (sums ? kSums : kCounts).size()));
    const auto pair = by_name.find(base + std::string(sums ? kCounts : kSums));
    if (pair == by_name.end())
      return bad(source, "'" + t.name + "' has no counterpart");
    if (sums)
      out.entries[base] = HUG_TRY(read_means(source, gguf, t, *pair->second));
  }
  if (out.empty()) return bad(source, "it has no entries");
  return out;
}

bool holds_one_of(std::string_view name,
                  const std::vector<std::string>& parts) {
  for (const std::string& part : parts)
    if (name.find(part) != std::string_view::npos) return true;
  return false;
}

}  // namespace

const std::vector<float>* Importance::find(
    std::string_view name) const noexcept {
  const auto at = entries.find(name);
  return at == entries.end() ? nullptr : &at->second;
}

Result<Importance> read_importance(const ByteSource& source) {
  Importance out = format::looks_like_gguf(source)
                       ? HUG_TRY(read_gguf_matrix(source))
                       : HUG_TRY(read_dat(source));
  for (const auto& [name, values] : out.entries)
    for (const float v : values)
      if (!std::isfinite(v))
        return bad(source, "a value of '" + name + "' is not finite");
  out.file = source.name();
  return out;
}

void filter_entries(Importance& importance,
                    const std::vector<std::string>& include,
                    const std::vector<std::string>& exclude) {
  std::erase_if(importance.entries, [&](const auto& entry) {
    const std::string& name = entry.first;
    return (!include.empty() && !holds_one_of(name, include)) ||
           holds_one_of(name, exclude);
  });
}

}  // namespace hug::quantize
