#!/bin/sh
# defects.sh — every planted defect is caught, and its clean twin passes.
#   sh tests/sim/defects.sh PROGRAM plain|tsan|asan      PROGRAM: build/.../sim/defects
set -u
program=$1 build=$2
# ThreadSanitizer sleeps a second at every end, for threads that are still at work; there are none.
TSAN_OPTIONS=atexit_sleep_ms=0
export TSAN_OPTIONS
failed=0 n=0
log=${TMPDIR:-/tmp}/gan-defects.$$
trap 'rm -f "$log"' EXIT
for file in tests/sim/defects/*.cu; do
    name=$(basename "$file" .cu)
    caught=$(sed -n 's/^ \* caught: //p' "$file")
    builds=$(sed -n 's/^ \* builds: \(.*\) \*\//\1/p' "$file")
    if [ -z "$caught" ] || [ -z "$builds" ]; then
        echo "FAILED  $name: says not how it is caught, or where"; failed=$((failed + 1)); continue
    fi
    if ! "$program" "$name" > "$log" 2>&1; then
        echo "FAILED  $name: the clean twin does not pass ($build)"; tail -n 12 "$log"
        failed=$((failed + 1)); continue
    fi
    case " $builds " in *" $build "*) ;; *) continue ;; esac
    n=$((n + 1))
    if "$program" "$name" planted > "$log" 2>&1; then
        echo "FAILED  $name: the defect passes ($build)"; failed=$((failed + 1))
    elif ! grep -qE "$caught" "$log"; then
        echo "FAILED  $name: stopped, but not by '$caught' ($build)"; tail -n 12 "$log"
        failed=$((failed + 1))
    else
        echo "caught  $name: $(grep -m 1 -oE "$caught" "$log")"
    fi
done
echo "$n defects caught or missed in the $build build, $failed failed"
[ "$failed" -eq 0 ] && [ "$n" -gt 0 ]
