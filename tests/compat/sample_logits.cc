// What the sampler would draw from: a JSON case a line in, a line of ids and
// probabilities out. {"options": {"top_k": 40, ...}, "said": [ids],
// "logits": [...]}
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/sampler.h"

using namespace hug;

namespace {

void set_option(SamplingOptions& o, const std::string& name,
                const nlohmann::json& value) {
  const std::map<std::string, float*> reals = {
      {"temperature", &o.temperature},
      {"dynatemp_range", &o.dynatemp_range},
      {"dynatemp_exponent", &o.dynatemp_exponent},
      {"top_p", &o.top_p},
      {"min_p", &o.min_p},
      {"typical_p", &o.typical_p},
      {"top_n_sigma", &o.top_n_sigma},
      {"xtc_probability", &o.xtc_probability},
      {"xtc_threshold", &o.xtc_threshold},
      {"repeat_penalty", &o.repeat_penalty},
      {"frequency_penalty", &o.frequency_penalty},
      {"presence_penalty", &o.presence_penalty},
      {"mirostat_tau", &o.mirostat_tau},
      {"mirostat_eta", &o.mirostat_eta},
      {"adaptive_target", &o.adaptive_target},
      {"adaptive_decay", &o.adaptive_decay}};
  const std::map<std::string, std::uint32_t*> counts = {
      {"top_k", &o.top_k},
      {"min_keep", &o.min_keep},
      {"repeat_last_n", &o.repeat_last_n},
      {"mirostat", &o.mirostat}};
  if (const auto it = reals.find(name); it != reals.end()) {
    *it->second = value.get<float>();
  } else if (const auto at = counts.find(name); at != counts.end()) {
    *at->second = value.get<std::uint32_t>();
  } else if (name == "logit_bias") {
    for (const auto& pair : value) {
      o.logit_bias.push_back(
          {.id = pair.at(0).get<TokenId>(), .bias = pair.at(1).get<float>()});
    }
  } else {
    throw std::runtime_error("no option " + name);
  }
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto in = nlohmann::json::parse(line);
    SamplingOptions options;
    for (const auto& [name, value] : in.at("options").items())
      set_option(options, name, value);
    engine::Sampler sampler(options, 1);
    for (const auto& id : in.at("said"))
      sampler.accept(id.get<TokenId>());
    const auto id = sampler.choose(in.at("logits").get<std::vector<float>>());
    if (!id) {
      std::cerr << id.error().message() << '\n';
      return 1;
    }
    auto out = nlohmann::json{{"id", *id}};
    for (const auto& c : sampler.candidates()) {
      out["ids"].push_back(c.id);
      out["p"].push_back(c.p);
    }
    std::cout << out << std::endl;
  }
}
