#!/bin/sh
# test_sample.sh — gan sample: what goes together and what does not, before anything is computed; the
# seeds that a grid stands for.
. tests/cli/checks.sh
# shellcheck disable=SC2086  # $small is a list of words

works "a run" "$gan" train $small --steps 1 --outdir "$work/runs"
run=$(cat "$work/out")
cd "$work" || exit 1
before=$(find . ! -name out ! -name err | sort)
no() { # no NAME CODE TEXT FLAGS...: sampling with these flags is refused
    check=$1 wanted=$2 text=$3; shift 3
    refuses "$check" "$wanted" "$text" "$gan" sample "$run" --device cpu --threads 1 --quiet "$@"
}

no "two outputs" 2 "--output or --each, not both" --each each -o x.png
no "an animation of seeds" 2 "x.gif: an animation is one of --interpolate" -o x.gif
no "each of an interpolation" 2 "leave out --interpolate" --each each --interpolate 3
no "each in a grid" 2 "leave out --grid" --each each --grid 2x2
no "an array in a grid" 2 "x.npy: --grid is for a .png" -o x.npy --grid 8x8
no "an animation in a grid" 2 "interpolation.gif: --grid is for a .png" --interpolate 2 --grid 4x4
no "an unknown ending" 2 "x.jpg: an output ends in .png, .npy or .gif" -o x.jpg
no "no ending" 2 "png: an output ends in" -o png
no "no name" 2 "an output ends in" -o ""
no "no folder's name" 2 "each: the folder's name is empty" --each ""
no "a grid too small" 2 "grid: 3x3 has 9 places, and there are 10 images" --grid 3x3 --seeds 0-9
no "a grid too small for an interpolation" 2 "12 places, and there are 15 images" \
    --interpolate 2 --grid 3x4 -o x.png
no "one seed to interpolate" 2 "at least two seeds" --interpolate 2 --seeds 7
no "a picture too wide" 2 "no side may pass 65535" --interpolate 10000 -o x.png
no "no folder for the folder" 73 "cannot make the folder a/b" --each a/b
for seeds in "" 5-3 1,,2 -1 x 0-99999999 99999999999999999999; do
    no "--seeds '$seeds'" 2 "seeds: '$seeds' is not a list" --seeds "$seeds"
done
equal "nothing is written" "$(find . ! -name out ! -name err | sort)" "$before"

# images: how many, by what --json says.
images() { sed -n 's/.*"images": \([0-9]*\),.*/\1/p' "$work/out"; }
makes() { # makes NAME IMAGES FLAGS...
    check=$1 wanted=$2; shift 2
    works "$check" "$gan" sample "$run" --device cpu --threads 1 --quiet --json "$@"
    equal "$check: images" "$(images)" "$wanted"
}
makes "the default" 64
makes "a grid alone" 6 --grid 2x3
makes "a grid with room" 3 --grid 2x3 --seeds 1-3
makes "an array" 64 -o x.npy
makes "each" 2 --seeds 4,5 --each each
equal "each: files" "$(ls each | tr '\n' ' ')" "seed-4.png seed-5.png "
makes "an animation" 16 --interpolate 2
makes "a strip" 5 --interpolate 2 --seeds 1-3 -o strip.png
makes "a strip in a grid" 5 --interpolate 2 --seeds 1-3 -o strip.png --grid 1x5
# Half the way is half the way however many steps there are, and the ends are the seeds' own images.
makes "in two steps" 3 --interpolate 2 --seeds 1,2 -o two.npy
makes "in four steps" 5 --interpolate 4 --seeds 1,2 -o four.npy
makes "the ends" 2 --seeds 1,2 -o ends.npy
image() { tail -c +129 "$1" | tail -c +$(($2 * 3136 + 1)) | head -c 3136; } # FILE INDEX: its 28 x 28 floats
for pair in "two 0 ends 0" "two 1 four 2" "two 2 ends 1" "four 0 ends 0" "four 4 ends 1"; do
    # shellcheck disable=SC2086  # four words
    set -- $pair
    image "$1.npy" "$2" > got
    image "$3.npy" "$4" > wanted
    same_file "image $2 of $1.npy is image $4 of $3.npy" got wanted
done
verdict
