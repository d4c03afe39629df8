#include "hug/scan.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "base/base.h"
#include "format/scan/findings.h"
#include "format/scan/sniff.h"
#include "sys/sys.h"

namespace hug {
namespace format {
namespace {

constexpr std::size_t kMostFindings = 1000;
constexpr std::size_t kMostImports = 10'000;

// A zip is found from its end, so one can be hidden behind anything else.
Result<bool> ends_as_zip(const ByteSource& source) {
  constexpr std::uint64_t kEnd = 22;
  constexpr std::uint64_t kMost = kEnd + 65535;
  if (source.size() < kEnd) return false;
  const auto n = std::min(source.size(), kMost);
  std::vector<std::byte> tail(static_cast<std::size_t>(n));
  HUG_TRY(source.read_at(source.size() - n, tail));
  for (std::size_t at = 0; at + kEnd <= tail.size(); ++at) {
    if (std::memcmp(tail.data() + at, "PK\x05\x06", 4) != 0) continue;
    const auto comment = std::to_integer<std::size_t>(tail[at + 20]) +
                         256 * std::to_integer<std::size_t>(tail[at + 21]);
    if (at + kEnd + comment == tail.size()) return true;
  }
  return false;
}

Result<void> scan_hdf5(const ByteSource& source, Findings& out) {
  constexpr std::uint64_t kMost = 64 << 20;
  if (HUG_TRY(contains(source, "\"Lambda\"", kMost)))
    out.dangerous("keras-lambda",
                  "a Keras model with a Lambda layer, which is Python code");
  else if (HUG_TRY(contains(source, "\"registered_name\": \"", kMost)))
    out.suspicious("keras-custom",
                   "a Keras model that may name layers of other packages");
  return {};
}

Result<void> scan_unknown(const ByteSourcePtr& source, std::string& kind,
                          Findings& out) {
  if (HUG_TRY(acts_as_pickle(*source))) {
    kind = "pickle";
    return scan_pickles(source, out);
  }
  if (HUG_TRY(is_protobuf(*source))) {
    kind = "protobuf";
    for (const std::string_view op : {"PyFunc", "ReadFile", "WriteFile"})
      if (HUG_TRY(contains(*source, op, 64 << 20)))
        out.suspicious("graph-op", "a graph that may hold the operation " +
                                       std::string(op));
    return {};
  }
  if (HUG_TRY(is_msgpack(*source))) {
    kind = "msgpack";
    return {};
  }
  out.suspicious("unknown-content",
                 "its content is not understood (" + kind + ")");
  return {};
}

// Kinds that are found safe without being read as a pickle.
bool is_read_otherwise(Content content) {
  switch (content) {
    case Content::kZip:
    case Content::kGguf:
    case Content::kSafetensors:
    case Content::kNumpy:
    case Content::kHdf5:
    case Content::kData:
      return true;
    default:
      return false;
  }
}

Result<void> scan_kind(const ByteSourcePtr& source, Content content,
                       unsigned depth, std::string& kind, Findings& out) {
  switch (content) {
    case Content::kZip:
      return scan_zip(source, depth, out);
    case Content::kPickle:
      return scan_pickles(source, out);
    case Content::kGguf:
      return scan_gguf(source, out);
    case Content::kSafetensors:
      return scan_safetensors(source, out);
    case Content::kNumpy:
      return scan_numpy(source, out);
    case Content::kHdf5:
      return scan_hdf5(*source, out);
    case Content::kArchive:
      out.dangerous("archive", "a " + kind + ", which is not looked into");
      return {};
    case Content::kCompressed:
      out.suspicious("compressed",
                     "compressed (" + kind + "): its content is not looked at");
      return {};
    case Content::kProgram:
      out.dangerous("program", "a program (" + kind + ")");
      return {};
    case Content::kScript:
      out.suspicious("script", "a script that can be run");
      return {};
    case Content::kText:
      if (HUG_TRY(acts_as_pickle(*source))) {
        kind = "pickle";
        return scan_pickles(source, out);
      }
      return scan_text(*source, out);
    case Content::kUnknown:
      return scan_unknown(source, kind, out);
    case Content::kEmpty:
    case Content::kData:
      return {};
  }
  return {};
}

}  // namespace

void Findings::add(Verdict verdict, std::string_view id, std::string text,
                   std::string_view where) {
  out_.verdict = std::max(out_.verdict, verdict);
  if (out_.findings.size() >= kMostFindings) return;
  std::string place = place_;
  if (!place.empty() && !where.empty()) place += " ";
  place += where;
  out_.findings.push_back({.verdict = verdict,
                           .id = std::string(id),
                           .where = std::move(place),
                           .text = std::move(text)});
}

void Findings::import(const std::string& name) {
  auto& list = out_.imports;
  if (list.size() < kMostImports &&
      std::find(list.begin(), list.end(), name) == list.end())
    list.push_back(name);
}

Findings::Place::Place(Findings& findings, std::string_view part)
    : findings_(findings), old_(findings.place_.size()) {
  if (old_ != 0) findings.place_ += "!";
  findings.place_ += part;
}

Findings::Place::~Place() {
  findings_.place_.resize(old_);
}

Result<void> scan_content(const ByteSourcePtr& source, unsigned depth,
                          std::string& kind, Findings& out) {
  const Sniffed what = HUG_TRY(sniff(*source));
  kind = what.name;
  HUG_TRY(scan_kind(source, what.content, depth, kind, out));
  // Pickles need no magic: "GIF8" is a number to them, and what follows runs.
  if (is_read_otherwise(what.content) && HUG_TRY(runs_as_pickle(*source)))
    out.dangerous("polyglot", "it is a pickle that runs code as well");
  if (what.content != Content::kZip && HUG_TRY(ends_as_zip(*source)))
    out.dangerous("polyglot", "a zip archive is hidden at its end");
  return {};
}

}  // namespace format

std::string_view verdict_name(Verdict verdict) noexcept {
  constexpr std::array<std::string_view, 3> kNames = {"safe", "suspicious",
                                                      "dangerous"};
  return kNames[static_cast<std::size_t>(verdict)];
}

Result<ScannedFile> scan_file(const ByteSourcePtr& source) {
  ScannedFile file;
  file.path = source->name();
  file.size = source->size();
  format::Findings findings(file);
  HUG_TRY_WITH(format::scan_content(source, 0, file.kind, findings),
               "scanning '" + source->name() + "'");
  return file;
}

Result<ScanReport> scan(const FileSet& files, const ScanOptions& options) {
  struct Answer {
    std::optional<Result<ScannedFile>> file;
    std::uint64_t fetched = 0;
  };

  const auto& list = files.files();
  std::vector<Answer> answers(list.size());
  const auto look = [&](std::size_t i) -> Result<ScannedFile> {
    const auto source = HUG_TRY(files.open(list[i].path));
    auto file = HUG_TRY(scan_file(source));
    file.path = list[i].path;
    answers[i].fetched = source->bytes_fetched();
    if (base::to_lower(file.path).ends_with(".py"))
      format::Findings(file).suspicious(
          "python-code", "Python code, run by whoever trusts the repository");
    return file;
  };
  {
    sys::ThreadPool pool(std::clamp<std::size_t>(
        options.parallel, 1, std::max<std::size_t>(list.size(), 1)));
    for (std::size_t i = 0; i < list.size(); ++i)
      pool.submit([&, i] { answers[i].file = look(i); });
    pool.wait();
  }
  ScanReport report;
  for (Answer& answer : answers) {
    report.files.push_back(HUG_TRY(std::move(*answer.file)));
    report.verdict = std::max(report.verdict, report.files.back().verdict);
    report.bytes_fetched += answer.fetched;
  }
  return report;
}

}  // namespace hug
