// Models of tests/data/arch whose keys and tensors lie: loaded and, where that
// went well, fed three tokens. Nothing may crash or take what it wants.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "arch/tensor_set.h"
#include "check.h"
#include "hug/file_set.h"
#include "key_edits.h"
#include "model_edits.h"
#include "model_runs.h"
#include "tensor/dtype.h"

using namespace hug;

namespace {

std::vector<arch::TensorSet> read_models() {
  std::vector<arch::TensorSet> out;
  nn::Team team(1);
  for (const char* data : {"/tests/data/arch", "/tests/data/arch2"}) {
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(
             std::string(HUG_SOURCE_DIR) + data))
      if (std::filesystem::exists(entry.path() / "config.json"))
        paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    for (const std::string& path : paths) {
      const auto files = open_folder(path);
      FUZZ_CHECK(files);
      auto set = arch::read_tensors(**files, team, {.vocabulary = false});
      FUZZ_CHECK(set);
      out.push_back(*std::move(set));
    }
  }
  FUZZ_CHECK(!out.empty());
  return out;
}

void edit_tensor(fuzz::Choices& choices, arch::TensorSet& set) {
  if (set.tensors.empty()) return;
  auto it = set.tensors.begin();
  std::advance(it,
               static_cast<std::ptrdiff_t>(choices.below(set.tensors.size())));
  arch::StoredTensor& t = it->second;
  switch (choices.byte() % 6) {
    case 0:
      set.tensors.erase(it);
      break;
    case 1:
      t.ne[choices.below(4)] = choices.number();
      break;
    case 2:
      std::swap(t.ne[0], t.ne[1]);
      break;
    case 3:
      t.bytes = t.bytes.first(choices.below(t.bytes.size() + 1));
      break;
    case 4: {  // of half as many rows, all there
      if (t.ne[1] % 2 != 0) break;
      t.ne[1] /= 2;
      t.bytes = t.bytes.first(t.bytes.size() / 2);
      break;
    }
    default: {  // another tensor's place
      auto other = set.tensors.begin();
      std::advance(other, static_cast<std::ptrdiff_t>(
                              choices.below(set.tensors.size())));
      t = other->second;
      break;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static const std::vector<arch::TensorSet> kModels = read_models();
  static nn::Team team(1);
  fuzz::Choices choices({data, size});
  arch::TensorSet set = kModels[choices.below(kModels.size())];
  for (int i = 0; i < 8 && !choices.empty(); ++i) {
    switch (choices.byte() % 3) {
      case 0:
        fuzz::edit_key(choices, set.metadata);
        break;
      case 1:
        fuzz::add_key(choices, set.metadata);
        break;
      default:
        edit_tensor(choices, set);
    }
  }
  const auto model = arch::load_model(set);
  if (!model) {
    FUZZ_CHECK(!model.error().message().empty());
    return 0;
  }
  fuzz::run_model(**model, team, arch::Want::kAllLogits);
  return 0;
}
