// What an added token becomes when it is encoded and decoded again.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hug::arch {

/// `tokenizer` is tokenizer.json; only its decoder matters, since an added
/// token is found as a whole.
std::string decoded_form(const nlohmann::json& tokenizer,
                         const std::string& text);

}  // namespace hug::arch
