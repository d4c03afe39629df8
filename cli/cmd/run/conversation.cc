#include "cmd/run/conversation.h"

#include <algorithm>

namespace hug::cli::cmd {

bool Conversation::has_system() const {
  return !messages_.empty() && messages_.front().role == "system";
}

void Conversation::set_system(std::string text) {
  if (has_system()) messages_.erase(messages_.begin());
  if (text.empty()) return;
  messages_.insert(messages_.begin(), {"system", std::move(text)});
}

void Conversation::say(std::string role, std::string content) {
  messages_.push_back({std::move(role), std::move(content)});
}

void Conversation::take_back_last() {
  if (!messages_.empty()) messages_.pop_back();
}

void Conversation::clear() {
  messages_.resize(has_system() ? 1 : 0);
}

bool Conversation::drop_oldest() {
  const auto begin = messages_.begin() + (has_system() ? 1 : 0);
  const auto is_question = [](const Message& m) { return m.role == "user"; };
  if (begin == messages_.end()) return false;
  const auto next = std::find_if(begin + 1, messages_.end(), is_question);
  if (next == messages_.end()) return false;
  messages_.erase(begin, next);
  return true;
}

Value Conversation::to_json() const {
  Value out = Value::array();
  for (const Message& m : messages_) {
    Value one;
    one.set("role", m.role);
    one.set("content", m.content);
    out.push(std::move(one));
  }
  return out;
}

Result<Conversation> Conversation::from_json(const Value& value) {
  const Error wrong(Code::kUsage, "this is no conversation");
  if (!value.is_array()) return wrong;
  Conversation out;
  for (const Value& one : value.items()) {
    const std::string& role = one["role"].as_string();
    if (role.empty() || !one["content"].is_string()) return wrong;
    out.say(role, one["content"].as_string());
  }
  return out;
}

}  // namespace hug::cli::cmd
