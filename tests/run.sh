#!/bin/sh
# run.sh — runs the tests that were built in $BUILD and prints one line each, then the sum.
#   sh tests/run.sh [unit]      unit: only the cmocka programs, not the scripts
set -u
build=${BUILD:?set BUILD to the build folder}
only=${1:-all}
passed=0 failed=0 names=""
log=$build/tests/log
mkdir -p "$log"

run() { # run NAME COMMAND...: one test program or script; its output is shown when it fails
    name=$1; shift
    if "$@" > "$log/$name.txt" 2>&1; then
        passed=$((passed + 1)); echo "ok      $name"
    else
        failed=$((failed + 1)); names="$names $name"; echo "FAILED  $name"; tail -n 40 "$log/$name.txt"
    fi
}

for source in tests/unit/test_*.c tests/ops/test_*.c; do
    test=${source%.c}
    run "$(basename "$test")" "$build/$test"
done
if [ "$only" = all ]; then
    for script in tests/cli/test_*.sh tests/golden/test_*.sh; do
        [ -f "$script" ] && run "$(basename "$script" .sh)" sh "$script"
    done
fi
echo "$passed passed, $failed failed${names:+:$names}"
[ "$failed" -eq 0 ]
