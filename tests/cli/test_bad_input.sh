#!/bin/sh
# test_bad_input.sh — what people mistype and what is broken on their disks: one line that says what is
# wrong and the documented exit code, and nothing is written.
. tests/cli/checks.sh
# shellcheck disable=SC2086  # $small is a list of words

before=$(find "$work" ! -name out ! -name err | sort)
no() { # no NAME CODE TEXT FLAGS...: training with these flags is refused
    check=$1 wanted=$2 text=$3; shift 3
    refuses "$check" "$wanted" "$text" "$gan" train $small --steps 2 --outdir "$work/runs" "$@"
}

# Commands and flags.
refuses "an unknown command" 2 "unknown command 'trian' (did you mean 'train'?)" "$gan" trian
refuses "an unknown command like none" 2 "unknown command 'x'" "$gan" x
capture "$gan"
equal "no command: exit code" "$code" 2
refuses "a command with control characters" 2 "unknown command 'tr??\[2Jain'" "$gan" "$(printf 'tr\n\033[2Jain')"
no "a value with control characters" 2 "--precision: 'fp?32' is not" --precision "$(printf 'fp\n32')"
no "a resume of a folder of no run" 66 "name a run's folder or a checkpoint" --resume "$work"
no "an unknown flag" 2 "unknown flag '--bach-size=3' (did you mean --batch-size?)" --bach-size=3
no "an unknown flag like none" 2 "unknown flag '--qqqqqqq'" --qqqqqqq
no "an unknown letter" 2 "unknown flag '-x'" -x
no "letters in one" 2 "unknown flag '-qn'" -qn
no "a word" 2 "'extra' is not a flag" extra
no "a word after --" 2 "'--steps' is not a flag" -- --steps
no "no value" 2 "flag '--steps' needs a value" --steps
no "a value for a switch" 2 "flag '--flip=maybe' takes no value" --flip=maybe
no "no- for a flag with a value" 2 "unknown flag '--no-seed'" --no-seed
refuses "gan data: an unknown verb" 2 "did you mean 'check'?" "$gan" data chek x
refuses "gan data get: no name" 2 "get: no name was given; there are mnist, fashion-mnist, cifar10, stacked-mnist$" "$gan" data get
refuses "gan data check: no name" 2 "check: no name was given; there are mnist, .*digits, or a file" "$gan" data check
refuses "gan data get: two names" 2 "get: 'digits' is one word too many" "$gan" data get mnist digits
refuses "gan data list: a folder" 2 "list: --folder is for get" "$gan" data list --folder x
refuses "gan data list: an output" 2 "list: --output is for get and pack" "$gan" data list -o x
refuses "gan data check: a size" 2 "check: --size is for pack" "$gan" data check digits --size 4x4
refuses "gan data pack: too large" 2 "images of 99999x4 are not possible: sides are 1 to 16384" "$gan" data pack digits \
    -o "$work/x.safetensors" --size 99999x4
refuses "gan data pack: no output" 2 "pack: -o FILE.safetensors" "$gan" data pack digits
refuses "gan data pack: another ending" 2 "ends in .safetensors" "$gan" data pack digits -o "$work/x.gan"
refuses "gan data pack: a bad size" 2 "HEIGHTxWIDTH" "$gan" data pack digits -o "$work/x.safetensors" --size 4
refuses "gan data pack: a bad filter" 2 "filter.*lanczos" "$gan" data pack digits -o "$work/x.safetensors" --filter lancos
refuses "gan data list: a name" 2 "list: 'mnist' is one word too many" "$gan" data list mnist
refuses "gan data get: an unknown name" 66 "mnst.*did you mean 'mnist'" "$gan" data get mnst
refuses "gan data get: an unknown name like none" 66 "gan data list" "$gan" data get nosuch
refuses "gan data get: drawn data" 2 "digits" "$gan" data get digits
refuses "gan sample: no checkpoint" 2 "usage: gan sample" "$gan" sample
refuses "gan sample: two" 2 "usage: gan sample" "$gan" sample a b
refuses "gan sample: no name" 66 "cannot read ''" "$gan" sample ""
refuses "gan sample: a folder of no run" 66 "no checkpoint in it; name a run's folder" "$gan" sample "$work"
refuses "gan verify: an unknown batchnorm" 2 "batchnorm: 'x' is not one of" \
    "$gan" verify tests/golden/keras_small.safetensors --batchnorm x
refuses "gan verify: no trace" 2 "usage: gan verify" "$gan" verify

# Numbers: below, above, too many digits, none, not a number, with a comma, a unit, or a blank.
for row in \
    'batch-size 0|is below 1' 'batch-size -3|is below 1' 'batch-size 16777217|is above 16777216' \
    'batch-size 99999999999999999999|is too large' 'batch-size 1.5|not a whole number' \
    'batch-size 8x|not a whole number' 'batch-size 0x10|not a whole number' \
    'lr nan|not a finite' 'lr -nan|not a finite' 'lr inf|not a finite' 'lr -1|is below 0' \
    'lr 1e400|is too large' 'lr 0,5|not a finite' 'lr 1e|not a finite' 'lr-g nan|not a finite' \
    'lr-d nan|not a finite' 'beta1 1|is above' 'beta2 1|is above' 'beta1 nan|not a finite' \
    'label-smoothing 1|is above' 'ema 1|is above' 'threads 0|is below 1' 'threads -1|is below 1' \
    'threads 1025|is above 1024' 'seed -1|0 or more' 'seed 18446744073709551616|is too large' \
    'nz 0|is below 1' 'nz 99999999999|is above' 'steps 0|is below 1' 'steps -5|is below 1' \
    'steps 1000000000000001|is above' 'steps 99999999999999999999|is too large' \
    'limit -1|is below 0' 'keep -1|is below 0' 'max-time -1|is below 0' 'max-time nan|not a finite' \
    'save-every -1|not a number of steps' 'save-every 1x|not a number of steps' \
    'save-every 1.5|not a number of steps' 'save-every e|not a number of steps' \
    'save-every nans|not a number of steps' 'sample-every 1e400|not a number of steps' \
    'log-every -1s|not a number of steps' 'grid 0x0|not ROWSxCOLUMNS' 'grid 4|not ROWSxCOLUMNS' \
    'grid 4x|not ROWSxCOLUMNS' 'grid x4|not ROWSxCOLUMNS' 'grid -1x4|not ROWSxCOLUMNS' \
    'grid 4x1001|not ROWSxCOLUMNS' 'grid 99999999999999999999x1|not ROWSxCOLUMNS' \
    'fit cropped|is not one of crop|pad|stretch' 'split all|is not one of train|test' \
    'schedule both|is not one of simultaneous|alternating' 'conv fft|is not one of auto|direct|dft|winograd' \
    'device gpu|is not one of' 'device cuda:-1|is not one of' 'device cpu1|is not one of'; do
    words=${row%%|*} text=${row#*|}
    flag=${words%% *} value=${words#* }
    no "--$words" 2 "^gan train: --$flag: '\{0,1\}$value'\{0,1\} .*$text" \
        "--$flag" "$value"
done
no "a grid beyond a GIF" 2 "grid: 300x300 .*; 273x273 fits, or pass --no-gif" --grid 300x300
no "a row beyond a GIF" 2 "grid: 1x900 .*; 1x546 fits, or pass --no-gif" --grid 1x900 --dry-run
no "a grid beyond a PNG" 2 "grid: 1000x900 .*; 302x271 fits$" --net dcgan-64 --grid 1000x900 --no-gif
works "a grid that no GIF is made of" "$gan" train $small --grid 300x300 --no-gif --dry-run
works "the largest grid" "$gan" train $small --grid 273x273 --dry-run
for loss in hinge wasserstein; do
    no "--loss $loss with smoothed labels" 2 "label_smoothing 0.1: the loss $loss has no labels.*bce, bce_saturating, lsgan" \
        --loss $loss --label-smoothing 0.1
done
no "a penalty on what mixes samples" 2 "r1, r2: d.batch_norm0 mixes the samples" --net dcgan-64 --r1 1
no "a warm-up of no average" 2 "--ema-warmup: there is no averaged generator here" --ema-warmup
no "one value to normalize" 2 "batch_size 1: g.batch_norm0 needs more than one value per channel" --batch-size 1
no "--loss bse" 2 "unknown loss 'bse' (did you mean 'bce'?): there are bce" --loss bse
no "--conv dtf" 2 "^gan train: --conv: 'dtf' is not one of auto|direct|dft|winograd (did you mean 'dft'?)$" --conv dtf
no "--device cdua" 2 "^gan train: --device: 'cdua' is not one of .*reference (did you mean 'cuda'?)$" --device cdua
no "--epochs 0" 2 "--epochs: 0 is below 1" --epochs 0
no "--epochs 9223372036854775807" 2 "--epochs: 9223372036854775807 is above" --epochs 9223372036854775807

# An empty value, of each flag that takes one.
for flag in $(settings_table | awk '$2 != "flag" { print $1 }' | tr _ -); do
    no "--$flag ''" 2 "^gan train: --$flag: .*\(empty\|''\)" "--$flag" ""
done
no "--config ''" 66 "cannot read a file: its name is empty" --config ""

# Memory is forecast before anything is allocated, with what fits instead.
no "a batch beyond memory" 71 "batch size 16777216 needs .*iB but only .* is available; the largest that fits is --batch-size [0-9]*" \
    --net dcgan-64 --batch-size 16777216
hint=$(sed -n 's/.*the largest that fits is --batch-size \([0-9]*\)/\1/p' "$work/err")
if [ "${hint:-0}" -gt 0 ] && [ "$hint" -lt 16777216 ]; then ok "the hint"; else not_ok "the hint" "$hint" "less"; fi

# Networks and data that are not there, or are another's.
no "an unknown network" 66 "no network and no file 'tinny'.*did you mean 'tiny'" --net tinny
no "a folder as network" 66 "$work" --net "$work"
echo "name: x" > "$work/half.yaml"
no "half a network" 65 "half.yaml" --net "$work/half.yaml"
rm "$work/half.yaml"
no "unknown data" 66 "no data set, file or folder 'digts'.*digits" --data digts
no "data that are not here: the three ways on" 66 "gan data get mnist.*--data PATH.*--data digits" --data mnist
no "no GPU" 69 "cuda" --device cuda:77
no "no fp16 on a CPU" 69 "cannot train in fp16: it has .*fp32.*auto takes the first" --precision fp16
no "no tf32 on a CPU" 69 "cannot train in tf32: it has .*fp32" --precision tf32
no "a resume of nothing" 66 nowhere --resume "$work/nowhere"

# IDX and gzip, of every kind of wrong.
mkdir "$work/idx"
header='\0\0\010\003\0\0\0\002\0\0\0\034\0\0\0\034'
: > "$work/idx/empty"
echo "not an image" > "$work/idx/text"
printf '\0\0' > "$work/idx/two-bytes"
printf "$header" > "$work/idx/header-only"
{ printf "$header"; head -c 1567 /dev/zero; } > "$work/idx/one-short"
{ printf "$header"; head -c 1569 /dev/zero; } > "$work/idx/one-too-many"
{ printf '\0\0\015\003\0\0\0\002\0\0\0\034\0\0\0\034'; head -c 6272 /dev/zero; } > "$work/idx/floats"
printf '\0\0\010\001\0\0\0\002ab' > "$work/idx/labels"
printf '\0\0\010\003\177\377\377\377\177\377\377\377\177\377\377\377' > "$work/idx/huge"
printf '\0\0\010\003\0\0\0\0\0\0\0\034\0\0\0\034' > "$work/idx/no-images"
printf '\0\0\010\003\0\0\0\002\0\0\0\0\0\0\0\034' > "$work/idx/no-height"
gzip -c "$work/idx/one-short" > "$work/idx/one-short.gz"
gzip -c "$work/idx/text" > "$work/idx/text.gz"
{ printf "$header"; head -c 1568 /dev/zero; } | gzip -c > "$work/idx/whole.gz"
size=$(wc -c < "$work/idx/whole.gz")
for n in 1 2 10 18 $((size / 2)) $((size - 8)) $((size - 1)); do
    head -c "$n" "$work/idx/whole.gz" > "$work/idx/cut-$n.gz"
done
{ head -c $((size - 8)) "$work/idx/whole.gz"; printf '\1\2\3\4\5\6\7\10'; } > "$work/idx/wrong-sum.gz"
{ printf "$header"; head -c 50000000 /dev/zero; } | gzip -9 -c > "$work/idx/bomb.gz"
for file in "$work"/idx/*; do
    [ "$file" != "$work/idx/whole.gz" ] || continue
    no "IDX: $(basename "$file")" 65 "$file" --data "$file"
    capture "$gan" data check "$file"
    equal "gan data check: $(basename "$file"): exit code, lines that name it once" \
        "$code $(grep -c "^corrupt: $file: " "$work/out") $(grep -c "$file.*$file" "$work/out")" "65 1 0"
done
works "IDX: a whole one" "$gan" train $small --steps 1 --data "$work/idx/whole.gz" --outdir "$work/whole"
refuses "IDX: a bomb in little memory" 65 "bomb.gz" sh -c 'ulimit -v 4000000; exec "$@"' sh \
    "$gan" train $small --steps 1 --data "$work/idx/bomb.gz" --outdir "$work/runs"
if [ "$(id -u)" -ne 0 ]; then
    chmod 000 "$work/idx/empty"
    no "IDX: unreadable" 66 "$work/idx/empty" --data "$work/idx/empty"
fi
rm -rf "$work/idx" "$work/whole"

# Pictures.
pictures=$work/pictures
mkdir -p "$pictures/empty/below"
no "a folder with nothing" 66 "$pictures/empty" --data "$pictures/empty"
echo hello > "$pictures/empty/below/notes.txt"
no "a folder with no images" 66 "no picture below it that is read.*notes.txt" --data "$pictures/empty"
"$tests/pictures" rgb "$pictures/good.png"
size=$(wc -c < "$pictures/good.png")
bad() { # bad NAME: the file $pictures/bad/x.png is refused and named
    no "$1" 65 "$pictures/bad/x.png" --data "$pictures/bad"
    capture "$gan" data check "$pictures/bad"
    equal "gan data check: $1" "$code $(grep -c "^corrupt: .*x.png" "$work/out")" "65 1"
}
mkdir "$pictures/bad"
printf '\211PNG\r\n\032\n\000\000\000\015IHDR\000\000\000\000\000\000\000\034\010\000\000\000\000\152\364\341\056' \
    > "$pictures/bad/x.png"
bad "a PNG of width 0"
: > "$pictures/bad/x.png"
bad "an empty PNG"
echo "GIF89a" > "$pictures/bad/x.png"
bad "another format under the name of PNG"
for n in 8 20 33 $((size / 2)) $((size - 13)); do
    head -c "$n" "$pictures/good.png" > "$pictures/bad/x.png"
    bad "a PNG cut off after $n of $size bytes"
done
{ head -c 60 "$pictures/good.png"; printf 'XXXX'; tail -c +65 "$pictures/good.png"; } > "$pictures/bad/x.png"
bad "a PNG with bytes changed"
"$tests/pictures" jpeg "$pictures/good.jpg"
head -c 300 "$pictures/good.jpg" > "$pictures/bad/x.png"
bad "a JPEG cut off"
rm -rf "$pictures"

# Places that cannot be written to.
echo > "$work/file"
for place in "$work/file" "$work/file/below" /proc/gan/below /dev/null; do
    refuses "--outdir $place" 73 "cannot make the folder ${place%/below}" "$gan" train $small --steps 1 --outdir "$place"
    [ "${place#/proc}" != "$place" ] || # where a folder cannot be made, but that cannot be told before
        refuses "--outdir $place, --dry-run" 73 "cannot make the folder ${place%/below}" "$gan" train $small --dry-run --outdir "$place"
done
refuses "gan data get: no home" 73 "neither XDG_DATA_HOME nor HOME is set" env -u HOME -u XDG_DATA_HOME "$gan" data get mnist
if [ "$(id -u)" -ne 0 ]; then
    mkdir "$work/closed" && chmod 500 "$work/closed"
    refuses "--outdir without permission" 73 "$work/closed" \
        "$gan" train $small --steps 1 --outdir "$work/closed"
    refuses "--outdir without permission, --dry-run" 73 "cannot write to the folder $work/closed" \
        "$gan" train $small --dry-run --outdir "$work/closed/below"
    rmdir "$work/closed"
fi
rm "$work/file"
equal "nothing is written" "$(find "$work" ! -name out ! -name err | sort)" "$before"
verdict
