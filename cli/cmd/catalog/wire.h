// The hub's JSON as the command line shows it: snake_case, dates with offset,
// fields in one order, nothing that is null.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "hug/repo.h"
#include "out/value.h"

namespace hug::cli::cmd {

/// Properties that --expand may name.
std::span<const std::string_view> expand_names(RepoType type);

/// A model, dataset or space from the hub's object. Errors: kCorrupt.
Result<Value> info_json(RepoType type, std::string_view hub_json);
Value entry_json(const TreeEntry& entry);
/// The metadata of a card in the order of its fields.
Value card_json(RepoType type, const Value& card);
/// "2025-01-02T03:04:05.000Z" as "2025-01-02T03:04:05+00:00".
std::string iso_date(std::string_view hub_date);

}  // namespace hug::cli::cmd
