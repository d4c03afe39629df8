# Language level, warnings, hardening and sanitizers, in one interface target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

add_library(hug_flags INTERFACE)
target_compile_options(hug_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow
  -Wnon-virtual-dtor -Wold-style-cast -Wcast-align -Wformat=2 -Wundef
  -Wimplicit-fallthrough
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond>
  $<$<CXX_COMPILER_ID:GNU>:-Wlogical-op>
  # gcc 12 sees overlaps in std::string that are not there (its bug 105329).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<CXX_COMPILER_ID:Clang>:-Wno-gnu-statement-expression>
  -fstack-protector-strong -fcf-protection)
if(HUG_WERROR)
  target_compile_options(hug_flags INTERFACE -Werror)
endif()
target_compile_definitions(hug_flags INTERFACE _FILE_OFFSET_BITS=64)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_definitions(hug_flags INTERFACE _GLIBCXX_ASSERTIONS
    $<$<STREQUAL:${HUG_SANITIZE},>:_FORTIFY_SOURCE=2>)
endif()
target_link_options(hug_flags INTERFACE -Wl,-z,relro,-z,now)

if(HUG_SANITIZE)
  target_compile_options(hug_flags INTERFACE -fsanitize=${HUG_SANITIZE}
    -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(hug_flags INTERFACE -fsanitize=${HUG_SANITIZE})
endif()
if(HUG_FUZZ)
  target_compile_options(hug_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
