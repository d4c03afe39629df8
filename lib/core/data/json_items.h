// Long JSON lists, one item after the other: what is read of a list of a
// hundred thousand files is kept by nobody but who wants it.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "hug/result.h"

namespace hug::data {

/// Gets an item of a list and returns false to stop.
using TakeItem = std::function<Result<bool>(const nlohmann::json& item)>;
/// Gets a member of an object: its key and the text of its value.
using TakeMember =
    std::function<Result<void>(const std::string& key, std::string_view value)>;

/// Parses the items of the array that `text` is; what comes behind the item at
/// which `take` stopped is not looked at. `name` is what messages call the
/// text. Errors: kCorrupt, kLimit, those of `take`.
Result<void> each_json_item(std::string_view text, std::string_view name,
                            const TakeItem& take);
/// The members of the object that `text` is, in its order, also those of equal
/// keys; values are left to be parsed by `take`. Errors: the same.
Result<void> each_json_member(std::string_view text, std::string_view name,
                              const TakeMember& take);

}  // namespace hug::data
