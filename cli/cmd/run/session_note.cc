#include <cstdio>
#include <filesystem>

#include "cmd/run/chat.h"

namespace hug::cli::cmd {

std::string SessionNote::to_text() const {
  Value out;
  out.set("messages", conversation.to_json());
  out.set("text", text);
  return out.dump();
}

Result<SessionNote> SessionNote::parse(const std::string& text) {
  SessionNote out;
  if (text.empty()) return out;
  const Value value = HUG_TRY(Value::parse(text));
  out.conversation = HUG_TRY(Conversation::from_json(value["messages"]));
  out.text = value["text"].as_string();
  return out;
}

Result<SessionNote> load_session(Speaker& speaker, const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return SessionNote{};
  const std::string note =
      HUG_TRY_WITH(speaker.load(path), "taking up the session");
  auto out = SessionNote::parse(note);
  if (out) return out;
  return Error(Code::kCorrupt, "'" + path + "' holds no conversation")
      .hint("delete it to begin anew");
}

Error no_place_for_system() {
  return {Code::kUsage,
          "the model has no chat template, so no place for --system"};
}

std::string stats_line(const Value& timings) {
  char text[160];
  const auto get = [&](const char* name) { return timings[name].as_double(); };
  std::snprintf(text, sizeof text, "%lld tokens, %.1f t/s, first after %.2f s",
                static_cast<long long>(timings["tokens"].as_integer()),
                get("tokens_per_second"), get("first_token_seconds"));
  return text;
}

}  // namespace hug::cli::cmd
