#include "arch/sequence.h"

#include <algorithm>
#include <cstring>

namespace hug::arch {

namespace {

// Far beyond any context, and small enough for a page table.
constexpr std::uint64_t kMostTokens = std::uint64_t{1} << 27;
constexpr char kMagic[8] = {'h', 'u', 'g', ' ', 's', 'e', 'q', '2'};

nn::KvShape kv_shape(const Model& m, std::size_t layer) {
  const auto& h = m.hparams;
  if (m.layers[layer].kv_a) {
    return {1, h.kv_lora_rank + h.n_rot, h.kv_lora_rank};
  }
  return {h.n_head_kv[layer], h.key_length, h.value_length};
}

void put(std::vector<std::byte>& out, std::uint64_t value) {
  for (int i = 0; i < 8; ++i)
    out.push_back(static_cast<std::byte>(value >> (8 * i)));
}

std::uint64_t get(const std::byte* at) {
  std::uint64_t out = 0;
  for (int i = 0; i < 8; ++i)
    out |= static_cast<std::uint64_t>(at[i]) << (8 * i);
  return out;
}

Error corrupt(const ByteSource& source) {
  return Error(Code::kCorrupt,
               "'" + source.name() + "' does not hold a whole state");
}

std::span<const std::byte> bytes(const std::vector<float>& v) {
  return std::as_bytes(std::span(v));
}

}  // namespace

Sequence::Sequence(const Model& model, SequenceOptions options)
    : model_(&model), options_(std::move(options)) {
  if (!options_.workspace) {
    options_.workspace = std::make_shared<nn::Workspace>();
  }
  clear();
}

void Sequence::clear() {
  layers_.clear();
  n_token_ = 0;
  arena_ = std::make_shared<nn::PageArena>();
  for (std::size_t i = 0; i < model_->layers.size(); ++i) {
    const Layer& l = model_->layers[i];
    LayerState state;
    if (l.kind == LayerKind::kAttention) {
      // What sees both ways sees everything there is.
      const std::size_t window = model_->hparams.causal ? l.window : 0;
      state.kv =
          nn::KvCache(kv_shape(*model_, i), options_.cache, window, arena_);
    } else {
      const bool mamba = l.kind == LayerKind::kMamba;
      const std::size_t channels =
          mamba ? model_->hparams.ssm_inner : model_->embeddings.n_in;
      state.conv.assign(l.conv.size() - channels, 0.0f);
      state.ssm.assign(l.ssm_a.size(), 0.0f);
    }
    layers_.push_back(std::move(state));
  }
}

bool Sequence::truncate(std::size_t n) {
  if (n == 0) {
    clear();
    return true;
  }
  if (n > n_token_) return false;
  bool can = true;
  for (const LayerState& s : layers_) {
    const bool recurrent = s.kv.layout().page_size == 0;
    can = can && (!recurrent || n == n_token_) && s.kv.can_truncate(n);
  }
  if (!can) return false;
  for (LayerState& s : layers_)
    s.kv.truncate(n);
  n_token_ = n;
  return true;
}

Result<Sequence> Sequence::fork() const {
  Sequence out(*model_, options_);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const LayerState& from = layers_[i];
    LayerState& to = out.layers_[i];
    if (from.kv.n_token() > 0) to.kv = HUG_TRY(from.kv.copy(out.arena_));
    to.conv = from.conv;
    to.ssm = from.ssm;
  }
  out.n_token_ = n_token_;
  return out;
}

std::size_t Sequence::memory_bytes() const noexcept {
  std::size_t out = arena_->used();
  for (const LayerState& s : layers_)
    out += (s.conv.size() + s.ssm.size()) * sizeof(float);
  return out;
}

// What must agree before a state may be read: the version, the layout of
// pages and the shape of every layer; then the sizes of what follows.
std::vector<std::byte> Sequence::header() const {
  std::vector<std::byte> out(sizeof kMagic);
  std::memcpy(out.data(), kMagic, sizeof kMagic);
  put(out, static_cast<std::uint64_t>(options_.cache));
  put(out, nn::kPageTokens);
  put(out, layers_.size());
  for (const LayerState& s : layers_) {
    const auto& l = s.kv.layout();
    put(out, l.shape.n_head);
    put(out, l.shape.key_dim);
    put(out, l.shape.value_dim);
    put(out, l.page_size);
    put(out, s.conv.size());
    put(out, s.ssm.size());
  }
  return out;
}

Result<void> Sequence::write(const WriteBytes& write) const {
  auto head = header();
  put(head, n_token_);
  for (const LayerState& s : layers_)
    put(head, s.kv.first());
  HUG_TRY(write(head));
  for (const LayerState& s : layers_) {
    for (std::byte* page : s.kv.pages()) {
      if (page == nullptr) continue;
      HUG_TRY(write({page, s.kv.layout().page_size}));
    }
    HUG_TRY(write(bytes(s.conv)));
    HUG_TRY(write(bytes(s.ssm)));
  }
  return {};
}

Result<std::uint64_t> Sequence::read(const ByteSource& source,
                                     std::uint64_t offset) {
  clear();
  auto end = read_all(source, offset);
  if (!end) clear();
  return end;
}

Result<std::uint64_t> Sequence::read_all(const ByteSource& source,
                                         std::uint64_t offset) {
  const auto expected = header();
  std::vector<std::byte> head(expected.size() + 8 + layers_.size() * 8);
  if (offset > source.size() || source.size() - offset < head.size()) {
    return corrupt(source);
  }
  HUG_TRY(source.read_at(offset, head));
  offset += head.size();
  if (std::memcmp(head.data(), kMagic, sizeof kMagic) != 0) {
    return corrupt(source);
  }
  if (!std::equal(expected.begin(), expected.end(), head.begin())) {
    return Error(Code::kConflict, "'" + source.name() +
                                      "' holds the state of another model "
                                      "or cache type");
  }
  const std::byte* at = head.data() + expected.size();
  const std::uint64_t n = get(at);
  if (n > kMostTokens) return corrupt(source);
  for (LayerState& s : layers_) {
    at += 8;
    HUG_TRY(read_pages(source, offset, n, get(at), s.kv));
    HUG_TRY(read_state(source, offset, s.conv));
    HUG_TRY(read_state(source, offset, s.ssm));
  }
  n_token_ = static_cast<std::size_t>(n);
  return offset;
}

Result<void> Sequence::read_pages(const ByteSource& source,
                                  std::uint64_t& offset, std::uint64_t n,
                                  std::uint64_t first, nn::KvCache& kv) {
  const std::uint64_t size = kv.layout().page_size;
  if (size == 0) return {};
  if (first > n || !kv.may_start_at(first, n)) return corrupt(source);
  const std::uint64_t pages =
      (n + nn::kPageTokens - 1) / nn::kPageTokens - first / nn::kPageTokens;
  if (pages > (source.size() - offset) / size) return corrupt(source);
  HUG_TRY(kv.restore(n, first));
  for (std::byte* page : kv.pages()) {
    if (page == nullptr) continue;
    HUG_TRY(source.read_at(offset, {page, static_cast<std::size_t>(size)}));
    offset += size;
  }
  return {};
}

Result<void> Sequence::read_state(const ByteSource& source,
                                  std::uint64_t& offset,
                                  std::vector<float>& state) {
  const std::uint64_t size = state.size() * sizeof(float);
  if (size > source.size() - offset) return corrupt(source);
  HUG_TRY(source.read_at(offset, std::as_writable_bytes(std::span(state))));
  offset += size;
  return {};
}

}  // namespace hug::arch
