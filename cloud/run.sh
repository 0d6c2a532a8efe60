#!/bin/sh
# run.sh — trains on a rented machine by the settings of /etc/gan/run.conf: brings back what an earlier
# machine kept, resumes it, keeps results elsewhere every minute, and ends saved when the provider gives
# notice or the machine shuts down. Ends with gan's own exit code; 143: by a notice or a signal.
#
# What is kept is whole at any moment: gan writes a file beside, syncs it and renames it.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "${GAN_CONF:-/etc/gan/run.conf}"
state=${GAN_STATE:-/var/lib/gan}
runs=$state/runs
mkdir -p "$runs"
say() { echo "run: $*"; }

# `latest` is a link, which no bucket knows; gan makes it anew.
copy() { # copy FROM TO
    case $1$2 in
    *s3://*) aws s3 sync --only-show-errors --exclude '*/latest' "$1" "$2" ;;
    *gs://*) gcloud storage rsync --recursive --exclude='(^|/)latest$' "$1" "$2" ;;
    *blob.core.windows.net*) azcopy sync "$1" "$2" --exclude-pattern latest --log-level ERROR ;;
    *) mkdir -p "$2" && { if command -v rsync > /dev/null; then rsync -a "$1/" "$2/"; else cp -a "$1/." "$2/"; fi; } ;;
    esac
}
keep() {
    [ -z "${GAN_KEEP:-}" ] || copy "$runs" "$GAN_KEEP" || say "could not keep results in $GAN_KEEP"
}

train='' watch=''
stop() { # a signal: gan saves and ends within a step
    [ -z "$train" ] || kill -TERM "$train" 2> /dev/null
}
trap stop TERM INT

[ -z "${GAN_KEEP:-}" ] || copy "$GAN_KEEP" "$runs" || say "nothing to bring back from $GAN_KEEP"
[ -z "${GAN_FETCH:-}" ] || copy "$GAN_FETCH" "$state/data" || { say "could not fetch $GAN_FETCH"; exit 66; }
if [ "${GAN_CHECK:-no}" = yes ] && [ -f "$here/../mk/kit.mk" ] && [ ! -f "$runs/check-gpu.txt" ]; then
    make -C "$here/.." check-gpu > "$runs/check-gpu.part" 2>&1
    say "check-gpu ended with $?: check-gpu.txt"
    mv "$runs/check-gpu.part" "$runs/check-gpu.txt"
    keep
fi

# shellcheck disable=SC2086  # flags are words
"${GAN_PROGRAM:-gan}" train --outdir "$runs" --resume auto --save-every "${GAN_SAVE_EVERY:-60s}" $GAN_FLAGS &
train=$!
(said=$(sh "$here/notice.sh") && say "notice: $said" && kill -TERM "$train") &
watch=$!
(while sleep "${GAN_KEEP_EVERY:-60}"; do keep; done) &
keeper=$!
wait "$train"; code=$?
while kill -0 "$train" 2> /dev/null; do wait "$train"; code=$?; done # a signal ends `wait`, not yet gan
# their own children too: a sleep, a curl, a copy that is under way
for job in "$watch" "$keeper"; do pkill -P "$job" 2> /dev/null; kill "$job" 2> /dev/null; done
keep
case $code in
0) say "training is done" ;;
130 | 143) say "stopped and saved; the next start resumes"; exit 143 ;;
*) say "gan ended with $code; the machine stays on for ${GAN_HOLD:-600} seconds"; sleep "${GAN_HOLD:-600}" ;;
esac
${GAN_AT_END:-true}
exit "$code"
