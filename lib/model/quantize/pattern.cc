#define PCRE2_CODE_UNIT_WIDTH 8
#include "quantize/pattern.h"

#include <pcre2.h>

#include <array>

namespace hug::quantize {
namespace {

struct FreeCode {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};

struct FreeMatch {
  void operator()(pcre2_match_data* match) const {
    pcre2_match_data_free(match);
  }
};

struct FreeContext {
  void operator()(pcre2_match_context* context) const {
    pcre2_match_context_free(context);
  }
};

PCRE2_SPTR units(const std::string& text) {
  return reinterpret_cast<PCRE2_SPTR>(text.data());
}

constexpr std::uint32_t kMatchLimit = 1'000'000;

}  // namespace

struct Pattern::State {
  std::unique_ptr<pcre2_code, FreeCode> code;
};

Pattern::Pattern(std::unique_ptr<State> state) : state_(std::move(state)) {}

Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

Result<Pattern> Pattern::parse(const std::string& text) {
  int error = 0;
  PCRE2_SIZE at = 0;
  auto state = std::make_unique<State>();
  state->code.reset(pcre2_compile(units(text), text.size(), PCRE2_CASELESS,
                                  &error, &at, nullptr));
  if (state->code != nullptr) return Pattern(std::move(state));
  std::array<PCRE2_UCHAR, 160> message{};
  pcre2_get_error_message(error, message.data(), message.size());
  return Error(Code::kUsage, "bad pattern '" + text + "': " +
                                 reinterpret_cast<const char*>(message.data()) +
                                 " at character " + std::to_string(at + 1));
}

bool Pattern::found_in(const std::string& text) const {
  const std::unique_ptr<pcre2_match_data, FreeMatch> match(
      pcre2_match_data_create_from_pattern(state_->code.get(), nullptr));
  const std::unique_ptr<pcre2_match_context, FreeContext> context(
      pcre2_match_context_create(nullptr));
  pcre2_set_match_limit(context.get(), kMatchLimit);
  return pcre2_match(state_->code.get(), units(text), text.size(), 0, 0,
                     match.get(), context.get()) >= 0;
}

}  // namespace hug::quantize
