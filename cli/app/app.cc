#include "app/app.h"

#include <cstdlib>

#include "hug/hub_server.h"
#include "hug/version.h"

namespace hug::cli {

namespace {

constexpr std::string_view kFile = "file:";

ProgressStyle style_of(const std::string& wanted, Out& out,
                       std::string_view disabled) {
  if (wanted == "bar") return ProgressStyle::kBar;
  if (wanted == "plain") return ProgressStyle::kPlain;
  if (wanted == "json") return ProgressStyle::kJson;
  if (wanted == "none" || !out.human()) return ProgressStyle::kNone;
  if (disabled == "1" || disabled == "true") return ProgressStyle::kNone;
  return out.standard_error().terminal() ? ProgressStyle::kBar
                                         : ProgressStyle::kPlain;
}

class Log final : public LogSink {
 public:
  Log(Out& out, LogLevel least) : out_(out), least_(least) {}

  void on_log(LogLevel level, std::string_view line) noexcept override {
    if (level < least_) return;
    if (level == LogLevel::kWarning) return out_.warning(line);
    out_.log(line);
  }

 private:
  Out& out_;
  LogLevel least_;
};

LogLevel log_level(const Args& args) {
  const std::string verbosity = App::environment("HF_HUB_VERBOSITY");
  if (args.flag("verbose") || !App::environment("HF_DEBUG").empty() ||
      verbosity == "debug")
    return LogLevel::kDebug;
  if (verbosity == "info") return LogLevel::kInfo;
  if (verbosity == "error" || verbosity == "critical") return LogLevel::kError;
  return LogLevel::kWarning;
}

}  // namespace

struct App::Parts {
  Log log;
  // In the order in which they need each other.
  std::optional<Context> server_context = {};
  std::optional<HubServer> server = {};
  std::optional<Context> context = {};
  std::optional<Hub> hub = {};
};

std::string App::environment(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value == nullptr ? std::string() : std::string(value);
}

App::App(const Command& root, Out& out, const Args& args, std::stop_token stop)
    : root_(root),
      out_(out),
      args_(args),
      stop_(std::move(stop)),
      progress_(out, style_of(args.text("progress"), out,
                              environment("HF_HUB_DISABLE_PROGRESS_BARS"))) {
  parts_ = std::make_unique<Parts>(Parts{.log = Log(out, log_level(args))});
}

App::~App() {
  progress_.close();
}

Result<void> App::start_embedded(const std::string& dir,
                                 Context::Options& options) {
  parts_->server_context = Context::from_process({.log = &parts_->log});
  parts_->server = HUG_TRY_WITH(
      HubServer::start(*parts_->server_context, {.dir = dir, .owner = true}),
      "starting the hub in '" + dir + "'");
  options.environment["HF_ENDPOINT"] = parts_->server->endpoint();
  // The owner of the directory, unless the caller says who is calling.
  options.environment["HF_TOKEN"] = parts_->server->owner_token();
  options.environment["HF_OIDC_RESOURCE"] = "";
  return {};
}

Result<Context*> App::context() {
  if (parts_->context) return &*parts_->context;
  Context::Options options{
      .stop = stop_, .events = &progress_, .log = &parts_->log};
  const std::string endpoint =
      args_.maybe("endpoint").value_or(environment("HF_ENDPOINT"));
  if (endpoint.starts_with(kFile)) {
    HUG_TRY(start_embedded(endpoint.substr(kFile.size()), options));
  } else if (args_.has("endpoint")) {
    options.environment["HF_ENDPOINT"] = endpoint;
  }
  if (args_.has("token")) options.environment["HF_TOKEN"] = args_.text("token");
  if (args_.flag("offline")) options.environment["HF_HUB_OFFLINE"] = "1";
  parts_->context.emplace(Context::from_process(std::move(options)));
  return &*parts_->context;
}

Result<Hub*> App::hub() {
  if (parts_->hub) return &*parts_->hub;
  Context* own = HUG_TRY(context());
  HubOptions options;
  if (args_.has("token")) {
    options.token = args_.text("token");
    if (options.token->empty()) {
      return Error(Code::kUsage, "the value of --token is empty");
    }
    if (as_hf()) {
      out_.warning(
          "passing `--token` on the command line leaves it in the "
          "shell's history; prefer `HF_TOKEN` or `hf auth login`");
    }
  }
  options.retries = static_cast<unsigned>(args_.integer("retries"));
  options.timeout = args_.duration("timeout");
  options.connections = static_cast<unsigned>(args_.integer("connections"));
  options.limit_rate = args_.bytes("limit-rate");
  options.user_agent = "hug/" + std::string(version());
  if (args_.flag("offline")) options.offline = true;
  parts_->hub.emplace(HUG_TRY(Hub::open(*own, std::move(options))));
  return &*parts_->hub;
}

}  // namespace hug::cli
