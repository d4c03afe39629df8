#include "arch/families.h"

namespace hug::arch {

namespace {

constexpr const Family* kAll[] = {
    &kLlama,     &kMistral,    &kMixtral,   &kSmolLm3,    &kGranite,
    &kQwen2,     &kQwen2Moe,   &kQwen3,     &kQwen3Moe,   &kGemma,
    &kGemma2,    &kGemma3,     &kPhi2,      &kPhi3,       &kGpt2,
    &kGptNeox,   &kFalcon,     &kStableLm,  &kStarcoder2, &kOlmo,
    &kOlmo2,     &kOlmoe,      &kCommandR,  &kGlm4,       &kDeepseek2,
    &kDeepseek3, &kGptOss,     &kExaone4,   &kMamba,      &kLfm2,
    &kBert,      &kDistilBert, &kRoberta,   &kXlmRoberta, &kCamembert,
    &kNomicBert, &kT5,         &kT5Encoder,
};

}  // namespace

std::span<const Family* const> all_families() noexcept {
  return kAll;
}

const Family* find_family_of_class(std::string_view hf_class) noexcept {
  for (const Family* family : kAll)
    for (const std::string_view name : family->classes)
      if (name == hf_class) return family;
  return nullptr;
}

const Family* find_family(std::string_view arch, const GgufFacts& file) {
  const Family* fallback = nullptr;
  for (const Family* family : kAll) {
    if (family->arch != arch) continue;
    if (family->is_kind != nullptr && family->is_kind(file)) return family;
    if (family->is_kind == nullptr && fallback == nullptr) fallback = family;
  }
  return fallback;
}

}  // namespace hug::arch
