#include "cmd/run/chat.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "app/signals.h"
#include "cmd/run/run_options.h"
#include "cmd/text_input.h"
#include "hug/output_file.h"
#include "hug/text.h"
#include "out/line_editor.h"

namespace hug::cli::cmd {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kHelp =
    "/help           this list\n"
    "/system TEXT    say what the model is to be; without a text: nothing\n"
    "/reset          forget what was said\n"
    "/retry          answer the last question once more\n"
    "/save FILE      write what was said to a file\n"
    "/load FILE      go on with what a file holds\n"
    "/set NAME VALUE change a setting (temp, top-k, seed, predict, stop ...)\n"
    "/exit           leave; Ctrl-D does, too\n"
    "A line that ends with \\ goes on; so does everything between \"\"\" and "
    "\"\"\".\n"
    "Ctrl-C stops an answer. Begin with // to say something that begins with "
    "/.";

constexpr std::string_view kCommands[] = {"/exit", "/help",  "/load",
                                          "/quit", "/reset", "/retry",
                                          "/save", "/set",   "/system"};

std::string history_file(const App& app) {
  std::string root = app.environment("XDG_STATE_HOME");
  if (root.empty()) {
    const std::string home = app.environment("HOME");
    if (home.empty()) return {};
    root = home + "/.local/state";
  }
  return root + "/hug/chat_history";
}

void add_files(const std::string& word, std::vector<std::string>& out) {
  const auto slash = word.rfind('/');
  const std::string folder =
      slash == word.npos ? "" : word.substr(0, slash + 1);
  std::error_code error;
  for (fs::directory_iterator it(folder.empty() ? "." : folder, error), end;
       !error && it != end; it.increment(error)) {
    const std::string name = folder + it->path().filename().string();
    if (name.starts_with(word)) out.push_back(name);
  }
}

std::vector<std::string> completions(std::string_view line) {
  std::vector<std::string> out;
  if (!line.starts_with('/')) return out;
  const auto space = line.rfind(' ');
  const std::string word(line.substr(space + 1));
  if (space == line.npos) {
    for (const std::string_view command : kCommands) {
      if (command.starts_with(word)) out.emplace_back(command);
    }
  } else if (line.starts_with("/set ") && space == 4) {
    for (const std::string& name : settable_names()) {
      if (name.starts_with(word)) out.push_back(name);
    }
  } else if (line.starts_with("/save ") || line.starts_with("/load ")) {
    add_files(word, out);
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t\n");
  if (from == text.npos) return {};
  return std::string(
      text.substr(from, text.find_last_not_of(" \t\n") - from + 1));
}

class Chat {
 public:
  Chat(App& app, Speaker& speaker, ChatOptions options)
      : app_(app),
        speaker_(speaker),
        options_(std::move(options)),
        editor_({.terminal = ::isatty(0) == 1 && ::isatty(1) == 1,
                 .history = history_file(app),
                 .complete = completions,
                 .interrupted = [this] {
                   return Interrupts::seen() || app_.stop().stop_requested();
                 }}) {}

  Result<void> run();

 private:
  enum class Next { kGoOn, kLeave };

  LineEditor::Outcome read_entry(std::string& entry);
  LineEditor::Outcome read_rest(std::string& entry, bool quoted);
  Result<Next> obey(const std::string& line);
  Result<void> set(const std::string& rest);
  Result<void> check_converses() const;
  Result<void> answer(std::string question);
  Result<void> retry();
  Result<void> load(const std::string& path);
  void greet();
  void show_stats(const Reply& reply);
  Result<void> leave();
  Result<void> keep();  // in the session's file, if there is one

  App& app_;
  Speaker& speaker_;
  ChatOptions options_;
  Interrupts interrupts_ = {};
  // Armed before a line is read: a Ctrl-C between the end of the line and the
  // answer's beginning is meant for the answer.
  std::stop_token interrupted_ = {};
  LineEditor editor_;
  SessionNote said_ = {};
};

void Chat::greet() {
  char ready[40];
  std::snprintf(ready, sizeof ready, " · ready in %.2f s",
                options_.ready_seconds);
  std::string left = speaker_.describe();
  if (options_.ready_seconds > 0) left += ready;
  const std::string right = "/help for commands, Ctrl-D leaves";
  const std::size_t width = display_width(left) + right.size();
  const std::size_t gap =
      app_.out().columns() > width + 2 ? app_.out().columns() - width : 2;
  app_.out().log(left + std::string(gap, ' ') + right);
  const std::size_t n = said_.conversation.messages().size();
  if (n > 0) {
    app_.out().log("going on after " + std::to_string(n) + " messages");
  }
}

// Lines up to one that does not go on.
LineEditor::Outcome Chat::read_rest(std::string& entry, bool quoted) {
  std::string line;
  while (true) {
    const auto outcome = editor_.read(". ", line);
    if (outcome == LineEditor::Outcome::kInterrupted) return outcome;
    if (outcome == LineEditor::Outcome::kEnd) return LineEditor::Outcome::kLine;
    if (quoted && line.ends_with("\"\"\"")) {
      entry += line.substr(0, line.size() - 3);
      return LineEditor::Outcome::kLine;
    }
    const bool goes_on = !quoted && line.ends_with('\\');
    if (goes_on) line.back() = '\n';
    entry += line;
    if (quoted) entry += '\n';
    if (!quoted && !goes_on) return LineEditor::Outcome::kLine;
  }
}

LineEditor::Outcome Chat::read_entry(std::string& entry) {
  interrupted_ = interrupts_.arm();
  const auto outcome = editor_.read("> ", entry);
  if (outcome != LineEditor::Outcome::kLine) return outcome;
  constexpr std::string_view kQuote = "\"\"\"";
  if (entry.starts_with(kQuote)) {
    entry.erase(0, kQuote.size());
    if (entry.ends_with(kQuote)) {
      entry.resize(entry.size() - kQuote.size());
      return outcome;
    }
    if (!entry.empty()) entry += '\n';
    return read_rest(entry, true);
  }
  if (!entry.ends_with('\\')) return outcome;
  entry.back() = '\n';
  return read_rest(entry, false);
}

Result<void> Chat::set(const std::string& rest) {
  const auto space = rest.find(' ');
  const std::string name = rest.substr(0, space);
  const std::string value =
      space == rest.npos ? "" : trimmed(rest.substr(space + 1));
  if (name.empty()) {
    std::string names;
    for (const std::string& one : settable_names())
      names += (names.empty() ? "" : ", ") + one;
    app_.out().log("settings: " + names);
    return {};
  }
  return set_option(options_.generate, name, value);
}

Result<void> Chat::load(const std::string& path) {
  const std::string text = HUG_TRY(read_text_file(path));
  const Value value = HUG_TRY(Value::parse(text));
  said_.conversation = HUG_TRY(
      Conversation::from_json(value.is_object() ? value["messages"] : value));
  app_.out().log("going on after " +
                 std::to_string(said_.conversation.messages().size()) +
                 " messages");
  return {};
}

Result<void> Chat::retry() {
  const auto& messages = said_.conversation.messages();
  if (!messages.empty() && messages.back().role == "assistant") {
    said_.conversation.take_back_last();
  }
  if (messages.empty() || messages.back().role != "user") {
    return Error(Code::kUsage, "there is no question to answer");
  }
  std::string question = messages.back().content;
  said_.conversation.take_back_last();
  return answer(std::move(question));
}

Result<void> Chat::check_converses() const {
  if (speaker_.converses()) return {};
  return Error(Code::kUsage,
               "the text goes on without a chat template: there are no "
               "messages");
}

Result<Chat::Next> Chat::obey(const std::string& line) {
  const auto space = line.find_first_of(" \n");
  const std::string command = line.substr(0, space);
  const std::string rest =
      space == line.npos ? "" : trimmed(line.substr(space + 1));
  if (command == "/exit" || command == "/quit" || command == "/bye") {
    return Next::kLeave;
  }
  if (command == "/help") {
    app_.out().log(kHelp);
  } else if (command == "/system") {
    HUG_TRY(check_converses());
    said_.conversation.set_system(rest);
  } else if (command == "/reset") {
    said_.conversation.clear();
    said_.text.clear();
  } else if (command == "/retry") {
    HUG_TRY(check_converses());
    HUG_TRY(retry());
  } else if (command == "/set") {
    HUG_TRY(set(rest));
  } else if (command == "/save" || command == "/load") {
    if (rest.empty()) return Error(Code::kUsage, command + " wants a file");
    HUG_TRY(check_converses());
    if (command == "/load") {
      HUG_TRY(load(rest));
    } else {
      HUG_TRY(
          write_output_file(rest, said_.conversation.to_json().dump(1) + "\n"));
    }
  } else {
    return Error(Code::kUsage, "there is no command '" + command + "'")
        .hint("look at /help, or begin with // to say it");
  }
  return Next::kGoOn;
}

void Chat::show_stats(const Reply& reply) {
  if (!app_.out().human()) return;
  const std::string stats = stats_line(reply.timings);
  const std::size_t columns = app_.out().columns();
  const std::size_t gap =
      columns > stats.size() + 1 ? columns - stats.size() - 1 : 0;
  app_.out().log(std::string(gap, ' ') + stats);
}

Result<void> Chat::answer(std::string question) {
  Out& out = app_.out();
  Result<void> written;
  bool thought_before = false;
  const bool terminal = out.standard_output().terminal();
  const OnText on_text = [&](std::string_view text, bool thought) {
    if (thought && !terminal) return true;
    if (!thought && thought_before) written = out.piece("\n");
    thought_before = thought;
    if (written) written = out.piece(text, thought);
    return written.has_value();
  };
  GenerateOptions options = options_.generate;
  options.cancel = interrupted_;
  Conversation& conversation = said_.conversation;
  const bool converses = speaker_.converses();
  const std::string text = said_.text + question;
  if (converses) conversation.say("user", std::move(question));
  const auto reply = converses ? speaker_.answer(conversation, options, on_text)
                               : speaker_.continue_text(text, options, on_text);
  if (!reply) {
    if (converses) conversation.take_back_last();
    return reply.error();
  }
  HUG_TRY(std::move(written));
  HUG_TRY(out.raw("\n"));
  if (!converses) {
    said_.text = text + reply->text;
  } else if (reply->text.empty() && reply->finish_reason == "cancelled") {
    conversation.take_back_last();
  } else {
    conversation.say("assistant", reply->text);
  }
  if (reply->dropped > 0) {
    out.log("the context is full: the oldest " +
            std::to_string(reply->dropped) +
            (reply->dropped == 1 ? " question is" : " questions are") +
            " forgotten");
  }
  if (reply->finish_reason == "length") {
    out.log("the answer ends here: no room is left, or -n is reached");
  }
  show_stats(*reply);
  return keep();
}

Result<void> Chat::keep() {
  if (options_.session.empty()) return {};
  return speaker_.save(options_.session, said_.to_text());
}

Result<void> Chat::leave() {
  if (auto saved = editor_.save(); !saved) {
    app_.out().warning(saved.error().message());
  }
  return keep();
}

Result<void> Chat::run() {
  if (!options_.session.empty()) {
    said_ = HUG_TRY(load_session(speaker_, options_.session));
  }
  if (!options_.system.empty()) {
    if (!speaker_.converses()) return no_place_for_system();
    said_.conversation.set_system(options_.system);
  }
  greet();
  bool asked_to_leave = false;
  while (true) {
    std::string entry;
    const auto outcome = read_entry(entry);
    if (app_.stop().stop_requested()) break;
    if (outcome == LineEditor::Outcome::kEnd) {
      if (::isatty(0) == 1) HUG_TRY(app_.out().raw("\n"));
      break;
    }
    if (outcome == LineEditor::Outcome::kInterrupted) {
      HUG_TRY(app_.out().raw("\n"));
      if (asked_to_leave && entry.empty()) {
        HUG_TRY(leave());
        Interrupts::give_up();
        return Error(Code::kCancelled, "the chat was stopped");
      }
      asked_to_leave = entry.empty();
      if (asked_to_leave) app_.out().log("Ctrl-C again, or Ctrl-D, leaves");
      continue;
    }
    asked_to_leave = false;
    if (trimmed(entry).empty()) continue;
    editor_.remember(entry);
    Result<void> done;
    if (entry.starts_with('/') && !entry.starts_with("//")) {
      const auto next = obey(entry);
      if (next && *next == Next::kLeave) break;
      if (!next) done = next.error();
    } else {
      if (entry.starts_with("//")) entry.erase(0, 1);
      done = answer(std::move(entry));
    }
    if (done) continue;
    if (app_.out().standard_output().closed()) return done;
    app_.out().error(done.error());
  }
  return leave();
}

}  // namespace

Result<void> chat(App& app, Speaker& speaker, ChatOptions options) {
  Chat talk(app, speaker, std::move(options));
  return talk.run();
}

}  // namespace hug::cli::cmd
