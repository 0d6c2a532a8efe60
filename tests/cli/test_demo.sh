#!/bin/sh
# test_demo.sh — `make demo` says honestly what it reached: of a network that has learned nothing, of one that
# has, and where the time was up first; and the number that it goes by, `gan sample --judge`.
. tests/cli/checks.sh
root=$(pwd -P)
cd "$work" || exit 1
demo() { GAN=$gan GAN_THREADS=1 GAN_LIMIT=2000 capture sh "$root/mk/demo.sh" "$@"; }

demo 20 digits 2
equal "two steps: exit code" "$code" 0
nothing="\(noise or grey so far\|shapes, not yet pictures\)" # a generator that enlarges begins with blots
equal "two steps are no pictures" "$(grep -c "^after step 2: $nothing ([0-9]* %" "$work/out")" 1
equal "two steps: all of them" "$(grep -c 'The time was up' "$work/out")" 0
run=$(sed -n 's/^  \(runs.*\)\/samples.png .*/\1/p' "$work/out")
equal "every picture is there" "$(cd "$run" && ls samples.png reals.png progress.gif interpolation.gif | wc -l)" 4
demo 0.0001 digits 1000
equal "a ceiling: exit code" "$code" 0
equal "a ceiling is told" "$(grep -c '^The time was up before 1000 steps: .*make demo DEMO_MINUTES=' "$work/out")" 1
equal "with what was reached" "$(grep -c "^after step [0-9]*: $nothing" "$work/out")" 1

# The smallest network learns blobs like digits.
works "a training" "$gan" train --net tiny --data digits --limit 2000 --steps 500 --seed 2 --threads 1 --quiet \
    --device cpu --sample-every 0 --save-every 0 --outdir learned
works "a network that has learned" "$gan" sample "$(cat "$work/out")" --judge --device cpu --json -o learned.png
share=$(sed -n 's/.*"likeness": \([0-9.]*\)}$/\1/p' "$work/out")
equal "is nearer to pictures than to noise ($share)" "$(awk -v share="$share" 'BEGIN { print (share > 0.5) }')" 1
rm -rf learned/*/checkpoints
refuses "nothing to judge" 66 "no checkpoint" "$gan" sample learned/* --judge
verdict
