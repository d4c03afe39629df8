#include "out/line_editor.h"

#include <fcntl.h>
#include <histedit.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cwchar>
#include <filesystem>
#include <system_error>

#include "hug/text.h"
#include "out/stream.h"

namespace hug::cli {

namespace fs = std::filesystem;

namespace {

constexpr int kHistorySize = 1000;
constexpr std::size_t kMaxLine = std::size_t{16} << 20;

enum class Byte { kSome, kEnd, kInterrupted };

// One byte of what is typed; looks out for Ctrl-C meanwhile.
Byte next_byte(int from, const std::function<bool()>& interrupted, char& out) {
  while (true) {
    if (interrupted && interrupted()) return Byte::kInterrupted;
    pollfd wait = {.fd = from, .events = POLLIN, .revents = 0};
    if (::poll(&wait, 1, 100) <= 0) continue;
    const ssize_t n = ::read(from, &out, 1);
    if (n == 1) return Byte::kSome;
    if (n == 0 || (errno != EINTR && errno != EAGAIN)) return Byte::kEnd;
  }
}

// The terminal of standard input once more, read without waiting: Ctrl-C throws
// away what was typed, so that nothing may be left to read although poll saw
// something. Standard input itself is shared with other programs. -1: none.
int open_terminal() {
  char name[256];
  if (::ttyname_r(0, name, sizeof name) != 0) return -1;
  return ::open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

// Editing needs to know what a character is.
void choose_locale() {
  const char* name = std::setlocale(LC_CTYPE, "");
  if (name == nullptr || MB_CUR_MAX < 4) std::setlocale(LC_CTYPE, "C.UTF-8");
}

}  // namespace

struct LineEditor::Parts {
  Options options = {};
  EditLine* edit = nullptr;
  History* history = nullptr;
  std::string prompt = {};
  int terminal = -1;
  bool interrupted = false;

  static Parts& of(EditLine* edit) {
    void* self = nullptr;
    ::el_get(edit, EL_CLIENTDATA, &self);
    return *static_cast<Parts*>(self);
  }

  static char* prompt_of(EditLine* edit) { return of(edit).prompt.data(); }

  static int next_character(EditLine* edit, wchar_t* out);
  static unsigned char complete(EditLine* edit, int key);

  void open();
  Outcome read_plain(std::string& line) const;
};

// A character of UTF-8; 1 when there is one, 0 at the end, -1 when the line is
// to be given up.
int LineEditor::Parts::next_character(EditLine* edit, wchar_t* out) {
  Parts& self = of(edit);
  std::string bytes;
  while (true) {
    char c = 0;
    const Byte got = next_byte(self.terminal >= 0 ? self.terminal : 0,
                               self.options.interrupted, c);
    if (got == Byte::kEnd) return 0;
    if (got == Byte::kInterrupted) {
      self.interrupted = true;
      errno = EINTR;
      return -1;
    }
    // What a Ctrl-D becomes that was typed before editing began.
    if (c == '\0') c = '\x04';
    bytes += c;
    const auto first = static_cast<unsigned char>(bytes[0]);
    const std::size_t size = first >= 0xf0   ? 4
                             : first >= 0xe0 ? 3
                             : first >= 0xc0 ? 2
                                             : 1;
    const bool broken =
        bytes.size() > 1 && (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    if (bytes.size() < size && !broken) continue;
    std::size_t at = 0;
    const char32_t point = next_code_point(bytes, at);
    const bool invalid = point >= 0xdc00 && point < 0xdd00;
    *out = invalid ? L'\ufffd' : static_cast<wchar_t>(point);
    return 1;
  }
}

// What all have in common is put in; what there is to choose from is shown.
unsigned char LineEditor::Parts::complete(EditLine* edit, int) {
  Parts& self = of(edit);
  const LineInfo* info = ::el_line(edit);
  const std::string line(info->buffer, info->cursor);
  const auto choices = self.options.complete(line);
  if (choices.empty()) return CC_REFRESH_BEEP;
  std::string common = choices.front();
  for (const std::string& choice : choices) {
    const auto end = std::mismatch(common.begin(), common.end(), choice.begin(),
                                   choice.end());
    common.erase(end.first, common.end());
  }
  const std::string word = line.substr(line.rfind(' ') + 1);
  std::string more =
      common.size() > word.size() ? common.substr(word.size()) : "";
  if (choices.size() == 1) more += ' ';
  if (!more.empty()) {
    return ::el_insertstr(edit, more.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
  }
  std::string shown = "\n";
  for (const std::string& choice : choices)
    shown += choice + "  ";
  shown += "\n";
  Stream(1).write(shown);
  return CC_REDISPLAY;
}

void LineEditor::Parts::open() {
  choose_locale();
  history = ::history_init();
  HistEvent event;
  ::history(history, &event, H_SETSIZE, kHistorySize);
  ::history(history, &event, H_SETUNIQUE, 1);
  if (!options.history.empty()) {
    ::history(history, &event, H_LOAD, options.history.c_str());
  }
  edit = ::el_init("hug", stdin, stdout, stderr);
  if (edit == nullptr) return;
  terminal = open_terminal();
  ::el_set(edit, EL_CLIENTDATA, this);
  ::el_set(edit, EL_PROMPT, &Parts::prompt_of);
  ::el_set(edit, EL_EDITOR, "emacs");
  ::el_set(edit, EL_SIGNAL, 0);
  ::el_set(edit, EL_HIST, ::history, history);
  ::el_set(edit, EL_GETCFN, &Parts::next_character);
  ::el_set(edit, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  if (options.complete) {
    // Of narrow names libedit makes copies that nobody frees.
    ::el_wset(edit, EL_ADDFN, L"hug-complete", L"complete", &Parts::complete);
    ::el_set(edit, EL_BIND, "^I", "hug-complete", nullptr);
  }
}

LineEditor::Outcome LineEditor::Parts::read_plain(std::string& line) const {
  line.clear();
  char c = 0;
  while (true) {
    switch (next_byte(0, options.interrupted, c)) {
      case Byte::kInterrupted:
        return Outcome::kInterrupted;
      case Byte::kEnd:
        return line.empty() ? Outcome::kEnd : Outcome::kLine;
      case Byte::kSome:
        break;
    }
    if (c == '\n') return Outcome::kLine;
    if (line.size() < kMaxLine) line += c;
  }
}

LineEditor::LineEditor(Options options) : parts_(std::make_unique<Parts>()) {
  parts_->options = std::move(options);
  if (parts_->options.terminal) parts_->open();
}

LineEditor::~LineEditor() {
  if (parts_->edit != nullptr) ::el_end(parts_->edit);
  if (parts_->history != nullptr) ::history_end(parts_->history);
  if (parts_->terminal >= 0) ::close(parts_->terminal);
}

LineEditor::Outcome LineEditor::read(const std::string& prompt,
                                     std::string& line) {
  if (parts_->edit == nullptr) return parts_->read_plain(line);
  parts_->prompt = prompt;
  parts_->interrupted = false;
  ::el_resize(parts_->edit);
  int size = 0;
  const char* text = ::el_gets(parts_->edit, &size);
  if (parts_->interrupted) {
    const LineInfo* info = ::el_line(parts_->edit);
    line.assign(info->buffer, info->lastchar);
    ::el_reset(parts_->edit);
    return Outcome::kInterrupted;
  }
  if (text == nullptr || size <= 0) return Outcome::kEnd;
  line.assign(text);
  while (line.ends_with('\n') || line.ends_with('\r'))
    line.pop_back();
  return Outcome::kLine;
}

void LineEditor::remember(const std::string& entry) {
  if (parts_->history == nullptr || entry.empty()) return;
  HistEvent event;
  ::history(parts_->history, &event, H_ENTER, entry.c_str());
}

// Under a name of its own first: two chats may end at once.
Result<void> LineEditor::save() const {
  const std::string& path = parts_->options.history;
  if (parts_->history == nullptr || path.empty()) return {};
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  const std::string temporary = path + "." + std::to_string(::getpid());
  HistEvent event;
  if (::history(parts_->history, &event, H_SAVE, temporary.c_str()) < 0) {
    return Error(Code::kIo, "cannot write the history to '" + path + "'");
  }
  fs::rename(temporary, path, error);
  if (error) {
    return Error(Code::kIo, "cannot write the history to '" + path +
                                "': " + error.message());
  }
  return {};
}

}  // namespace hug::cli
