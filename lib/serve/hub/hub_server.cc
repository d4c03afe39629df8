// The public face of the server.
#include "hug/hub_server.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "base/base.h"
#include "http/server/server.h"
#include "hub/service.h"
#include "hub/store/store.h"

namespace hug {
namespace {

bool is_loopback_name(std::string_view host) {
  return base::equal_ignoring_case(host, "localhost") ||
         host.starts_with("127.") || host == "[::1]" || host == "::1";
}

// An address is not a name, so no DNS answer can point a page at it.
bool is_address(std::string_view host) {
  if (host.starts_with('[')) return true;
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= '0' && c <= '9') || c == '.';
  });
}

bool host_allowed(const HubServerOptions& options, std::string_view host) {
  if (is_loopback_name(host) || base::equal_ignoring_case(host, options.host)) {
    return true;
  }
  const bool everywhere = options.host == "0.0.0.0" || options.host == "::";
  if (everywhere && is_address(host)) return true;
  return std::any_of(options.allowed_hosts.begin(), options.allowed_hosts.end(),
                     [&](const std::string& name) {
                       return base::equal_ignoring_case(name, host);
                     });
}

}  // namespace

struct HubServer::Impl {
  Context* context = nullptr;
  std::unique_ptr<hub::Store> store;
  std::unique_ptr<hub::Service> service;
  std::unique_ptr<http::Server> server;
  std::string endpoint;
  base::Secret owner_token;
  std::string owner_name;
  std::mutex mutex;
  std::condition_variable_any changed;
  bool stopped = false;
};

HubServer::HubServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HubServer::HubServer(HubServer&&) noexcept = default;

HubServer& HubServer::operator=(HubServer&& other) noexcept {
  if (this != &other) {
    if (impl_) stop();
    impl_ = std::move(other.impl_);
  }
  return *this;
}

HubServer::~HubServer() {
  if (impl_) stop();
}

Result<HubServer> HubServer::start(Context& context, HubServerOptions options) {
  auto impl = std::make_unique<Impl>();
  impl->context = &context;
  impl->store = HUG_TRY(hub::Store::open(context, options.dir));
  HUG_TRY(impl->store->refresh_all_derived());
  (void)HUG_TRY(impl->store->sweep());
  if (options.owner) {
    const auto user = context.parts().env.find("USER");
    const hub::Account account = HUG_TRY(
        impl->store->accounts().owner(std::string(user.value_or("owner"))));
    impl->owner_token = impl->store->accounts().grant_owner(account);
    impl->owner_name = account.name;
  }
  hub::Signer signer(HUG_TRY(impl->store->signing_key()));
  http::ServerOptions server;
  server.host = options.host;
  server.port = options.port;
  server.host_allowed = [options](std::string_view host) {
    return host_allowed(options, host);
  };
  impl->service = std::make_unique<hub::Service>(
      context, *impl->store, std::move(options), std::move(signer));
  impl->server =
      HUG_TRY(http::Server::start(std::move(server), *impl->service));
  impl->endpoint = impl->server->url();
  return HubServer(std::move(impl));
}

const std::string& HubServer::endpoint() const noexcept {
  return impl_->endpoint;
}

std::uint16_t HubServer::port() const noexcept {
  return impl_->server->port();
}

const std::string& HubServer::owner_token() const noexcept {
  return impl_->owner_token.reveal();
}

const std::string& HubServer::owner_name() const noexcept {
  return impl_->owner_name;
}

void HubServer::wait() {
  std::unique_lock lock(impl_->mutex);
  (void)impl_->changed.wait(lock, impl_->context->parts().stop,
                            [this] { return impl_->stopped; });
}

void HubServer::stop(std::chrono::milliseconds grace) {
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->stopped) return;
    impl_->stopped = true;
  }
  impl_->changed.notify_all();
  (void)impl_->server->drain(grace);
  impl_->store->registry().flush();
}

}  // namespace hug
