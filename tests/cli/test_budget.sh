#!/bin/sh
# test_budget.sh — --budget measures on a state of its own, and becomes --steps: the run is the one that
# --steps makes, to the byte, and keeps its length when it is resumed.
. tests/cli/checks.sh
# shellcheck disable=SC2086,SC2154  # lists of words; $small and $work are of checks.sh
run=00000-tiny-digits-b8
loud="${small%--quiet*} ${small#*--quiet} --save-every 0 --log-every 1000"
steps_set() { sed -n 's/^steps: //p' "$1/$run/config.yaml"; }

for flags in "" "--d-steps 3 --schedule alternating" "--sample-every 0 --flip --ema 0.9"; do
    rm -rf "$work/a" "$work/b"
    works "--budget 1s $flags" "$gan" train $loud $flags --lr '2e-3 to 1e-4 cosine over 50%' --budget 1s --outdir "$work/a"
    n=$(steps_set "$work/a")
    [ "${n:-0}" -ge 1 ] || not_ok "steps of a budget $flags" "$n" "some"
    equal "it is told $flags" "$(grep -c "^budget 1.0* s: .* a step, over [0-9]* steps on a scratch state .*: --steps $n, which is $((n * 8)) images" "$work/err")" 1
    equal "shares are of those steps $flags" "$(sed -n 's/^lr_g from .* to //p' "$work/err")" "$(((n + 1) / 2))"
    works "--steps $n $flags" "$gan" train $loud $flags --lr '2e-3 to 1e-4 cosine over 50%' --steps "$n" --outdir "$work/b"
    same_file "the same run $flags" "$work/a/$run/latest" "$work/b/$run/latest"
    same_file "the same settings $flags" "$work/a/$run/config.yaml" "$work/b/$run/config.yaml"
done
works "resumed with another budget" "$gan" train --resume "$work/a/$run" --budget 5s
equal "it keeps its length" "$(grep -c "^budget: this run has its length already" "$work/err") $(steps_set "$work/a")" "1 $n"
works "--dry-run" "$gan" train $loud --budget 1s --dry-run --outdir "$work/none"
equal "--dry-run has the steps" "$(sed -n 's/^steps  *\([0-9]*\) in all/\1/p' "$work/out")" \
    "$(sed -n 's/^budget .*--steps \([0-9]*\),.*/\1/p' "$work/out")"
equal "and writes nothing" "$(ls "$work" | grep none)" ""
echo "budget: 1m" > "$work/budget.yaml"
works "--steps before a file's budget" "$gan" train $loud -c "$work/budget.yaml" --steps 2 --dry-run
equal "the flag holds" "$(sed -n 's/^steps  *\([0-9]*\) in all/\1/p' "$work/out")" 2
refuses "two lengths" 2 "give --budget, --epochs or --steps, not two of them" "$gan" train $loud --budget 1s --steps 3
refuses "three lengths" 2 "not both" "$gan" train $loud --budget 1s --epochs 1 --steps 3
refuses "no time" 2 "--budget: '1x' is not a time, such as 60s, 10m or 2h" "$gan" train $loud --budget 1x
refuses "less than none" 2 "--budget: -1s is below 0" "$gan" train $loud --budget -1s
for time in 0.5 500e-3s 0.01m 0.0003h; do
    works "--budget $time" "$gan" train $loud --budget $time --dry-run
done

# The speed of a classifier, too; and a signal ends the measuring.
works "a classifier" "$gan" classify --data digits --limit 96 --batch-size 8 --device cpu --threads 1 --budget 1s --save-every 0 \
    --outdir "$work/c" --quiet
equal "a classifier: saved" "$(sed -n 's/^epochs: .*/epochs/p; s/^steps: .*/steps/p' "$work"/c/0*/config.yaml)" steps
"$gan" train $loud --budget 1000m --outdir "$work/d" > "$work/out" 2> "$work/err" &
sleep 1
kill -TERM $!
wait $!
equal "stopped while it measures" "$?" "143"
verdict
