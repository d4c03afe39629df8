#include "quantize/output.h"

#include <algorithm>

#include "base/hash.h"
#include "sys/context.h"

namespace hug::quantize {
namespace {

using base::Hasher;
using base::HashKind;

constexpr std::size_t kSampledTensors = 16;
constexpr std::uint64_t kSample = 4096;

/// Other sources of the same shape have other weights here.
Result<void> hash_sample(const format::GgufModel& model, Hasher& hasher) {
  const auto places = model.places();
  const std::size_t step =
      std::max<std::size_t>(1, places.size() / kSampledTensors);
  for (std::size_t i = 0; i < places.size(); i += step) {
    const auto source = HUG_TRY(model.data(places[i]));
    std::vector<std::byte> bytes(std::min(kSample, source->size()));
    HUG_TRY(source->read_at((source->size() - bytes.size()) / 2, bytes));
    hasher.update(bytes);
  }
  return {};
}

Result<void> hash_input(const format::GgufModel& model, Hasher& hasher) {
  bool known = true;
  for (const format::GgufPart& part : model.parts) {
    hasher.update(std::to_string(part.source->size()) + ";");
    const auto digest = part.source->sha256();
    known = known && digest.has_value();
    hasher.update(digest.value_or(""));
  }
  if (known) return {};
  return hash_sample(model, hasher);
}

void hash_importance(const Plan& plan, Hasher& hasher) {
  for (const PlannedTensor& t : plan.tensors) {
    hasher.update(std::to_string(t.place.part) + "/" +
                  std::to_string(t.place.tensor) + ";");
    if (t.importance != nullptr)
      hasher.update(std::as_bytes(std::span(*t.importance)));
  }
}

Result<void> check_target(sys::Fs& fs, const Plan& plan,
                          const QuantizeOptions& options,
                          const std::string& name) {
  const auto info = HUG_TRY(fs.find_info(name));
  if (!info) return {};
  if (!options.replace)
    return Error(Code::kConflict, "'" + name + "' exists")
        .hint("choose another name, or allow it to be replaced");
  for (const format::GgufPart& part : plan.model.parts) {
    const auto source = HUG_TRY(fs.find_info(part.source->name()));
    if (source && source->device == info->device &&
        source->inode == info->inode)
      return Error(Code::kUsage, "'" + name + "' is the input itself");
  }
  return {};
}

}  // namespace

Result<std::string> plan_identity(const Plan& plan) {
  Hasher hasher(HashKind::kSha256);
  hasher.update("hug quantize 1;");
  for (const format::GgufLayout& file : plan.files) {
    hasher.update(std::to_string(file.header.size()) + ";");
    hasher.update(file.header);
  }
  HUG_TRY(hash_input(plan.model, hasher));
  hash_importance(plan, hasher);
  return hasher.finish();
}

struct Output::State {
  struct Target {
    sys::PartFile part;
    std::string name;
    sys::RangeSet before;  // what an earlier run left
  };

  const Plan* plan = nullptr;
  std::vector<Target> files;
  std::uint64_t reused = 0;

  Result<void> open_file(sys::Fs& fs, const QuantizeOptions& options,
                         const std::string& name, const std::string& identity);
  Result<void> write_frame(Target& file, const format::GgufLayout& layout);
};

Output::Output(std::unique_ptr<State> state) : state_(std::move(state)) {}

Output::Output(Output&&) noexcept = default;
Output& Output::operator=(Output&&) noexcept = default;
Output::~Output() = default;

Result<void> Output::State::open_file(sys::Fs& fs,
                                      const QuantizeOptions& options,
                                      const std::string& name,
                                      const std::string& identity) {
  const std::size_t i = files.size();
  sys::PartOptions part;
  part.size = plan->files[i].file_bytes;
  part.identity = identity + "/" + std::to_string(i);
  // The page cache outlives a killed run; only a power failure costs more.
  part.sync_every = std::uint64_t{4} << 30;
  files.push_back({HUG_TRY(sys::PartFile::open(fs, name + ".part",
                                               name + ".part.journal", part)),
                   name,
                   {}});
  Target& file = files.back();
  if (!options.resume) HUG_TRY(file.part.reset());
  file.before = file.part.done();
  reused += file.before.total();
  return write_frame(file, plan->files[i]);
}

/// The header, and the zeros between tensors.
Result<void> Output::State::write_frame(Target& file,
                                        const format::GgufLayout& layout) {
  const auto put = [&](std::uint64_t offset,
                       std::span<const std::byte> bytes) -> Result<void> {
    if (bytes.empty()) return {};
    HUG_TRY(file.part.write(offset, bytes));
    return file.part.mark({offset, bytes.size()});
  };
  HUG_TRY(put(0, layout.header));
  const std::vector<std::byte> zeros(layout.alignment);
  for (std::size_t i = 0; i < layout.tensors.size(); i++) {
    const std::uint64_t end = layout.file_offset(i) + layout.tensors[i].bytes;
    const std::uint64_t next = i + 1 < layout.tensors.size()
                                   ? layout.file_offset(i + 1)
                                   : layout.file_bytes;
    HUG_TRY(put(end, std::span(zeros).first(next - end)));
  }
  return {};
}

Result<Output> Output::open(const Context& context, const Plan& plan,
                            const QuantizeOptions& options,
                            const std::vector<std::string>& names) {
  sys::Fs& fs = *context.parts().fs;
  for (const std::string& name : names)
    HUG_TRY(check_target(fs, plan, options, name));
  const std::string identity = HUG_TRY(plan_identity(plan));
  auto state = std::make_unique<State>();
  state->plan = &plan;
  state->files.reserve(names.size());
  for (const std::string& name : names)
    HUG_TRY_WITH(state->open_file(fs, options, name, identity),
                 "writing '" + name + "'");
  return Output(std::move(state));
}

bool Output::has(const PlannedTensor& tensor, std::uint64_t offset,
                 std::uint64_t size) const {
  const auto& layout = state_->plan->files[tensor.file];
  return state_->files[tensor.file].before.contains(
      {layout.file_offset(tensor.index) + offset, size});
}

Result<void> Output::write(const PlannedTensor& tensor, std::uint64_t offset,
                           std::span<const std::byte> bytes) {
  const auto& layout = state_->plan->files[tensor.file];
  sys::PartFile& part = state_->files[tensor.file].part;
  const std::uint64_t at = layout.file_offset(tensor.index) + offset;
  HUG_TRY(part.write(at, bytes));
  return part.mark({at, bytes.size()});
}

Result<void> Output::publish() {
  for (State::Target& file : state_->files)
    HUG_TRY_WITH(file.part.publish(file.name), "writing '" + file.name + "'");
  return {};
}

std::uint64_t Output::bytes_reused() const noexcept {
  return state_->reused;
}

}  // namespace hug::quantize
