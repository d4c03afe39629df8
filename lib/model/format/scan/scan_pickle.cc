#include <algorithm>
#include <array>

#include "base/base.h"
#include "format/format.h"
#include "format/scan/findings.h"
#include "format/torch/pickle_names.h"
#include "format/torch/pickle_opcodes.h"
#include "format/torch/torch_legacy.h"
#include "format/torch/torch_state.h"

namespace hug::format {
namespace {

constexpr std::size_t kMostPickles = 1000;

std::string at_byte(std::uint64_t position) {
  return "byte " + std::to_string(position);
}

bool is_identifier(std::string_view text) {
  bool start = true;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        c == '_' || static_cast<unsigned char>(c) >= 0x80;
    const bool digit = c >= '0' && c <= '9';
    if (c == '.' ? start : !(letter || (digit && !start))) return false;
    start = c == '.';
  }
  return !text.empty() && !start;
}

bool is_importable(const PickleGlobal& g) {
  return is_identifier(g.module) && is_identifier(g.name);
}

// Whether it imports a dangerous name or calls anything it imported.
bool runs(const Pickle& pickle) {
  for (const PickleGlobal& g : pickle.globals()) {
    // Python stops at a name that cannot be one.
    if (!is_importable(g)) return false;
    if (judge_name(g) == NameVerdict::kDangerous) return true;
  }
  return !pickle.globals().empty() && !pickle.calls().empty();
}

// Of the harmless names, those that make something when called.
bool may_be_called(const PickleGlobal& g) {
  return g.module == "torch._utils" || g.module == "_codecs" ||
         g.module == "builtins" || g.module == "__builtin__" ||
         g.module == "collections" || g.module.starts_with("numpy") ||
         g.name == "Size" || g.name == "device";
}

void judge_globals(const Pickle& pickle, Findings& out) {
  std::vector<std::string> seen;
  for (const PickleGlobal& g : pickle.globals()) {
    const std::string name = g.full();
    out.import(name);
    const NameVerdict verdict = judge_name(g);
    if (verdict == NameVerdict::kHarmless ||
        std::find(seen.begin(), seen.end(), name) != seen.end() ||
        seen.size() > 1000)
      continue;
    seen.push_back(name);
    if (verdict == NameVerdict::kDangerous)
      out.dangerous("pickle-import", "loading it imports " + name,
                    at_byte(g.position));
    else
      out.suspicious("pickle-import",
                     "loading it imports " + name + ", which is not known",
                     at_byte(g.position));
  }
}

void judge_calls(const Pickle& pickle, Findings& out) {
  for (const PickleCall& call : pickle.calls()) {
    const PickleGlobal* g = pickle.as_global(call.callable);
    if (g == nullptr || judge_name(*g) != NameVerdict::kHarmless ||
        may_be_called(*g))
      continue;
    out.suspicious("pickle-call", "it calls " + g->full(),
                   at_byte(call.position));
    return;
  }
}

void judge_persistent(const Pickle& pickle, Findings& out) {
  for (const PickleRef ref : pickle.persistent()) {
    if (read_storage_id(pickle, ref)) continue;
    out.suspicious("pickle-persistent",
                   "it asks its reader for an object that is no storage");
    return;
  }
}

void judge(const Pickle& pickle, Findings& out) {
  judge_globals(pickle, out);
  judge_calls(pickle, out);
  judge_persistent(pickle, out);
  for (const PickleOddity& odd : pickle.oddities()) {
    if (odd.grave)
      out.dangerous("pickle-odd", "it has " + odd.text, at_byte(odd.position));
    else
      out.suspicious("pickle-odd", "it has " + odd.text, at_byte(odd.position));
  }
  for (const std::uint8_t op : {kOpInst, kOpObj, kOpNewObjEx})
    if (pickle.opcodes().test(op))
      out.suspicious("pickle-opcode", "it uses the opcode " +
                                          std::string(kPickleOpcodes[op].name));
  if (pickle.broken())
    out.dangerous("pickle-broken", "the pickle breaks off (" +
                                       pickle.broken()->message() +
                                       "); what stands before it would run");
}

// Storages follow the pickles of an old torch file; all of it must be there.
Result<bool> is_whole_legacy(const ByteSourcePtr& source) {
  auto read = read_torch_legacy(source);
  if (!read) {
    const Code code = read.error().code();
    if (code == Code::kNetwork || code == Code::kIo || code == Code::kTimeout ||
        code == Code::kCancelled)
      return std::move(read).error();
    return false;
  }
  return read->end == source->size();
}

}  // namespace

Result<bool> runs_as_pickle(const ByteSource& source) {
  return runs(HUG_TRY(read_pickle(source)));
}

Result<bool> acts_as_pickle(const ByteSource& source) {
  const Pickle pickle = HUG_TRY(read_pickle(source));
  if (runs(pickle)) return true;
  const auto& globals = pickle.globals();
  if (!pickle.root() ||
      !std::all_of(globals.begin(), globals.end(), is_importable))
    return false;
  return !globals.empty() || !pickle.persistent().empty() ||
         !pickle.oddities().empty();
}

Result<void> scan_pickles(const ByteSourcePtr& source, Findings& out) {
  std::uint64_t at = 0;
  std::size_t n = 0;
  for (; at < source->size(); ++n) {
    if (n == kMostPickles) {
      out.suspicious("pickle-chain", "more than 1000 pickles in a row");
      return {};
    }
    const Pickle pickle = HUG_TRY(read_pickle(*source, at));
    const bool foreign = n != 0 && pickle.broken() &&
                         pickle.globals().empty() && pickle.calls().empty();
    if (foreign) {
      // Not a pickle any more. An old torch file goes on with its storages.
      if (n == 5 && HUG_TRY(is_whole_legacy(source))) return {};
      out.suspicious("pickle-trailing",
                     std::to_string(source->size() - at) +
                         " bytes that are no pickle follow",
                     at_byte(at));
      return {};
    }
    // The storages of an old torch file may look like anything.
    if (n == 5 && HUG_TRY(is_whole_legacy(source))) return {};
    judge(pickle, out);
    if (pickle.broken()) return {};
    at = pickle.end();
  }
  return {};
}

Result<void> scan_numpy(const ByteSourcePtr& source, Findings& out) {
  // \x93NUMPY, version (2), u16 or u32 length, a Python dict as text.
  std::array<std::byte, 12> start{};
  if (source->size() < start.size()) {
    out.dangerous("numpy-broken", "its header is cut off");
    return {};
  }
  HUG_TRY(source->read_at(0, start));
  const bool wide = std::to_integer<unsigned>(start[6]) >= 2;
  std::uint64_t length = 0;
  for (std::size_t i = wide ? 4 : 2; i-- > 0;)
    length = length * 256 + std::to_integer<std::uint64_t>(start[8 + i]);
  const std::uint64_t begin = wide ? 12 : 10;
  if (length > source->size() - begin || length > (1 << 20)) {
    out.dangerous("numpy-broken", "its header is larger than it can be");
    return {};
  }
  std::string header(static_cast<std::size_t>(length), '\0');
  HUG_TRY(source->read_at(begin, std::as_writable_bytes(std::span(header))));
  // Arrays of objects are pickles; "|O" is how numpy says so, but a record
  // type may hide the letter anywhere in the description.
  const auto descr = header.find("descr");
  const auto end = header.find("fortran_order");
  const bool objects =
      descr == std::string::npos || header.find('O', descr) < end;
  if (!objects) return {};
  out.suspicious("numpy-objects", "an array of Python objects");
  const auto rest =
      HUG_TRY(slice(source, begin + length, source->size() - begin - length));
  return scan_pickles(rest, out);
}

}  // namespace hug::format
