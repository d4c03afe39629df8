#include "cmd/run/run_task.h"

#include <algorithm>

#include "cmd/run/texts.h"

namespace hug::cli::cmd {

namespace {

Result<void> embed(App& app, const LocalModel& model, const std::string& text) {
  const auto vectors = HUG_TRY(model.embed(std::span(&text, 1)));
  Value values = Value::array();
  for (const float v : vectors.front().values)
    values.push(short_double(v));
  if (app.out().mode() == Mode::kJson) {
    app.out().json_line(
        Value()
            .set("embedding", std::move(values))
            .set("tokens", static_cast<std::uint64_t>(vectors.front().tokens)));
  } else {
    app.out().json_line(values);
  }
  return {};
}

Result<void> classify(App& app, const LocalModel& model,
                      const std::string& text) {
  auto scores = HUG_TRY(model.classify(text));
  std::stable_sort(scores.begin(), scores.end(),
                   [](const LabelScore& a, const LabelScore& b) {
                     return a.score > b.score;
                   });
  std::vector<Value> rows;
  for (const LabelScore& s : scores) {
    rows.push_back(Value()
                       .set("label", s.label)
                       .set("score", probability_of(app.out(), s.score)));
  }
  app.out().table(rows, {.id = "label", .right = {"score"}});
  return {};
}

Result<void> fill_mask(App& app, const LocalModel& model,
                       const std::string& text) {
  std::vector<Value> rows;
  for (const MaskAnswer& answer : HUG_TRY(model.fill_mask(text))) {
    for (const MaskChoice& c : answer.choices) {
      rows.push_back(
          Value()
              .set("position", static_cast<std::uint64_t>(answer.position))
              .set("word", c.text)
              .set("probability", probability_of(app.out(), c.probability)));
    }
  }
  app.out().table(rows, {.id = "word", .right = {"probability"}});
  return {};
}

Result<void> translate(App& app, const LocalModel& model,
                       const std::string& text,
                       const GenerateOptions& options) {
  const bool json = app.out().mode() == Mode::kJson;
  Result<void> written;
  const Generation g =
      HUG_TRY(model.translate(text, options, [&](std::string_view piece) {
        if (!json) written = app.out().piece(piece);
        return written.has_value();
      }));
  HUG_TRY(std::move(written));
  if (g.reason == FinishReason::kCancelled) {
    return Error(Code::kCancelled, "translating was stopped");
  }
  if (!json) return app.out().raw("\n");
  app.out().json_line(Value().set("text", g.text));
  return {};
}

}  // namespace

Result<void> run_task(App& app, const LocalModel& model,
                      const std::string& text, const GenerateOptions& options) {
  switch (model.task()) {
    case ModelTask::kEmbed:
      return embed(app, model, text);
    case ModelTask::kFillMask:
      return fill_mask(app, model, text);
    case ModelTask::kClassify:
      return classify(app, model, text);
    case ModelTask::kTranslate:
      return translate(app, model, text, options);
    case ModelTask::kGenerate:
      break;
  }
  return Error(Code::kUnsupported, "the model writes");
}

}  // namespace hug::cli::cmd
