#!/bin/sh
# test_classify.sh — gan classify: it learns, is tested at each epoch, resumes to the same bytes after a
# kill at any call that changes a file, and says what does not go together.
. tests/cli/checks.sh
# shellcheck disable=SC2086  # $small is a list of words

cat > "$work/small.yaml" <<'END'
name: small
image: {height: 28, width: 28, channels: 1}
network:
  - conv: {channels: 4, kernel: 3, stride: 2, padding: same, bias: false}
  - batch_norm: {momentum: 0.9}
  - relu
  - conv: {channels: 6, kernel: 3, stride: 2, padding: same}
  - relu
  - dropout: 0.2
  - flatten
  - dense: 10
outputs: {features: flatten0}
train: {batch_size: 20, epochs: 2, adam: {lr: 5e-3}, ema: 0.9}
END
small="--net $work/small.yaml --data digits --limit 200 --threads 2 --device cpu --quiet"
shim=$tests/kill_at.so

last_of() { # last_of FIELD FILE: its value in the last line of a stats.jsonl
    sed -n '$s|.*"'"$1"'": *\([0-9.eE+-]*\).*|\1|p' "$2"
}

# --- it learns ---
learned=$("$gan" classify $small --epochs 12 --outdir "$work/learned") || not_ok "a run" "$?" 0
stats=$learned/stats.jsonl
accuracy=$(last_of Accuracy/test "$stats")
if awk "BEGIN { exit !(${accuracy:-0} > 0.7) }"; then
    ok "it learns digits that it was not trained with"
else
    not_ok "it learns digits that it was not trained with" "$accuracy" "above 0.7"
fi
equal "a test at each epoch" "$(grep -c Accuracy/test "$stats")" 12
equal "no losses of a GAN" "$(grep -c Loss/D "$stats")" 0
equal "no samples" "$(find "$learned" -name '*.gif' -o -path '*samples/*' | wc -l)" 0
json=$("$gan" classify --resume "$learned" --quiet --json)
equal "a run that is complete is left alone" "$(echo "$json" | grep -c '"step": *120')" 1

# --- exact resume ---
pace="--steps 13 --save-every 3 --log-every 2"
resume() { # resume OUTDIR: goes on, or starts
    "$gan" classify $small $pace --keep 0 --outdir "$1" --resume auto
}
unbroken=$(resume "$work/unbroken") || not_ok "unbroken run" "$?" 0
calls=0
n=1
while [ $n -le 400 ]; do
    (
        KILL_FOLDER=$work/killed KILL_AT=$n KILL_HOW=inside LD_PRELOAD=$shim
        export KILL_FOLDER KILL_AT KILL_HOW LD_PRELOAD
        resume "$work/killed" > "$work/out" 2> "$work/err"
    ) 2> /dev/null
    [ $? -eq 137 ] || break
    calls=$((calls + 1))
    folder=$(resume "$work/killed")
    for file in "$unbroken"/checkpoints/*; do
        cmp "$file" "$folder/checkpoints/${file##*/}" >> "$work/faults" 2>&1
    done
    steps=$(steps_of "$folder/stats.jsonl" | tr ' ' '\n')
    [ "$steps" = "$(echo "$steps" | sort -nu)" ] || echo "steps: $steps" >> "$work/faults"
    for step in $(steps_of "$unbroken/stats.jsonl"); do
        echo "$steps" | grep -qx "$step" || echo "no line of step $step" >> "$work/faults"
    done
    rm -rf "$work/killed"
    n=$((n + 7))
done
[ $calls -ge 5 ] || not_ok "kills" "$calls" "at least 5"
equal "killed $calls times and resumed: the bytes of an unbroken run" \
    "$(cat "$work/faults" 2> /dev/null)" ""

# --- precisions and devices ---
for how in "--precision bf16" "--device reference"; do
    "$gan" classify $small --steps 4 --outdir "$work/other" $how > "$work/out" 2> "$work/err"
    equal "$how" "$?" 0
done

# --- what it says ---
"$gan" classify $small --dry-run > "$work/out"
equal "--dry-run prints the network alone" "$(grep -c '^network$\|^generator$' "$work/out")" 1
equal "--dry-run writes nothing" "$(ls "$work" | grep -c runs)" 0
"$gan" classify $small --dry-run --json > "$work/out"
equal "--dry-run --json has the network" "$(grep -c '"network": {' "$work/out")" 1
equal "--dry-run --json has no generator" "$(grep -c '"generator"\|"latent"' "$work/out")" 0

refused() { # refused NAME WORDS COMMAND...: exits not with 0 and says so
    name=$1 words=$2
    shift 2
    if "$@" > "$work/out" 2> "$work/err"; then
        not_ok "$name" "exit code 0" "a refusal"
    elif grep -q "$words" "$work/err"; then
        ok "$name"
    else
        not_ok "$name" "$(cat "$work/err")" "$words"
    fi
}
refused "a GAN is not classified with" "gan train trains it" "$gan" classify --net tiny --data digits
refused "a network alone is not trained as a GAN" "gan classify trains it" \
    "$gan" train --net "$work/small.yaml" --data digits
refused "there is nothing to sample from" "no generator" "$gan" sample "$learned"
refused "its schedule is no setting" "unknown flag '--schedule'" \
    "$gan" classify $small --schedule alternating
sed 's/dense: 10/dense: 7/' "$work/small.yaml" > "$work/seven.yaml"
refused "classes and outputs are as many" "has 10 classes .* 7 outputs" \
    "$gan" classify --net "$work/seven.yaml" --data digits --limit 50

# Twenty images in MNIST's files, of any bytes: then one label is another.
idx=$work/idx
mkdir "$idx"
{
    printf '\000\000\010\003\000\000\000\024\000\000\000\034\000\000\000\034'
    head -c $((20 * 28 * 28)) "$gan"
} > "$idx/train-images-idx3-ubyte"
labels() { # labels LAST
    printf '\000\000\010\001\000\000\000\024'
    printf '\000\001\002\003\004\005\006\007\010\011\000\001\002\003\004\005\006\007\010'"$1"
}
labels '\011' > "$idx/train-labels-idx1-ubyte"
folder=$("$gan" classify --net "$work/small.yaml" --data "$idx" --steps 2 -b 10 --quiet --outdir "$work/idx-runs")
equal "without a test split it says so" "$(grep -c 'training images alone' "$folder/log.txt")" 1
labels '\010' > "$idx/train-labels-idx1-ubyte"
refused "labels are a part of the data" "trained on other data" \
    "$gan" classify --resume "$folder" --steps 4 --quiet
rm "$idx/train-labels-idx1-ubyte"
refused "images without labels" "no labels" "$gan" classify --net "$work/small.yaml" --data "$idx"
verdict
