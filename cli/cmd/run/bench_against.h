// Another program's benchmark: llama.cpp's llama-bench, run once a test.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "hug/bench.h"
#include "hug/result.h"

namespace hug::cli::cmd {

/// Tokens a second of one test, one repetition.
/// Errors: kNotFound without such a program, kFailure when it fails or prints
/// something else than llama-bench's JSON, kCancelled.
Result<double> run_llama_bench(const std::string& program,
                               const std::string& model, const BenchTest& test,
                               std::stop_token stop);

double median(std::vector<double> values);

}  // namespace hug::cli::cmd
