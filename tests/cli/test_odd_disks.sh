#!/bin/sh
# test_odd_disks.sh — disks that lack something: symbolic links, locks, the sync of a folder, renaming
# over a file. A run trains, goes on and ends there in the same bytes.
. tests/cli/checks.sh
# shellcheck disable=SC2086  # $many and $loud are lists of words
run=00000-tiny-digits-b8
many="$small --save-every 1 --sample-every 2 --keep 2"
loud=$(echo "$many" | sed 's/ --quiet//')

works "a run" "$gan" train $many --steps 6 --outdir "$work/whole"
end=$work/whole/$run/checkpoints/step-00000006.safetensors

# lives NAME CALLS PATH REASON: a run and its continuation, by auto, where these calls fail.
lives() {
    rm -rf "$work/a" "$work/refused"
    works "$1: a run" failing "$2" "$3" "$4" "$gan" train $loud --steps 3 --outdir "$work/a"
    cp "$work/err" "$work/first-err"
    works "$1: it goes on" failing "$2" "$3" "$4" "$gan" train $many --steps 6 --outdir "$work/a" --resume auto
    equal "$1: in its folder" "$(cat "$work/out")" "$work/a/$run"
    same_file "$1: the end" "$work/a/$run/checkpoints/step-00000006.safetensors" "$end"
    equal "$1: what is kept" "$(ls "$work/a/$run/checkpoints" | tr '\n' ' ')" \
        "step-00000005.safetensors step-00000006.safetensors "
    equal "$1: nothing is left" "$(find "$work/a" -name '*gan-tmp')" ""
    [ -s "$work/refused" ] || not_ok "$1" "no call failed" "some do"
}

# No symbolic links: latest is a text, and is followed as the link is.
for reason in EPERM EOPNOTSUPP ENOSYS; do
    lives "no links, $reason" symlink "" $reason
    equal "no links, $reason: latest" "$(cat "$work/a/$run/latest")" checkpoints/step-00000006.safetensors
done
refuses "no links: a latest that leads nowhere" 66 "checkpoints/step-00000005.safetensors: No such file" sh -c \
    'cd "$0" && cp latest kept && echo checkpoints/step-00000005.safetensors > latest && mv checkpoints/step-00000005* . &&
    "$1" sample latest --quiet --device cpu -o x.png' "$work/a/$run" "$gan"
(cd "$work/a/$run" && mv kept latest && mv step-00000005.safetensors checkpoints)
works "no links: samples of latest" "$gan" sample "$work/a/$run/latest" --seeds 1 -o "$work/a.npy" --quiet --device cpu
works "links: samples of latest" "$gan" sample "$work/whole/$run/latest" --seeds 1 -o "$work/b.npy" --quiet --device cpu
same_file "no links: samples of latest are its checkpoint's" "$work/a.npy" "$work/b.npy"
works "no links: on from latest" failing symlink "" EPERM \
    "$gan" train --resume "$work/a/$run/latest" --steps 7 --quiet
equal "no links: on from latest, in its folder" "$(cat "$work/out")" "$work/a/$run"
works "links again" "$gan" train --resume "$work/a/$run/latest" --steps 8 --quiet
equal "links again: latest" "$(readlink "$work/a/$run/latest")" checkpoints/step-00000008.safetensors

# Killed inside every call that concerns the text.
kill_at() { # kill_at N HOW: and what comes of it
    KILL_FOLDER=$work/k KILL_AT=$1 KILL_HOW=$2 KILL_LOG=$work/calls FAIL_CALLS=symlink FAIL_ERRNO=EPERM \
        LD_PRELOAD="$tests/fail_at.so $tests/kill_at.so" "$gan" train $many --steps 6 --outdir "$work/k" --resume auto
}
{ kill_at 0 never; } > "$work/out" 2>&1
cp "$work/calls" "$work/all-calls"
kills=0
for at in $(sed -n '/symlink/d; s/ .*latest.*//p' "$work/all-calls" | tail -n 14); do
    kills=$((kills + 1))
    how=$(echo before inside after | cut -d' ' -f$((kills % 3 + 1)))
    rm -rf "$work/k"
    { kill_at "$at" $how; } > "$work/out" 2>&1
    equal "killed $how call $at, $(sed -n "${at}s/ .*\// /p" "$work/all-calls")" "$?" 137
    capture failing symlink "" EPERM "$gan" train $many --steps 6 --outdir "$work/k" --resume auto
    cmp -s "$work"/k/*/checkpoints/step-00000006.safetensors "$end" &&
        [ "$(cat "$work"/k/*/latest)" = checkpoints/step-00000006.safetensors ] &&
        [ -z "$(find "$work/k" -name '*gan-tmp')" ] || not_ok "the end after it" "$(find "$work/k")" "that of $end"
done
[ "$kills" -ge 12 ] || not_ok "kills at a text" "$kills" "12 or more"

# No locks: said once, and done without. Only who holds a lock keeps another out.
for reason in ENOLCK ENOSYS EOPNOTSUPP EINVAL; do
    lives "no locks, $reason" lock "" $reason
    equal "no locks, $reason: said once" "$(grep -c "$run cannot be locked (" "$work/first-err")" 1
    equal "no locks, $reason: in the log" "$(grep -c "cannot be locked (" "$work/a/$run/log.txt")" 2
done
refuses "a lock that another holds" 1 "another process is training in this folder" \
    failing lock "lock\$" EWOULDBLOCK "$gan" train --resume "$work/a/$run" --steps 7 --quiet
touch "$work/a/$run/.young.1.0.gan-tmp"
touch -d '2 hours ago' "$work/a/$run/.old.1.0.gan-tmp"
works "no locks: what a killed process left" failing lock "" ENOLCK "$gan" train --resume "$work/a/$run" --steps 7 --quiet
equal "no locks: what a killed process left, after an hour" "$(cd "$work/a/$run" && ls .*.gan-tmp)" .young.1.0.gan-tmp

# Syncs that are not there; one that fails is an error.
for reason in EINVAL ENOSYS EOPNOTSUPP; do lives "no sync, $reason" fsync "" $reason; done
for reason in EACCES EPERM; do lives "no sync of folders, $reason" fsync "checkpoints\$" $reason; done
for path in checkpoints "$run" stats.jsonl; do
    rm -rf "$work/a"
    capture failing fsync "$path\$" EIO "$gan" train $many --steps 3 --outdir "$work/a"
    equal "a sync of $path that fails" "$code $(grep -c "$path.*: Input/output error" "$work/err")" "74 1"
done

# No renaming over a file: the settings, latest, a checkpoint that is written again.
for reason in EEXIST EPERM; do
    lives "no renaming over a file, $reason" rename "" $reason
    cp "$work/whole/$run/checkpoints/step-00000006.safetensors" "$work/good"
    head -c 1000 "$work/good" > "$work/a/$run/checkpoints/step-00000006.safetensors"
    works "no renaming over a file, $reason: a damaged one" failing rename "" $reason \
        "$gan" train --resume "$work/a/$run" --steps 6 --quiet
    same_file "no renaming over a file, $reason: is replaced" "$work/a/$run/checkpoints/step-00000006.safetensors" "$end"
    equal "no renaming over a file, $reason: nothing is left" "$(find "$work/a" -name '*gan-tmp')" ""
done
lives "no size of the disk" statvfs "" ENOSYS
verdict
