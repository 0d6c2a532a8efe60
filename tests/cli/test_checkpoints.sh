#!/bin/sh
# test_checkpoints.sh — which checkpoint a run goes on from, and what it refuses: damaged and foreign
# files, another network, other data, other settings. What is refused leaves every file as it was.
. tests/cli/checks.sh
# shellcheck disable=SC2086  # $small and $first are lists of words
run=00000-tiny-digits-b8
first="$small --steps 9 --save-every 3 --sample-every 3"

# All files of a folder with their contents, as one number.
content() { (cd "$1" && find . -type f -o -type l | sort | xargs cksum | cksum); }

# refuses_all NAME CODE TEXT COMMAND...: refused, and no file below $work/a was touched.
refuses_all() {
    before=$(content "$work/a")
    refuses "$@"
    equal "$1: files" "$(content "$work/a")" "$before"
}

# flip FILE OFFSET BIT: turns one bit of a file over.
flip() {
    byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
    # shellcheck disable=SC2059  # the byte as printf writes it
    printf "\\$(printf %03o $((byte ^ (1 << $3))))" |
        dd of="$1" bs=1 seek="$2" conv=notrunc 2> /dev/null
}

works "a run" "$gan" train $first --outdir "$work/a"
a=$work/a/$run
last=$a/checkpoints/step-00000009.safetensors
size=$(wc -c < "$last")
header=$(od -An -tu4 -N 4 "$last" | tr -d ' ')
resume="$gan train --quiet --steps 12 --outdir $work/b"

# Damage of every region: a checkpoint that was named is refused, in a run folder it is passed over.
cp "$last" "$work/good"
copy=$work/copy.safetensors
for keep in 0 1 7 8 100 $((header / 2)) $((header + 7)) $((header + 8)) $((size / 2)) $((size - 1)); do
    head -c "$keep" "$work/good" > "$copy"
    refuses_all "cut off after $keep of $size bytes" 65 "$copy" $resume --resume "$copy"
done
(cat "$work/good"; echo) > "$copy"
refuses_all "a byte too many" 65 "$copy" $resume --resume "$copy"
digest=$(grep -abo '"sha256":"' "$work/good" | head -n 1 | cut -d: -f1)
i=0
for offset in 0 1 4 7 8 9 $((digest + 2)) $((digest + 10)) $((digest + 73)) $((header + 7)) \
    $((header + 8)) $((size - 1)) header header header header data data data data; do
    i=$((i + 1))
    case $offset in
    header) draw "$header"; offset=$((8 + drawn)) ;;
    data) draw $((size - header - 8)); offset=$((8 + header + drawn)) ;;
    esac
    draw 8
    cp "$work/good" "$copy"
    flip "$copy" "$offset" "$drawn"
    refuses_all "bit $drawn of byte $offset of $size turned over" 65 "$copy" $resume --resume "$copy"
done
flip "$copy" "$offset" "$drawn"
same_file "a bit turned over twice is none" "$copy" "$work/good"

# Files of others.
refuses_all "a recorded trace" 65 "its format is 'gan.c trace 1'" \
    $resume --resume tests/golden/keras_small.safetensors
refuses_all "a text" 65 README.md $resume --resume README.md
: > "$work/empty"
refuses_all "an empty file" 65 "$work/empty" $resume --resume "$work/empty"
refuses_all "no file" 66 nowhere $resume --resume "$work/nowhere"
mkdir "$work/no-run"
refuses_all "a folder that is no run" 66 "no whole checkpoint" $resume --resume "$work/no-run"
refuses_all "a device" 66 /dev/null $resume --resume /dev/null

# Another network, other data, other settings: what differs is named.
sed 's/channels: 8, kernel: 5, stride: 1/channels: 9, kernel: 5, stride: 1/' data/nets/tiny.yaml \
    > "$work/other.yaml"
refuses_all "another network" 2 "another network.*line 16 is '.*channels: 8.*' there and '.*9" \
    $resume --resume "$a" --net "$work/other.yaml"
refuses_all "another shipped network" 2 "another network.*line [0-9]* is 'name: tiny' there" $resume --resume "$a" --net mnist-quick
{ echo; sed 's/^# For tests/# In other words/; s/$/  # said twice/' data/nets/tiny.yaml; echo '# end'; } > "$work/tiny.yaml"
works "the same network with other comments" $resume --resume "$a" --net "$work/tiny.yaml" --dry-run
works "the same network with other comments, by auto" \
    "$gan" train $first --net "$work/tiny.yaml" --outdir "$work/a" --resume auto --dry-run
grep -q "^resume from" "$work/out" || not_ok "by auto" "$(head -n 1 "$work/out")" "resume from"
mkdir "$work/pictures"
cp "$a"/samples/*.png "$work/pictures"
refuses_all "other data" 65 "other data than the 4 images of pictures" \
    $resume --resume "$a" --data "$work/pictures"

# Every setting of options.def: those that must stay are refused, those that change the result are
# told, the others change nothing.
sample() { # sample RUN OUTPUT: 16 images of its newest checkpoint
    "$gan" sample "$1" --seeds 0-15 -o "$2" --device cpu --threads 1 --quiet > "$work/sampled"
}
cp -R "$work/a" "$work/c"
works "going on" "$gan" train --resume "$work/c/$run" --steps 11 --quiet
sample "$work/c/$run" "$work/wanted.npy"
for row in $(settings_table | awk '{ print $1 ":" $3 }'); do
    key=${row%:*} rule=${row#*:}
    flag=--$(echo "$key" | tr _ -)
    case $key in
    net | data | device | outdir | resume | reschedule | budget | tune_file) continue ;; # tested by themselves
    init_sha256) continue ;; # only with a file to begin with: test_init
    stop_when | patience) continue ;; # only where samples are measured: test_best
    flip | skip_bad | tensorboard | report) value= ;;
    holdout) value=0.5 ;;
    gif | ema_warmup | precise_bn) flag=--no-$(echo "$key" | tr _ -) value= ;;
    split) value=test ;;
    fit) value=stretch ;;
    filter) value=lanczos ;;
    limit) value=48 ;;
    batch_size) value=16 ;;
    d_steps) value=2 ;;
    eval_samples) value=64 ;;
    eval_features) value=pixels ;;
    ema_statistics) value=copy ;;
    bn_batches) value=3 ;;
    bn_batch) value=8 ;;
    init) value=$work/a ;;
    init_only) value=g ;;
    nz) value=5 ;;
    beta* | label_smoothing | ema | r1 | r2) value=0.25 ;;
    schedule) value=alternating ;;
    loss) value=hinge ;;
    generator_reals) value=fresh ;;
    seed) value=2 ;;
    lr*) value=0.5 ;;
    threads) value=2 ;;
    conv) value=direct ;;
    precision) value=strict ;;
    batchnorm) value=fused ;;
    data_store) value=stream ;;
    epochs) value=2 ;;
    steps) value=11 ;;
    ema_half_life) value=1000 ;;
    ema_ramp) value=0.05 ;;
    *_every) value=1 ;;
    max_time) value=1000 ;;
    watch) value=off ;;
    rollbacks) value=3 ;;
    keep) value=1 ;;
    grid) value=1x3 ;;
    *) not_ok "option $key" "no value for it in this test" "a line above" ;;
    esac
    if [ "$rule" = same ]; then
        refuses_all "$flag $value on resume" 2 "$key cannot change on resume: the checkpoint has" \
            $resume --resume "$a" "$flag" $value
        continue
    fi
    rm -rf "$work/c"
    cp -R "$work/a" "$work/c"
    steps="--steps 11"
    [ "$key" != epochs ] || steps=
    works "$flag $value on resume" "$gan" train --resume "$work/c/$run" $steps "$flag" $value
    told=$(grep -c "resume will not be bit-exact because" "$work/err")
    case $rule:$key in
    elsewhere:lr) equal "$flag: what is told" "$told" 2 ;;
    elsewhere:batchnorm) equal "$flag: what is told" "$told" 0 ;; # without a GPU nothing changes
    note:* | elsewhere:*) equal "$flag: what is told" "$told" 1 ;;
    *) equal "$flag: what is told" "$told" 0 ;;
    esac
    if [ "$key" != epochs ]; then
        sample "$work/c/$run" "$work/got.npy"
    fi
    case $rule:$key in
    *:epochs)
        equal "$flag: the last step" "$(readlink "$work/c/$run/latest" | tail -c 15)" 24.safetensors
        ;;
    *:lr*) cmp -s "$work/got.npy" "$work/wanted.npy" && not_ok "$flag" "the same images" others ;;
    free:*) same_file "$flag: the same images" "$work/got.npy" "$work/wanted.npy" ;;
    esac
done

# Data are known by what is in them: they may move.
works "a run on pictures" "$gan" train --net tiny --data "$work/pictures" --batch-size 2 --steps 3 \
    --device cpu --threads 1 --quiet --outdir "$work/d"
mv "$work/pictures" "$work/moved"
refuses "data that are gone" 66 "$work/pictures" \
    "$gan" train --resume "$(cat "$work/out")" --steps 4 --quiet
works "data at another place" "$gan" train --resume "$work/d/00000-tiny-pictures-b2" --steps 4 --quiet \
    --data "$work/moved"

# Which run is gone on with: the link, a path from within, a copy elsewhere, an older checkpoint.
rm -rf "$work/c"
cp -R "$work/a" "$work/c"
works "by the link latest" "$gan" train --resume "$work/c/$run/latest" --steps 10 --quiet \
    --outdir "$work/e"
equal "by the link latest: the folder" "$(cat "$work/out")" "$work/c/$run"
works "from within" sh -c 'cd "$0" && "$1" train --resume step-00000010.safetensors --steps 11 --quiet' \
    "$work/c/$run/checkpoints" "$gan"
equal "from within: the folder" "$(cat "$work/out")" "$work/c/$run"
mkdir -p "$work/f/checkpoints"
cp "$last" "$work/f/checkpoints"
works "a copy elsewhere" "$gan" train --resume "$work/f/checkpoints/step-00000009.safetensors" \
    --steps 10 --quiet --outdir "$work/e"
equal "a copy elsewhere: a new run" "$(cat "$work/out")" "$work/e/$run"
equal "a copy elsewhere: nothing beside it" "$(ls "$work/f")" checkpoints
before=$(content "$work/a")
works "an older checkpoint" "$gan" train --resume "$a/checkpoints/step-00000003.safetensors" \
    --steps 5 --keep 1 --outdir "$work/e"
equal "an older checkpoint: its run is not touched" "$(content "$work/a")" "$before"
equal "an older checkpoint: a new run goes on from it" "$(steps_of "$work/e/00001${run#00000}/stats.jsonl")" "4 5 "
grep -q "has later checkpoints: continuing in a new run folder" "$work/err" ||
    not_ok "an older checkpoint: what is told" "$(cat "$work/err")" "that a new folder is begun"

# The newest whole checkpoint counts, also where a damaged one lies behind it, and stays to be found.
rm -rf "$work/c"
cp -R "$work/a" "$work/c"
c=$work/c/$run
flip "$c/checkpoints/step-00000009.safetensors" $((size - 5)) 3
works "behind a damaged one" "$gan" train $(echo "$first" | sed 's/--steps 9//; s/--quiet//') --steps 8 \
    --keep 1 --save-every 1 --outdir "$work/c" --resume auto
grep -q "passed over: $c/checkpoints/step-00000009.safetensors" "$work/err" ||
    not_ok "a damaged one is told" "$(cat "$work/err")" "passed over"
equal "behind a damaged one: what is kept" "$(ls "$c/checkpoints" | tr '\n' ' ')" \
    "step-00000008.safetensors step-00000009.safetensors "
equal "behind a damaged one: latest" "$(readlink "$c/latest")" checkpoints/step-00000008.safetensors
works "and over it" "$gan" train --resume "$c" --steps 9 --keep 3 --save-every 3 --quiet
sample "$c" "$work/got.npy"
sample "$a" "$work/wanted.npy"
same_file "and over it: the same images" "$work/got.npy" "$work/wanted.npy"

# Steps are numbers, and only files of ours count.
rm -rf "$work/c"
cp -R "$work/a" "$work/c"
mv "$c/checkpoints/step-00000006.safetensors" "$c/checkpoints/step-99999999.safetensors"
mv "$c/checkpoints/step-00000009.safetensors" "$c/checkpoints/step-100000000.safetensors"
works "step 100000000" "$gan" sample "$c" --seeds 1 -o "$work/one.png" --json --quiet --device cpu
equal "step 100000000 is newer than 99999999" "$(sed 's/.*"checkpoint": "\([^"]*\)".*/\1/' "$work/out")" \
    "$c/checkpoints/step-100000000.safetensors"
rm -rf "$work/c"
cp -R "$work/a" "$work/c"
cp "$last" "$c/checkpoints/step-00000003-mine.safetensors"
works "with a copy beside" "$gan" train --resume "$c" --steps 10 --keep 1 --quiet
equal "a copy under another name stays" "$(ls "$c/checkpoints" | tr '\n' ' ')" \
    "step-00000003-mine.safetensors step-00000010.safetensors "

# What lies behind the checkpoint is cut back: lines, a torn one, sample grids.
rm -rf "$work/c"
cp -R "$work/a" "$work/c"
rm "$c/checkpoints/step-00000009.safetensors"
cp "$c/samples/step-00000009.png" "$c/samples/step-00000007.png"
printf '{"step": 10, "epo' >> "$c/stats.jsonl"
works "after a cut" "$gan" train --resume "$c" --steps 8 --quiet
equal "after a cut: lines" "$(steps_of "$c/stats.jsonl")" "1 7 8 "
equal "after a cut: grids" "$(ls "$c/samples" | tr '\n' ' ')" \
    "step-00000000.png step-00000003.png step-00000006.png step-00000008.png "

# A run that is complete stays as it is, and says so.
rm -rf "$work/c"
cp -R "$work/a" "$work/c"
before=$(cd "$c" && cksum samples/* checkpoints/* ./*.png ./*.gif stats.jsonl config.yaml)
works "a complete run" "$gan" train $(echo "$first" | sed 's/--quiet//') --outdir "$work/c" --resume auto
grep -q "this run is complete" "$work/err" || not_ok "a complete run is told" "$(cat "$work/err")" "so"
equal "a complete run: files" "$(cd "$c" && cksum samples/* checkpoints/* ./*.png ./*.gif stats.jsonl config.yaml)" "$before"

# auto takes the newest run of the same settings, and begins one where there is none.
works "auto: other settings" "$gan" train $first --outdir "$work/c" --resume auto --seed 2
equal "auto: other settings are a new run" "$(cat "$work/out")" "$work/c/00001${run#00000}"
works "auto: the first settings" "$gan" train $first --outdir "$work/c" --resume auto --lr-g 0.1
equal "auto: the first settings are the first run" "$(cat "$work/out")" "$c"
works "auto: nothing there" "$gan" train $first --outdir "$work/new/folder" --resume auto
equal "auto: nothing there is a new run" "$(cat "$work/out")" "$work/new/folder/$run"

# --save-every and --keep.
saved() { # saved NAME STEPS WANTED FLAGS...: the checkpoints of a run
    name=$1 steps=$2 wanted=$3; shift 3
    rm -rf "$work/s"
    "$gan" train $small --steps "$steps" --outdir "$work/s" "$@" > "$work/out" 2> "$work/err"
    equal "$name" "$(ls "$work/s/$run/checkpoints" | sed 's/step-0*\([0-9]*\).*/\1/' | tr '\n' ' ')" "$wanted"
}
saved "--save-every 5, --keep 0" 13 "5 10 13 " --save-every 5 --keep 0
saved "--save-every 1e: epochs of 12 steps" 25 "12 24 25 " --save-every 1e --keep 0
saved "--save-every 0.5e" 13 "6 12 13 " --save-every 0.5e --keep 0
saved "--save-every 0: at the end only" 13 "13 " --save-every 0 --keep 0
saved "--keep 1" 13 "13 " --save-every 2 --keep 1
saved "--keep 3 is the default" 13 "10 12 13 " --save-every 2
rm -rf "$work/s"
"$gan" train $small --steps 1000000000 --max-time 1.2 --save-every 0.3s --keep 0 --sample-every 0 --log-every 0 \
    --outdir "$work/s" > "$work/out" 2> "$work/err"
equal "--max-time: exit code" $? 0
saves=$(ls "$work/s/$run/checkpoints" | wc -l)
if [ "$saves" -ge 2 ] && [ "$saves" -le 5 ]; then
    ok "--save-every 0.3s"
else
    not_ok "--save-every 0.3s for 1.2 s" "$saves checkpoints" "2 to 5"
fi
verdict
