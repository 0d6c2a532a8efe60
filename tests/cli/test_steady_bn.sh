#!/bin/sh
# test_steady_bn.sh — statistics of batch norm estimated again for the weights at hand, the default where images
# are made: beside Python's; a function of the checkpoint, k and batch alone, and of nothing that training reads.
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

works "measured" sample "$run" -o "$work/a.npy" --save-z "$work/z.npy"
works "again, of the file" sample "$saved" --precise-bn --bn-batches 16 --bn-batch 64 -o "$work/b.npy" --threads 1
same_file "the same bytes" "$work/b.npy" "$work/a.npy"
works "moving" sample "$run" --no-precise-bn -o "$work/m.npy"
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

for how in "--bn-batches 15" "--bn-batch 32"; do
    # shellcheck disable=SC2086  # two words
    works "$how" sample "$run" $how -o "$work/k.npy"
    equal "$how: others" "$(cmp -s "$work/k.npy" "$work/a.npy" || echo other)" other
done
refuses "no batch" 2 "bn-batches" sample "$run" --bn-batches 0 -o "$work/k.npy"
refuses "a batch of one" 2 "bn-batch" sample "$run" --bn-batch 1 -o "$work/k.npy"

# Training never reads them: a run that saves and draws samples at every step ends in the same bytes, statistics
# and all, and the tensors that it saves are those that a run without any of that has.
train "$work/norm.yaml" "$work/often" --steps 7 --save-every 1 --keep 0 --sample-every 1
train "$work/norm.yaml" "$work/never" --steps 7 --save-every 0 --no-precise-bn
often=$(echo "$work"/often/00000-*)
for file in "$often"/checkpoints/*; do
    sample "$file" -o "$work/o.npy" > /dev/null || exit 1
done
same_file "the same samples of a run saved at every step" "$work/o.npy" "$work/a.npy"
tensors() { # tensors FILE: all behind the header
    python3 -c 'import sys; raw = open(sys.argv[1], "rb").read(); sys.stdout.buffer.write(raw[8 + int.from_bytes(raw[:8], "little"):])' "$1"
}
tensors "$saved" > "$work/once.raw"
tensors "$often/checkpoints/step-00000007.safetensors" > "$work/often.raw"
tensors "$(echo "$work"/never/00000-*/checkpoints/*7.safetensors)" > "$work/never.raw"
same_file "the same tensors of a run that samples at every step" "$work/often.raw" "$work/once.raw"
same_file "the same tensors of a run that measures none" "$work/never.raw" "$work/once.raw"

# A run's own grids are what `gan sample` draws of the checkpoint: seeds 0 to 15, four by four.
works "a grid of the checkpoint" "$gan" sample "$often/checkpoints/step-00000004.safetensors" -q --device cpu \
    --threads 2 --seeds 0-15 --grid 4x4 -o "$work/grid.png"
cat > "$work/same.py" << 'END'
import sys
import zlib


def pixels(path):
    raw, at, data = open(path, "rb").read(), 8, b""
    while at < len(raw):
        n = int.from_bytes(raw[at:at + 4], "big")
        data += raw[at + 8:at + 8 + n] if raw[at + 4:at + 8] == b"IDAT" else b""
        at += 12 + n
    return zlib.decompress(data)


sys.exit(pixels(sys.argv[1]) != pixels(sys.argv[2]))
END
works "the grid of the run" python3 "$work/same.py" "$often/samples/step-00000004.png" "$work/grid.png"

# The average has its own; without batch norm there is nothing to measure.
train "$work/norm.yaml" "$work/ema" --steps 7 --save-every 0 --ema 0.9
works "averaged" sample "$(echo "$work"/ema/00000-*)" -o "$work/e.npy" --json
equal "averaged: it is said" "$(grep -c '"averaged": true, "precise_bn": true' "$work/out")" 1
equal "averaged: not the plain ones" "$(cmp -s "$work/e.npy" "$work/a.npy" || echo other)" other
train "$work/plain.yaml" "$work/plain" --steps 3 --save-every 0
plain=$(echo "$work"/plain/00000-*)
works "no batch norm" sample "$plain" -o "$work/p.npy" --json
equal "no batch norm: it is said" "$(grep -c '"precise_bn": false' "$work/out")" 1
works "no batch norm, moving" sample "$plain" --no-precise-bn -o "$work/q.npy"
same_file "no batch norm: the same" "$work/p.npy" "$work/q.npy"

# What is exported has them, too.
works "an export" "$gan" export "$run" -o "$work/x.safetensors" --to safetensors --json
equal "an export: it is said" "$(grep -c '"precise_bn": true' "$work/out")" 1
works "an export by the moving ones" "$gan" export "$run" -o "$work/y.safetensors" --to safetensors --no-precise-bn --json
equal "moving: it is said" "$(grep -c '"precise_bn": false' "$work/out")" 1
cat >> "$work/g.py" << 'END'


def read(path, name):
    raw = open(path, "rb").read()
    start = 8 + int.from_bytes(raw[:8], "little")
    first, end = json.loads(raw[8:start])[name]["data_offsets"]
    return floats(raw[start + first:start + end])


got = [read(sys.argv[4], "g.batch_norm0.moving_" + k) for k in ("mean", "variance")]
kept = [read(sys.argv[5], "g.batch_norm0.moving_" + k) for k in ("mean", "variance")]
trained = [tensor("g.batch_norm0.moving_" + k) for k in ("mean", "variance")]
far = max(abs(a - b) / (1e-3 + abs(b)) for x, y in zip(got, (mean, variance)) for a, b in zip(x, y))
print("statistics", "right" if far < 1e-4 and kept == trained and kept != got else far)
END
works "an export, in Python" python3 "$work/g.py" "$saved" "$work/z.npy" "$work/a.npy" "$work/x.safetensors" "$work/y.safetensors"
equal "its statistics are those" "$(tail -n 1 "$work/out")" "statistics right"

# The average's moving statistics: averages too, or copies of the generator's.
train "$work/norm.yaml" "$work/copied" --steps 7 --save-every 0 --ema 0.9 --ema-statistics copy
cat > "$work/copies.py" << 'END'
import json
import sys


def read(path, name):
    raw = open(path, "rb").read()
    start = 8 + int.from_bytes(raw[:8], "little")
    first, end = json.loads(raw[8:start])[name]["data_offsets"]
    return raw[start + first:start + end]


for k in "mean", "variance":
    own = read(sys.argv[2], "g.batch_norm0.moving_" + k)
    assert own == read(sys.argv[2], "ema/g.batch_norm0.moving_" + k)
    assert own == read(sys.argv[1], "g.batch_norm0.moving_" + k) != read(sys.argv[1], "ema/g.batch_norm0.moving_" + k)
assert read(sys.argv[1], "ema/g.dense0.kernel") == read(sys.argv[2], "ema/g.dense0.kernel")
END
works "statistics of the average" python3 "$work/copies.py" "$(echo "$work"/ema/00000-*/checkpoints/*7.safetensors)" \
    "$(echo "$work"/copied/00000-*/checkpoints/*7.safetensors)"
{ cat "$work/norm.yaml"; echo "train: {ema: 0.9, ema_statistics: copy}"; } > "$work/copies.yaml"
train "$work/copies.yaml" "$work/said" --steps 7 --save-every 0
works "said by the network" python3 "$work/copies.py" "$(echo "$work"/ema/00000-*/checkpoints/*7.safetensors)" \
    "$(echo "$work"/said/00000-*/checkpoints/*7.safetensors)"
train "$work/copies.yaml" "$work/unsaid" --steps 7 --save-every 0 --ema-statistics average
works "a flag overrides it" python3 "$work/copies.py" "$(echo "$work"/unsaid/00000-*/checkpoints/*7.safetensors)" \
    "$(echo "$work"/said/00000-*/checkpoints/*7.safetensors)"
sed 's/statistics: copy/statistics: copies/' "$work/copies.yaml" > "$work/wrong.yaml"
refuses "an unknown word" 65 "unknown word 'copies'; known here: average, copy" "$gan" train --net "$work/wrong.yaml" --data digits --dry-run
verdict
