#include "out/out.h"

#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>

#include "hug/text.h"
#include "out/table.h"

namespace hug::cli {

namespace {

constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kRed = "\x1b[1m\x1b[31m";
constexpr std::string_view kGrey = "\x1b[90m";
constexpr std::string_view kReset = "\x1b[0m";

std::string painted(bool color, std::string_view code, std::string_view text) {
  if (!color) return std::string(text);
  return std::string(code) + std::string(text) + std::string(kReset);
}

// Without escape sequences of the form ESC [ ... m.
std::string without_ansi(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b' && i + 1 < text.size() && text[i + 1] == '[') {
      const auto end = text.find_first_not_of("0123456789;", i + 2);
      if (end != text.npos && text[end] == 'm') {
        i = end;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

// Lines and tabs stay; everything that steers a terminal is shown instead.
std::string escaped_lines(std::string_view text) {
  std::string out;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] != '\n' && text[i] != '\t') continue;
    out += escape_for_terminal(text.substr(start, i - start));
    if (i < text.size()) out += text[i];
    start = i + 1;
  }
  return out;
}

// A clause as the client called hf says it: with a capital and a full stop.
std::string sentence(std::string_view clause) {
  std::string out = escape_for_terminal(clause);
  if (out.empty()) return out;
  if (out[0] >= 'a' && out[0] <= 'z')
    out[0] = static_cast<char>(out[0] - 'a' + 'A');
  if (!out.ends_with('.')) out += '.';
  return out;
}

Value error_json(const Error& error) {
  Value body;
  body.set("code", code_name(error.code()));
  body.set("message", error.message());
  body.set("hint", Value::text_or_null(error.hint()));
  body.set("chain", Value::strings(error.chain()));
  body.set("http_status",
           error.http_status() == 0 ? Value() : Value(error.http_status()));
  body.set("request_id", Value::text_or_null(error.request_id()));
  const auto wait = error.retry_after();
  body.set("retry_after",
           wait ? Value(static_cast<double>(wait->count()) / 1000.0) : Value());
  return Value().set("error", std::move(body));
}

// Python's splitlines-like clean-up: runs of white space become one blank.
bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' ||
         c == '\v';
}

// Echo off while a secret is typed.
class NoEcho {
 public:
  explicit NoEcho(bool active) : active_(active) {
    if (!active_ || ::tcgetattr(0, &before_) != 0) {
      active_ = false;
      return;
    }
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(0, TCSAFLUSH, &silent);
  }

  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

  ~NoEcho() {
    if (active_) ::tcsetattr(0, TCSAFLUSH, &before_);
  }

 private:
  bool active_;
  termios before_ = {};
};

}  // namespace

std::string Out::one_line(std::string_view text) {
  std::string joined;
  bool gap = false;
  for (char c : text) {
    if (is_blank(c)) {
      gap = true;
      continue;
    }
    if (gap && !joined.empty()) joined += ' ';
    gap = false;
    joined += c;
  }
  return escape_for_terminal(joined);
}

void Out::clear_bars() {
  if (bar_lines_ == 0) return;
  err_.write("\r\x1b[" + std::to_string(bar_lines_) + "A\x1b[J");
  bar_lines_ = 0;
}

void Out::draw_bars(std::string_view frame, std::size_t lines) {
  const std::lock_guard lock(mutex_);
  std::string bytes;
  if (bar_lines_ > 0) {
    bytes = "\r\x1b[" + std::to_string(bar_lines_) + 'A';
    if (lines < bar_lines_) bytes += "\x1b[J";
  }
  bytes += frame;
  if (!bytes.empty()) err_.write(bytes);
  bar_lines_ = lines;
}

std::string Out::shown(std::string_view text) const {
  return out_.terminal() ? escaped_lines(text) : std::string(text);
}

/// A value alone: in a pipe a path is a path, whatever is in it.
std::string Out::value_shown(std::string_view text) const {
  return out_.terminal() ? escape_for_terminal(text) : std::string(text);
}

void Out::text(std::string_view text) {
  page(escape_for_terminal(mode() == Mode::kAgent ? without_ansi(text)
                                                  : std::string(text)));
}

void Out::strong_text(std::string_view text) {
  if (!human() || !options_.color) return this->text(text);
  put(painted(true, "\x1b[1m", escape_for_terminal(text)));
}

void Out::page(std::string_view text) {
  if (mode() == Mode::kJson || mode() == Mode::kQuiet) return;
  line(mode() == Mode::kAgent ? without_ansi(text) : std::string(text));
}

void Out::line(std::string_view text) {
  put(shown(text));
}

/// What is safe already.
void Out::put(std::string_view text) {
  const std::lock_guard lock(mutex_);
  clear_bars();
  out_.write(std::string(text) + '\n');
}

Result<void> Out::piece(std::string_view text, bool dim) {
  const std::lock_guard lock(mutex_);
  clear_bars();
  return raw(painted(dim && options_.color, kGrey, shown(text)));
}

Result<void> Out::raw(std::string_view bytes) {
  out_.write(bytes);
  if (out_.closed()) {
    return Error(Code::kCancelled, "the reader of standard output has gone");
  }
  return out_.check();
}

void Out::json_line(const Value& value, int indent) {
  put(value.dump(indent));
}

void Out::human_table(const std::vector<Value>& rows,
                      const std::vector<std::string>& columns,
                      const TableOptions& options) {
  Table table;
  for (const std::string& column : columns) {
    table.headers.push_back(header_of(column));
    const bool numeric = std::ranges::all_of(rows, [&](const Value& row) {
      return row[column].is_null() || row[column].is_number();
    });
    table.right.push_back(numeric || std::ranges::find(options.right, column) !=
                                         options.right.end());
  }
  for (const Value& row : rows) {
    std::vector<std::string> cells;
    for (const std::string& column : columns) {
      cells.push_back(cell_of(row[column]));
    }
    table.rows.push_back(std::move(cells));
  }
  const bool shortened = !options_.no_truncate && fit(table, options_.columns);
  std::string text = render(table);
  text.pop_back();
  put(text);
  if (shortened) {
    hint("use `--no-truncate` or `--format json` to display full values");
  }
}

void Out::table(const std::vector<Value>& rows, const TableOptions& options) {
  if (mode() == Mode::kJson) return json_line(Value(rows));
  if (rows.empty()) return text("No results found.");
  const auto columns =
      options.columns.empty() ? columns_of(rows) : options.columns;
  if (human()) return human_table(rows, columns, options);
  std::string text;
  auto add_row = [&](auto&& cell) {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (c > 0) text += '\t';
      text += cell(columns[c]);
    }
    text += '\n';
  };
  if (mode() == Mode::kQuiet) {
    const std::string& id = options.id.empty() ? columns.front() : options.id;
    for (const Value& row : rows) {
      const Value* value = row.find(id);
      text += value == nullptr ? "" : escape_for_terminal(value->python_str());
      text += '\n';
    }
  } else {
    add_row([](const std::string& column) { return column; });
    for (const Value& row : rows) {
      add_row([&](const std::string& column) {
        return one_line(row[column].python_str());
      });
    }
  }
  text.pop_back();
  put(text);
}

void Out::dict(const Value& value, std::string_view id_key) {
  if (quiet() && !id_key.empty()) {
    return put(escape_for_terminal(value[id_key].python_str()));
  }
  json_line(value, human() ? 2 : -1);
}

void Out::result(std::string_view message, const Fields& fields) {
  std::string text;
  switch (mode()) {
    case Mode::kHuman:
      text = painted(options_.color, kGreen, "\u2713 " + value_shown(message));
      for (const auto& [key, value] : fields) {
        if (value.is_null()) continue;
        text += "\n  " + key + ": " + value_shown(value.python_str());
      }
      return put(text);
    case Mode::kAgent:
      for (const auto& [key, value] : fields) {
        if (value.is_null()) continue;
        text += (text.empty() ? "" : " ") + key + '=' +
                escape_for_terminal(value.python_str());
      }
      return put(text.empty() ? escape_for_terminal(message) : text);
    case Mode::kJson:
      return put(fields.empty() ? "" : Value(fields).dump());
    case Mode::kQuiet:
      if (!fields.empty()) put(value_shown(fields.front().second.python_str()));
      return;
  }
}

void Out::say(std::string_view color, std::string_view text) {
  const std::lock_guard lock(mutex_);
  // Also in a pipe: what is read later may be shown on a terminal then.
  const std::string safe = escaped_lines(text);
  clear_bars();
  const bool color_it = human() && options_.color_err && !color.empty();
  err_.write(painted(color_it, color, safe) + '\n');
}

void Out::warning(std::string_view text) {
  say(kYellow, options_.as_hf ? "Warning: " + sentence(text)
                              : "warning: " + escape_for_terminal(text));
}

void Out::log(std::string_view text) {
  if (!quiet()) say(kGrey, text);
}

void Out::hint(std::string_view text) {
  log(options_.as_hf ? "Hint: " + sentence(text)
                     : "hint: " + escape_for_terminal(text));
}

void Out::error(const Error& error) {
  if (mode() == Mode::kJson && !options_.as_hf) {
    const std::lock_guard lock(mutex_);
    clear_bars();
    err_.write(error_json(error).dump() + '\n');
    return;
  }
  say(kRed, (options_.as_hf ? "Error: " : "error: ") +
                escape_for_terminal(error.message()));
  for (const std::string& step : error.chain())
    say("", "  while: " + escape_for_terminal(step));
  std::string cause;
  if (error.http_status() != 0) {
    cause = std::to_string(error.http_status()) + " from the hub";
  }
  if (!error.remote_code().empty()) cause += ", " + error.remote_code();
  if (!error.request_id().empty()) {
    cause += " (request " + error.request_id() + ')';
  }
  if (!cause.empty()) say("", "  cause: " + escape_for_terminal(cause));
  if (!error.hint().empty()) hint(error.hint());
}

bool Out::can_ask() const {
  return human() && ::isatty(0) == 1 && err_.terminal();
}

Result<void> Out::confirm(std::string_view question, bool yes,
                          std::string_view flag) {
  if (yes) return {};
  if (!human()) {
    return Error(Code::kFailure, "where nobody can be asked it takes " +
                                     std::string(flag) + ": " +
                                     std::string(question));
  }
  out_.write(escape_for_terminal(question) + " [y/N]: ");
  std::string answer;
  for (char c = 0; ::read(0, &c, 1) == 1 && c != '\n';) {
    if (answer.size() < 100) answer += c;
  }
  if (::isatty(0) != 1) out_.write("\n");
  std::ranges::transform(answer, answer.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  if (answer == "y" || answer == "yes") return {};
  return Error(Code::kFailure, "aborted: nothing was changed")
      .hint("answer y, or give " + std::string(flag));
}

std::optional<std::string> Out::ask(std::string_view prompt, bool secret) {
  if (!can_ask()) return {};
  const std::lock_guard lock(mutex_);
  // Before the prompt: who answers at once must not be shown either.
  const NoEcho silence(secret);
  err_.write(escaped_lines(prompt));
  std::string answer;
  bool any = false;
  for (char c = 0; ::read(0, &c, 1) == 1;) {
    any = true;
    if (c == '\n') break;
    if (answer.size() < 100'000) answer += c;
  }
  if (secret) err_.write("\n");
  if (!any) return {};
  return answer;
}

}  // namespace hug::cli
