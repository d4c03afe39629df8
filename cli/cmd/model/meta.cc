// hug meta
#include <algorithm>

#include "app/app.h"
#include "hug/model_meta.h"
#include "spec/command.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kFile{.name = "file",
                       .kind = Kind::kPositional,
                       .type = Type::kPath,
                       .value = "FILE",
                       .help = "A gguf or safetensors file.",
                       .required = true,
                       .complete = Complete::kFile};

constexpr Option kGetOptions[] = {
    kFile,
    {.name = "key",
     .kind = Kind::kPositional,
     .value = "KEY",
     .help = "Keys to show; all without one.",
     .many = true},
};

constexpr Option kSetOptions[] = {
    kFile,
    {.name = "assignment",
     .kind = Kind::kPositional,
     .value = "KEY=VALUE",
     .help = "What to set; arrays as JSON.",
     .required = true,
     .many = true},
    {.name = "type",
     .kind = Kind::kValue,
     .value = "TYPE",
     .help = "Type of the values: u32, f32, bool, str, 'arr str' and so on; "
             "without it the type stays, or is guessed."},
};

constexpr Option kRemoveOptions[] = {
    kFile,
    {.name = "key",
     .kind = Kind::kPositional,
     .value = "KEY",
     .help = "Keys to remove.",
     .required = true,
     .many = true},
};

constexpr Example kGetExamples[] = {
    {"hug meta get model.gguf"},
    {"hug meta get model.gguf general.name --quiet", "the value alone"}};
constexpr Example kSetExamples[] = {
    {"hug meta set model.gguf general.name=Tiny"},
    {"hug meta set model.gguf tokenizer.ggml.eos_token_id=2 --type u32"}};
constexpr Example kRemoveExamples[] = {
    {"hug meta rm model.gguf tokenizer.chat_template"}};

Value value_of(const MetaEntry& entry) {
  auto value = Value::parse(entry.json);
  return value ? *value : Value(entry.json);
}

// Text as it is, everything else as JSON.
std::string plain(const MetaEntry& entry) {
  const Value value = value_of(entry);
  return value.is_string() ? value.as_string() : entry.json;
}

Result<void> run_get(App& app, const Args& args) {
  const auto all = HUG_TRY(read_metadata(args.text("file")));
  const auto keys = args.list("key");
  std::vector<const MetaEntry*> wanted;
  for (const MetaEntry& entry : all) {
    if (keys.empty()) wanted.push_back(&entry);
  }
  for (const std::string& key : keys) {
    const auto at = std::find_if(all.begin(), all.end(),
                                 [&](const auto& e) { return e.key == key; });
    if (at == all.end()) {
      return Error(Code::kNotFound,
                   "'" + args.text("file") + "' has no key '" + key + "'");
    }
    wanted.push_back(&*at);
  }
  Out& out = app.out();
  if (out.mode() == Mode::kJson) {
    Value object = Value::object();
    for (const MetaEntry* e : wanted)
      object.set(e->key, value_of(*e));
    out.json_line(object);
    return {};
  }
  if (out.quiet() && !keys.empty()) {
    for (const MetaEntry* e : wanted)
      out.line(plain(*e));
    return {};
  }
  std::vector<Value> rows;
  for (const MetaEntry* e : wanted) {
    rows.push_back(Value()
                       .set("key", e->key)
                       .set("type", e->type)
                       .set("value", plain(*e)));
  }
  out.table(rows, {.id = "key"});
  return {};
}

Result<void> change(App& app, const Args& args,
                    const std::vector<MetaChange>& changes) {
  Context* context = HUG_TRY(app.context());
  const auto report =
      HUG_TRY(change_metadata(*context, args.text("file"), changes));
  app.out().result(report.in_place ? "Changed in place" : "Written anew",
                   {{"path", args.text("file")},
                    {"keys", changes.size()},
                    {"in_place", report.in_place},
                    {"bytes_written", report.written}});
  return {};
}

Result<void> run_set(App& app, const Args& args) {
  std::vector<MetaChange> changes;
  for (const std::string& text : args.list("assignment")) {
    const auto equal = text.find('=');
    if (equal == std::string::npos || equal == 0) {
      return Error(Code::kUsage, "'" + text + "' is not KEY=VALUE");
    }
    changes.push_back({.key = text.substr(0, equal),
                       .value = text.substr(equal + 1),
                       .type = args.text("type")});
  }
  return change(app, args, changes);
}

Result<void> run_remove(App& app, const Args& args) {
  std::vector<MetaChange> changes;
  for (const std::string& key : args.list("key")) {
    changes.push_back({.key = key});
  }
  return change(app, args, changes);
}

constexpr Command kGet{.name = "get",
                       .summary = "Show metadata of a model file.",
                       .options = kGetOptions,
                       .examples = kGetExamples,
                       .run = run_get};
constexpr Command kSet{
    .name = "set",
    .summary = "Set metadata of a model file.",
    .details =
        "In place where the new header fits into the old one's room and can "
        "be written at once; else the file is written anew and takes the old "
        "one's place when it is complete.",
    .options = kSetOptions,
    .examples = kSetExamples,
    .run = run_set};
constexpr Command kRemove{.name = "rm",
                          .summary = "Remove metadata from a model file.",
                          .options = kRemoveOptions,
                          .examples = kRemoveExamples,
                          .run = run_remove};
static_assert(well_formed(kGet) && well_formed(kSet) && well_formed(kRemove));

constexpr const Command* kChildren[] = {&kGet, &kSet, &kRemove};

}  // namespace

extern constexpr Command kMeta{
    .name = "meta",
    .summary = "Show and change metadata of gguf and safetensors files.",
    .children = kChildren,
    .section = "Make",
};
static_assert(well_formed(kMeta));

}  // namespace hug::cli::cmd
