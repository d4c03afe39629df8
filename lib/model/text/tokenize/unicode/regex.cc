#include "text/tokenize/unicode/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <utility>

namespace hug::text {

struct Regex::Code {
  pcre2_code* code = nullptr;
  bool jit = false;

  Code() = default;
  Code(const Code&) = delete;
  Code& operator=(const Code&) = delete;

  ~Code() { pcre2_code_free(code); }
};

Regex::Regex(std::shared_ptr<const Code> code) : code_(std::move(code)) {}

Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

Result<Regex> Regex::compile(std::string_view oniguruma) {
  if (oniguruma.size() > 64 * 1024) {
    return Error(hug::Code::kLimit, "a pattern of the tokenizer is too long");
  }
  const std::string pattern = HUG_TRY(translate_oniguruma(oniguruma));
  int error = 0;
  PCRE2_SIZE where = 0;
  auto out = std::make_shared<Regex::Code>();
  out->code = pcre2_compile(
      reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
      PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C, &error,
      &where, nullptr);
  if (out->code == nullptr) {
    std::array<PCRE2_UCHAR, 256> text{};
    pcre2_get_error_message(error, text.data(), text.size());
    return Error(hug::Code::kUnsupported,
                 "cannot compile the tokenizer's pattern '" +
                     std::string(oniguruma) +
                     "': " + reinterpret_cast<const char*>(text.data()) +
                     " at offset " + std::to_string(where));
  }
  out->jit = pcre2_jit_compile(out->code, PCRE2_JIT_COMPLETE) == 0;
  return Regex(std::move(out));
}

Result<Regex> Regex::literal(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const auto b = static_cast<unsigned char>(c);
    const bool plain = b >= 0x80 || (c >= '0' && c <= '9') ||
                       (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (b < 0x20) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      escaped += "\\x";
      escaped += kDigits[b >> 4];
      escaped += kDigits[b & 15];
      continue;
    }
    if (!plain) escaped += '\\';
    escaped += c;
  }
  return compile(escaped);
}

struct Matcher::State {
  std::shared_ptr<const Regex::Code> code;
  pcre2_match_data* data = nullptr;
  pcre2_match_context* context = nullptr;
  pcre2_jit_stack* stack = nullptr;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ~State() {
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
    pcre2_jit_stack_free(stack);
  }
};

Matcher::Matcher(const Regex& regex) : state_(std::make_unique<State>()) {
  state_->code = regex.code_;
  state_->data = pcre2_match_data_create(1, nullptr);
  state_->context = pcre2_match_context_create(nullptr);
  state_->stack = pcre2_jit_stack_create(32 * 1024, 8u << 20, nullptr);
  pcre2_set_match_limit(state_->context, 10'000'000);
  pcre2_set_heap_limit(state_->context, 64 * 1024);  // KiB
  pcre2_jit_stack_assign(state_->context, nullptr, state_->stack);
}

Matcher::Matcher(Matcher&&) noexcept = default;
Matcher& Matcher::operator=(Matcher&&) noexcept = default;
Matcher::~Matcher() = default;

Result<std::optional<ByteRange>> Matcher::find(std::string_view subject,
                                               std::size_t from) {
  const auto* text = reinterpret_cast<PCRE2_SPTR>(subject.data());
  const auto& code = *state_->code;
  int n = 0;
  if (code.jit) {
    n = pcre2_jit_match(code.code, text, subject.size(), from, 0, state_->data,
                        state_->context);
  }
  if (!code.jit || n == PCRE2_ERROR_JIT_STACKLIMIT) {
    n = pcre2_match(code.code, text, subject.size(), from,
                    PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, state_->data,
                    state_->context);
  }
  if (n == PCRE2_ERROR_NOMATCH) return std::optional<ByteRange>();
  if (n < 0) {
    return Error(hug::Code::kLimit,
                 "a pattern of the tokenizer needs too many steps on this "
                 "text");
  }
  const PCRE2_SIZE* range = pcre2_get_ovector_pointer(state_->data);
  return std::optional<ByteRange>(ByteRange{range[0], range[1]});
}

}  // namespace hug::text
