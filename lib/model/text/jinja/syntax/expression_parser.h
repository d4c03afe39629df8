// Tokens to the tree of an expression, by recursive descent: one function a
// level of precedence, loosest first.
#pragma once

#include <initializer_list>
#include <string>

#include "text/jinja/syntax/token_reader.h"

namespace hug::text::jinja {

class ExpressionParser {
 public:
  explicit ExpressionParser(TokenReader& tokens) : tokens_(tokens) {}

  // Each takes the tokens that belong to it. Errors: kUsage with the place.
  Result<ExpressionPtr> expression();
  /// `a, b`: a tuple where there is a comma.
  Result<ExpressionPtr> tuple_or_expression();
  /// What stands behind `in` of a for loop: no `a if b else c`, whose `if`
  /// would be the loop's own.
  Result<ExpressionPtr> loop_items();
  /// `name(args) | name ...` whose innermost value is null: a block's text.
  Result<ExpressionPtr> filter_chain();

 private:
  using Rule = Result<ExpressionPtr> (ExpressionParser::*)();

  Result<ExpressionPtr> tuple_or(Rule rule);
  Result<ExpressionPtr> or_expression();
  Result<ExpressionPtr> and_expression();
  Result<ExpressionPtr> not_expression();
  Result<ExpressionPtr> logic(Rule next, const char* word);
  Result<ExpressionPtr> comparison();
  std::string comparison_operator();
  Result<ExpressionPtr> sum();
  Result<ExpressionPtr> concat();
  Result<ExpressionPtr> product();
  Result<ExpressionPtr> power();
  Result<ExpressionPtr> binary(Rule next,
                               std::initializer_list<const char*> ops);
  Result<ExpressionPtr> filtered_unary();
  Result<ExpressionPtr> unary();

  Result<ExpressionPtr> primary();
  Result<ExpressionPtr> string_literal();
  Result<ExpressionPtr> parenthesis(Position at);
  Result<ExpressionPtr> list_literal(Position at);
  Result<ExpressionPtr> dict_literal(Position at);

  Result<ExpressionPtr> postfix(ExpressionPtr value);
  Result<ExpressionPtr> subscript(ExpressionPtr value, Position at);
  Result<void> arguments(Expression& call);
  Result<ExpressionPtr> filters_and_tests(ExpressionPtr value);
  Result<ExpressionPtr> filter(ExpressionPtr value);
  Result<ExpressionPtr> test(ExpressionPtr value);
  bool test_has_argument() const;

  TokenReader& tokens_;
};

}  // namespace hug::text::jinja
