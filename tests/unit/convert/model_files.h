// Models of tests/data/arch and arch2 as complete folders, without copying:
// the files of the model and those of its tokenizer under one name.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "hug/file_set.h"

namespace model_files {

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

inline nlohmann::json read_json(const std::filesystem::path& path) {
  return nlohmann::json::parse(read_text(path));
}

/// Files from several folders; later ones win.
class Assembled final : public hug::FileSet {
 public:
  Assembled(std::string name, const std::vector<std::filesystem::path>& folders)
      : name_(std::move(name)) {
    namespace fs = std::filesystem;
    for (const fs::path& folder : folders)
      for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        const std::string path = fs::relative(entry.path(), folder).string();
        if (path == "tests.json" || path == "golden.json" ||
            path == "gguf.json" || path.ends_with(".f32"))
          continue;
        places_[path] = entry.path().string();
      }
    refresh();
  }

  void add(const std::string& path, const std::string& place) {
    places_[path] = place;
    refresh();
  }

  void remove(const std::string& path) {
    places_.erase(path);
    refresh();
  }

  const std::string& name() const noexcept override { return name_; }

  const std::vector<hug::FileInfo>& files() const noexcept override {
    return files_;
  }

  hug::Result<hug::ByteSourcePtr> open(std::string_view path) const override {
    const auto it = places_.find(std::string(path));
    if (it == places_.end())
      return hug::Error(hug::Code::kNotFound,
                        "no file '" + std::string(path) + "'");
    return hug::open_file(it->second, hug::FileAccess::kMap);
  }

 private:
  void refresh() {
    files_.clear();
    for (const auto& [path, place] : places_)
      files_.push_back({path, std::filesystem::file_size(place)});
  }

  std::string name_;
  std::map<std::string, std::string> places_;
  std::vector<hug::FileInfo> files_;
};

struct Model {
  std::filesystem::path folder = {};
  std::filesystem::path tokenizer = {};
  std::string name = {};

  Assembled files() const { return Assembled(name, {tokenizer, folder}); }

  nlohmann::json golden() const { return read_json(folder / "gguf.json"); }

  /// The pre-tokenizer that the reference was told; empty when it did not ask.
  std::string pre() const {
    const auto golden_pre = golden()["pre"];
    return golden_pre.is_object() ? golden_pre["name"].get<std::string>() : "";
  }
};

inline std::vector<Model> all_models() {
  namespace fs = std::filesystem;
  const fs::path data = fs::path(HUG_SOURCE_DIR) / "tests/data";
  std::vector<Model> out;
  for (const char* set : {"arch", "arch2"})
    for (const auto& row : read_json(data / set / "index.json")) {
      const std::string kind = row["tokenizer"];
      fs::path tokenizer = data / set / "tokenizers" / kind;
      if (!fs::exists(tokenizer)) tokenizer = data / "arch/tokenizers" / kind;
      const std::string name = row["name"];
      out.push_back({data / set / name, tokenizer, name});
    }
  return out;
}

inline Model model_named(const std::string& name) {
  for (const Model& model : all_models())
    if (model.name == name) return model;
  throw std::runtime_error("no model " + name);
}

/// A folder that goes away again.
class Scratch {
 public:
  Scratch() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "hug-convert-XXXXXX")
            .string();
    path_ = ::mkdtemp(pattern.data());
  }

  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::string operator/(const std::string& name) const {
    return (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

}  // namespace model_files
