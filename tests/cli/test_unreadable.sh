#!/bin/sh
# test_unreadable.sh — a run that is there and cannot be read is not taken for none: resume, and
# sampling, end with an error that names it, and touch nothing. Only what is damaged or foreign is
# passed over, and that is said. Permissions mean nothing to root, so calls fail by fail_at.c.
. tests/cli/checks.sh
# shellcheck disable=SC2086  # $first is a list of words
run=00000-tiny-digits-b8
first="$small --steps 9 --save-every 3"
a=$work/a/$run
last=step-00000009.safetensors

content() { (cd "$work/a" && find . | sort && find . -type f | sort | xargs cksum); }
words_of() {
    case $1 in
    EACCES) echo "Permission denied" ;; EIO) echo "Input/output error" ;;
    ENOMEM) echo "Cannot allocate memory" ;; ESTALE) echo "Stale file handle" ;;
    ELOOP) echo "Too many levels of symbolic links" ;; EMFILE) echo "Too many open files" ;;
    esac
}

works "a run" "$gan" train $first --outdir "$work/a"
before=$(content)

# Every place that is looked at, by every reason; the exit code is the first that fits: CALL PATH NAMED
for reason in EACCES:66 EIO:74 ENOMEM:71 ESTALE:74 ELOOP:66 EMFILE:74; do
    code_of=${reason#*:} reason=${reason%:*}
    for place in "open $last" "stat $work/a\$" "list $work/a\$" "stat $run/checkpoints" \
        "list $run/checkpoints\$" "read $last"; do
        call=${place%% *} path=${place#* } wanted=$code_of
        [ "$call$code_of" = read71 ] || [ "$call" != read ] || wanted=74 # the file is open: what fails is the disk
        named=${path%\$}
        refuses "auto, $call $named, $reason" "$wanted" "$named.*: $(words_of $reason)" \
            failing "$call" "$path" $reason "$gan" train $first --steps 12 --outdir "$work/a" --resume auto
        case $place in *"$work/a\$"*) continue ;; esac
        refuses "by path, $call $named, $reason" "$wanted" "$named.*: $(words_of $reason)" \
            failing "$call" "$path" $reason "$gan" train --resume "$a" --steps 12 --quiet
        refuses "sample, $call $named, $reason" "$wanted" "$named.*: $(words_of $reason)" \
            failing "$call" "$path" $reason "$gan" sample "$a" --seeds 1 -o "$work/x.png" --device cpu --quiet
    done
done
refuses "a checkpoint by its path" 66 "$last: Permission denied" \
    failing open $last EACCES "$gan" train --resume "$a/checkpoints/$last" --steps 12 --quiet
refuses "a run folder by its path" 66 "$a: Permission denied" \
    failing stat "$run\$" EACCES "$gan" train --resume "$a" --steps 12 --quiet
refuses "the settings beside a checkpoint" 74 "config.yaml: Input/output error" \
    failing stat config.yaml EIO "$gan" train --resume "$a/checkpoints/$last" --steps 12 --quiet
equal "every file is as it was" "$(content)" "$before"
: > "$work/tune.yaml"
refuses "a tune to add to" 74 "tune.yaml: Input/output error" failing stat tune.yaml EIO \
    "$gan" bench --tune --tune-file "$work/tune.yaml" --net tiny --data digits --batch-sizes 8 --device cpu --threads 1 --quiet

# What is no checkpoint at all is passed over, and said.
ln -s nowhere "$a/checkpoints/step-00000099.safetensors"
mkdir "$a/checkpoints/step-00000098.safetensors"
mkfifo "$a/checkpoints/step-00000097.safetensors"
: > "$work/a/00009-notes"
ln -s nowhere "$work/a/00010-gone"
loud=$(echo "$first" | sed 's/ --quiet//')
works "things that are no checkpoints" "$gan" train $loud --steps 10 --outdir "$work/a" --resume auto
equal "things that are no checkpoints: said" "$(sed -n 's/.*passed over:.*step-000000\(9[0-9]\).*/\1/p' "$work/err" | tr '\n' ' ')" "99 98 97 "
equal "things that are no checkpoints: the run" "$(cat "$work/out")" "$a"

# Settings of a version to come.
works "a run of now" "$gan" train $first --outdir "$work/b"
for file in "$work/b/$run"/checkpoints/*; do reseal "$file" 's/ema_warmup: true/ema_future: true/'; done
works "settings that are unknown" "$gan" train $loud --outdir "$work/b" --resume auto
equal "settings that are unknown: a new run" "$(cat "$work/out")" "$work/b/00001${run#00000}"
grep -q "passed over: .*b/$run/.*unknown key 'ema_future'" "$work/err" ||
    not_ok "settings that are unknown: said" "$(cat "$work/err")" "passed over, and why"
verdict
