#include "cmd/repos/space_options.h"

#include "cmd/repos/key_values.h"

namespace hug::cli::cmd {

namespace {

std::string plural_type(const HubUri& uri) {
  return uri.bucket ? "bucket" : std::string(repo_type_name(uri.repo.type));
}

// hf://[type/]owner/name[@rev][/path]:/mount[:ro|:rw]
Result<Value> volume_json(const std::string& text) {
  std::string rest = text;
  std::optional<bool> read_only;
  if (rest.ends_with(":ro")) read_only = true;
  if (rest.ends_with(":rw")) read_only = false;
  if (read_only) rest.resize(rest.size() - 3);
  const auto colon = rest.rfind(":/");
  if (colon == rest.npos || rest.substr(colon).starts_with("://") ||
      colon + 2 >= rest.size()) {
    return Error(Code::kUsage, "invalid volume '" + text + "'")
        .hint("write it as hf://owner/name:/MOUNT, with :ro or :rw if wanted");
  }
  const HubUri uri = HUG_TRY(parse_hub_uri(rest.substr(0, colon)));
  Value volume;
  volume.set("type", plural_type(uri));
  volume.set("source", uri.repo.full());
  volume.set("mountPath", rest.substr(colon + 1));
  if (!uri.revision.empty()) volume.set("revision", uri.revision);
  if (read_only) volume.set("readOnly", *read_only);
  if (!uri.path.empty()) volume.set("path", uri.path);
  return volume;
}

}  // namespace

Result<Visibility> chosen_visibility(const Args& args) {
  const bool is_private = args.choice("private").value_or(false);
  const int count = static_cast<int>(is_private) +
                    static_cast<int>(args.flag("public")) +
                    static_cast<int>(args.flag("protected"));
  if (count > 1) {
    return Error(Code::kUsage,
                 "'--private', '--public' and '--protected' are "
                 "mutually exclusive");
  }
  if (is_private) return Visibility::kPrivate;
  if (args.flag("public")) return Visibility::kPublic;
  if (args.flag("protected")) return Visibility::kProtected;
  return Visibility::kDefault;
}

Result<CreateRepoOptions> creation_options(App& app, const Args& args) {
  CreateRepoOptions options;
  options.visibility = HUG_TRY(chosen_visibility(args));
  options.exist_ok = args.flag("exist-ok");
  options.sdk = args.text("sdk");
  options.template_repo = args.text("template");
  options.hardware = args.text("flavor");
  if (args.has("sleep-time"))
    options.sleep_seconds = args.integer("sleep-time");
  options.resource_group = args.text("resource-group-id");
  options.region = args.text("region");
  options.secrets =
      HUG_TRY(key_values(app, args.list("secrets"), args.text("secrets-file")));
  options.variables =
      HUG_TRY(key_values(app, args.list("env"), args.text("env-file")));
  Value volumes = Value::array();
  for (const std::string& text : args.list("volume")) {
    volumes.push(HUG_TRY(volume_json(text)));
  }
  if (!volumes.items().empty()) options.volumes_json = volumes.dump();
  return options;
}

}  // namespace hug::cli::cmd
