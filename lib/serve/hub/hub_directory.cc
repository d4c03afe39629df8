// The public face of a hub's directory.
#include "base/base.h"
#include "hub/store/fsck.h"
#include "hub/store/gc.h"
#include "hub/store/store.h"
#include "hug/hub_server.h"

namespace hug {

struct HubDirectory::Impl {
  Context* context = nullptr;
  std::unique_ptr<hub::Store> store;
};

HubDirectory::HubDirectory(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}

HubDirectory::HubDirectory(HubDirectory&&) noexcept = default;
HubDirectory& HubDirectory::operator=(HubDirectory&&) noexcept = default;
HubDirectory::~HubDirectory() = default;

std::string HubDirectory::default_dir(const Context& context) {
  const sys::Env& env = context.parts().env;
  if (const auto dir = env.find("HUG_HUB_DIR"); dir && !dir->empty()) {
    return std::string(*dir);
  }
  const auto data = env.find("XDG_DATA_HOME");
  if (data && data->starts_with('/')) return std::string(*data) + "/hug/hub";
  return sys::home_directory(env) + "/.local/share/hug/hub";
}

Result<HubDirectory> HubDirectory::open(Context& context, std::string dir,
                                        Open how) {
  if (how == Open::kMustExist && !context.parts().fs->exists(dir + "/hub.db")) {
    return Error(Code::kNotFound, "there is no hub in '" + dir + "'")
        .hint("name its directory with --dir");
  }
  auto impl = std::make_unique<Impl>();
  impl->context = &context;
  impl->store = HUG_TRY(hub::Store::open(context, dir));
  return HubDirectory(std::move(impl));
}

Result<HubUser> HubDirectory::add_user(
    const std::string& name, const std::vector<std::string>& members) {
  return impl_->store->accounts().add_user(name, members);
}

Result<std::vector<HubUser>> HubDirectory::users() const {
  return impl_->store->accounts().users();
}

Result<std::string> HubDirectory::create_token(const std::string& user,
                                               HubRole role,
                                               const std::string& name,
                                               bool make_user) {
  return impl_->store->accounts().create_token(user, role, name, make_user);
}

Result<std::vector<HubToken>> HubDirectory::tokens(
    const std::string& user) const {
  return impl_->store->accounts().tokens(user);
}

Result<HubToken> HubDirectory::revoke_token(const std::string& which) {
  return impl_->store->accounts().revoke(which);
}

Result<HubFsckReport> HubDirectory::fsck(const HubFsckOptions& options) {
  return hub::check_hub(*impl_->store, options, *impl_->context);
}

Result<HubGcReport> HubDirectory::gc(const HubGcOptions& options) {
  return hub::collect_garbage(*impl_->store, options, *impl_->context);
}

}  // namespace hug
