#!/bin/sh
# test_bench_pictures.sh — bench/pictures.py, quality against seconds, on made-up programs: seconds
# become steps by each one's speed, and a run that is interrupted continues with what is missing.
. tests/cli/checks.sh
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2> /dev/null; then
    echo "skipped: the driver needs Python 3.9"
    verdict
fi
cat > "$work/program" << 'END'
#!/bin/sh
# As gan or as a peer: 640 or 320 images a second, and a distance of 100000 or 200000 over the images.
here=$(dirname "$0")
echo "$*" >> "$CALLS"
value() { # value FLAG ARGUMENT...: what follows the flag
    while [ "$2" != "$1" ]; do
        flag=$1; shift 2; set -- "$flag" "$@"
    done
    echo "$3"
}
case $1 in
bench) echo '{"img_per_s": 640}' ;;
train)
    run=$(value -o "$@")/00000-mnist
    mkdir -p "$run"
    echo "$(($(value --steps "$@") * 32)) 100000" > "$run/latest"
    ;;
eval)
    [ "$2" != "$(cat "$here/broken" 2> /dev/null)" ] || exit 9
    read -r images scale < "$2"
    awk "BEGIN { printf \"{\\\"fd\\\": %g, \\\"fd_floor\\\": 0.5}\\n\", $scale / $images }"
    ;;
*/pytorch_train.py)
    case $* in
    *--seconds*) echo '{"seconds": 2.0, "steps": 21, "images": 672}' ;;
    *)
        steps=$(echo "$*" | sed 's/.*--steps \([0-9 ]*\) --samples.*/\1/')
        for n in $steps; do
            echo "$((n * 32)) 200000" > "$(value --out "$@")/$n.npy"
            echo "{\"seconds\": 1, \"steps\": $n, \"images\": $((n * 32)), \"file\": \"$(value --out "$@")/$n.npy\"}"
        done
        ;;
    esac
    ;;
esac
END
chmod +x "$work/program"
mkdir -p "$work/peers/pytorch/bin"
cp "$work/program" "$work/gan"
cp "$work/program" "$work/peers/pytorch/bin/python"
CALLS=$work/calls
export CALLS
pictures() { # pictures ARGUMENT...: the driver, with what was called in $CALLS
    : > "$CALLS"
    capture python3 bench/pictures.py --gan "$work/gan" --peers "$work/peers" --peer-data images.npy --threads 1 \
        --seconds 10 20 --features mnist random-conv --out "$work/out folder" "$@"
}
pictures --seeds 1 --speed-only "ours=mnist" "theirs=pytorch:mnist"
equal "speeds alone" "$code $(grep -c '^train\|--steps [0-9 ]*--samples' "$CALLS")" "0 0"

pictures --seeds 2 --records "$work/records" --reach 10 "ours=mnist" "theirs=pytorch:mnist" "none=tensorflow:mnist"
equal "a whole one" "$code" 0
equal "does not measure speeds again" "$(grep -c '^bench\|--seconds' "$CALLS")" 0
equal "seconds become steps" "$(sed -n 's/^| \(ours\|theirs\) | \([0-9]* | [0-9]* | [0-9.]*\) .*/\1 \2/p' "$work/out" | tr '\n' ';')" \
    "ours 10 | 6400 | 15.62;ours 20 | 12800 | 7.81;theirs 10 | 3200 | 62.50;theirs 20 | 6400 | 31.25;"
equal "the time to a distance is between two marks" "$(grep -c '^| ours | 15.6 | 10000 |$' "$work/out")" 1
equal "or later" "$(grep -c '^| theirs | not reached | - |$' "$work/out")" 1
equal "who is absent, and why" "$(grep -c '^- none: absent: not installed: sh bench/peers/setup.sh tensorflow$' "$work/out")" 1
equal "a record, its tables and a picture for each of the features" "$(cd "$work/records" && for f in *; do
    echo "${f##*.}"; done | sort | tr '\n' ' ')" "json md svg svg "
works "the record is JSON" python3 -m json.tool "$work"/records/*.json
works "the pictures are XML" python3 -c \
    'import sys, xml.dom.minidom as m; [m.parse(f) for f in sys.argv[1:]]' "$work"/records/*.svg
cp "$work"/records/*.md "$work/first.md"

rm "$work/out folder/ours-2.json"
pictures --seeds 2 --records "$work/records" --reach 10 "ours=mnist" "theirs=pytorch:mnist" "none=tensorflow:mnist"
equal "only what is missing is trained again" "$(sed -n 's/^train .*--seed \([0-9]\) .*/\1/p' "$CALLS" | tr '\n' ' ')" "2 2 "
same_file "with the same record" "$(echo "$work"/records/*.md)" "$work/first.md"

pictures --seeds 2 --samples 500 "ours=mnist"
equal "results of another question are refused" "$code $(cat "$work/err")" \
    "1 pictures.py: $work/out folder holds results of another --samples: name another --out"
pictures "ours=no-such-net"
equal "a network that is not there" "$code $(grep -c "'ours=no-such-net': expected NAME=NET" "$work/err")" "1 1"
rm "$work/out folder/ours-1.json"
echo "$work/out folder/work/20s/00000-mnist/latest" > "$work/broken"
pictures --seeds 1 "ours=mnist"
equal "a program that fails ends it" "$code $(grep -c "^pictures.py: '$work/gan eval .*' failed (9)$" "$work/err")" "1 1"
verdict
