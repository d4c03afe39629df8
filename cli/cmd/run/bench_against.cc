#include "cmd/run/bench_against.h"

#include <algorithm>

#include "app/child.h"
#include "out/value.h"

namespace hug::cli::cmd {

namespace {

std::vector<std::string> words_of(const std::string& program,
                                  const std::string& model,
                                  const BenchTest& test) {
  const bool prompt = test.kind == BenchTest::Kind::kPrompt;
  const std::string tokens = std::to_string(test.tokens);
  std::vector<std::string> out = {
      program, "-m",   model,
      "-o",    "json", "-r",
      "1",     "-t",   std::to_string(test.threads)};
  const auto add = [&](const char* option, const std::string& value) {
    out.insert(out.end(), {option, value});
  };
  add("-p", prompt ? tokens : "0");
  add("-n", prompt ? "0" : tokens);
  if (test.depth != 0) add("-d", std::to_string(test.depth));
  if (prompt) {
    add("-b", std::to_string(std::max<std::size_t>(test.batch, 1)));
    add("-ub", std::to_string(std::max<std::size_t>(test.batch, 1)));
  }
  return out;
}

}  // namespace

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half]
                                : (values[half - 1] + values[half]) / 2;
}

Result<double> run_llama_bench(const std::string& program,
                               const std::string& model, const BenchTest& test,
                               std::stop_token stop) {
  const std::string text =
      HUG_TRY(run_child(words_of(program, model, test), stop));
  const auto json = Value::parse(text);
  const double speed = json && !json->items().empty()
                           ? json->items().front()["avg_ts"].as_double()
                           : 0;
  if (speed <= 0) {
    return Error(Code::kFailure,
                 "'" + program + "' did not print what llama-bench prints");
  }
  return speed;
}

}  // namespace hug::cli::cmd
