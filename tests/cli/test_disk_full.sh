#!/bin/sh
# test_disk_full.sh — a disk that is full, and a limit on the size of files: the run ends with exit code
# 74, what was whole stays whole, nothing half-written is left, and the run goes on when there is room.
. tests/cli/checks.sh
# shellcheck disable=SC2086  # $small and $many are lists of words
run=00000-tiny-digits-b8
many="$small --steps 9 --save-every 1 --sample-every 3 --keep 0"

works "a run with room" "$gan" train $many --outdir "$work/whole"
whole=$work/whole/$run

# compare NAME FOLDER: every checkpoint and grid that is there is the unbroken run's.
compare() {
    for file in "$2"/checkpoints/* "$2"/samples/*; do
        [ ! -e "$file" ] || cmp "$file" "$whole${file#"$2"}"
    done > "$work/differences" 2>&1
    equal "$1: what is there is whole" "$(cat "$work/differences")" ""
    equal "$1: nothing half-written" "$(find "$2" -name '*gan-tmp')" ""
}

# Files of at most 100 KiB: the statistics fit, a checkpoint does not.
limited() { sh -c 'ulimit -f 200; exec "$@"' sh "$@"; }
capture limited "$gan" train $many --outdir "$work/a"
equal "a limit on files: exit code" "$code" 74
equal "a limit on files: one line, with what to know" "$(grep -c "^gan train: cannot write \
$work/a/$run/checkpoints/step-00000001.safetensors: File too large .*; nothing was replaced\. Last good \
checkpoint: none yet$" "$work/err")$(wc -l < "$work/err")" 11
compare "a limit on files" "$work/a/$run"
works "without it" "$gan" train $many --steps 2 --outdir "$work/b"
before=$(cksum "$work/b/$run"/checkpoints/*)
capture limited "$gan" train --resume "$work/b/$run" --steps 9 --quiet
equal "a limit on a run that goes on: exit code" "$code" 74
grep -q "Last good checkpoint: $work/b/$run/checkpoints/step-00000002.safetensors$" "$work/err" ||
    not_ok "a limit on a run that goes on: what is told" "$(cat "$work/err")" "the last good checkpoint"
equal "a limit on a run that goes on: checkpoints" "$(cksum "$work/b/$run"/checkpoints/*)" "$before"
works "and without it again" "$gan" train --resume "$work/b/$run" --steps 9 --quiet
same_file "and without it again: the end" "$work/b/$run/latest" "$whole/latest"
capture limited "$gan" sample "$whole" --seeds 0-63 -o "$work/x.npy" --device cpu --quiet
equal "a limit on samples: exit code" "$code" 74
equal "a limit on samples: no file" "$(ls "$work" | grep x.npy)" ""

# A disk of one megabyte.
disk=$work/disk
mkdir "$disk"
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=1m tmpfs "$disk" 2> /dev/null; then
    trap 'umount "$disk"; clean_up' EXIT
    capture "$gan" train $many --outdir "$disk"
    equal "a full disk: exit code" "$code" 74
    grep -q "cannot write $disk/.*\(the disk is full\|No space left\).*Last good checkpoint: $disk/" "$work/err" ||
        not_ok "a full disk: what is told" "$(cat "$work/err")" "that it is full"
    compare "a full disk" "$disk/$run"
    saved=$(ls "$disk/$run/checkpoints" | wc -l)
    if [ "$saved" -ge 2 ]; then ok "a full disk: what is saved"; else not_ok "saved" "$saved" "2 or more"; fi
    capture "$gan" train $many --outdir "$disk" --resume auto
    equal "a disk that is still full: exit code" "$code" 74
    compare "a disk that is still full" "$disk/$run"
    equal "a disk that is still full: checkpoints" "$(ls "$disk/$run/checkpoints" | wc -l)" "$saved"
    head -c 2000000 /dev/zero > "$disk/filler" 2> /dev/null
    capture "$gan" sample "$disk/$run" --seeds 0-63 -o "$disk/x.npy" --device cpu --quiet
    equal "samples on a full disk: exit code" "$code" 74
    equal "samples on a full disk: no file" "$(ls -A "$disk" | grep x.npy)" ""
    capture "$gan" train $many --seed 2 --outdir "$disk"
    if [ "$code" -eq 74 ] || [ "$code" -eq 73 ]; then
        ok "a run on a full disk"
    else
        not_ok "a run on a full disk: exit code" "$code" "73 or 74"
    fi
    rm "$disk/filler"
    mount -o remount,size=16m "$disk"
    works "a larger disk" "$gan" train $many --outdir "$disk" --resume auto
    compare "a larger disk" "$disk/$run"
    same_file "a larger disk: the end" "$disk/$run/latest" "$whole/latest"
    equal "a larger disk: lines" "$(steps_of "$disk/$run/stats.jsonl" | wc -w)" \
        "$(steps_of "$disk/$run/stats.jsonl" | tr ' ' '\n' | grep . | sort -u | wc -l)"
else
    echo "skipped: a small disk cannot be mounted here"
fi
verdict
