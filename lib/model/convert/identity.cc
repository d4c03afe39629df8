#include "convert/identity.h"

#include <algorithm>
#include <vector>

#include "base/hash.h"

namespace hug::convert {

namespace {

// A known digest speaks for a file; else some of its bytes do, where reading
// costs nothing.
Result<void> hash_source(const ByteSource& source, base::Hasher& hasher) {
  hasher.update(source.name());
  hasher.update(";" + std::to_string(source.size()) + ";");
  if (const auto digest = source.sha256()) {
    hasher.update(*digest);
    return {};
  }
  if (source.mapped().empty()) return {};
  constexpr std::uint64_t kSamples = 64;
  constexpr std::uint64_t kBytes = 256;
  std::vector<std::byte> sample(kBytes);
  for (std::uint64_t i = 0; i < kSamples; ++i) {
    const std::uint64_t at = source.size() / kSamples * i;
    const auto n =
        static_cast<std::size_t>(std::min(kBytes, source.size() - at));
    HUG_TRY(source.read_at(at, std::span(sample).first(n)));
    hasher.update(std::span<const std::byte>(sample).first(n));
  }
  return {};
}

}  // namespace

Result<std::string> stream_identity(std::span<const std::byte> header,
                                    std::span<const ByteSourcePtr> sources) {
  base::Hasher hasher(base::HashKind::kSha256);
  hasher.update("hug convert 1;");
  hasher.update(header);
  for (const ByteSourcePtr& source : sources)
    HUG_TRY(hash_source(*source, hasher));
  return hasher.finish();
}

Result<std::string> stream_identity(std::span<const std::byte> header,
                                    const format::Checkpoint& checkpoint) {
  std::vector<ByteSourcePtr> sources;
  for (const format::CheckpointFile& file : checkpoint.files)
    sources.push_back(file.source);
  return stream_identity(header, sources);
}

}  // namespace hug::convert
