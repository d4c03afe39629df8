// hug embed
#include <algorithm>
#include <bit>
#include <cmath>

#include "app/app.h"
#include "cmd/run/local_target.h"
#include "cmd/run/numbers.h"
#include "cmd/run/texts.h"
#include "cmd/text/text_target.h"
#include "hug/output_file.h"

namespace hug::cli::cmd {

namespace {

constexpr std::string_view kPoolings[] = {"mean", "cls", "last", "none"};

constexpr Option kOptions[] = {
    kRunTarget,
    kTexts,
    kTextsFile,
    {.name = "similarity",
     .help = "Print the cosine of every pair of texts instead."},
    {.name = "raw",
     .help = "Write the vectors as little-endian f32, one after another."},
    {.name = "output",
     .letter = 'o',
     .kind = Kind::kValue,
     .type = Type::kPath,
     .value = "FILE",
     .help = "Where the f32 go; implies --raw.",
     .complete = Complete::kFile},
    {.name = "pooling",
     .kind = Kind::kValue,
     .value = "HOW",
     .help = "How the tokens of a text become one vector; by default as the "
             "model says, else the mean.",
     .choices = kPoolings,
     .complete = Complete::kChoices},
    {.name = "no-normalize", .help = "Leave vectors as long as they are."},
    {.name = "dimensions",
     .kind = Kind::kValue,
     .type = Type::kInteger,
     .value = "N",
     .help = "Keep the first N numbers of each vector; all when 0.",
     .fallback = "0",
     .maximum = kMany},
    kThreads,
    kQuantizeAtLoad,
    kTextRevision,
};

constexpr Example kExamples[] = {
    {"hug embed acme/minilm \"a cat sleeps\" --json"},
    {"hug embed ./minilm.gguf --file lines.txt -o vectors.f32"},
    {"hug embed ./minilm.gguf \"a cat\" \"a kitten\" \"a car\" --similarity"},
};

constexpr std::string_view kSeeAlso[] = {"classify", "eval logits"};

constexpr std::size_t kTogether = 32;  // texts that go through together

EmbedOptions embed_options(const Args& args) {
  EmbedOptions out;
  const auto how = args.maybe("pooling");
  if (how == "mean") out.pooling = EmbedPooling::kMean;
  if (how == "cls") out.pooling = EmbedPooling::kCls;
  if (how == "last") out.pooling = EmbedPooling::kLast;
  if (how == "none") out.pooling = EmbedPooling::kNone;
  out.normalize = !args.flag("no-normalize");
  out.dimensions = static_cast<std::size_t>(args.integer("dimensions"));
  return out;
}

Result<std::vector<Embedding>> embed_all(App& app, const LocalModel& model,
                                         const std::vector<std::string>& texts,
                                         const EmbedOptions& options) {
  std::vector<Embedding> out;
  for (std::size_t at = 0; at < texts.size(); at += kTogether) {
    const std::size_t n = std::min(kTogether, texts.size() - at);
    for (Embedding& e :
         HUG_TRY(model.embed(std::span(texts).subspan(at, n), options))) {
      out.push_back(std::move(e));
    }
  }
  const auto cut = std::count_if(
      out.begin(), out.end(), [](const Embedding& e) { return e.truncated; });
  if (cut > 0) {
    app.out().warning(std::to_string(cut) +
                      " texts were longer than the model reads, and cut");
  }
  return out;
}

Result<void> write_raw(App& app, const Args& args,
                       const std::vector<Embedding>& vectors) {
  static_assert(std::endian::native == std::endian::little);
  std::string bytes;
  for (const Embedding& e : vectors) {
    bytes.append(reinterpret_cast<const char*>(e.values.data()),
                 e.values.size() * sizeof(float));
  }
  const auto output = args.maybe("output");
  if (!output || *output == "-") return app.out().raw(bytes);
  HUG_TRY(write_output_file(*output, bytes));
  app.out().result("Written",
                   {{"path", *output},
                    {"vectors", static_cast<std::uint64_t>(vectors.size())},
                    {"bytes", static_cast<std::uint64_t>(bytes.size())}});
  return {};
}

Value list_of(std::span<const float> values) {
  Value out = Value::array();
  for (const float v : values)
    out.push(short_double(v));
  return out;
}

// One vector, or with --pooling none a vector a token.
Value vector_of(const Embedding& e) {
  if (e.rows == 1) return list_of(e.values);
  const std::size_t width = e.values.size() / std::max<std::size_t>(e.rows, 1);
  Value out = Value::array();
  for (std::size_t i = 0; i < e.rows; ++i)
    out.push(list_of(std::span(e.values).subspan(i * width, width)));
  return out;
}

std::string glimpse(const Embedding& e) {
  std::string out;
  for (std::size_t i = 0; i < std::min<std::size_t>(e.values.size(), 4); ++i)
    out += rounded(static_cast<double>(e.values[i]), 4) + " ";
  return out + "... (" + (e.rows == 1 ? "" : std::to_string(e.rows) + " x ") +
         std::to_string(e.values.size() / std::max<std::size_t>(e.rows, 1)) +
         ")";
}

double cosine(std::span<const float> a, std::span<const float> b) {
  double dot = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    dot += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    aa += static_cast<double>(a[i]) * static_cast<double>(a[i]);
    bb += static_cast<double>(b[i]) * static_cast<double>(b[i]);
  }
  return aa > 0 && bb > 0 ? dot / std::sqrt(aa * bb) : 0;
}

void show_similarity(Out& out, const std::vector<std::string>& texts,
                     const std::vector<Embedding>& vectors) {
  std::vector<Value> rows;
  std::vector<std::string> right;
  for (std::size_t i = 0; i < texts.size(); ++i)
    right.push_back(std::to_string(i + 1));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    Value row;
    row.set("text", out.human()
                        ? std::to_string(i + 1) + " " + beginning(texts[i], 30)
                        : texts[i]);
    for (std::size_t j = 0; j < texts.size(); ++j) {
      const double c = cosine(vectors[i].values, vectors[j].values);
      row.set(right[j], out.human() ? Value(rounded(c, 4)) : Value(c));
    }
    rows.push_back(std::move(row));
  }
  out.table(rows, {.id = "text", .right = right});
}

Result<void> run(App& app, const Args& args) {
  const auto texts = HUG_TRY(read_texts(args));
  const EmbedOptions options = embed_options(args);
  const bool similarity = args.flag("similarity");
  if (similarity && options.pooling == EmbedPooling::kNone) {
    return Error(Code::kUsage, "--similarity needs one vector a text")
        .hint("leave --pooling none away");
  }
  const LocalTarget target = HUG_TRY(load_local_target(app, args));
  const auto vectors = HUG_TRY(embed_all(app, target.model, texts, options));
  Out& out = app.out();
  if (similarity) {
    show_similarity(out, texts, vectors);
    return {};
  }
  if (args.flag("raw") || args.has("output")) {
    return write_raw(app, args, vectors);
  }
  std::vector<Value> rows;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const Embedding& e = vectors[i];
    rows.push_back(
        Value()
            .set("text", out.human() ? beginning(texts[i]) : texts[i])
            .set("tokens", static_cast<std::uint64_t>(e.tokens))
            .set("embedding", out.human() ? Value(glimpse(e)) : vector_of(e)));
  }
  out.table(rows, {.id = "embedding"});
  return {};
}

}  // namespace

extern constexpr Command kEmbed{
    .name = "embed",
    .summary = "Turn texts into vectors with a model on this machine.",
    .details =
        "Each text, or each line of standard input or a file, becomes one "
        "vector. People see its beginning; --json and --raw have all of it.",
    .options = kOptions,
    .examples = kExamples,
    .see_also = kSeeAlso,
    .section = "Run",
    .run = run,
};
static_assert(well_formed(kEmbed));

}  // namespace hug::cli::cmd
