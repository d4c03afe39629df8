#include "cmd/model/quantize_options.h"

namespace hug::cli::cmd {

namespace {

constexpr std::uint64_t kMostRules = 1 << 20;  // bytes of a file of them

Result<void> read_rules(const std::string& path,
                        std::vector<std::string>& rules) {
  const auto source = HUG_TRY(open_file(path, FileAccess::kRead));
  if (source->size() > kMostRules) {
    return Error(Code::kLimit,
                 "'" + path + "' is too long for a list of types");
  }
  std::string text(source->size(), '\0');
  HUG_TRY(source->read_at(0, std::as_writable_bytes(std::span(text))));
  constexpr std::string_view kBlank = " \t\r\n";
  for (std::size_t at = text.find_first_not_of(kBlank); at != text.npos;) {
    const std::size_t end = text.find_first_of(kBlank, at);
    rules.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(kBlank, end);
  }
  return {};
}

}  // namespace

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

Result<QuantizeOptions> quantize_options(const Args& args) {
  QuantizeOptions out;
  out.type = args.text("type");
  out.threads = static_cast<unsigned>(args.integer("threads"));
  out.allow_requantize = args.flag("allow-requantize");
  out.leave_output = args.flag("leave-output-tensor");
  out.pure = args.flag("pure");
  out.keep_split = args.flag("keep-split");
  out.resume = !args.flag("no-resume");
  out.output_type = args.text("output-tensor-type");
  out.token_embedding_type = args.text("token-embedding-type");
  out.type_rules = args.list("type-for");
  if (args.has("tensor-type-file")) {
    HUG_TRY(read_rules(args.text("tensor-type-file"), out.type_rules));
  }
  out.include_weights = args.list("include-weights");
  out.exclude_weights = args.list("exclude-weights");
  if (args.has("imatrix")) {
    out.importance =
        HUG_TRY(open_file(args.text("imatrix"), FileAccess::kRead));
  }
  const auto layers = args.integers("prune-layers");
  out.prune_layers.assign(layers.begin(), layers.end());
  out.overrides = args.list("override-kv");
  return out;
}

}  // namespace hug::cli::cmd
