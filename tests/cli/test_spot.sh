#!/bin/sh
# test_spot.sh — a provider that takes the instance away again and again, by SIGTERM or by nothing at
# all, and a service manager that starts the command of examples/gan-train.service every time: the run
# ends in the same bytes as one that was left alone.
. tests/cli/checks.sh
# shellcheck disable=SC2086  # $small and $GAN_FLAGS are lists of words

unit=examples/gan-train.service
GAN_FLAGS="$small --steps 2000 --sample-every 0 --log-every 500 --keep 2"
line=$(sed -n 's/^ExecStart=//p' "$unit" | sed "s|/usr/local/bin/gan|$gan|; s|/var/lib/gan|$work|")

setting() { # setting KEY: of the unit
    sed -n "s/^$1=//p" "$unit"
}
equal "the signal" "$(setting KillSignal)" SIGTERM
if [ "$(setting TimeoutStopSec)" -lt 30 ]; then ok "within the shortest notice"; else
    not_ok "within the shortest notice" "$(setting TimeoutStopSec)" "less than 30"; fi
equal "what is not tried again" "$(setting RestartPreventExitStatus)" "2 65 66 73"
equal "the command resumes" "$(echo "$line" | grep -c -- '--resume auto --save-every 60s \$GAN_FLAGS$')" 1
if command -v systemd-analyze > /dev/null 2>&1; then
    # the program need not be installed here, nor a driver's service be there
    systemd-analyze verify "$PWD/$unit" > "$work/verified" 2>&1 || true
    equal "systemd reads it" "$(grep -F gan-train.service "$work/verified" | grep -vc 'is not executable')" 0
fi

# Time between saves is the unit's minute, cut down as the run is.
command=$(echo "$line" | sed 's/--save-every 60s/--save-every 0.02s/')
began=$(date +%s%N)
"$gan" train $GAN_FLAGS --save-every 0.02s --outdir "$work/alone" > "$work/out" 2> "$work/err"
took=$((($(date +%s%N) - began) / 1000000 + 1))
unbroken=$(cat "$work/out")
stops="" lives=0
while [ "$lives" -lt 60 ]; do
    lives=$((lives + 1)) # each a little longer: a machine that slows down gets through too
    # exec: the process that is signalled is the program
    eval "exec $command" > "$work/out" 2> "$work/err" &
    running=$!
    draw $((took / 10 + 1))
    life=$((took / 20 + drawn + took * lives / 80))
    sleep "$((life / 1000)).$(printf %03d $((life % 1000)))"
    draw 2
    if [ "$drawn" -eq 0 ]; then signal=TERM; else signal=KILL; fi
    kill -$signal "$running" 2> /dev/null
    wait "$running" 2> /dev/null
    code=$?
    stops="$stops $signal:$code"
    case $code in
    0) break ;;
    143) [ $signal = TERM ] || not_ok "the end by $signal" "$code" 137 ;;
    137) [ $signal = KILL ] || not_ok "the end by $signal" "$code" 143 ;;
    *) not_ok "the end by $signal" "$code: $(cat "$work/err")" "0, 137 or 143" ;;
    esac
done
equal "it ends (${stops# })" "$code" 0
resumed=$(cat "$work/out")
last=checkpoints/step-00002000.safetensors
same_file "the same bytes as left alone" "$resumed/$last" "$unbroken/$last"
# a life that ends before its first save leaves a folder with nothing to go on from
saved=0
for folder in "$work"/runs/*/checkpoints; do
    [ -z "$(find "$folder" -name 'step-*')" ] || saved=$((saved + 1))
done
equal "one run folder that was gone on with" "$saved" 1
verdict
