// What programs see of encoders and encoder-decoders: pooled vectors, labels,
// masked words, translations, against recorded results.
#include <doctest/doctest.h>

#include <algorithm>

#include "golden/models.h"
#include "hug/mapped_files.h"
#include "hug/model.h"

using namespace hug;
using namespace hug::golden;
namespace fs = std::filesystem;

namespace {

LocalModel opened(const fs::path& path, const nlohmann::json& golden,
                  bool plain = false) {
  auto source = open_file(converted(path, golden, plain), FileAccess::kMap);
  REQUIRE(source.has_value());
  auto model = LocalModel::load(*source, {.threads = 2});
  INFO((model ? "" : model.error().message()));
  REQUIRE(model.has_value());
  return *model;
}

std::vector<std::vector<TokenId>> prompts_of(const nlohmann::json& golden) {
  std::vector<std::vector<TokenId>> out;
  for (const auto& prompt : golden["prompts"])
    out.push_back(prompt["input_ids"]);
  return out;
}

// Rows: mean, the same of length 1, first position, the same of length 1.
void check_embeddings(const LocalModel& model, const fs::path& path,
                      const nlohmann::json& golden) {
  const auto ids = prompts_of(golden);
  for (std::size_t row = 0; row < 4; ++row) {
    EmbedOptions options;
    options.pooling = row < 2 ? EmbedPooling::kMean : EmbedPooling::kCls;
    options.normalize = row % 2 == 1;
    const auto vectors = model.embed(ids, options);
    REQUIRE(vectors.has_value());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto expected =
          floats(path / golden["prompts"][i]["pooled"]["file"]);
      const std::size_t width = expected.size() / 4;
      CHECK((*vectors)[i].tokens == ids[i].size());
      check_close((*vectors)[i].values,
                  std::span<const float>(expected).subspan(row * width, width));
    }
  }
}

void check_head(const LocalModel& model, const fs::path& path,
                const nlohmann::json& golden) {
  for (const auto& prompt : golden["prompts"]) {
    HeadInput input;
    input.ids = prompt["input_ids"].get<std::vector<TokenId>>();
    if (prompt.contains("decoder_input_ids"))
      input.decoder_ids =
          prompt["decoder_input_ids"].get<std::vector<TokenId>>();
    const auto out = model.head_outputs(input);
    REQUIRE(out.has_value());
    CHECK(out->rows * out->width == out->values.size());
    check_close(out->values, floats(path / (prompt.contains("logits")
                                                ? prompt["logits"]
                                                : prompt["last_hidden"])));
  }
}

}  // namespace

TEST_CASE("encoders give programs what was recorded") {
  for_each_model("encoder", [](const fs::path& path, const auto& golden) {
    const LocalModel model = opened(path, golden);
    const std::string name = path.filename();
    CHECK(model.task() == (name.ends_with("_mlm")        ? ModelTask::kFillMask
                           : name.ends_with("_classify") ? ModelTask::kClassify
                                                         : ModelTask::kEmbed));
    CHECK_FALSE(model.generates());
    CHECK(model.perplexity("a text", {.context = 4}).error().code() ==
          Code::kUnsupported);
    check_embeddings(model, path, golden);
    check_head(model, path, golden);
    const auto labels = model.classify("some text", "and another");
    REQUIRE(labels.has_value() == (model.task() == ModelTask::kClassify));
    if (name != "bert_classify") return;
    REQUIRE(labels->size() == 3);
    CHECK((*labels)[0].label == "bad");
    CHECK((*labels)[2].label == "good");
    CHECK((*labels)[0].score + (*labels)[1].score + (*labels)[2].score ==
          doctest::Approx(1));
  });
}

TEST_CASE("masks are filled with what is likeliest") {
  for_each_model("encoder", [](const fs::path& path, const auto& golden) {
    if (!path.filename().string().ends_with("_mlm")) return;
    const LocalModel model = opened(path, golden);
    const auto mask = model.tokenizer().special_tokens().mask;
    REQUIRE(mask.has_value());
    const std::string word(model.tokenizer().token_text(*mask));
    const auto answers = model.fill_mask("a " + word + " b " + word, 3);
    REQUIRE(answers.has_value());
    REQUIRE(answers->size() == 2);
    for (const auto& answer : *answers) {
      REQUIRE(answer.choices.size() == 3);
      CHECK(answer.choices[0].probability >= answer.choices[1].probability);
      CHECK(answer.choices[1].probability >= answer.choices[2].probability);
      CHECK(answer.choices[0].probability <= 1);
    }
    CHECK(model.fill_mask("a " + word, 0)->at(0).choices.empty());
    CHECK(model.fill_mask("no mask").error().code() == Code::kUsage);
  });
}

TEST_CASE("encoder-decoders translate greedily as recorded") {
  for_each_model("t5", [](const fs::path& path, const auto& golden) {
    const LocalModel model = opened(path, golden);
    CHECK(model.task() == ModelTask::kTranslate);
    check_head(model, path, golden);
    GenerateOptions options;
    options.sampling.temperature = 0;
    options.max_tokens = 4;
    options.ignore_eos = true;
    const auto answer = model.translate("a text", options);
    REQUIRE(answer.has_value());
    REQUIRE(answer->tokens.size() == 4);
    // Each token is the likeliest behind those before it.
    HeadInput input;
    input.ids = model.tokenizer().encode("a text")->ids;
    input.decoder_ids = {0};
    for (const TokenId id : answer->tokens) {
      const auto out = model.head_outputs(input);
      REQUIRE(out.has_value());
      auto last = std::span<const float>(out->values).last(out->width);
      std::vector<float> row(last.begin(), last.end());
      for (const TokenId end :
           model.tokenizer().special_tokens().end_of_generation)
        row[static_cast<std::size_t>(end)] = -INFINITY;
      CHECK(std::max_element(row.begin(), row.end()) - row.begin() == id);
      input.decoder_ids.push_back(id);
    }
  });
}

TEST_CASE("encoder-decoders write on behind the context of their training") {
  for_each_model("t5", [](const fs::path& path, const auto& golden) {
    const LocalModel model = opened(path, golden);
    GenerateOptions options;
    options.sampling.temperature = 0;
    options.ignore_eos = true;
    options.max_tokens = model.context_length() + 20;
    const auto answer = model.translate("a text", options);
    REQUIRE(answer.has_value());
    CHECK(answer->tokens.size() == options.max_tokens);
    options.max_tokens = 0;
    const auto usual = model.translate("a text", options);
    REQUIRE(usual.has_value());
    CHECK(usual->tokens.size() < model.context_length());
    CHECK(usual->reason == FinishReason::kLength);
  });
}

TEST_CASE("without our key the logits of a tied T5 are not scaled") {
  for_each_model("t5", [](const fs::path& path, const auto& golden) {
    if (path.filename() != "t5") return;  // others are not scaled
    const LocalModel model = opened(path, golden, true);
    const auto factor = std::sqrt(static_cast<float>(model.embedding_length()));
    for (const auto& prompt : golden["prompts"]) {
      HeadInput input;
      input.ids = prompt["input_ids"].template get<std::vector<TokenId>>();
      input.decoder_ids =
          prompt["decoder_input_ids"].template get<std::vector<TokenId>>();
      auto out = model.head_outputs(input);
      REQUIRE(out.has_value());
      for (float& v : out->values)
        v /= factor;
      check_close(out->values, floats(path / prompt["logits"]));
    }
  });
}
