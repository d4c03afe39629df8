// Every model of tests/data/arch and arch2 gives the very file that the
// reference converter writes.
#include <doctest/doctest.h>

#include "base/hash.h"
#include "hug/convert.h"
#include "model_files.h"

using namespace model_files;

namespace {

std::string file_sha256(const std::string& path) {
  hug::base::Hasher hasher(hug::base::HashKind::kSha256);
  hasher.update(read_text(path));
  return hasher.finish();
}

}  // namespace

TEST_CASE("every recorded file comes out byte for byte") {
  const Scratch scratch;
  std::size_t files = 0;
  for (const Model& model : all_models()) {
    const auto golden = model.golden();
    for (const char* type : {"f32", "f16", "bf16", "q8_0"}) {
      if (!golden.contains(type)) continue;
      CAPTURE(model.name);
      CAPTURE(type);
      hug::Context context(hug::Context::Options{});
      hug::ConvertOptions options;
      options.type = type;
      options.plain = true;
      options.pre = model.pre();
      const std::string path = scratch / (model.name + ".gguf");
      const auto source = model.files();
      const auto done =
          hug::convert_to_gguf(context, source, path, options);
      if (!done) {
        FAIL_CHECK(done.error().message());
        continue;
      }
      CHECK(done->bytes == golden[type]["file_bytes"].get<std::uint64_t>());
      const bool equal = file_sha256(path) == golden[type]["file_sha256"];
      CHECK(equal);
      if (!equal && std::getenv("HUG_KEEP") != nullptr)
        std::filesystem::copy_file(
            path, std::string(std::getenv("HUG_KEEP")) + "/" + model.name +
                      "-" + type + ".gguf",
            std::filesystem::copy_options::overwrite_existing);
      ++files;
    }
  }
  CHECK(files >= 120);
}
