// What fit says of a file's size is to the byte what convert and quantize
// write: in one step or two, from files of ours and of others.
#include "hug/fit.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <string_view>

#include "format/gguf.h"
#include "hug/convert.h"
#include "hug/quantize.h"
#include "model_files.h"
#include "support/model_bytes.h"

using namespace model_files;

namespace {

hug::FitReport fit(const hug::FileSet& files, const std::string& gguf,
                   hug::FitOptions options = {}) {
  options.gguf = gguf;
  options.measure = false;
  auto report = hug::fit(files, options);
  if (!report) FAIL(report.error().message());
  return *std::move(report);
}

void convert(const hug::FileSet& files, const std::string& path,
             const hug::ConvertOptions& options) {
  hug::Context context{hug::Context::Options{}};
  const auto done = hug::convert_to_gguf(context, files, path, options);
  if (!done) FAIL(done.error().message());
}

void quantize(const std::string& from, const std::string& to,
              const std::string& type) {
  const auto open = [](const std::string& name) {
    return hug::open_file(name, hug::FileAccess::kRead);
  };
  hug::QuantizeOptions options;
  options.type = type;
  options.allow_requantize = true;
  auto job = hug::Quantization::open(from, open, options);
  if (!job) FAIL(job.error().message());
  const hug::Context context{hug::Context::Options{}};
  const auto done = job->run(context, to);
  if (!done) FAIL(done.error().message());
}

std::string recipe_of(const std::string& path) {
  const auto source = hug::open_file(path, hug::FileAccess::kMap).value();
  const auto gguf = hug::format::read_gguf(*source).value();
  return std::string(gguf.metadata.find_string("hug.recipe").value_or("none"));
}

/// The same model as another program might have written it: other order and
/// alignment, keys of ours and the version of the quantizer not there.
void write_foreign(const std::string& from, const std::string& to) {
  const auto source = hug::open_file(from, hug::FileAccess::kMap).value();
  const auto gguf = hug::format::read_gguf(*source).value();
  hug::format::GgufMetadata keys;
  keys.set("general.alignment", std::uint32_t{64});
  for (std::size_t i = gguf.metadata.size(); i-- > 0;) {
    const auto& [key, value] = gguf.metadata.entries()[i];
    if (!key.starts_with("hug.") && key != "general.quantization_version")
      keys.set(key, value);
  }
  const auto layout = hug::format::layout_gguf(keys, gguf.tensors).value();
  hug::test::write_bytes(
      to, hug::test::model_bytes(layout, [&](std::size_t i) {
        return hug::test::all_bytes(
            *hug::format::tensor_source(gguf, gguf.tensors[i], source).value());
      }));
}

/// Every type that fit offers of the file, made.
void check_quantized(const Scratch& scratch, const std::string& path) {
  Assembled files("model", {});
  files.add("model.gguf", path);
  const auto report = fit(files, "model.gguf");
  CHECK(report.choices.size() >= 10);
  for (const hug::FitChoice& choice : report.choices) {
    CAPTURE(choice.type);
    CHECK(choice.exact);
    if (choice.current) {
      CHECK(choice.file_bytes == std::filesystem::file_size(path));
      continue;
    }
    const std::string out = scratch / "quantized.gguf";
    quantize(path, out, choice.type);
    CHECK(choice.file_bytes == std::filesystem::file_size(out));
  }
}

/// Types that the converter writes without a recipe, by rules of its own.
bool is_converted_at_once(std::string_view type) {
  for (const std::string_view plain :
       {"F32", "F16", "BF16", "Q8_0", "TQ1_0", "TQ2_0"})
    if (type == plain) return true;
  return false;
}

constexpr const char* kModels[] = {
    "llama", "qwen3_moe",     "gemma3",     "deepseek_v3", "bert",
    "t5",    "gpt_oss_mxfp4", "falcon_new", "mistral_odd"};

hug::ConvertOptions options_for(const Model& model) {
  hug::ConvertOptions options;
  options.pre = model.pre();
  options.source_name = "a-model";
  options.repository = "owner/a-model";
  options.revision = "0123456789abcdef";
  return options;
}

hug::FitReport fit_checkpoint(const Model& model,
                              const hug::ConvertOptions& options) {
  return fit(model.files(), "",
             {.pre = options.pre,
              .source_name = options.source_name,
              .repository = options.repository,
              .revision = options.revision});
}

}  // namespace

TEST_CASE("fit of a checkpoint says to the byte what convert writes") {
  const Scratch scratch;
  for (const char* name : kModels) {
    CAPTURE(name);
    const Model model = model_named(name);
    auto options = options_for(model);
    const auto report = fit_checkpoint(model, options);
    CHECK(report.choices.size() >= 10);
    for (const hug::FitChoice& choice : report.choices) {
      CAPTURE(choice.type);
      CHECK(choice.exact);
      options.type = choice.type;
      const std::string path = scratch / "fit.gguf";
      convert(model.files(), path, options);
      CHECK(std::filesystem::file_size(path) == choice.file_bytes);
    }
  }
}

TEST_CASE("fit of a checkpoint says what convert and then quantize write") {
  const Scratch scratch;
  for (const char* name : kModels) {
    // Experts in MXFP4 stay so on the one way, and are decoded on the other.
    if (name == std::string_view("gpt_oss_mxfp4")) continue;
    CAPTURE(name);
    const Model model = model_named(name);
    auto options = options_for(model);
    const auto report = fit_checkpoint(model, options);
    // From the type that the weights have, so that the quantizer sees them.
    const bool wide =
        read_json(model.folder / "golden.json")["stored_dtype"] == "f32";
    options.type = wide ? "f32" : "auto";
    const std::string whole = scratch / "whole.gguf";
    convert(model.files(), whole, options);
    for (const hug::FitChoice& choice : report.choices) {
      CAPTURE(choice.type);
      if (is_converted_at_once(choice.type)) continue;
      const std::string path = scratch / "quantized.gguf";
      quantize(whole, path, choice.type);
      CHECK(std::filesystem::file_size(path) == choice.file_bytes);
    }
  }
}

TEST_CASE("fit of a gguf says to the byte what quantize writes") {
  const Scratch scratch;
  for (const char* name : kModels) {
    CAPTURE(name);
    const Model model = model_named(name);
    auto options = options_for(model);
    options.type = "f16";
    const std::string ours = scratch / "ours.gguf";
    convert(model.files(), ours, options);
    check_quantized(scratch, ours);
    const std::string again = scratch / "again.gguf";
    quantize(ours, again, "q6_k");
    check_quantized(scratch, again);
    const std::string foreign = scratch / "foreign.gguf";
    write_foreign(ours, foreign);
    check_quantized(scratch, foreign);
    options.plain = true;
    const std::string plain = scratch / "plain.gguf";
    convert(model.files(), plain, options);
    check_quantized(scratch, plain);
  }
}

TEST_CASE("quantize renews the recipe of a file of ours, adds none to others") {
  const Scratch scratch;
  const Model model = model_named("llama");
  auto options = options_for(model);
  options.type = "f16";
  const std::string in = scratch / "in.gguf";
  const std::string out = scratch / "out.gguf";
  convert(model.files(), in, options);
  CHECK(recipe_of(in) == "f16");
  quantize(in, out, "Q4_K_M");
  CHECK(recipe_of(out) == "q4_k_m");
  quantize(in, out, "copy");
  CHECK(recipe_of(out) == "f16");
  options.plain = true;
  convert(model.files(), in, options);
  quantize(in, out, "Q4_K_M");
  CHECK(recipe_of(out) == "none");
}
