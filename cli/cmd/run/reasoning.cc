#include "cmd/run/reasoning.h"

#include <algorithm>

namespace hug::cli::cmd {

namespace {

constexpr ThoughtMarks kMarks[] = {
    {"<think>", "</think>"},
    {"<thinking>", "</thinking>"},
    {"<reasoning>", "</reasoning>"},
    {"<seed:think>", "</seed:think>"},
    {"[THINK]", "[/THINK]"},
    {"<|START_THINKING|>", "<|END_THINKING|>"},
    {"<|channel|>analysis<|message|>", "<|end|>"},
};

// Said between thoughts and answer, and of no interest.
constexpr std::string_view kDropped[] = {
    "<|start|>assistant", "<|channel|>final<|message|>", "<|START_RESPONSE|>",
    "<|END_RESPONSE|>"};

constexpr std::string_view kBlanks = " \n\t\r";

// How many bytes at the end of `text` may be the beginning of `mark`.
std::size_t overlap(std::string_view text, std::string_view mark) {
  for (std::size_t n = std::min(text.size(), mark.size() - 1); n > 0; --n) {
    if (text.substr(text.size() - n) == mark.substr(0, n)) return n;
  }
  return 0;
}

struct Found {
  std::size_t at = std::string_view::npos;
  std::size_t size = 0;
  const ThoughtMarks* opens = nullptr;
};

// The first mark that matters outside a thought.
Found find_mark(std::string_view text) {
  Found out;
  for (const ThoughtMarks& marks : kMarks) {
    const auto at = text.find(marks.begin);
    if (at < out.at) out = {at, marks.begin.size(), &marks};
  }
  for (const std::string_view mark : kDropped) {
    const auto at = text.find(mark);
    if (at < out.at) out = {at, mark.size(), nullptr};
  }
  return out;
}

std::size_t held_outside(std::string_view text) {
  std::size_t out = 0;
  for (const ThoughtMarks& marks : kMarks)
    out = std::max(out, overlap(text, marks.begin));
  for (const std::string_view mark : kDropped)
    out = std::max(out, overlap(text, mark));
  return out;
}

}  // namespace

std::vector<std::string> thought_tokens() {
  std::vector<std::string> out = {"<|channel|>", "<|message|>", "<|start|>",
                                  "<|end|>"};
  for (const ThoughtMarks& marks : kMarks) {
    out.emplace_back(marks.begin);
    out.emplace_back(marks.end);
  }
  out.insert(out.end(), std::begin(kDropped), std::end(kDropped));
  return out;
}

void ReasoningSplit::read_prompt(std::string_view prompt) {
  const auto end = prompt.find_last_not_of(kBlanks);
  if (end == prompt.npos) return;
  prompt = prompt.substr(0, end + 1);
  for (const ThoughtMarks& marks : kMarks) {
    if (!prompt.ends_with(marks.begin)) continue;
    open_ = &marks;
    fresh_ = true;
  }
}

bool ReasoningSplit::give(std::string_view text) {
  if (fresh_) {
    const auto from = std::min(text.find_first_not_of(kBlanks), text.size());
    text.remove_prefix(from);
  }
  if (text.empty()) return true;
  fresh_ = false;
  (open_ != nullptr ? reasoning_ : answer_) += text;
  return open_ != nullptr ? thought_(text) : said_(text);
}

// One stretch up to a mark, or up to what may become one.
bool ReasoningSplit::step(bool at_end, bool& moved) {
  Found mark;
  if (open_ != nullptr) {
    mark = {held_.find(open_->end), open_->end.size(), nullptr};
  } else {
    mark = find_mark(held_);
  }
  moved = mark.at != held_.npos;
  std::size_t size = held_.size();
  if (moved) {
    size = mark.at;
  } else if (!at_end) {
    size -= open_ != nullptr ? overlap(held_, open_->end) : held_outside(held_);
  }
  const bool goes_on = give(std::string_view(held_).substr(0, size));
  held_.erase(0, size + (moved ? mark.size : 0));
  if (moved) {
    // Only blanks next to a thought are dropped.
    fresh_ = open_ != nullptr || mark.opens != nullptr || fresh_;
    open_ = open_ != nullptr ? nullptr : mark.opens;
  }
  return goes_on;
}

bool ReasoningSplit::put(std::string_view text) {
  held_ += text;
  bool moved = true;
  bool goes_on = true;
  while (goes_on && moved)
    goes_on = step(false, moved);
  return goes_on;
}

bool ReasoningSplit::finish() {
  bool moved = true;
  bool goes_on = true;
  while (goes_on && moved)
    goes_on = step(true, moved);
  return goes_on;
}

}  // namespace hug::cli::cmd
