#!/bin/sh
# run.sh — the planning tests built in $BUILD: the report on a made-up plugin everywhere, the witness
# and the rules where the CUDA plugin was built.
set -u
build=${BUILD:?set BUILD to the build folder}
passed=0 failed=0 skipped=0

run() { # run NAME [VARIABLE=VALUE...] PROGRAM
    name=$1; shift
    if env "$@" > "$build/tests/plan/$name.txt" 2>&1; then
        passed=$((passed + 1)); echo "ok      $name"
    else
        failed=$((failed + 1)); echo "FAILED  $name"; tail -n 40 "$build/tests/plan/$name.txt"
    fi
}

tests=$build/tests/plan
run test_report "GAN_CUDA_PLUGIN=$tests/fake_plugin.so" "$tests/test_report"
if [ -f "$build/gan-cuda.so" ]; then
    ln -sf ../../gan-cuda-absent.so "$tests/gan-cuda-absent.so" # beside test_rules, as beside the plugin
    run test_plan_nets "GAN_CUDA_PLUGIN=$build/gan-cuda.so" "$tests/test_plan_nets"
    grep 'steps planned' "$tests/test_plan_nets.txt"
    run silence sh -c '! grep -q "Could not load" "$1"' sh "$tests/test_plan_nets.txt"
    run test_rules "$tests/test_rules"
    stub=${CUDA_STUB:-}
    if [ -n "$stub" ] && [ -f "$stub" ]; then
        mkdir -p "$tests/stub" && ln -sf "$stub" "$tests/stub/libcuda.so.1"
        run test_rules_stub GAN_PLAN_STUB=1 "LD_LIBRARY_PATH=$tests/stub:${LD_LIBRARY_PATH:-}" \
            "$tests/test_rules"
    fi
    run test_doctor "BUILD=$build" "CUDA_STUB=$stub" sh tests/plan/test_doctor.sh
else
    skipped=3
    echo "skipped test_plan_nets, test_rules, test_doctor: no gan-cuda.so in $build (${CUDA_NAME:-no CUDA})"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
