#include "cmd/run/run_options.h"

#include <charconv>
#include <cmath>
#include <cstdint>

#include "spec/check_value.h"

namespace hug::cli::cmd {

namespace {

struct Real {
  std::string_view name;
  float SamplingOptions::*member;
};

struct Count {
  std::string_view name;
  std::uint32_t SamplingOptions::*member;
};

constexpr Real kReals[] = {
    {"temp", &SamplingOptions::temperature},
    {"top-p", &SamplingOptions::top_p},
    {"min-p", &SamplingOptions::min_p},
    {"repeat-penalty", &SamplingOptions::repeat_penalty},
    {"frequency-penalty", &SamplingOptions::frequency_penalty},
    {"presence-penalty", &SamplingOptions::presence_penalty},
    {"typical", &SamplingOptions::typical_p},
    {"top-n-sigma", &SamplingOptions::top_n_sigma},
    {"xtc-probability", &SamplingOptions::xtc_probability},
    {"xtc-threshold", &SamplingOptions::xtc_threshold},
    {"dynatemp-range", &SamplingOptions::dynatemp_range},
    {"dynatemp-exp", &SamplingOptions::dynatemp_exponent},
    {"dry-multiplier", &SamplingOptions::dry_multiplier},
    {"dry-base", &SamplingOptions::dry_base},
    {"mirostat-tau", &SamplingOptions::mirostat_tau},
    {"mirostat-eta", &SamplingOptions::mirostat_eta},
    {"adaptive-target", &SamplingOptions::adaptive_target},
    {"adaptive-decay", &SamplingOptions::adaptive_decay},
};

constexpr Count kCounts[] = {
    {"top-k", &SamplingOptions::top_k},
    {"repeat-last-n", &SamplingOptions::repeat_last_n},
    {"dry-allowed-length", &SamplingOptions::dry_allowed_length},
    {"dry-last-n", &SamplingOptions::dry_last_n},
    {"mirostat", &SamplingOptions::mirostat},
    {"min-keep", &SamplingOptions::min_keep},
};

Error no_value(std::string_view name, std::string_view value) {
  return Error(Code::kUsage, "'" + std::string(value) + "' is no value of '" +
                                 std::string(name) + "'");
}

std::optional<std::uint64_t> whole(std::string_view text, std::uint64_t most) {
  std::uint64_t out = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, out);
  if (error != std::errc() || at != end || text.empty() || out > most) {
    return std::nullopt;
  }
  return out;
}

std::optional<bool> yes_or_no(std::string_view text) {
  if (text == "on" || text == "true" || text == "1") return true;
  if (text == "off" || text == "false" || text == "0") return false;
  return std::nullopt;
}

// "1234=-1.5", "text=-inf" or, as llama.cpp has it, "1234+1.5".
Result<LogitBias> parse_bias(std::string_view text) {
  const auto wrong = [&] {
    return Error(Code::kUsage, "'" + std::string(text) + "' is no logit bias")
        .hint("write TOKEN=BIAS, where TOKEN is an id or a text");
  };
  auto at = text.rfind('=');
  std::size_t behind = 1;
  if (at == text.npos) {
    at = text.find_last_of("+-");
    behind = 0;
  }
  if (at == text.npos || at == 0) return wrong();
  std::string_view number = text.substr(at + behind);
  if (number.starts_with('+')) number.remove_prefix(1);
  LogitBias out;
  if (number == "-inf" || number == "false") {
    out.bias = -INFINITY;
  } else if (const auto bias = parse_number(number)) {
    out.bias = static_cast<float>(*bias);
  } else {
    return wrong();
  }
  const std::string_view token = text.substr(0, at);
  if (const auto id = whole(token, INT32_MAX)) {
    out.id = static_cast<TokenId>(*id);
  } else {
    out.text = token;
  }
  return out;
}

// As the command line has it. Errors: kUsage.
Result<void> check_setting(std::string_view name, std::string_view value) {
  for (const Option& option : kSamplingOptions)
    if (option.name == name && option.kind == Kind::kValue)
      return check_value(option, std::string(value));
  return {};
}

// Says whether there is a number of that name; the value is checked.
bool set_number(SamplingOptions& o, std::string_view name,
                std::string_view value) {
  for (const Real& real : kReals) {
    if (real.name != name) continue;
    o.*real.member = static_cast<float>(parse_number(value).value_or(0));
    return true;
  }
  for (const Count& count : kCounts) {
    if (count.name != name) continue;
    o.*count.member =
        static_cast<std::uint32_t>(whole(value, UINT32_MAX).value_or(0));
    return true;
  }
  return false;
}

}  // namespace

Result<void> set_option(GenerateOptions& options, std::string_view name,
                        std::string_view value) {
  HUG_TRY(check_setting(name, value));
  if (set_number(options.sampling, name, value)) return {};
  if (name == "seed") {
    options.sampling.seed = whole(value, UINT64_MAX);
    return {};
  }
  if (name == "predict") {
    const auto n = whole(value, INT32_MAX);
    if (!n) return no_value(name, value);
    options.max_tokens = *n;
    return {};
  }
  if (name == "ignore-eos") {
    const auto yes = yes_or_no(value);
    if (!yes) return no_value(name, value);
    options.ignore_eos = *yes;
    return {};
  }
  if (name == "stop" || name == "ban") {
    auto& texts = name == "stop" ? options.stop : options.banned;
    texts.clear();
    if (!value.empty()) texts.emplace_back(value);
    return {};
  }
  if (name == "logit-bias") {
    options.sampling.logit_bias = {HUG_TRY(parse_bias(value))};
    return {};
  }
  return Error(Code::kUsage, "there is no setting '" + std::string(name) + "'");
}

std::vector<std::string> settable_names() {
  std::vector<std::string> out = {"seed", "predict", "ignore-eos",
                                  "stop", "ban",     "logit-bias"};
  for (const Real& real : kReals)
    out.emplace_back(real.name);
  for (const Count& count : kCounts)
    out.emplace_back(count.name);
  return out;
}

Result<GenerateOptions> generate_options(const Args& args) {
  GenerateOptions out;
  SamplingOptions& s = out.sampling;
  for (const Real& real : kReals)
    s.*real.member = static_cast<float>(args.number(real.name));
  for (const Count& count : kCounts)
    (void)set_number(s, count.name, args.text(count.name));
  if (args.has("seed")) {
    s.seed = static_cast<std::uint64_t>(args.integer("seed"));
  }
  if (args.has("dry-breaker")) {
    s.dry_breakers = args.list("dry-breaker");
    if (s.dry_breakers == std::vector<std::string>{"none"}) {
      s.dry_breakers.clear();
    }
  }
  for (const std::string& text : args.list("logit-bias"))
    s.logit_bias.push_back(HUG_TRY(parse_bias(text)));
  out.max_tokens = static_cast<std::uint64_t>(args.integer("predict"));
  out.stop = args.list("stop");
  out.banned = args.list("ban");
  out.ignore_eos = args.flag("ignore-eos");
  return out;
}

Result<SessionOptions> session_options(const Args& args) {
  SessionOptions out;
  out.context = static_cast<std::uint64_t>(args.integer("ctx"));
  const std::string type = args.text("kv-type");
  out.kv_type = type == "q8_0"  ? KvType::kQ8_0
                : type == "f32" ? KvType::kF32
                                : KvType::kF16;
  if (args.flag("ref")) {
    if (args.has("kv-type") && type != "f32") {
      return Error(Code::kUsage, "--ref keeps keys and values in f32")
          .hint("leave --kv-type away");
    }
    out.kv_type = KvType::kF32;
  }
  return out;
}

}  // namespace hug::cli::cmd
