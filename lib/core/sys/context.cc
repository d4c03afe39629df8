#include "sys/context.h"

#include <utility>

#include "hug/environment.h"
#include "sys/paths.h"

namespace hug {

Context::Context(Options options)
    : parts_(std::make_unique<Parts>(
          Parts{sys::Env(std::move(options.environment)), sys::real_fs(),
                sys::real_clock(), std::move(options.stop), options.events,
                options.log})) {}

Context Context::from_process(Options options) {
  sys::Env env = sys::Env::from_process();
  for (auto& [name, value] : options.environment) {
    env.set(name, std::move(value));
  }
  options.environment = env.values();
  return Context(std::move(options));
}

Context::Context(Context&&) noexcept = default;
Context& Context::operator=(Context&&) noexcept = default;
Context::~Context() = default;

Result<void> Context::Parts::check_stop() const {
  if (stop.stop_requested()) return Error(Code::kCancelled, "cancelled");
  return {};
}

std::string variable_text(const Context& context, std::string_view name) {
  const sys::Env& env = context.parts().env;
  const EnvironmentVariable* variable = sys::find_variable(name);
  if (variable != nullptr && variable->secret) {
    return env.is_set(name) ? "***" : "";
  }
  return env.text(name);
}

bool variable_is_set(const Context& context, std::string_view name) {
  return context.parts().env.is_set(name);
}

Places places(const Context& context) {
  sys::Locations l = sys::locations(context.parts().env);
  return {std::move(l.home),         std::move(l.hub_cache),
          std::move(l.assets_cache), std::move(l.xet_cache),
          std::move(l.token),        std::move(l.stored_tokens)};
}

}  // namespace hug
