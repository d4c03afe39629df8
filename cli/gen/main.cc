// hug_gen DIR: writes what is made from the command tree into the source tree.
// hug_gen --check DIR: says what is stale, and fails.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "cmd/cmd.h"
#include "gen/gen.h"
#include "out/stream.h"

namespace {

namespace fs = std::filesystem;
using Files = std::map<std::string, std::string>;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

Files all_files(const fs::path& dir) {
  const hug::cli::Command& root = hug::cli::cmd::kRoot;
  Files files;
  for (auto& [name, text] : hug::cli::manual_pages(root)) {
    files["man/" + name] = text;
  }
  files["completions/hug.bash"] = hug::cli::bash_completion(root);
  files["completions/_hug"] = hug::cli::zsh_completion(root);
  files["completions/hug.fish"] = hug::cli::fish_completion(root);
  files["completions/hug.ps1"] = hug::cli::powershell_completion(root);
  files["README.md"] =
      hug::cli::readme_with_tables(root, read(dir / "README.md"));
  return files;
}

// Pages of commands that are no more.
std::set<std::string> leftovers(const fs::path& dir, const Files& files) {
  std::set<std::string> names;
  for (const char* folder : {"man", "completions"}) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(dir / folder, error)) {
      const std::string name =
          std::string(folder) + '/' + entry.path().filename().string();
      if (!files.contains(name)) names.insert(name);
    }
  }
  return names;
}

}  // namespace

int main(int argc, char** argv) {
  hug::cli::Stream out(1);
  const bool check = argc == 3 && std::string(argv[1]) == "--check";
  if (argc != 2 && !check) {
    out.write("usage: hug_gen [--check] DIR\n");
    return 2;
  }
  const fs::path dir = argv[argc - 1];
  const Files files = all_files(dir);
  int stale = 0;
  for (const auto& [name, text] : files) {
    if (read(dir / name) == text) continue;
    ++stale;
    out.write((check ? "stale: " : "written: ") + name + '\n');
    if (check) continue;
    fs::create_directories((dir / name).parent_path());
    std::ofstream(dir / name, std::ios::binary) << text;
  }
  for (const std::string& name : leftovers(dir, files)) {
    ++stale;
    out.write((check ? "left over: " : "removed: ") + name + '\n');
    if (!check) fs::remove(dir / name);
  }
  if (check && stale > 0) {
    out.write("run the target docs (ninja -C build/<dir> docs)\n");
  }
  return check && stale > 0 ? 1 : 0;
}
