#include "arch/config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "arch/settled_rope.h"
#include "data/json.h"

namespace hug::arch {

using nlohmann::json;

struct Config::State {
  nlohmann::json raw;
  nlohmann::json merged;
  nlohmann::json rope = nlohmann::json::object();
  std::string architecture;
};

Config::Config(std::unique_ptr<State> state) : state_(std::move(state)) {}

Config::Config(Config&&) noexcept = default;
Config& Config::operator=(Config&&) noexcept = default;
Config::~Config() = default;

namespace {

// Where multimodal checkpoints keep what belongs to the language model.
constexpr std::string_view kSubConfigs[] = {
    "text_config", "llm_config", "lm_config", "language_config", "lfm"};

std::string first_architecture(const json& object) {
  const json* list = data::find_array(object, "architectures");
  if (list == nullptr || list->empty() || !list->front().is_string()) return {};
  return list->front().get<std::string>();
}

const json* find_sub_config(const json& root) {
  for (const std::string_view key : kSubConfigs)
    if (const json* sub = data::find_object(root, key)) return sub;
  if (const json* thinker = data::find_object(root, "thinker_config"))
    return data::find_object(*thinker, "text_config");
  return nullptr;
}

std::string join_names(Spellings keys) {
  std::string out;
  for (const std::string_view key : keys) {
    if (!out.empty()) out += " or ";
    out += '\'';
    out += key;
    out += '\'';
  }
  return out;
}

std::optional<std::uint64_t> to_unsigned(const json& value) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (number >= 0 && number < 0x1p63 && std::floor(number) == number)
      return static_cast<std::uint64_t>(number);
  }
  return std::nullopt;
}

const json* find_first(const json& object, Spellings keys) {
  for (const std::string_view key : keys) {
    const auto it = object.find(key);
    if (it == object.end()) continue;
    return it->is_null() ? nullptr : &*it;
  }
  return nullptr;
}

}  // namespace

void Config::settle_rope() {
  state_->rope = settled_rope(state_->merged);
}

Result<Config> Config::parse(std::string_view text) {
  auto state = std::make_unique<State>();
  state->raw = HUG_TRY(data::parse_json(text, "config.json"));
  if (!state->raw.is_object())
    return Error(Code::kCorrupt, "config.json is not an object");
  state->merged = state->raw;
  state->architecture = first_architecture(state->raw);
  if (const nlohmann::json* sub = find_sub_config(state->raw)) {
    state->merged.update(*sub);
    const std::string inner = first_architecture(*sub);
    if (!inner.empty()) state->architecture = inner;
  }
  if (state->merged.contains("ssm_cfg") && state->architecture.empty())
    state->architecture = "MambaForCausalLM";
  return Config(std::move(state));
}

const std::string& Config::architecture() const noexcept {
  return state_->architecture;
}

std::string Config::model_type() const {
  return find_string({"model_type"}).value_or("");
}

const nlohmann::json& Config::json() const noexcept {
  return state_->merged;
}

const nlohmann::json& Config::raw() const noexcept {
  return state_->raw;
}

const nlohmann::json& Config::rope() const noexcept {
  return state_->rope;
}

bool Config::has(std::string_view key) const {
  const auto it = state_->merged.find(key);
  return it != state_->merged.end() && !it->is_null();
}

std::optional<std::uint64_t> Config::find_unsigned(Spellings keys) const {
  const nlohmann::json* value = find_first(state_->merged, keys);
  return value != nullptr ? to_unsigned(*value) : std::nullopt;
}

std::optional<double> Config::find_number(Spellings keys) const {
  const nlohmann::json* value = find_first(state_->merged, keys);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->get<double>();
}

std::optional<std::string> Config::find_string(Spellings keys) const {
  const nlohmann::json* value = find_first(state_->merged, keys);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return value->get<std::string>();
}

std::optional<bool> Config::find_bool(Spellings keys) const {
  const nlohmann::json* value = find_first(state_->merged, keys);
  if (value == nullptr || !value->is_boolean()) return std::nullopt;
  return value->get<bool>();
}

std::optional<std::vector<std::string>> Config::find_strings(
    Spellings keys) const {
  const nlohmann::json* value = find_first(state_->merged, keys);
  if (value == nullptr || !value->is_array()) return std::nullopt;
  std::vector<std::string> out;
  for (const auto& item : *value) {
    if (!item.is_string()) return std::nullopt;
    out.push_back(item.get<std::string>());
  }
  return out;
}

std::optional<std::vector<std::uint64_t>> Config::find_unsigned_list(
    Spellings keys) const {
  const nlohmann::json* value = find_first(state_->merged, keys);
  if (value == nullptr || !value->is_array()) return std::nullopt;
  std::vector<std::uint64_t> out;
  for (const auto& item : *value) {
    const auto number = to_unsigned(item);
    if (!number) return std::nullopt;
    out.push_back(*number);
  }
  return out;
}

Result<std::uint64_t> Config::need_unsigned(Spellings keys) const {
  if (const auto value = find_unsigned(keys)) return *value;
  return Error(Code::kCorrupt,
               "config.json has no whole number for " + join_names(keys));
}

Result<double> Config::need_number(Spellings keys) const {
  if (const auto value = find_number(keys)) return *value;
  return Error(Code::kCorrupt,
               "config.json has no number for " + join_names(keys));
}

void Config::set_defaults(std::string_view text) {
  const auto defaults = nlohmann::json::parse(text, nullptr, false);
  for (const auto& [key, value] : defaults.items())
    if (!state_->merged.contains(key)) state_->merged[key] = value;
}

void Config::set(std::string_view key, const nlohmann::json& value) {
  state_->merged[std::string(key)] = value;
}

void Config::set_unsigned(std::string_view key, std::uint64_t value) {
  set(key, value);
}

void Config::set_unsigned_list(std::string_view key,
                               const std::vector<std::uint64_t>& values) {
  set(key, values);
}

void Config::set_number(std::string_view key, float value) {
  set(key, shortest_decimal(value));
}

void Config::set_flag(std::string_view key, bool value) {
  set(key, value);
}

void Config::set_text(std::string_view key, std::string_view value) {
  set(key, std::string(value));
}

void Config::set_texts(std::string_view key,
                       const std::vector<std::string>& values) {
  set(key, values);
}

void Config::set_null(std::string_view key) {
  set(key, nullptr);
}

void Config::set_labels(const std::vector<std::string>& labels) {
  nlohmann::json names = nlohmann::json::object();
  nlohmann::json numbers = nlohmann::json::object();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    names[std::to_string(i)] = labels[i];
    numbers[labels[i]] = i;
  }
  set("id2label", names);
  set("label2id", numbers);
}

void Config::set_architecture(std::string_view hf_class) {
  state_->architecture = hf_class;
  set_texts("architectures", {std::string(hf_class)});
}

void Config::erase(std::string_view key) {
  state_->merged.erase(std::string(key));
}

std::string Config::print() const {
  return data::dump_json(state_->merged, {.indent = 2}) + "\n";
}

double shortest_decimal(float value) {
  std::array<char, 32> text{};
  const auto written =
      std::to_chars(text.data(), text.data() + text.size(), value);
  double out = 0;
  std::from_chars(text.data(), written.ptr, out);
  return out;
}

std::vector<std::string> Config::labels() const {
  std::vector<std::pair<std::uint64_t, std::string>> numbered;
  if (const auto* names = data::find_object(state_->merged, "id2label")) {
    for (const auto& [key, value] : names->items()) {
      const char* end = key.data() + key.size();
      std::uint64_t number = 0;
      for (const char* c = key.data(); c != end; ++c) {
        if (*c < '0' || *c > '9' || number > 1'000'000) return {};
        number = number * 10 + static_cast<std::uint64_t>(*c - '0');
      }
      if (!value.is_string()) return {};
      numbered.emplace_back(number, value.get<std::string>());
    }
  } else if (const auto n = find_unsigned({"num_labels"}); n && *n <= 4096) {
    for (std::uint64_t i = 0; i < *n; ++i)
      numbered.emplace_back(i, "LABEL_" + std::to_string(i));
  }
  std::sort(numbered.begin(), numbered.end());
  std::vector<std::string> out;
  for (auto& [number, label] : numbered)
    out.push_back(std::move(label));
  return out;
}

}  // namespace hug::arch
