#!/bin/sh
# test_steady_bn.sh — --precise-bn: statistics of batch norm estimated again for the weights at hand, beside
# Python's; a function of the checkpoint alone, and of nothing that training reads.
. tests/cli/checks.sh
cat > "$work/norm.yaml" << 'END'
name: norm
image: {height: 7, width: 7, channels: 1}
latent: 5
generator:
  - dense: {units: 49, init: {normal: 1}}
  - batch_norm: {epsilon: 1e-3, momentum: 0.9}
  - reshape: [7, 7, 1]
  - tanh
discriminator:
  - flatten
  - dense: 1
END
sed 's/  - batch_norm.*//' "$work/norm.yaml" > "$work/plain.yaml"
train() { # train NET OUTDIR FLAGS...
    net=$1 out=$2; shift 2
    "$gan" train --net "$net" --data digits --limit 64 -b 16 --sample-every 0 --no-gif --threads 2 --device cpu \
        --outdir "$out" -q "$@" > /dev/null || exit 1
}
sample() { # sample RUN FLAGS...
    "$gan" sample "$@" -q --device cpu --threads 2 --seeds 3-6
}
train "$work/norm.yaml" "$work/runs" --steps 7 --save-every 0
run=$(echo "$work"/runs/00000-*)
saved=$(echo "$run"/checkpoints/*.safetensors)
cp "$saved" "$work/before"

works "measured" sample "$run" --precise-bn -o "$work/a.npy" --save-z "$work/z.npy"
works "again, of the file" sample "$saved" --precise-bn -o "$work/b.npy" --threads 1
same_file "the same bytes" "$work/b.npy" "$work/a.npy"
works "moving" sample "$run" -o "$work/m.npy"
equal "other ones than by the moving ones" "$(cmp -s "$work/m.npy" "$work/a.npy" || echo other)" other
same_file "the checkpoint is as it was" "$saved" "$work/before"

# The generator in Python: the first layer's statistics over 16 x 64 z of stream 4, exactly.
sed -n '/^```python$/,/^```$/p' docs/sampling.md | grep -v '^```' |
    sed 's/def z_of_seed(seed, nz/def draws(seed, nz, stream, step/; s/\[i \/\/ 4, 3, 0, 0\]/[i \/\/ 4, stream, step, 0]/' > "$work/g.py"
cat >> "$work/g.py" << 'END'

import json
import struct
import sys


def floats(raw):
    return struct.unpack("<%df" % (len(raw) // 4), raw)


def npy(path):
    raw = open(path, "rb").read()
    return floats(raw[10 + raw[8] + 256 * raw[9]:])


raw = open(sys.argv[1], "rb").read()
start = 8 + int.from_bytes(raw[:8], "little")
header = json.loads(raw[8:start])


def tensor(name):
    first, end = header[name]["data_offsets"]
    return floats(raw[start + first:start + end])


w, b = tensor("g.dense0.kernel"), tensor("g.dense0.bias")
gamma, beta = tensor("g.batch_norm0.gamma"), tensor("g.batch_norm0.beta")


def dense(z):
    return [sum(z[k] * w[k * 49 + j] for k in range(5)) + b[j] for j in range(49)]


rows = []
for step in range(16):
    z = draws(0, 64 * 5, 4, step)
    rows += [dense(z[5 * i:5 * i + 5]) for i in range(64)]
mean = [sum(r[j] for r in rows) / 1024 for j in range(49)]
variance = [sum((r[j] - mean[j]) ** 2 for r in rows) / 1024 for j in range(49)]
z, got, worst = npy(sys.argv[2]), npy(sys.argv[3]), 0
for i in range(4):
    for j, x in enumerate(dense(z[5 * i:5 * i + 5])):
        y = math.tanh(gamma[j] * (x - mean[j]) / math.sqrt(variance[j] + 1e-3) + beta[j])
        worst = max(worst, abs(y - got[49 * i + j]))
print("right" if worst < 2e-5 else worst)
END
works "in Python" python3 "$work/g.py" "$saved" "$work/z.npy" "$work/a.npy"
equal "the images are those" "$(cat "$work/out")" right

# Training never reads them: a run that is sampled so at every step ends in the same bytes.
train "$work/norm.yaml" "$work/often" --steps 7 --save-every 1 --keep 0
often=$(echo "$work"/often/00000-*)
for file in "$often"/checkpoints/*; do
    sample "$file" --precise-bn -o "$work/o.npy" > /dev/null || exit 1
done
same_file "the same samples of a run saved at every step" "$work/o.npy" "$work/a.npy"

# The average has its own; without batch norm there is nothing to measure.
train "$work/norm.yaml" "$work/ema" --steps 7 --save-every 0 --ema 0.9
works "averaged" sample "$(echo "$work"/ema/00000-*)" --precise-bn -o "$work/e.npy" --json
equal "averaged: it is said" "$(grep -c '"averaged": true, "precise_bn": true' "$work/out")" 1
equal "averaged: not the plain ones" "$(cmp -s "$work/e.npy" "$work/a.npy" || echo other)" other
train "$work/plain.yaml" "$work/plain" --steps 3 --save-every 0
plain=$(echo "$work"/plain/00000-*)
works "no batch norm" sample "$plain" --precise-bn -o "$work/p.npy" --json
equal "no batch norm: it is said" "$(grep -c '"precise_bn": false' "$work/out")" 1
works "no batch norm, moving" sample "$plain" -o "$work/q.npy"
same_file "no batch norm: the same" "$work/p.npy" "$work/q.npy"
verdict
