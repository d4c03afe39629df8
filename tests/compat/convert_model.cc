// Converts a folder, for the scripts beside this: FOLDER OUT TYPE [PRE], with
// HUG_THREADS and HUG_PLAIN from the environment.
#include <cstdio>
#include <cstdlib>

#include "hug/convert.h"

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const auto files = hug::open_folder(argv[1]);
  if (!files) {
    std::fprintf(stderr, "%s\n", files.error().message().c_str());
    return 1;
  }
  hug::Context context = hug::Context::from_process({});
  hug::ConvertOptions options;
  options.type = argv[3];
  options.plain = std::getenv("HUG_PLAIN") != nullptr;
  if (argc > 4) options.pre = argv[4];
  if (const char* n = std::getenv("HUG_THREADS"))
    options.threads = static_cast<unsigned>(std::atoi(n));
  const auto done = hug::convert_to_gguf(context, **files, argv[2], options);
  if (!done) {
    std::fprintf(stderr, "%s\n", done.error().message().c_str());
    return 1;
  }
  std::printf("%llu bytes, %llu reused\n",
              static_cast<unsigned long long>(done->bytes),
              static_cast<unsigned long long>(done->reused_bytes));
}
