#!/bin/sh
# test_pictures.sh — training on folders of PNG and JPEG files: of every kind and another size, fitted,
# mirrored, limited, in colour and in grey.
. tests/cli/checks.sh
tiny="--net tiny --batch-size 2 --steps 2 --grid 1x2 --device cpu --threads 1 --quiet"
sed -e 's/channels: 1}/channels: 3}/' -e 's/{channels: 1,/{channels: 3,/' data/nets/tiny.yaml \
    > "$work/colour.yaml"
colour="--net $work/colour.yaml --batch-size 2 --steps 2 --grid 1x2 --device cpu --threads 1 --quiet"
for kind in rgb rgb16 rgba palette interlaced jpeg progressive grey grey16; do
    mkdir -p "$work/$kind/below"
    picture=$work/$kind/below/picture.png
    "$tests/pictures" "$kind" "$picture" || not_ok "making a $kind" $? 0
    cp "$picture" "$work/$kind/another.JPG" # what a file is, its content tells
done

# train NAME FLAGS...: a run of its own; its first real pictures are $work/reals-NAME.png.
# shellcheck disable=SC2086  # a list of words
train() {
    name=$1; shift
    works "training on $name" "$gan" train "$@" --outdir "$work/runs"
    cp "$(cat "$work/out")/reals.png" "$work/reals-$name.png"
    cp "$(cat "$work/out")/latest" "$work/end-$name"
}
differ() { # differ NAME A B
    if cmp -s "$2" "$3"; then not_ok "$1" "the same bytes" "others"; else ok "$1"; fi
}

# shellcheck disable=SC2086  # $tiny and $colour are lists of words
{
    for kind in rgb rgb16 rgba palette interlaced jpeg progressive grey grey16; do
        train "$kind" $tiny --data "$work/$kind"
        train "$kind-in-colour" $colour --data "$work/$kind"
    done
    for kind in rgb16 rgba palette interlaced; do
        same_file "$kind as grey as rgb" "$work/reals-$kind.png" "$work/reals-rgb.png"
        same_file "$kind as rgb" "$work/reals-$kind-in-colour.png" "$work/reals-rgb-in-colour.png"
    done
    same_file "grey16 as grey" "$work/reals-grey16.png" "$work/reals-grey.png"
    equal "a picture of a grey net is grey: colour type" \
        "$(od -An -tu1 -j25 -N1 "$work/reals-rgb.png" | tr -d ' ')" 0
    equal "a picture of a colour net is coloured" \
        "$(od -An -tu1 -j25 -N1 "$work/reals-grey-in-colour.png" | tr -d ' ')" 2

    for fit in crop pad stretch; do
        train "$fit" $colour --data "$work/rgb" --fit $fit
    done
    same_file "crop is the default" "$work/reals-crop.png" "$work/reals-rgb-in-colour.png"
    differ "pad is not crop" "$work/reals-pad.png" "$work/reals-crop.png"
    differ "stretch is not crop" "$work/reals-stretch.png" "$work/reals-crop.png"
    differ "stretch is not pad" "$work/reals-stretch.png" "$work/reals-pad.png"
    train flip $colour --data "$work/rgb" --flip
    same_file "--flip shows the pictures as they are" "$work/reals-flip.png" "$work/reals-crop.png"
    for name in flip crop; do
        "$gan" sample "$work/end-$name" --seeds 0-3 -o "$work/$name.npy" --device cpu > "$work/sampled"
    done
    differ "--flip trains on others" "$work/flip.npy" "$work/crop.npy"

    mkdir "$work/mixed"
    for kind in rgb jpeg grey palette; do cp "$work/$kind/below/picture.png" "$work/mixed/$kind.png"; done
    "$gan" train $tiny --data "$work/mixed" --limit 3 --dry-run > "$work/plan" 2> "$work/err"
    grep -q 'data  *mixed: 3 images of 28x28x1' "$work/plan" ||
        not_ok "--limit 3" "$(grep data "$work/plan")" "3 images"
    refuses "--limit beyond a bad file" 65 "$work/mixed/zzz" \
        sh -c 'echo x > "$0/mixed/zzz.png"; shift 0; exec "$@"' "$work" "$gan" train $tiny --data "$work/mixed"
    train limited $tiny --data "$work/mixed" --limit 3
    train skipped $tiny --data "$work/mixed" --skip-bad

    # Two channels, and four: a picture shows one, or three.
    for channels in 2 4; do
        sed -e "s/channels: 1}/channels: $channels}/" -e "s/{channels: 1,/{channels: $channels,/" \
            data/nets/tiny.yaml > "$work/net-$channels.yaml"
        { printf "\\0\\0\\010\\004\\0\\0\\0\\3\\0\\0\\0\\034\\0\\0\\0\\034\\0\\0\\0\\$channels"
        head -c $((3 * 28 * 28 * channels)) "$gan"; } > "$work/idx-$channels"
        train "$channels-channels" $tiny --net "$work/net-$channels.yaml" --data "$work/idx-$channels"
        equal "$channels channels: colour type of the picture" \
            "$(od -An -tu1 -j25 -N1 "$work/reals-$channels-channels.png" | tr -d ' ')" $((channels - 2))
        for output in x.png "x.gif --interpolate 2" x.npy; do
            # shellcheck disable=SC2086  # a name and flags
            works "$channels channels: $output" "$gan" sample "$work/end-$channels-channels" --seeds 0-3 \
                -o "$work/"$output --device cpu --quiet
        done
        equal "$channels channels: all in an array" "$(($(wc -c < "$work/x.npy") % 1024))" \
            "$(((128 + 4 * 28 * 28 * channels * 4) % 1024))"
    done

    # Names that need care: blanks, quotes, not UTF-8, long.
    odd="$work/a 'b' \"c\" \$d
e"
    mkdir "$odd" && cp "$work/grey/below/picture.png" "$odd/x y.png"
    train odd $tiny --data "$odd"
    works "and it goes on" "$gan" train $tiny --data "$odd" --outdir "$work/runs" --resume auto --steps 3
    equal "and it goes on: lines" "$(steps_of "$(cat "$work/out")/stats.jsonl")" "1 2 3 "
    latin=$(printf '%s/caf\351' "$work")
    if mkdir "$latin" 2> /dev/null; then
        cp "$work/grey/below/picture.png" "$latin/x.png"
        train latin $tiny --data "$latin"
        works "and it goes on" "$gan" train --resume "$(cat "$work/out")" --data "$latin" --steps 3 --quiet
        equal "and it goes on: lines" "$(steps_of "$(cat "$work/out")/stats.jsonl")" "1 2 3 "
    fi
    # A terminal must not be told anything by a name: no control character is printed.
    escapes=$work/$(printf 'e\033[31m\302\2332Jf')
    mkdir "$escapes" && cp "$work/grey/below/picture.png" "$escapes/x.png"
    echo no > "$escapes/$(printf 'a\033]0;b\007.png')"
    echo no > "$escapes/$(printf 'c\033[2J.txt')"
    works "names with control characters" "$gan" train ${tiny% --quiet} --data "$escapes" --skip-bad \
        --outdir "$work/runs"
    cat "$(sed -n 's/^run folder //p' "$work/err")/log.txt" >> "$work/err"
    equal "names with control characters: told" "$(grep -c 'a?]0;b?.png' "$work/err")" 2
    equal "names with control characters: printed" \
        "$(tr -d '\12\40-\176' < "$work/err" | od -An -c)" ""
    capture "$gan" data check "$escapes"
    equal "names with control characters: data check" "$code" 65
    equal "names with control characters: data check prints" "$(sed 's/.*\/\(.*\)/\1/' "$work/out")" \
        "c?[2J.txt: not a picture
a?]0;b?.png: not a picture that is read, by its content
1 image of 56x40 pixels (width x height) of 1 channel, 1 corrupt, 0 odd-sized, 0 odd-channel, 0 duplicate, 1 not taken"
    mkdir -p "$work/two words"
    cp "$(find "$escapes" -name '*.png' -size +0 | head -n 1)" "$work/two words/a.png"
    echo > "$work/two words/b.png"
    echo > "$work/two words/c.txt"
    capture "$gan" train ${tiny% --quiet} --data "$work/two words" --outdir "$work/runs"
    equal "a command in a message can be copied" "$(grep -c "\`gan data check '$work/two words'\`" "$work/err")" 2
    capture "$gan" data check "$work/missing$(printf '\033[2J')"
    equal "names with control characters: an error" "$(tr -d '\12\40-\176' < "$work/err")" ""

    long=$work/$(printf '%0250d' 0)
    mkdir "$long" && cp "$work/grey/below/picture.png" "$long/x.png"
    train long $tiny --data "$long"
}
verdict
