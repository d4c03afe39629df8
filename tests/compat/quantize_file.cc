// Quantizes a file through the library, for tests and benchmarks:
//
//   hug_quantize_file IN OUT TYPE [THREADS [IMATRIX|- [RULE|- [requantize]]]]
//
// Prints bytes, reused bytes and seconds.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "hug/context.h"
#include "hug/quantize.h"

namespace {

int fail(const hug::Error& error) {
  std::fprintf(stderr, "error: %s\n", error.message().c_str());
  for (const std::string& clause : error.chain())
    std::fprintf(stderr, "  while %s\n", clause.c_str());
  return hug::exit_status(error.code());
}

hug::Result<hug::ByteSourcePtr> open_file(const std::string& name) {
  return hug::open_file(name, hug::FileAccess::kRead);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  hug::QuantizeOptions options;
  options.type = argv[3];
  if (argc > 4)
    options.threads = static_cast<unsigned>(std::strtoul(argv[4], nullptr, 10));
  if (argc > 5 && argv[5][0] != '-') {
    auto matrix = open_file(argv[5]);
    if (!matrix) return fail(matrix.error());
    options.importance = *matrix;
  }
  if (argc > 6 && argv[6][0] != '-') options.type_rules = {argv[6]};
  options.allow_requantize = argc > 7;
  auto job = hug::Quantization::open(argv[1], open_file, options);
  if (!job) return fail(job.error());
  const hug::Context context = hug::Context::from_process({});
  const auto report = job->run(context, argv[2]);
  if (!report) return fail(report.error());
  std::printf(
      "%llu %llu %.3f\n", static_cast<unsigned long long>(report->bytes),
      static_cast<unsigned long long>(report->bytes_reused), report->seconds);
  return 0;
}
