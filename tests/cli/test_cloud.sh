#!/bin/sh
# test_cloud.sh — cloud/: each provider's notice is understood (from an imitation of its metadata
# service), a machine that is taken away leaves what the next one resumes, to the same bytes, and the
# last one is shut down. The user data is what cloud-init takes, where that is installed.
. tests/cli/checks.sh
# shellcheck disable=SC2086  # lists of words

for tool in python3 curl pkill; do
    command -v "$tool" > "$work/out" || { echo "skipped: no $tool here"; verdict; exit 0; }
done
GAN_EVERY=0.1
export GAN_EVERY
serve() { # serve PROVIDER: $GAN_METADATA, and $server to be ended
    rm -f "$work/notice" "$work/port"
    python3 tests/cli/metadata.py "$1" "$work/notice" "$work/port" &
    server=$!
    while [ ! -f "$work/port" ]; do sleep 0.05; done
    GAN_METADATA=http://127.0.0.1:$(cat "$work/port")
    export GAN_METADATA
}

while read -r provider said; do
    serve "$provider"
    sh cloud/notice.sh > "$work/said" &
    waiter=$!
    sleep 1
    kill -0 $waiter 2> "$work/err" && ok "$provider: no notice yet" ||
        not_ok "$provider: before the notice" "$(cat "$work/said")" "it waits"
    : > "$work/notice"
    if [ "$said" = nothing ]; then
        sleep 1
        kill -0 $waiter 2> "$work/err" && ok "$provider: it waits" || not_ok "$provider" "$(cat "$work/said")" "it waits"
        kill $waiter
    else
        wait $waiter
        equal "$provider: the notice" "$(cat "$work/said")" "$said"
    fi
    kill $server
done <<'END'
google Google: preempted
azure Azure: Preempt
ec2 EC2: {"action": "stop", "time": "2026-01-01T00:00:00Z"}
none nothing
END

# One machine that is given notice, and another one that takes its place.
flags="$small --steps 1500 --sample-every 0 --log-every 500 --keep 2"
"$gan" train $flags --save-every 60s --outdir "$work/alone" > "$work/out" 2> "$work/err"
cat > "$work/run.conf" <<END
GAN_FLAGS="$flags"
GAN_KEEP="$work/kept"
GAN_AT_END="touch $work/powered-off"
END
machine() { # machine NAME: its code
    GAN_CONF=$work/run.conf GAN_STATE=$work/$1 GAN_PROGRAM=$gan GAN_KEEP_EVERY=0.2 GAN_HOLD=0 \
        sh cloud/run.sh > "$work/$1.txt" 2>&1
}
last=checkpoints/step-00001500.safetensors run=00000-tiny-digits-b8
serve ec2
machine first & first=$!
while [ ! -d "$work/first/runs/$run/checkpoints" ]; do sleep 0.05; done
: > "$work/notice"
wait $first
code=$?
if [ -f "$work/kept/$run/$last" ]; then echo "the first machine was done before the notice reached it"; else
    equal "given notice: its code" "$code" 143
    equal "and why" "$(grep -c '^run: notice: EC2' "$work/first.txt")" 1
    [ ! -f "$work/powered-off" ] && ok "it is left to its provider" || not_ok "after a notice" "powered off" "left on"
fi
kill $server
rm -rf "$work/first"
serve none
machine second
equal "the next machine: its code" "$?" 0
[ -f "$work/powered-off" ] && ok "it powers off" || not_ok "at the end" "left on" "powered off"
same_file "kept: the bytes of a run left alone" "$work/kept/$run/$last" "$work/alone/$run/$last"
kill $server

# A mistake in the settings: said, kept waiting for a person, and then not paid for any longer.
rm "$work/powered-off"
sed -i 's/--loss [a-z]*//; s/GAN_FLAGS="/GAN_FLAGS="--loss none-such /' "$work/run.conf"
serve none
machine third
equal "a mistake: gan's code" "$?" 2
equal "it is said" "$(grep -c 'none-such' "$work/third.txt")" 1
[ -f "$work/powered-off" ] && ok "and the machine ends" || not_ok "after a mistake" "left on" "powered off"
kill $server

if command -v cloud-init > "$work/out"; then
    works "cloud-init takes the user data" cloud-init schema -c cloud/gan.yaml
fi
for script in cloud/*.sh; do works "sh reads $script" sh -n "$script"; done
verdict
