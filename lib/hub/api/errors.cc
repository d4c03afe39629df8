// What a hub's refusals mean. The first rule that fits decides.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "api/session.h"
#include "base/strings.h"
#include "data/json.h"
#include "http/http.h"

namespace hug::api {

namespace {

constexpr std::size_t kLongestText = 2000;

void add_text(std::vector<std::string>& texts, std::string_view text) {
  std::vector<std::string> lines;  // a message is one line
  for (const auto line : base::split(text, '\n')) {
    if (const auto words = base::trim(line); !words.empty())
      lines.emplace_back(words);
  }
  auto clean = base::join(lines, " ");
  while (clean.ends_with('.'))
    clean.pop_back();
  if (clean.empty()) return;
  if (clean.size() > kLongestText) clean.resize(kLongestText);
  const auto lower = base::to_lower(clean);
  for (const auto& known : texts) {
    if (base::to_lower(known).find(lower) != std::string::npos) return;
  }
  texts.push_back(std::move(clean));
}

void add_json_texts(std::vector<std::string>& texts,
                    const nlohmann::json& body) {
  const auto* error = data::find_member(body, "error");
  const auto more = data::find_string(body, "error_description");
  if (error != nullptr && error->is_string()) {
    add_text(texts, error->get<std::string>() + (more ? ": " + *more : ""));
  } else if (error != nullptr && error->is_array()) {
    for (const auto& line : *error) {
      if (line.is_string()) add_text(texts, line.get<std::string>());
    }
  } else if (error != nullptr && error->is_object()) {
    // As inference endpoints write it.
    if (const auto text = data::find_string(*error, "message")) {
      add_text(texts, *text);
    }
  } else if (more) {
    add_text(texts, *more);
  }
  if (const auto* list = data::find_array(body, "errors")) {
    for (const auto& item : *list) {
      if (const auto text = data::find_string(item, "message")) {
        add_text(texts, *text);
      }
    }
  }
}

/// Everything the server says about it, without repetitions.
std::string server_text(const http::Response& response) {
  std::vector<std::string> texts;
  add_text(texts, response.headers.get("X-Error-Message"));
  const auto type = response.headers.get("Content-Type");
  const auto body = base::trim(response.body);
  if (const auto json = data::parse_json(body, "answer")) {
    add_json_texts(texts, *json);
  } else if (type.find("html") == type.npos && !body.starts_with('<')) {
    add_text(texts, body);
  }
  auto text = base::join(texts, "; ");
  if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a') {
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  }
  return text;
}

struct Meaning {
  Code code = Code::kFailure;
  std::string text = {};
  std::string hint = {};
};

Meaning meaning_of_code(std::string_view code) {
  if (code == "RevisionNotFound") {
    return {Code::kNotFound, "no such revision", ""};
  }
  if (code == "EntryNotFound") return {Code::kNotFound, "no such file", ""};
  if (code == "GatedRepo") {
    return {Code::kGated, "access to it has to be asked for",
            "ask for access on the repository's page and sign in with 'hug "
            "auth login'"};
  }
  if (code == "RepoNotFound") {
    return {Code::kNotFound, "no such repository, or no access to it",
            "check name and type; if it is private, sign in with 'hug auth "
            "login'"};
  }
  return {};
}

Meaning meaning_of_status(const http::Response& response) {
  switch (response.status) {
    case 401:
      return {Code::kUnauthorized, "the hub does not accept the caller",
              "sign in with 'hug auth login' or set HF_TOKEN"};
    case 403:
      return {Code::kDenied, "the hub does not allow it",
              "use a token that may do this"};
    case 413:
      return {Code::kLimit, "it is too large for the hub", ""};
    default:
      break;
  }
  const auto plain = http::status_error(response);
  return {plain.code(), "the hub answers " + std::to_string(response.status),
          plain.hint()};
}

}  // namespace

Error hub_error(const http::Response& response, const std::string& action) {
  const auto remote = std::string(response.headers.get("X-Error-Code"));
  auto meaning = meaning_of_code(remote);
  if (meaning.text.empty()) meaning = meaning_of_status(response);
  const auto said = server_text(response);
  auto text = action.empty() ? meaning.text : "cannot " + action + ": ";
  if (!action.empty()) text += said.empty() ? meaning.text : said;
  if (action.empty() && !said.empty()) text += ": " + said;
  auto error = Error(meaning.code, std::move(text))
                   .hint(std::move(meaning.hint))
                   .http(response.status, http::request_id(response.headers))
                   .remote(remote);
  if (const auto wait = http::status_error(response).retry_after()) {
    return std::move(error).retry_after(*wait);
  }
  return error;
}

}  // namespace hug::api
