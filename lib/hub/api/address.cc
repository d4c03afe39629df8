#include "api/address.h"

#include "api/session.h"

namespace hug::api {

http::Url hub_url(const Hub& hub, std::string_view encoded_path) {
  auto url = hub.parts().base;
  url.append_path(encoded_path);
  return url;
}

http::Url repo_url(const Hub& hub, const RepoId& repo, std::string_view rest) {
  std::string path = "/api/";
  path += repo_type_name(repo.type);
  path += "s/" + repo.full();
  path += rest;
  return hub_url(hub, path);
}

std::string_view web_prefix(RepoType type) {
  switch (type) {
    case RepoType::kDataset:
      return "datasets/";
    case RepoType::kSpace:
      return "spaces/";
    case RepoType::kKernel:
      return "kernels/";
    case RepoType::kModel:
      break;
  }
  return "";
}

std::string_view or_main(std::string_view revision) {
  return revision.empty() ? "main" : revision;
}

std::string revision_segment(std::string_view revision) {
  return "/" + http::encode_segment(or_main(revision));
}

http::Url file_url(const Hub& hub, const RepoId& repo,
                   std::string_view revision, std::string_view path) {
  std::string target = "/";
  target += web_prefix(repo.type);
  target += repo.full() + "/resolve" + revision_segment(revision) + "/";
  target += http::encode_path(path);
  return hub_url(hub, target);
}

http::Url lfs_url(const Hub& hub, const RepoId& repo) {
  std::string target = "/";
  target += web_prefix(repo.type);
  target += repo.full() + ".git/info/lfs/objects/batch";
  return hub_url(hub, target);
}

std::string describe(const RepoId& repo) {
  std::string text(repo_type_name(repo.type));
  return text + " '" + repo.full() + "'";
}

}  // namespace hug::api

namespace hug {

std::string web_url(const Hub& hub, const RepoId& repo,
                    std::string_view revision, std::string_view path) {
  std::string out = hub.endpoint() + "/";
  out += api::web_prefix(repo.type);
  out += repo.full();
  if (path.empty() && revision.empty()) return out;
  out += path.empty() ? "/tree" : "/blob";
  out += api::revision_segment(revision);
  if (!path.empty()) out += "/" + http::encode_path(path);
  return out;
}

}  // namespace hug
