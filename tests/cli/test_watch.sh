#!/bin/sh
# test_watch.sh — the watchdog: no alarm in a training that is well, each of its alarms in trainings that
# collapse for different reasons, and a run that goes back to its best, killed at any moment of that too.
. tests/cli/checks.sh
# shellcheck disable=SC2086  # lists of words
mkdir "$work/empty"
if "$gan" eval "$work/empty" --data digits 2>&1 | grep -q OpenBLAS; then
    echo "skipped: no OpenBLAS"
    exit 0
fi
quiet_run="--data digits --device cpu --threads 1 --grid 2x2 --no-gif --sample-every 0 --save-every 0 --log-every 100"
tiny="--net tiny --limit 512 -b 16"

train() { # train OUTDIR FLAGS...
    out=$1; shift
    "$gan" train $quiet_run --outdir "$out" "$@"
}
fails() { # fails NAME TEXT COMMAND...: exit code 1, and the last line says TEXT
    check=$1 text=$2; shift 2
    capture "$@"
    if [ "$code" -eq 1 ] && tail -n 1 "$work/err" | grep -q -- "$text"; then
        ok "$check"
    else
        not_ok "$check" "$code: $(cat "$work/err")" "exit code 1, and '$text'"
    fi
}
alarms_of() { # the alarms that a run told, by their names
    sed -n 's/.* watch: step [0-9]*: .*(\([a-z_]*\); docs.*/\1/p' "$1"/0*/log.txt | sort -u | tr '\n' ' '
}
alarm() { # alarm NAME "WANTED..." FLAGS...
    name=$1 wanted=$2; shift 2
    works "$name" train "$work/$name" "$@" -q
    for each in $wanted; do
        case " $(alarms_of "$work/$name")" in
        *" $each "*) ok "$name: $each" ;;
        *) not_ok "$name: an alarm" "$(alarms_of "$work/$name")" "$each" ;;
        esac
    done
    rm -rf "${work:?}/$name"
}

works "a training that is well" train "$work/well" $tiny --steps 600 -q
equal "no alarm" "$(alarms_of "$work/well")" ""
equal "its samples are looked at" "$(grep -c '"Watch/diversity": [0-9.]*' "$work"/well/0*/stats.jsonl)" 6
works "the same unwatched" train "$work/off" $tiny --steps 600 --watch off -q
equal "its samples are not" "$(grep -c Watch "$work"/off/0*/stats.jsonl)" 0
for run in well off; do
    "$gan" sample "$work"/$run/0* -o "$work/$run.npy" --device cpu --threads 1 -q > "$work/out" 2>&1
done
same_file "watching changes nothing that is trained" "$work/well.npy" "$work/off.npy"

alarm rate unbounded $tiny --steps 300 --lr 0.1
alarm penalty unbounded $tiny --steps 300 --loss wasserstein --d-steps 5 --lr-d 0.01
alarm strong "d_floor saturated" $tiny --steps 500 --lr-d 0.005 --lr-g 1e-6
fails "not finite" "not finite at step 1;.* losses (loss) wrote it first, into 'step metrics'" \
    train "$work/nan" $tiny --steps 300 --loss lsgan --lr 1e6 -q

# 50 pictures, learned by heart; and ten times as many, which the same network does not come to know.
cat > "$work/heart.yaml" << END
name: by-heart
image: {height: 28, width: 28, channels: 1}
latent: 8
defaults: {init: glorot_uniform, leaky_relu: {slope: 0.2}, batch_norm: {epsilon: 1e-3, momentum: 0.9}}
generator: [dense: {units: 128, bias: false}, batch_norm, leaky_relu, dense: 784, reshape: [28, 28, 1], tanh]
discriminator: [flatten, dense: 128, leaky_relu, dense: 1]
train: {loss: bce, r1: 1, adam: {lr: 2e-3, beta1: 0.5, beta2: 0.999}}
END
heart="--net $work/heart.yaml -b 25 --steps 4000 --eval-every 1000 --eval-samples 100 --eval-features pixels --log-every 4000"
alarm heart copied $heart --limit 50

# D that does not learn: G finds what it takes for real. D that ceases to learn, before a G that hurries: the
# samples leave the data, and become one picture.
alarm blind g_floor --net "$work/heart.yaml" --limit 512 -b 16 --steps 400 --lr-d 0
measured="--eval-every 50 --eval-samples 50 --eval-features pixels"
alarm fall "diversity rising" $tiny --steps 800 --lr-g "1e-3 to 0.05 over 300 steps" --lr-d "1e-3 to 1e-7 over 300 steps" $measured
works "the same with steady rates" train "$work/steady" $tiny --steps 800 $measured -q
equal "no alarm with them" "$(alarms_of "$work/steady")" ""
works "the same with more pictures" train "$work/more" $heart --limit 500 -q
equal "no alarm there" "$(alarms_of "$work/more")" ""

# An alarm at what is the best so far leads back to that: four pictures, of which samples are better copies each time.
best="--net $work/heart.yaml -b 4 --limit 4 --eval-every 50 --eval-samples 40 --eval-features pixels --watch rollback -q"
works "back to where it stands" train "$work/here" $best --steps 430
here=$(cat "$work/out")
back=$(sed -n 's/.* step \([0-9]*\): .*(copied): rolled back to step \([0-9]*\), .*/\1 \2/p' "$here/log.txt" | head -n 1)
equal "an alarm at the best" "${back% *}" "${back#* }"
equal "a line of that step" "$(grep -c "^{\"step\": ${back% *},.*\"fd\"" "$here/stats.jsonl")" 1
works "in two" train "$work/two" $best --steps "${back% *}"
works "the second" train "$work/two" $best --steps 430 --resume "$(cat "$work/out")"
same_file "resumed where it stood: the same end" "$(cat "$work/out")/latest" "$here/latest"

# --watch stop
fails "an alarm that ends the run" "stopped at step 300: a loss has grown .*(unbounded)" \
    train "$work/stop" $tiny --steps 600 --lr 0.1 --watch stop -q
equal "it is saved" "$(readlink "$work"/stop/0*/latest)" checkpoints/step-00000300.safetensors
fails "and stays at its end" "stopped at step 300" \
    train "$work/stop" $tiny --steps 600 --lr 0.1 --watch stop -q --resume "$work"/stop/0*
works "but for who wants more" train "$work/stop" --steps 310 --watch off -q --resume "$work"/stop/0*
equal "it goes on" "$(readlink "$work"/stop/0*/latest)" checkpoints/step-00000310.safetensors

# --watch rollback
refuses "nothing to go back to" 2 "watch rollback: nothing is measured" train "$work/none" $tiny --watch rollback --eval-every 0
back="$tiny --lr 0.1 --eval-every 100 --eval-samples 50 --eval-features pixels --watch rollback -q"
works "a run that goes back" train "$work/r" $back --steps 500
r=$(cat "$work/out")
equal "it says so" "$(grep -c "rolled back to step .*, learning rates times 0.5 (rollback 1 of 5)" "$r/log.txt")" 1
equal "its lines are in order" "$(steps_of "$r/stats.jsonl")" "$(steps_of "$r/stats.jsonl" | tr ' ' '\n' | sort -nu | tr '\n' ' ' | sed 's/^ *//')"
equal "its statistics tell it" "$(tail -n 1 "$r/stats.jsonl" | grep -c '"Watch/rollbacks": [1-5]')" 1
cp -r "$r" "$work/500"
works "on to the end" train "$work/r" --steps 600 -q --resume "$r"
works "unbroken" train "$work/u" $back --steps 600
same_file "resumed after a rollback: the same end" "$r/latest" "$(cat "$work/out")/latest"
fails "too often" "rolling back has not helped" train "$work/t" $tiny --steps 20 --loss lsgan --lr 1e6 --eval-every 10 --eval-samples 20 \
    --eval-features pixels --watch rollback --rollbacks 2 -q --log-every 1

# Killed before, inside and after each call that changes a file.
pace="--net tiny --limit 96 -b 8 --steps 9 --log-every 1 --loss lsgan --lr 1e6 --eval-every 9 --eval-samples 20 --eval-features pixels
      --watch rollback --rollbacks 100 -q --keep 2"
go_on() { "$gan" train $quiet_run $pace --save-every 3 --outdir "$1" --resume auto 2> "$work/err"; }
quiet_run=$(echo "$quiet_run" | sed 's/--save-every 0 --log-every 100//')
whole=$(go_on "$work/whole") || not_ok "a run to compare with" "$(cat "$work/err")" "exit code 0"
[ "$(grep -c 'rolled back' "$whole/log.txt")" -ge 1 ] || not_ok "it goes back" none "a rollback"
at=0 code=137 bad=0
while [ "$code" -eq 137 ]; do
    draw 30
    at=$((at + 1 + drawn)) # a part of them, another one each time
    how=$(echo before inside after | cut -d' ' -f$((at % 3 + 1)))
    ( KILL_FOLDER=$work/killed KILL_AT=$at KILL_HOW=$how LD_PRELOAD=$tests/kill_at.so
      export KILL_FOLDER KILL_AT KILL_HOW LD_PRELOAD
      go_on "$work/killed" > "$work/out" ) 2> /dev/null
    code=$?
    : > "$work/faults"
    again=$(go_on "$work/killed") || cat "$work/err" >> "$work/faults"
    for file in "$whole"/checkpoints/*; do
        cmp "$file" "$again/checkpoints/${file##*/}" >> "$work/faults" 2>&1
    done
    [ "$(readlink "$again/best")" = "$(readlink "$whole/best")" ] || ls -l "$again" >> "$work/faults"
    steps=$(steps_of "$again/stats.jsonl")
    [ "$steps" = "$(echo "$steps" | tr ' ' '\n' | sort -nu | tr '\n' ' ' | sed 's/^ *//')" ] ||
        echo "steps: $steps" >> "$work/faults"
    if [ -s "$work/faults" ]; then
        not_ok "killed $how call $at" "$(cat "$work/faults")" "the files of an unbroken run"
        bad=$((bad + 1))
    fi
    rm -rf "$work/killed"
done
[ "$at" -gt 60 ] || not_ok "calls that change a file" "$at" "more than 60"
equal "$at kills: runs that ended otherwise" "$bad" 0
verdict
