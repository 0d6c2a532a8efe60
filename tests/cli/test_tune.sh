#!/bin/sh
# test_tune.sh — gan bench --tune and its file: written, added to, followed, kept in checkpoints, honoured
# on resume without the file; and what is said of a file that does not fit.
. tests/cli/checks.sh
# shellcheck disable=SC2086  # $small and $tiny are lists of words

tiny="--net tiny --device cpu --threads 1 --limit 64 --quiet"
tune=$work/tune.yaml
cp data/nets/tiny.yaml "$work/net.yaml"

# --- measuring ---

works "every way is timed" "$gan" bench --tune --tune-file "$tune" $tiny -b 8,4 --steps 2 --rounds 2 --json
equal "a row for each size" "$(grep -c '"choices"' "$work/out")" 2
equal "in the order asked for" \
    "$(sed -n 's/.*"batch_size": \([0-9]*\), "choices".*/\1/p' "$work/out" | tr '\n' ' ')" "8 4 "
equal "convolutions have choices" "$(grep -c '"choices": 0,' "$work/out")" 0
equal "what changed is in the file" \
    "$(grep -c '"rule_ms"' "$work/out")" "$(grep -c 'operation:' "$tune")"
cat >> "$work/other" << END
format: gan.c tune 1
$(grep '^device:' "$tune")
ways:
  - operation: "of another network"
    way: oneDNN
END
works "a file that is there" "$gan" bench --tune --tune-file "$work/other" $tiny -b 4 --steps 1 --rounds 1
equal "keeps what it holds of others" "$(grep -c 'of another network' "$work/other")" 1
(cd "$work" && works "a table" "$gan" bench --tune $tiny -b 4 --steps 1 --rounds 1 > table)
equal "says how to follow it" "$(grep -c 'gan train --tune-file tune.yaml' "$work/out")" 1
equal "tune.yaml where no file is named" "$(head -n 3 "$work/tune.yaml" | grep -c '^format:')" 1

sed 's/^device: .*/device: another/' "$work/other" > "$work/elsewhere"
cp "$work/elsewhere" "$work/kept"
{
    refuses "a file of another device" 2 "was measured on 'another'" \
        "$gan" bench --tune --tune-file "$work/elsewhere" $tiny -b 4
    same_file "which stays" "$work/elsewhere" "$work/kept"
    refuses "a file that is no tune" 65 "net.yaml:4:1: .format. is missing" \
        "$gan" bench --tune --tune-file "$work/net.yaml" $tiny -b 4
    refuses "a file that cannot be written" 73 "missing" \
        "$gan" bench --tune --tune-file "$work/missing/t.yaml" $tiny -b 4
    mkdir "$work/with space"
    capture sh -c 'ulimit -f 0 && exec "$@"' sh \
        "$gan" bench --tune --tune-file "$work/with space/t.yaml" $tiny -b 4 --steps 1 --rounds 1
    equal "a disk that takes no more" "$code" 74
    equal "which leaves nothing" "$(ls -A "$work/with space")" ""
    refuses "tuning and a plot" 2 "--tune excludes" "$gan" bench --tune $tiny --plot "$work/p.svg"
}

# --- following ---

run() { # run OUTDIR STEPS FLAGS...: its folder is $folder, what it said in $work/err
    outdir=$1 steps=$2; shift 2
    folder=$("$gan" train ${small% --quiet} --steps "$steps" --save-every 3 --outdir "$outdir" "$@" \
        2> "$work/err") || cat "$work/err"
}
choices_of() { # choices_of CHECKPOINT
    sed -n 's/.*"choices":"\([^"]*\)".*/\1/p' "$1" | head -n 1
}
listed=$("$tests/tune_all" tiny 8 fp32 1 1 "$tune")
[ "$listed" -gt 5 ] || not_ok "operations with a second way" "$listed" "more than 5"
run "$work/unbroken" 6 --tune-file "$tune"
unbroken=$folder
equal "all of it is followed" "$(grep -c "tune: $listed of its $listed operations" "$work/err")" 1
same_file "the run keeps a copy" "$unbroken/tune.yaml" "$tune"
last=checkpoints/step-00000006.safetensors
equal "the checkpoint holds it" "$(grep -ac '"tune":"# How' "$unbroken/$last")" 1
run "$work/rules" 6
equal "without it, the choices are others" "$([ "$(choices_of "$folder/$last")" != \
    "$(choices_of "$unbroken/$last")" ] && [ -n "$(choices_of "$folder/$last")" ] && echo yes)" yes
equal "and nothing is said of a tune" "$(grep -c tune: "$work/err")" 0
run "$work/again" 6 --config "$unbroken/config.yaml"
same_file "a run from its configuration" "$folder/$last" "$unbroken/$last"

run "$work/broken" 3 --tune-file "$tune"
mv "$tune" "$work/moved"
run "$work/broken" 6 --resume auto
equal "resumed without the file" "$folder" "$(echo "$work"/broken/00000*)"
equal "there is nothing to warn of" "$(grep -c 'bit-exact' "$work/err")" 0
same_file "and the bytes are those of an unbroken run" "$folder/$last" "$unbroken/$last"
run "$work/linked" 3 --tune-file "$work/moved"
works "resumed by the link of the last" "$gan" train $small --steps 6 --resume "$(echo "$work"/linked/00000*)/latest"
same_file "the same bytes, too" "$(echo "$work"/linked/00000*)/$last" "$unbroken/$last"
run "$work/part" 3 --tune-file "$work/moved"
run "$work/part" 6 --resume auto --tune-file none
equal "resumed by the rules" "$(grep -c 'not be bit-exact because the device changed' "$work/err")" 1
works "samples of such a checkpoint" "$gan" sample "$unbroken/$last" --seeds 0-3 -o "$work/s.png"

# --- what does not fit ---

run "$work/size" 1 --tune-file "$work/moved" --batch-size 7
equal "another batch size" "$(grep -c 'tune: 0 of its .* (it was measured for another' "$work/err")" 1
run "$work/device" 1 --tune-file "$work/elsewhere"
equal "another device" "$(grep -c "tune was measured on 'another'" "$work/err")" 1
sed 's/way: .*/way: by hand/' "$work/moved" > "$work/unknown"
run "$work/unknown-way" 1 --tune-file "$work/unknown"
equal "ways that are not there" "$(grep -c "algorithm 'by hand' for conv.* is not available" "$work/err")" "$listed"
{
    refuses "no such file" 66 "absent" "$gan" train $small --steps 1 --outdir "$work/no" --tune-file "$work/absent"
    refuses "a file of something else" 65 "net.yaml:4:1: .format. is missing" \
        "$gan" train $small --steps 1 --outdir "$work/no" --tune-file "$work/net.yaml"
    head -c 200 "$unbroken/$last" > "$work/cut.safetensors"
    refuses "a checkpoint cut short" 65 "cut.safetensors" \
        "$gan" train $small --steps 1 --outdir "$work/no" --tune-file "$work/cut.safetensors"
}
equal "none of them leaves a run" "$(ls "$work/no" 2> /dev/null)" ""
run "$work/from" 6 --tune-file "$unbroken/$last"
same_file "the tune of a checkpoint is one, too" "$folder/$last" "$unbroken/$last"
verdict
