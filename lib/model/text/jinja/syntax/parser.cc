#include "text/jinja/syntax/parser.h"

#include <algorithm>
#include <initializer_list>

#include "text/jinja/syntax/expression_parser.h"

namespace hug::text::jinja {

namespace {

using SK = Statement::Kind;
using TK = Token::Kind;

// The statements of a template; their expressions are left to another parser
// over the same tokens.
class Parser {
 public:
  explicit Parser(std::vector<Token> tokens)
      : tokens_(std::move(tokens)), expressions_(tokens_) {}

  Parser(const Parser&) = delete;  // expressions_ refers to tokens_
  Parser& operator=(const Parser&) = delete;

  Result<Body> run() {
    Body body = HUG_TRY(statements({}));
    if (!tokens_.at(TK::kEnd)) return tokens_.unexpected();
    return body;
  }

 private:
  // Up to a block that starts with one of `ends` (which is not taken).
  Result<Body> statements(std::initializer_list<std::string_view> ends) {
    const Nesting nesting(tokens_);
    HUG_TRY(nesting.check("template"));
    Body body;
    while (!tokens_.at(TK::kEnd)) {
      const Token& t = tokens_.peek();
      if (t.kind == TK::kText) {
        Token text = tokens_.take();
        body.push_back(
            {.kind = SK::kText, .at = text.at, .text = std::move(text.text)});
      } else if (t.kind == TK::kPrintBegin) {
        const Position at = tokens_.take().at;
        ExpressionPtr e = HUG_TRY(expressions_.tuple_or_expression());
        HUG_TRY(tokens_.expect(TK::kPrintEnd));
        body.push_back(
            {.kind = SK::kPrint, .at = at, .expression = std::move(e)});
      } else if (t.kind == TK::kBlockBegin) {
        const std::string& name = tokens_.peek(1).text;
        if (std::find(ends.begin(), ends.end(), name) != ends.end()) break;
        HUG_TRY(block(body));
      } else {
        return tokens_.unexpected();
      }
    }
    return body;
  }

  Result<void> block(Body& body) {
    const Position at = tokens_.take().at;
    const std::string name = HUG_TRY(tokens_.expect_name());
    Statement s{.kind = SK::kBlock, .at = at};
    if (name == "if") {
      HUG_TRY(if_block(s));
    } else if (name == "for") {
      HUG_TRY(for_block(s));
    } else if (name == "set") {
      HUG_TRY(set_block(s));
    } else if (name == "macro") {
      HUG_TRY(macro_block(s));
    } else if (name == "filter") {
      s.kind = SK::kFilter;
      s.expression = HUG_TRY(expressions_.filter_chain());
      HUG_TRY(finish_body(s, "endfilter"));
    } else if (name == "with") {
      HUG_TRY(with_block(s));
    } else if (name == "generation") {
      HUG_TRY(finish_body(s, "endgeneration"));
    } else if (name == "break" || name == "continue") {
      if (loop_depth_ == 0) return error_at(at, name + " outside of a loop");
      s.kind = name == "break" ? SK::kBreak : SK::kContinue;
      HUG_TRY(tokens_.expect(TK::kBlockEnd));
    } else {
      return error_at(at, "unknown block '" + name + "'");
    }
    body.push_back(std::move(s));
    return {};
  }

  // `%} body {% end %}`
  Result<void> finish_body(Statement& s, std::string_view end) {
    HUG_TRY(tokens_.expect(TK::kBlockEnd));
    s.body = HUG_TRY(statements({end}));
    return close(end);
  }

  // `[{% else %} otherwise] {% end %}`
  Result<void> finish_otherwise(Statement& s, std::string_view end) {
    if (tokens_.is_name("else", 1)) {
      tokens_.take();
      tokens_.take();
      HUG_TRY(tokens_.expect(TK::kBlockEnd));
      s.otherwise = HUG_TRY(statements({end}));
    }
    return close(end);
  }

  Result<void> close(std::string_view end) {
    if (!tokens_.at(TK::kBlockBegin) || !tokens_.is_name(end, 1)) {
      return error_at(tokens_.peek().at, "expected '" + std::string(end) + "'");
    }
    tokens_.take();
    tokens_.take();
    // `{% endmacro name %}` may repeat the name.
    if (tokens_.at(TK::kName) && end == "endmacro") tokens_.take();
    return tokens_.expect(TK::kBlockEnd);
  }

  Result<void> if_block(Statement& s) {
    s.kind = SK::kIf;
    s.expression = HUG_TRY(expressions_.tuple_or_expression());
    HUG_TRY(tokens_.expect(TK::kBlockEnd));
    s.body = HUG_TRY(statements({"elif", "else", "endif"}));
    if (tokens_.is_name("elif", 1)) {
      // A long chain is common, and costs less of the stack than a body.
      const Nesting nesting(tokens_);
      HUG_TRY(nesting.check("template", Nesting::kMost * 4));
      Statement inner{.kind = SK::kIf, .at = tokens_.take().at};
      tokens_.take();
      HUG_TRY(if_block(inner));
      s.otherwise.push_back(std::move(inner));
      return {};
    }
    return finish_otherwise(s, "endif");
  }

  Result<void> for_block(Statement& s) {
    s.kind = SK::kFor;
    s.targets = HUG_TRY(target_names());
    if (!tokens_.accept_name("in")) return tokens_.unexpected();
    s.expression = HUG_TRY(expressions_.loop_items());
    if (tokens_.accept_name("if"))
      s.filter = HUG_TRY(expressions_.expression());
    if (tokens_.is_name("recursive")) {
      return error_at(tokens_.peek().at, "recursive loops are not supported");
    }
    HUG_TRY(tokens_.expect(TK::kBlockEnd));
    ++loop_depth_;
    s.body = HUG_TRY(statements({"else", "endfor"}));
    --loop_depth_;
    return finish_otherwise(s, "endfor");
  }

  Result<std::vector<std::string>> target_names() {
    std::vector<std::string> names;
    const bool bracket = tokens_.accept_op("(");
    do {
      if (tokens_.is_name("in") || tokens_.peek().kind != TK::kName) break;
      names.push_back(tokens_.take().text);
    } while (tokens_.accept_op(","));
    if (bracket) HUG_TRY(tokens_.expect_op(")"));
    if (names.empty()) return tokens_.unexpected();
    return names;
  }

  Result<void> set_block(Statement& s) {
    s.kind = SK::kSet;
    s.targets = HUG_TRY(target_names());
    if (tokens_.accept_op(".")) s.attribute = HUG_TRY(tokens_.expect_name());
    if (tokens_.accept_op("=")) {
      s.expression = HUG_TRY(expressions_.tuple_or_expression());
      return tokens_.expect(TK::kBlockEnd);
    }
    s.kind = SK::kSetBlock;
    if (tokens_.accept_op("|")) {
      s.expression = HUG_TRY(expressions_.filter_chain());
    }
    return finish_body(s, "endset");
  }

  Result<void> macro_block(Statement& s) {
    s.kind = SK::kMacro;
    s.text = HUG_TRY(tokens_.expect_name());
    HUG_TRY(tokens_.expect_op("("));
    while (!tokens_.is_op(")")) {
      Parameter p;
      p.name = HUG_TRY(tokens_.expect_name());
      if (tokens_.accept_op("="))
        p.fallback = HUG_TRY(expressions_.expression());
      s.parameters.push_back(std::move(p));
      if (!tokens_.accept_op(",")) break;
    }
    HUG_TRY(tokens_.expect_op(")"));
    const int outer = std::exchange(loop_depth_, 0);
    HUG_TRY(finish_body(s, "endmacro"));
    loop_depth_ = outer;
    return {};
  }

  Result<void> with_block(Statement& s) {
    while (tokens_.at(TK::kName)) {
      std::string name = tokens_.take().text;
      HUG_TRY(tokens_.expect_op("="));
      s.bindings.emplace_back(std::move(name),
                              HUG_TRY(expressions_.expression()));
      if (!tokens_.accept_op(",")) break;
    }
    return finish_body(s, "endwith");
  }

  TokenReader tokens_;
  ExpressionParser expressions_;
  int loop_depth_ = 0;
};

}  // namespace

Result<Body> parse(std::string_view source) {
  return Parser(HUG_TRY(lex(source))).run();
}

}  // namespace hug::text::jinja
