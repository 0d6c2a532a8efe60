#!/bin/sh
# test_steady.sh — a step allocates nothing: twice as many steps ask the kernel for memory exactly as
# often, and no page is touched for the first time after the warm-up.
. tests/cli/checks.sh
# shellcheck disable=SC2086  # $run is a list of words

run="--net tiny --data digits --limit 512 --device cpu --threads 2 --sample-every 0 --save-every 0
    --log-every 1000 --no-gif --quiet"
for precision in fp32 bf16; do
    works "gan bench, $precision" "$gan" bench --net tiny -b 64 --device cpu --threads 2 \
        --precision $precision --warmup 8 --steps 40 --rounds 1 --json
    equal "$precision: page faults of a step" \
        "$(sed -n 's/.*"page_faults_per_step": \([0-9.]*\).*/\1/p' "$work/out" | awk '{print $1 < 0.5}')" 1
done
if ! strace -f -qq -o "$work/tried" true 2> /dev/null; then
    echo "skipped: no strace, or no leave to trace"
    verdict
fi
asked() { # asked STEPS PRECISION: system calls for memory in a whole run
    OMP_WAIT_POLICY=passive strace -f -qq -e trace=mmap,munmap,brk,mremap,madvise -o "$work/calls" \
        "$gan" train $run --batch-size 64 --precision "$2" --steps "$1" --outdir "$work/runs" \
        > "$work/out" 2> "$work/err" || cat "$work/err"
    wc -l < "$work/calls"
}
for precision in fp32 bf16; do
    few=$(asked 10 $precision) many=$(asked 60 $precision)
    # what ends a run may differ by a call or two; 50 steps may not add one each
    if [ $((many - few)) -le 5 ]; then ok "$precision: memory asked for: $few calls, $many in 50 steps more"
    else not_ok "$precision: memory asked for" "$many calls, $few without 50 steps" "as many"; fi
done
verdict
