#include "text/tokenize/models/bpe.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "text/tokenize/byte_alphabet.h"
#include "text/tokenize/unicode/unicode.h"

namespace hug::text {

namespace {

// What short pieces became, found by their bytes: a slot each, overwritten by
// whatever hashes there next.
class PieceCache {
 public:
  static constexpr std::size_t kMaxPiece = 30;
  static constexpr std::size_t kMaxTokens = 7;

  struct Entry {
    std::uint8_t size = 0;
    std::uint8_t count = 0;
    std::array<char, kMaxPiece> piece{};
    std::array<std::int32_t, kMaxTokens> ids{};
    std::array<std::uint8_t, kMaxTokens> sizes{};

    bool holds(std::string_view text) const {
      return size == text.size() &&
             std::memcmp(piece.data(), text.data(), text.size()) == 0;
    }

    void begin(std::string_view text, std::size_t tokens) {
      size = static_cast<std::uint8_t>(text.size());
      count = static_cast<std::uint8_t>(tokens);
      std::memcpy(piece.data(), text.data(), text.size());
    }
  };

  PieceCache() : entries_(std::size_t{1} << kBits) {}

  Entry& slot(std::uint64_t hash) { return entries_[hash >> (64 - kBits)]; }

 private:
  static constexpr unsigned kBits = 15;
  std::vector<Entry> entries_;
};

void append_text(const std::vector<Symbol>& symbols, std::uint32_t begin,
                 std::vector<Token>& out) {
  for (const Symbol& s : symbols) {
    out.push_back({s.id, begin, begin + s.size});
    begin += s.size;
  }
}

}  // namespace

struct Bpe::Scratch final : ModelScratch {
  PieceCache cache;
  std::vector<Symbol> initial;
  std::vector<Symbol> run;
  std::string letters;  // a piece in GPT-2's alphabet
};

std::unique_ptr<ModelScratch> Bpe::make_scratch() const {
  return std::make_unique<Scratch>();
}

Result<TokenModelPtr> Bpe::make(Texts vocabulary, TextMap ids,
                                const Merges& merges, Options options) {
  auto out = std::unique_ptr<Bpe>(
      new Bpe(std::move(vocabulary), std::move(ids), std::move(options)));
  HUG_TRY(out->add_merges(merges));
  out->prepare_bytes();
  return TokenModelPtr(std::move(out));
}

Result<void> Bpe::add_merges(const Merges& merges) {
  merges_ = MergeTable(merges.count, vocabulary_->size());
  std::uint32_t rank = 0;
  std::string whole;
  for (std::size_t i = 0; i < merges.count; ++i) {
    const auto [a, b] = HUG_TRY(merges.at(i));
    std::string_view rest = b;
    if (!options_.prefix.empty() && rest.starts_with(options_.prefix)) {
      rest.remove_prefix(options_.prefix.size());
    }
    const std::int32_t left = find(a);
    const std::int32_t right = find(b);
    whole.assign(a).append(rest);
    const std::int32_t merged = find(whole);
    if ((left < 0 || right < 0 || merged < 0) && options_.lenient) {
      ++rank;
      continue;
    }
    if (left < 0 || right < 0 || merged < 0) {
      return Error(Code::kCorrupt, "tokenizer: the merge '" + std::string(a) +
                                       "' + '" + std::string(b) +
                                       "' names a token that does not exist");
    }
    merges_.add(left, right, merged, rank++);
  }
  merges_.seal();
  return {};
}

void Bpe::prepare_bytes() {
  has_fallback_ = options_.byte_fallback;
  has_affixes_ = !options_.prefix.empty() || !options_.suffix.empty();
  reads_bytes_ = !has_affixes_;
  for (std::size_t b = 0; b < 256; ++b) {
    const char byte = static_cast<char>(b);
    byte_ids_[b] = find(byte_alphabet().text(byte));
    constexpr std::string_view kHex = "0123456789ABCDEF";
    const std::string name =
        std::string("<0x") + kHex[b >> 4] + kHex[b & 15] + ">";
    fallback_ids_[b] = find(name);
    if (b < 128) ascii_ids_[b] = find(std::string(1, byte));
    reads_bytes_ = reads_bytes_ && (options_.lenient || byte_ids_[b] >= 0);
  }
  if (options_.unknown) unknown_id_ = find(*options_.unknown);
}

// The token that spells these bytes, or -1.
std::int32_t Bpe::find_bytes(std::string_view piece, Scratch& scratch) const {
  scratch.letters.clear();
  for (const char byte : piece)
    scratch.letters += byte_alphabet().text(byte);
  return ids_.find(scratch.letters);
}

void Bpe::add_unknown(std::uint32_t size, bool& pending,
                      std::vector<Symbol>& out) const {
  if (unknown_id_ < 0) return;  // the library drops it silently
  if (pending && options_.fuse_unknown) {
    out.back().size += size;
    return;
  }
  out.push_back({unknown_id_, size});
  pending = true;
}

// One symbol a character.
void Bpe::initial_symbols(std::string_view piece,
                          std::vector<Symbol>& out) const {
  bool unknown = false;
  std::string decorated;
  for (std::size_t i = 0; i < piece.size();) {
    const std::size_t size = char_size(piece[i]);
    const auto lead = static_cast<unsigned char>(piece[i]);
    std::string_view text = piece.substr(i, size);
    std::int32_t id = -1;
    if (!has_affixes_) {
      id = lead < 128 ? ascii_ids_[lead] : ids_.find(text);
    } else {
      decorated = (i > 0 ? options_.prefix : "") + std::string(text);
      if (i + size == piece.size()) decorated += options_.suffix;
      id = ids_.find(decorated);
      text = decorated;
    }
    const bool fallback =
        id < 0 && has_fallback_ &&
        std::all_of(text.begin(), text.end(), [this](char c) {
          return fallback_ids_[static_cast<unsigned char>(c)] >= 0;
        });
    if (id >= 0) {
      out.push_back({id, static_cast<std::uint32_t>(size)});
      unknown = false;
    } else if (fallback) {
      for (const char c : text) {
        out.push_back({fallback_ids_[static_cast<unsigned char>(c)], 1});
      }
      unknown = false;
    } else {
      add_unknown(static_cast<std::uint32_t>(size), unknown, out);
    }
    i += size;
  }
}

// Merges what is in scratch.run, the symbols of `text`, through the cache.
void Bpe::merge_run(std::string_view text, Scratch& scratch) const {
  auto& run = scratch.run;
  if (run.size() < 2) return;
  // With affixes a symbol depends on where it stands, not on its text alone.
  if (text.size() > PieceCache::kMaxPiece || has_affixes_) {
    merges_.merge(run);
    return;
  }
  auto& slot = scratch.cache.slot(hash_bytes(text));
  if (slot.holds(text)) {
    run.resize(slot.count);
    for (std::size_t i = 0; i < slot.count; ++i) {
      run[i] = {slot.ids[i], slot.sizes[i]};
    }
    return;
  }
  merges_.merge(run);
  if (run.size() > PieceCache::kMaxTokens) return;
  slot.begin(text, run.size());
  for (std::size_t i = 0; i < run.size(); ++i) {
    slot.ids[i] = run[i].id;
    slot.sizes[i] = static_cast<std::uint8_t>(run[i].size);
  }
}

// Cuts the initial symbols where nothing can merge and merges each run alone.
template <class Initial>
void Bpe::encode_by_runs(std::string_view piece, Scratch& scratch,
                         std::vector<Token>& out, Initial initial) const {
  scratch.initial.clear();
  initial(piece, scratch.initial);
  std::uint32_t begin = 0;
  const auto& all = scratch.initial;
  for (std::size_t i = 0; i < all.size();) {
    scratch.run.clear();
    std::uint32_t end = begin;
    do {
      scratch.run.push_back(all[i]);
      end += all[i].size;
      ++i;
    } while (i < all.size() && merges_.may_join(all[i - 1].id, all[i].id));
    merge_run(piece.substr(begin, end - begin), scratch);
    append_text(scratch.run, begin, out);
    begin = end;
  }
}

Result<void> Bpe::encode(std::string_view piece, ModelScratch& scratch,
                         std::vector<Token>& out) const {
  if (piece.empty()) return {};
  if (options_.ignore_merges) {
    const std::int32_t id = ids_.find(piece);
    if (id >= 0) {
      out.push_back({id, 0, static_cast<std::uint32_t>(piece.size())});
      return {};
    }
  }
  encode_by_runs(piece, static_cast<Scratch&>(scratch), out,
                 [this](std::string_view text, std::vector<Symbol>& symbols) {
                   initial_symbols(text, symbols);
                 });
  return {};
}

Result<void> Bpe::encode_bytes(std::string_view piece, ModelScratch& scratch,
                               std::vector<Token>& out) const {
  if (piece.empty()) return {};
  auto& s = static_cast<Scratch&>(scratch);
  PieceCache::Entry* slot = nullptr;
  if (piece.size() <= PieceCache::kMaxPiece) {
    slot = &s.cache.slot(hash_bytes(piece));
    if (slot->holds(piece)) {
      std::uint32_t begin = 0;
      for (std::size_t i = 0; i < slot->count; ++i) {
        out.push_back({slot->ids[i], begin, begin + slot->sizes[i]});
        begin += slot->sizes[i];
      }
      return {};
    }
  }
  const std::size_t before = out.size();
  const std::int32_t whole = options_.ignore_merges ? find_bytes(piece, s) : -1;
  if (whole >= 0) {
    out.push_back({whole, 0, static_cast<std::uint32_t>(piece.size())});
  } else {
    encode_by_runs(
        piece, s, out,
        [this](std::string_view text, std::vector<Symbol>& symbols) {
          for (const char c : text) {
            symbols.push_back({byte_ids_[static_cast<unsigned char>(c)], 1});
          }
        });
  }
  const std::size_t count = out.size() - before;
  if (slot != nullptr && count <= PieceCache::kMaxTokens) {
    slot->begin(piece, count);
    for (std::size_t i = 0; i < count; ++i) {
      const Token& t = out[before + i];
      slot->ids[i] = t.id;
      slot->sizes[i] = static_cast<std::uint8_t>(t.end - t.begin);
    }
  }
  return {};
}

}  // namespace hug::text
