// Texts to vectors.
#include <algorithm>
#include <cmath>

#include "arch/encoder.h"
#include "engine/file_check.h"
#include "engine/local_model.h"

namespace hug {

namespace {

// Tokens that go through an encoder together: enough to read the weights
// seldom, few enough for the caches.
constexpr std::size_t kBatch = 2048;

using Row = std::span<const float>;

EmbedPooling pooling_of(const arch::Model& m, const EmbedOptions& options) {
  if (options.pooling) return *options.pooling;
  switch (m.hparams.pooling) {
    case arch::Pooling::kCls:
    case arch::Pooling::kRank:
      return EmbedPooling::kCls;
    case arch::Pooling::kLast:
      return EmbedPooling::kLast;
    case arch::Pooling::kMean:
      return EmbedPooling::kMean;
    case arch::Pooling::kNone:
      break;
  }
  return m.traits->encoder ? EmbedPooling::kMean : EmbedPooling::kLast;
}

std::vector<float> mean_of(Row rows, std::size_t width) {
  std::vector<double> sums(width);
  for (std::size_t i = 0; i < rows.size(); ++i)
    sums[i % width] += static_cast<double>(rows[i]);
  const auto n = static_cast<double>(rows.size() / width);
  std::vector<float> out;
  for (const double sum : sums)
    out.push_back(static_cast<float>(sum / n));
  return out;
}

void normalize(std::span<float> row) {
  double sum = 0;
  for (const float v : row)
    sum += static_cast<double>(v) * static_cast<double>(v);
  if (sum <= 0) return;
  const auto factor = static_cast<float>(1.0 / std::sqrt(sum));
  for (float& v : row)
    v *= factor;
}

Embedding pooled(Row rows, std::size_t width, EmbedPooling pooling,
                 const EmbedOptions& options) {
  Embedding out;
  out.tokens = rows.size() / width;
  std::vector<float> all;
  switch (pooling) {
    case EmbedPooling::kNone:
      all.assign(rows.begin(), rows.end());
      break;
    case EmbedPooling::kMean:
      all = mean_of(rows, width);
      break;
    case EmbedPooling::kCls:
      all.assign(rows.begin(),
                 rows.begin() + static_cast<std::ptrdiff_t>(width));
      break;
    case EmbedPooling::kLast:
      all.assign(rows.end() - static_cast<std::ptrdiff_t>(width), rows.end());
      break;
  }
  out.rows = all.size() / width;
  const std::size_t kept = options.dimensions == 0 ? width : options.dimensions;
  for (std::size_t i = 0; i < out.rows; ++i) {
    const auto row = std::span(all).subspan(i * width, kept);
    if (options.normalize) normalize(row);
    out.values.insert(out.values.end(), row.begin(), row.end());
  }
  return out;
}

struct CutText {
  std::vector<TokenId> ids = {};
  bool cut = false;
};

// A text that is too long loses tokens before its last one, which ends it.
Result<CutText> fitted(const LocalModel& model, const arch::Model& m,
                       std::span<const TokenId> ids, bool truncate) {
  if (ids.empty()) return Error(Code::kUsage, "there are no tokens");
  CutText out{{ids.begin(), ids.end()}};
  const std::size_t most =
      m.traits->encoder ? arch::longest_text(m)
                        : static_cast<std::size_t>(model.context_length());
  if (most == 0 || ids.size() <= most) return out;
  if (!truncate)
    return Error(Code::kUsage, "the text has " + std::to_string(ids.size()) +
                                   " tokens and the model reads " +
                                   std::to_string(most))
        .hint("shorten the text");
  out.ids.resize(most);
  out.ids.back() = ids.back();
  out.cut = true;
  return out;
}

}  // namespace

Result<std::vector<Embedding>> LocalModel::embed(
    std::span<const std::vector<TokenId>> ids,
    const EmbedOptions& options) const {
  const arch::Model& m = *parts_->model;
  const std::size_t width = m.embeddings.n_in;
  if (m.decoder != nullptr)
    return Error(Code::kUnsupported, "cannot embed with an encoder-decoder (" +
                                         architecture() + ")");
  if (options.dimensions > width)
    return Error(Code::kUsage, "the model's vectors have " +
                                   std::to_string(width) + " dimensions, not " +
                                   std::to_string(options.dimensions));
  const EmbedPooling pooling = pooling_of(m, options);
  std::vector<CutText> texts;
  for (const auto& text : ids)
    texts.push_back(HUG_TRY(fitted(*this, m, text, options.truncate)));
  std::vector<Embedding> out;
  const auto put = [&](Row rows, const CutText& text) {
    out.push_back(pooled(rows, width, pooling, options));
    out.back().truncated = text.cut;
  };
  if (!m.traits->encoder) {
    for (const CutText& text : texts)
      put(HUG_TRY(logits(text.ids, true)), text);
    return out;
  }
  nn::Workspace work;
  for (std::size_t i = 0; i < texts.size();) {
    std::vector<TokenId> batch;
    std::vector<std::size_t> lengths;
    for (std::size_t k = i; k < texts.size(); ++k) {
      const auto& next = texts[k].ids;
      if (!batch.empty() && batch.size() + next.size() > kBatch) break;
      batch.insert(batch.end(), next.begin(), next.end());
      lengths.push_back(next.size());
    }
    const auto rows =
        HUG_TRY(arch::encode(m, parts_->team, work, {batch, {}, lengths}));
    HUG_TRY(engine::check_files(*parts_->model));
    std::size_t at = 0;
    for (const std::size_t n : lengths) {
      put(Row(rows).subspan(at * width, n * width), texts[i++]);
      at += n;
    }
  }
  return out;
}

Result<std::vector<Embedding>> LocalModel::embed(
    std::span<const std::string> texts, const EmbedOptions& options) const {
  std::vector<std::vector<TokenId>> ids;
  EncodeOptions encode;
  encode.parse_special = false;
  for (const std::string& text : texts)
    ids.push_back(HUG_TRY(tokenizer().encode(text, encode)).ids);
  return embed(ids, options);
}

}  // namespace hug
