// Chat templates: the Jinja language as model repositories use it.
//
// Behaves as transformers' environment does (trim_blocks, lstrip_blocks, loop
// controls, tojson without HTML escapes, Python's printing), without access to
// anything of the host. Steps, depth and output are limited.
#pragma once

#include <chrono>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hug/result.h"

namespace hug::text {

/// A stretch of rendered prompt. What came from input must be tokenized
/// without reading control tokens in it.
struct PromptSegment {
  std::string text;
  bool from_input = false;
};

struct TemplateLimits {
  std::uint64_t steps = 5'000'000;
  std::size_t output = 16u << 20;
};

class Template {
 public:
  /// Source of at most 1 MiB. Errors: kUsage with line and column, kLimit.
  static Result<Template> parse(std::string_view source);
  Template(Template&&) noexcept;
  Template& operator=(Template&&) noexcept;
  ~Template();

  struct Inputs {
    /// Conversation: marked as input. Must be JSON objects.
    const nlohmann::ordered_json* input = nullptr;
    /// Settings (bos_token, add_generation_prompt ...): trusted.
    const nlohmann::ordered_json* settings = nullptr;
    /// What strftime_now() says; the clock when absent.
    std::optional<std::chrono::sys_seconds> now = {};
    TemplateLimits limits = {};
  };

  /// The members of both objects become variables. Thread-safe.
  /// Errors: kUsage (the template's own, raise_exception), kLimit.
  Result<std::vector<PromptSegment>> render(const Inputs& inputs) const;

 private:
  struct Tree;
  explicit Template(std::unique_ptr<Tree> tree);
  std::unique_ptr<Tree> tree_;
};

/// The segments as one string.
std::string joined(const std::vector<PromptSegment>& segments);

}  // namespace hug::text
