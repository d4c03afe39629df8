// From files to a model that computes: a gguf file, its parts, or a checkpoint
// as it lies in a folder.
#include <algorithm>
#include <filesystem>

#include "arch/tensor_set.h"
#include "engine/local_model.h"
#include "engine/residence.h"
#include "format/gguf_split.h"
#include "sys/thread_pool.h"
#include "text/gguf_tokenizer.h"

namespace hug {

namespace {

unsigned threads_of(const ModelOptions& options) {
  return options.threads != 0 ? options.threads
                              : static_cast<unsigned>(sys::core_count());
}

Result<tensor::Isa> isa_of(const ModelOptions& options) {
  if (options.reference) return tensor::Isa::kScalar;
  return tensor::choose_isa(options.isa);
}

Result<arch::LoadOptions> load_options(const ModelOptions& options) {
  arch::LoadOptions out;
  out.vocabulary = options.tokenizer;
  if (!options.quantize.empty())
    out.quantize = HUG_TRY(arch::find_load_type(options.quantize));
  return out;
}

// `text`: what the files say of templates.
Result<LocalModel> make_model(arch::TensorSet& tensors, ModelText text,
                              const ModelOptions& options) {
  const tensor::Isa isa = HUG_TRY(isa_of(options));
  HUG_TRY(engine::settle(tensors, options.memory));
  auto model = HUG_TRY(arch::load_model(tensors));
  const std::string& name = tensors.store->name;
  auto tokenizer = tensors.tokenizer ? *std::move(tensors.tokenizer)
                   : options.tokenizer && text::has_tokenizer(tensors.metadata)
                       ? HUG_TRY(text::make_tokenizer(tensors.metadata, name))
                       : text::make_no_tokenizer(name);
  auto parts = std::make_shared<LocalModel::Parts>(
      std::move(model), std::move(tokenizer), threads_of(options), isa);
  parts->team.stop_by(options.cancel);
  if (options.tokenizer) parts->text = std::move(text);
  parts->warnings = std::move(tensors.warnings);
  if (options.memory == WeightMemory::kAuto) {
    parts->packing = engine::Packing(tensors);
    parts->packing.measure(parts->team);
  }
  return LocalModel(std::move(parts));
}

Result<LocalModel> load_gguf(format::GgufModel model,
                             const ModelOptions& options) {
  const std::string name = model.parts.front().source->name();
  nn::Team team(options.quantize.empty() ? 1 : threads_of(options));
  team.stop_by(options.cancel);
  const auto load = HUG_TRY(load_options(options));
  arch::TensorSet tensors = HUG_TRY_WITH(
      arch::read_tensors(std::move(model), team, load), "loading " + name);
  ModelText text = text::read_model_text(tensors.metadata);
  return HUG_TRY_WITH(make_model(tensors, std::move(text), options),
                      "loading " + name);
}

// The gguf file of a set: the only one, or the first of the parts of one.
Result<std::string> find_gguf(const FileSet& files) {
  std::string found;
  for (const FileInfo& file : files.files()) {
    if (!file.path.ends_with(".gguf")) continue;
    const auto split = format::parse_split_name(file.path);
    if (split && split->number != 0) continue;
    if (!found.empty())
      return Error(Code::kUsage,
                   "'" + files.name() + "' holds more than one model")
          .hint("name one of its gguf files");
    found = file.path;
  }
  if (found.empty())
    return Error(Code::kNotFound, "'" + files.name() +
                                      "' holds neither config.json nor a "
                                      "gguf file");
  return found;
}

}  // namespace

Result<LocalModel> LocalModel::load(ByteSourcePtr gguf,
                                    const ModelOptions& options) {
  return load(std::vector<ByteSourcePtr>{std::move(gguf)}, options);
}

Result<LocalModel> LocalModel::load(const std::vector<ByteSourcePtr>& parts,
                                    const ModelOptions& options) {
  if (parts.empty() || parts.size() > 65'535)
    return Error(Code::kUsage, "a model has at least one file");
  const auto n = static_cast<std::uint32_t>(parts.size());
  const std::string first =
      n == 1 ? parts[0]->name() : format::split_name("model", 0, n);
  const auto open = [&](const std::string& name) -> Result<ByteSourcePtr> {
    if (name == first) return parts[0];
    const auto split = format::parse_split_name(name);
    const std::size_t i = split ? split->number : n;
    if (i < parts.size()) return parts[i];
    return Error(Code::kNotFound,
                 "a part of '" + parts[0]->name() + "' is missing");
  };
  return load_gguf(HUG_TRY(format::open_gguf(first, open)), options);
}

Result<LocalModel> LocalModel::load(const FileSet& files,
                                    const ModelOptions& options) {
  if (files.find("config.json") == nullptr) {
    const std::string name = HUG_TRY(find_gguf(files));
    return load_gguf(
        HUG_TRY(format::open_gguf(
            name, [&](const std::string& part) { return files.open(part); })),
        options);
  }
  nn::Team team(threads_of(options));
  team.stop_by(options.cancel);
  const auto load = HUG_TRY(load_options(options));
  arch::TensorSet tensors = HUG_TRY_WITH(arch::read_tensors(files, team, load),
                                         "loading " + files.name());
  ModelText text;
  if (options.tokenizer) text = HUG_TRY(read_model_text(files));
  return HUG_TRY_WITH(make_model(tensors, std::move(text), options),
                      "loading " + files.name());
}

Result<LocalModel> LocalModel::open(const std::string& path,
                                    const ModelOptions& options) {
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed))
    return load(*HUG_TRY(open_folder(path)), options);
  return load_gguf(HUG_TRY(format::open_gguf_file(path)), options);
}

}  // namespace hug
