#!/bin/sh
# test_latents.sh — z of a seed: as docs/sampling.md computes it in Python, written by --save-z and taken
# back by --z.
. tests/cli/checks.sh

"$gan" train --net tiny --data digits --limit 100 -b 16 --steps 3 --save-every 0 --sample-every 0 --no-gif \
    --threads 2 --device cpu --outdir "$work/runs" -q > /dev/null || exit 1
run=$(echo "$work"/runs/00000-*)
sample() { # sample FLAGS...
    "$gan" sample "$run" -q --device cpu --threads 2 "$@"
}

works "seeds" sample --seeds 0,1,77,18446744073709551615 -o "$work/a.npy" --save-z "$work/z.npy"
sed -n '/^```python$/,/^```$/p' docs/sampling.md | grep -v '^```' > "$work/z.py"
cat >> "$work/z.py" << 'END'

import struct
import sys

raw = open(sys.argv[1], "rb").read()
header, start = raw[10:10 + raw[8]].decode(), 10 + raw[8] + 256 * raw[9]
n = (len(raw) - start) // 4
got = struct.unpack("<%df" % n, raw[start:])
nz = n // 4
want = [x for seed in (0, 1, 77, 2**64 - 1) for x in z_of_seed(seed, nz)]
print(nz, "(4, %d)" % nz in header, max(abs(a - b) for a, b in zip(got, want)) < 1e-5)
END
works "the code of docs/sampling.md" python3 "$work/z.py" "$work/z.npy"
equal "gives the same z" "$(cut -d' ' -f2- "$work/out")" "True True"

works "z back" sample --z "$work/z.npy" -o "$work/b.npy" --save-z "$work/z2.npy"
same_file "the same images" "$work/b.npy" "$work/a.npy"
same_file "the same z" "$work/z2.npy" "$work/z.npy"
works "as files" sample --z "$work/z.npy" --each "$work/each"
equal "named by their rows" "$(echo "$work"/each/*)" "$work/each/z-0.png $work/each/z-1.png $work/each/z-2.png $work/each/z-3.png"
works "a grid" sample --z "$work/z.npy" --grid 2x2 -o "$work/g.png"
refuses "too small a grid" 2 "3 places.*4 images" sample --z "$work/z.npy" --grid 1x3 -o "$work/g.png"
refuses "images are no z" 65 "not latent vectors of this network" sample --z "$work/a.npy" -o "$work/g.png"
refuses "z and seeds" 2 "leave out --seeds" sample --z "$work/z.npy" --seeds 1
refuses "z and a way" 2 "leave out --interpolate" sample --z "$work/z.npy" --interpolate 3
refuses "no such file" 66 "nowhere.npy" sample --z "$work/nowhere.npy"
head -c 200 "$work/z.npy" > "$work/cut.npy"
refuses "a file that was cut" 65 "cut.npy: truncated or damaged" sample --z "$work/cut.npy"
works "between two seeds" sample --seeds 1,2 --interpolate 4 -o "$work/w.npy" --save-z "$work/way.npy"
works "the same way by z" sample --z "$work/way.npy" -o "$work/w2.npy"
same_file "the same images on the way" "$work/w2.npy" "$work/w.npy"
if ! sample --seeds 0-3 --nearest "$work/near.png" -o "$work/g.png" > /dev/null 2> "$work/err"; then
    equal "without OpenBLAS it is said" "$(grep -c OpenBLAS "$work/err")" 1
else
    equal "nearest" "$(head -c 4 "$work/near.png" | tail -c 3)" PNG
fi
verdict
