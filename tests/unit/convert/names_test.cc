// What is read from names, cards and protocol buffers.
#include <doctest/doctest.h>

#include "arch/checkpoint/pre_tokenizer.h"
#include "arch/checkpoint/sentencepiece.h"
#include "arch/checkpoint/tokens.h"
#include "convert/model_id.h"
#include "model_files.h"

using namespace hug::convert;
using namespace hug::arch;

TEST_CASE("the parts of a model's name") {
  const ModelId one = parse_model_id("Mistral/Mixtral-8x7B-Instruct-v0.1", 0);
  CHECK(one.organization == "Mistral");
  CHECK(one.name == "Mixtral-8x7B-Instruct-v0.1");
  CHECK(one.basename == "Mixtral");
  CHECK(one.size_label == "8x7B");
  CHECK(one.finetune == "Instruct");
  CHECK(one.version == "v0.1");
  const ModelId two = parse_model_id("bigscience/bloom-7b1-petals", 0);
  CHECK(two.basename == "bloom");
  CHECK(two.size_label == "7.1B");
  CHECK(two.finetune == "petals");
  // A number far from the real size is the length of the context.
  const ModelId three =
      parse_model_id("Phi-3-mini-128K-instruct", 3'800'000'000);
  CHECK(three.basename == "Phi-3");
  CHECK(three.size_label == "mini");
  CHECK(three.finetune == "128k-instruct");
  const ModelId four = parse_model_id("gemma", 0);
  CHECK(four.name == "gemma");
  CHECK_FALSE(four.basename.has_value());
}

TEST_CASE("titles and sizes") {
  CHECK(title_of("tiny-llama_v2 GPT-j") == "Tiny Llama_V2 GPT J");
  CHECK(title_of("v1.5-beta") == "v1.5 Beta");
  CHECK(size_label_of(8'030'261'248, 0, 0, 0) == "8.0B");
  CHECK(size_label_of(270'000'000, 0, 0, 0) == "270M");
  CHECK(size_label_of(46'702'792'704, 1'605'639'168, 5'637'144'576, 8) ==
        "8x7.2B");
  CHECK(size_label_of(999, 0, 0, 0) == "1.0K");
}

TEST_CASE("tokens that look special") {
  CHECK(looks_special("<|im_start|>"));
  CHECK(looks_special("<unused42>"));
  CHECK(looks_special("<\xef\xbd\x9cUser\xef\xbd\x9c>"));
  CHECK_FALSE(looks_special("<|half"));
  CHECK_FALSE(looks_special("word"));
}

TEST_CASE("a damaged sentencepiece model is refused, not followed") {
  const auto path = std::filesystem::path(HUG_SOURCE_DIR) /
                    "tests/data/arch/tokenizers/spm_llama/tokenizer.model";
  const std::string good = model_files::read_text(path);
  const auto model = parse_sentencepiece(good);
  REQUIRE(model.has_value());
  CHECK(model->pieces.size() == 384);
  CHECK(model->kind == SpmModel::Kind::kBpe);
  CHECK(model->pieces[0].text == "<unk>");
  CHECK(model->pieces[3].type == TokenType::kByte);
  CHECK_FALSE(parse_sentencepiece("").has_value());
  CHECK_FALSE(parse_sentencepiece("\x0a\xff\xff\xff\xff\x7f").has_value());
  CHECK_FALSE(parse_sentencepiece("\x0b").has_value());
  // Cut anywhere: an error or fewer pieces, never more.
  for (std::size_t n = 1; n < 2000; n += 7) {
    const auto cut = parse_sentencepiece(std::string_view(good).substr(0, n));
    if (cut) CHECK(cut->pieces.size() < 384);
  }
}

TEST_CASE("pre-tokenizers by hash and by structure") {
  CHECK(pre_tokenizer_of_hash("0ef9807a4087ebef797fc749390439009c3b9eda9ad1a097"
                              "abbe738f486c01e5") == "llama-bpe");
  CHECK(pre_tokenizer_of_hash("00").empty());
  for (const auto& row :
       {std::pair("bpe_qwen2", "qwen2"), std::pair("bpe_gpt2", "gpt-2"),
        std::pair("bpe_llama3", "llama-bpe"), std::pair("bpe_digits", "smollm"),
        std::pair("bpe_o200k", "gpt-4o"), std::pair("bpe_falcon", "falcon"),
        std::pair("bpe_deepseek", "deepseek-v3"),
        std::pair("wordpiece_bert", "bert-bge")}) {
    const std::string kind = row.first;
    const std::string name = row.second;
    CAPTURE(kind);
    const model_files::Assembled files("x",
                                       {std::filesystem::path(HUG_SOURCE_DIR) /
                                        "tests/data/arch/tokenizers" / kind});
    Repository repository(files, "x");
    std::vector<std::string> warnings;
    const auto found = pre_tokenizer_name(repository, "", warnings);
    REQUIRE(found.has_value());
    CHECK(*found == name);
    CHECK(warnings.size() == 1);
    CHECK(pre_tokenizer_name(repository, "mine", warnings).value() == "mine");
  }
}
