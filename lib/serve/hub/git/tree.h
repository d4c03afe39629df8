// Git trees: as values, and edited path by path against a base. Only the
// folders on the way to a change are read and written.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/git/git_repo.h"
#include "hub/git/oid.h"
#include "hub/git/pack_writer.h"

namespace hug::hub {

inline constexpr std::uint32_t kModeFile = 0100644;
inline constexpr std::uint32_t kModeTree = 0040000;
inline constexpr std::uint32_t kModeLink = 0120000;
inline constexpr std::uint32_t kModeGitlink = 0160000;

struct TreeItem {
  std::string name;
  std::uint32_t mode = kModeFile;
  Oid oid;

  bool is_tree() const noexcept { return (mode & 0170000) == kModeTree; }

  bool is_gitlink() const noexcept { return (mode & 0170000) == kModeGitlink; }
};

/// The content of a tree object. Errors: kCorrupt.
Result<std::vector<TreeItem>> parse_tree(std::string_view raw);
/// Sorts as git does.
std::string format_tree(std::vector<TreeItem> items);

class TreeEditor {
 public:
  /// `root`: the tree to start from; a null id for an empty one.
  TreeEditor(const GitRepo& repo, const Oid& root);
  ~TreeEditor();
  TreeEditor(const TreeEditor&) = delete;
  TreeEditor& operator=(const TreeEditor&) = delete;

  /// What is at the path now; the edits so far count.
  Result<std::optional<TreeItem>> find(std::string_view path);
  /// Puts a file. Errors: kUsage when a folder stands there, or a file stands
  /// where the path needs a folder.
  Result<void> put(std::string_view path, const Oid& oid,
                   std::uint32_t mode = kModeFile);
  /// False when there is no such file (folder).
  Result<bool> remove_file(std::string_view path);
  Result<bool> remove_folder(std::string_view path);
  /// Adds the changed trees to the pack; the id of the root.
  Result<Oid> write(PackWriter& pack);

 private:
  struct Node;
  Result<void> load(Node& node);
  Result<Node*> descend(std::string_view folder, bool make);
  Result<std::optional<Oid>> write_node(Node& node, PackWriter& pack);

  const GitRepo& repo_;
  std::unique_ptr<Node> root_;
};

}  // namespace hug::hub
