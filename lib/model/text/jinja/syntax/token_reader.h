// The place of a parser in the tokens of a template: what comes next, and what
// must come next.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "text/jinja/syntax/lexer.h"

namespace hug::text::jinja {

class TokenReader {
 public:
  /// `tokens` ends with kEnd, which is never taken.
  explicit TokenReader(std::vector<Token> tokens);

  const Token& peek(std::size_t ahead = 0) const;
  Token take();

  bool at(Token::Kind kind) const { return peek().kind == kind; }

  bool is_op(std::string_view op, std::size_t ahead = 0) const;
  bool is_name(std::string_view name, std::size_t ahead = 0) const;
  bool accept_op(std::string_view op);
  bool accept_name(std::string_view name);

  // What is not there is an error at the token that stands in its place.
  Result<void> expect(Token::Kind kind);
  Result<void> expect_op(std::string_view op);
  Result<std::string> expect_name();
  Error unexpected() const;

 private:
  friend class Nesting;

  std::vector<Token> tokens_;
  std::size_t next_ = 0;
  int depth_ = 0;
};

/// One level of the rules that call themselves, as long as it lives.
class Nesting {
 public:
  static constexpr int kMost = 128;

  explicit Nesting(TokenReader& tokens) : tokens_(tokens) { ++tokens_.depth_; }

  ~Nesting() { --tokens_.depth_; }

  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

  /// Errors: kUsage, "`what` is nested too deeply", above `most` levels.
  Result<void> check(const char* what, int most = kMost) const;

 private:
  TokenReader& tokens_;
};

}  // namespace hug::text::jinja
