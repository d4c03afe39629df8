// Prints what our readers see in a file as JSON, for scripts that compare it
// with what other programs see or wrote.
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "base/base.h"
#include "format/format.h"
#include "hug/scan.h"
#include "support/model_bytes.h"

namespace {

using namespace hug;
using nlohmann::ordered_json;

std::string hash_of(const ByteSource& source) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(source.size()));
  if (!source.read_at(0, bytes)) return "unreadable";
  return base::sha256_hex(bytes);
}

ordered_json text_json(std::string_view text) {
  return base::to_hex(std::as_bytes(std::span(text)));
}

ordered_json value_json(const format::GgufValue& value) {
  return std::visit(
      [](const auto& v) -> ordered_json {
        using T = std::remove_cvref_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::string>) {
          return text_json(v);
        } else if constexpr (std::is_same_v<T, format::GgufArray>) {
          ordered_json out = ordered_json::array();
          out.push_back(format::name(format::element_type(v)));
          std::visit(
              [&](const auto& a) {
                for (std::size_t i = 0; i < a.size(); ++i) {
                  using A = std::remove_cvref_t<decltype(a)>;
                  if constexpr (std::is_same_v<A, format::StringArray>)
                    out.push_back(text_json(a[i]));
                  else if constexpr (std::is_same_v<A, std::vector<bool>>)
                    out.push_back(static_cast<bool>(a[i]));
                  else
                    out.push_back(a[i]);
                }
              },
              v);
          return out;
        } else {
          return v;
        }
      },
      value);
}

Result<ordered_json> gguf_json(const std::string& path) {
  const auto model = HUG_TRY(format::open_gguf_file(path));
  ordered_json out;
  for (const auto& [key, value] : model.metadata())
    out["metadata"].push_back(
        {key, format::name(format::type_of(value)), value_json(value)});
  out["alignment"] = model.first().alignment;
  for (const auto place : model.places()) {
    const auto& t = model.tensor(place);
    out["tensors"].push_back({t.name, tensor::name(t.type), t.dims(),
                              hash_of(*HUG_TRY(model.data(place)))});
  }
  return out;
}

Result<ordered_json> checkpoint_json(const std::string& path) {
  const auto folder = open_folder(path);
  const auto checkpoint = folder ? HUG_TRY(format::open_checkpoint(**folder))
                                 : HUG_TRY(format::open_checkpoint_file(HUG_TRY(
                                       open_file(path, FileAccess::kMap))));
  ordered_json out = ordered_json::array();
  for (const auto& t : checkpoint.tensors)
    out.push_back({t.name, tensor::name(t.type), t.shape, hash_of(*t.source)});
  return out;
}

Result<ordered_json> scan_json(const std::string& path) {
  const auto file =
      HUG_TRY(scan_file(HUG_TRY(open_file(path, FileAccess::kRead))));
  ordered_json out;
  out["path"] = path;
  out["kind"] = file.kind;
  out["verdict"] = verdict_name(file.verdict);
  out["imports"] = file.imports;
  for (const auto& f : file.findings)
    out["findings"].push_back(std::string(verdict_name(f.verdict)) + " " +
                              f.id + " " + f.where + " " + f.text);
  return out;
}

Result<void> write_gguf(const format::GgufModel& model,
                        const format::SplitPart& part,
                        const std::string& path) {
  const auto layout = HUG_TRY(format::layout_gguf(part.metadata, part.tensors));
  test::write_bytes(path, test::model_bytes(layout, [&](std::size_t i) {
                      const auto place = model.find(part.tensors[i].name);
                      return test::all_bytes(*model.data(*place).value());
                    }));
  return {};
}

// The same file again, as our own layout has it.
Result<void> rewrite(const std::string& from, const std::string& to) {
  const auto source = HUG_TRY(open_file(from, FileAccess::kMap));
  if (format::looks_like_gguf(*source)) {
    const auto model = HUG_TRY(format::open_gguf_file(from));
    if (model.parts.size() > 1)
      return write_gguf(model, format::plan_merge(model), to);
    return write_gguf(model, {model.metadata(), model.first().tensors}, to);
  }
  const auto header = HUG_TRY(format::read_safetensors(*source));
  std::vector<format::SafeTensorPlan> plans;
  for (const auto& t : header.tensors)
    plans.push_back({.name = t.name, .type = t.type, .shape = t.shape});
  const auto layout =
      HUG_TRY(format::layout_safetensors(plans, header.metadata));
  test::write_bytes(
      to, test::model_bytes(layout, [&](std::size_t i) {
        const auto* t = header.find(layout.tensors[i].name);
        return test::all_bytes(
            *slice(source, header.data_offset + t->begin, t->end - t->begin)
                 .value());
      }));
  return {};
}

Result<void> split(const std::string& from, const std::string& prefix) {
  const auto model = HUG_TRY(format::open_gguf_file(from));
  const auto parts = HUG_TRY(format::plan_split(
      model.metadata(), model.first().tensors, {.max_tensors = 2}));
  const auto n = static_cast<std::uint32_t>(parts.size());
  for (std::uint32_t i = 0; i < n; ++i)
    HUG_TRY(write_gguf(model, parts[i], format::split_name(prefix, i, n)));
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const std::string verb = argc > 1 ? argv[1] : "";
  if (argc == 4 && (verb == "rewrite" || verb == "split")) {
    const auto done =
        verb == "split" ? split(argv[2], argv[3]) : rewrite(argv[2], argv[3]);
    if (!done) std::puts(done.error().message().c_str());
    return done ? 0 : 1;
  }
  bool good = argc > 2;
  for (int i = 2; i < argc; ++i) {
    const auto out = verb == "gguf"   ? gguf_json(argv[i])
                     : verb == "scan" ? scan_json(argv[i])
                                      : checkpoint_json(argv[i]);
    const auto text =
        out ? *out
            : ordered_json{{"error", code_name(out.error().code())},
                           {"message", out.error().message()},
                           {"chain", out.error().chain()}};
    good = good && out.has_value();
    std::puts(text.dump(-1, ' ', false, ordered_json::error_handler_t::replace)
                  .c_str());
  }
  return good ? 0 : 1;
}
