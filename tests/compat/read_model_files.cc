// Prints what our readers see in a file as JSON, for scripts that compare it
// with what other programs see or wrote.
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "base/base.h"
#include "format/format.h"
#include "hug/scan.h"

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

}  // namespace

int main(int argc, char** argv) {
  const std::string verb = argc > 1 ? argv[1] : "";
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
