// Checkpoints whose config.json and weights lie: config.json edited value by
// value, the header of the weights byte by byte or its shapes.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "arch/tensor_set.h"
#include "check.h"
#include "hug/file_set.h"
#include "model_edits.h"
#include "model_runs.h"
#include "support/temp_dir.h"

using namespace hug;

namespace {

struct Original {
  nlohmann::json config;
  std::string weights;
};

std::vector<Original> read_originals() {
  std::vector<Original> out;
  for (const char* data : {"/tests/data/arch", "/tests/data/arch2"}) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(
             std::string(HUG_SOURCE_DIR) + data))
      if (std::filesystem::exists(entry.path() / "model.safetensors"))
        paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    for (const auto& path : paths)
      out.push_back(
          {nlohmann::json::parse(test::get_file(path / "config.json")),
           test::get_file(path / "model.safetensors")});
  }
  FUZZ_CHECK(!out.empty());
  return out;
}

class TwoFiles final : public FileSet {
 public:
  TwoFiles(std::string config, std::string weights)
      : config_(std::move(config)), weights_(std::move(weights)) {
    files_ = {{"config.json", config_.size()},
              {"model.safetensors", weights_.size()}};
  }

  const std::string& name() const noexcept override { return name_; }

  const std::vector<FileInfo>& files() const noexcept override {
    return files_;
  }

  Result<ByteSourcePtr> open(std::string_view path) const override {
    const std::string& text = path == "config.json" ? config_ : weights_;
    return borrow_bytes(std::as_bytes(std::span(text)), std::string(path));
  }

 private:
  std::string name_ = "fuzz";
  std::string config_;
  std::string weights_;
  std::vector<FileInfo> files_;
};

void edit(fuzz::Choices& choices, nlohmann::json& object) {
  if (!object.is_object() || object.empty()) return;
  auto it = object.begin();
  std::advance(it, static_cast<std::ptrdiff_t>(choices.below(object.size())));
  switch (choices.byte() % 8) {
    case 0:
      object.erase(it);
      break;
    case 1:
      *it = choices.number();
      break;
    case 2:
      *it = choices.real();
      break;
    case 3:
      *it = nullptr;
      break;
    case 4:
      *it = nlohmann::json::array({choices.number(), choices.number()});
      break;
    case 5:
      *it = "text";
      break;
    default:
      if (it->is_object())
        edit(choices, *it);
      else
        *it = choices.number();
  }
}

// One digit of the header becomes another, or a byte anything.
void edit_header(fuzz::Choices& choices, std::string& weights) {
  std::uint64_t n = 0;
  std::memcpy(&n, weights.data(), 8);
  const std::size_t at = 8 + choices.below(static_cast<std::size_t>(n));
  const std::uint8_t how = choices.byte();
  if (how < 32) {
    weights[at] = static_cast<char>(choices.byte());
    return;
  }
  for (std::size_t i = at; i < 8 + n; ++i) {
    if (weights[i] < '0' || weights[i] > '9') continue;
    weights[i] = static_cast<char>('0' + how % 10);
    return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static const std::vector<Original> kOriginals = read_originals();
  static nn::Team team(1);
  fuzz::Choices choices({data, size});
  Original one = kOriginals[choices.below(kOriginals.size())];
  for (int i = 0; i < 6 && !choices.empty(); ++i) {
    if (choices.byte() % 4 != 0)
      edit(choices, one.config);
    else
      edit_header(choices, one.weights);
  }
  const TwoFiles files(one.config.dump(), std::move(one.weights));
  const auto set = arch::read_tensors(files, team, {.vocabulary = false});
  if (!set) {
    FUZZ_CHECK(!set.error().message().empty());
    return 0;
  }
  const auto model = arch::load_model(*set);
  if (!model) {
    FUZZ_CHECK(!model.error().message().empty());
    return 0;
  }
  fuzz::run_model(**model, team, arch::Want::kLastLogits);
  return 0;
}
