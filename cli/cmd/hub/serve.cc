// hug hub serve
#include "cmd/hub/directory.h"
#include "hug/hub_server.h"

namespace hug::cli::cmd {

namespace {

constexpr std::string_view kAccess = "Access";

constexpr Option kOptions[] = {
    kHubDir,
    {.name = "host",
     .kind = Kind::kValue,
     .value = "ADDRESS",
     .help = "Address to listen on.",
     .fallback = "127.0.0.1"},
    {.name = "port",
     .kind = Kind::kValue,
     .type = Type::kInteger,
     .value = "N",
     .help = "Port to listen on; 0 takes any free one.",
     .fallback = "8787",
     .maximum = 65535},
    {.name = "allow-host",
     .kind = Kind::kValue,
     .value = "NAME",
     .help = "Host name that requests may use besides the address.",
     .many = true,
     .group = kAccess},
    {.name = "allow-origin",
     .kind = Kind::kValue,
     .value = "ORIGIN",
     .help = "Web origin whose pages may call the hub.",
     .many = true,
     .group = kAccess},
    {.name = "public-url",
     .kind = Kind::kValue,
     .value = "URL",
     .help = "Address under which others reach it.",
     .group = kAccess},
};

constexpr Example kExamples[] = {
    {"hug hub serve"},
    {"hug hub serve --dir ./hub --port 0 --json"},
    {"HF_ENDPOINT=http://127.0.0.1:8787 hug models ls",
     "another shell, or the Python client"},
};

Result<HubServerOptions> options_of(App& app, const Args& args) {
  HubServerOptions options;
  options.dir = HUG_TRY(hub_dir(app, args));
  options.host = args.text("host");
  options.port = static_cast<std::uint16_t>(args.integer("port"));
  options.allowed_hosts = args.list("allow-host");
  options.allowed_origins = args.list("allow-origin");
  options.public_url = args.text("public-url");
  return options;
}

Result<void> run(App& app, const Args& args) {
  HubServerOptions options = HUG_TRY(options_of(app, args));
  Context* context = HUG_TRY(app.context());
  HubServer server = HUG_TRY(HubServer::start(*context, std::move(options)));
  Out& out = app.out();
  if (out.mode() == Mode::kJson) {
    out.json_line(Value().set("endpoint", server.endpoint()));
  } else {
    out.line(server.endpoint());
  }
  server.wait();
  server.stop();
  return {};
}

}  // namespace

extern constexpr Command kHubServe{
    .name = "serve",
    .summary = "Serve a hub over HTTP until interrupted.",
    .details =
        "Prints its address once it is ready. Ctrl-C lets requests "
        "under way finish, then ends.",
    .options = kOptions,
    .examples = kExamples,
    .run = run,
};
static_assert(well_formed(kHubServe));

}  // namespace hug::cli::cmd
