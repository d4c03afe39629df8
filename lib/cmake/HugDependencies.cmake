# Everything comes from the distribution (packaging/packages lists the names).
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
foreach(dep IN ITEMS
        "CURL libcurl" "CRYPTO libcrypto" "SSL openssl" "GIT2 libgit2"
        "ZLIB zlib" "ZSTD libzstd"
        "LZ4 liblz4" "FMT fmt" "PCRE2 libpcre2-8" "UTF8PROC libutf8proc"
        "SQLITE sqlite3" "MHD libmicrohttpd" "EDIT libedit" "YAML yaml-cpp")
  separate_arguments(pair UNIX_COMMAND "${dep}")
  list(GET pair 0 name)
  list(GET pair 1 module)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${module})
endforeach()
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(doctest REQUIRED)

# Heavy third-party headers are system headers: their warnings are theirs.
foreach(target nlohmann_json::nlohmann_json CLI11::CLI11 doctest::doctest)
  get_target_property(dirs ${target} INTERFACE_INCLUDE_DIRECTORIES)
  if(dirs)
    set_target_properties(${target} PROPERTIES
      INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${dirs}")
  endif()
endforeach()

# A shared library costs a start-up some hundred KiB and as many microseconds,
# so the small ones that nothing else brings along are linked from their
# archives where the distribution has them.
function(hug_prefer_archive target archive)
  find_library(HUG_ARCHIVE_${target} NAMES ${archive})
  if(HUG_ARCHIVE_${target} AND TARGET PkgConfig::${target})
    set_property(TARGET PkgConfig::${target} PROPERTY
      INTERFACE_LINK_LIBRARIES ${HUG_ARCHIVE_${target}} ${ARGN})
  endif()
endfunction()
hug_prefer_archive(YAML libyaml-cpp.a)
hug_prefer_archive(SQLITE libsqlite3.a m ${CMAKE_DL_LIBS})
hug_prefer_archive(UTF8PROC libutf8proc.a)
