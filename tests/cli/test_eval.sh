#!/bin/sh
# test_eval.sh — gan eval: the same numbers by every way to the same samples, the floor, the log, what is
# kept of real pictures, and what is refused.
. tests/cli/checks.sh
eval_small() { # eval_small SAMPLES FLAGS...: one thread, 150 samples
    "$gan" eval "$@" -n 150 --threads 2 --device cpu -q
}
field() { # field KEY: of the JSON object in $work/out
    sed -n "s/.*\"$1\": \(\"[^\"]*\"\|[^,}]*\).*/\1/p" "$work/out" | tr -d '"'
}

mkdir "$work/empty"
if "$gan" eval "$work/empty" --data digits 2>&1 | grep -q OpenBLAS; then
    echo "skipped: no OpenBLAS"
    exit 0
fi
refuses "without OpenBLAS" 1 "measuring needs OpenBLAS.*install libopenblas0-pthread" \
    env GAN_OPENBLAS=/nowhere/lib.so "$gan" eval "$work/empty" --data digits

"$gan" train --net tiny --data digits --limit 400 -b 32 --steps 6 --save-every 0 --sample-every 0 --no-gif \
    --threads 2 --device cpu --outdir "$work/runs" -q > /dev/null || exit 1
run=$(echo "$work"/runs/00000-*)

# A checkpoint, its run's folder, its images as .npy and as files: the same samples, the same numbers.
works "a run" eval_small "$run" --json
numbers=$(sed 's/.*"seed": 0, //' "$work/out")
equal "samples" "$(field n)" 150
equal "real ones" "$(field n_real)" 400
equal "features" "$(field features) $(field filter) $(field split)" "digits none train"
equal "a hash" "$(field features_hash | wc -c)" 65
works "a checkpoint" eval_small "$run/latest" --json --no-log
equal "a checkpoint: the same" "$(sed 's/.*"seed": 0, //' "$work/out")" "$numbers"
equal "one line in metrics.jsonl" "$(wc -l < "$run/metrics.jsonl")" 1
equal "which names the step" "$(grep -c '"step": 6, .*"fd": ' "$run/metrics.jsonl")" 1
works "an array of images" "$gan" sample "$run" --seeds 0-149 -o "$work/images.npy" -q --device cpu --threads 2
works "images: eval" eval_small "$work/images.npy" --data digits --json
real_of_run=$(field n_real)
equal "all digits are real ones then" "$([ "$real_of_run" -gt 400 ] && echo more)" more
works "files of images" "$gan" sample "$run" --seeds 0-149 --each "$work/each" -q --device cpu --threads 2
works "images beside files" eval_small "$work/images.npy" --against "$work/each" --json
equal "the same pictures are at 0" "$(field fd | awk '{ print ($1 < 1e-6) }') $(field precision) $(field recall) $(field coverage)" \
    "1 1.0 1.0 1.0"

# Threads change no number; another seed does; features are named.
works "one thread" "$gan" eval "$run" -n 150 --threads 1 --device cpu -q --json --no-log
one=$(sed 's/.*"seed": 0, //' "$work/out")
equal "fd of one thread" "$(echo "$one" | cut -d, -f1 | cut -c1-14)" "$(echo "$numbers" | cut -d, -f1 | cut -c1-14)"
works "another seed" eval_small "$run" --seed 1000 --json --no-log
equal "another seed: other samples" "$([ "$(sed 's/.*"seed": 1000, //' "$work/out")" != "$numbers" ] && echo other)" other
works "pixels" eval_small "$run" --features pixels --json --no-log
equal "pixels are named" "$(field features)" pixels

# What is kept of real pictures is believed only when it is whole.
kept="$XDG_DATA_HOME/gan/eval/$(field fingerprint | cut -c1-16)-$(field features_hash | cut -c1-16).safetensors"
[ -s "$kept" ] && ok "features are kept" || not_ok "features are kept" "$(ls "$XDG_DATA_HOME/gan/eval")" "a file"
works "kept: before" eval_small "$run" --features pixels --json --no-log
cp "$work/out" "$work/before"
printf 'x' | dd of="$kept" bs=1 seek=4000 conv=notrunc 2> /dev/null
works "a damaged one" eval_small "$run" --features pixels --json --no-log
same_file "a damaged one is made again" "$work/out" "$work/before"
works "nothing kept" eval_small "$run" --features pixels --json --no-log --cache ""
same_file "nothing kept: the same" "$work/out" "$work/before"

# A network of one's own, with a classifier's logits, and with weights.
cat > "$work/classes.yaml" << 'END'
name: classes
image: {height: 28, width: 28, channels: 1}
network:
  - conv: {channels: 8, kernel: 5, stride: 4}
  - leaky_relu
  - flatten
  - dense: 5
outputs:
  features: flatten0
  logits: dense0
END
works "a classifier" eval_small "$run" --features "$work/classes.yaml" --json --no-log
equal "its classes are counted" "$(for k in 0 1 2 3 4; do field class_$k; done | awk '{ s += $1 } END { print s }')" 150
[ -n "$(field score)" ] && ok "a score" || not_ok "a score" "$(cat "$work/out")" "a score"
works "each plane" eval_small "$run" --features planes:digits --json --no-log
equal "planes: named" "$(field features) $(field modes | awk '{ print ($1 >= 1) }')" "planes:digits 1"
works "a table" eval_small "$run" --features "$work/classes.yaml" --no-log
equal "its floor" "$(grep -c '^fd  *[0-9.]*  *[0-9.]*  Frechet' "$work/out")" 1
refuses "weights that are not there" 66 "nowhere" \
    "$gan" eval "$run" --features "$work/classes.yaml:$work/nowhere.safetensors" -n 10 -q --device cpu
refuses "weights of something else" 65 "no tensor 'net.conv0.kernel'" \
    "$gan" eval "$run" --features "$work/classes.yaml:$run/latest" -n 10 -q --device cpu
refuses "a network that is a GAN" 2 "" "$gan" eval "$run" --features tiny -n 10 -q --device cpu

# A classifier of one's own: a run of `gan classify`, its checkpoint, what it exports; none that has no description.
works "a run of gan classify" "$gan" classify --net digit-classifier --data digits --limit 64 -b 32 --steps 2 --threads 2 \
    --device cpu --outdir "$work/classes" -q
class_run=$(echo "$work"/classes/0*)
works "its features" eval_small "$run" --features "$class_run" --json --no-log
of_run=$(sed 's/.*"seed": 0, //' "$work/out")
equal "by its network's name" "$(field features)" digit-classifier
works "of its checkpoint" eval_small "$run" --features "$class_run"/checkpoints/step-00000002.safetensors --json --no-log
equal "the same" "$(sed 's/.*"seed": 0, //' "$work/out")" "$of_run"
works "an export" "$gan" export "$class_run" -o "$work/mine.safetensors" --to safetensors -q
works "of an export" eval_small "$run" --features "$work/mine.safetensors" --json --no-log
equal "the same again" "$(sed 's/.*"seed": 0, //' "$work/out")" "$of_run"
refuses "no description" 65 "no description of its network" "$gan" eval "$run" --features "$kept" -n 10 -q --device cpu
refuses "no such features" 66 "" "$gan" eval "$run" --features mnits -n 10 -q --device cpu

# Memory: features of all samples are held (256 floats each here), and of their pictures a few at a time. Twenty
# thousand more of them would be 15.7 MB as bytes, 63 MB as floats.
cat > "$work/peak.py" << 'END'
import resource
import subprocess
import sys

subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
END
peak() { # peak N: bytes
    python3 "$work/peak.py" "$gan" eval "$run" --features pixels -n "$1" --threads 2 --device cpu --no-log -q
}
peak 200 > "$work/out" # features of real pictures are kept now
more=$(($(peak 22000) - $(peak 2000)))
if [ "$more" -lt $((20000 * 256 * 4 + 6000000)) ]; then
    ok "memory of 20000 more samples is that of their features"
else
    not_ok "memory of 20000 more samples is that of their features" "$more bytes" "$((20000 * 256 * 4)) and 6 MB at most"
fi

works "nearest" eval_small "$run" --nearest "$work/near.png" --no-log
equal "nearest: a PNG" "$(head -c 4 "$work/near.png" | tail -c 3)" PNG
refuses "no data" 2 "no checkpoint.*--data" "$gan" eval "$work/each" -q
refuses "both" 2 "not both" "$gan" eval "$work/each" --data digits --against digits
refuses "an unknown fit" 2 "did you mean 'crop'" "$gan" eval "$work/each" --data digits --fit crp -q
refuses "one sample" 2 "n: '1' is not a number from 2" "$gan" eval "$run" -n 1
mkdir "$work/alone" && cp "$work/each/seed-3.png" "$work/alone"
refuses "one picture" 65 "the samples: 1 picture, and a covariance needs at least 2" \
    "$gan" eval "$work/alone" --data digits -q --device cpu
verdict
