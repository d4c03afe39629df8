// The small real model: greedy continuations, perplexity, answers.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "hug/chat_template.h"
#include "support/temp_dir.h"
#include "tiny_model.h"

using namespace hug;
using namespace hug::test;
namespace fs = std::filesystem;

namespace {

const LocalModel& tiny() {
  static const LocalModel kModel = open_model(convert_tiny("bf16"));
  return kModel;
}

}  // namespace

TEST_CASE("tiny-llama: greedy continuations are the recorded ones") {
  const auto golden = nlohmann::json::parse(get_file(kTiny / "golden.json"));
  int n = 0;
  for (const auto& one : golden["prompts"]) {
    const auto prompt = one["prompt_ids"].get<std::vector<TokenId>>();
    auto expected = one["ids"].get<std::vector<TokenId>>();
    CAPTURE(one["prompt"].get<std::string>());
    const auto got = tiny().generate(prompt, greedy(200));
    REQUIRE(got.has_value());
    // The token that ends it is recorded, and is no part of the answer.
    if (got->reason == FinishReason::kStop) expected.pop_back();
    CHECK(got->tokens == expected);
    ++n;
  }
  CHECK(n == 20);
}

TEST_CASE("tiny-llama: perplexity is the recorded one") {
  const auto golden = nlohmann::json::parse(get_file(kTiny / "golden.json"));
  const std::string text = get_file(kTiny / "eval.txt");
  PerplexityOptions blocks;
  blocks.second_half = false;
  const auto all = tiny().perplexity(text, blocks);
  REQUIRE(all.has_value());
  const double wanted = golden["perplexity"]["blocks"]["perplexity"];
  CHECK(all->tokens == golden["perplexity"]["blocks"]["tokens_scored"]);
  CHECK(std::abs(all->perplexity / wanted - 1) < 0.001);
  const auto half = tiny().perplexity(text);
  REQUIRE(half.has_value());
  const double wanted_half = golden["perplexity"]["half"]["perplexity"];
  CHECK(half->tokens == golden["perplexity"]["half"]["tokens_scored"]);
  CHECK(std::abs(half->perplexity / wanted_half - 1) < 0.001);
}

TEST_CASE("tiny-llama: as many right answers as recorded") {
  const auto files = open_folder(kTiny);
  REQUIRE(files.has_value());
  const auto text = read_model_text(**files);
  REQUIRE(text.has_value());
  const auto chat = ChatTemplate::parse(text->templates.at(0).source);
  REQUIRE(chat.has_value());
  std::istringstream lines(get_file(kTiny / "qa.jsonl"));
  int right = 0;
  int recorded = 0;
  int questions = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto one = nlohmann::json::parse(line);
    ConversationOptions o;
    o.messages =
        nlohmann::json::array({{{"role", "user"}, {"content", one["prompt"]}}})
            .dump();
    o.bos_token = text->bos_token;
    o.eos_token = text->eos_token;
    const auto prompt = chat->render(o);
    REQUIRE(prompt.has_value());
    const auto ids = encode_prompt(tiny().tokenizer(), *prompt);
    REQUIRE(ids.has_value());
    const auto got = tiny().generate(*ids, greedy(60));
    REQUIRE(got.has_value());
    right += got->text == one["expected"].get<std::string>() ? 1 : 0;
    recorded += one["correct"].get<bool>() ? 1 : 0;
    ++questions;
  }
  CHECK(questions == 200);
  CHECK(right == recorded);
}

TEST_CASE("tiny-llama: a prompt that does not fit is refused") {
  const std::vector<TokenId> prompt(600, 10);
  const auto got = tiny().generate(prompt, greedy(1));
  REQUIRE_FALSE(got.has_value());
  CHECK(got.error().code() == Code::kUsage);
}

TEST_CASE("tiny-llama: without its tokenizer it reads ids alone") {
  ModelOptions options;
  options.tokenizer = false;
  const auto model = LocalModel::open(convert_tiny("bf16").string(), options);
  REQUIRE(model.has_value());
  const std::vector<TokenId> ids = {1, 4, 17};
  const auto got = model->logits(ids);
  REQUIRE(got.has_value());
  CHECK(*got == tiny().logits(ids).value());
  const auto text = model->tokenizer().encode("a");
  REQUIRE_FALSE(text.has_value());
  CHECK(text.error().code() == Code::kUnsupported);
  const auto folder = open_folder(kTiny);
  REQUIRE(folder.has_value());
  const auto checkpoint = LocalModel::load(**folder, options);
  REQUIRE(checkpoint.has_value());
  CHECK_FALSE(checkpoint->tokenizer().encode("a").has_value());
}

TEST_CASE("tiny-llama: a file that shrinks while it runs is an error") {
  guard_mapped_files();
  tiny();  // makes the file
  const fs::path whole = fs::path(HUG_BINARY_DIR) / "tiny-llama-bf16.gguf";
  const fs::path path = fs::path(HUG_BINARY_DIR) / "tiny-llama-cut.gguf";
  fs::copy_file(whole, path, fs::copy_options::overwrite_existing);
  const LocalModel model = open_model(path);
  int pieces = 0;
  const auto got =
      model.generate(std::vector<TokenId>{1, 4, 17}, greedy_through(50),
                     [&](std::string_view) {
                       if (++pieces == 3)
                         fs::resize_file(path, fs::file_size(path) / 2);
                       return true;
                     });
  fs::remove(path);
  REQUIRE_FALSE(got.has_value());
  CHECK(got.error().code() == Code::kCorrupt);
}
