#include "hub/git/tree.h"

#include <algorithm>

#include "base/base.h"

namespace hug::hub {

Result<std::vector<TreeItem>> parse_tree(std::string_view raw) {
  std::vector<TreeItem> out;
  while (!raw.empty()) {
    const std::size_t space = raw.find(' ');
    const std::size_t nul = raw.find('\0');
    if (space == std::string_view::npos || nul == std::string_view::npos ||
        space > 7 || nul < space || raw.size() - nul - 1 < 20) {
      return Error(Code::kCorrupt, "a tree object is malformed");
    }
    TreeItem item;
    item.mode = 0;
    for (const char c : raw.substr(0, space)) {
      if (c < '0' || c > '7') {
        return Error(Code::kCorrupt, "a tree object has a bad mode");
      }
      item.mode = item.mode * 8 + static_cast<std::uint32_t>(c - '0');
    }
    item.name = raw.substr(space + 1, nul - space - 1);
    std::memcpy(item.oid.bytes.data(), raw.data() + nul + 1, 20);
    raw.remove_prefix(nul + 21);
    out.push_back(std::move(item));
  }
  return out;
}

std::string format_tree(std::vector<TreeItem> items) {
  // Folders sort as if their name ended with '/'.
  const auto key = [](const TreeItem& item) {
    return item.is_tree() ? item.name + "/" : item.name;
  };
  std::sort(items.begin(), items.end(),
            [&](const auto& a, const auto& b) { return key(a) < key(b); });
  std::string out;
  for (const TreeItem& item : items) {
    std::string mode;
    for (std::uint32_t left = item.mode; left != 0; left /= 8) {
      mode.insert(mode.begin(), static_cast<char>('0' + left % 8));
    }
    out += mode + " " + item.name;
    out += '\0';
    out.append(reinterpret_cast<const char*>(item.oid.bytes.data()), 20);
  }
  return out;
}

struct TreeEditor::Node {
  struct Slot {
    TreeItem item;
    std::unique_ptr<Node> child;  // a folder that was looked into
  };

  Oid base;
  bool loaded = false;
  bool changed = false;
  std::map<std::string, Slot, std::less<>> slots;
};

TreeEditor::TreeEditor(const GitRepo& repo, const Oid& root)
    : repo_(repo), root_(std::make_unique<Node>()) {
  root_->base = root;
  root_->loaded = root.is_null();
  root_->changed = root.is_null();
}

TreeEditor::~TreeEditor() = default;

Result<void> TreeEditor::load(Node& node) {
  if (node.loaded) return {};
  const std::string raw = HUG_TRY(repo_.read(node.base, ObjectType::kTree));
  for (TreeItem& item : HUG_TRY(parse_tree(raw))) {
    std::string name = item.name;
    node.slots.try_emplace(std::move(name), Node::Slot{std::move(item), {}});
  }
  node.loaded = true;
  return {};
}

// The node of a folder ("" is the root); null when it is not there.
Result<TreeEditor::Node*> TreeEditor::descend(std::string_view folder,
                                              bool make) {
  Node* node = root_.get();
  HUG_TRY(load(*node));
  if (folder.empty()) return node;
  for (const std::string_view name : base::split(folder, '/')) {
    auto found = node->slots.find(name);
    if (found == node->slots.end()) {
      if (!make) return static_cast<Node*>(nullptr);
      auto fresh = std::make_unique<Node>();
      fresh->loaded = fresh->changed = true;
      found = node->slots
                  .emplace(std::string(name),
                           Node::Slot{{std::string(name), kModeTree, {}},
                                      std::move(fresh)})
                  .first;
    }
    Node::Slot& slot = found->second;
    if (!slot.item.is_tree()) {
      if (!make) return static_cast<Node*>(nullptr);
      return Error(Code::kUsage, "cannot put a file below '" +
                                     std::string(name) +
                                     "': it is a file itself");
    }
    if (make) node->changed = true;
    if (!slot.child) {
      slot.child = std::make_unique<Node>();
      slot.child->base = slot.item.oid;
    }
    node = slot.child.get();
    HUG_TRY(load(*node));
  }
  return node;
}

namespace {

std::pair<std::string_view, std::string_view> split_path(
    std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

Result<std::optional<TreeItem>> TreeEditor::find(std::string_view path) {
  const auto [folder, name] = split_path(path);
  Node* node = HUG_TRY(descend(folder, false));
  if (node == nullptr) return std::optional<TreeItem>();
  const auto found = node->slots.find(name);
  if (found == node->slots.end()) return std::optional<TreeItem>();
  return std::optional<TreeItem>(found->second.item);
}

Result<void> TreeEditor::put(std::string_view path, const Oid& oid,
                             std::uint32_t mode) {
  const auto [folder, name] = split_path(path);
  Node* node = HUG_TRY(descend(folder, true));
  Node::Slot& slot = node->slots[std::string(name)];
  if (!slot.item.name.empty() && slot.item.is_tree()) {
    return Error(Code::kUsage, "cannot put file '" + std::string(path) +
                                   "': a folder stands there");
  }
  slot.item = {std::string(name), mode, oid};
  slot.child.reset();
  node->changed = true;
  return {};
}

Result<bool> TreeEditor::remove_file(std::string_view path) {
  const auto item = HUG_TRY(find(path));
  if (!item || item->is_tree()) return false;
  const auto [folder, name] = split_path(path);
  Node* node = HUG_TRY(descend(folder, true));
  node->slots.erase(node->slots.find(name));
  node->changed = true;
  return true;
}

Result<bool> TreeEditor::remove_folder(std::string_view path) {
  const auto item = HUG_TRY(find(path));
  if (!item || !item->is_tree()) return false;
  const auto [folder, name] = split_path(path);
  Node* node = HUG_TRY(descend(folder, true));
  node->slots.erase(node->slots.find(name));
  node->changed = true;
  return true;
}

// Nothing for a folder without files: git has none.
Result<std::optional<Oid>> TreeEditor::write_node(Node& node,
                                                  PackWriter& pack) {
  if (!node.changed) return std::optional<Oid>(node.base);
  std::vector<TreeItem> items;
  for (auto& [name, slot] : node.slots) {
    if (slot.child) {
      const auto oid = HUG_TRY(write_node(*slot.child, pack));
      if (!oid) continue;
      slot.item.oid = *oid;
    }
    items.push_back(slot.item);
  }
  if (items.empty() && &node != root_.get()) return std::optional<Oid>();
  const std::string raw = format_tree(std::move(items));
  const Oid oid = object_id(ObjectType::kTree, raw);
  if (oid != node.base) (void)HUG_TRY(pack.add(ObjectType::kTree, raw));
  return std::optional<Oid>(oid);
}

Result<Oid> TreeEditor::write(PackWriter& pack) {
  const auto root = HUG_TRY(write_node(*root_, pack));
  return *root;
}

}  // namespace hug::hub
