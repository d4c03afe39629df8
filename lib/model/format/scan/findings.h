// What the parts of the scanner share: where findings go, and each other.
#pragma once

#include <string>
#include <string_view>

#include "format/torch/pickle.h"
#include "hug/byte_source.h"
#include "hug/scan.h"

namespace hug::format {

/// Collects what is found in one file; `place` names the part of it that is
/// being looked at.
class Findings {
 public:
  explicit Findings(ScannedFile& out) : out_(out) {}

  void add(Verdict verdict, std::string_view id, std::string text,
           std::string_view where = {});

  void suspicious(std::string_view id, std::string text,
                  std::string_view where = {}) {
    add(Verdict::kSuspicious, id, std::move(text), where);
  }

  void dangerous(std::string_view id, std::string text,
                 std::string_view where = {}) {
    add(Verdict::kDangerous, id, std::move(text), where);
  }

  void import(const std::string& name);

  /// Findings are in `part` ("archive/data.pkl") until the result is gone.
  class Place {
   public:
    Place(Findings& findings, std::string_view part);
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place();

   private:
    Findings& findings_;
    std::size_t old_;
  };

 private:
  ScannedFile& out_;
  std::string place_;
};

/// Anything, by its content. `depth`: archives around it.
Result<void> scan_content(const ByteSourcePtr& source, unsigned depth,
                          std::string& kind, Findings& out);
/// A stream of pickles from its start to the end of the source.
Result<void> scan_pickles(const ByteSourcePtr& source, Findings& out);
/// Whether something that does not begin as a pickle would still do harm, or
/// work, as one (protocols 0 and 1 have no magic).
Result<bool> acts_as_pickle(const ByteSource& source);
/// Whether it would import a dangerous name, or call something it imports.
Result<bool> runs_as_pickle(const ByteSource& source);
Result<void> scan_zip(const ByteSourcePtr& source, unsigned depth,
                      Findings& out);
Result<void> scan_gguf(const ByteSourcePtr& source, Findings& out);
Result<void> scan_safetensors(const ByteSourcePtr& source, Findings& out);
Result<void> scan_numpy(const ByteSourcePtr& source, Findings& out);
Result<void> scan_text(const ByteSource& source, Findings& out);
/// A chat template.
void scan_template(std::string_view text, Findings& out);
/// A string that somebody will see on a terminal.
void scan_metadata_text(std::string_view key, std::string_view text,
                        Findings& out);

/// Whether every byte belongs to a well-formed record of that encoding.
Result<bool> is_protobuf(const ByteSource& source);
Result<bool> is_msgpack(const ByteSource& source);
/// Whether the bytes occur in the first `most` bytes.
Result<bool> contains(const ByteSource& source, std::string_view what,
                      std::uint64_t most);

}  // namespace hug::format
