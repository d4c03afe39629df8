#include <algorithm>
#include <array>
#include <queue>

#include "text/tokenize/models/bpe.h"

namespace hug::text {

MergeTable::MergeTable(std::size_t merges, std::size_t ids)
    : pairs_(merges),
      parts_(ids),
      joints_((std::size_t{1} << kJointBits) / 64) {
  added_.reserve(merges);
}

void MergeTable::add(std::int32_t a, std::int32_t b, std::int32_t merged,
                     std::uint32_t rank) {
  pairs_.put(a, b, {rank, merged});
  parts_[static_cast<std::size_t>(merged)] = {a, b};
  added_.push_back({a, b});
}

// Merges need not come in the order in which they build on each other, so what
// a token begins and ends with is known only now.
void MergeTable::seal() {
  const auto outermost = [this](std::int32_t id, std::int32_t Parts::*side) {
    while (parts_[static_cast<std::size_t>(id)].left >= 0) {
      id = parts_[static_cast<std::size_t>(id)].*side;
    }
    return id;
  };
  for (const Parts& m : added_) {
    const std::uint64_t h = joint(outermost(m.left, &Parts::right),
                                  outermost(m.right, &Parts::left));
    joints_[h >> 6] |= std::uint64_t{1} << (h & 63);
  }
  added_ = {};
  parts_ = {};
}

void MergeTable::merge(std::vector<Symbol>& symbols) const {
  if (symbols.size() < 2) return;
  if (symbols.size() <= 48) {
    merge_short(symbols);
  } else {
    merge_long(symbols);
  }
}

// Few symbols: looking through all ranks each time beats keeping a heap.
void MergeTable::merge_short(std::vector<Symbol>& s) const {
  std::array<Merge, 48> next;  // what symbol i and i + 1 become
  std::size_t n = s.size();
  for (std::size_t i = 0; i + 1 < n; ++i) {
    next[i] = pairs_.find(s[i].id, s[i + 1].id);
  }
  while (n > 1) {
    std::size_t best = 0;
    for (std::size_t i = 1; i + 1 < n; ++i) {
      if (next[i].rank < next[best].rank) best = i;
    }
    if (next[best].rank == UINT32_MAX) break;
    s[best].id = next[best].id;
    s[best].size += s[best + 1].size;
    for (std::size_t i = best + 1; i + 1 < n; ++i) {
      s[i] = s[i + 1];
      if (i + 2 < n) next[i] = next[i + 1];
    }
    --n;
    if (best > 0) next[best - 1] = pairs_.find(s[best - 1].id, s[best].id);
    if (best + 1 < n) next[best] = pairs_.find(s[best].id, s[best + 1].id);
  }
  s.resize(n);
}

void MergeTable::merge_long(std::vector<Symbol>& s) const {
  struct Link {
    std::int32_t previous;
    std::int32_t next;
  };

  struct Candidate {
    std::uint32_t rank;
    std::uint32_t at;
    std::int32_t id;

    bool operator<(const Candidate& o) const {  // the queue's top is largest
      return rank != o.rank ? rank > o.rank : at > o.at;
    }
  };

  const auto n = static_cast<std::int32_t>(s.size());
  std::vector<Link> links(s.size());
  std::priority_queue<Candidate> queue;
  const auto at = [](std::int32_t i) { return static_cast<std::size_t>(i); };
  const auto offer = [&](std::int32_t i) {
    if (i < 0 || links[at(i)].next >= n) return;
    const Merge m = pairs_.find(s[at(i)].id, s[at(links[at(i)].next)].id);
    if (m.rank != UINT32_MAX) {
      queue.push({m.rank, static_cast<std::uint32_t>(i), m.id});
    }
  };
  for (std::int32_t i = 0; i < n; ++i)
    links[at(i)] = {i - 1, i + 1};
  for (std::int32_t i = 0; i < n; ++i)
    offer(i);
  while (!queue.empty()) {
    const Candidate c = queue.top();
    queue.pop();
    const auto i = static_cast<std::int32_t>(c.at);
    const std::int32_t next = links[at(i)].next;
    if (s[at(i)].size == 0 || next >= n) continue;
    // What the candidate was made of may have merged elsewhere meanwhile.
    if (pairs_.find(s[at(i)].id, s[at(next)].id).id != c.id) continue;
    s[at(i)].id = c.id;
    s[at(i)].size += s[at(next)].size;
    s[at(next)].size = 0;
    links[at(i)].next = links[at(next)].next;
    if (links[at(i)].next < n) links[at(links[at(i)].next)].previous = i;
    offer(i);
    offer(links[at(i)].previous);
  }
  std::erase_if(s, [](const Symbol& x) { return x.size == 0; });
}

}  // namespace hug::text
