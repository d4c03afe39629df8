#include "format/checkpoint.h"

#include <algorithm>
#include <atomic>
#include <unordered_map>

#include "base/base.h"
#include "format/safetensors.h"
#include "format/torch/torch.h"
#include "sys/sys.h"

namespace hug::format {
namespace {

// One file's tensors, by the readers of both kinds.
struct Part {
  CheckpointKind kind = CheckpointKind::kSafetensors;
  ByteSourcePtr source = {};
  StringPairs metadata = {};
  std::vector<CheckpointTensor> tensors = {};
};

Result<void> add_safetensors(Part& part, const CheckpointOptions& options,
                             std::uint64_t window) {
  auto header = HUG_TRY(read_safetensors(
      *part.source,
      {.require_data = options.require_data, .first_window = window}));
  for (const SafeTensor& t : header.tensors) {
    CheckpointTensor out;
    out.name = t.name;
    out.type = t.type;
    out.shape = t.shape;
    out.bytes = t.end - t.begin;
    out.place = t.begin;
    if (options.require_data)
      out.source =
          HUG_TRY(slice(part.source, header.data_offset + t.begin, out.bytes));
    part.tensors.push_back(std::move(out));
  }
  part.metadata = std::move(header.metadata);
  return {};
}

Result<void> add_torch(Part& part) {
  const auto checkpoint = HUG_TRY(read_torch(part.source));
  for (const TorchTensor& t : checkpoint.tensors) {
    CheckpointTensor out;
    out.name = t.name;
    out.type = t.type;
    out.shape = t.shape;
    out.place = part.tensors.size();
    out.source = HUG_TRY(tensor_source(checkpoint, t));
    out.bytes = out.source->size();
    part.tensors.push_back(std::move(out));
  }
  return {};
}

Result<Part> read_part(ByteSourcePtr source, const CheckpointOptions& options,
                       std::uint64_t window) {
  Part part;
  part.source = std::move(source);
  if (looks_like_torch(*part.source)) {
    part.kind = CheckpointKind::kTorch;
    HUG_TRY(add_torch(part));
  } else {
    HUG_TRY(add_safetensors(part, options, window));
  }
  return part;
}

bool in_root(std::string_view path) {
  return path.find('/') == std::string_view::npos;
}

std::vector<std::string> matching(const FileSet& files, std::string_view begin,
                                  std::string_view end) {
  std::vector<std::string> out;
  for (const FileInfo& f : files.files())
    if (in_root(f.path) && f.path.starts_with(begin) && f.path.ends_with(end))
      out.push_back(f.path);
  return out;
}

// Which files hold the weights, and what an index says of them.
struct Selection {
  std::vector<std::string> names = {};
  SafetensorsIndex index = {};
  std::uint64_t bytes_fetched = 0;
  std::uint64_t index_unread = 0;
};

// What may be fetched of an index whole; the rest is for headers.
std::uint64_t most_of_index(std::uint64_t most_fetched) {
  return most_fetched / 5 * 2;
}

// Of an index that is too long: the size of all data, which stands in front,
// and the files by their names.
Result<Selection> from_head(const FileSet& files, const ByteSource& source,
                            const std::string& path) {
  constexpr std::uint64_t kHead = 512;
  Selection out;
  std::string text(static_cast<std::size_t>(std::min(source.size(), kHead)),
                   '\0');
  source.prefetch(0, text.size());
  HUG_TRY(source.read_at(0, std::as_writable_bytes(std::span(text))));
  out.bytes_fetched = source.bytes_fetched();
  out.index_unread = source.size();  // from its beginning then
  out.index.total_size = find_total_size(text);
  const auto dot = path.find(".safetensors");
  out.names = matching(files, path.substr(0, dot) + "-", ".safetensors");
  if (out.names.empty())
    return Error(Code::kCorrupt, "there are no files beside '" + path + "'");
  return out;
}

Result<Selection> from_index(const FileSet& files, const std::string& path,
                             std::uint64_t most_fetched) {
  Selection out;
  const auto source = HUG_TRY(files.open(path));
  if (most_fetched != 0 && source->mapped().empty() &&
      path.find(".safetensors") != path.npos &&
      source->size() > most_of_index(most_fetched))
    return from_head(files, *source, path);
  if (source->size() > (64 << 20))
    return Error(Code::kLimit, "'" + path + "' is larger than 64 MiB");
  std::string text(static_cast<std::size_t>(source->size()), '\0');
  HUG_TRY(source->read_at(0, std::as_writable_bytes(std::span(text))));
  out.bytes_fetched = source->bytes_fetched();
  out.index =
      HUG_TRY_WITH(parse_safetensors_index(text), "reading '" + path + "'");
  out.names = out.index.files();
  std::sort(out.names.begin(), out.names.end());
  for (const std::string& name : out.names)
    if (files.find(name) == nullptr)
      return Error(Code::kCorrupt, "'" + path + "' names '" + name +
                                       "', which is not in '" + files.name() +
                                       "'");
  if (out.names.empty())
    return Error(Code::kCorrupt, "'" + path + "' names no files");
  return out;
}

Result<Selection> select(const FileSet& files, std::uint64_t most_fetched) {
  struct Family {
    std::string_view single, index, begin, end;
  };

  constexpr auto kFamilies = std::to_array<Family>(
      {{"model.safetensors", "model.safetensors.index.json", "model",
        ".safetensors"},
       {"pytorch_model.bin", "pytorch_model.bin.index.json", "pytorch_model",
        ".bin"},
       {"consolidated.safetensors", "consolidated.safetensors.index.json",
        "consolidated", ".safetensors"}});
  for (const Family& f : kFamilies) {
    if (files.find(f.single) != nullptr)
      return Selection{.names = {std::string(f.single)}};
    if (files.find(f.index) != nullptr)
      return from_index(files, std::string(f.index), most_fetched);
    auto names = matching(files, f.begin, f.end);
    if (!names.empty()) return Selection{.names = std::move(names)};
  }
  for (const std::string_view end : {".safetensors", ".bin", ".pt", ".pth"}) {
    auto names = matching(files, "", end);
    if (names.size() == 1) return Selection{.names = std::move(names)};
    if (names.size() > 1)
      return Error(Code::kNotFound, "'" + files.name() + "' has several " +
                                        std::string(end) +
                                        " files and none is named as a model")
          .hint("name one of them: " + names.front() + " ...");
  }
  return Error(Code::kNotFound, "no weights in '" + files.name() + "'")
      .hint("a model has model.safetensors or pytorch_model.bin");
}

// What the header of a file with these tensors is likely to take.
std::uint64_t guess_window(const SafetensorsIndex& index,
                           const std::string& file) {
  constexpr std::uint64_t kUnknown = 16 << 10;
  if (index.weight_map.empty()) return kUnknown;
  std::uint64_t bytes = 128;
  for (const auto& [tensor, name] : index.weight_map)
    if (name == file) bytes += tensor.size() + 84;
  return std::min<std::uint64_t>(bytes, 1 << 20);
}

Result<void> check_index(const Checkpoint& checkpoint,
                         const SafetensorsIndex& index) {
  if (index.weight_map.empty()) return {};
  std::unordered_map<std::string_view, std::string_view> files;
  for (const auto& [tensor, file] : index.weight_map)
    files.emplace(tensor, file);
  for (const CheckpointTensor& t : checkpoint.tensors) {
    const std::string& name = checkpoint.files[t.file].name;
    const auto found = files.find(t.name);
    if (found == files.end())
      return Error(Code::kCorrupt, "tensor '" + t.name + "' of '" + name +
                                       "' is not in the index");
    if (found->second != name)
      return Error(Code::kCorrupt, "tensor '" + t.name + "' is in '" + name +
                                       "', but the index says '" +
                                       std::string(found->second) + "'");
    files.erase(found);
  }
  if (files.empty()) return {};
  const auto& first = *std::min_element(files.begin(), files.end());
  return Error(Code::kCorrupt, "tensor '" + std::string(first.first) +
                                   "' is in the index, but not in '" +
                                   std::string(first.second) + "'");
}

// Opens and reads all parts, several at a time; results in the given order.
Result<std::vector<Part>> read_parts(const FileSet& files,
                                     const Selection& selection,
                                     const CheckpointOptions& options) {
  const std::size_t n = selection.names.size();
  std::vector<std::optional<Result<Part>>> results(n);
  const auto read = [&](std::size_t i) -> Result<Part> {
    const std::string& name = selection.names[i];
    auto source = HUG_TRY(files.open(name));
    return read_part(std::move(source), options,
                     guess_window(selection.index, name));
  };
  {
    sys::ThreadPool pool(std::clamp<std::size_t>(options.parallel, 1, n));
    for (std::size_t i = 0; i < n; ++i)
      pool.submit([&, i] { results[i] = read(i); });
    pool.wait();
  }
  std::vector<Part> parts;
  for (auto& result : results)
    parts.push_back(HUG_TRY(std::move(*result)));
  return parts;
}

// Reads a header if no more than `left` bytes have to be fetched for it; else
// nothing. `window`: what it is likely to take.
Result<std::optional<Part>> read_within(ByteSourcePtr source,
                                        const CheckpointOptions& options,
                                        std::uint64_t left,
                                        std::uint64_t window) {
  Part part;
  part.source = std::move(source);
  if (part.source->mapped().empty()) {
    if (window > left) window = 8;
    part.source->prefetch(0, window);
    const auto length = HUG_TRY(safetensors_header_bytes(*part.source));
    if (length > left) return std::optional<Part>();
    if (length > window) part.source->prefetch(window, length - window);
  }
  HUG_TRY(add_safetensors(part, options, 8));
  return std::optional<Part>(std::move(part));
}

// The same one after the other, as far as that much may be fetched; gives as
// many parts as that are.
Result<std::vector<Part>> read_some_parts(const FileSet& files,
                                          Selection& selection,
                                          const CheckpointOptions& options) {
  std::uint64_t left = options.most_fetched -
                       std::min(options.most_fetched, selection.bytes_fetched);
  std::vector<Part> parts;
  std::uint64_t window = 8;
  for (const std::string& name : selection.names) {
    const auto source = HUG_TRY(files.open(name));
    if (!selection.index.weight_map.empty())
      window = guess_window(selection.index, name);
    auto part = HUG_TRY(read_within(source, options, left, window));
    if (!part) {
      selection.bytes_fetched += source->bytes_fetched();
      break;
    }
    parts.push_back(*std::move(part));
    // Files of one model are much alike.
    window = source->bytes_fetched();
    left -= std::min(left, window);
  }
  return parts;
}

Result<Checkpoint> assemble(std::vector<Part> parts,
                            const std::vector<std::string>& names) {
  Checkpoint out;
  std::unordered_map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Part& part = parts[i];
    out.kind = part.kind;
    out.files.push_back({.name = names[i],
                         .source = part.source,
                         .metadata = std::move(part.metadata)});
    std::sort(part.tensors.begin(), part.tensors.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    for (CheckpointTensor& t : part.tensors) {
      const auto [where, is_new] = seen.emplace(t.name, i);
      if (!is_new)
        return Error(Code::kCorrupt, "tensor '" + t.name + "' is in '" +
                                         names[where->second] + "' and in '" +
                                         names[i] + "'");
      t.file = i;
      out.tensors.push_back(std::move(t));
    }
  }
  return out;
}

}  // namespace

const CheckpointTensor* Checkpoint::find(std::string_view name) const noexcept {
  for (const CheckpointTensor& t : tensors)
    if (t.name == name) return &t;
  return nullptr;
}

std::vector<const CheckpointTensor*> Checkpoint::by_name() const {
  std::vector<const CheckpointTensor*> out;
  for (const CheckpointTensor& t : tensors)
    out.push_back(&t);
  std::sort(out.begin(), out.end(),
            [](const auto* a, const auto* b) { return a->name < b->name; });
  return out;
}

std::vector<const CheckpointTensor*> Checkpoint::by_place() const {
  std::vector<const CheckpointTensor*> out;
  for (const CheckpointTensor& t : tensors)
    out.push_back(&t);
  std::stable_sort(out.begin(), out.end(), [](const auto* a, const auto* b) {
    return a->file != b->file ? a->file < b->file : a->place < b->place;
  });
  return out;
}

std::uint64_t Checkpoint::n_elements() const noexcept {
  std::uint64_t sum = 0;
  for (const CheckpointTensor& t : tensors)
    sum += tensor::element_count(t.shape).value_or(0);
  return sum;
}

std::uint64_t Checkpoint::bytes() const noexcept {
  std::uint64_t sum = 0;
  for (const CheckpointTensor& t : tensors)
    sum += t.bytes;
  return sum;
}

Result<Checkpoint> open_checkpoint(const FileSet& files,
                                   const CheckpointOptions& options) {
  Selection selection = HUG_TRY(select(files, options.most_fetched));
  const bool some = options.most_fetched != 0 &&
                    selection.names.front().ends_with(".safetensors");
  auto parts = HUG_TRY(some ? read_some_parts(files, selection, options)
                            : read_parts(files, selection, options));
  const auto unread =
      selection.names.begin() + static_cast<std::ptrdiff_t>(parts.size());
  const std::vector<std::string> names(selection.names.begin(), unread);
  auto checkpoint = HUG_TRY(assemble(std::move(parts), names));
  checkpoint.unread.assign(unread, selection.names.end());
  if (checkpoint.unread.empty())
    HUG_TRY(check_index(checkpoint, selection.index)
                .with("checking the index of '" + files.name() + "'"));
  checkpoint.index_bytes_fetched = selection.bytes_fetched;
  checkpoint.total_size = selection.index.total_size;
  checkpoint.index_unread = selection.index_unread;
  return checkpoint;
}

Result<Checkpoint> open_checkpoint_file(ByteSourcePtr source,
                                        const CheckpointOptions& options) {
  const std::string name = source->name();
  std::vector<Part> parts;
  parts.push_back(HUG_TRY(read_part(std::move(source), options, 16 << 10)));
  return assemble(std::move(parts), {name});
}

}  // namespace hug::format
