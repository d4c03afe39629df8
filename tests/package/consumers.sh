#!/bin/sh
# Installs the build into a stage, moves the stage elsewhere, and builds a
# program against it twice: with find_package and with pkg-config.
set -eu
build=$1 source=$2
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir "$stage/first"
cmake --install "$build" --prefix "$stage/first" >"$stage/log" ||
  { cat "$stage/log"; exit 1; }
mv "$stage/first" "$stage/moved"
prefix=$stage/moved

for file in include/hug/hub.h bin/hug share/man/man1/hug.1 \
    share/man/man7/hug-exit-codes.7 share/bash-completion/completions/hug; do
  [ -e "$prefix/$file" ] || { echo "not installed: $file"; exit 1; }
done

cmake -S "$source/consumer" -B "$stage/cmake" -G Ninja \
  -DCMAKE_PREFIX_PATH="$prefix" >"$stage/log" 2>&1 ||
  { cat "$stage/log"; exit 1; }
cmake --build "$stage/cmake" >"$stage/log" 2>&1 ||
  { cat "$stage/log"; exit 1; }
"$stage/cmake/consumer"

PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name hug.pc)")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046
c++ -std=c++20 "$source/consumer/main.cc" -o "$stage/consumer" \
  $(pkg-config --cflags --libs hug)
"$stage/consumer"
"$prefix/bin/hug" version --quiet
