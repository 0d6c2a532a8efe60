#!/bin/sh
# test_import.sh — gan import: what gan export wrote comes back bit for bit, by name and by order; what
# is refused, layer by layer; what was written is sampled from and trained on.
. tests/cli/checks.sh
checkpoint=$(pwd -P)/tests/exchange/recorded/pads.safetensors
cd "$work" || exit 1
weights() { # weights CHECKPOINT NETWORK FILE.npz: the plain weights
    "$gan" export "$1" -o "$3" --network "$2" --no-averaged > /dev/null
}
weights "$checkpoint" generator g.npz
weights "$checkpoint" discriminator d.npz

# back NAME FILE-OF-G FILE-OF-D: imported, they are the same.
back() {
    check=$1
    works "$check" "$gan" import "$checkpoint" -g "$2" -d "$3" -o back.safetensors --quiet
    weights back.safetensors generator back-g.npz
    weights back.safetensors discriminator back-d.npz
    same_file "$check: the generator" back-g.npz g.npz
    same_file "$check: the discriminator" back-d.npz d.npz
}
for to in pytorch safetensors; do
    works "G to $to" "$gan" export "$checkpoint" -o "g-$to.safetensors" --to $to --no-averaged
    works "D to $to" "$gan" export "$checkpoint" -o "d-$to.safetensors" --to $to --network discriminator
    back "back from $to" "g-$to.safetensors" "d-$to.safetensors"
done
back "back from npz" g.npz d.npz
works "G to onnx" "$gan" export "$checkpoint" -o g.onnx --no-averaged --no-precise-bn --bytes
works "D to onnx" "$gan" export "$checkpoint" -o d.onnx --network discriminator
back "back from onnx" g.onnx d.onnx
if nm "$gan" 2> /dev/null | grep -q H5Fcreate; then
    for to in keras weights.h5; do
        works "G to $to" "$gan" export "$checkpoint" -o "g.$to" --no-averaged
        works "D to $to" "$gan" export "$checkpoint" -o "d.$to" --network discriminator
        back "back from $to" "g.$to" "d.$to"
    done
fi
# Other names of the same length: matched by the order of layers, numbers by their value.
for side in g d; do
    sed 's/"main\./"body./g' "$side-pytorch.safetensors" > "$side-order.safetensors"
done
back "back by order" g-order.safetensors d-order.safetensors
works "the table" "$gan" import "$checkpoint" -g g-order.safetensors -o table.safetensors
equal "the table: how" "$(sed -n 1p err)" "g-order.safetensors, by the order of its layers:"
equal "the table: a row" "$(sed -n 's/  *g.batch_norm0.moving_mean *<- *//p' err)" body.1.running_mean
equal "G alone leaves D" "$(weights table.safetensors discriminator t.npz; cmp t.npz d.npz && echo same)" same

# A checkpoint whose tensors are not those of its network, and one of a run that has measured.
cp "$checkpoint" swapped.safetensors
reseal swapped.safetensors 's/\("g.conv0.kernel":{"dtype":"F32","shape":\[\)2,2,9,3/\13,9,2,2/'
refuses "tensors of another shape" 65 "the checkpoint's tensor g.conv0.kernel has another shape" \
    "$gan" import swapped.safetensors -g g-pytorch.safetensors -o x.safetensors --quiet
cp "$checkpoint" course.safetensors
reseal course.safetensors 's/"device":/"course":/' # names of one length
works "of a run with a course" "$gan" import course.safetensors -g g-pytorch.safetensors -o begun.safetensors --quiet
equal "it begins without one" "$(grep -ac '"course":' course.safetensors begun.safetensors | tr '\n' ' ')" \
    "course.safetensors:1 begun.safetensors:0 "

# A run of another network, and one that goes on.
# shellcheck disable=SC2086  # $small is a list of words
works "a run" "$gan" train $small --steps 2 --outdir runs
run=$(cat out)
works "its weights" "$gan" export "$run" -o tiny.safetensors
works "into itself" "$gan" import "$run" -g tiny.safetensors -o new.safetensors --quiet
# shellcheck disable=SC2086
works "it trains on" "$gan" train $small --resume new.safetensors --steps 1 --outdir more
works "it is sampled from" "$gan" sample new.safetensors --device cpu --quiet -o s.png

no() { # no NAME CODE TEXT FLAGS...
    check=$1 wanted=$2 text=$3; shift 3
    refuses "$check" "$wanted" "$text" "$gan" import "$@"
}
no "another network" 65 "tiny.safetensors: g.dense0.bias finds no tensor: next in the file is main.0" \
    "$checkpoint" -g tiny.safetensors -o x.safetensors
no "the other network" 65 "d-pytorch.safetensors: " "$checkpoint" -g d-pytorch.safetensors -o x.safetensors
no "no weights" 2 "no weights to import" "$checkpoint" -o x.safetensors
no "an output of another ending" 2 "x.npz: a checkpoint is a file that ends in .safetensors" \
    "$checkpoint" -g g-pytorch.safetensors -o x.npz
no "no output" 2 "usage: gan import" "$checkpoint" -g g-pytorch.safetensors
no "an unknown ending" 2 "g.py: weights are read from files that end in .safetensors" "$checkpoint" -g g.py -o x.safetensors
for n in 0 1 100 1000 3000; do
    head -c "$n" g.onnx > torn.onnx
    head -c "$n" g.npz > torn.npz
    no "an ONNX model of $n bytes" 65 "torn.onnx" "$checkpoint" -g torn.onnx -o x.safetensors
    no "an archive of $n bytes" 65 "torn.npz" "$checkpoint" -g torn.npz -o x.safetensors
done
no "the other network, ONNX" 65 "d.onnx: g.dense0" "$checkpoint" -g d.onnx -o x.safetensors
no "no such file" 66 "none.pth" "$checkpoint" -g none.pth -o x.safetensors
equal "nothing is written" "$(ls x.safetensors 2> /dev/null)" ""
verdict
