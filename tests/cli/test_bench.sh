#!/bin/sh
# test_bench.sh — gan bench: rows that agree with themselves, pictures, profiles, traces, blocks on
# demand, a disturbed machine that is noticed; and the driver of bench/peers, on made-up programs.
. tests/cli/checks.sh

tiny="--net tiny --device cpu --threads 1 --limit 64 --quiet"

field() { # field NAME: the values of a field of JSON lines, one a line
    sed -n "s/.*\"$1\": \"\{0,1\}\([^,\"}]*\).*/\1/p" "$work/out"
}

holds() { # holds NAME CONDITION: an awk condition on numbers is true
    if awk "BEGIN { exit !($2) }"; then ok "$1"; else not_ok "$1" "$2" "true"; fi
}

same_all() { # same_all NAME VALUE: every line of standard input is VALUE, and there is one
    got=$(sort -u | tr '\n' ' ')
    equal "$1" "$got" "$2 "
}

# --- the table ---

# shellcheck disable=SC2086  # $tiny is a list of words
works "a row for each size" "$gan" bench $tiny --batch-sizes 8,3 --steps 3 --rounds 2 --json
equal "in the order asked for" "$(field batch_size | tr '\n' ' ')" "8 3 "
field steps | same_all "steps of all rounds" 6
field peak_rss_mb | same_all "no peak of a process that measured two sizes" null
equal "one start of the process" "$(field first_step_s | grep -c null)" 1
sed 's/[":,]//g' "$work/out" > "$work/rows"
for batch in 8 3; do
    sed -n "/ batch_size $batch /p" "$work/rows" > "$work/row"
    get() { sed "s/.* $1 \([^ }]*\).*/\1/" "$work/row"; }
    holds "batch $batch: the median is within the spread" \
        "$(get img_per_s_slowest) <= $(get img_per_s) && \
        $(get img_per_s) <= $(get img_per_s_fastest)"
    holds "batch $batch: quantiles in order" "0 < $(get ms_per_step_p50) && \
        $(get ms_per_step_p50) <= $(get ms_per_step_p95)"
    holds "batch $batch: useful operations by the median step" "\
        ($(get useful_gflop_per_s) * $(get ms_per_step_p50) / 1000 / \
        $(get useful_gflop_per_step) - 1)^2 < 1e-10"
done
# shellcheck disable=SC2086
works "one size" "$gan" bench $tiny -b 8 --steps 2 --rounds 1 --json
holds "its peak holds its state" "$(field peak_rss_mb) * 1048576 > $(field state_bytes)"
# shellcheck disable=SC2086
works "a table" "$gan" bench $tiny -b 4,8 --steps 2 --rounds 2 --plot "$work/plot.svg"
equal "rows of it" "$(grep -c '^ *[48]  ' "$work/out")" 2
# shellcheck disable=SC2086
works "a Markdown table" "$gan" bench $tiny -b 4,8 --steps 2 --rounds 1 --markdown --roofline
grep '^|' "$work/out" | tr -cd '|\n' | same_all "as many cells in each row" "||||||||||||"
equal "points of the plot" "$(grep -c '<circle' "$work/plot.svg")" 2
equal "its last line" "$(tail -n 1 "$work/plot.svg")" "</svg>"

# --- what is asked wrongly ---

# shellcheck disable=SC2086
{
    refuses "no size" 2 "'16,,32' is not a list" "$gan" bench $tiny -b 16,,32
    refuses "a size twice" 2 "8 is twice" "$gan" bench $tiny -b 8,4,8
    refuses "two sizes for one session" 2 "one batch size" "$gan" bench $tiny --serve -b 8,4
    refuses "no steps" 2 "steps: '0'" "$gan" bench $tiny --steps 0
    refuses "a precision that is not there" 69 "cannot train in fp16: it has .*fp32" \
        "$gan" bench $tiny --precision fp16
    refuses "an unknown precision" 2 "'fp23' is not one of auto|fp32" "$gan" bench $tiny --precision fp23
    refuses "an unknown flag" 2 "did you mean --profile" "$gan" bench --profil
    refuses "a size beyond memory" 71 "fits" "$gan" bench $tiny -b 16777216
    refuses "a plot that cannot be written, before anything is measured" 73 "missing" \
        "$gan" bench $tiny -b 4 --plot "$work/missing/p.svg"
    refuses "a trace that cannot be written" 73 "missing" \
        "$gan" bench $tiny -b 4 --profile --trace "$work/missing/t.json"
    refuses "a plot that is no SVG" 2 "plot.png' does not end in .svg" \
        "$gan" bench $tiny -b 4 --plot "$work/plot.png"
    equal "and leaves nothing" "$(ls "$work"/plot.png 2> /dev/null)" ""
}

# --- two programs in turn ---

# shellcheck disable=SC2086
works "three updates of D for one of G" "$gan" bench $tiny -b 8 --steps 6 --rounds 1 --d-steps 3
# shellcheck disable=SC2086
works "a profile of them" "$gan" bench $tiny -b 8 --steps 2 --d-steps 3 --profile
for program in train d; do
    grep -q " $program: d.conv0 " "$work/out" || not_ok "a profile of them: $program" "$(head -n 5 "$work/out")" "its operations"
done
works "a profile of one kind" "$gan" bench $tiny -b 8 --steps 2 --profile
equal "a profile of one kind: labels as they are" "$(grep -c " d: \| train: " "$work/out")" 0
# shellcheck disable=SC2086
works "a tune of them" "$gan" bench $tiny -b 8 --steps 1 --warmup 1 --rounds 1 --d-steps 3 --tune --tune-file "$work/d.yaml"
works "is for them" "$gan" train --net tiny --data digits --limit 16 -b 8 --threads 1 --device cpu --d-steps 3 --steps 1 \
    --tune-file "$work/d.yaml" --outdir "$work/tuned"
equal "all of it" "$(sed -n 's/^tune: \([0-9]*\) of its \([0-9]*\) .*/\1 - \2/p' "$work/err" | awk '{ print NF == 3 && $1 == $3 }')" 1

# --- where the time goes ---

operations=$("$gan" train --net tiny --data digits --limit 64 --device cpu --print-program |
    grep -c '^ *[0-9][0-9]*  ')
# shellcheck disable=SC2086
works "a profile" "$gan" bench $tiny -b 8 --profile --steps 3 --json --trace "$work/trace.json"
equal "an object for each operation of the program" "$(wc -l < "$work/out")" "$operations"
holds "shares make a whole" "($(field share | tr '\n' '+')0 - 1)^2 < 1e-6"
equal "events: steps and their operations" \
    "$(grep -c '"ph": "X"' "$work/trace.json")" "$((3 * (operations + 1)))"
# shellcheck disable=SC2086
works "as a table" "$gan" bench $tiny -b 8 --profile --steps 2
equal "a line for each operation" "$(grep -c '^ *[0-9][0-9]*  ' "$work/out")" "$operations"

# --- blocks on demand ---

# shellcheck disable=SC2086
works "blocks" sh -c 'printf "run 2\n\nwalk\nrun 0\nrun 3\nquit\nrun 9\n" | "$@"' sh \
    "$gan" bench $tiny --serve -b 8
equal "ready, two blocks, two complaints, the result" \
    "$(sed 's/^{"\([a-z_]*\)".*/\1/' "$work/out" | tr '\n' ' ')" \
    "ready seconds error error seconds peer "
equal "steps of the blocks and of all" "$(field steps | tr '\n' ' ')" "2 3 5 "

# --- a machine that is not idle: two threads on one core ---

if command -v taskset > /dev/null 2>&1; then
    core=$(taskset -pc $$ | sed 's/.*: *\([0-9]*\).*/\1/')
    # shellcheck disable=SC2086
    works "two threads on one core" taskset -c "$core" "$gan" bench $tiny --threads 2 -b 64 --warmup 0 \
        --steps 2 --rounds 1 --json
    field disturbed | same_all "are noticed" true
else
    echo "skipped: no taskset here, so no core can be made scarce"
fi

# --- the driver of bench/peers ---

if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2> /dev/null; then
    echo "skipped: the driver needs Python 3.9"
    verdict
fi
works "the trace is JSON" python3 -m json.tool "$work/trace.json"
cat > "$work/contestant" << 'END'
#!/bin/sh
# Speaks the protocol; its speed is told by its place and its --mode.
speed=250
case "$0 $*" in
*/tensorflow/*"--mode function"*) speed=100 ;;
*/tensorflow/*"--mode xla"*) speed=125 ;;
*/pytorch/*"--mode eager"*) speed=50 ;;
*/pytorch/*) echo "no compiler" >&2; exit 1 ;;
esac
echo '{"ready": true, "version": "1.0", "first_step_s": 0.5}'
while read -r word n; do
    [ "$word" = run ] || break
    echo "{\"img_per_s\": $speed, \"ms_per_step_p50\": 1000, \"ms_per_step_p95\": 1000," \
        "\"steps\": $n}"
done
[ "$word" = quit ] || sleep 20 # busy with something, when its driver is gone
echo '{"peak_rss_mb": 12.5}'
END
chmod +x "$work/contestant"
mkdir -p "$work/peers/tensorflow/bin" "$work/peers/pytorch/bin"
cp "$work/contestant" "$work/gan"
cp "$work/contestant" "$work/peers/tensorflow/bin/python"
cp "$work/contestant" "$work/peers/pytorch/bin/python"
compare() {
    works "$1" python3 bench/peers/compare.py --gan "$work/gan" --peers "$work/peers" --rounds 3 \
        --batch-sizes 8 --threads 1 --block-seconds 1 --settle 0 --out "$work/records"
}
compare "a comparison"
equal "ratios to each peer's best mode" "$(grep -c \
    '^| 8[ *]* | 250 | 125 (xla) | 2.00 (2.00 to 2.00) | 50 (eager) | 5.00 (5.00 to 5.00) |$' \
    "$work/out")" 1
equal "those that gave up, with their words" "$(grep -c '^- pytorch .*: absent: no compiler$' \
    "$work/out")" 3
equal "a record, its tables and its picture" "$(cd "$work/records" && for f in *; do
    echo "${f##*.}"; done | sort | tr '\n' ' ')" "json md svg "
works "the record is JSON" python3 -m json.tool "$work"/records/*.json
works "the picture is XML" python3 -c \
    'import sys, xml.dom.minidom as m; [m.parse(f) for f in sys.argv[1:]]' \
    "$work"/records/*.svg "$work/plot.svg"
python3 bench/peers/compare.py --gan "$work/gan" --peers "$work/peers" --rounds 1 --threads 1 \
    --batch-sizes 8 --block-seconds 1 --settle 600 --out "$work/records" 2> "$work/err" &
driver=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    grep -q 'pytorch eager: first' "$work/err" && break
    sleep 0.5
done
kill "$driver"
wait "$driver"
equal "a driver that is stopped" "$?" 143
equal "leaves no program behind" "$(pgrep -f "$work/peers")" ""
rm "$work/peers/pytorch/bin/python"
compare "without a peer"
equal "which is said, and how to get it" \
    "$(grep -c 'absent: not installed: sh bench/peers/setup.sh' "$work/out")" 4
rm -r "$work/peers"
capture python3 bench/peers/compare.py --gan "$work/gan" --peers "$work/peers" --rounds 1 \
    --batch-sizes 8 --out "$work/records"
equal "without any, it fails" "$code" 1
export ONEDNN_MAX_CPU_ISA=SSE41
capture "$gan" bench --net tiny -b 16 --steps 1 --conv dft --profile --device cpu
equal "kernels keep to the instructions that oneDNN may use" \
    "$(grep 'dft [0-9]' "$work/out" | grep -c -v plain) $(grep -c 'dft .* plain' "$work/out" | sed 's/[1-9].*/some/')" \
    "0 some"
unset ONEDNN_MAX_CPU_ISA
capture bench/compare no-such-revision
equal "an old revision that is not there" "$code" 1
verdict
