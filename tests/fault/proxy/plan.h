// What the fault proxy does to which request: decided from a seed and the
// request itself, so that a run can be repeated whatever order the requests
// come in.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hug::fault {

enum class Fault : std::uint8_t {
  kNone,
  kReset,           // the connection is reset before anything is forwarded
  kDrop,            // it is closed without an answer
  kLoseResponse,    // the request is carried out, the answer is lost
  kStatus,          // 500, 502, 503 or 504 instead of an answer
  kLimit,           // 429 with Retry-After, or RateLimit
  kTruncate,        // the body is cut, the length says otherwise
  kTruncateChunks,  // a chunked body without its end
  kNoLength,        // no length: the end of the connection ends the body
  kFlip,            // one bit of the body is another
  kRepeat,          // a block of the body comes twice, the next is missing
  kStall,           // the body stops for good, the connection stays
  kSilence,         // no answer, the connection stays
  kSlow,            // the body trickles for a while
  kIgnoreRange,     // 200 and the whole, whatever was asked
  kWrongRange,      // another range, and the answer says so
  kLyingRange,      // another range, and the answer hides it
  kNoContentRange,  // 206 without Content-Range
  kMultipart,       // 206 as multipart/byteranges
  kGzip,            // compressed though nobody asked
  kHtml,            // 200 and an error page
  kInterim,         // a flood of interim answers first
  kCutRequest,      // the connection is reset while the body comes in
  kRedirect,        // script only: Location is the argument
};

std::string_view fault_name(Fault fault);
std::optional<Fault> find_fault(std::string_view name);

struct RequestKey {
  std::string method;
  std::string target;
  std::string range;
  bool is_data = false;  // file content, whose hash the client knows
};

struct Decision {
  Fault fault = Fault::kNone;
  std::string argument = {};  // of a script's line
  std::uint64_t random = 0;   // picks positions
};

/// One line of a script: "METHOD GLOB [nth=N] FAULT [ARGUMENT]"; METHOD may be
/// "*", nth counts the matching requests from 1.
struct Rule {
  std::string method;
  std::string glob;
  std::optional<std::uint64_t> nth;
  Fault fault = Fault::kNone;
  std::string argument;
  std::uint64_t seen = 0;
};

struct PlanOptions {
  std::uint64_t seed = 1;
  double rate = 0;           // of requests that get a fault
  std::uint64_t budget = 2;  // faults for one and the same request
  std::vector<Fault> only;   // empty: all
  std::vector<Rule> rules;
};

std::optional<Rule> parse_rule(std::string_view line);

class Plan {
 public:
  explicit Plan(PlanOptions options) : options_(std::move(options)) {}

  /// Threads may share it.
  Decision decide(const RequestKey& key);

 private:
  std::optional<Decision> from_rules(const RequestKey& key);
  std::vector<Fault> choices(const RequestKey& key) const;

  PlanOptions options_;
  std::mutex mutex_;
  std::map<std::string, std::uint64_t> seen_;
};

}  // namespace hug::fault
