#!/bin/sh
# test_generator_reals.sh — the real images that G's relativistic loss compares with: those of the step, or
# a draw of its own, which is a function of the step too.
. tests/cli/checks.sh
# shellcheck disable=SC2086,SC2154  # lists of words; $small and $work are of checks.sh
run=00000-tiny-digits-b8
sed '/dropout/d' data/nets/tiny.yaml > "$work/tiny.yaml"
base="$small --net $work/tiny.yaml --sample-every 0 --save-every 0 --log-every 1 --steps 6"

train() { # train FOLDER FLAGS...
    folder=$1; shift
    rm -rf "${work:?}/$folder"
    works "$*" "$gan" train $base --outdir "$work/$folder" "$@"
}
losses() { sed 's/.*"Loss\/D": \([^,]*\), "Loss\/G": \([^,]*\),.*/\1 \2/' "$work/$1/$run/stats.jsonl"; }

# Of one image all draws are alike: then fresh is same, whatever passes it takes.
for flags in "--loss relativistic" "--loss relativistic_average --schedule alternating" \
    "--loss relativistic --schedule alternating --r1 1 --r2 1" "--loss relativistic --r1 1" \
    "--loss relativistic --schedule alternating --d-steps 2"; do
    train a $flags --limit 1 --device reference
    train b $flags --limit 1 --device reference --generator-reals fresh
    equal "of one image fresh is same, $flags" "$({ losses a; losses b; } | awk '
        { n++; d[n] = $1; g[n] = $2 }
        END { for (i = 1; i <= n / 2; i++)
                  for (x = 0; x < 2; x++) {
                      off = x ? d[i] - d[i + n / 2] : g[i] - g[i + n / 2]
                      if (off > 1e-6 || off < -1e-6) print "step " i ": off by " off
                  } }')" ""
    train a $flags
    train b $flags --generator-reals fresh
    if cmp -s "$work/a/$run/latest" "$work/b/$run/latest"; then
        not_ok "of many it is not, $flags" "the same" "others"
    else
        ok "of many it is not, $flags"
    fi
    equal "D's first loss is the same, $flags" "$(losses b | head -n 1 | cut -d' ' -f1)" "$(losses a | head -n 1 | cut -d' ' -f1)"
    train c $flags --generator-reals fresh --steps 3
    works "resumed, $flags" "$gan" train --resume "$work/c/$run" --steps 6 --quiet
    same_file "resumed: the same bytes, $flags" "$work/c/$run/latest" "$work/b/$run/latest"
done
refuses "another on resume" 2 "generator_reals cannot change on resume" \
    "$gan" train --resume "$work/c/$run" --generator-reals same
refuses "a loss of no pairs" 2 "the generator's bce looks at no real image" "$gan" train $base --generator-reals fresh
sed 's/^train:/train:\n  loss: relativistic\n  generator_reals: fresh/; /^  loss: bce/d' "$work/tiny.yaml" > "$work/fresh.yaml"
works "a network that says it" "$gan" train $base --net "$work/fresh.yaml" --dry-run
equal "it is taken" "$(sed -n 's/^  generator_reals: //p' "$work/out")" fresh
works "with another loss it has no effect" "$gan" train $base --net "$work/fresh.yaml" --loss bce --dry-run
works "its program" "$gan" train $base --net "$work/fresh.yaml" --print-program
equal "two draws" "$(grep -c ' gather ' "$work/out")" 2
verdict
