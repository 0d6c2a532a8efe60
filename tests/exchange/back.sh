#!/bin/sh
# back.sh — every shipped GAN goes out in every format that can say it, and comes back the same bits.
#     BUILD=build/release sh tests/exchange/back.sh [NETWORK...]     all of data/nets: minutes, 8 GiB
#
# A format that refuses a layer is told with the layer; so is one that this build has not.
. tests/cli/checks.sh
nets=${*:-$(cd data/nets && grep -l '^generator:' ./*.yaml | sed 's|./||; s|.yaml$||')}
mkdir "$work/pictures"
"$tests/pictures" rgb "$work/pictures/a.png"
"$tests/pictures" jpeg "$work/pictures/b.jpg"

weights() { # weights CHECKPOINT NETWORK FILE.npz: the plain ones
    "$gan" export "$1" -o "$3" --network "$2" --no-averaged --no-precise-bn --quiet > "$work/out"
}

# back NET CHECKPOINT NETWORK FLAG FILE FORMAT: exported to FILE, imported, and the same.
back() {
    if ! "$gan" export "$2" -o "$work/$5" --to "$6" --network "$3" --no-averaged --no-precise-bn --quiet \
        > "$work/out" 2> "$work/err"; then
        grep -q ' cannot say \|without HDF5' "$work/err" || not_ok "$1 $3 to $6" "$(cat "$work/err")" "a file, or a layer"
        echo "refused $1 $3, $6: $(sed 's/.*: \([^:]*cannot say\)/\1/' "$work/err")"
        return
    fi
    works "$1 $3 from $6" "$gan" import "$2" "$4" "$work/$5" -o "$work/back.safetensors" --quiet
    weights "$work/back.safetensors" "$3" "$work/got.npz"
    same_file "$1 $3 from $6: the same" "$work/got.npz" "$work/$3.npz"
    rm -f "$work/$5" "$work/back.safetensors" "$work/got.npz"
}

for net in $nets; do
    works "$net" "$gan" train --net "$net" --data "$work/pictures" --batch-size 2 --steps 1 --sample-every 0 \
        --device cpu --quiet --outdir "$work/runs"
    [ "$code" -eq 0 ] || continue
    checkpoint=$(echo "$(cat "$work/out")"/checkpoints/step-*.safetensors)
    for side in generator:-g discriminator:-d; do
        network=${side%:*}
        weights "$checkpoint" "$network" "$work/$network.npz"
        for to in pytorch:x.safetensors safetensors:x.safetensors npz:x.npz onnx:x.onnx keras:x.keras \
            keras-weights:x.weights.h5; do
            back "$net" "$checkpoint" "$network" "${side#*:}" "${to#*:}" "${to%:*}"
        done
        rm "$work/$network.npz"
    done
    rm -r "$work/runs"
done
verdict
