// Tables for people: which columns, how wide, and what a cell shows.
#pragma once

#include <string>
#include <vector>

#include "out/value.h"

namespace hug::cli {

/// The keys of the first row that are not null in every row.
std::vector<std::string> columns_of(const std::vector<Value>& rows);

struct Table {
  std::vector<std::string> headers = {};
  std::vector<std::vector<std::string>> rows = {};
  std::vector<bool> right = {};
};

/// "createdAt" as "CREATED_AT".
std::string header_of(std::string_view key);
/// A value as a cell: ticks, days, lists joined, one line, safe to show.
std::string cell_of(const Value& value);
/// Shortens the widest columns until the table fits; true when it did.
bool fit(Table& table, std::size_t width);
std::string render(const Table& table);

}  // namespace hug::cli
