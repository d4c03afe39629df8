// The public face of the room (hug/quantize.h).
#include "hug/quantize.h"
#include "quantize/plan.h"
#include "quantize/run.h"
#include "tensor/codec.h"

namespace hug {

using quantize::PlannedTensor;

struct Quantization::State {
  QuantizeOptions options;
  quantize::Plan plan;
  std::vector<QuantizedTensor> tensors;
};

Quantization::Quantization(std::unique_ptr<State> state)
    : state_(std::move(state)) {}

Quantization::Quantization(Quantization&&) noexcept = default;
Quantization& Quantization::operator=(Quantization&&) noexcept = default;
Quantization::~Quantization() = default;

Result<Quantization> Quantization::open(const std::string& name,
                                        const OpenSource& open,
                                        const QuantizeOptions& options) {
  auto state = std::make_unique<State>();
  state->options = options;
  state->plan = HUG_TRY(
      quantize::make_plan(HUG_TRY(format::open_gguf(name, open)), options));
  for (const PlannedTensor& t : state->plan.tensors) {
    QuantizedTensor row;
    row.name = t.name;
    row.shape = t.shape;
    row.from = std::string(tensor::name(t.from));
    row.to = std::string(tensor::name(t.decision.type));
    row.bytes_from = t.from_bytes;
    row.bytes_to = t.to_bytes;
    row.fell_back = t.decision.fell_back;
    row.importance = t.importance != nullptr;
    state->tensors.push_back(std::move(row));
  }
  return Quantization(std::move(state));
}

const std::vector<QuantizedTensor>& Quantization::tensors() const noexcept {
  return state_->tensors;
}

const std::vector<std::string>& Quantization::warnings() const noexcept {
  return state_->plan.warnings;
}

std::uint64_t Quantization::bytes_from() const noexcept {
  return state_->plan.bytes_in();
}

std::uint64_t Quantization::bytes_to() const noexcept {
  return state_->plan.bytes_out();
}

std::vector<std::uint64_t> Quantization::file_bytes() const {
  std::vector<std::uint64_t> out;
  for (const format::GgufLayout& file : state_->plan.files)
    out.push_back(file.file_bytes);
  return out;
}

std::vector<std::string> Quantization::file_names(
    const std::string& path) const {
  return quantize::output_names(state_->plan, path);
}

Result<QuantizeReport> Quantization::run(const Context& context,
                                         const std::string& path) {
  return quantize::run_plan(context, state_->plan, state_->options,
                            file_names(path));
}

std::vector<FileTypeName> list_file_types() {
  std::vector<FileTypeName> out;
  for (const quantize::FileTypeInfo& t : quantize::all_file_types())
    out.push_back(
        {t.name, t.label, static_cast<std::uint32_t>(t.type),
         tensor::info(t.base).bits_per_weight(),
         tensor::can_encode(t.base) && t.type != quantize::FileType::kNvfp4});
  return out;
}

}  // namespace hug
