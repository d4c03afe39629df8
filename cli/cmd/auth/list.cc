// hug auth list
#include <ctime>

#include "app/app.h"
#include "cmd/options.h"
#include "hug/auth.h"
#include "out/table.h"

namespace hug::cli::cmd {

namespace {

constexpr Example kExamples[] = {{"hug auth list"}};

std::string day(std::int64_t unix_seconds) {
  const auto time = static_cast<std::time_t>(unix_seconds);
  std::tm parts{};
  char text[16] = {};
  if (::gmtime_r(&time, &parts) == nullptr) return {};
  const std::size_t n = std::strftime(text, sizeof text, "%Y-%m-%d", &parts);
  return {text, n};
}

void human(Out& out, const StoredTokens& stored) {
  Table table{.headers = {"", "name", "token", "expires"},
              .right = {false, false, false, false}};
  for (const StoredToken& token : stored.tokens) {
    table.rows.push_back({token.active ? "*" : "", Out::one_line(token.name),
                          token.masked,
                          token.expires_at ? day(*token.expires_at) : ""});
  }
  std::string text = render(table);
  text.pop_back();
  out.page(text);
  if (stored.environment_active) {
    out.warning(
        "the token of the environment (HF_TOKEN) wins over all of "
        "these");
  }
}

Result<void> run(App& app, const Args&) {
  Context* context = HUG_TRY(app.context());
  const StoredTokens stored = HUG_TRY(list_tokens(*context));
  Out& out = app.out();
  if (stored.tokens.empty() && out.mode() != Mode::kJson) {
    out.log(stored.environment_active
                ? "No access tokens found, but HF_TOKEN is set."
                : "No access tokens found.");
    return {};
  }
  if (out.human()) {
    human(out, stored);
    return {};
  }
  std::vector<Value> rows;
  for (const StoredToken& token : stored.tokens) {
    rows.push_back(Value()
                       .set("name", token.name)
                       .set("token", token.masked)
                       .set("active", token.active)
                       .set("expires_at", token.expires_at
                                              ? Value(*token.expires_at)
                                              : Value()));
  }
  out.table(rows, {.id = "name"});
  return {};
}

}  // namespace

extern constexpr Command kAuthList{
    .name = "list",
    .aliases = kListAliases,
    .summary = "List the tokens kept on this machine.",
    .examples = kExamples,
    .run = run,
};
static_assert(well_formed(kAuthList));

}  // namespace hug::cli::cmd
