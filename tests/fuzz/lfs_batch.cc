// What a hub answers to an offer of large objects: every object gets a task or
// all are refused, and parts add up.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "api/lfs.h"
#include "check.h"
#include "data/json.h"

namespace {

const std::vector<hug::api::LfsObject>& offered() {
  static const std::vector<hug::api::LfsObject> objects = {
      {std::string(64, 'a'), 5}, {std::string(64, 'b'), 20'000'000}};
  return objects;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string text(data, data + size);
  const auto json = hug::data::parse_json(text, "answer");
  if (!json) return 0;
  const auto tasks =
      hug::api::parse_lfs_batch("http://127.0.0.1:1/hub", *json, offered());
  if (!tasks) return 0;
  FUZZ_CHECK(tasks->size() == offered().size());
  for (std::size_t i = 0; i < tasks->size(); ++i) {
    const auto& task = (*tasks)[i];
    FUZZ_CHECK(task.object.oid == offered()[i].oid);
    FUZZ_CHECK(task.object.size == offered()[i].size);
    FUZZ_CHECK(task.part_size == 0 || task.upload.has_value());
    if (task.part_size == 0) {
      FUZZ_CHECK(task.part_urls.empty());
      continue;
    }
    const auto all = task.part_size * task.part_urls.size();
    FUZZ_CHECK(all >= task.object.size);
    FUZZ_CHECK(all - task.object.size < task.part_size);
  }
  return 0;
}
