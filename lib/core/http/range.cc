#include "http/range.h"

#include <algorithm>

#include "base/checked.h"
#include "base/strings.h"

namespace hug::http {
namespace {

Error wrong(std::string what) {
  return Error(Code::kCorrupt,
               "the server answered a range request with " + std::move(what));
}

bool is_coded(const Headers& headers) {
  const auto coding = base::trim(headers.get("Content-Encoding"));
  return !coding.empty() && !base::equal_ignoring_case(coding, "identity");
}

Result<RangeReply> check_part(const Headers& headers, const ByteRange& asked) {
  if (is_coded(headers)) return wrong("a compressed part");
  const auto fields = headers.all("Content-Range");
  if (fields.size() != 1) return wrong("206 but no single Content-Range");
  const auto range = parse_content_range(fields[0]);
  if (!range || !range->first) {
    return wrong("Content-Range '" + std::string(fields[0]) + "'");
  }
  const auto size = *range->last - *range->first + 1;
  const bool to_the_end = range->total && *range->last + 1 == *range->total;
  const bool fits = *range->first == asked.offset &&
                    (asked.size == 0 ? (to_the_end || !range->total)
                                     : size == asked.size ||
                                           (size < asked.size && to_the_end));
  if (!fits) {
    return wrong("other bytes (" + std::string(fields[0]) +
                 ") than it was asked for (" + format_range(asked) + ")");
  }
  const auto length = content_length(headers);
  if (length && *length != size) return wrong("two different lengths");
  return RangeReply{false, asked.offset, size, range->total};
}

}  // namespace

std::string format_range(const ByteRange& range) {
  std::string out = "bytes=" + std::to_string(range.offset) + "-";
  if (range.size != 0) out += std::to_string(range.offset + range.size - 1);
  return out;
}

RequestedRange parse_range(std::string_view value, std::uint64_t total) {
  const RequestedRange whole{RangeKind::kWhole, {0, total}};
  value = base::trim(value);
  if (value.size() < 6 ||
      !base::equal_ignoring_case(value.substr(0, 6), "bytes=")) {
    return whole;
  }
  const auto spec = base::trim(value.substr(6));
  const auto dash = spec.find('-');
  if (dash == spec.npos || spec.find(',') != spec.npos) return whole;
  const auto left = base::trim(spec.substr(0, dash));
  const auto right = base::trim(spec.substr(dash + 1));
  const auto last = base::parse_unsigned(right);
  if (!right.empty() && !last) return whole;
  const RequestedRange none{RangeKind::kUnsatisfiable, {}};
  if (left.empty()) {
    if (!last) return whole;
    if (*last == 0 || total == 0) return none;
    const auto size = std::min(*last, total);
    return {RangeKind::kPart, {total - size, size}};
  }
  const auto first = base::parse_unsigned(left);
  if (!first || (last && *last < *first)) return whole;
  if (*first >= total) return none;
  const auto end = last ? std::min(*last, total - 1) : total - 1;
  return {RangeKind::kPart, {*first, end - *first + 1}};
}

Result<RangeReply> check_range_reply(int status, const Headers& headers,
                                     const ByteRange& asked) {
  if (status == 206) return check_part(headers, asked);
  if (status != 200) {
    return Error(
        Code::kUnsupported,
        "a range request was answered with status " + std::to_string(status));
  }
  RangeReply whole{true, 0, std::nullopt, std::nullopt};
  if (!is_coded(headers)) whole.size = content_length(headers);
  whole.total = whole.size;
  return whole;
}

}  // namespace hug::http
