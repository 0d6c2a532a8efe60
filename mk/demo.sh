#!/bin/sh
# demo.sh — trains on real images until there is something to see, judges what came out, and says where the
# pictures are.
#   GAN=build/release/gan sh mk/demo.sh [MINUTES [DATA [STEPS]]]
#                 at most so long; the data set, else the first that can be had; at most so many steps
set -eu
gan=${GAN:?set GAN to the program}
minutes=${1:-5} data=${2:-} steps=${3:-1500}

# Digits, clothes, or digits that the program draws itself.
have() { "$gan" train --data "$1" --dry-run > /dev/null 2>&1; }
get() { echo "getting $1" && "$gan" data get "$1"; }
if [ -n "$data" ]; then
    :
elif have mnist || get mnist; then
    data=mnist
elif have fashion-mnist || get fashion-mnist || { sh mk/deps.sh data && have fashion-mnist; }; then
    data=fashion-mnist
else
    data=digits
    echo "no images can be had: using digits that the program draws itself"
fi

busy=$(cut -d ' ' -f 1 /proc/loadavg 2> /dev/null || true)
echo "training for $steps steps, or $minutes minutes if that is sooner (load ${busy:-unknown} on $(nproc) processors)"
run=$("$gan" train --data "$data" --steps "$steps" --max-time "$(awk "BEGIN { print $minutes * 60 }")" \
    --sample-every 10s --save-every 0 --grid 8x8 --outdir runs)
judged=$("$gan" sample "$run" --seeds 0-63 --grid 8x8 -o "$run/samples.png" --judge --quiet | tail -n 1)
"$gan" sample "$run" --interpolate 12 -o "$run/interpolation.gif" --quiet > /dev/null
echo
echo "$judged"
case $judged in
"after step $steps: "*) ;;
*) echo "The time was up before $steps steps: this machine is slow or busy. Trains longer: make demo DEMO_MINUTES=15" ;;
esac
cat << END
Look at
  $run/samples.png        64 images that the network made
  $run/reals.png          some that it learned from
  $run/progress.gif       how it got there
  $run/interpolation.gif  a walk between eight of them
Continue with
  ./gan train --resume $run --epochs 20 --max-time 0
END
