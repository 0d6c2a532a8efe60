#!/bin/sh
# test_random_network.sh — networks drawn at random, other ones each time: trained from the command
# line, killed and resumed, and sampled. Nothing may know the layers of the shipped ones.
. tests/cli/checks.sh

for i in 1 2 3 4 5 6 7 8; do
    net=$work/random.yaml
    until grep -q '^image: .*channels: [13]}' "$net" 2> "$work/err"; do # digits are grey or coloured
        draw 1000000000
        seed=$drawn
        "$tests/random_net" "$seed" > "$net" || exit 1
    done
    draw 11; loss=$(echo bce bce_saturating hinge lsgan wasserstein relativistic relativistic_lsgan relativistic_hinge \
        relativistic_average relativistic_average_lsgan relativistic_average_hinge | cut -d" " -f$((drawn + 1)))
    draw 2; schedule=$(echo simultaneous alternating | cut -d' ' -f$((drawn + 1)))
    draw 2; ema=$(echo 0 0.5 | cut -d' ' -f$((drawn + 1)))
    flags="--data digits --limit 40 --loss $loss --schedule $schedule --ema $ema --seed $seed"
    flags="$flags --save-every 1 --sample-every 1 --grid 2x3 --device cpu --threads 1 --quiet"
    name="network $seed, $loss, $schedule, ema $ema"
    # shellcheck disable=SC2086  # a list of words
    {
        works "$name: three steps" "$gan" train --net "$net" $flags --steps 3 --outdir "$work/a"
        whole=$(cat "$work/out")
        works "$name: two" "$gan" train --net "$net" $flags --steps 2 --outdir "$work/b"
        works "$name: and one" "$gan" train --net "$net" $flags --steps 3 --outdir "$work/b" --resume auto
        same_file "$name: the same end" "$(cat "$work/out")/latest" "$whole/latest"
        same_file "$name: the same grid" "$(cat "$work/out")/samples/step-00000003.png" \
            "$whole/samples/step-00000003.png"
        works "$name: samples" "$gan" sample "$whole" --seeds 0-40 -o "$work/x.png" --device cpu --quiet
    }
    if [ "$failures" -gt 0 ]; then
        cat "$net"
        break
    fi
    rm -rf "$work/a" "$work/b" "$net"
done
verdict
