#include "text/jinja/syntax/token_reader.h"

#include <algorithm>

namespace hug::text::jinja {

using TK = Token::Kind;

TokenReader::TokenReader(std::vector<Token> tokens)
    : tokens_(std::move(tokens)) {}

const Token& TokenReader::peek(std::size_t ahead) const {
  return tokens_[std::min(next_ + ahead, tokens_.size() - 1)];
}

Token TokenReader::take() {
  return tokens_[next_ < tokens_.size() - 1 ? next_++ : next_];
}

bool TokenReader::is_op(std::string_view op, std::size_t ahead) const {
  return peek(ahead).kind == TK::kOperator && peek(ahead).text == op;
}

bool TokenReader::is_name(std::string_view name, std::size_t ahead) const {
  return peek(ahead).kind == TK::kName && peek(ahead).text == name;
}

bool TokenReader::accept_op(std::string_view op) {
  if (!is_op(op)) return false;
  take();
  return true;
}

bool TokenReader::accept_name(std::string_view name) {
  if (!is_name(name)) return false;
  take();
  return true;
}

Result<void> TokenReader::expect(TK kind) {
  if (!at(kind)) return unexpected();
  take();
  return {};
}

Result<void> TokenReader::expect_op(std::string_view op) {
  if (accept_op(op)) return {};
  return unexpected();
}

Result<std::string> TokenReader::expect_name() {
  if (!at(TK::kName)) return unexpected();
  return take().text;
}

Error TokenReader::unexpected() const {
  const Token& t = peek();
  const std::string what = t.kind == TK::kEnd        ? "end of template"
                           : t.kind == TK::kBlockEnd ? "end of block"
                           : t.kind == TK::kPrintEnd ? "end of expression"
                                                     : "'" + t.text + "'";
  return error_at(t.at, "unexpected " + what);
}

Result<void> Nesting::check(const char* what, int most) const {
  if (tokens_.depth_ <= most) return {};
  return error_at(tokens_.peek().at,
                  std::string(what) + " is nested too deeply");
}

}  // namespace hug::text::jinja
