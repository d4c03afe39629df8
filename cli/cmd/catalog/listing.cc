#include "cmd/catalog/listing.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "cmd/catalog/wire.h"
#include "hug/text.h"

namespace hug::cli::cmd {

namespace {

// "2025-01-02T03:04:05.000Z" as "2025-01-02 03:04:05" or "Jan 02 03:04".
std::string listing_date(const TreeEntry& entry, SizeStyle style) {
  if (!entry.last_commit) return {};
  const std::string date = escape_for_terminal(entry.last_commit->date);
  if (date.size() < 19) return {};
  if (style == SizeStyle::kExact) {
    return date.substr(0, 10) + ' ' + date.substr(11, 8);
  }
  static constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr",
                                                 "May", "Jun", "Jul", "Aug",
                                                 "Sep", "Oct", "Nov", "Dec"};
  const auto month =
      static_cast<std::size_t>((date[5] - '0') * 10 + (date[6] - '0') - 1);
  if (month >= std::size(kMonths)) return {};
  return std::string(kMonths[month]) + ' ' + date.substr(8, 2) + ' ' +
         date.substr(11, 5);
}

std::string left(std::string text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text
                             : text;
}

struct Node {
  const TreeEntry* file = nullptr;
  std::map<std::string, Node> children = {};
};

class TreePrinter {
 public:
  TreePrinter(Out& out, const ListingOptions& options)
      : out_(out), options_(options) {}

  void print(const std::vector<TreeEntry>& entries) {
    Node root;
    for (const TreeEntry& entry : entries) {
      place(root, entry);
      if (entry.folder || out_.quiet()) continue;
      size_width_ = std::max(size_width_,
                             listing_size(entry.size, options_.sizes).size());
      date_width_ =
          std::max(date_width_, listing_date(entry, options_.sizes).size());
    }
    print_children(root, "");
  }

 private:
  static void place(Node& root, const TreeEntry& entry) {
    Node* node = &root;
    std::string_view path = entry.path;
    for (;;) {
      const auto slash = path.find('/');
      node = &node->children[std::string(path.substr(0, slash))];
      if (slash == path.npos) break;
      path.remove_prefix(slash + 1);
    }
    if (!entry.folder) node->file = &entry;
  }

  std::string prefix(const Node& node) const {
    if (size_width_ == 0) return {};
    if (node.file == nullptr) {
      return std::string(size_width_ + 2 + date_width_ + 2, ' ');
    }
    return left(listing_size(node.file->size, options_.sizes), size_width_) +
           "  " + listing_date(*node.file, options_.sizes) + "  ";
  }

  void print_children(const Node& node, const std::string& indent) {
    std::size_t i = 0;
    for (const auto& [name, child] : node.children) {
      const bool last = ++i == node.children.size();
      const std::string tail = child.file == nullptr ? "/" : "";
      out_.line(prefix(child) + indent +
                (last ? "\u2514\u2500\u2500 " : "\u251c\u2500\u2500 ") +
                escape_for_terminal(name) + tail);
      print_children(child, indent + (last ? "    " : "\u2502   "));
    }
  }

  Out& out_;
  const ListingOptions& options_;
  std::size_t size_width_ = 0;
  std::size_t date_width_ = 0;
};

void print_lines(Out& out, const std::vector<TreeEntry>& entries,
                 const ListingOptions& options) {
  std::string text;
  for (const TreeEntry& entry : entries) {
    if (!out.quiet()) {
      const std::string size =
          entry.folder ? "" : listing_size(entry.size, options.sizes);
      text += left(size, 12) + "  " +
              left(listing_date(entry, options.sizes), 19) + "  ";
    }
    text += escape_for_terminal(entry.path) + (entry.folder ? "/\n" : "\n");
  }
  text.pop_back();
  out.line(text);
}

}  // namespace

Result<void> list_files(App& app, const RepoId& repo,
                        const ListingOptions& options) {
  Out& out = app.out();
  if (options.tree && out.mode() == Mode::kJson) {
    return Error(Code::kUsage, "'--tree' cannot be used with '--format json'");
  }
  Hub* hub = HUG_TRY(app.hub());
  const auto entries = HUG_TRY(list_tree(*hub, repo,
                                         {.revision = options.revision,
                                          .recursive = options.recursive,
                                          .expand = true}));
  if (entries.empty()) {
    out.text("(empty)");
    return {};
  }
  if (options.tree) {
    TreePrinter(out, options).print(entries);
  } else if (out.mode() == Mode::kJson) {
    Value rows = Value::array();
    for (const TreeEntry& entry : entries)
      rows.push(entry_json(entry));
    out.json_line(rows, 2);
  } else {
    print_lines(out, entries, options);
  }
  const bool folders =
      std::ranges::any_of(entries, [](const auto& e) { return e.folder; });
  if (!options.recursive && folders) {
    out.hint("use -R to list files recursively");
  }
  return {};
}

}  // namespace hug::cli::cmd
