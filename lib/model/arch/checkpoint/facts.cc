#include "arch/checkpoint/facts.h"

#include "arch/checkpoint/pooling.h"
#include "arch/checkpoint/stored/storage.h"
#include "arch/hug_keys.h"

namespace hug::arch {

namespace {

Result<const Family*> family_of(const Config& config) {
  const std::string& name = config.architecture();
  if (name.empty())
    return Error(Code::kUnsupported,
                 "config.json does not name an architecture");
  if (const Family* family = find_family_of_class(name)) return family;
  return Error(Code::kUnsupported,
               "models of class '" + name + "' are not known")
      .hint("list the classes that are with hug convert --list");
}

}  // namespace

Result<CheckpointConfig> read_checkpoint_config(const Repository& files) {
  const auto text = HUG_TRY(files.text("config.json"));
  if (!text)
    return Error(Code::kNotFound,
                 "'" + files.files().name() + "' has no config.json");
  Config config = HUG_TRY(Config::parse(*text));
  const Family* family = HUG_TRY(family_of(config));
  HUG_TRY(storage_of(config));
  return CheckpointConfig{family, HUG_TRY(settle(*family, std::move(config)))};
}

Result<void> write_model_keys(Repository& files, const CheckpointConfig& model,
                              KeyWriter& writer) {
  const Family& family = *model.family;
  HUG_TRY(family.keys(model.config, writer));
  if (family.reads_pooling)
    if (const auto pooling = HUG_TRY(pooling_type(files)))
      writer.u32("pooling_type", *pooling);
  if (family.late_keys != nullptr) family.late_keys(model.config, writer);
  return writer.finish();
}

void write_hug_keys(const CheckpointConfig& model, const TensorPlan& plan,
                    KeyWriter& writer) {
  if (model.family->hug_keys != nullptr)
    model.family->hug_keys(model.config, writer);
  for (const KeptTensor& kept : model.family->kept) {
    const auto it = plan.kept.find(kept.key);
    if (it != plan.kept.end())
      writer.set(kept.key, format::GgufArray(it->second));
  }
}

}  // namespace hug::arch
