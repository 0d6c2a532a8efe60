#!/bin/sh
# test_options.sh — where a setting comes from: flag, environment, file, network, default, in this
# order; and what --dry-run, --config and --json make of it.
. tests/cli/checks.sh
# shellcheck disable=SC2086  # $small is a list of words

# plan FLAGS...: the settings that a run would have, and "steps N in all", on standard output.
plan() { "$gan" train $small --dry-run "$@" 2> "$work/err"; }
setting() { sed -n "s/^  $1: //p"; }

equal "a default" "$(plan | setting log_every)" 50
equal "the network before the default" "$(plan | setting lr_g)" 0.001
echo "log_every: 7
lr_g: 0.5
keep: 9" > "$work/file.yaml"
equal "a file before the network" "$(plan -c "$work/file.yaml" | setting lr_g)" 0.5
GAN_LOG_EVERY=8 GAN_LR_G=0.25
export GAN_LOG_EVERY GAN_LR_G
equal "the environment before a file" "$(plan -c "$work/file.yaml" | setting log_every)" 8
equal "a flag before the environment" "$(plan -c "$work/file.yaml" --log-every 9 | setting log_every)" 9
equal "a file for what is not set otherwise" "$(plan -c "$work/file.yaml" | setting keep)" 9
equal "--lr stands for both rates" "$(plan --lr 0.125 | setting 'lr_[gd]' | tr '\n' ' ')" "0.125 0.125 "
equal "but not for one of the same source" \
    "$(plan --lr 0.125 --lr-d 0.75 | setting 'lr_[gd]' | tr '\n' ' ')" "0.125 0.75 "
equal "the last of a flag that is given twice" "$(plan --log-every 3 --log-every 4 | setting log_every)" 4
equal "the last of a switch and its contrary" "$(plan --flip --no-flip | setting flip)" false
GAN_LOG_EVERY=
equal "an empty variable is none" "$(plan | setting log_every)" 50
unset GAN_LOG_EVERY GAN_LR_G
GAN_DATA=$work
export GAN_DATA
equal "GAN_DATA is a folder to look in" "$(plan | setting data)" digits
unset GAN_DATA

# How long: --epochs and --steps say one thing.
steps() { sed -n 's/^steps  *\([0-9]*\) in all/\1/p'; }
equal "epochs of the network" "$(plan | steps)" 24
equal "--epochs" "$(plan --epochs 3 | steps)" 36
equal "--steps" "$(plan --steps 5 | steps)" 5
echo "epochs: 4" > "$work/epochs.yaml"
echo "steps: 6" > "$work/steps.yaml"
equal "--steps before a file's epochs" "$(plan -c "$work/epochs.yaml" --steps 5 | steps)" 5
equal "--epochs before a file's steps" "$(plan -c "$work/steps.yaml" --epochs 1 | steps)" 12
refuses "both of one source" 2 "give --epochs or --steps, not both" plan --epochs 1 --steps 1
equal "the most epochs" "$(plan --epochs 1000000000 | steps)" 12000000000
equal "the most steps" "$(plan --steps 1000000000000000 | steps)" 1000000000000000
equal "a batch of many epochs" "$(plan --epochs 3 --batch-size 100 | steps)" 3
equal "a batch of part of one" "$(plan --epochs 1 --batch-size 97 | steps)" 1
for flag in batch-size nz; do
    equal "--$flag" "$(plan --$flag 5 | setting "$(echo $flag | tr - _)")" 5
done

# --dry-run and --print-program write nothing.
works "--dry-run" "$gan" train $small --dry-run --outdir "$work/none"
grep -q '^memory  *state .*activations' "$work/out" || not_ok "--dry-run: memory" "$(cat "$work/out")" ""
works "--print-program" "$gan" train $small --print-program --outdir "$work/none"
grep -q 'conv' "$work/out" || not_ok "--print-program: operations" "$(cat "$work/out")" "conv"
equal "nothing is written" "$(ls "$work" | grep none)" ""

# Flags that make no difference beside the others are told; keys of a file, for many runs, are not.
idle() { # idle FLAGS...: of which it is told
    "$gan" train $small --no-quiet --steps 4 --no-gif --outdir "$work/idle" "$@" 2>&1 > "$work/out" |
        sed -n 's/^\(--[a-z-]*\) makes no difference: .*/\1/p' | tr '\n' ' '
}
equal "flags that something reads" "$(idle --ema 0.9 --no-ema-warmup --bn-batch 8 --bn-batches 2 \
    --eval-every 4 --eval-samples 10 --eval-features pixels --watch rollback --rollbacks 2)" ""
equal "flags that nothing reads" "$(idle --no-ema-warmup --no-precise-bn --bn-batch 8 --bn-batches 2 \
    --eval-every 0 --eval-samples 10 --eval-features pixels --rollbacks 2 --reschedule)" \
    "--rollbacks --eval-samples --eval-features --reschedule --ema-warmup --bn-batches --bn-batch "
echo "rollbacks: 2" > "$work/idle.yaml"
equal "a key that nothing reads" "$(idle -c "$work/idle.yaml")" ""
updates() { "$gan" train $small --no-quiet --no-gif --outdir "$work/idle" "$@" 2>&1 | grep -c "never updated"; }
equal "a run with no update of G" "$(updates --d-steps 5 --steps 4) $(updates --d-steps 4 --steps 4)" "1 0"
for part in "--max-time 0.000001|ends at step 0: the time is over (--max-time 1e-06)" "--lr 1e7|above 1000000"; do
    "$gan" train $small --no-quiet --steps 4 --no-gif --outdir "$work/idle" ${part%%|*} > "$work/out" 2> "$work/err"
    grep -qF "${part#*|}" "$work/err" || not_ok "train ${part%%|*}" "$(cat "$work/err")" "${part#*|}"
done
refuses "no memory for --eval-samples: at once" 71 "--eval-samples 1000000000: no memory" "$gan" train $small \
    --steps 4 --eval-every 2 --eval-samples 1000000000 --eval-features pixels --outdir "$work/room"
equal "no memory for --eval-samples: no folder" "$(ls "$work/room" 2> /dev/null)" ""

# A run's config.yaml makes the same run again, and may be changed by flags.
works "a run" "$gan" train $small --epochs 1 --flip --ema 0.5 --loss hinge --log-every 0.5e --outdir "$work/a"
a=$(cat "$work/out")
works "its config.yaml again" "$gan" train -c "$a/config.yaml" --outdir "$work/b" --quiet
b=$(cat "$work/out")
same_file "its config.yaml again: the same checkpoint" "$b/latest" "$a/latest"
same_file "its config.yaml again: itself" "$b/config.yaml" "$a/config.yaml"
works "its config.yaml with --steps" "$gan" train -c "$a/config.yaml" --steps 2 --outdir "$work/c" --quiet
c=$(cat "$work/out")
equal "its config.yaml with --steps: how long" "$(readlink "$c/latest")" checkpoints/step-00000002.safetensors
works "that config.yaml again" "$gan" train -c "$c/config.yaml" --outdir "$work/d" --quiet
echo "log_evry: 3" > "$work/bad.yaml"
refuses "an unknown key" 65 "bad.yaml:1.*log_evry.*log_every" "$gan" train $small -c "$work/bad.yaml"
echo "steps: many" > "$work/bad.yaml"
refuses "a bad value" 65 "bad.yaml:1.*steps.*many" "$gan" train $small -c "$work/bad.yaml"
for key in $(settings_table | cut -d' ' -f1); do
    case $key in
    net | data | outdir | resume | tune_file | eval_features | init | init_only | init_sha256) echo "$key: ''" ;;
    *) echo "$key: '@'" ;;
    esac > "$work/bad.yaml"
    refuses "a bad value of $key" 65 "bad.yaml:1:$((${#key} + 3)): $key: " "$gan" train -c "$work/bad.yaml" --dry-run
    equal "a bad value of $key: named once" "$(grep -c "$key: *$key" "$work/err")" 0
done
printf 'epochs: 3\nsteps: 4\n' > "$work/bad.yaml"
refuses "a length given twice" 65 "bad.yaml:2:8: steps: give epochs or steps" "$gan" train -c "$work/bad.yaml" --dry-run
sed '/^  loss:/d; s/^train:/train:\n  loss: bse/' data/nets/tiny.yaml > "$work/bad.yaml"
refuses "a network's loss" 65 "network tiny: train: loss: unknown loss 'bse'" "$gan" train --net "$work/bad.yaml" --data digits --dry-run
echo "- 3" > "$work/bad.yaml"
refuses "a list" 65 "bad.yaml:1" "$gan" train $small -c "$work/bad.yaml"
echo "a: [" > "$work/bad.yaml"
refuses "no YAML" 65 "bad.yaml:" "$gan" train $small -c "$work/bad.yaml"
refuses "no file" 66 "nowhere.yaml" "$gan" train $small -c "$work/nowhere.yaml"
(GAN_BATCH_SIZE=x; export GAN_BATCH_SIZE
refuses "a bad variable" 2 "environment variable GAN_BATCH_SIZE: batch_size: 'x'" \
    "$gan" train --net tiny --data digits --limit 96 --quiet; exit $failures) || failures=$((failures + 1))

# A run takes its number of threads along, whatever the machine offers later.
if command -v taskset > /dev/null && taskset -c 0 true 2> /dev/null; then
    free=$(echo "$small" | sed 's/--threads 1//; s/--quiet//')
    works "a run on one processor" taskset -c 0 "$gan" train $free --steps 2 --outdir "$work/e"
    works "and on as many as there are" "$gan" train $free --steps 4 --outdir "$work/e" --resume auto
    equal "and on as many as there are: what is told" "$(grep -c bit-exact "$work/err")" 0
else
    echo "skipped: there is no taskset, or processor 0 is not ours"
fi

# --json and --help.
works "--json" "$gan" train $small --steps 2 --json --outdir "$work/f"
equal "--json: one object of one line" "$(grep -c '^{"folder": ".*", "checkpoint": ".*", "step": 2, .*}$' "$work/out")$(wc -l < "$work/out")" 11
works "--dry-run --json" "$gan" train $small --steps 5 --dry-run --json --outdir "$work/none"
equal "--dry-run --json: one object of one line" \
    "$(grep -c '^{"net": "tiny", "image": \[28, 28, 1\], .*"layer": "dense0", "from": \["input"\], "output": \[1, 1, 392\], "parameters": 6272}.*"checkpoint": null, .*"lr_g": 0.001,.*"images": 96,.*"steps": 5, .*"bytes_moved": [0-9.]*}$' "$work/out")$(wc -l < "$work/out")" 11
equal "--dry-run --json: writes nothing" "$(ls "$work" | grep none)" ""
refuses "--print-program --json" 2 "prints text only" "$gan" train $small --print-program --json
"$gan" train --help > "$work/help" 2>&1
for loss in $(sed -n 's/^GAN_LOSS(\([a-z_]*\),.*/\1/p' src/program/losses.def); do
    if grep -- '--loss' "$work/help" | grep -qw "$loss"; then ok "help names the loss $loss"
    else not_ok "help names the loss $loss" "$(grep -- '--loss' "$work/help")" "its name"; fi
done
for command in "" train sample data verify; do
    works "gan $command --help" "$gan" $command --help
    [ -s "$work/out" ] && [ ! -s "$work/err" ] || not_ok "gan $command --help" "$(cat "$work/err")" "text"
done
for flag in $(settings_table | cut -d' ' -f1 | tr _ -); do
    "$gan" train --help | grep -q -- "--$flag " || not_ok "--help of --$flag" none "a line"
done
equal "--help: a default" "$("$gan" train --help | sed -n 's/.*--keep N .*(default \(.*\))/\1/p')" 3
works "gan help train" "$gan" help train
equal "gan help train: whose" "$(head -n 1 "$work/out" | cut -c1-16)" "usage: gan train"
works "gan help" "$gan" help
refuses "gan hlep" 2 "unknown command 'hlep' (did you mean 'help'?)" "$gan" hlep
refuses "gan help nosuch" 2 "no command or topic 'vrify' (did you mean 'verify'?)" "$gan" help vrify
works "--version" "$gan" --version
# Variables of the environment that nothing reads are told; all that something reads are known.
words() { grep -c "nothing reads the environment variable" "$work/err"; }
works "a slip in a variable's name" env GAN_BATCHSIZE=8 GAN_TUNEFILE= GAN_QUITE_ANOTHER=1 XGAN_A=1 "$gan" data list
equal "a slip: one line each" "$(words)" 3
equal "with the nearest name" "$(grep -c "variable GAN_BATCHSIZE (did you mean 'GAN_BATCH_SIZE'?)$" "$work/err")" 1
works "silent when asked" env GAN_BATCHSIZE=8 "$gan" train $small --steps 1 --outdir "$work/silent"
equal "silent: no line" "$(cat "$work/err")" ""
read_somewhere=$(grep -rhoE 'getenv\("GAN_[A-Z0-9_]*"\)' src kernels tests --include=*.[ch] --include=*.cc | sed 's/.*"\(.*\)".*/\1/' | sort -u)
settings=$(settings_table | awk '{ print "GAN_" toupper($1) }')
set --
for name in $read_somewhere $settings GAN_CHECK_SHORT; do
    set -- "$@" "$name="
done
works "every variable that is read, at once" env "$@" "$gan" data list
equal "every one is known ($#)" "$(words) $(grep -h environment "$work/err")" "0 "
verdict
