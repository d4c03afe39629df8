#include "nn/matmul.h"

#include <algorithm>
#include <array>
#include <new>

#include "nn/huge_block.h"
#include "nn/kernels.h"
#include "nn/matmul_reference.h"
#include "tensor/codec.h"

namespace hug::nn {

namespace {

// Products shared out together; more are done in several goes.
constexpr std::size_t kMost = 8;
// Elements that one thread prepares sooner than others wake up.
constexpr std::size_t kFewElements = 8192;
// Bytes of weights that are worth a thread.
constexpr std::size_t kFewBytes = std::size_t{32} << 10;
// Tasks a thread, so that all are done at about the same time.
constexpr std::size_t kTasks = 4;

std::size_t over(std::size_t a, std::size_t b) {
  return (a + b - 1) / b;
}

// The prepared columns of the calling thread, kept for its next product.
std::uint8_t* column_memory(std::size_t size) {
  thread_local HugeBlock block;
  if (block.size() < size) {
    block = HugeBlock();
    block = HugeBlock(size);
    if (block.data() == nullptr) throw std::bad_alloc();
  }
  return reinterpret_cast<std::uint8_t*>(block.data());
}

void decode_blocks(tensor::DType type, const std::uint8_t* blocks,
                   std::size_t bytes, float* out, std::size_t n) {
  // Sizes and type were checked when the weights were loaded.
  static_cast<void>(tensor::decode_rows(
      type, {reinterpret_cast<const std::byte*>(blocks), bytes}, {out, n}));
}

// The number of columns from which on panels are faster than row kernels,
// measured with weights in main memory.
std::size_t least_for_panels(tensor::DType type) noexcept {
  switch (type) {
    case tensor::DType::kQ4K:
    case tensor::DType::kQ4_0:
      return 4;
    case tensor::DType::kQ8_0:
    case tensor::DType::kBf16:
    case tensor::DType::kF32:
      return 6;
    case tensor::DType::kF16:
      return 7;
    default:
      return kMaxRowColumns + 1;
  }
}

const std::uint8_t* first_row(const Matrix& w) {
  return reinterpret_cast<const std::uint8_t*>(w.bytes.data());
}

// One product, and which kernel does it: a row kernel or a panel kernel.
struct Step {
  const Product* product = nullptr;
  const RowKernel* rows = nullptr;
  const PanelKernel* panel = nullptr;
  std::size_t columns = 0;  // where they lie in the memory
  bool prepares = true;     // else an earlier step did
  std::size_t size = 0;     // of the columns
  std::size_t begin = 0;    // tasks, counted over all steps
  std::size_t end = 0;
};

class Plan {
 public:
  Plan(Team& team, std::span<const float> x, std::span<const Product> products);
  void prepare();
  void multiply();

 private:
  std::span<Step> steps() { return {steps_.data(), n_step_}; }

  void choose(Step& step, const Product& product) const;
  void place();
  void prepare_columns(const Step& step, std::size_t begin, std::size_t end);
  void multiply_rows();
  void multiply_panels();
  void multiply_strip(const Step& step, std::size_t task, unsigned rank);
  template <class Wanted, class Work>
  void for_tasks(std::size_t begin, std::size_t end, Wanted wanted, Work work);

  Team& team_;
  std::span<const float> x_;
  std::size_t n_in_;
  std::size_t n_column_;
  std::array<Step, kMost> steps_ = {};
  std::size_t n_step_;
  std::uint8_t* memory_ = nullptr;
  std::size_t splits_ = 1;  // column ranges of a strip
};

Plan::Plan(Team& team, std::span<const float> x,
           std::span<const Product> products)
    : team_(team),
      x_(x),
      n_in_(products[0].w.n_in),
      n_column_(x.size() / n_in_),
      n_step_(products.size()) {
  for (std::size_t i = 0; i < n_step_; ++i)
    choose(steps_[i], products[i]);
  place();
}

void Plan::choose(Step& step, const Product& product) const {
  step.product = &product;
  const tensor::DType type = product.w.type;
  if (n_column_ < least_for_panels(type)) {
    step.rows = find_row_kernel(type, team_.isa());
    if (step.rows != nullptr) {
      step.size = step.rows->column_size(n_in_) * n_column_;
      return;
    }
  }
  step.panel = find_panel_kernel(type, team_.isa());
  step.size = step.panel->columns_size(n_in_, n_column_);
}

// Columns prepared alike are prepared once.
void Plan::place() {
  std::size_t size = 0;
  for (std::size_t i = 0; i < n_step_; ++i) {
    Step& step = steps_[i];
    for (std::size_t j = 0; j < i; ++j) {
      const Step& other = steps_[j];
      const bool alike = step.rows != nullptr
                             ? other.rows != nullptr &&
                                   step.rows->prepare == other.rows->prepare
                             : other.panel != nullptr &&
                                   step.panel->prepare == other.panel->prepare;
      if (!alike) continue;
      step.prepares = false;
      step.columns = other.columns;
      break;
    }
    if (!step.prepares) continue;
    step.columns = size;
    size += over(step.size, 64) * 64;
  }
  memory_ = column_memory(size);
}

void Plan::prepare_columns(const Step& step, std::size_t begin,
                           std::size_t end) {
  std::uint8_t* const to = memory_ + step.columns;
  if (step.rows == nullptr) {
    step.panel->prepare({x_.data(), n_in_, n_column_, begin, end, to});
    return;
  }
  const std::size_t size = step.rows->column_size(n_in_);
  for (std::size_t c = begin; c < end; ++c)
    step.rows->prepare(x_.data() + c * n_in_, n_in_, to + c * size);
}

// The parts of tasks [begin, end) that belong to wanted steps.
template <class Wanted, class Work>
void Plan::for_tasks(std::size_t begin, std::size_t end, Wanted wanted,
                     Work work) {
  for (const Step& step : steps()) {
    if (!wanted(step)) continue;
    const std::size_t from = std::max(begin, step.begin);
    const std::size_t to = std::min(end, step.end);
    if (from < to) work(step, from - step.begin, to - step.begin);
  }
}

void Plan::prepare() {
  const auto wanted = [](const Step& step) { return step.prepares; };
  std::size_t count = 0;
  for (Step& step : steps()) {
    if (!wanted(step)) continue;
    step.begin = count;
    count +=
        step.rows != nullptr ? n_column_ : over(n_column_, step.panel->group);
    step.end = count;
  }
  const std::size_t grain = x_.size() <= kFewElements ? count : 1;
  team_.run(count, grain, [&](std::size_t begin, std::size_t end) {
    for_tasks(begin, end, wanted, [&](const Step& s, auto from, auto to) {
      prepare_columns(s, from, to);
    });
  });
}

void Plan::multiply() {
  multiply_rows();
  multiply_panels();
}

void Plan::multiply_rows() {
  const auto wanted = [](const Step& step) { return step.rows != nullptr; };
  std::size_t count = 0;
  std::size_t row_size = 0;
  for (Step& step : steps()) {
    if (!wanted(step)) continue;
    step.begin = count;
    step.end = count += step.product->w.n_out;
    row_size = std::max(row_size, step.product->w.row_size());
  }
  const std::size_t grain = over(kFewBytes, std::max<std::size_t>(row_size, 1));
  const auto work = [&](const Step& s, std::size_t from, std::size_t to) {
    const Product& p = *s.product;
    s.rows->multiply({first_row(p.w), p.w.row_size(), n_in_, from, to,
                      memory_ + s.columns, n_column_,
                      p.bias.empty() ? nullptr : p.bias.data(), p.y.data(),
                      p.w.n_out});
  };
  team_.run(count, grain, [&](std::size_t begin, std::size_t end) {
    for_tasks(begin, end, wanted, work);
  });
}

void Plan::multiply_panels() {
  const auto wanted = [](const Step& step) { return step.panel != nullptr; };
  std::size_t strips = 0;
  for (const Step& step : steps()) {
    if (wanted(step)) strips += over(step.product->w.n_out, step.panel->rows);
  }
  if (strips == 0) return;
  // Every range of columns unpacks the rows again: few, and long ones.
  const std::size_t splits =
      team_.size() == 1 ? 1 : over(kTasks * team_.size(), strips);
  splits_ = std::clamp<std::size_t>(splits, 1, over(n_column_, 64));
  std::size_t count = 0;
  for (Step& step : steps()) {
    if (!wanted(step)) continue;
    step.begin = count;
    count += over(step.product->w.n_out, step.panel->rows) * splits_;
    step.end = count;
  }
  team_.run(count, 1, [&](unsigned rank, std::size_t begin, std::size_t end) {
    for_tasks(begin, end, wanted, [&](const Step& s, auto from, auto to) {
      for (std::size_t task = from; task < to; ++task)
        multiply_strip(s, task, rank);
    });
  });
}

void Plan::multiply_strip(const Step& step, std::size_t task, unsigned rank) {
  const Product& p = *step.product;
  const PanelKernel& kernel = *step.panel;
  const std::size_t row = task / splits_ * kernel.rows;
  const std::size_t groups = over(n_column_, kernel.group);
  const tensor::DTypeInfo& type = tensor::info(p.w.type);
  PanelJob job;
  job.row_size = p.w.row_size();
  job.rows = first_row(p.w) + row * job.row_size;
  job.n_row = std::min(kernel.rows, p.w.n_out - row);
  job.n_in = n_in_;
  job.columns = memory_ + step.columns;
  job.n_column = n_column_;
  job.begin = groups * (task % splits_) / splits_;
  job.end = groups * (task % splits_ + 1) / splits_;
  const std::size_t size = kernel.scratch_size(n_in_, job.end - job.begin);
  job.scratch =
      reinterpret_cast<std::uint8_t*>(team_.scratch(rank, size).data());
  job.bias = p.bias.empty() ? nullptr : p.bias.data() + row;
  job.y = p.y.data() + row;
  job.y_stride = p.w.n_out;
  job.decode = decode_blocks;
  job.type = p.w.type;
  job.block = type.block;
  job.block_size = type.bytes;
  kernel.multiply(job);
}

}  // namespace

void matmul(Team& team, std::span<const float> x,
            std::span<const Product> products) {
  if (products.empty() || x.empty()) return;
  if (find_panel_kernel(tensor::DType::kF32, team.isa()) == nullptr) {
    matmul_reference(team, x, products);
    return;
  }
  while (!products.empty()) {
    const std::size_t n = std::min(products.size(), kMost);
    Plan plan(team, x, products.first(n));
    plan.prepare();
    plan.multiply();
    products = products.subspan(n);
  }
}

void matmul(Team& team, std::span<const float> x, const Matrix& w,
            std::span<float> y) {
  const Product product{w, {}, y};
  matmul(team, x, {&product, 1});
}

void decode_row(const Matrix& w, std::size_t row, std::span<float> out) {
  const std::size_t size = w.row_size();
  // Sizes and type were checked when the weights were loaded.
  static_cast<void>(
      tensor::decode_rows(w.type, w.bytes.subspan(row * size, size), out));
}

}  // namespace hug::nn
