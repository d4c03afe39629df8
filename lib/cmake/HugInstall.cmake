# The library with its public headers, hug.pc and a CMake package. libhug is a
# static archive: whoever links it needs the libraries below as well, which
# both descriptions name.
include(CMakePackageConfigHelpers)

# In the words of pkg-config; found again by the consumer's machine. libcurl,
# libgit2 and libmicrohttpd are not linked but loaded when they are needed.
set(HUG_PC_REQUIRES "libcrypto openssl libzstd liblz4 \
libpcre2-8 libutf8proc sqlite3 yaml-cpp zlib")

# The files find their prefix from where they lie, so a stage may be moved.
file(RELATIVE_PATH HUG_PC_PREFIX
  ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(${CMAKE_CURRENT_LIST_DIR}/hug.pc.in
  ${PROJECT_BINARY_DIR}/hug.pc @ONLY)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/hugConfig.cmake.in
  ${PROJECT_BINARY_DIR}/hugConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/hug
  PATH_VARS CMAKE_INSTALL_FULL_LIBDIR CMAKE_INSTALL_FULL_INCLUDEDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/hugConfigVersion.cmake
  COMPATIBILITY SameMajorVersion)

install(TARGETS hug ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  COMPONENT library)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/lib/include/hug
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT library)
install(FILES ${PROJECT_BINARY_DIR}/hug.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT library)
install(FILES ${PROJECT_BINARY_DIR}/hugConfig.cmake
  ${PROJECT_BINARY_DIR}/hugConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/hug COMPONENT library)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/man/
  DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT program
  FILES_MATCHING PATTERN "*.1")
install(DIRECTORY ${PROJECT_SOURCE_DIR}/man/
  DESTINATION ${CMAKE_INSTALL_MANDIR}/man7 COMPONENT program
  FILES_MATCHING PATTERN "*.7")
install(FILES ${PROJECT_SOURCE_DIR}/completions/hug.bash
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
  RENAME hug COMPONENT program)
install(FILES ${PROJECT_SOURCE_DIR}/completions/_hug
  DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions
  COMPONENT program)
install(FILES ${PROJECT_SOURCE_DIR}/completions/hug.fish
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
  COMPONENT program)
