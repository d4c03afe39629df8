// Converts a folder, or a gguf file back to one, for the scripts beside this:
// SOURCE OUT TYPE [PRE], with HUG_THREADS and HUG_PLAIN from the environment.
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "hug/convert.h"

namespace {

hug::Result<hug::ConvertReport> convert(hug::Context& context,
                                        const std::string& source,
                                        const std::string& output,
                                        const hug::ConvertOptions& options) {
  if (source.ends_with(".gguf")) {
    const auto file = hug::open_file(source, hug::FileAccess::kMap);
    if (!file) return file.error();
    return hug::convert_to_safetensors(context, {*file}, output, options);
  }
  const auto files = hug::open_folder(source);
  if (!files) return files.error();
  return hug::convert_to_gguf(context, **files, output, options);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  hug::Context context = hug::Context::from_process({});
  hug::ConvertOptions options;
  options.type = argv[3];
  options.plain = std::getenv("HUG_PLAIN") != nullptr;
  if (argc > 4) options.pre = argv[4];
  if (const char* n = std::getenv("HUG_THREADS"))
    options.threads = static_cast<unsigned>(std::atoi(n));
  const auto done = convert(context, argv[1], argv[2], options);
  if (!done) {
    std::fprintf(stderr, "%s\n", done.error().message().c_str());
    return 1;
  }
  for (const std::string& warning : done->warnings)
    std::fprintf(stderr, "%s\n", warning.c_str());
  std::printf("%llu bytes, %llu reused\n",
              static_cast<unsigned long long>(done->bytes),
              static_cast<unsigned long long>(done->reused_bytes));
}
