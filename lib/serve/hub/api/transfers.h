// Uploads in parts that are under way, by the random id in their URLs. They
// end with the process; clients begin anew then.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "hub/store/objects.h"
#include "sys/clock.h"

namespace hug::hub {

class Transfers {
 public:
  explicit Transfers(sys::Clock& clock) : clock_(clock) {}

  /// Keeps the upload and returns its id. Ones that nobody touched for a day
  /// are given up. Errors: kBusy when there are too many.
  Result<std::string> add(std::shared_ptr<PartUpload> upload);
  /// Null when there is none.
  std::shared_ptr<PartUpload> find(const std::string& id);
  void remove(const std::string& id);

 private:
  struct Entry {
    std::shared_ptr<PartUpload> upload;
    sys::Clock::Steady used;
  };

  sys::Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace hug::hub
