# checks.sh — what the command-line tests share; read by each with `.`, from the repository root.
#
# Sets gan (the program), tests (the folder of built test parts) and work (a folder that is removed at
# the end). Runs know neither the caller's settings nor data sets. Each check prints "ok NAME", or
# "not ok NAME" with what was got and wanted; `verdict` ends the script with 1 after any of the latter.
set -u
LC_ALL=C
TMPDIR=${TMPDIR:-/tmp}
build=$(cd "${BUILD:?set BUILD to the build folder}" && pwd -P) || exit 1
gan=$build/gan
tests=$build/tests/cli
work=$(cd "$(mktemp -d)" && pwd -P) || exit 1
GAN_TEST_SEED=${GAN_TEST_SEED:-$(date +%s)}
for name in $(env | sed -n 's/^\(GAN_[A-Z_0-9]*\)=.*/\1/p'); do
    [ "$name" = GAN_TEST_SEED ] || unset "$name"
done
GAN_NETS=$(pwd -P)/data/nets
HOME=$work/home
XDG_DATA_HOME=$work/home/data
export LC_ALL TMPDIR GAN_NETS HOME XDG_DATA_HOME
mkdir -p "$XDG_DATA_HOME"
unset NO_COLOR TERM LD_PRELOAD
failures=0
random_state=$GAN_TEST_SEED

clean_up() {
    status=$?
    rm -rf "$work"
    exit $status
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

ok() { # ok NAME
    echo "ok $1"
}

not_ok() { # not_ok NAME GOT WANTED
    echo "not ok $1"
    printf '    got:    %s\n    wanted: %s\n' "$2" "$3"
    failures=$((failures + 1))
}

verdict() {
    [ "$failures" -eq 0 ] || echo "$failures failed; GAN_TEST_SEED=$GAN_TEST_SEED sh $0 repeats it"
    [ "$failures" -eq 0 ]
    exit
}

equal() { # equal NAME GOT WANTED
    if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "$2" "$3"; fi
}

same_file() { # same_file NAME GOT WANTED: two files of the same bytes
    if cmp -s "$2" "$3"; then ok "$1"; else not_ok "$1" "$(cmp "$2" "$3" 2>&1)" "the bytes of $3"; fi
}

# failing CALLS PATH REASON COMMAND...: these calls fail on files whose path holds PATH (fail_at.c).
failing() {
    fail_calls=$1 fail_path=$2 fail_reason=$3; shift 3
    FAIL_CALLS=$fail_calls FAIL_PATH=$fail_path FAIL_ERRNO=$fail_reason FAIL_LOG=$work/refused LD_PRELOAD=$tests/fail_at.so "$@"
}

# reseal FILE SCRIPT: a checkpoint changed by sed, with the digest that it then has.
reseal() {
    digest=$(sed -n 's/.*"sha256":"\([0-9a-f]*\)".*/\1/p' "$1")
    zeros=$(echo "$digest" | tr 0-9a-f 0)
    sed "$2; s/$digest/$zeros/" "$1" > "$1.resealed"
    sed "s/$zeros/$(sha256sum < "$1.resealed" | cut -d' ' -f1)/" "$1.resealed" > "$1"
    rm "$1.resealed"
}

draw() { # draw N: sets drawn to a number from 0 to N - 1, from the seed
    random_state=$(((random_state % 2147483647 * 48271 + 1) % 2147483647))
    drawn=$((random_state / 64 % $1))
}

# Runs a command with its output in $work/out and $work/err and its exit code in $code.
capture() {
    "$@" > "$work/out" 2> "$work/err"
    code=$?
}

# works NAME COMMAND...: it ends well; its output is in $work/out.
works() {
    check=$1; shift
    capture "$@"
    if [ "$code" -eq 0 ]; then ok "$check"; else not_ok "$check" "$code: $(cat "$work/err")" "exit code 0"; fi
}

# refuses NAME CODE TEXT COMMAND...: it ends with that exit code, nothing on standard output and one
# line on standard error that holds TEXT (a basic regular expression).
refuses() {
    check=$1 wanted=$2 text=$3; shift 3
    capture "$@"
    lines=$(wc -l < "$work/err")
    if [ "$code" -eq "$wanted" ] && [ "$lines" -eq 1 ] && [ ! -s "$work/out" ] &&
        grep -q -- "$text" "$work/err"; then
        ok "$check"
    else
        not_ok "$check" "$code: $(cat "$work/out" "$work/err")" "exit code $wanted, one line with '$text'"
    fi
}

# await FILE: until it is there and not empty, at most 20 seconds.
await() {
    waits=0
    while [ ! -s "$1" ] && [ "$waits" -lt 2000 ]; do
        sleep 0.01
        waits=$((waits + 1))
    done
}

# A run that goes on until it is stopped, in the background; its process id is $running and its first
# line of statistics is written.
start_endless() { # start_endless OUTDIR FLAGS...
    outdir=$1; shift
    # shellcheck disable=SC2086  # a list of words
    "$gan" train $small --steps 1000000000 --save-every 0 --sample-every 0 --log-every 1 \
        --outdir "$outdir" "$@" > "$work/out" 2> "$work/err" &
    running=$!
    await "$outdir"/00000-tiny-digits-b8/stats.jsonl
}

# The settings of a small run: under a tenth of a second, the same bits everywhere.
small="--net tiny --data digits --limit 96 --batch-size 8 --grid 2x2 --device cpu --threads 1 --quiet"

# Every setting of options.def, a line each: its key, its type, and what it does on resume.
settings_table() {
    awk -F', *' '/^GAN_OPTION\(/ { print substr($1, 12), $2, $6 }
                 /^GAN_CHOICE\(/ { print substr($1, 12), "choice", $4 }' include/gan/options.def
}

# Steps of the lines of a stats.jsonl, in their order, on one line.
steps_of() {
    sed -n 's/^{"step": \([0-9]*\),.*}$/\1/p' "$1" | tr '\n' ' '
}
