#!/bin/sh
# Proof of the walls between rooms: with a room's own compile command, its own
# header compiles and a forbidden one does not.
#   walls.sh BUILD SOURCE ROOM OWN_HEADER FORBIDDEN_HEADER
set -eu
build=$1 source=$2 room=$3 own=$4 forbidden=$5
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
command=$(python3 - "$build/compile_commands.json" "/hug_$room.dir/" <<'PYTHON'
import json, shlex, sys
for entry in json.load(open(sys.argv[1])):
    if sys.argv[2] in entry["command"]:
        words = shlex.split(entry["command"])
        keep = [w for w in words if w.startswith(("-I", "-std", "-D"))]
        for i, w in enumerate(words):
            if w == "-isystem":
                keep += words[i:i + 2]
        print(" ".join(keep))
        break
PYTHON
)
[ -n "$command" ] || { echo "no command for room $room"; exit 1; }
echo "#include \"$own\"" >"$work/own.cc"
echo "#include \"$forbidden\"" >"$work/forbidden.cc"
[ -e "$source/$6" ] || { echo "no such header any more: $6"; exit 1; }
# shellcheck disable=SC2086
c++ $command -fsyntax-only "$work/own.cc"
# shellcheck disable=SC2086
if c++ $command -fsyntax-only "$work/forbidden.cc" 2>"$work/log"; then
  echo "room $room can include $forbidden"
  exit 1
fi
grep -q "No such file" "$work/log" || { cat "$work/log"; exit 1; }
