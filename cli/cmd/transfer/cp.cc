// hug cp, hug repos cp
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "app/app.h"
#include "hug/copy.h"
#include "hug/repo.h"
#include "spec/command.h"

namespace hug::cli::cmd {

namespace {

constexpr Option kOptions[] = {
    {.name = "src",
     .kind = Kind::kPositional,
     .value = "SRC",
     .help = "A local file, hf://owner/name/path, or - for standard input.",
     .required = true,
     .complete = Complete::kFile},
    {.name = "dst",
     .kind = Kind::kPositional,
     .value = "DST",
     .help = "The same, or - for standard output; the name of SRC here when "
             "not given.",
     .complete = Complete::kFile},
};

constexpr Example kExamples[] = {
    {"hug cp hf://acme/my-model/config.json ."},
    {"hug cp hf://datasets/acme/data/big.csv - | head"},
    {"hug cp model.safetensors hf://acme/my-model/"},
    {"hug cp hf://acme/a/logs/ hf://acme/b/logs/",
     "from repo to repo, on the hub"},
};

Result<std::size_t> read_input(std::span<std::byte> bytes) {
  for (;;) {
    const ssize_t n = ::read(0, bytes.data(), bytes.size());
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno != EINTR) {
      return Error(Code::kIo, std::string("cannot read standard input: ") +
                                  std::strerror(errno));
    }
  }
}

// A local destination as the user wrote it, with the name it got there.
std::string shown_local(const std::string& typed, const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  if (typed.empty()) return name;

  struct stat info {};

  const bool folder =
      typed.ends_with('/') ||
      (::stat(typed.c_str(), &info) == 0 && S_ISDIR(info.st_mode));
  if (!folder) return typed;
  return typed + (typed.ends_with('/') ? "" : "/") + name;
}

Result<void> copy_one(App& app, const Args& args) {
  Hub* hub = HUG_TRY(app.hub());
  Out& out = app.out();
  const CopyRequest request{
      .source = args.text("src"),
      .destination = args.text("dst"),
      .read = read_input,
      .write = [&out](std::span<const std::byte> bytes) {
        return out.raw(
            {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
      }};
  const CopyResult done = HUG_TRY(copy(*hub, request));
  if (done.destination == "-") return {};
  const bool local = done.kind == CopyResult::Kind::kDownloaded;
  const std::string where =
      local ? shown_local(request.destination, done.destination)
            : done.destination;
  constexpr std::string_view kMessages[] = {"Downloaded", "Uploaded", "Copied"};
  out.result(kMessages[static_cast<std::size_t>(done.kind)],
             {{"src", done.source}, {"dst", where}});
  return {};
}

// Only repositories: a slip of the finger must not touch a bucket.
Result<void> copy_repo(App& app, const Args& args) {
  const std::string dst = args.text("dst");
  const std::string remote = is_hub_uri(dst) ? dst : args.text("src");
  if (is_hub_uri(remote)) {
    const HubUri uri = HUG_TRY(parse_hub_uri(remote));
    if (uri.bucket) {
      return Error(Code::kUsage, "'" + remote +
                                     "' is a bucket, and repos cp "
                                     "works with repositories only")
          .hint("use 'hug cp'");
    }
  }
  return copy_one(app, args);
}

constexpr std::string_view kSummary =
    "Copy a file between this machine and hubs.";
constexpr std::string_view kDetails =
    "One of the two sides must be on a hub. From hub to hub nothing passes "
    "through this machine but small files. Folders between this machine and a "
    "hub are what download and upload are for.";

}  // namespace

extern constexpr Command kCp{
    .name = "cp",
    .summary = kSummary,
    .details = kDetails,
    .options = kOptions,
    .examples = kExamples,
    .section = "Get",
    .run = copy_one,
};
static_assert(well_formed(kCp));

extern constexpr Command kReposCp{
    .name = "cp",
    .summary = kSummary,
    .details = kDetails,
    .options = kOptions,
    .examples = kExamples,
    .run = copy_repo,
};
static_assert(well_formed(kReposCp));

}  // namespace hug::cli::cmd
