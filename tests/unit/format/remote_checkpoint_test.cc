// A checkpoint on a hub is described from few bytes, however many files it has
// and however long its index is. The bytes are counted where they are read.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <memory>

#include "format/safetensors.h"
#include "hug/inspect.h"

using namespace hug;
using namespace hug::format;

namespace {

using Counter = std::atomic<std::uint64_t>;

/// As a file on a hub: not mapped, and whatever is prefetched is fetched with
/// the first byte of it. Behind its beginning it is zeros.
class RemoteFile final : public ByteSource {
 public:
  RemoteFile(std::string name, std::string begin, std::uint64_t size,
             Counter& all)
      : name_(std::move(name)),
        begin_(std::move(begin)),
        size_(size),
        all_(all) {}

  const std::string& name() const noexcept override { return name_; }

  std::uint64_t size() const noexcept override { return size_; }

  std::uint64_t bytes_fetched() const noexcept override { return fetched_; }

  Result<void> read_at(std::uint64_t offset,
                       std::span<std::byte> out) const override {
    if (offset + out.size() > size_)
      return Error(Code::kCorrupt, "read beyond the end");
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = offset + i < begin_.size()
                   ? static_cast<std::byte>(begin_[offset + i])
                   : std::byte{0};
    const std::uint64_t end = std::max(offset + out.size(), hint_);
    if (end > known_) {
      fetched_ += end - std::max(known_, offset);
      all_ += end - std::max(known_, offset);
      known_ = end;
    }
    return {};
  }

  void prefetch(std::uint64_t offset, std::uint64_t size) const override {
    hint_ = offset + size;
  }

 private:
  std::string name_;
  std::string begin_;
  std::uint64_t size_;
  Counter& all_;
  mutable std::uint64_t known_ = 0;  // from the beginning
  mutable std::uint64_t hint_ = 0;
  mutable std::uint64_t fetched_ = 0;
};

class RemoteSet final : public FileSet {
 public:
  const std::string& name() const noexcept override { return name_; }

  const std::vector<FileInfo>& files() const noexcept override {
    return files_;
  }

  Result<ByteSourcePtr> open(std::string_view path) const override {
    const auto it = contents_.find(path);
    if (it == contents_.end()) return Error(Code::kNotFound, "no such file");
    const FileInfo* info = find(path);
    return ByteSourcePtr(std::make_shared<RemoteFile>(
        std::string(path), it->second, info->size, fetched_));
  }

  void put(const std::string& path, std::string begin, std::uint64_t size = 0) {
    files_.push_back({path, size == 0 ? begin.size() : size});
    std::sort(files_.begin(), files_.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    contents_[path] = std::move(begin);
  }

  std::uint64_t fetched() const { return fetched_; }

  void count_anew() { fetched_ = 0; }

 private:
  std::string name_ = "hf://acme/large";
  std::vector<FileInfo> files_ = {};
  std::map<std::string, std::string, std::less<>> contents_ = {};
  mutable Counter fetched_ = 0;
};

constexpr std::uint64_t kBound = 100'000;

std::string shard_name(unsigned i, unsigned n) {
  char text[64];
  std::snprintf(text, sizeof text, "model-%05u-of-%05u.safetensors", i, n);
  return text;
}

/// Shards of so many tensors of 1000 x 1000 in bf16, with their index.
void put_shards(RemoteSet& set, unsigned n_shard, unsigned n_tensor,
                const std::string& prefix) {
  SafetensorsIndex index;
  for (unsigned i = 1; i <= n_shard; ++i) {
    std::vector<SafeTensorPlan> plans;
    for (unsigned k = 0; k < n_tensor; ++k) {
      plans.push_back(
          {prefix + std::to_string(i) + "." + std::to_string(k) + ".mlp.weight",
           tensor::DType::kBf16,
           {1000, 1000}});
      index.weight_map.emplace_back(plans.back().name, shard_name(i, n_shard));
    }
    const auto layout = layout_safetensors(plans, {{"format", "pt"}}).value();
    set.put(shard_name(i, n_shard),
            std::string(reinterpret_cast<const char*>(layout.header.data()),
                        layout.header.size()),
            layout.file_bytes);
    index.total_size += layout.file_bytes - layout.header.size();
  }
  set.put("model.safetensors.index.json", print_safetensors_index(index));
}

void put_config(RemoteSet& set) {
  set.put("config.json", R"({"architectures": ["LlamaForCausalLM"],
    "hidden_size": 7168, "num_hidden_layers": 61, "vocab_size": 129280})");
}

Inspection inspected(const RemoteSet& set, std::uint64_t most) {
  auto out = inspect(set, {.most_fetched = most});
  if (!out) FAIL(out.error().message());
  CHECK(out->bytes_fetched == set.fetched());
  return *std::move(out);
}

}  // namespace

TEST_CASE("a repo of 150 files and an index of megabytes is told from 100 kB") {
  RemoteSet set;
  put_config(set);
  put_shards(set, 150, 500,
             "model.layers.with.a.rather.long.name.indeed.it.is.");
  REQUIRE(set.find("model.safetensors.index.json")->size > 8'000'000);
  const Inspection m = inspected(set, kBound);
  CHECK(set.fetched() <= kBound);
  CHECK(set.fetched() > kBound / 3);  // and not for less than that allows
  CHECK(m.format == "safetensors");
  CHECK(m.architecture == "LlamaForCausalLM");
  CHECK(m.facts.layers == 61);
  CHECK(m.files.size() == 150);
  CHECK(m.unread_weights >= 140);
  CHECK(m.unread_weights == m.unread.size());
  CHECK(m.tensors.size() == 500 * (150 - m.unread_weights));
  CHECK(m.problems.empty());
  // About as many as there are, and about what more it would cost.
  CHECK(m.parameters > 74'900'000'000);
  CHECK(m.parameters < 75'100'000'000);
  CHECK(m.types.empty());
  set.count_anew();
  const Inspection all = inspected(set, 0);
  CHECK(all.unread.empty());
  CHECK(all.parameters == 75'000'000'000);
  CHECK(all.tensors.size() == 75'000);
}

TEST_CASE("headers of any size keep within the bound") {
  for (const unsigned n_tensor : {1U, 7U, 60U, 300U, 900U, 5000U}) {
    CAPTURE(n_tensor);
    for (const unsigned n_shard : {2U, 30U}) {
      CAPTURE(n_shard);
      RemoteSet set;
      put_config(set);
      put_shards(set, n_shard, n_tensor, "layers.");
      const Inspection m = inspected(set, kBound);
      CHECK(set.fetched() <= kBound);
      CHECK(m.files.size() == n_shard);
      if (m.unread_weights == 0)
        CHECK(m.parameters == 1'000'000ULL * n_shard * n_tensor);
    }
  }
}

TEST_CASE("a small repo is told in full") {
  RemoteSet set;
  put_config(set);
  put_shards(set, 4, 70, "model.layers.");
  set.put("tokenizer_config.json", R"({"bos_token": "<s>"})");
  const Inspection m = inspected(set, kBound);
  CHECK(set.fetched() <= kBound);
  CHECK(m.unread.empty());
  CHECK(m.tokenizer.bos == "<s>");
  CHECK(m.tensors.size() == 280);
  CHECK(m.types.front().type == "BF16");
}

TEST_CASE("long settings of a tokenizer leave room for the weights") {
  RemoteSet set;
  put_config(set);
  put_shards(set, 4, 70, "model.layers.");
  set.put("tokenizer_config.json",
          R"({"bos_token": "<s>", "x": ")" + std::string(60'000, 'x') + "\"}");
  const Inspection m = inspected(set, kBound);
  CHECK(set.fetched() <= kBound);
  CHECK(m.unread == std::vector<std::string>{"tokenizer_config.json"});
  CHECK(m.unread_weights == 0);
  CHECK(m.unread_bytes > 60'000);
  CHECK(m.tensors.size() == 280);
  set.count_anew();
  CHECK(inspected(set, 0).tokenizer.bos == "<s>");
}

TEST_CASE("the size of all data is found in the head of an index alone") {
  CHECK(find_total_size(R"({"metadata": {"total_size": 123}, "weight_map")") ==
        123);
  CHECK(find_total_size(R"({"metadata":{"x":1,"total_size" : 12.0},"w": {)") ==
        12);
  CHECK(find_total_size(R"({"metadata": {"total_size": 12)") == 0);
  CHECK(find_total_size(R"({"metadata": {"total_size": "12"}})") == 0);
  CHECK(find_total_size(R"({"weight_map": {"total_size": 12}})") == 0);
  CHECK(find_total_size("") == 0);
}
