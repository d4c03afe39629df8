// Whole files: what is written is what was planned, whatever the threads, and
// options do what they say. (Bytes are compared with the reference's in
// tests/compat.)
#include <doctest/doctest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "format/format.h"
#include "hug/context.h"
#include "hug/quantize.h"
#include "support/model_bytes.h"
#include "tensor/tensor.h"

namespace {

namespace fs = std::filesystem;
using hug::Quantization;
using hug::QuantizeOptions;
using hug::format::GgufMetadata;
using hug::tensor::DType;

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "hug-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }

  ~Folder() { fs::remove_all(path_); }

  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string operator/(const std::string& name) const {
    return (path_ / name).string();
  }

 private:
  fs::path path_;
};

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Tensor {
  std::string name;
  std::vector<std::uint64_t> ne;
};

GgufMetadata llama(std::uint32_t n_layer) {
  GgufMetadata m;
  m.set("general.architecture", std::string("llama"));
  m.set("llama.block_count", n_layer);
  m.set("llama.attention.head_count", std::uint32_t{8});
  m.set("llama.attention.head_count_kv", std::uint32_t{2});
  return m;
}

std::vector<Tensor> tensors(std::uint32_t n_layer) {
  std::vector<Tensor> out = {{"token_embd.weight", {256, 40}},
                             {"output_norm.weight", {256}},
                             {"output.weight", {256, 40}}};
  for (std::uint32_t l = 0; l < n_layer; l++) {
    const std::string blk = "blk." + std::to_string(l) + ".";
    out.push_back({blk + "attn_v.weight", {256, 64}});
    out.push_back({blk + "ffn_down.weight", {512, 256}});
    out.push_back({blk + "ffn_norm.weight", {256}});
  }
  return out;
}

/// Writes f32 tensors with values that depend on the seed.
void write_file(const std::string& path, const GgufMetadata& metadata,
                const std::vector<Tensor>& list, unsigned seed) {
  std::vector<hug::format::GgufTensor> infos;
  for (const Tensor& t : list) {
    const auto info = hug::format::make_gguf_tensor(t.name, DType::kF32, t.ne);
    REQUIRE(info);
    infos.push_back(*info);
  }
  auto layout = hug::format::layout_gguf(metadata, infos);
  REQUIRE(layout);
  std::mt19937 rng(seed);
  std::normal_distribution<float> normal;
  hug::test::write_bytes(
      path, hug::test::model_bytes(*layout, [&](std::size_t i) {
        std::vector<float> values(layout->tensors[i].bytes / sizeof(float));
        for (float& v : values)
          v = normal(rng);
        const auto bytes = std::as_bytes(std::span(values));
        return std::vector(bytes.begin(), bytes.end());
      }));
}

hug::Result<hug::ByteSourcePtr> open_source(const std::string& name) {
  return hug::open_file(name, hug::FileAccess::kRead);
}

hug::Result<hug::QuantizeReport> quantize(const std::string& in,
                                          const std::string& out,
                                          const QuantizeOptions& options) {
  auto job = Quantization::open(in, open_source, options);
  if (!job) return job.error();
  const hug::Context context{hug::Context::Options{}};
  return job->run(context, out);
}

hug::format::Gguf read(const std::string& path) {
  const auto source = open_source(path);
  REQUIRE(source);
  auto gguf = hug::format::read_gguf(**source);
  REQUIRE(gguf);
  return *std::move(gguf);
}

}  // namespace

TEST_CASE("quantize: the file is as planned, and the same on any threads") {
  const Folder home;
  write_file(home / "in.gguf", llama(4), tensors(4), 1);
  QuantizeOptions options;
  options.type = "q4_k_m";
  options.threads = 1;
  auto job = Quantization::open(home / "in.gguf", open_source, options);
  REQUIRE(job);
  const hug::Context context{hug::Context::Options{}};
  const auto report = job->run(context, home / "one.gguf");
  REQUIRE_MESSAGE(report, report.error().message());
  CHECK(report->bytes == fs::file_size(home / "one.gguf"));
  CHECK(job->file_bytes() == std::vector{report->bytes});
  CHECK_FALSE(fs::exists(home / "one.gguf.part"));
  CHECK_FALSE(fs::exists(home / "one.gguf.part.journal"));
  options.threads = 5;
  REQUIRE(quantize(home / "in.gguf", home / "five.gguf", options));
  CHECK(slurp(home / "one.gguf") == slurp(home / "five.gguf"));
  const auto made = read(home / "one.gguf");
  CHECK(made.find_tensor("output.weight")->type == DType::kQ6K);
  CHECK(made.find_tensor("token_embd.weight")->type == DType::kQ4K);
  CHECK(made.find_tensor("blk.1.ffn_norm.weight")->type == DType::kF32);
  CHECK(made.metadata.entries().back().first == "general.file_type");
  CHECK(*made.metadata.find_unsigned("general.file_type") == 15);
  // Tensors lie sorted by layer, then by name.
  CHECK(made.tensors[0].name == "output.weight");
  CHECK(made.tensors[3].name == "blk.0.attn_v.weight");
}

TEST_CASE("quantize: what a killed run left is used, of other input is not") {
  const Folder home;
  write_file(home / "in.gguf", llama(4), tensors(4), 1);
  write_file(home / "other.gguf", llama(4), tensors(4), 2);
  QuantizeOptions options;
  options.type = "q8_0";
  REQUIRE(quantize(home / "in.gguf", home / "want.gguf", options));
  REQUIRE(quantize(home / "other.gguf", home / "want2.gguf", options));
  // A stop in the middle leaves the part and its journal.
  std::stop_source stop;

  struct StopSoon final : hug::EventSink {
    std::stop_source* stop = nullptr;
    int left = 3;

    void on_event(const hug::Event& e) noexcept override {
      if (e.kind == hug::Event::Kind::kDone && --left == 0)
        stop->request_stop();
    }
  } sink;

  sink.stop = &stop;
  hug::Context::Options surroundings;
  surroundings.events = &sink;
  surroundings.stop = stop.get_token();
  const hug::Context context{surroundings};
  options.threads = 1;
  auto job = Quantization::open(home / "in.gguf", open_source, options);
  REQUIRE(job);
  const auto stopped = job->run(context, home / "out.gguf");
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().code() == hug::Code::kCancelled);
  CHECK_FALSE(fs::exists(home / "out.gguf"));
  CHECK(fs::exists(home / "out.gguf.part"));
  SUBCASE("the same input goes on") {
    const auto done = quantize(home / "in.gguf", home / "out.gguf", options);
    REQUIRE(done);
    CHECK(done->bytes_reused > 0);
    CHECK(slurp(home / "out.gguf") == slurp(home / "want.gguf"));
  }
  SUBCASE("another input of the same shape starts over") {
    const auto done = quantize(home / "other.gguf", home / "out.gguf", options);
    REQUIRE(done);
    CHECK(done->bytes_reused == 0);
    CHECK(slurp(home / "out.gguf") == slurp(home / "want2.gguf"));
  }
}

TEST_CASE("quantize: a quantized source needs leave, and copies verbatim") {
  const Folder home;
  write_file(home / "in.gguf", llama(2), tensors(2), 1);
  QuantizeOptions options;
  options.type = "q8_0";
  REQUIRE(quantize(home / "in.gguf", home / "q8.gguf", options));
  options.type = "q4_0";
  const auto refused = quantize(home / "q8.gguf", home / "q4.gguf", options);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == hug::Code::kUsage);
  options.allow_requantize = true;
  CHECK(quantize(home / "q8.gguf", home / "q4.gguf", options));
  options = {};
  options.type = "copy";
  REQUIRE(quantize(home / "q8.gguf", home / "copy.gguf", options));
  CHECK(slurp(home / "copy.gguf") == slurp(home / "q8.gguf"));
  // Over itself, or over a file that should stay: refused.
  CHECK(quantize(home / "q8.gguf", home / "q8.gguf", options).error().code() ==
        hug::Code::kUsage);
  options.replace = false;
  CHECK(
      quantize(home / "q8.gguf", home / "copy.gguf", options).error().code() ==
      hug::Code::kConflict);
}

TEST_CASE("quantize: layers are pruned, metadata overridden") {
  const Folder home;
  write_file(home / "in.gguf", llama(4), tensors(4), 1);
  QuantizeOptions options;
  options.type = "f16";
  options.prune_layers = {1, 1};
  options.overrides = {"llama.context_length=int:-4096", "note=str:a b",
                       "llama.rope.freq_base=float:5e5", "flag=bool:true"};
  REQUIRE(quantize(home / "in.gguf", home / "out.gguf", options));
  const auto made = read(home / "out.gguf");
  CHECK(*made.metadata.find_unsigned("llama.block_count") == 3);
  CHECK(*made.metadata.find_unsigned("llama.context_length") == 4096);
  CHECK(*made.metadata.find_string("note") == "a b");
  CHECK(*made.metadata.find_number("llama.rope.freq_base") == 5e5);
  CHECK(*made.metadata.find_bool("flag"));
  CHECK(made.find_tensor("blk.2.attn_v.weight") != nullptr);
  CHECK(made.find_tensor("blk.3.attn_v.weight") == nullptr);
  options.prune_layers = {9};
  CHECK_FALSE(quantize(home / "in.gguf", home / "out.gguf", options));
  options.prune_layers = {};
  for (const char* bad : {"x", "=int:1", "a=int:x", "a=int:5000000000",
                          "a=float:1x", "a=bool:yes", "a=list:1"}) {
    options.overrides = {bad};
    const auto got = quantize(home / "in.gguf", home / "out.gguf", options);
    REQUIRE_FALSE(got);
    CHECK(got.error().code() == hug::Code::kUsage);
  }
}

TEST_CASE("quantize: parts stay parts, or become one file") {
  const Folder home;
  std::vector<Tensor> all = tensors(2);
  for (std::uint16_t i = 0; i < 2; i++) {
    GgufMetadata m = i == 0 ? llama(2) : GgufMetadata();
    m.set("split.no", i);
    m.set("split.count", std::uint16_t{2});
    m.set("split.tensors.count", static_cast<std::int32_t>(all.size()));
    const auto middle = all.begin() + 4;
    write_file(home / hug::format::split_name("in", i, 2), m,
               i == 0 ? std::vector(all.begin(), middle)
                      : std::vector(middle, all.end()),
               i + 1U);
  }
  QuantizeOptions options;
  options.type = "q8_0";
  const std::string first = home / "in-00001-of-00002.gguf";
  REQUIRE(quantize(first, home / "one.gguf", options));
  const auto one = read(home / "one.gguf");
  CHECK(one.tensors.size() == all.size());
  CHECK_FALSE(one.metadata.contains("split.count"));
  options.keep_split = true;
  const auto report = quantize(first, home / "two.gguf", options);
  REQUIRE(report);
  REQUIRE(report->files.size() == 2);
  CHECK(report->files[1] == home / "two-00002-of-00002.gguf");
  const auto model = hug::format::open_gguf_file(report->files[0]);
  REQUIRE(model);
  CHECK(model->parts.size() == 2);
  CHECK(model->parts[1].gguf.tensors.size() == all.size() - 4);
}

TEST_CASE("quantize: weights that are not finite are named") {
  const Folder home;
  write_file(home / "in.gguf", llama(1), tensors(1), 1);
  const auto gguf = read(home / "in.gguf");
  const auto* bad = gguf.find_tensor("blk.0.ffn_down.weight");
  REQUIRE(bad != nullptr);
  {
    std::fstream file(home / "in.gguf",
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(
        static_cast<std::streamoff>(gguf.data_offset + bad->offset + 40));
    const float nan = std::numeric_limits<float>::quiet_NaN();
    file.write(reinterpret_cast<const char*>(&nan), sizeof nan);
  }
  QuantizeOptions options;
  options.type = "q4_k_m";
  const auto got = quantize(home / "in.gguf", home / "out.gguf", options);
  REQUIRE_FALSE(got);
  CHECK(got.error().code() == hug::Code::kCorrupt);
  bool named = false;
  for (const auto& clause : got.error().chain())
    named = named || clause.find("blk.0.ffn_down.weight") != std::string::npos;
  CHECK(named);
  CHECK_FALSE(fs::exists(home / "out.gguf"));
}

TEST_CASE("quantize: types that cannot be made say what to use") {
  const Folder home;
  write_file(home / "in.gguf", llama(1), tensors(1), 1);
  QuantizeOptions options;
  options.type = "iq3_m";
  const auto got = quantize(home / "in.gguf", home / "out.gguf", options);
  REQUIRE_FALSE(got);
  CHECK(got.error().code() == hug::Code::kUnsupported);
  CHECK_FALSE(got.error().hint().empty());
  options.type = "q2_k_s";
  const auto blind = quantize(home / "in.gguf", home / "out.gguf", options);
  REQUIRE_FALSE(blind);
  CHECK(blind.error().code() == hug::Code::kUsage);
  CHECK(blind.error().message().find("importance") != std::string::npos);
}

TEST_CASE("quantize: a file that promises more than it has is refused") {
  // CVE-2026-7482: a tensor beyond the end of the file must not be filled
  // with what happens to lie in memory.
  const Folder home;
  write_file(home / "in.gguf", llama(1), tensors(1), 1);
  const auto size = fs::file_size(home / "in.gguf");
  QuantizeOptions options;
  options.type = "q8_0";
  for (const std::uintmax_t cut : {size - 1, size / 2, std::uintmax_t{700}}) {
    fs::resize_file(home / "in.gguf", cut);
    const auto got = quantize(home / "in.gguf", home / "out.gguf", options);
    REQUIRE_FALSE(got);
    CHECK(got.error().code() == hug::Code::kCorrupt);
    CHECK_FALSE(fs::exists(home / "out.gguf"));
  }
}

TEST_CASE("quantize: zeros and odd numbers in a header do no harm") {
  const Folder home;
  GgufMetadata m = llama(0);
  m.set("llama.attention.head_count_kv", std::uint32_t{0});
  m.set("llama.expert_count", std::uint32_t{0xffffffff});
  const std::vector<Tensor> odd = {{"blk.0.attn_v.weight", {0, 5}},
                                   {"blk.0.attn_k.weight", {256, 0}},
                                   {"blk.0.attn_q.weight", {256, 1, 3, 2}},
                                   {"output.weight", {100, 3}}};
  write_file(home / "in.gguf", m, odd, 1);
  QuantizeOptions options;
  for (const char* type : {"q4_k_m", "q8_0", "q2_k", "mxfp4_moe", "f16"}) {
    options.type = type;
    const auto got = quantize(home / "in.gguf", home / "out.gguf", options);
    REQUIRE_MESSAGE(got, type << ": " << got.error().message());
    CHECK(read(home / "out.gguf").tensors.size() == odd.size());
  }
  // A layer that cannot be: the recipe counts them by name for experts.
  write_file(home / "in.gguf", m, {{"blk.7.ffn_down_exps.weight", {256, 8, 2}}},
             1);
  options.type = "q4_k_m";
  CHECK(quantize(home / "in.gguf", home / "out.gguf", options).error().code() ==
        hug::Code::kCorrupt);
}
