#include "text/jinja/parser.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>

#include "text/jinja/lexer.h"

namespace hug::text::jinja {

namespace {

using EK = Expression::Kind;
using SK = Statement::Kind;
using TK = Token::Kind;

constexpr int kMaxDepth = 128;

struct DepthGuard {
  explicit DepthGuard(int& depth) : depth_(depth) { ++depth_; }
  ~DepthGuard() { --depth_; }
  DepthGuard(const DepthGuard&) = delete;
  DepthGuard& operator=(const DepthGuard&) = delete;
  int& depth_;
};

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Result<Body> run() {
    Body body = HUG_TRY(statements({}));
    if (peek().kind != TK::kEnd) return unexpected();
    return body;
  }

 private:
  // --- tokens -------------------------------------------------------------
  const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(i_ + ahead, tokens_.size() - 1)];
  }

  Token take() { return tokens_[i_ < tokens_.size() - 1 ? i_++ : i_]; }

  bool is_op(std::string_view op, std::size_t ahead = 0) const {
    return peek(ahead).kind == TK::kOperator && peek(ahead).text == op;
  }

  bool is_name(std::string_view name, std::size_t ahead = 0) const {
    return peek(ahead).kind == TK::kName && peek(ahead).text == name;
  }

  bool accept_op(std::string_view op) {
    if (!is_op(op)) return false;
    take();
    return true;
  }

  bool accept_name(std::string_view name) {
    if (!is_name(name)) return false;
    take();
    return true;
  }

  Error unexpected() const {
    const Token& t = peek();
    const std::string what = t.kind == TK::kEnd        ? "end of template"
                             : t.kind == TK::kBlockEnd ? "end of block"
                             : t.kind == TK::kPrintEnd ? "end of expression"
                                                       : "'" + t.text + "'";
    return error_at(t.at, "unexpected " + what);
  }

  Result<void> expect_op(std::string_view op) {
    if (accept_op(op)) return {};
    return unexpected();
  }

  Result<std::string> expect_name() {
    if (peek().kind != TK::kName) return unexpected();
    return take().text;
  }

  Result<void> expect_block_end() {
    if (peek().kind != TK::kBlockEnd) return unexpected();
    take();
    return {};
  }

  ExpressionPtr node(EK kind, Position at, std::string name = {}) {
    return std::make_unique<Expression>(
        Expression{.kind = kind, .at = at, .name = std::move(name)});
  }

  template <class... Children>
  ExpressionPtr node_of(EK kind, Position at, std::string name,
                        Children... children) {
    ExpressionPtr out = node(kind, at, std::move(name));
    (out->children.push_back(std::move(children)), ...);
    return out;
  }

  // --- statements ---------------------------------------------------------

  // Up to a block that starts with one of `ends` (which is not taken).
  Result<Body> statements(std::initializer_list<std::string_view> ends) {
    const DepthGuard guard(depth_);
    if (depth_ > kMaxDepth) {
      return error_at(peek().at, "template is nested too deeply");
    }
    Body body;
    while (peek().kind != TK::kEnd) {
      const Token& t = peek();
      if (t.kind == TK::kText) {
        Token text = take();
        body.push_back({.kind = SK::kText,
                        .at = text.at,
                        .text = std::move(text.text)});
      } else if (t.kind == TK::kPrintBegin) {
        const Position at = take().at;
        ExpressionPtr e = HUG_TRY(tuple_or_expression());
        if (peek().kind != TK::kPrintEnd) return unexpected();
        take();
        body.push_back(
            {.kind = SK::kPrint, .at = at, .expression = std::move(e)});
      } else if (t.kind == TK::kBlockBegin) {
        const std::string& name = peek(1).text;
        if (std::find(ends.begin(), ends.end(), name) != ends.end()) break;
        HUG_TRY(block(body));
      } else {
        return unexpected();
      }
    }
    return body;
  }

  Result<void> block(Body& body) {
    const Position at = take().at;
    const std::string name = HUG_TRY(expect_name());
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
      s.expression = HUG_TRY(filter_chain(nullptr, at));
      HUG_TRY(finish_body(s, "endfilter"));
    } else if (name == "with") {
      HUG_TRY(with_block(s));
    } else if (name == "generation") {
      HUG_TRY(finish_body(s, "endgeneration"));
    } else if (name == "break" || name == "continue") {
      if (loop_depth_ == 0) return error_at(at, name + " outside of a loop");
      s.kind = name == "break" ? SK::kBreak : SK::kContinue;
      HUG_TRY(expect_block_end());
    } else {
      return error_at(at, "unknown block '" + name + "'");
    }
    body.push_back(std::move(s));
    return {};
  }

  // `%} body {% end %}`
  Result<void> finish_body(Statement& s, std::string_view end) {
    HUG_TRY(expect_block_end());
    s.body = HUG_TRY(statements({end}));
    return close(end);
  }

  Result<void> close(std::string_view end) {
    if (peek().kind != TK::kBlockBegin || !is_name(end, 1)) {
      return error_at(peek().at, "expected '" + std::string(end) + "'");
    }
    take();
    take();
    // `{% endmacro name %}` may repeat the name.
    if (peek().kind == TK::kName && end == "endmacro") take();
    return expect_block_end();
  }

  Result<void> if_block(Statement& s) {
    s.kind = SK::kIf;
    s.expression = HUG_TRY(tuple_or_expression());
    HUG_TRY(expect_block_end());
    s.body = HUG_TRY(statements({"elif", "else", "endif"}));
    if (is_name("elif", 1)) {
      const DepthGuard guard(depth_);
      if (depth_ > kMaxDepth * 4) {
        return error_at(peek().at, "template is nested too deeply");
      }
      Statement inner{.kind = SK::kIf, .at = take().at};
      take();
      HUG_TRY(if_block(inner));
      s.otherwise.push_back(std::move(inner));
      return {};
    }
    if (is_name("else", 1)) {
      take();
      take();
      HUG_TRY(expect_block_end());
      s.otherwise = HUG_TRY(statements({"endif"}));
    }
    return close("endif");
  }

  Result<void> for_block(Statement& s) {
    s.kind = SK::kFor;
    s.targets = HUG_TRY(target_names());
    if (!accept_name("in")) return unexpected();
    s.expression = HUG_TRY(tuple_or(&Parser::or_expression));
    if (accept_name("if")) s.filter = HUG_TRY(expression());
    if (is_name("recursive")) {
      return error_at(peek().at, "recursive loops are not supported");
    }
    HUG_TRY(expect_block_end());
    ++loop_depth_;
    s.body = HUG_TRY(statements({"else", "endfor"}));
    --loop_depth_;
    if (is_name("else", 1)) {
      take();
      take();
      HUG_TRY(expect_block_end());
      s.otherwise = HUG_TRY(statements({"endfor"}));
    }
    return close("endfor");
  }

  Result<std::vector<std::string>> target_names() {
    std::vector<std::string> names;
    const bool bracket = accept_op("(");
    do {
      if (is_name("in") || peek().kind != TK::kName) break;
      names.push_back(take().text);
    } while (accept_op(","));
    if (bracket) HUG_TRY(expect_op(")"));
    if (names.empty()) return unexpected();
    return names;
  }

  Result<void> set_block(Statement& s) {
    s.kind = SK::kSet;
    s.targets = HUG_TRY(target_names());
    if (accept_op(".")) s.attribute = HUG_TRY(expect_name());
    if (accept_op("=")) {
      s.expression = HUG_TRY(tuple_or_expression());
      return expect_block_end();
    }
    s.kind = SK::kSetBlock;
    if (accept_op("|")) {
      s.expression = HUG_TRY(filter_chain(nullptr, s.at));
    }
    return finish_body(s, "endset");
  }

  Result<void> macro_block(Statement& s) {
    s.kind = SK::kMacro;
    s.text = HUG_TRY(expect_name());
    HUG_TRY(expect_op("("));
    while (!is_op(")")) {
      Parameter p;
      p.name = HUG_TRY(expect_name());
      if (accept_op("=")) p.fallback = HUG_TRY(expression());
      s.parameters.push_back(std::move(p));
      if (!accept_op(",")) break;
    }
    HUG_TRY(expect_op(")"));
    const int outer = std::exchange(loop_depth_, 0);
    HUG_TRY(finish_body(s, "endmacro"));
    loop_depth_ = outer;
    return {};
  }

  Result<void> with_block(Statement& s) {
    while (peek().kind == TK::kName) {
      std::string name = take().text;
      HUG_TRY(expect_op("="));
      s.bindings.emplace_back(std::move(name), HUG_TRY(expression()));
      if (!accept_op(",")) break;
    }
    return finish_body(s, "endwith");
  }

  // --- expressions --------------------------------------------------------
  using Rule = Result<ExpressionPtr> (Parser::*)();

  Result<ExpressionPtr> tuple_or(Rule rule) {
    const Position at = peek().at;
    ExpressionPtr first = HUG_TRY((this->*rule)());
    if (!is_op(",")) return first;
    ExpressionPtr tuple = node_of(EK::kTuple, at, {}, std::move(first));
    while (accept_op(",")) {
      if (peek().kind == TK::kPrintEnd || peek().kind == TK::kBlockEnd ||
          is_op(")") || is_op("=")) {
        break;
      }
      tuple->children.push_back(HUG_TRY((this->*rule)()));
    }
    return tuple;
  }

  Result<ExpressionPtr> tuple_or_expression() {
    return tuple_or(&Parser::expression);
  }

  Result<ExpressionPtr> expression() {
    const DepthGuard guard(depth_);
    if (depth_ > kMaxDepth) {
      return error_at(peek().at, "expression is nested too deeply");
    }
    ExpressionPtr value = HUG_TRY(or_expression());
    while (is_name("if")) {
      const Position at = take().at;
      ExpressionPtr condition = HUG_TRY(or_expression());
      ExpressionPtr otherwise;
      if (accept_name("else")) otherwise = HUG_TRY(expression());
      value = node_of(EK::kCondition, at, {}, std::move(value),
                      std::move(condition), std::move(otherwise));
    }
    return value;
  }

  Result<ExpressionPtr> or_expression() {
    ExpressionPtr left = HUG_TRY(and_expression());
    while (is_name("or")) {
      const Position at = take().at;
      left = node_of(EK::kBinary, at, "or", std::move(left),
                     HUG_TRY(and_expression()));
    }
    return left;
  }

  Result<ExpressionPtr> and_expression() {
    ExpressionPtr left = HUG_TRY(not_expression());
    while (is_name("and")) {
      const Position at = take().at;
      left = node_of(EK::kBinary, at, "and", std::move(left),
                     HUG_TRY(not_expression()));
    }
    return left;
  }

  Result<ExpressionPtr> not_expression() {
    if (!is_name("not")) return comparison();
    const DepthGuard guard(depth_);
    if (depth_ > kMaxDepth) {
      return error_at(peek().at, "expression is nested too deeply");
    }
    const Position at = take().at;
    return node_of(EK::kUnary, at, "not", HUG_TRY(not_expression()));
  }

  std::string comparison_operator() {
    for (const auto op : {"==", "!=", "<=", ">=", "<", ">"}) {
      if (accept_op(op)) return op;
    }
    if (accept_name("in")) return "in";
    if (is_name("not") && is_name("in", 1)) {
      take();
      take();
      return "not in";
    }
    return {};
  }

  Result<ExpressionPtr> comparison() {
    const Position at = peek().at;
    ExpressionPtr left = HUG_TRY(sum());
    std::string op = comparison_operator();
    if (op.empty()) return left;
    ExpressionPtr out = node_of(EK::kCompare, at, {}, std::move(left));
    for (; !op.empty(); op = comparison_operator()) {
      out->operators.push_back(op);
      out->children.push_back(HUG_TRY(sum()));
    }
    return out;
  }

  Result<ExpressionPtr> binary(Rule next,
                               std::initializer_list<const char*> ops) {
    ExpressionPtr left = HUG_TRY((this->*next)());
    while (true) {
      const auto op = std::find_if(ops.begin(), ops.end(),
                                   [&](const char* o) { return is_op(o); });
      if (op == ops.end()) return left;
      const Position at = take().at;
      ExpressionPtr right = HUG_TRY((this->*next)());
      left = node_of(EK::kBinary, at, *op, std::move(left), std::move(right));
    }
  }

  Result<ExpressionPtr> sum() { return binary(&Parser::concat, {"+", "-"}); }
  Result<ExpressionPtr> concat() { return binary(&Parser::product, {"~"}); }

  Result<ExpressionPtr> product() {
    return binary(&Parser::power, {"*", "//", "/", "%"});
  }

  Result<ExpressionPtr> power() {
    return binary(&Parser::filtered_unary, {"**"});
  }

  Result<ExpressionPtr> filtered_unary() {
    const Position at = peek().at;
    ExpressionPtr value = HUG_TRY(unary());
    return filters_and_tests(std::move(value), at);
  }

  Result<ExpressionPtr> unary() {
    const DepthGuard guard(depth_);
    if (depth_ > kMaxDepth) {
      return error_at(peek().at, "expression is nested too deeply");
    }
    if (is_op("-") || is_op("+")) {
      const Token op = take();
      return node_of(EK::kUnary, op.at, op.text, HUG_TRY(unary()));
    }
    return postfix(HUG_TRY(primary()));
  }

  Result<ExpressionPtr> primary() {
    const Token t = peek();
    switch (t.kind) {
      case TK::kName:
        take();
        return name_or_constant(t);
      case TK::kString:
        return string_literal();
      case TK::kInteger:
      case TK::kReal:
        take();
        return number_literal(t);
      default:
        break;
    }
    if (accept_op("(")) return parenthesis(t.at);
    if (accept_op("[")) return list_literal(t.at);
    if (accept_op("{")) return dict_literal(t.at);
    return unexpected();
  }

  ExpressionPtr literal(Position at, Value value) {
    ExpressionPtr out = node(EK::kLiteral, at);
    out->value = std::move(value);
    return out;
  }

  Result<ExpressionPtr> name_or_constant(const Token& t) {
    if (t.text == "true" || t.text == "True") {
      return literal(t.at, Value::boolean(true));
    }
    if (t.text == "false" || t.text == "False") {
      return literal(t.at, Value::boolean(false));
    }
    if (t.text == "none" || t.text == "None") {
      return literal(t.at, Value::none());
    }
    return node(EK::kName, t.at, t.text);
  }

  Result<ExpressionPtr> string_literal() {
    const Position at = peek().at;
    std::string all;
    while (peek().kind == TK::kString) all += take().text;
    return literal(at, Value::string(std::move(all)));
  }

  Result<ExpressionPtr> number_literal(const Token& t) {
    const char* end = t.text.data() + t.text.size();
    if (t.kind == TK::kReal) {
      double value = 0;
      const auto r = std::from_chars(t.text.data(), end, value);
      if (r.ec != std::errc()) return error_at(t.at, "number is too large");
      return literal(t.at, Value::real(value));
    }
    std::int64_t value = 0;
    const auto r = std::from_chars(t.text.data(), end, value);
    if (r.ec != std::errc()) return error_at(t.at, "number is too large");
    return literal(t.at, Value::integer(value));
  }

  Result<ExpressionPtr> parenthesis(Position at) {
    if (accept_op(")")) return node(EK::kTuple, at);
    ExpressionPtr inner = HUG_TRY(tuple_or_expression());
    HUG_TRY(expect_op(")"));
    return inner;
  }

  Result<ExpressionPtr> list_literal(Position at) {
    ExpressionPtr out = node(EK::kList, at);
    while (!is_op("]")) {
      out->children.push_back(HUG_TRY(expression()));
      if (!accept_op(",")) break;
    }
    HUG_TRY(expect_op("]"));
    return out;
  }

  Result<ExpressionPtr> dict_literal(Position at) {
    ExpressionPtr out = node(EK::kDict, at);
    while (!is_op("}")) {
      out->children.push_back(HUG_TRY(expression()));
      HUG_TRY(expect_op(":"));
      out->children.push_back(HUG_TRY(expression()));
      if (!accept_op(",")) break;
    }
    HUG_TRY(expect_op("}"));
    return out;
  }

  Result<ExpressionPtr> postfix(ExpressionPtr value) {
    while (true) {
      const Position at = peek().at;
      if (accept_op(".")) {
        if (peek().kind == TK::kInteger) {
          ExpressionPtr index = HUG_TRY(number_literal(take()));
          value = node_of(EK::kIndex, at, {}, std::move(value),
                          std::move(index));
        } else {
          value = node_of(EK::kAttribute, at, HUG_TRY(expect_name()),
                          std::move(value));
        }
      } else if (accept_op("[")) {
        value = HUG_TRY(subscript(std::move(value), at));
      } else if (is_op("(")) {
        ExpressionPtr call = node_of(EK::kCall, at, {}, std::move(value));
        HUG_TRY(arguments(*call));
        value = std::move(call);
      } else {
        return value;
      }
    }
  }

  Result<ExpressionPtr> subscript(ExpressionPtr value, Position at) {
    std::vector<ExpressionPtr> parts;
    bool slice = false;
    ExpressionPtr part;
    while (true) {
      if (accept_op(":")) {
        slice = true;
        parts.push_back(std::move(part));
        part = nullptr;
      } else if (accept_op("]")) {
        break;
      } else if (part == nullptr) {
        part = HUG_TRY(tuple_or_expression());
      } else {
        return unexpected();
      }
      if (parts.size() > 2) return unexpected();
    }
    if (!slice) {
      if (part == nullptr) return error_at(at, "empty subscript");
      return node_of(EK::kIndex, at, {}, std::move(value), std::move(part));
    }
    parts.push_back(std::move(part));
    parts.resize(3);
    return node_of(EK::kSlice, at, {}, std::move(value), std::move(parts[0]),
                   std::move(parts[1]), std::move(parts[2]));
  }

  Result<void> arguments(Expression& call) {
    HUG_TRY(expect_op("("));
    while (!is_op(")")) {
      if (is_op("*") || is_op("**")) {
        return error_at(peek().at, "argument unpacking is not supported");
      }
      if (peek().kind == TK::kName && is_op("=", 1)) {
        std::string name = take().text;
        take();
        call.named.emplace_back(std::move(name), HUG_TRY(expression()));
      } else {
        call.children.push_back(HUG_TRY(expression()));
      }
      if (!accept_op(",")) break;
    }
    return expect_op(")");
  }

  Result<ExpressionPtr> filters_and_tests(ExpressionPtr value, Position at) {
    while (true) {
      if (accept_op("|")) {
        value = HUG_TRY(one_filter(std::move(value), at));
      } else if (is_name("is")) {
        value = HUG_TRY(test(std::move(value)));
      } else if (is_op("(")) {
        value = HUG_TRY(postfix(std::move(value)));
      } else {
        return value;
      }
    }
  }

  Result<ExpressionPtr> one_filter(ExpressionPtr value, Position) {
    const Position at = peek().at;
    ExpressionPtr filter =
        node_of(EK::kFilter, at, HUG_TRY(expect_name()), std::move(value));
    if (is_op("(")) HUG_TRY(arguments(*filter));
    return filter;
  }

  // `name(args) | name ...` whose innermost value is null: the block's text.
  Result<ExpressionPtr> filter_chain(ExpressionPtr value, Position at) {
    value = HUG_TRY(one_filter(std::move(value), at));
    while (accept_op("|")) {
      value = HUG_TRY(one_filter(std::move(value), at));
    }
    return value;
  }

  Result<ExpressionPtr> test(ExpressionPtr value) {
    const Position at = take().at;
    const bool negated = accept_name("not");
    std::string name = HUG_TRY(expect_name());
    ExpressionPtr out =
        node_of(EK::kTest, at, std::move(name), std::move(value));
    const TK next = peek().kind;
    if (is_op("(")) {
      HUG_TRY(arguments(*out));
    } else if (next == TK::kString || next == TK::kInteger ||
               next == TK::kReal || is_op("[") || is_op("{") ||
               (next == TK::kName && !is_name("else") && !is_name("or") &&
                !is_name("and") && !is_name("if") && !is_name("is"))) {
      out->children.push_back(HUG_TRY(postfix(HUG_TRY(primary()))));
    }
    if (!negated) return out;
    return node_of(EK::kUnary, at, "not", std::move(out));
  }

  std::vector<Token> tokens_;
  std::size_t i_ = 0;
  int depth_ = 0;
  int loop_depth_ = 0;
};

}  // namespace

Result<Body> parse(std::string_view source) {
  return Parser(HUG_TRY(lex(source))).run();
}

}  // namespace hug::text::jinja
