#include "text/jinja/syntax/expression_parser.h"

#include <algorithm>
#include <charconv>

namespace hug::text::jinja {

namespace {

using EK = Expression::Kind;
using TK = Token::Kind;

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

}  // namespace

Result<ExpressionPtr> ExpressionParser::tuple_or(Rule rule) {
  const Position at = tokens_.peek().at;
  ExpressionPtr first = HUG_TRY((this->*rule)());
  if (!tokens_.is_op(",")) return first;
  ExpressionPtr tuple = node_of(EK::kTuple, at, {}, std::move(first));
  while (tokens_.accept_op(",")) {
    if (tokens_.at(TK::kPrintEnd) || tokens_.at(TK::kBlockEnd) ||
        tokens_.is_op(")") || tokens_.is_op("=")) {
      break;
    }
    tuple->children.push_back(HUG_TRY((this->*rule)()));
  }
  return tuple;
}

Result<ExpressionPtr> ExpressionParser::tuple_or_expression() {
  return tuple_or(&ExpressionParser::expression);
}

Result<ExpressionPtr> ExpressionParser::loop_items() {
  return tuple_or(&ExpressionParser::or_expression);
}

Result<ExpressionPtr> ExpressionParser::expression() {
  const Nesting nesting(tokens_);
  HUG_TRY(nesting.check("expression"));
  ExpressionPtr value = HUG_TRY(or_expression());
  while (tokens_.is_name("if")) {
    const Position at = tokens_.take().at;
    ExpressionPtr condition = HUG_TRY(or_expression());
    ExpressionPtr otherwise;
    if (tokens_.accept_name("else")) otherwise = HUG_TRY(expression());
    value = node_of(EK::kCondition, at, {}, std::move(value),
                    std::move(condition), std::move(otherwise));
  }
  return value;
}

Result<ExpressionPtr> ExpressionParser::or_expression() {
  return logic(&ExpressionParser::and_expression, "or");
}

Result<ExpressionPtr> ExpressionParser::and_expression() {
  return logic(&ExpressionParser::not_expression, "and");
}

Result<ExpressionPtr> ExpressionParser::logic(Rule next, const char* word) {
  ExpressionPtr left = HUG_TRY((this->*next)());
  while (tokens_.is_name(word)) {
    const Position at = tokens_.take().at;
    left = node_of(EK::kBinary, at, word, std::move(left),
                   HUG_TRY((this->*next)()));
  }
  return left;
}

Result<ExpressionPtr> ExpressionParser::not_expression() {
  if (!tokens_.is_name("not")) return comparison();
  const Nesting nesting(tokens_);
  HUG_TRY(nesting.check("expression"));
  const Position at = tokens_.take().at;
  return node_of(EK::kUnary, at, "not", HUG_TRY(not_expression()));
}

std::string ExpressionParser::comparison_operator() {
  for (const auto op : {"==", "!=", "<=", ">=", "<", ">"}) {
    if (tokens_.accept_op(op)) return op;
  }
  if (tokens_.accept_name("in")) return "in";
  if (tokens_.is_name("not") && tokens_.is_name("in", 1)) {
    tokens_.take();
    tokens_.take();
    return "not in";
  }
  return {};
}

Result<ExpressionPtr> ExpressionParser::comparison() {
  const Position at = tokens_.peek().at;
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

Result<ExpressionPtr> ExpressionParser::binary(
    Rule next, std::initializer_list<const char*> ops) {
  ExpressionPtr left = HUG_TRY((this->*next)());
  while (true) {
    const auto op = std::find_if(ops.begin(), ops.end(), [&](const char* o) {
      return tokens_.is_op(o);
    });
    if (op == ops.end()) return left;
    const Position at = tokens_.take().at;
    ExpressionPtr right = HUG_TRY((this->*next)());
    left = node_of(EK::kBinary, at, *op, std::move(left), std::move(right));
  }
}

Result<ExpressionPtr> ExpressionParser::sum() {
  return binary(&ExpressionParser::concat, {"+", "-"});
}

Result<ExpressionPtr> ExpressionParser::concat() {
  return binary(&ExpressionParser::product, {"~"});
}

Result<ExpressionPtr> ExpressionParser::product() {
  return binary(&ExpressionParser::power, {"*", "//", "/", "%"});
}

Result<ExpressionPtr> ExpressionParser::power() {
  return binary(&ExpressionParser::filtered_unary, {"**"});
}

Result<ExpressionPtr> ExpressionParser::filtered_unary() {
  return filters_and_tests(HUG_TRY(unary()));
}

Result<ExpressionPtr> ExpressionParser::unary() {
  const Nesting nesting(tokens_);
  HUG_TRY(nesting.check("expression"));
  if (tokens_.is_op("-") || tokens_.is_op("+")) {
    const Token op = tokens_.take();
    return node_of(EK::kUnary, op.at, op.text, HUG_TRY(unary()));
  }
  return postfix(HUG_TRY(primary()));
}

Result<ExpressionPtr> ExpressionParser::primary() {
  const Token t = tokens_.peek();
  switch (t.kind) {
    case TK::kName:
      tokens_.take();
      return name_or_constant(t);
    case TK::kString:
      return string_literal();
    case TK::kInteger:
    case TK::kReal:
      tokens_.take();
      return number_literal(t);
    default:
      break;
  }
  if (tokens_.accept_op("(")) return parenthesis(t.at);
  if (tokens_.accept_op("[")) return list_literal(t.at);
  if (tokens_.accept_op("{")) return dict_literal(t.at);
  return tokens_.unexpected();
}

Result<ExpressionPtr> ExpressionParser::string_literal() {
  const Position at = tokens_.peek().at;
  std::string all;
  while (tokens_.at(TK::kString))
    all += tokens_.take().text;
  return literal(at, Value::string(std::move(all)));
}

Result<ExpressionPtr> ExpressionParser::parenthesis(Position at) {
  if (tokens_.accept_op(")")) return node(EK::kTuple, at);
  ExpressionPtr inner = HUG_TRY(tuple_or_expression());
  HUG_TRY(tokens_.expect_op(")"));
  return inner;
}

Result<ExpressionPtr> ExpressionParser::list_literal(Position at) {
  ExpressionPtr out = node(EK::kList, at);
  while (!tokens_.is_op("]")) {
    out->children.push_back(HUG_TRY(expression()));
    if (!tokens_.accept_op(",")) break;
  }
  HUG_TRY(tokens_.expect_op("]"));
  return out;
}

Result<ExpressionPtr> ExpressionParser::dict_literal(Position at) {
  ExpressionPtr out = node(EK::kDict, at);
  while (!tokens_.is_op("}")) {
    out->children.push_back(HUG_TRY(expression()));
    HUG_TRY(tokens_.expect_op(":"));
    out->children.push_back(HUG_TRY(expression()));
    if (!tokens_.accept_op(",")) break;
  }
  HUG_TRY(tokens_.expect_op("}"));
  return out;
}

Result<ExpressionPtr> ExpressionParser::postfix(ExpressionPtr value) {
  while (true) {
    const Position at = tokens_.peek().at;
    if (tokens_.accept_op(".")) {
      if (tokens_.at(TK::kInteger)) {
        ExpressionPtr index = HUG_TRY(number_literal(tokens_.take()));
        value = node_of(EK::kIndex, at, {}, std::move(value), std::move(index));
      } else {
        value = node_of(EK::kAttribute, at, HUG_TRY(tokens_.expect_name()),
                        std::move(value));
      }
    } else if (tokens_.accept_op("[")) {
      value = HUG_TRY(subscript(std::move(value), at));
    } else if (tokens_.is_op("(")) {
      ExpressionPtr call = node_of(EK::kCall, at, {}, std::move(value));
      HUG_TRY(arguments(*call));
      value = std::move(call);
    } else {
      return value;
    }
  }
}

Result<ExpressionPtr> ExpressionParser::subscript(ExpressionPtr value,
                                                  Position at) {
  std::vector<ExpressionPtr> parts;
  bool slice = false;
  ExpressionPtr part;
  while (true) {
    if (tokens_.accept_op(":")) {
      slice = true;
      parts.push_back(std::move(part));
      part = nullptr;
    } else if (tokens_.accept_op("]")) {
      break;
    } else if (part == nullptr) {
      part = HUG_TRY(tuple_or_expression());
    } else {
      return tokens_.unexpected();
    }
    if (parts.size() > 2) return tokens_.unexpected();
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

Result<void> ExpressionParser::arguments(Expression& call) {
  HUG_TRY(tokens_.expect_op("("));
  while (!tokens_.is_op(")")) {
    if (tokens_.is_op("*") || tokens_.is_op("**")) {
      return error_at(tokens_.peek().at, "argument unpacking is not supported");
    }
    if (tokens_.at(TK::kName) && tokens_.is_op("=", 1)) {
      std::string name = tokens_.take().text;
      tokens_.take();
      call.named.emplace_back(std::move(name), HUG_TRY(expression()));
    } else {
      call.children.push_back(HUG_TRY(expression()));
    }
    if (!tokens_.accept_op(",")) break;
  }
  return tokens_.expect_op(")");
}

Result<ExpressionPtr> ExpressionParser::filters_and_tests(ExpressionPtr value) {
  while (true) {
    if (tokens_.accept_op("|")) {
      value = HUG_TRY(filter(std::move(value)));
    } else if (tokens_.is_name("is")) {
      value = HUG_TRY(test(std::move(value)));
    } else if (tokens_.is_op("(")) {
      value = HUG_TRY(postfix(std::move(value)));
    } else {
      return value;
    }
  }
}

Result<ExpressionPtr> ExpressionParser::filter(ExpressionPtr value) {
  const Position at = tokens_.peek().at;
  ExpressionPtr out = node_of(EK::kFilter, at, HUG_TRY(tokens_.expect_name()),
                              std::move(value));
  if (tokens_.is_op("(")) HUG_TRY(arguments(*out));
  return out;
}

Result<ExpressionPtr> ExpressionParser::filter_chain() {
  ExpressionPtr value = HUG_TRY(filter(nullptr));
  while (tokens_.accept_op("|"))
    value = HUG_TRY(filter(std::move(value)));
  return value;
}

// `is divisibleby 3`: a value, not a word that goes on with the expression.
bool ExpressionParser::test_has_argument() const {
  switch (tokens_.peek().kind) {
    case TK::kString:
    case TK::kInteger:
    case TK::kReal:
      return true;
    case TK::kName:
      for (const auto word : {"else", "or", "and", "if", "is"}) {
        if (tokens_.is_name(word)) return false;
      }
      return true;
    default:
      return tokens_.is_op("[") || tokens_.is_op("{");
  }
}

Result<ExpressionPtr> ExpressionParser::test(ExpressionPtr value) {
  const Position at = tokens_.take().at;
  const bool negated = tokens_.accept_name("not");
  std::string name = HUG_TRY(tokens_.expect_name());
  ExpressionPtr out = node_of(EK::kTest, at, std::move(name), std::move(value));
  if (tokens_.is_op("(")) {
    HUG_TRY(arguments(*out));
  } else if (test_has_argument()) {
    out->children.push_back(HUG_TRY(postfix(HUG_TRY(primary()))));
  }
  if (!negated) return out;
  return node_of(EK::kUnary, at, "not", std::move(out));
}

}  // namespace hug::text::jinja
