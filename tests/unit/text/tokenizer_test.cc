#include "hug/tokenizer.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace hug;

namespace {

std::string slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

const std::filesystem::path kData =
    HUG_SOURCE_DIR "/tests/data/arch/tokenizers";

Tokenizer load(const std::string& kind) {
  auto t = Tokenizer::from_json(slurp(kData / kind / "tokenizer.json"), kind);
  INFO((t ? "" : t.error().message()));
  REQUIRE(t.has_value());
  return *t;
}

std::vector<TokenId> ids_of(const Tokenizer& t, std::string_view text,
                            bool special = false) {
  auto e = t.encode(text, {.add_special = special});
  REQUIRE(e.has_value());
  return e->ids;
}

}  // namespace

TEST_CASE("tokenizer.json: ids and texts are those of the tokenizers library") {
  int kinds = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kData)) {
    const std::string kind = entry.path().filename();
    const auto tests =
        nlohmann::json::parse(slurp(entry.path() / "tests.json"));
    const Tokenizer t = load(kind);
    CHECK(t.size() == tests["size"]);
    for (const auto& one : tests["tests"]) {
      const std::string text = one["text"];
      CAPTURE(kind);
      CAPTURE(text);
      CHECK(ids_of(t, text) == one["ids"].get<std::vector<TokenId>>());
      const auto with = one["ids_with_special"].get<std::vector<TokenId>>();
      CHECK(ids_of(t, text, true) == with);
      const auto ids = one["ids"].get<std::vector<TokenId>>();
      const auto decoded = t.decode(ids, false);
      REQUIRE(decoded.has_value());
      CHECK(*decoded == one["decoded"].get<std::string>());
    }
    ++kinds;
  }
  CHECK(kinds == 13);
}

TEST_CASE("tokenizer.json: special tokens in text can be plain text") {
  const Tokenizer t = load("bpe_llama3");
  const auto control = t.find("<|begin_of_text|>");
  REQUIRE(control.has_value());
  CHECK(ids_of(t, "<|begin_of_text|>") == std::vector<TokenId>{*control});
  auto plain = t.encode("<|begin_of_text|>",
                        {.add_special = false, .parse_special = false});
  REQUIRE(plain.has_value());
  CHECK(plain->ids.size() > 1);
  CHECK(*t.decode(plain->ids) == "<|begin_of_text|>");
}

TEST_CASE("tokenizer.json: offsets cover the text") {
  for (const char* kind : {"bpe_llama3", "bpe_qwen2", "spm_llama",
                           "wordpiece_bert", "unigram_t5"}) {
    CAPTURE(kind);
    const Tokenizer t = load(kind);
    const std::string text = "Hello, w\xc3\xb6rld! 123  end";
    auto e = t.encode(text, {.add_special = true, .offsets = true});
    REQUIRE(e.has_value());
    REQUIRE(e->offsets.size() == e->ids.size());
    std::uint64_t last = 0;
    for (const auto& o : e->offsets) {
      if (o.begin == o.end) continue;
      CHECK(o.begin >= last);
      CHECK(o.end <= text.size());
      last = o.begin;
    }
  }
}

TEST_CASE("tokenizer.json: broken files are errors") {
  for (const char* bad :
       {"", "[]", "{}", R"({"model":{"type":"BPE"}})",
        R"({"model":{"type":"BPE","vocab":{"a":0},"merges":["a b"]}})",
        R"({"model":{"type":"Other","vocab":{}}})",
        R"({"model":{"type":"Unigram","vocab":[["a"]]}})",
        R"({"model":{"type":"WordLevel","vocab":{"a":-1}}})",
        R"({"model":{"type":"WordLevel","vocab":{"a":99999999}}})"}) {
    CAPTURE(bad);
    CHECK_FALSE(Tokenizer::from_json(bad, "t").has_value());
  }
}

TEST_CASE("tokenizer: ids outside of the vocabulary are refused") {
  const Tokenizer t = load("bpe_gpt2");
  CHECK_FALSE(t.decode(std::vector<TokenId>{-1}).has_value());
  CHECK_FALSE(t.decode(std::vector<TokenId>{1 << 30}).has_value());
  CHECK(t.token_text(-1).empty());
}

namespace {

std::filesystem::path shared_data() {
  const char* named = std::getenv("HUG_TEST_DATA");
  return named != nullptr
             ? std::filesystem::path(named)
             : std::filesystem::path(HUG_SOURCE_DIR) / ".." / "shared" / "data";
}

std::vector<std::string> split_tests(const std::string& all) {
  constexpr std::string_view kSeparator = "\n__ggml_vocab_test__\n";
  std::vector<std::string> out;
  for (std::size_t at = 0; at < all.size();) {
    const auto end = all.find(kSeparator, at);
    if (end == all.npos) {
      out.push_back(all.substr(at));
      break;
    }
    out.push_back(all.substr(at, end - at));
    at = end + kSeparator.size();
  }
  return out;
}

}  // namespace

TEST_CASE("gguf: ids are those of the recorded vocabulary tests") {
  const auto folder = shared_data() / "vocab";
  if (!std::filesystem::exists(folder)) {
    MESSAGE("skipped: no folder of vocabularies; HUG_TEST_DATA names it");
    return;
  }
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".gguf") continue;
    const std::string path = entry.path();
    CAPTURE(path);
    auto source = open_file(path, FileAccess::kRead);
    REQUIRE(source.has_value());
    auto t = Tokenizer::open(**source);
    INFO((t ? "" : t.error().message()));
    REQUIRE(t.has_value());
    const auto inputs = split_tests(slurp(path + ".inp"));
    std::istringstream expected(slurp(path + ".out"));
    int n = 0;
    for (std::string line; std::getline(expected, line); ++n) {
      REQUIRE(n < static_cast<int>(inputs.size()));
      const std::string& text = inputs[static_cast<std::size_t>(n)];
      CAPTURE(text);
      std::vector<TokenId> ids;
      std::istringstream numbers(line);
      for (TokenId id = 0; numbers >> id;)
        ids.push_back(id);
      auto e = t->encode(text, {.add_special = false, .parse_special = false});
      REQUIRE(e.has_value());
      CHECK(e->ids == ids);
    }
    CHECK(n >= 40);
    ++files;
  }
  CHECK(files == 8);
}
