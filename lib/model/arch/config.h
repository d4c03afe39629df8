// config.json of a checkpoint, in either style (rope_theta, rope_scaling and
// torch_dtype; or rope_parameters and dtype), with the defaults of its family
// where it is silent.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hug/result.h"

namespace hug::arch {

/// Spellings of one thing; the first that is there counts, also when it is
/// null (then there is nothing).
class Spellings {
 public:
  // Of names that live as long as this: literals, or an argument's.
  Spellings(std::initializer_list<std::string_view> names) noexcept
      : names_(names.begin(), names.size()) {}

  explicit Spellings(std::span<const std::string_view> names) noexcept
      : names_(names) {}

  auto begin() const noexcept { return names_.begin(); }

  auto end() const noexcept { return names_.end(); }

 private:
  std::span<const std::string_view> names_;
};

class Config {
 public:
  /// `text` is config.json. A sub-configuration of the language model
  /// (text_config, llm_config ...) is merged over the root.
  /// Errors: kCorrupt, kLimit.
  static Result<Config> parse(std::string_view text);
  Config(Config&&) noexcept;
  Config& operator=(Config&&) noexcept;
  ~Config();

  /// architectures[0], that of the sub-configuration first; may be empty.
  const std::string& architecture() const noexcept;
  std::string model_type() const;

  bool has(std::string_view key) const;  ///< there, and not null
  std::optional<std::uint64_t> find_unsigned(Spellings keys) const;
  std::optional<double> find_number(Spellings keys) const;
  std::optional<std::string> find_string(Spellings keys) const;
  std::optional<bool> find_bool(Spellings keys) const;
  std::optional<std::vector<std::string>> find_strings(Spellings keys) const;
  std::optional<std::vector<std::uint64_t>> find_unsigned_list(
      Spellings keys) const;
  /// As the find_ functions, but absence is an error. Errors: kCorrupt.
  Result<std::uint64_t> need_unsigned(Spellings keys) const;
  Result<double> need_number(Spellings keys) const;

  /// `json` is an object: its members are set where config.json has none.
  void set_defaults(std::string_view json);
  void set(std::string_view key, const nlohmann::json& value);
  void set_unsigned(std::string_view key, std::uint64_t value);
  void set_unsigned_list(std::string_view key,
                         const std::vector<std::uint64_t>& values);
  /// The shortest decimal that stands for this number.
  void set_number(std::string_view key, float value);
  void set_flag(std::string_view key, bool value);
  void set_text(std::string_view key, std::string_view value);
  void set_texts(std::string_view key, const std::vector<std::string>& values);
  void set_null(std::string_view key);
  void set_architecture(std::string_view hf_class);
  void erase(std::string_view key);
  /// Puts the rotary parameters in one place; after defaults are set.
  void settle_rope();

  /// id2label and label2id.
  void set_labels(const std::vector<std::string>& labels);
  /// The labels of a classifier in the order of their numbers; empty without.
  std::vector<std::string> labels() const;

  /// Merged; for what the functions above do not cover.
  const nlohmann::json& json() const noexcept;
  /// As the file has it.
  const nlohmann::json& raw() const noexcept;
  /// What settle_rope() made: one object, or one for each kind of layer.
  const nlohmann::json& rope() const noexcept;

  /// As config.json.
  std::string print() const;

 private:
  struct State;
  explicit Config(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The shortest decimal that reads as this float.
double shortest_decimal(float value);

/// Rotary embedding parameters of one kind of layer.
struct Rope {
  std::string type = {};  ///< "", "default", "linear", "yarn", "llama3" ...
  std::optional<double> theta = {};
  std::optional<double> factor = {};
  std::optional<double> original_context = {};
  std::optional<double> partial = {};  ///< share of a head that is rotated
  std::optional<double> extrapolation_factor = {};
  std::optional<double> attention_factor = {};
  std::optional<double> beta_fast = {};
  std::optional<double> beta_slow = {};
  std::optional<double> low_freq_factor = {};
  std::optional<double> high_freq_factor = {};
  std::optional<double> mscale_all_dim = {};
  std::optional<bool> truncate = {};
  std::vector<double> long_factors = {};
  std::vector<double> short_factors = {};
  std::vector<std::int32_t> sections = {};  ///< of multimodal rope
};

/// Of layers that see everything.
Rope rope_of(const Config& config);
/// The base of layers with a window, where it is another one.
std::optional<double> local_rope_theta(const Config& config);
/// What the angles are divided by under "llama3" scaling, one number a pair;
/// empty for other kinds of scaling. `factor`: the default.
std::vector<float> llama3_factors(const Config& config, double factor);

}  // namespace hug::arch
