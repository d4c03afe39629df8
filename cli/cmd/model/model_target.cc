#include "cmd/model/model_target.h"

#include <map>

#include "hug/target.h"

namespace hug::cli::cmd {

namespace {

// A gguf file and its other parts, which need not be in the target's listing.
class Parts : public FileSet {
 public:
  explicit Parts(std::string name) : name_(std::move(name)) {}

  const std::string& name() const noexcept override { return name_; }

  const std::vector<FileInfo>& files() const noexcept override {
    return files_;
  }

  Result<ByteSourcePtr> open(std::string_view path) const override {
    const auto found = sources_.find(path);
    if (found != sources_.end()) return found->second;
    return Error(Code::kNotFound, "no file '" + std::string(path) + "'");
  }

  void add(const std::string& path, ByteSourcePtr source) {
    files_.push_back({.path = path, .size = source->size()});
    sources_.emplace(path, std::move(source));
  }

 private:
  std::string name_;
  std::vector<FileInfo> files_;
  std::map<std::string, ByteSourcePtr, std::less<>> sources_;
};

bool has_checkpoint(const Target& target) {
  for (const TargetFile& file : target.files()) {
    for (const std::string_view end : {".safetensors", ".bin", ".pt", ".pth"}) {
      if (file.path.ends_with(end)) return true;
    }
  }
  return false;
}

}  // namespace

Result<ModelTarget> open_model_target(App& app, const Args& args,
                                      Unnamed unnamed) {
  Hub* hub = HUG_TRY(app.hub());
  TargetOptions options;
  options.revision = args.text("revision");
  const Target target =
      HUG_TRY(resolve_target(*hub, args.text("target"), options));
  ModelTarget out;
  out.name = target.name();
  out.remote = target.remote();
  if (out.remote) {
    out.repository = target.repo().full();
    out.repository_name = target.repo().name;
    out.commit = target.commit();
    out.repo = target.repo();
  }
  const bool one = target.kind() == Target::Kind::kFile;
  if (!one && target.tag().empty() &&
      (unnamed == Unnamed::kAllFiles || has_checkpoint(target))) {
    out.files = target.file_set();
    return out;
  }
  // A file is what its bytes say, unless its parts must be found by name.
  if (one && !target.files().front().path.ends_with(".gguf")) {
    out.files = target.file_set();
    return out;
  }
  auto choice = target.gguf();
  if (!choice) {
    if (!target.tag().empty()) return std::move(choice).error();
    out.files = target.file_set();
    return out;
  }
  auto parts = std::make_shared<Parts>(target.name());
  for (const std::string& file : choice->files) {
    parts->add(file, HUG_TRY(target.open(file)));
  }
  out.gguf = choice->files.front();
  out.files = std::move(parts);
  return out;
}

}  // namespace hug::cli::cmd
