// A hub for tests, run by scripts:
//
//   hub_serve serve DIR [--multipart BYTES] [--part BYTES] [--owner]
//       prints one JSON line {"endpoint", "owner_token", "owner"} and serves
//       until its standard input closes
//   hub_serve token DIR USER read|write     prints a new token
//   hub_serve user DIR NAME [MEMBER...]
//   hub_serve fsck DIR [--repair]           prints findings; status 0 if clean
//   hub_serve gc DIR SECONDS
#include <csignal>
#include <cstdio>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "base/base.h"
#include "hug/context.h"
#include "hug/hub_server.h"

namespace {

using Args = std::vector<std::string>;

class StderrLog : public hug::LogSink {
 public:
  void on_log(hug::LogLevel, std::string_view line) noexcept override {
    std::cerr << line << std::endl;
  }
};

std::string option(const Args& args, const std::string& name,
                   const std::string& fallback) {
  for (std::size_t i = 2; i + 1 < args.size(); ++i) {
    if (args[i] == name) return args[i + 1];
  }
  return fallback;
}

bool has(const Args& args, const std::string& name) {
  for (const std::string& arg : args) {
    if (arg == name) return true;
  }
  return false;
}

hug::Result<int> serve(hug::Context& context, const Args& args) {
  hug::HubServerOptions options;
  options.dir = args[1];
  options.multipart_threshold =
      hug::base::parse_unsigned(option(args, "--multipart", ""))
          .value_or(options.multipart_threshold);
  options.multipart_part_size =
      hug::base::parse_unsigned(option(args, "--part", ""))
          .value_or(options.multipart_part_size);
  options.port = static_cast<std::uint16_t>(
      hug::base::parse_unsigned(option(args, "--port", "")).value_or(0));
  options.owner = has(args, "--owner");
  auto server = HUG_TRY(hug::HubServer::start(context, options));
  std::cout << "{\"endpoint\": \"" << server.endpoint()
            << "\", \"owner_token\": \"" << server.owner_token()
            << "\", \"owner\": \"" << server.owner_name() << "\"}" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
  }
  server.stop();
  return 0;
}

hug::Result<int> fsck(hug::HubDirectory& hub, const Args& args) {
  const auto report = HUG_TRY(hub.fsck({.repair = has(args, "--repair")}));
  for (const hug::HubFinding& finding : report.findings) {
    std::cout << static_cast<int>(finding.severity) << " " << finding.id << " "
              << finding.path << ": " << finding.detail
              << (finding.repaired ? " (repaired)" : "") << "\n";
  }
  std::cout << "repos " << report.repos << " git objects " << report.git_objects
            << " large objects " << report.large_objects << "\n";
  return report.clean() ? 0 : 6;
}

hug::Result<int> run(hug::Context& context, const Args& args) {
  if (args[0] == "serve") return serve(context, args);
  auto hub = HUG_TRY(hug::HubDirectory::open(context, args[1]));
  if (args[0] == "fsck") return fsck(hub, args);
  if (args[0] == "token" && args.size() >= 4) {
    std::cout << HUG_TRY(hub.create_token(args[2],
                                          args[3] == "write"
                                              ? hug::HubRole::kWrite
                                              : hug::HubRole::kRead,
                                          {}, true))
              << "\n";
    return 0;
  }
  if (args[0] == "user" && args.size() >= 3) {
    (void)HUG_TRY(hub.add_user(args[2], {args.begin() + 3, args.end()}));
    return 0;
  }
  if (args[0] == "gc" && args.size() >= 3) {
    const auto seconds = hug::base::parse_unsigned(args[2]).value_or(3600);
    const auto report = HUG_TRY(
        hub.gc({.grace = std::chrono::seconds(static_cast<long>(seconds))}));
    std::cout << "reachable " << report.reachable << " marked " << report.marked
              << " removed " << report.removed << " merged "
              << report.packs_merged << "\n";
    return 0;
  }
  return hug::Error(hug::Code::kUsage, "unknown command '" + args[0] + "'");
}

}  // namespace

int main(int argc, char** argv) {
  const Args args(argv + 1, argv + argc);
  if (args.size() < 2) return 2;
  StderrLog log;
  auto context = hug::Context::from_process({.log = &log});
  const auto status = run(context, args);
  if (status) return *status;
  std::cerr << "error: " << status.error().message() << "\n";
  return 1;
}
