// Uploading again and again what changed, until told to stop.
#include <map>
#include <string>

#include "api/session.h"
#include "hug/upload.h"
#include "sys/context.h"
#include "transfer/local_files.h"
#include "transfer/progress.h"

namespace hug {

namespace {

using Stamps = std::map<std::string, transfer::FileStamp>;

Result<Stamps> look(const Context::Parts& parts, const UploadRequest& request) {
  Stamps stamps;
  for (auto& file : HUG_TRY(transfer::find_local_files(parts, request))) {
    stamps.emplace(std::move(file.path), file.stamp);
  }
  return stamps;
}

/// Uploads when something is not as it was.
Result<void> round(Hub& hub, const UploadRequest& request, Stamps& known,
                   const std::function<void(const UploadResult&)>& on_commit) {
  auto now = HUG_TRY(look(hub.parts().surroundings(), request));
  if (now == known) return {};
  const auto result = HUG_TRY(upload(hub, request));
  known = std::move(now);
  if (on_commit) on_commit(result);
  return {};
}

}  // namespace

Result<void> upload_every(
    Hub& hub, const UploadRequest& request, std::chrono::milliseconds interval,
    const std::function<void(const UploadResult&)>& on_commit) {
  const auto& parts = hub.parts().surroundings();
  if (interval <= std::chrono::milliseconds(0)) {
    return Error(Code::kUsage, "the time between uploads must be positive");
  }
  auto wanted = request;
  if (wanted.message.empty()) wanted.message = "Scheduled Commit";
  wanted.remove.clear();
  Stamps known;
  HUG_TRY(round(hub, wanted, known, on_commit));
  for (;;) {
    const auto waited = parts.clock->sleep(interval, parts.stop);
    if (!waited) break;
    const auto done = round(hub, wanted, known, on_commit);
    if (done) continue;
    if (done.error().code() == Code::kCancelled) break;
    transfer::warn(parts, "this round failed and is tried again: " +
                              done.error().message());
  }
  // The last round runs although stop was asked for: in surroundings without
  // the stop token.
  Context::Options options;
  options.events = parts.events;
  options.log = parts.log_sink;
  for (const auto& [name, value] : parts.env.values()) {
    options.environment.emplace(name, value);
  }
  Context last(std::move(options));
  last.parts().fs = parts.fs;
  last.parts().clock = parts.clock;
  auto settings = hub.parts().options;
  settings.endpoint = hub.endpoint();
  auto again = HUG_TRY(Hub::open(last, std::move(settings)));
  return round(again, wanted, known, on_commit);
}

}  // namespace hug
