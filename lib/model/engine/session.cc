#include "hug/session.h"

#include <algorithm>
#include <chrono>

#include "engine/answer.h"
#include "engine/file_check.h"
#include "engine/local_model.h"
#include "engine/session_file.h"

namespace hug {

namespace {

nn::CacheType cache_type(KvType type) {
  switch (type) {
    case KvType::kF32:
      return nn::CacheType::kF32;
    case KvType::kF16:
      return nn::CacheType::kF16;
    case KvType::kQ8_0:
      return nn::CacheType::kQ8;
  }
  return nn::CacheType::kF16;
}

// Time for moving weights to faster pages, of the time of the pass before: the
// first token does not wait for it.
constexpr double kPackingShare = 0.5;

Error too_long(std::uint64_t tokens, std::uint64_t context) {
  return Error(Code::kUsage, "the prompt has " + std::to_string(tokens) +
                                 " tokens and the context only " +
                                 std::to_string(context))
      .hint("shorten the prompt, or allow a larger context");
}

}  // namespace

struct Session::Parts final : engine::ModelContext {
  Parts(std::shared_ptr<LocalModel::Parts> m, const SessionOptions& options)
      : model(std::move(m)),
        sequence(*model->model, {.cache = cache_type(options.kv_type)}) {}

  Result<std::span<const float>> append(std::span<const TokenId> ids) override {
    using Clock = std::chrono::steady_clock;
    model->packing.advance(model->team, took * kPackingShare);
    const auto start = Clock::now();
    auto logits =
        arch::forward(model->team, sequence, ids, arch::Want::kLastLogits);
    if (!logits) {
      tokens.resize(std::min(tokens.size(), sequence.n_token()));
      return logits;
    }
    took = std::chrono::duration<double>(Clock::now() - start).count();
    HUG_TRY(engine::check_files(*model->model));
    tokens.insert(tokens.end(), ids.begin(), ids.end());
    return logits;
  }

  bool truncate(std::size_t n) override {
    if (!sequence.truncate(n)) return false;
    tokens.resize(n);
    return true;
  }

  std::size_t size() const override { return tokens.size(); }

  std::shared_ptr<LocalModel::Parts> model;
  arch::Sequence sequence;
  std::vector<TokenId> tokens = {};
  std::uint64_t context = 0;
  double took = 0;  // seconds, the pass before
};

Session::Session(std::unique_ptr<Parts> parts) noexcept
    : parts_(std::move(parts)) {}

Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Result<Session> Session::open(const LocalModel& model,
                              const SessionOptions& options) {
  if (!model.generates()) {
    return Error(Code::kUnsupported,
                 "cannot write with an encoder (" + model.architecture() + ")");
  }
  auto parts = std::make_unique<Parts>(model.parts(), options);
  parts->context =
      options.context == 0 ? model.context_length() : options.context;
  return Session(std::move(parts));
}

std::uint64_t Session::context() const noexcept {
  return parts_->context;
}

std::span<const TokenId> Session::tokens() const noexcept {
  return parts_->tokens;
}

std::uint64_t Session::memory_bytes() const noexcept {
  return parts_->sequence.memory_bytes();
}

void Session::reset() {
  parts_->truncate(0);
}

Result<Generation> Session::generate(
    std::span<const TokenId> prompt, const GenerateOptions& options,
    const std::function<bool(std::string_view)>& on_text) {
  Parts& p = *parts_;
  const std::uint64_t room = p.context == 0 ? UINT64_MAX : p.context;
  if (prompt.empty()) return Error(Code::kUsage, "the prompt is empty");
  if (prompt.size() >= room) return too_long(prompt.size(), room);
  // The last token is computed in any case: it has the logits.
  const auto end = std::mismatch(prompt.begin(), prompt.end() - 1,
                                 p.tokens.begin(), p.tokens.end());
  const auto common = static_cast<std::size_t>(end.first - prompt.begin());
  if (!p.truncate(common)) p.truncate(0);
  const nn::StopScope scope(p.model->team, options.cancel);
  auto out = engine::write_answer(p, p.model->tokenizer, prompt, room, options,
                                  on_text);
  if (!out) reset();
  return out;
}

Result<void> Session::save(const std::string& path,
                           std::string_view note) const {
  return engine::save_session(*parts_->model->model, parts_->sequence,
                              {parts_->tokens, std::string(note)}, path);
}

Result<std::string> Session::load(const std::string& path) {
  reset();
  auto content = engine::load_session(*parts_->model->model, parts_->sequence,
                                      parts_->context, path);
  if (!content) {
    reset();
    return content.error();
  }
  parts_->tokens = std::move(content->tokens);
  return std::move(content->note);
}

Result<Generation> LocalModel::generate(
    std::span<const TokenId> prompt, const GenerateOptions& options,
    const std::function<bool(std::string_view)>& on_text) const {
  Session session = HUG_TRY(Session::open(*this));
  return session.generate(prompt, options, on_text);
}

}  // namespace hug
