#include "sys/part_journal.h"

#include <algorithm>
#include <cstring>

#include "base/crc32.h"
#include "base/hash.h"
#include "base/hex.h"

namespace hug::sys {

namespace {

constexpr std::string_view kMagic = "HUGPART1";

template <class T>
void put(std::span<std::byte> at, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    at[i] = static_cast<std::byte>(value >> (8 * i) & 0xFF);
  }
}

template <class T>
T get(std::span<const std::byte> at) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(value | std::to_integer<T>(at[i]) << (8 * i));
  }
  return value;
}

std::vector<std::byte> digest(const std::string& text) {
  return base::from_hex(base::sha256_hex(text)).value();
}

void seal(JournalRecord& record, std::uint32_t seed) {
  const auto body = std::span(record).first(28);
  put(std::span(record).subspan(28), base::crc32(body, seed));
}

bool is_sealed(const JournalRecord& record, std::uint32_t seed) {
  return get<std::uint32_t>(std::span(record).subspan(28)) ==
         base::crc32(std::span(record).first(28), seed);
}

JournalRecord start(RecordKind kind, std::uint32_t sequence) {
  JournalRecord out{};
  out[0] = static_cast<std::byte>(kind);
  put(std::span(out).subspan(4), sequence);
  return out;
}

bool same_boot(const JournalRecord& record, const std::string& boot) {
  const std::vector<std::byte> expected = digest(boot);
  return !boot.empty() && std::equal(expected.begin(), expected.begin() + 16,
                                     record.begin() + 8);
}

}  // namespace

JournalHeader make_journal_header(std::uint64_t size,
                                  const std::string& identity) {
  JournalHeader out{};
  std::memcpy(out.data(), kMagic.data(), kMagic.size());
  put(std::span(out).subspan(8), size);
  const std::vector<std::byte> name = digest(identity);
  std::copy(name.begin(), name.end(), out.begin() + 16);
  put(std::span(out).subspan(60), base::crc32(std::span(out).first(60)));
  return out;
}

std::uint32_t header_crc(const JournalHeader& header) {
  return get<std::uint32_t>(std::span(header).subspan(60));
}

JournalRecord make_range_record(RecordKind kind, std::uint32_t sequence,
                                ByteRange range, std::uint32_t seed) {
  JournalRecord out = start(kind, sequence);
  put(std::span(out).subspan(8), range.offset);
  put(std::span(out).subspan(16), range.size);
  seal(out, seed);
  return out;
}

JournalRecord make_session_record(std::uint32_t sequence,
                                  const std::string& boot, std::uint32_t pid,
                                  std::uint32_t seed) {
  JournalRecord out = start(RecordKind::kSession, sequence);
  const std::vector<std::byte> id = digest(boot);
  std::copy(id.begin(), id.begin() + 16, out.begin() + 8);
  put(std::span(out).subspan(24), pid);
  seal(out, seed);
  return out;
}

std::optional<JournalState> parse_journal(std::string_view text,
                                          const JournalHeader& expected,
                                          std::uint64_t size,
                                          const std::string& boot) {
  if (text.size() < kJournalHeader ||
      std::memcmp(text.data(), expected.data(), kJournalHeader) != 0) {
    return std::nullopt;
  }
  const std::uint32_t seed = header_crc(expected);
  JournalState out;
  out.end = kJournalHeader;
  bool this_boot = false;
  while (text.size() - out.end >= kJournalRecord) {
    JournalRecord record{};
    std::memcpy(record.data(), text.data() + out.end, kJournalRecord);
    const auto fields = std::span(std::as_const(record));
    if (!is_sealed(record, seed) ||
        get<std::uint32_t>(fields.subspan(4)) != out.sequence) {
      break;
    }
    const auto kind = static_cast<RecordKind>(record[0]);
    const ByteRange range{get<std::uint64_t>(fields.subspan(8)),
                          get<std::uint64_t>(fields.subspan(16))};
    if (kind == RecordKind::kSession) {
      this_boot = same_boot(record, boot);
      out.pid = this_boot ? get<std::uint32_t>(fields.subspan(24)) : 0;
    } else if (range.offset > size || range.size > size - range.offset) {
      break;
    } else if (kind == RecordKind::kDurable || this_boot) {
      out.done.add(range);
    }
    ++out.sequence;
    out.end += kJournalRecord;
  }
  return out;
}

}  // namespace hug::sys
