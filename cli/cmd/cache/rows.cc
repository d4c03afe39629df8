#include "cmd/cache/rows.h"

#include <algorithm>
#include <cmath>

#include "hug/text.h"
#include "spec/args.h"

namespace hug::cli::cmd {

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  });
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  });
  return out;
}

std::string_view trim(std::string_view text) {
  while (text.starts_with(' '))
    text.remove_prefix(1);
  while (text.ends_with(' '))
    text.remove_suffix(1);
  return text;
}

bool holds(double left, std::string_view op, double right) {
  if (op == "=" || op == "==") return left == right;
  if (op == "!=") return left != right;
  if (op == ">") return left > right;
  if (op == "<") return left < right;
  return op == ">=" ? left >= right : left <= right;
}

struct Filter {
  std::string key;
  std::string op;
  std::string value;
  double number = 0;
};

Error bad_filter(std::string_view text, const std::string& why) {
  return Error(Code::kUsage,
               "invalid filter '" + std::string(text) + "': " + why)
      .hint(
          "write it as size>1GB, accessed>7d, modified<2w, refs=main or "
          "type=model");
}

Result<Filter> parse_filter(std::string_view text) {
  const auto at = text.find_first_of("=!<>");
  if (at == text.npos || at == 0) return bad_filter(text, "no comparison");
  const std::size_t width = at + 1 < text.size() && text[at + 1] == '=' ? 2 : 1;
  Filter filter{.key = lower(trim(text.substr(0, at))),
                .op = std::string(text.substr(at, width)),
                .value = std::string(trim(text.substr(at + width)))};
  if (filter.op == "!" || filter.value.empty()) {
    return bad_filter(text, "no comparison");
  }
  if (filter.key == "size") {
    auto bytes = parse_bytes(filter.value);
    if (!bytes) bytes = parse_bytes(upper(filter.value));
    if (!bytes) return bad_filter(text, "no size");
    filter.number = static_cast<double>(*bytes);
  } else if (filter.key == "accessed" || filter.key == "modified") {
    const auto age = parse_duration(filter.value);
    if (!age) return bad_filter(text, "no time");
    filter.number = static_cast<double>(age->count()) / 1000;
  } else if (filter.key == "refs" || filter.key == "type") {
    if (filter.op != "=") return bad_filter(text, "only '=' makes sense here");
  } else {
    return bad_filter(text, "no such key");
  }
  return filter;
}

double age_seconds(CacheTime when, CacheTime now) {
  return std::chrono::duration<double>(now - when).count();
}

bool passes(const CacheEntry& entry, const Filter& filter, CacheTime now) {
  if (filter.key == "size") {
    return holds(static_cast<double>(entry.size()), filter.op, filter.number);
  }
  if (filter.key == "type") {
    return repo_type_name(entry.repo->id.type) == lower(filter.value);
  }
  if (filter.key == "refs") {
    return std::ranges::any_of(entry.refs(), [&](const std::string& ref) {
      return lower(ref) == lower(filter.value);
    });
  }
  const CacheTime when =
      filter.key == "accessed" ? entry.repo->accessed : entry.modified();
  return holds(age_seconds(when, now), filter.op, filter.number);
}

}  // namespace

std::uint64_t CacheEntry::size() const {
  return revision != nullptr ? revision->size : repo->size;
}

CacheTime CacheEntry::modified() const {
  return revision != nullptr ? revision->modified : repo->modified;
}

const std::vector<std::string>& CacheEntry::refs() const {
  return revision != nullptr ? revision->refs : repo->refs;
}

std::string cache_id(const CachedRepo& repo) {
  return std::string(repo_type_name(repo.id.type)) + '/' + repo.id.full();
}

CacheTime cache_now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now());
}

std::string age_text(CacheTime when, CacheTime now) {
  struct Unit {
    std::string_view name;
    double seconds;
    double most;  // of this unit; larger ages use the next one
  };

  constexpr Unit kUnits[] = {{"second", 1, 60},      {"minute", 60, 60},
                             {"hour", 3600, 24},     {"day", 86400, 6},
                             {"week", 604800, 6},    {"month", 2629800, 11},
                             {"year", 31557600, 1e9}};
  const double age = age_seconds(when, now);
  if (age < 20) return "a few seconds ago";
  for (const Unit& unit : kUnits) {
    const double value = std::nearbyint(age / unit.seconds);
    if (value > unit.most) continue;
    return std::to_string(static_cast<std::int64_t>(value)) + ' ' +
           std::string(unit.name) + (value > 1 ? "s" : "") + " ago";
  }
  return "long ago";
}

Result<void> filter_entries(std::vector<CacheEntry>& entries,
                            std::string_view expression, CacheTime now) {
  const Filter filter = HUG_TRY(parse_filter(trim(expression)));
  std::erase_if(entries, [&](const CacheEntry& entry) {
    return !passes(entry, filter, now);
  });
  return {};
}

void sort_entries(std::vector<CacheEntry>& entries, std::string_view key) {
  const std::string_view name = key.substr(0, key.find(':'));
  const bool descending =
      key.ends_with(":desc") || (!key.ends_with(":asc") && name != "name");
  const auto less = [&](const CacheEntry& a, const CacheEntry& b) {
    if (name == "size") return a.size() < b.size();
    if (name == "accessed") return a.repo->accessed < b.repo->accessed;
    if (name == "modified") return a.modified() < b.modified();
    return lower(cache_id(*a.repo)) < lower(cache_id(*b.repo));
  };
  // Equal entries keep their order both ways.
  std::ranges::stable_sort(entries,
                           [&](const CacheEntry& a, const CacheEntry& b) {
                             return descending ? less(b, a) : less(a, b);
                           });
}

Result<CacheScan> scan_existing(const Context& context,
                                const std::string& root) {
  CacheScan scan = HUG_TRY(scan_cache(context, root));
  if (!scan.exists) {
    return Error(Code::kNotFound, "cache directory not found: " + scan.root)
        .hint("download something first, or name another with --cache-dir");
  }
  return scan;
}

}  // namespace hug::cli::cmd
