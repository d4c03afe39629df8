// What a program that uses the installed library looks like.
#include <hug/download.h>
#include <hug/hub_server.h>
#include <hug/text.h>
#include <hug/version.h>

#include <iostream>

int main() {
  hug::Context context{{}};
  const auto hub = hug::Hub::open(context, {.endpoint = "http://127.0.0.1:1"});
  if (!hub) return hug::exit_status(hub.error().code());
  const auto id = hug::parse_repo_id("datasets/acme/prose");
  if (!id || id->type != hug::RepoType::kDataset) return 1;
  std::cout << hug::version() << ' ' << hug::format_bytes(1'500'000) << '\n';
  return 0;
}
