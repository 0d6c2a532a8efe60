#!/bin/sh
# test_auto.sh — --net auto: the network that fits the data, told as the command that says it in full,
# which does the same; resuming takes the network of the run, whatever the data would be given today.
. tests/cli/checks.sh
settings() { sed -n '/^settings/,/^data/p'; }

# chosen NAME NET FLAGS...: that network is chosen, with a line that tells it; the command that is
# told has the same settings and says nothing of auto.
chosen() {
    name=$1 net=$2; shift 2
    works "$name" "$gan" train "$@" --device cpu --dry-run
    equal "$name: the network" "$(sed -n 's/^  net: //p' "$work/out")" "$net"
    cp "$work/out" "$work/first" # a dry run tells all of it there
    equal "$name: told" "$(sed -n '1s/^net auto: .*: //p' "$work/first")" "$net"
    settings < "$work/out" > "$work/settings"
    told=$(sed -n 's/^net auto: the same in full: gan //p' "$work/first")
    (eval "\"$gan\" $told --dry-run" > "$work/out" 2> "$work/err") || not_ok "$name: $told" "$(cat "$work/err")" "exit code 0"
    settings < "$work/out" > "$work/said"
    same_file "$name: the command that is told" "$work/said" "$work/settings"
    equal "$name: the command names its network" "$(grep -c "^net auto" "$work/out")" 0
}
setting() { sed -n "s/^  $1: //p" "$work/settings"; }

chosen "grey, 28 x 28" mnist --data digits --limit 40000
equal "epochs that show 600,000 images" "$(setting epochs)" 15
equal "a grid at most every 20,000 images" "$(setting sample_every)" 1e

mkdir -p "$work/sets/fashion-mnist"
printf '\000\000\010\003\000\000\000\004\000\000\000\034\000\000\000\034' > "$work/sets/fashion-mnist/train-images-idx3-ubyte"
head -c 3136 /dev/zero >> "$work/sets/fashion-mnist/train-images-idx3-ubyte"
printf '\000\000\010\001\000\000\000\004abcd' > "$work/sets/fashion-mnist/train-labels-idx1-ubyte"
GAN_DATA=$work/sets
export GAN_DATA
chosen "by its name" fashion --data fashion-mnist
unset GAN_DATA
chosen "colour, 28 x 28" stacked-mnist --data stacked-digits --limit 30
equal "a tiny set: many epochs" "$(setting epochs)" 40000
equal "and few grids" "$(setting sample_every) $(setting save_every)" "667e 667e"
chosen "settings of a person's own" mnist --data digits --limit 100 --steps 7 --flip --no-gif --save-every 2 \
    --outdir "$work/it's here"
equal "are kept" "$(setting steps) $(setting epochs) $(setting flip) $(setting gif) $(setting save_every)" "7  true false 2"

# Files: an array in colour, pictures of one size, of several sizes, few of them, grey ones, large ones.
head -c 30730 /dev/zero > "$work/ten.bin"
chosen "colour, 32 x 32" rgb-32 --data "$work/ten.bin"
sed -e 's/channels: 1}/channels: 3}/' -e 's/{channels: 1,/{channels: 3,/' data/nets/tiny.yaml > "$work/colour.yaml"
for net in tiny "$work/colour.yaml"; do
    works "a run of $net" "$gan" train --net "$net" --data digits --limit 8 -b 8 --steps 1 --device cpu --threads 1 \
        --grid 1x2 --quiet --outdir "$work/source"
done
grey=$(echo "$work"/source/00000-*) colour=$(echo "$work"/source/00001-*)
picture() { # picture RUN GRID FILE
    "$gan" sample "$1" --grid "$2" -o "$3" --device cpu --quiet > "$work/out" 2> "$work/err" ||
        not_ok "a picture" "$(cat "$work/err")" "one"
}
mkdir -p "$work/my pictures/below" "$work/grey" "$work/large" "$work/small"
"$tests/pictures" rgb "$work/my pictures/a.png"
"$tests/pictures" jpeg "$work/my pictures/below/b.jpg"
picture "$colour" 1x2 "$work/my pictures/c.png"
chosen "a folder of several sizes" rgb-32 --data "$work/my pictures"
equal "what it has" "$(grep -c "^net auto: .* has 3 colour pictures, of several sizes, in the middle 40 high and 56 wide: rgb-32$" "$work/first")" 1
equal "that they are few" "$(grep -c "^net auto: 3 are few" "$work/first")" 1
chosen "with a limit" rgb-32 --data "$work/my pictures" --limit 2
equal "its epochs" "$(setting epochs)" 600000
chosen "with a test split" rgb-32 --data "$work/my pictures" --holdout 0.5
held=$(sed -n 's/^net auto: .* has \([12]\) colour .*/\1/p' "$work/first")
equal "its epochs" "$(setting epochs)" $((1200000 / ${held:-1}))
cp "$work/my pictures/c.png" "$work/small"
chosen "small ones" stacked-mnist --data "$work/small"
picture "$grey" 1x2 "$work/grey/a.png"
chosen "grey ones, small" mnist --data "$work/grey"
picture "$grey" 2x3 "$work/grey/a.png"
chosen "grey ones" grey-32 --data "$work/grey"
picture "$grey" 4x4 "$work/grey/b.png"
picture "$grey" 4x4 "$work/grey/c.png"
chosen "most of them larger" grey-64 --data "$work/grey"
picture "$colour" 12x8 "$work/large/a.png"
chosen "large ones" rgb-64 --data "$work/large"
echo "not a picture" > "$work/large/b.png"
chosen "with a bad one" rgb-64 --data "$work/large" --skip-bad
rm "$work/large/a.png"
refuses "none that can be read" 65 "no size of its pictures can be told: .*b.png" "$gan" train --data "$work/large"
refuses "no data" 66 "no data set, file or folder 'absent'" "$gan" train --data absent
if command -v tar > "$work/out"; then
    tar -cf "$work/p.tar" -C "$work/my pictures" .
    capture "$gan" train --data "$work/p.tar" --dry-run --quiet
    grep -q "without libarchive" "$work/err" || chosen "an archive" rgb-32 --data "$work/p.tar"
fi

# A run: its folder names what was chosen, and has the network; resuming keeps it.
fast="--data digits --limit 64 -b 8 --device cpu --threads 1 --sample-every 0 --save-every 0 --no-gif"
# shellcheck disable=SC2086  # a list of words
works "a run" "$gan" train $fast --steps 2 --outdir "$work/runs"
run=$(cat "$work/out")
equal "its folder" "${run##*/}" 00000-mnist-digits-b8
same_file "its network" "$run/network.yaml" data/nets/mnist.yaml
equal "its config names it" "$(sed -n 's/^net: //p' "$run/config.yaml")" mnist
for how in "--resume $run" "--resume $run --net auto" "--resume auto --data digits --limit 64 -b 8 --outdir $work/runs"; do
    steps=$((${steps:-2} + 1))
    # shellcheck disable=SC2086  # a list of words
    works "$how" "$gan" train $how --steps $steps --device cpu --threads 1
    equal "$how: the run goes on" "$(cat "$work/out")" "$run"
done
works "on other data" "$gan" train --data "$work/ten.bin" -b 4 --steps 1 --resume auto --device cpu --threads 1 \
    --sample-every 0 --save-every 0 --no-gif --outdir "$work/runs"
equal "on other data: another run" "$(basename "$(cat "$work/out")")" 00001-rgb-32-ten.bin-b4
GAN_NET=auto
export GAN_NET
works "the word in the environment" "$gan" train --resume "$run" --steps 9 --device cpu --threads 1
unset GAN_NET
capture "$gan" classify --net auto --data digits
equal "classify --net auto" "$code $(tail -n 1 "$work/err")" \
    "2 gan classify: net auto: it chooses GANs; name a classifier: --net mnist-classifier, or a file of your own"
verdict
