#!/bin/sh
# test_average.sh — the averaged generator: after a few steps it is one, and not its first noise; a
# checkpoint from before it warmed up goes on as it would have.
. tests/cli/checks.sh
# shellcheck disable=SC2086  # $small and $averaged are lists of words
run=00000-tiny-digits-b8
averaged="$small --ema 0.999 --sample-every 0"

# The deviation of a pixel over 32 seeds, in thousandths, a mean over all pixels: spread RUN FLAGS... By the moving
# statistics, as saved: those that are measured make pictures of initial weights differ, too.
spread() {
    "$gan" sample "$1" --no-precise-bn --seeds 0-31 -o "$work/s.npy" --device cpu --threads 1 --quiet $2 > "$work/sampled"
    tail -c +129 "$work/s.npy" | od -An -v -tf4 -w3136 | awk '
        { for (i = 1; i <= NF; i++) { sum[i] += $i; squares[i] += $i * $i } pixels = NF }
        END {
            for (i = 1; i <= pixels; i++) {
                v = squares[i] / NR - (sum[i] / NR) ^ 2
                total += v > 0 ? sqrt(v) : 0
            }
            printf "%d\n", 1000 * total / pixels
        }'
}

works "200 steps" "$gan" train $averaged --lr 1e-3 --steps 200 --save-every 0 --outdir "$work/warm"
works "200 steps without a warm-up" "$gan" train $averaged --no-ema-warmup --lr 1e-3 --steps 200 --save-every 0 \
    --outdir "$work/cold"
plain=$(spread "$work/warm/$run" --no-averaged) warm=$(spread "$work/warm/$run" --averaged)
cold=$(spread "$work/cold/$run" --averaged)
echo "deviation over seeds, in thousandths: plain $plain, averaged $warm, without a warm-up $cold"
[ "$warm" -ge $((plain / 2)) ] || not_ok "pictures of the average differ" "$warm" "half of $plain or more"
[ "$cold" -lt $((plain / 2)) ] || not_ok "without a warm-up they do not" "$cold" "less than half of $plain"
"$gan" sample "$work/warm/$run" --seeds 0-31 --no-averaged -o "$work/a.npy" --device cpu --threads 1 --quiet > "$work/out"
"$gan" sample "$work/cold/$run" --seeds 0-31 --no-averaged -o "$work/b.npy" --device cpu --threads 1 --quiet > "$work/out"
same_file "the plain generator is the same" "$work/a.npy" "$work/b.npy"

# As an earlier version wrote it: nothing is said of a warm-up.
works "no warm-up" "$gan" train $averaged --no-ema-warmup --steps 9 --outdir "$work/a"
for how in "--resume $work/b/$run" "--resume auto --outdir $work/b $averaged"; do
    rm -rf "$work/b"
    works "the first steps of it" "$gan" train $averaged --no-ema-warmup --steps 4 --outdir "$work/b"
    reseal "$work/b/$run/checkpoints/step-00000004.safetensors" "s/ema_warmup: false/#ma_warmup: false/"
    [ "$(grep -c 'ema_warmup: false' "$work/b/$run/checkpoints/step-00000004.safetensors")" -eq 0 ] ||
        not_ok "a forged checkpoint" "it says" "nothing of a warm-up"
    refuses "a warm-up in the middle" 2 "ema_warmup cannot change on resume: the checkpoint has false, not true" \
        "$gan" train --resume "$work/b/$run" --ema-warmup --steps 9 --quiet
    name="from before, ${how%%/*}"
    works "$name" "$gan" train $how --steps 9 --quiet
    same_file "$name: as it would have" "$work/b/$run/latest" "$work/a/$run/latest"
done
# Before that an lsgan took label smoothing without a word and did nothing with it.
lsgan="$small --loss lsgan --sample-every 0"
works "no smoothing" "$gan" train $lsgan --steps 9 --outdir "$work/d"
for how in "--resume $work/e/$run" "--resume auto --outdir $work/e $lsgan"; do
    rm -rf "$work/e"
    works "the first steps of it" "$gan" train $lsgan --steps 4 --outdir "$work/e"
    reseal "$work/e/$run/checkpoints/step-00000004.safetensors" \
        "s/ema_warmup: true/#ma_warmup: true/;s/label_smoothing: 0.0/label_smoothing: 0.1/"
    name="lsgan from before, ${how%%/*}"
    works "$name" "$gan" train $how --steps 9 --quiet
    same_file "$name: as it would have" "$work/e/$run/latest" "$work/d/$run/latest"
done
works "a run of now" "$gan" train $averaged --steps 4 --outdir "$work/c"
works "by auto, without a warm-up" "$gan" train $averaged --no-ema-warmup --steps 4 --outdir "$work/c" --resume auto
equal "by auto, without a warm-up: a new run" "$(cat "$work/out")" "$work/c/00001${run#00000}"
works "by auto, as always" "$gan" train $averaged --steps 5 --outdir "$work/c" --resume auto
equal "by auto, as always: the first run" "$(cat "$work/out")" "$work/c/$run"
verdict
