// Tokenizes for a peer's comparison. Arguments: a tokenizer file. One JSON
// string a line on stdin; on stdout one JSON object a line:
// {"ids", "special", "offsets", "decoded"} or {"error"}. With --time FILE it
// prints seconds and tokens of one pass over the file instead.
#include <chrono>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "hug/tokenizer.h"

namespace {

using nlohmann::json;

json answer(const hug::Tokenizer& t, const std::string& text) {
  auto plain = t.encode(text, {.add_special = false, .offsets = true});
  if (!plain) return {{"error", plain.error().message()}};
  auto special = t.encode(text, {.add_special = true});
  if (!special) return {{"error", special.error().message()}};
  auto decoded = t.decode(plain->ids);
  if (!decoded) return {{"error", decoded.error().message()}};
  json offsets = json::array();
  for (const auto& o : plain->offsets)
    offsets.push_back({o.begin, o.end});
  return {{"ids", plain->ids},
          {"special", special->ids},
          {"offsets", offsets},
          {"decoded", *decoded}};
}

int time_file(const hug::Tokenizer& t, const char* path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  const std::string all = text.str();
  const auto start = std::chrono::steady_clock::now();
  auto encoded = t.encode(all, {.add_special = false});
  const std::chrono::duration<double> took =
      std::chrono::steady_clock::now() - start;
  if (!encoded) return 1;
  std::cout << json({{"seconds", took.count()},
                     {"tokens", encoded->ids.size()},
                     {"bytes", all.size()}})
            << '\n';
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  auto source = hug::open_file(argv[1], hug::FileAccess::kRead);
  if (!source) return 2;
  auto tokenizer = hug::Tokenizer::open(**source);
  if (!tokenizer) {
    std::cerr << tokenizer.error().message() << '\n';
    return 1;
  }
  if (argc == 4 && std::string(argv[2]) == "--time") {
    return time_file(*tokenizer, argv[3]);
  }
  for (std::string line; std::getline(std::cin, line);) {
    const auto text = json::parse(line).get<std::string>();
    std::cout << answer(*tokenizer, text).dump() << '\n';
  }
  return 0;
}
