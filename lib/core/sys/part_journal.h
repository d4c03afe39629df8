// The journal of a PartFile; its layout is in part_file.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "sys/part_file.h"

namespace hug::sys {

constexpr std::size_t kJournalHeader = 64;
constexpr std::size_t kJournalRecord = 32;

enum class RecordKind : std::uint8_t { kSession = 1, kWritten, kDurable };

using JournalHeader = std::array<std::byte, kJournalHeader>;
using JournalRecord = std::array<std::byte, kJournalRecord>;

JournalHeader make_journal_header(std::uint64_t size,
                                  const std::string& identity);
std::uint32_t header_crc(const JournalHeader& header);

JournalRecord make_range_record(RecordKind kind, std::uint32_t sequence,
                                ByteRange range, std::uint32_t seed);
JournalRecord make_session_record(std::uint32_t sequence,
                                  const std::string& boot, std::uint32_t pid,
                                  std::uint32_t seed);

/// What a journal vouches for.
struct JournalState {
  RangeSet done;
  std::uint32_t sequence = 0;  // of the next record
  std::uint64_t end = 0;       // bytes of the journal that are good
  std::uint32_t pid = 0;       // of the last session if on this boot
};

/// Nothing when the text is not a journal for this size and identity. Records
/// behind the first bad one are not looked at.
std::optional<JournalState> parse_journal(std::string_view text,
                                          const JournalHeader& expected,
                                          std::uint64_t size,
                                          const std::string& boot);

}  // namespace hug::sys
