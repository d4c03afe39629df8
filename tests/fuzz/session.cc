// Session files that lie, with a digest that is right: what loads must go on.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "arch/forward.h"
#include "arch/tensor_set.h"
#include "base/hash.h"
#include "check.h"
#include "engine/session_file.h"
#include "hug/file_set.h"
#include "model_edits.h"
#include "support/temp_dir.h"

using namespace hug;

namespace {

constexpr std::size_t kDigest = 64;

// A decoder, and the file that remembers five tokens of it.
struct Original {
  std::shared_ptr<const arch::Model> model;
  std::string file;
};

const std::string& scratch() {
  static const test::TempDir dir;
  static const std::string path = dir / "session";
  return path;
}

Original read_original(nn::Team& team, const char* name) {
  Original out;
  const auto files =
      open_folder(HUG_SOURCE_DIR "/tests/data/arch/" + std::string(name));
  FUZZ_CHECK(files);
  const auto set = arch::read_tensors(**files, team, {.vocabulary = false});
  FUZZ_CHECK(set);
  auto model = arch::load_model(*set);
  FUZZ_CHECK(model);
  out.model = *std::move(model);
  arch::Sequence sequence(*out.model);
  const engine::SessionContent content{{1, 2, 3, 4, 5}, "note"};
  FUZZ_CHECK(
      arch::forward(team, sequence, content.tokens, arch::Want::kLastLogits));
  FUZZ_CHECK(engine::save_session(*out.model, sequence, content, scratch()));
  out.file = test::get_file(scratch());
  return out;
}

// Most numbers stand near the front.
void edit(fuzz::Choices& choices, std::string& file) {
  if (file.empty()) return;
  const std::uint8_t how = choices.byte() % 4;
  const std::size_t near = std::min<std::size_t>(file.size(), 512);
  const std::size_t at = choices.below(how == 3 ? file.size() : near);
  if (how == 0) {
    file[at] = static_cast<char>(choices.byte());
  } else if (how == 1) {
    const std::uint64_t number = choices.number();
    for (std::size_t i = 0; i < 8 && at + i < file.size(); ++i)
      file[at + i] = static_cast<char>(number >> (8 * i));
  } else if (how == 2) {
    file.erase(at, choices.below(64));
  } else {
    file.resize(at);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static nn::Team team(1);
  static const std::array<Original, 4> kOriginals = {
      read_original(team, "llama"), read_original(team, "gemma3"),
      read_original(team, "mamba"), read_original(team, "lfm2")};
  fuzz::Choices choices({data, size});
  const Original& original = kOriginals[choices.below(kOriginals.size())];
  std::string file = original.file.substr(0, original.file.size() - kDigest);
  for (int i = 0; i < 6 && !choices.empty(); ++i)
    edit(choices, file);
  base::Hasher hasher(base::HashKind::kSha256);
  hasher.update(file);
  test::put_file(scratch(), file + hasher.finish());
  arch::Sequence sequence(*original.model);
  const auto content =
      engine::load_session(*original.model, sequence, 64, scratch());
  if (!content) {
    FUZZ_CHECK(!content.error().message().empty());
    return 0;
  }
  FUZZ_CHECK(content->tokens.size() == sequence.n_token());
  const std::int32_t id = 1;
  FUZZ_CHECK(arch::forward(team, sequence, {&id, 1}, arch::Want::kLastLogits));
  return 0;
}
