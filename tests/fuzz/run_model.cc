// gguf files that lie, loaded and run as the program does: read from their
// bytes with their vocabulary, quantized on the way, then asked for everything
// that a model can be asked for.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "arch/tensor_set.h"
#include "check.h"
#include "format/gguf.h"
#include "hug/model.h"
#include "key_edits.h"
#include "model_edits.h"
#include "support/temp_dir.h"

using namespace hug;

namespace {

namespace fs = std::filesystem;

// What a file is written from.
struct Original {
  format::GgufMetadata keys;
  std::vector<format::GgufTensor> tensors;
  std::vector<std::vector<std::byte>> data;
};

// The folder of a model with the tokenizer that goes with it.
Result<arch::TensorSet> read_folder(const fs::path& data,
                                    const nlohmann::json& row,
                                    const test::TempDir& dir) {
  const std::string name = row.at("name");
  const std::string kind = row.at("tokenizer");
  const fs::path out = fs::path(dir.path()) / name;
  for (const fs::path& from : {data.parent_path() / "arch/tokenizers" / kind,
                               data / "tokenizers" / kind, data / name}) {
    if (fs::exists(from))
      fs::copy(
          from, out,
          fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  }
  nn::Team team(1);
  return arch::read_tensors(*HUG_TRY(open_folder(out)), team);
}

Original make_original(const arch::TensorSet& set) {
  Original out;
  out.keys = set.metadata;
  for (const auto& [name, tensor] : set.tensors) {
    auto described = format::make_gguf_tensor(name, tensor.type, tensor.ne);
    FUZZ_CHECK(described);
    format::trim_dims(*described);
    out.tensors.push_back(*std::move(described));
    out.data.emplace_back(tensor.bytes.begin(), tensor.bytes.end());
  }
  return out;
}

std::vector<Original> read_originals() {
  std::vector<Original> out;
  const test::TempDir dir;
  for (const char* group : {"arch", "arch2"}) {
    const fs::path data = fs::path(HUG_SOURCE_DIR "/tests/data") / group;
    for (const auto& row :
         nlohmann::json::parse(test::get_file(data / "index.json"))) {
      const auto set = read_folder(data, row, dir);
      FUZZ_CHECK(set);
      out.push_back(make_original(*set));
    }
  }
  FUZZ_CHECK(!out.empty());
  return out;
}

// The bytes of the file, and how many of them lie in front of the data.
struct File {
  std::vector<std::byte> bytes;
  std::size_t header = 0;
};

Result<File> write(const Original& original, const format::GgufMetadata& keys) {
  File out;
  auto layout = HUG_TRY(format::layout_gguf(keys, original.tensors));
  out.header = layout.header.size();
  out.bytes.reserve(static_cast<std::size_t>(layout.file_bytes));
  const format::WriteBytes append =
      [&](std::span<const std::byte> bytes) -> Result<void> {
    out.bytes.insert(out.bytes.end(), bytes.begin(), bytes.end());
    return {};
  };
  format::GgufWriter writer(std::move(layout), append);
  HUG_TRY(writer.write_header());
  for (const auto& bytes : original.data)
    HUG_TRY(writer.write(bytes));
  HUG_TRY(writer.finish());
  return out;
}

// Shapes, types and offsets of tensors stand at the end of the header.
void edit_bytes(fuzz::Choices& choices, File& file) {
  if (file.bytes.empty()) return;
  const std::uint8_t how = choices.byte();
  const std::size_t header = std::min(file.header, file.bytes.size());
  const std::size_t back = choices.below(header);
  const std::size_t at = how % 2 == 0 ? header - back - 1 : back;
  switch (how / 2 % 4) {
    case 0:
    case 1:
      file.bytes[at] = std::byte{choices.byte()};
      break;
    case 2: {
      const std::uint64_t number = choices.number();
      for (std::size_t i = 0; i < 8 && at + i < file.bytes.size(); ++i)
        file.bytes[at + i] = static_cast<std::byte>(number >> (8 * i));
      break;
    }
    default:
      file.bytes.resize(file.bytes.size() - std::min(back, header));
      break;
  }
}

ModelOptions choose_options(fuzz::Choices& choices) {
  constexpr const char* kTypes[] = {"",     "",     "",     "",
                                    "q8_0", "q4_0", "q4_k", "f32"};
  constexpr const char* kIsas[] = {"", "avx2", "scalar", "avx512"};
  constexpr WeightMemory kMemories[] = {
      WeightMemory::kMapped, WeightMemory::kLargePages, WeightMemory::kAuto};
  ModelOptions out;
  out.threads = 1;
  out.quantize = kTypes[choices.byte() % std::size(kTypes)];
  const std::uint8_t way = choices.byte();
  out.isa = kIsas[way % std::size(kIsas)];
  out.reference = way >= 240;
  out.memory = kMemories[way / 8 % std::size(kMemories)];
  return out;
}

// Answers and errors are both fine.
void ask(const LocalModel& model) {
  const std::vector<TokenId> ids = {1, 2, 3};
  GenerateOptions options;
  options.max_tokens = 3;
  options.sampling.seed = 1;
  options.ignore_eos = true;
  options.logprobs = true;
  options.top_logprobs = 2;
  const auto answer = model.generate(ids, options);
  FUZZ_CHECK(!answer || answer->tokens.size() <= options.max_tokens);
  const auto logits = model.logits(ids);
  FUZZ_CHECK(!logits || !model.generates() ||
             logits->size() == ids.size() * model.vocabulary_size());
  (void)model.logits(ids, true);
  const std::vector<std::vector<TokenId>> rows = {{1}, ids};
  const auto vectors = model.embed(rows);
  FUZZ_CHECK(!vectors || vectors->size() == rows.size());
  const auto labels = model.classify("one text", "and another");
  FUZZ_CHECK(!labels || labels->size() == model.labels().size());
  (void)model.fill_mask("a [MASK] <mask>");
  (void)model.translate("three words 1", options);
  const auto text = model.tokenizer().encode("Hello w\xc3\xb6rld 12\n\xff <s>");
  if (text) (void)model.tokenizer().decode(text->ids);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static const std::vector<Original> kOriginals = read_originals();
  fuzz::Choices choices({data, size});
  const Original& original = kOriginals[choices.below(kOriginals.size())];
  const ModelOptions options = choose_options(choices);
  format::GgufMetadata keys = original.keys;
  const std::size_t n_keys = choices.byte() % 4;
  for (std::size_t i = 0; i < n_keys; ++i) {
    if (choices.byte() % 2 == 0)
      fuzz::edit_key(choices, keys);
    else
      fuzz::add_key(choices, keys);
  }
  auto file = write(original, keys);
  if (!file) return 0;
  for (int i = 0; i < 4 && !choices.empty(); ++i)
    edit_bytes(choices, *file);
  const auto model =
      LocalModel::load(borrow_bytes(file->bytes, "fuzz"), options);
  if (!model) {
    FUZZ_CHECK(!model.error().message().empty());
    return 0;
  }
  ask(*model);
  return 0;
}
