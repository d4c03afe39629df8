// What was said in a chat, and the prompt it becomes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hug/chat_template.h"
#include "hug/result.h"
#include "out/value.h"

namespace hug::cli::cmd {

struct Message {
  std::string role = {};
  std::string content = {};
};

class Conversation {
 public:
  const std::vector<Message>& messages() const noexcept { return messages_; }

  bool empty() const noexcept { return messages_.empty(); }

  /// Takes the place of the system message; empty: none.
  void set_system(std::string text);
  void say(std::string role, std::string content);
  void take_back_last();
  /// Forgets all but the system message.
  void clear();
  /// Forgets the oldest question and its answer; false when only the system
  /// message and the last question are left.
  bool drop_oldest();

  /// [{"role": ..., "content": ...}, ...]
  Value to_json() const;
  /// Errors: kUsage for JSON that is no list of messages.
  static Result<Conversation> from_json(const Value& value);

 private:
  bool has_system() const;

  std::vector<Message> messages_ = {};
};

}  // namespace hug::cli::cmd
