// What holds for every conversion: threads, interruptions, one pass, our keys.
#include "hug/convert.h"

#include <doctest/doctest.h>

#include <stop_token>

#include "arch/hug_keys.h"
#include "format/gguf.h"
#include "hug/fit.h"
#include "hug/inspect.h"
#include "hug/quantize.h"
#include "hug/tokenizer.h"
#include "model_files.h"

using namespace model_files;

namespace {

hug::ConvertOptions options_for(const Model& model, const std::string& type,
                                bool plain = true) {
  hug::ConvertOptions out;
  out.type = type;
  out.plain = plain;
  out.pre = model.pre();
  return out;
}

hug::ConvertReport convert(const Model& model, const std::string& path,
                           const hug::ConvertOptions& options) {
  hug::Context context(hug::Context::Options{});
  auto done = hug::convert_to_gguf(context, model.files(), path, options);
  if (!done) FAIL(done.error().message());
  return *std::move(done);
}

hug::format::Gguf read(const std::string& path) {
  const auto source = hug::open_file(path, hug::FileAccess::kMap);
  REQUIRE(source.has_value());
  auto gguf = hug::format::read_gguf(**source);
  if (!gguf) FAIL(gguf.error().message());
  return *std::move(gguf);
}

/// Stops once some bytes are written.
class StopAfter final : public hug::EventSink {
 public:
  StopAfter(std::stop_source& stop, std::uint64_t bytes)
      : stop_(stop), bytes_(bytes) {}

  void on_event(const hug::Event& event) noexcept override {
    if (event.kind == hug::Event::Kind::kProgress && event.done >= bytes_)
      stop_.request_stop();
  }

 private:
  std::stop_source& stop_;
  std::uint64_t bytes_;
};

}  // namespace

TEST_CASE("the number of threads changes nothing") {
  const Scratch scratch;
  const Model model = model_named("deepseek_v3");
  std::string first;
  for (const unsigned threads : {1U, 2U, 7U}) {
    auto options = options_for(model, "q8_0");
    options.threads = threads;
    const std::string path = scratch / "a.gguf";
    convert(model, path, options);
    const std::string bytes = read_text(path);
    if (first.empty()) first = bytes;
    CHECK(bytes == first);
  }
}

TEST_CASE("an interrupted run leaves no file and is continued") {
  const Scratch scratch;
  const Model model = model_named("qwen3_moe");
  const auto options = options_for(model, "f32");
  convert(model, scratch / "whole.gguf", options);
  std::stop_source stop;
  StopAfter events(stop, 100'000);
  hug::Context context(hug::Context::Options{
      .environment = {}, .stop = stop.get_token(), .events = &events});
  auto one = options;
  one.threads = 1;
  const std::string path = scratch / "cut.gguf";
  const auto cut = hug::convert_to_gguf(context, model.files(), path, one);
  REQUIRE_FALSE(cut.has_value());
  CHECK(cut.error().code() == hug::Code::kCancelled);
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK(std::filesystem::exists(path + ".part"));
  const auto report = convert(model, path, options);
  CHECK(report.reused_bytes > 0);
  CHECK(read_text(path) == read_text(scratch / "whole.gguf"));
  CHECK_FALSE(std::filesystem::exists(path + ".part"));
  CHECK_FALSE(std::filesystem::exists(path + ".part.journal"));
}

TEST_CASE("one pass is converting and then quantizing") {
  const Scratch scratch;
  for (const char* name :
       {"llama_gqa_llama3rope", "qwen2_moe", "deepseek_v2", "gemma3"}) {
    const Model model = model_named(name);
    CAPTURE(name);
    const std::string middle = scratch / "middle.gguf";
    convert(model, middle, options_for(model, "bf16"));
    for (const char* type : {"q4_k_m", "q6_k", "q4_0", "iq4_xs", "q2_k"}) {
      CAPTURE(type);
      const std::string twice = scratch / "twice.gguf";
      auto job = hug::Quantization::open(
          middle,
          [](const std::string& path) {
            return hug::open_file(path, hug::FileAccess::kMap);
          },
          hug::QuantizeOptions{.type = type});
      REQUIRE(job.has_value());
      hug::Context context(hug::Context::Options{});
      REQUIRE(job->run(context, twice).has_value());
      const std::string once = scratch / "once.gguf";
      convert(model, once, options_for(model, type));
      CHECK(read_text(once) == read_text(twice));
    }
  }
}

TEST_CASE("without --plain only hug.* keys are added") {
  const Scratch scratch;
  for (const Model& model : all_models()) {
    CAPTURE(model.name);
    convert(model, scratch / "plain.gguf", options_for(model, "f16"));
    auto options = options_for(model, "f16", false);
    options.repository = "me/" + model.name;
    options.revision = "0123456789abcdef0123456789abcdef01234567";
    convert(model, scratch / "full.gguf", options);
    const auto plain = read(scratch / "plain.gguf");
    const auto full = read(scratch / "full.gguf");
    std::size_t ours = 0;
    for (const auto& [key, value] : full.metadata) {
      if (key.starts_with("hug.")) {
        ++ours;
        continue;
      }
      const auto* other = plain.metadata.find(key);
      REQUIRE(other != nullptr);
      CHECK(*other == value);
    }
    CHECK(ours >= 3);
    CHECK(full.metadata.size() == plain.metadata.size() + ours);
    CHECK(full.tensors.size() == plain.tensors.size());
  }
}

TEST_CASE("what the format loses is kept in keys") {
  const Scratch scratch;
  const auto keys = [&](const char* name) {
    const Model model = model_named(name);
    convert(model, scratch / "a.gguf", options_for(model, "f16", false));
    return read(scratch / "a.gguf").metadata;
  };
  using namespace hug::arch;
  CHECK(keys("mistral").find_unsigned(kHugWindow) == 8);
  CHECK(keys("bert").find_string(kHugActivation) == "gelu");
  CHECK(keys("gpt_oss_mxfp4").find_bool(kHugYarnTruncate) == false);
  const auto t5 = keys("t5");
  CHECK(t5.find_unsigned(kHugMaxDistance) == 128);
  CHECK(t5.find_number(kHugLogitScale).value() ==
        doctest::Approx(1.0 / std::sqrt(32.0)));
  CHECK(keys("flan_t5").find_unsigned(kHugMaxDistance) == 64);
  CHECK_FALSE(keys("flan_t5").contains(kHugLogitScale));
  const auto classify = keys("bert_classify");
  REQUIRE(classify.find_array(kHugPoolerWeight) != nullptr);
  CHECK(hug::format::element_count(*classify.find_array(kHugPoolerWeight)) ==
        64 * 64);
  CHECK(hug::format::element_count(*classify.find_array(kHugPoolerBias)) == 64);
  const auto exaone = keys("exaone4");
  const auto* layers = exaone.find_array(kHugRopeLayers);
  REQUIRE(layers != nullptr);
  CHECK(std::get<std::vector<bool>>(*layers) ==
        std::vector<bool>{true, true, true, false});
}

TEST_CASE("what cannot be converted is said") {
  const Scratch scratch;
  const auto fails = [&](const Assembled& files, hug::Code code,
                         const std::string& word) {
    hug::Context context(hug::Context::Options{});
    hug::ConvertOptions options;
    options.pre = "llama-bpe";
    const auto done =
        hug::convert_to_gguf(context, files, scratch / "x.gguf", options);
    REQUIRE_FALSE(done.has_value());
    CAPTURE(done.error().message());
    CHECK(done.error().code() == code);
    CHECK(done.error().message().find(word) != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(scratch / "x.gguf"));
  };
  const Model model = model_named("llama_tied");
  const auto with_config = [&](const nlohmann::json& change) {
    auto config = read_json(model.folder / "config.json");
    config.update(change);
    std::ofstream(scratch / "config.json") << config.dump();
    Assembled files = model.files();
    files.add("config.json", scratch / "config.json");
    return files;
  };
  fails(with_config({{"architectures", {"NobodyForCausalLM"}}}),
        hug::Code::kUnsupported, "NobodyForCausalLM");
  fails(with_config({{"num_attention_heads", 7}, {"head_dim", 5}}),
        hug::Code::kCorrupt, "heads");
  fails(with_config({{"vocab_size", 100}}), hug::Code::kCorrupt,
        "vocabulary of 100");
  fails(with_config(
            {{"quantization_config", {{"quant_method", "bitsandbytes"}}}}),
        hug::Code::kUnsupported, "bitsandbytes");
  // A tokenizer, but in a form that cannot be read.
  Assembled old = model.files();
  old.remove("tokenizer.json");
  old.add("vocab.json", scratch / "config.json");
  fails(old, hug::Code::kNotFound, "tokenizer.json");
  Assembled bare = model.files();
  bare.remove("config.json");
  fails(bare, hug::Code::kNotFound, "config.json");
}

TEST_CASE("a checkpoint without a tokenizer is converted, and that is said") {
  const Scratch scratch;
  for (const char* name : {"llama", "llama_tied", "qwen2"}) {
    CAPTURE(name);
    const Model model = model_named(name);
    Assembled files = model.files();
    for (const char* path :
         {"tokenizer.json", "tokenizer.model", "tokenizer_config.json"})
      files.remove(path);
    hug::Context context(hug::Context::Options{});
    hug::ConvertOptions options;
    options.type = "f32";
    const std::string path = scratch / "bare.gguf";
    const auto done = hug::convert_to_gguf(context, files, path, options);
    if (!done) FAIL(done.error().message());
    REQUIRE(done->warnings.size() == 1);
    CHECK(done->warnings[0].find("no tokenizer") != std::string::npos);
    const auto gguf = hug::format::read_gguf(
                          *hug::open_file(path, hug::FileAccess::kMap).value())
                          .value();
    CHECK(gguf.metadata.find_string("tokenizer.ggml.model") == "none");
    const std::string arch(*gguf.metadata.find_string("general.architecture"));
    CHECK(gguf.metadata.find_unsigned(arch + ".vocab_size") ==
          read_json(model.folder / "config.json")["vocab_size"]);
    // Tensors are those of the file with a tokenizer.
    CHECK(gguf.tensors.size() == model.golden()["f32"]["tensors"].size());
  }
}

TEST_CASE("what gguf's vocabulary loses is kept in keys of our own") {
  const Scratch scratch;
  // Text is composed first; and merges that only tokenizer.json orders.
  for (const char* name : {"qwen2", "llama", "phi", "mixtral"}) {
    CAPTURE(name);
    const Model model = model_named(name);
    Assembled files = model.files();
    files.remove("tokenizer.model");
    hug::Context context(hug::Context::Options{});
    hug::ConvertOptions options;
    options.type = "f32";
    options.pre = model.pre();
    for (const bool plain : {false, true}) {
      options.plain = plain;
      const std::string path = scratch / "words.gguf";
      const auto done = hug::convert_to_gguf(context, files, path, options);
      if (!done) FAIL(done.error().message());
      const auto source = hug::open_file(path, hug::FileAccess::kMap).value();
      const auto gguf = hug::format::read_gguf(*source).value();
      if (plain) {
        for (const auto& [key, value] : gguf.metadata)
          CHECK_FALSE(key.starts_with("hug."));
        continue;
      }
      const auto tokenizer = hug::Tokenizer::from_gguf(*source).value();
      for (const auto& test :
           read_json(model.tokenizer / "tests.json")["tests"]) {
        const std::string text = test["text"];
        CAPTURE(text);
        const auto got = tokenizer.encode(text, {.add_special = false});
        REQUIRE(got.has_value());
        CHECK(got->ids == test["ids"].get<std::vector<hug::TokenId>>());
      }
    }
  }
}

TEST_CASE("inspect tells what a file of another writer lacks") {
  const Scratch scratch;

  struct Row {
    const char* model;
    std::vector<std::string> keys;
  };

  const Row rows[] = {
      {"mistral", {"hug.attention.sliding_window"}},
      {"llama", {}},
      {"bert",
       {"hug.activation", "hug.pooler.weight", "hug.mask_head.dense.weight"}},
      {"bert_classify", {"hug.activation", "hug.pooler.weight"}},
      {"gpt_neox", {"hug.activation"}},
      {"falcon_new", {"hug.activation"}},
      {"t5", {"hug.logit_scale", "hug.attention.relative_max_distance"}},
      {"exaone4", {"hug.attention.sliding_layers"}},
      {"gpt_oss_mxfp4", {"hug.rope.scaling.yarn_truncate"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.model);
    const Model model = model_named(row.model);
    for (const bool plain : {true, false}) {
      CAPTURE(plain);
      const std::string path = scratch / "a.gguf";
      convert(model, path, options_for(model, "f16", plain));
      const auto folder = hug::open_folder(scratch / "").value();
      const auto seen = hug::inspect(*folder, {.gguf = "a.gguf"});
      if (!seen) FAIL(seen.error().message());
      std::vector<std::string> keys;
      for (const hug::ModelMissing& fact : seen->missing)
        keys.push_back(fact.key);
      CHECK(keys == (plain ? row.keys : std::vector<std::string>()));
    }
  }
}
