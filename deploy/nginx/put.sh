#!/bin/sh
# Puts a built site into a folder of a host: `put.sh site /srv/guide`. Packs what can be packed, then swaps it in by one
# rename: readers see the old site or the new one. The newest three stay; `put.sh --back /srv/guide` goes one back.
set -eu

pack() { # all but what is packed already
  find "$next.new" -type f -size +1k ! -name '*.png' ! -name '*.jp*g' ! -name '*.webp' ! -name '*.zip' ! -name '*.gz' \
    -print0 | sort -z | xargs -0 "$@"
}

[ $# = 2 ] || { echo "usage: put.sh SITE FOLDER, or put.sh --back FOLDER" >&2; exit 2; }
if [ "$1" = --back ]; then
  cd "$2"
  now=$(readlink now)
  next=$(printf '%s\n' [0-9]* | grep -v new | awk -v now="$now" '$0 == now { print before } { before = $0 }')
  [ -n "$next" ] || { echo "put.sh: nothing is older than $now" >&2; exit 1; }
else
  [ -f "$1/.kb-build" ] || { echo "put.sh: $1 is no site that \`kb build\` made" >&2; exit 2; }
  site=$(cd "$1" && pwd)
  mkdir -p "$2"
  cd "$2"
  next=$(date -u +%Y%m%dT%H%M%S.%N)
  cp -R "$site" "$next.new"
  # What is as it was keeps its time: browsers that hold it are told so in a line.
  [ ! -e now ] || find "$next.new" -type f | while IFS= read -r file; do
    if cmp -s "now/${file#*/}" "$file"; then touch -r "now/${file#*/}" "$file"; fi
  done
  pack gzip -9nk
  if command -v brotli >/dev/null; then
    pack brotli -q 11 -k --
  fi
  chmod -R a+rX "$next.new"
  mv "$next.new" "$next"
fi
ln -s "$next" "now.$$"
mv -T "now.$$" now
# What was given up half-way is gone with the old ones; what is shown now stays.
rm -rf -- [0-9]*.new
printf '%s\n' [0-9]* | head -n -3 | grep -vFx "$next" | xargs -r rm -r --
echo "$2/now is $next"
