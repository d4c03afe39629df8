// A shared library that is loaded when it is first used: with all that it
// brings along it may take longer to load than most commands run.
#pragma once

#include <dlfcn.h>

#include <string>
#include <type_traits>

#include "hug/result.h"

namespace hug::sys {

/// Binds functions of a library to pointers, by their names.
class LateLibrary {
 public:
  /// Never unloaded: what it made may outlive everything that could do it.
  explicit LateLibrary(const std::string& name)
      : handle_(::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) note();
  }

  template <class Function>
  void find(const char* name, Function*& function) {
    static_assert(std::is_function_v<Function>);
    if (!problem_.empty()) return;
    function = reinterpret_cast<Function*>(::dlsym(handle_, name));
    if (function == nullptr) note();
  }

  /// Why it cannot be used; empty when it can.
  const std::string& problem() const noexcept { return problem_; }

 private:
  void note() {
    const char* const text = ::dlerror();
    problem_ = text != nullptr ? text : "it cannot be loaded";
  }

  void* handle_;
  std::string problem_ = {};
};

/// The functions of a library that are used, in a struct of pointers; for a
/// static variable of the function that hands them out.
template <class Functions>
class LateFunctions {
 public:
  /// `bind` finds each of them.
  LateFunctions(const std::string& name,
                void (*bind)(LateLibrary& from, Functions& to)) {
    LateLibrary from(name);
    bind(from, functions_);
    problem_ = from.problem();
  }

  /// Errors: kUnsupported, when one of them is not there: "cannot `purpose`
  /// without `package`", the latter with its name for Debian as a hint.
  Result<void> check(const std::string& purpose, const std::string& package,
                     const std::string& debian) const {
    if (problem_.empty()) return {};
    return Error(Code::kUnsupported,
                 "cannot " + purpose + " without " + package + ": " + problem_)
        .hint("install " + package + " (Debian: " + debian + ")");
  }

  /// After check() succeeded.
  const Functions& functions() const noexcept { return functions_; }

 private:
  Functions functions_ = {};
  std::string problem_ = {};
};

}  // namespace hug::sys
