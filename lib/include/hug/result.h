// A value or an Error, with the member names of std::expected (which clang 14
// does not see yet), and the two macros that pass errors up.
#pragma once
// clang-format off
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "hug/error.h"

namespace hug {

/// T or an Error. Reading the wrong side is a programmer error and ends the
/// program (std::variant throws, nobody catches).
template <class T>
class [[nodiscard]] Result {
  static_assert(!std::is_reference_v<T>, "use a pointer or a wrapper");

 public:
  using value_type = T;

  // Implicit on purpose: `return value;` and `return Error(...);` both read
  // well, as with std::expected.
  template <class U = T>
    requires(std::is_constructible_v<T, U &&> &&
             !std::is_same_v<std::remove_cvref_t<U>, Result> &&
             !std::is_same_v<std::remove_cvref_t<U>, Error>)
  Result(U&& value)  // NOLINT(google-explicit-constructor)
      : state_(std::in_place_index<0>, std::forward<U>(value)) {}
  Result(Error error)  // NOLINT(google-explicit-constructor)
      : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Error& error() & { return std::get<1>(state_); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

  template <class U>
  T value_or(U&& other) const& {
    return has_value() ? value() : static_cast<T>(std::forward<U>(other));
  }
  template <class U>
  T value_or(U&& other) && {
    return has_value() ? std::move(*this).value()
                       : static_cast<T>(std::forward<U>(other));
  }

  /// f(T) -> Result<U>
  template <class F>
  auto and_then(F&& f) && -> std::invoke_result_t<F, T&&> {
    if (has_value()) return std::forward<F>(f)(std::move(*this).value());
    return std::move(*this).error();
  }
  /// f(T) -> U
  template <class F>
  auto transform(F&& f) && -> Result<std::invoke_result_t<F, T&&>> {
    if (has_value()) return std::forward<F>(f)(std::move(*this).value());
    return std::move(*this).error();
  }
  /// f(Error) -> Error
  template <class F>
  Result transform_error(F&& f) && {
    if (has_value()) return std::move(*this);
    return std::forward<F>(f)(std::move(*this).error());
  }
  /// f(Error) -> Result<T>
  template <class F>
  Result or_else(F&& f) && {
    if (has_value()) return std::move(*this);
    return std::forward<F>(f)(std::move(*this).error());
  }
  /// Adds an outer "while ..." clause to the error, if there is one.
  Result with(std::string context) && {
    if (has_value()) return std::move(*this);
    return std::move(*this).error().with(std::move(context));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  Result() = default;
  Result(Error error)  // NOLINT(google-explicit-constructor)
      : error_(std::move(error)) {}

  bool has_value() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }
  void value() const { (void)(error_ ? throw std::bad_variant_access() : 0); }
  Error& error() & { return error_.value(); }
  const Error& error() const& { return error_.value(); }
  Error&& error() && { return std::move(error_).value(); }

  template <class F>
  auto and_then(F&& f) && -> std::invoke_result_t<F> {
    if (has_value()) return std::forward<F>(f)();
    return std::move(*this).error();
  }
  template <class F>
  Result transform_error(F&& f) && {
    if (has_value()) return {};
    return std::forward<F>(f)(std::move(*this).error());
  }
  Result with(std::string context) && {
    if (has_value()) return {};
    return std::move(*this).error().with(std::move(context));
  }

 private:
  std::optional<Error> error_;
};

namespace detail {
inline void take(Result<void>&&) noexcept {}
template <class T>
T take(Result<T>&& result) {
  return std::move(result).value();
}
}  // namespace detail

}  // namespace hug

#define HUG_DETAIL_JOIN2(a, b) a##b
#define HUG_DETAIL_JOIN(a, b) HUG_DETAIL_JOIN2(a, b)
// A name of its own for each use, so that nested uses do not shadow.
#define HUG_DETAIL_TRY(name, expr, extra)         \
  __extension__({                                 \
    auto name = expr;                             \
    if (!name.has_value()) [[unlikely]]           \
      return std::move(name).error() extra;       \
    ::hug::detail::take(std::move(name));         \
  })

/// `auto x = HUG_TRY(read_header(file));` returns the error to the caller, or
/// yields the value (nothing for Result<void>).
#define HUG_TRY(...) \
  HUG_DETAIL_TRY(HUG_DETAIL_JOIN(hug_try_, __COUNTER__), (__VA_ARGS__), )

/// As HUG_TRY, adding a "while ..." clause on the way.
#define HUG_TRY_WITH(expr, context)                                \
  HUG_DETAIL_TRY(HUG_DETAIL_JOIN(hug_try_, __COUNTER__), (expr),   \
                 .with(context))
