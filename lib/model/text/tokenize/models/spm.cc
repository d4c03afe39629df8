// SentencePiece's BPE as llama.cpp does it: of all neighbours whose texts
// joined are a token, those with the best score join first.
#include <queue>

#include "base/strings.h"
#include "text/tokenize/models/gguf_models.h"
#include "text/tokenize/unicode/unicode.h"

namespace hug::text {

namespace {

constexpr std::string_view kMark = "\xe2\x96\x81";

class Spm final : public GgufModel {
 public:
  explicit Spm(const GgufVocabulary& v) : v_(v) {}

  Result<void> encode(std::string_view raw, StretchPlace place,
                      std::vector<TokenId>& out) const override {
    std::string text;
    if (v_.add_space_prefix && place.after_special) text = " ";
    text = base::replace_all(text + std::string(raw), " ", kMark);
    Merging m(v_, text);
    m.run();
    m.append(out);
    return {};
  }

 private:
  class Merging {
   public:
    Merging(const GgufVocabulary& v, std::string_view text)
        : v_(v), text_(text) {
      for (std::size_t i = 0; i < text.size();) {
        const std::size_t size = char_size(text[i]);
        const auto n = static_cast<int>(symbols_.size());
        symbols_.push_back({i, size, n - 1, n + 1});
        i += size;
      }
      if (!symbols_.empty()) symbols_.back().next = -1;
    }

    void run() {
      for (int i = 1; i < static_cast<int>(symbols_.size()); ++i) {
        offer(i - 1, i);
      }
      while (!queue_.empty()) {
        const Bigram b = queue_.top();
        queue_.pop();
        Symbol& left = at(b.left);
        Symbol& right = at(b.right);
        // One of them joined somebody else meanwhile.
        if (left.size == 0 || right.size == 0 ||
            left.size + right.size != b.size) {
          continue;
        }
        left.size += right.size;
        right.size = 0;
        left.next = right.next;
        if (right.next >= 0) at(right.next).previous = b.left;
        offer(left.previous, b.left);
        offer(b.left, left.next);
      }
    }

    void append(std::vector<TokenId>& out) const {
      for (const Symbol& s : symbols_) {
        if (s.size == 0) continue;
        const auto piece = text_.substr(s.begin, s.size);
        const TokenId id = v_.ids.find(piece);
        if (id >= 0) {
          out.push_back(id);
          continue;
        }
        for (const char c : piece) {
          const TokenId byte = v_.byte_id(c);
          if (byte >= 0) out.push_back(byte);
        }
      }
    }

   private:
    struct Symbol {
      std::size_t begin;
      std::size_t size;
      int previous;
      int next;
    };

    struct Bigram {
      float score;
      int left;
      int right;
      std::size_t size;

      bool operator<(const Bigram& o) const {  // the queue's top is largest
        return score != o.score ? score < o.score : left > o.left;
      }
    };

    Symbol& at(int i) { return symbols_[static_cast<std::size_t>(i)]; }

    void offer(int left, int right) {
      if (left < 0 || right < 0) return;
      const std::size_t size = at(left).size + at(right).size;
      const TokenId id = v_.ids.find(text_.substr(at(left).begin, size));
      if (id < 0) return;
      queue_.push({v_.scores[static_cast<std::size_t>(id)], left, right, size});
    }

    const GgufVocabulary& v_;
    std::string_view text_;
    std::vector<Symbol> symbols_;
    std::priority_queue<Bigram> queue_;
  };

  const GgufVocabulary& v_;
};

}  // namespace

Result<GgufModelPtr> make_spm(const GgufVocabulary& v) {
  return GgufModelPtr(std::make_unique<Spm>(v));
}

}  // namespace hug::text
