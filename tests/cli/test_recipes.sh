#!/bin/sh
# test_recipes.sh — the commands of docs/recipes.md that train, as dry runs, on data of the same kind.
. tests/cli/checks.sh
mkdir -p "$work/sets/mnist" "$work/sets/fashion-mnist" "$work/here"
printf '\000\000\010\003\000\000\000\004\000\000\000\034\000\000\000\034' > "$work/sets/mnist/train-images-idx3-ubyte"
head -c 3136 /dev/zero >> "$work/sets/mnist/train-images-idx3-ubyte"
printf '\000\000\010\001\000\000\000\004\001\002\003\004' > "$work/sets/mnist/train-labels-idx1-ubyte"
cp "$work"/sets/mnist/* "$work/sets/fashion-mnist"
mkdir -p "$work/sets/cifar10"
for i in 1 2 3 4 5; do head -c 30730000 /dev/zero > "$work/sets/cifar10/data_batch_$i.bin"; done
GAN_DATA=$work/sets
export GAN_DATA
for folder in my-pictures my-photographs; do
    mkdir "$work/here/$folder"
    "$tests/pictures" jpeg "$work/here/$folder/a.jpg"
    "$tests/pictures" rgba "$work/here/$folder/b.png"
done
sed -n 's/^    gan \(train .*\)/\1/p' docs/recipes.md | sed 's/ *#.*//' > "$work/commands"
equal "there are commands" "$(($(wc -l < "$work/commands") > 8))" 1
while read -r command; do
    # shellcheck disable=SC2086,SC2016  # a list of words; the other shell's
    works "gan $command" sh -c 'cd "$1" && shift && "$@"' sh "$work/here" "$gan" $command --dry-run --device cpu
done < "$work/commands"
verdict
