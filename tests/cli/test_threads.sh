#!/bin/sh
# test_threads.sh — OpenMP, or the system, gives fewer threads than asked for: it is told, computed
# with those, and kept in the checkpoint.
#
# The wrong number makes a run wait for ever: all run under a limit of time.
. tests/cli/checks.sh
# shellcheck disable=SC2086  # $small and $short are lists of words
short=$(echo "$small" | sed 's/--threads 1//; s/--quiet//')
limited() { # limited SETTING COMMAND...
    setting=$1; shift
    timeout -s KILL 60 env "$setting" "$@"
}

"$gan" train $short --threads 1 --steps 6 --outdir "$work/one" > "$work/out" 2> "$work/err" ||
    not_ok "a run of one thread" "$(cat "$work/err")" "exit code 0"
whole=$work/one/00000-tiny-digits-b8/checkpoints/step-00000006.safetensors
run=00000-tiny-digits-b8
for setting in OMP_THREAD_LIMIT=1 OMP_MAX_ACTIVE_LEVELS=0 KMP_DEVICE_THREAD_LIMIT=1; do
    name=${setting%=*}
    [ "$name" != KMP_DEVICE_THREAD_LIMIT ] || ldd "$gan" | grep -q libomp || continue
    works "$name" limited "$setting" "$gan" train $short --threads 2 --steps 6 --outdir "$work/$name"
    equal "$name: it is told" "$(grep -c '^computing with 1 thread instead of 2: ' "$work/err")" 1
    equal "$name: so many are kept" "$(grep '^threads:' "$work/$name/$run/config.yaml")" "threads: 1"
    same_file "$name: what one thread makes" "$work/$name/$run/checkpoints/step-00000006.safetensors" "$whole"
    works "$name: gan sample" limited "$setting" "$gan" sample "$whole" --threads 2 --seeds 0-63 \
        --device cpu -o "$work/$name.npy"
    works "$name: gan sample of one thread" "$gan" sample "$whole" --threads 1 --seeds 0-63 \
        --device cpu -o "$work/one.npy"
    same_file "$name: the same images" "$work/$name.npy" "$work/one.npy"
    rm -rf "${work:?}/$name"
done
works "dynamic teams" limited OMP_DYNAMIC=true "$gan" train $short --threads 2 --steps 6 --outdir "$work/dynamic"
works "two threads" "$gan" train $short --threads 2 --steps 6 --outdir "$work/two"
same_file "dynamic teams: what two threads make" \
    "$work/dynamic/$run/checkpoints/step-00000006.safetensors" \
    "$work/two/$run/checkpoints/step-00000006.safetensors"

# The system: besides main two that look after signals and steps, and one or none for the team.
for pair in 3:2 2:1; do
    most=${pair%:*} team=${pair#*:}
    (LD_PRELOAD=$tests/few_threads.so THREADS_MOST=$most
     export LD_PRELOAD THREADS_MOST
     capture timeout -s KILL 60 "$gan" train $short --threads 3 --steps 2 --outdir "$work/few$most"
     equal "$most more threads: exit code" "$code" 0
     equal "$most more threads: it is told" \
        "$(grep -c "^computing with $team threads\{0,1\} instead of 3: the system starts no more" "$work/err")" 1
     exit $failures) || failures=$((failures + 1))
done

# Resume: a run keeps its number; where it has fewer, the bits are others, and that is said.
works "a run is cut short" "$gan" train $short --threads 2 --steps 4 --outdir "$work/cut"
works "and goes on with fewer" limited OMP_THREAD_LIMIT=1 "$gan" train --resume "$work/cut/$run" --steps 6
equal "and goes on with fewer: it is told" \
    "$(grep -c "^resume will not be bit-exact because the device changed from '.*; threads 2; .*threads 1;" "$work/err")" 1
works "a run of fewer is cut short" limited OMP_THREAD_LIMIT=1 "$gan" train $short --threads 2 --steps 4 \
    --outdir "$work/less"
works "and goes on where there are more" "$gan" train --resume "$work/less/$run" --steps 6
equal "and goes on where there are more: with as many as it had" "$(grep -c bit-exact "$work/err")" 0
same_file "and goes on where there are more: nothing differs" \
    "$work/less/$run/checkpoints/step-00000006.safetensors" "$whole"

# Other numbers come of the products of wide layers, in both types.
for precision in fp32 bf16; do
    wide="--net mnist-quick --data digits --limit 64 --batch-size 8 --steps 2 --device cpu --precision $precision
          --grid 1x2 --sample-every 0"
    works "wide layers in $precision" limited OMP_THREAD_LIMIT=1 "$gan" train $wide --threads 2 --outdir "$work/$precision"
    works "wide layers in $precision with one thread" "$gan" train $wide --threads 1 --outdir "$work/$precision-one"
    same_file "wide layers in $precision: the same" "$work/$precision"/*/checkpoints/step-00000002.safetensors \
        "$work/$precision-one"/*/checkpoints/step-00000002.safetensors
done
verdict
