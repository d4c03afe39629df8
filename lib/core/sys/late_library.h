// A shared library that is loaded when it is first used: with all that it
// brings along it may take longer to load than most commands run.
#pragma once

#include <dlfcn.h>

#include <string>
#include <type_traits>

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

}  // namespace hug::sys
