// hug env
#include <sys/utsname.h>

#include "app/app.h"
#include "hug/auth.h"
#include "hug/environment.h"
#include "hug/version.h"
#include "spec/command.h"

namespace hug::cli::cmd {

namespace {

constexpr Example kExamples[] = {{"hug env", "for a bug report"},
                                 {"hug env --json"}};

std::string platform() {
  utsname names{};
  if (::uname(&names) != 0) return "unknown";
  return std::string(names.sysname) + '-' + names.release + '-' + names.machine;
}

Result<Value> collect(App& app) {
  Context* context = HUG_TRY(app.context());
  Hub* hub = HUG_TRY(app.hub());
  Value all;
  all.set("hug version", version());
  all.set("Platform", platform());
  const auto token = active_token(*hub);
  all.set("Has a token",
          token.has_value() && token->source != TokenSource::kNone);
  const auto helpers = git_credential_helpers(*context);
  all.set("Git credential helpers",
          helpers ? Value::strings(*helpers) : Value::array());
  all.set("Endpoint", hub->endpoint());
  all.set("Offline", hub->offline());
  const Places where = places(*context);
  all.set("HF_HOME", where.home);
  all.set("HF_HUB_CACHE", where.hub_cache);
  all.set("HF_ASSETS_CACHE", where.assets_cache);
  all.set("HF_XET_CACHE", where.xet_cache);
  all.set("HF_TOKEN_PATH", where.token);
  all.set("HF_STORED_TOKENS_PATH", where.stored_tokens);
  for (const EnvironmentVariable& variable : environment_variables()) {
    if (!variable_is_set(*context, variable.name)) continue;
    if (all.find(variable.name) != nullptr) continue;
    all.set(variable.name, variable_text(*context, variable.name));
  }
  return all;
}

Result<void> run(App& app, const Args&) {
  const Value all = HUG_TRY(collect(app));
  Out& out = app.out();
  if (out.mode() == Mode::kJson) {
    out.json_line(all);
    return {};
  }
  out.line("Copy-and-paste the text below in an issue:");
  out.line("");
  for (const auto& [name, value] : all.members()) {
    std::string text = value.python_str();
    if (value.is_array()) {
      text.clear();
      for (const Value& item : value.items()) {
        text += (text.empty() ? "" : ", ") + item.as_string();
      }
    }
    out.line("- " + name + ": " + Out::one_line(text));
  }
  return {};
}

}  // namespace

extern constexpr Command kEnvCommand{
    .name = "env",
    .summary = "Print what this program sees of its surroundings.",
    .examples = kExamples,
    .section = "More",
    .run = run,
};
static_assert(well_formed(kEnvCommand));

}  // namespace hug::cli::cmd
