#!/bin/sh
# test_r3gan.sh — a step of each form of R3GAN is planned, in fp32 and bf16, and one of the small form
# is trained and resumed.
. tests/cli/checks.sh
cd "$work" || exit 1
precisions=fp32
"$gan" train --net tiny --data digits --device cpu --precision bf16 --dry-run > /dev/null 2>&1 && precisions="fp32 bf16"
for net in cifar10 ffhq64 256 small; do
    for precision in $precisions; do
        works "r3gan-$net in $precision" "$gan" train --net r3gan-$net --data digits --limit 8 \
            --batch-size 4 --device cpu --precision "$precision" --dry-run
        equal "r3gan-$net in $precision: a step" "$(grep -c '^step .* operations' out)" 1
    done
done
# Its own rates are shares of a run, which another length would move.
rates="--lr 2e-4 --beta2 0.99"
# shellcheck disable=SC2086  # words
works "three steps" "$gan" train --net r3gan-small --data digits --limit 8 --batch-size 2 --device cpu --outdir one --steps 3 $rates
# shellcheck disable=SC2086
works "two" "$gan" train --net r3gan-small --data digits --limit 8 --batch-size 2 --device cpu --outdir two --steps 2 $rates
# shellcheck disable=SC2086
works "and one more" "$gan" train --outdir two --resume auto --net r3gan-small --data digits --limit 8 --batch-size 2 \
    --device cpu --steps 3 $rates
same_file "are the same" one/*/checkpoints/step-00000003.safetensors two/*/checkpoints/step-00000003.safetensors
verdict
