#!/bin/sh
# demo.sh — trains for a minute on real images and says where the pictures are.
#   GAN=build/release/gan sh mk/demo.sh [seconds]
set -eu
gan=${GAN:?set GAN to the program}
seconds=${1:-60}

# The first data set that can be had: digits, clothes, or digits that the program draws itself.
have() { "$gan" train --net mnist-quick --data "$1" --dry-run > /dev/null 2>&1; }
get() { echo "getting $1" && "$gan" data get "$1"; }
data=digits
if have mnist || get mnist; then
    data=mnist
elif have fashion-mnist || get fashion-mnist || { sh mk/deps.sh data && have fashion-mnist; }; then
    data=fashion-mnist
fi
[ "$data" = digits ] && echo "no images can be had: using digits that the program draws itself"

run=$("$gan" train --net mnist-quick --data "$data" --epochs 1000 --max-time "$seconds" \
    --sample-every 10s --save-every 0 --grid 8x8 --outdir runs)
"$gan" sample "$run" --seeds 0-63 --grid 8x8 -o "$run/samples.png" --quiet > /dev/null
"$gan" sample "$run" --interpolate 12 -o "$run/interpolation.gif" --quiet > /dev/null
cat <<END

Look at
  $run/samples.png        64 images that the network made
  $run/reals.png          some that it learned from
  $run/progress.gif       how it got there
  $run/interpolation.gif  a walk between eight of them
Go on with
  ./gan train --resume $run --epochs 20 --max-time 0
END
