#!/bin/sh
# test_tensorboard.sh — the event files of a run hold what stats.jsonl does, and a run that was killed
# and resumed has no step twice. Read by read_events, whose code is not that of the writer.
. tests/cli/checks.sh
read_events=$tests/read_events
run=00000-tiny-digits-b8
flags="$small --log-every 1 --sample-every 4 --save-every 4 --tensorboard"

# values RUN TAG: "STEP VALUE" of each, in the order in which a reader has them
values() {
    "$read_events" "$1"/events.out.tfevents.* > "$work/values" || echo "broken: $(cat "$work/values")"
    awk -v tag="$2" '$2 == tag { print $1, $3 }' "$work/values"
}

# numbers RUN KEY: the same of stats.jsonl, with 6 digits, as those of the events then are
numbers() { sed -n "s|^{\"step\": \([0-9]*\),.*\"$2\": \([-0-9.e+]*\),.*|\1 \2|p" "$1/stats.jsonl"; }
rounded() { awk '{ printf "%d %.5g\n", $1, $2 }'; }

# shellcheck disable=SC2086  # lists of words
works "a run" "$gan" train $flags --steps 12 --outdir "$work/a"
for pair in Loss/D=Loss/D/loss Loss/G=Loss/G/loss D/real=D/real Norm/G=Norm/G; do
    equal "${pair%%=*}" "$(values "$work/a/$run" "${pair#*=}" | rounded)" \
        "$(numbers "$work/a/$run" "${pair%%=*}" | rounded)"
done
equal "samples" "$(values "$work/a/$run" samples | cut -d' ' -f1 | tr '\n' ' ')" "0 4 8 12 "
equal "weights" "$(values "$work/a/$run" weights/d.conv0.bias | cut -d' ' -f1 | tr '\n' ' ')" "0 4 8 12 "
equal "gradients" "$(values "$work/a/$run" gradients/d.conv0.bias | cut -d' ' -f1 | tr '\n' ' ')" "4 8 12 "
for net in G D; do
    "$read_events" "$work/a/$run"/events.out.tfevents.* |
        awk -v net="$net" '$1 == 8 && index($2, "gradients/" tolower(net) ".") == 1 { sum += $7 * $7 }
                           END { printf "8 %.5g\n", sqrt(sum) }' > "$work/norm"
    equal "gradients of $net: their norm" "$(cat "$work/norm")" \
        "$(numbers "$work/a/$run" "Norm/$net" | rounded | grep '^8 ')"
done
equal "kimg" "$(values "$work/a/$run" Progress/kimg | tail -n 1)" "12 0.0960000008"

# Killed in the middle of a write of its event file: the record is torn, steps after the checkpoint are
# there. What a resumed run writes again is there once.
# shellcheck disable=SC2086
works "a run to be cut" "$gan" train $flags --steps 10 --outdir "$work/b"
c=$work/b/$run
rm "$c/checkpoints/step-00000010.safetensors"
events=$(ls "$c"/events.out.tfevents.*)
size=$(wc -c < "$events")
head -c $((size - 3)) "$events" > "$work/cut" && cat "$work/cut" > "$events"
works "resumed" "$gan" train --resume "$c" --steps 12 --quiet --tensorboard
"$read_events" "$c"/events.out.tfevents.* > "$work/values" 2> "$work/torn"
equal "one record is torn" "$(grep -c "is torn" "$work/torn")" 1
equal "each step once" "$(awk '$2 == "Loss/D/loss" { print $1 }' "$work/values" | tr '\n' ' ')" \
    "1 2 3 4 5 6 7 8 9 10 11 12 "
equal "the same curve" "$(awk '$2 == "Loss/G/loss" { print $1, $3 }' "$work/values")" \
    "$(values "$work/a/$run" Loss/G/loss)"

# Without the flag there is none; with it, a run's results are the same.
# shellcheck disable=SC2086
works "without" "$gan" train $small --log-every 1 --sample-every 4 --save-every 4 --steps 12 --outdir "$work/c"
equal "without: no event file" "$(find "$work/c" -name 'events*' | wc -l)" 0
for a in a c; do
    works "a picture" "$gan" sample "$work/$a/$run" --seeds 0-15 -o "$work/$a.npy" --device cpu --threads 1 --quiet
done
same_file "the same images" "$work/a.npy" "$work/c.npy"
verdict
