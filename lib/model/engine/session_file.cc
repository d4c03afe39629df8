#include "engine/session_file.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/hash.h"
#include "hug/byte_source.h"
#include "nn/matmul.h"
#include "sys/atomic_file.h"

namespace hug::engine {

namespace {

constexpr std::string_view kMagic = "hugsess1";
constexpr std::size_t kDigest = 64;  // hex digits
constexpr std::uint64_t kMaxNote = std::uint64_t{64} << 20;
constexpr std::uint64_t kMaxTokens = std::uint64_t{1} << 27;

/// Writes to a file and hashes what it writes.
class HashedFile {
 public:
  explicit HashedFile(sys::AtomicFile& file) : file_(file) {}

  Result<void> put(std::span<const std::byte> bytes) {
    hasher_.update(bytes);
    return file_.write(bytes);
  }

  Result<void> put(std::string_view text) {
    return put(std::as_bytes(std::span(text)));
  }

  Result<void> put(std::uint64_t value) {
    std::array<std::byte, 8> bytes;
    for (std::size_t i = 0; i < 8; ++i)
      bytes[i] = static_cast<std::byte>(value >> (8 * i));
    return put(bytes);
  }

  Result<void> finish() {
    HUG_TRY(file_.write(hasher_.finish()));
    return file_.commit();
  }

 private:
  sys::AtomicFile& file_;
  base::Hasher hasher_{base::HashKind::kSha256};
};

void hash_row(base::Hasher& hasher, const nn::Matrix& w, std::size_t row) {
  if (w.empty() || row >= w.n_out) return;
  std::vector<float> values(w.n_in);
  nn::decode_row(w, row, values);
  hasher.update(std::as_bytes(std::span<const float>(values)));
}

Error corrupt(const ByteSource& file) {
  return Error(Code::kCorrupt,
               "'" + file.name() + "' is damaged or no session file")
      .hint("delete it to begin anew");
}

/// Reads a file from front to back; what is asked for must be there.
class Cursor {
 public:
  Cursor(const ByteSource& file, std::uint64_t end, std::uint64_t begin = 0)
      : file_(file), end_(end), at_(begin) {}

  std::uint64_t position() const noexcept { return at_; }

  Result<std::string> take(std::uint64_t n) {
    if (n > end_ - at_) return corrupt(file_);
    std::string out(n, '\0');
    HUG_TRY(file_.read_at(at_, std::as_writable_bytes(std::span(out))));
    at_ += n;
    return out;
  }

  Result<std::uint64_t> number(std::uint64_t most) {
    const std::string bytes = HUG_TRY(take(8));
    std::uint64_t out = 0;
    for (std::size_t i = 8; i-- > 0;)
      out = out << 8 | static_cast<unsigned char>(bytes[i]);
    if (out > most) return corrupt(file_);
    return out;
  }

 private:
  const ByteSource& file_;
  std::uint64_t end_;
  std::uint64_t at_;
};

Result<void> check_digest(const ByteSource& file, std::uint64_t end) {
  constexpr std::uint64_t kPiece = std::uint64_t{1} << 20;
  base::Hasher hasher(base::HashKind::kSha256);
  std::vector<std::byte> piece(std::min(end, kPiece));
  for (std::uint64_t at = 0; at < end; at += kPiece) {
    const auto part = std::span(piece).first(std::min(kPiece, end - at));
    HUG_TRY(file.read_at(at, part));
    hasher.update(part);
  }
  Cursor tail(file, file.size(), end);
  if (HUG_TRY(tail.take(kDigest)) != hasher.finish()) return corrupt(file);
  return {};
}

// Tells models apart by their shape and a sample of their weights.
std::string fingerprint_of(const arch::Model& m) {
  base::Hasher hasher(base::HashKind::kSha256);
  hasher.update(m.hparams.arch + ' ' + std::to_string(m.layers.size()) + ' ' +
                std::to_string(m.embeddings.n_in) + ' ' +
                std::to_string(m.embeddings.n_out));
  constexpr std::size_t kSamples = 16;
  for (std::size_t i = 0; i < kSamples; ++i)
    hash_row(hasher, m.embeddings, m.embeddings.n_out / kSamples * i);
  for (const arch::Layer& l : m.layers) {
    hasher.update(std::as_bytes(std::span(l.attn_norm.w)));
    hash_row(hasher, l.qkv ? l.qkv.w : l.q.w, 0);
    hash_row(hasher, l.o.w, 0);
  }
  return hasher.finish();
}

}  // namespace

Result<void> save_session(const arch::Model& model,
                          const arch::Sequence& sequence,
                          const SessionContent& content,
                          const std::string& path) {
  const std::shared_ptr<sys::Fs> fs = sys::real_fs();
  sys::AtomicFile file = HUG_TRY(sys::AtomicFile::create(*fs, path));
  HashedFile out(file);
  HUG_TRY(out.put(kMagic));
  HUG_TRY(out.put(fingerprint_of(model)));
  HUG_TRY(out.put(std::uint64_t{content.tokens.size()}));
  HUG_TRY(out.put(std::as_bytes(std::span(content.tokens))));
  HUG_TRY(out.put(std::uint64_t{content.note.size()}));
  HUG_TRY(out.put(std::string_view(content.note)));
  HUG_TRY(sequence.write(
      [&](std::span<const std::byte> bytes) { return out.put(bytes); }));
  return out.finish();
}

Result<SessionContent> load_session(const arch::Model& model,
                                    arch::Sequence& sequence,
                                    std::uint64_t context,
                                    const std::string& path) {
  const ByteSourcePtr file = HUG_TRY(open_file(path, FileAccess::kRead));
  if (file->size() < kMagic.size() + 2 * kDigest) return corrupt(*file);
  const std::uint64_t end = file->size() - kDigest;
  Cursor in(*file, end);
  const std::string magic = HUG_TRY(in.take(kMagic.size()));
  if (magic.starts_with("hugsess") && magic != kMagic) {
    return Error(Code::kUnsupported,
                 "'" + path + "' was written by another version of hug")
        .hint("delete it to begin anew");
  }
  if (magic != kMagic) return corrupt(*file);
  HUG_TRY(check_digest(*file, end));
  if (HUG_TRY(in.take(kDigest)) != fingerprint_of(model)) {
    return Error(Code::kConflict, "'" + path + "' belongs to another model")
        .hint("name another file, or delete it to begin anew");
  }
  SessionContent out;
  const std::uint64_t n = HUG_TRY(in.number(kMaxTokens));
  const std::string ids = HUG_TRY(in.take(n * sizeof(TokenId)));
  out.tokens.resize(n);
  if (n != 0) std::memcpy(out.tokens.data(), ids.data(), ids.size());
  for (const TokenId id : out.tokens) {
    if (id < 0 || static_cast<std::size_t>(id) >= model.embeddings.n_out) {
      return corrupt(*file);
    }
  }
  if (context != 0 && n > context) {
    return Error(Code::kLimit, "'" + path + "' holds " + std::to_string(n) +
                                   " tokens and the context only " +
                                   std::to_string(context))
        .hint("allow a larger context");
  }
  out.note = HUG_TRY(in.take(HUG_TRY(in.number(kMaxNote))));
  const std::uint64_t behind = HUG_TRY(sequence.read(*file, in.position()));
  if (behind != end || sequence.n_token() != n) return corrupt(*file);
  return out;
}

}  // namespace hug::engine
