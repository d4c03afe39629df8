// hug_fault_proxy: an HTTP proxy in front of a hub that breaks things on
// purpose, the same way for the same seed.
//
//   hug_fault_proxy --upstream PORT [--port PORT] [--seed N] [--rate 0.05]
//     [--budget N] [--only FAULT,FAULT] [--rule "METHOD GLOB [nth=N] FAULT
//     [ARG]"]
//     [--log FILE]
//
// It prints its URL and serves until it is killed.
#include <sys/socket.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>

#include "base/strings.h"
#include "relay.h"

namespace {

using namespace hug::fault;

struct Arguments {
  PlanOptions plan;
  std::uint16_t upstream = 0;
  std::uint16_t port = 0;
  std::string log;
};

int usage(const std::string& what) {
  std::fprintf(stderr, "hug_fault_proxy: %s\n", what.c_str());
  return 2;
}

/// An empty text when all is well, else what is wrong.
std::string take(Arguments& out, const std::string& name,
                 const std::string& value) {
  if (name == "--rule") {
    auto rule = parse_rule(value);
    if (!rule) return "broken rule: " + value;
    out.plan.rules.push_back(*std::move(rule));
  } else if (name == "--only") {
    for (const auto word : hug::base::split(value, ',')) {
      const auto fault = find_fault(word);
      if (!fault) return "no such fault: " + std::string(word);
      out.plan.only.push_back(*fault);
    }
  } else if (name == "--rate") {
    out.plan.rate = std::atof(value.c_str());
  } else if (name == "--log") {
    out.log = value;
  } else {
    const auto number = hug::base::parse_unsigned(value);
    if (!number) return "not a number: " + value;
    if (name == "--seed") {
      out.plan.seed = *number;
    } else if (name == "--budget") {
      out.plan.budget = *number;
    } else if (name == "--upstream") {
      out.upstream = static_cast<std::uint16_t>(*number);
    } else if (name == "--port") {
      out.port = static_cast<std::uint16_t>(*number);
    } else {
      return "no such option: " + name;
    }
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i + 1 < argc; i += 2) {
    const auto wrong = take(arguments, argv[i], argv[i + 1]);
    if (!wrong.empty()) return usage(wrong);
  }
  if (arguments.upstream == 0) return usage("--upstream is missing");
  std::signal(SIGPIPE, SIG_IGN);
  auto listener = listen_on_loopback(arguments.port);
  if (!listener.valid()) return usage("cannot listen");
  std::FILE* const file =
      arguments.log.empty() ? nullptr : std::fopen(arguments.log.c_str(), "a");
  Plan plan(arguments.plan);
  Log log(file);
  std::printf("http://127.0.0.1:%u\n", unsigned{arguments.port});
  std::fflush(stdout);
  for (;;) {
    hug::sys::Fd fd(::accept(listener.get(), nullptr, nullptr));
    if (!fd.valid()) continue;
    std::thread([client = Stream(std::move(fd)), &arguments, &plan,
                 &log]() mutable {
      relay(std::move(client), arguments.upstream, plan, log);
    }).detach();
  }
}
