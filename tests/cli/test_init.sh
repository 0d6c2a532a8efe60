#!/bin/sh
# test_init.sh — gan train --init: a run begins with the weights of another, bit for bit, with a fresh
# optimizer and counters; what does not fit is told; it resumes without the file.
. tests/cli/checks.sh
# shellcheck disable=SC2086  # lists of words
root=$(pwd -P)
cd "$work" || exit 1
run=00000-tiny-digits-b8
still="--lr 0 --steps 1" # a step that changes no parameter

# params CHECKPOINT NETWORK FLAGS...: the checksums of its parameters, without the moving statistics.
params() {
    params_of=$1 network=$2; shift 2
    rm -rf arrays
    "$gan" export "$params_of" -o arrays/ --to npy --network "$network" --no-precise-bn --quiet "$@" > /dev/null
    rm -f arrays/*moving_*
    (cd arrays && cksum ./*)
}

works "a run" "$gan" train $small --steps 6 --ema 0.9 --seed 3 --outdir a
a=a/$run

# The parameters are the run's, the average is its average.
works "begun with it" "$gan" train $small $still --ema-half-life 1e15 --init "$a" --outdir b
b=b/$run
for network in generator discriminator; do
    flag=--no-averaged
    [ $network = generator ] || flag=
    equal "the $network's parameters" "$(params $b $network $flag)" "$(params $a $network $flag)"
done
"$gan" export $a -o a.npz --no-precise-bn --quiet > out
"$gan" export $b -o b.npz --no-precise-bn --quiet > out
same_file "the average, its statistics too" b.npz a.npz
equal "the file's hash is recorded" "$(sed -n 's/^init_sha256: "\(.*\)"/\1/p' $b/config.yaml)" \
    "$(sha256sum < $a/checkpoints/step-00000006.safetensors | cut -d' ' -f1)"
equal "what is told" "$(grep -c 'init: [0-9]* of the [0-9]* tensors of the .* begin with values of a/00000' $b/log.txt)" 2
equal "by name" "$(grep -c '<-\|keeps' $b/log.txt)" 0
"$gan" export "$a" -o averaged.safetensors --to safetensors --no-precise-bn --quiet > out
works "an export of the average" "$gan" train $small $still --ema-half-life 1e15 --init averaged.safetensors --outdir c
equal "an export: of G" "$(params c/$run generator --no-averaged)" "$(params $a generator)"
equal "an export: the average begins as G" "$(params c/$run generator)" "$(params $a generator)"
equal "an export: D keeps its own" "$(grep -c 'init: the discriminator keeps its initial values: the file has nothing for it' c/$run/log.txt)" 1

# With initial values as values, a run is the run without: moments and counters begin anew.
works "initial values" "$gan" train $small $still --seed 1 --outdir d
works "from them" "$gan" train $small --steps 5 --seed 1 --init d/$run --outdir e
works "without" "$gan" train $small --steps 5 --seed 1 --outdir f
for network in generator discriminator; do
    equal "the same $network" "$(params e/$run $network)" "$(params f/$run $network)"
done
equal "steps are counted from 0" "$(steps_of e/$run/stats.jsonl)" "1 5 "

# It resumes without the file, killed at any step, by the same command line too.
cp -r a source
begin="--init source/$run --init-only g,!g.dense0.kernel --ema 0.9"
works "unbroken" "$gan" train $small $begin --steps 8 --outdir g
works "begun" "$gan" train $small $begin --steps 3 --save-every 1 --outdir h
start_endless k $begin --save-every 1
await k/$run/latest
kill -KILL "$running"
wait "$running" 2> /dev/null
rm -r source
works "resumed" "$gan" train --resume h/$run --steps 8 --quiet
works "killed and resumed by the same flags" "$gan" train $small $begin --steps 8 --resume auto --outdir k
for way in h k; do
    for network in generator discriminator; do
        equal "$way: the same $network" "$(params $way/$run $network)" "$(params g/$run $network)"
    done
    equal "$way: one run" "$(ls $way)" "$run"
    equal "$way: recorded" "$(sed -n '/^init/p' $way/$run/config.yaml)" "$(sed -n '/^init/p' g/$run/config.yaml)"
done
refuses "another file on resume" 2 "init cannot change on resume: the checkpoint has source/$run, not a/$run" \
    "$gan" train --resume h/$run --steps 9 --init a/$run
refuses "a file for a run that had none" 2 "init cannot change on resume: the checkpoint has none" \
    "$gan" train --resume f/$run --steps 9 --init a/$run
refuses "another hash on resume" 2 "init_sha256 cannot change" "$gan" train --resume h/$run --steps 9 --init source/$run --init-sha256 00
works "auto, another file: a new run" "$gan" train $small --steps 1 --init a/$run --resume auto --outdir h
equal "auto, another file: two runs" "$(ls h | wc -l)" 2

# A network of other shapes takes what fits.
sed 's/channels: 8, kernel: 5, stride: 1/channels: 9, kernel: 5, stride: 1/' "$root/data/nets/tiny.yaml" > nine.yaml
works "another network" "$gan" train $small --net nine.yaml --nz 5 --steps 1 --init $a --outdir l
log=$(echo l/*/log.txt)
equal "another network: a shape" \
    "$(sed -n 's/.*  g.dense0.kernel *keeps its initial value: //p' $log)" "it is 16 x 392 there and 5 x 392 here"
equal "another network: its layers" "$(sed -n 's/.*Z   *\([a-z0-9_.]*\) *keeps its .*/\1/p' $log | tr '\n' ' ')" \
    "g.dense0.kernel g.conv_transpose0.kernel g.batch_norm1.gamma g.batch_norm1.beta g.conv_transpose1.kernel g.batch_norm1.moving_mean g.batch_norm1.moving_variance "
works "the network of the checkpoint" "$gan" train --init "$(echo l/*)" --data digits --limit 96 --steps 1 \
    --batch-size 8 --device cpu --threads 1 --sample-every 0 --outdir m
equal "the network of the checkpoint: whole" "$(grep -c '22 tensors\|16 of the 16\|6 of the 6' m/*/log.txt)" 2
cmp -s m/*/network.yaml l/*/network.yaml || not_ok "the network of the checkpoint" another "that of l"

# Files of other programs, of one network each.
for side in g:generator d:discriminator; do
    works "${side#*:} to PyTorch" "$gan" export $a -o net-${side%:*}.safetensors --network ${side#*:} --no-precise-bn
done
works "both" "$gan" train $small $still --init g=net-g.safetensors,d=net-d.safetensors --outdir n
equal "both: G" "$(params n/$run generator)" "$(params $a generator)"
equal "both: D" "$(params n/$run discriminator)" "$(params $a discriminator)"
equal "both: a row" "$(sed -n 's/.*  g.batch_norm0.gamma *<- //p' n/$run/log.txt)" main.1.weight
equal "both: two hashes" "$(sed -n 's/^init_sha256: "\(.*\)"/\1/p' n/$run/config.yaml)" \
    "$(sha256sum net-g.safetensors net-d.safetensors | cut -d' ' -f1 | paste -sd,)"
works "its config repeats it" "$gan" train --config n/$run/config.yaml --quiet --outdir o
equal "its config repeats it: G" "$(params o/$run generator)" "$(params n/$run generator)"
cp net-d.safetensors net-g.safetensors
refuses "the file is another now" 65 "has the SHA-256" "$gan" train --config n/$run/config.yaml --quiet --outdir o

no() { # no NAME CODE TEXT FLAGS...
    check=$1 wanted=$2 text=$3; shift 3
    refuses "$check" "$wanted" "$text" "$gan" train $small --steps 1 --outdir none "$@"
    refuses "$check, dry" "$wanted" "$text" "$gan" train $small --steps 1 --outdir none --dry-run "$@"
}
no "whose network" 2 "does not say which network it is: write g=net-d" --init net-d.safetensors
no "two files for one" 2 "two files for d" --init d=net-d.safetensors,d=$a
no "no such network" 2 "tiny has no network net" --init net=net-d.safetensors
no "no such file" 66 absent --init absent/run
no "another ending" 2 "nine.yaml: weights are read from files that end in" --init g=nine.yaml
head -c 1000 $a/checkpoints/*6.safetensors > torn.safetensors
no "a damaged file" 65 torn.safetensors --init torn.safetensors
no "a pattern without a tensor" 2 "init_only: 'g.conv9' names no tensor of tiny" --init $a --init-only 'd,g.conv9'
no "what must be there" 65 "init_only names d.conv0.kernel" --init g=net-d.safetensors --init-only d
no "a shape that must fit" 65 "init_only names g.dense0.kernel.*16 x 392 there and 5 x 392 here" \
    --nz 5 --init $a --init-only 'g.*'
no "patterns without a file" 2 "say more of --init" --init-only g
no "nothing fits" 65 "nothing of .* fits the network tiny" --init tiny=x.safetensors --init "$root/tests/golden/keras_small.safetensors"
equal "nothing is made" "$(ls none 2> /dev/null)" ""
verdict
