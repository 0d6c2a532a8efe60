#!/bin/sh
# check.sh — everything that only a GPU can tell, in one go, the most telling first: `make check-gpu`, and
# ./check-gpu of `make kit`. Writes report.md and report.json to build/gpu-report/DATE, anew after every part:
# whatever ends it, what was found is there. To be committed as bench/records/gpu-*.md by whoever has a GPU.
#
#   GAN_CHECK_SIMULATED=1   on the simulated device instead: tries this script out, proves nothing
#   GAN_CHECK_SHORT=1       leaves out the sanitizers and the bench
#   GAN_CHECK_ONLY="..."    only these stages of catalogue ops trace resume backend bench sanitizer
#   GAN_CHECK_REPORT=DIR    where the report goes
#   GAN_CHECK_MINUTES=N     after so many nothing is begun, and what runs is stopped; what is left is told
#   GAN_CHECK_SECONDS=600   after so many no sanitizer is begun
#   GAN_CHECK_LIBRARIES=D:D folders of libraries for our programs alone, before those of LD_LIBRARY_PATH
#   GAN_PEER_PYTHON=FILE    a Python that has PyTorch; else that of bench/peers/setup.sh, else python3
set -u
began_all=$(date +%s)
build=${BUILD:?set BUILD to the build folder}
root=$(pwd -P)
case $build in /*) ;; *) build=$root/$build ;; esac
gan=$build/gan
report=${GAN_CHECK_REPORT:-$root/build/gpu-report/$(date -u +%Y%m%d-%H%M%S)}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir -p "$report"
GAN_CUDNN_CACHE=$work/plans
GAN_TEST_BACKEND=cuda
GAN_REQUIRE_GPU=1
export GAN_CUDNN_CACHE GAN_TEST_BACKEND GAN_REQUIRE_GPU
if [ "${GAN_CHECK_SIMULATED:-0}" = 1 ]; then
    GAN_CUDA_PLUGIN=${GAN_CUDA_PLUGIN:-$build/gan-cuda-sim.so}
    GAN_CHECK_SHORT=${GAN_CHECK_SHORT-1}
    net=tiny bench_steps=1 sizes=8 size=8
else
    GAN_CUDA_PLUGIN=${GAN_CUDA_PLUGIN:-$build/gan-cuda.so}
    net=dcgan-mnist bench_steps=200 sizes=32,64,128,256,512 size=256
fi
export GAN_CUDA_PLUGIN

passed=0 failed=0 skipped=0 ended="so far"
md=$report/report.md
json=$report/report.json
: > "$work/head"
: > "$work/table"
: > "$work/rows"

say() { printf '%s\n' "$*" >> "$work/head"; }

# Both reports, of all that is known. Each is written beside and renamed: no reader, and no kill, sees half.
write_reports() {
    sums="$passed passed, $failed failed, $skipped skipped"
    {
        cat "$work/head" "$work/table"
        printf '\n%s%s\n' "$sums" "${ended:+ $ended: it was stopped, or is still at work}"
        for log in "$report"/catalogue-device.txt "$report"/bench-*.txt "$report"/peer-*.txt; do
            [ -f "$log" ] && printf '\n## %s\n\n' "$(basename "$log" .txt)" && cat "$log"
        done
    } > "$md.part"
    {
        printf '{"simulated": %s, "whole": %s, "passed": %d, "failed": %d, "skipped": %d, "results": [\n' \
            "$([ "${GAN_CHECK_SIMULATED:-0}" = 1 ] && echo true || echo false)" \
            "$([ -z "$ended" ] && echo true || echo false)" "$passed" "$failed" "$skipped"
        sed '$!s/$/,/' "$work/rows"
        printf ']}\n'
    } > "$json.part"
    mv "$json.part" "$json" && mv "$md.part" "$md"
}

# Seconds that are left for everything; a day where nobody said how many.
left_of_all() { echo $((${GAN_CHECK_MINUTES:-1440} * 60 - $(date +%s) + began_all)); }

# Our own programs find the libraries that came with them; others, PyTorch's Python above all, their own.
our() { LD_LIBRARY_PATH=${GAN_CHECK_LIBRARIES:-}${GAN_CHECK_LIBRARIES:+:}${LD_LIBRARY_PATH:-} "$@"; }

# result STAGE NAME STATUS SECONDS [WORDS]: one line on the terminal, one in each report
result() {
    stage=$1 what=$2 status=$3 seconds=$4
    shift 4
    case $status in
    ok) passed=$((passed + 1)) ;;
    skipped) skipped=$((skipped + 1)) ;;
    *) failed=$((failed + 1)) ;;
    esac
    words=$(printf '%s' "$*" | tr '\n\t"\\|' "  ''/")
    printf '%-8s %-14s %s %s\n' "$status" "$stage" "$what" "$words"
    echo "| $stage | $what | $status | $seconds s | $words |" >> "$work/table"
    printf '{"stage": "%s", "name": "%s", "status": "%s", "seconds": %s, "words": "%s"}\n' \
        "$stage" "$what" "$status" "$seconds" "$words" >> "$work/rows"
    write_reports
}

# try STAGE NAME COMMAND...: its output is kept beside the report. A command that ends by itself with 75
# was not made for this machine, and one that is stopped by the time it is given (124) tells nothing
# where its time is ours to choose.
try() {
    stage=$1 what=$2
    shift 2
    log=$report/$stage-$what.txt
    if [ "$(left_of_all)" -le 0 ]; then
        result "$stage" "$what" skipped 0 "no time left of $GAN_CHECK_MINUTES minutes"
        return 75
    fi
    began=$(date +%s)
    if "$@" > "$log" 2>&1; then code=0; else code=$?; fi
    took=$(($(date +%s) - began))
    if [ $code -eq 124 ] && [ "$(left_of_all)" -le 0 ]; then
        echo "not done within $GAN_CHECK_MINUTES minutes" >> "$log"
        code=75
    fi
    line=$(tail -n 1 "$log" | cut -c1-120)
    case $code in
    0) result "$stage" "$what" ok $took "$line" ;;
    75) result "$stage" "$what" skipped $took "$line" ;;
    *) result "$stage" "$what" FAILED $took "exit $code: $line" ;;
    esac
    return $code
}

# True if a stage is asked for.
wanted() { case " ${GAN_CHECK_ONLY:-$1} " in *" $1 "*) true ;; *) false ;; esac; }

# At most so many seconds, and no more than are left: a kernel that never ends must not take them all.
within() { # within SECONDS COMMAND...
    seconds=$1
    shift
    left=$(left_of_all)
    [ "$left" -ge 1 ] || left=1
    timeout -k 10 $((left < seconds ? left : seconds)) "$@"
}
patiently() { our within 300 "$@"; }

# Every fp32 product in fp32, whatever the library would like: what fp32 tolerances are for.
strictly() { patiently env NVIDIA_TF32_OVERRIDE=0 "$@"; }

say "# gan.c on a GPU, $(date -u +'%Y-%m-%d %H:%M') UTC"
say ""
[ "${GAN_CHECK_SIMULATED:-0}" = 1 ] && say "**Simulated device: this report proves nothing about a GPU.**" && say ""
say "Revision $(cat revision 2> /dev/null || sh mk/revision.sh)."
say ""
say '```'
{ nvidia-smi 2>&1 || echo "no nvidia-smi"; } | head -n 20 >> "$work/head"
our within 120 "$gan" doctor >> "$work/head" 2>&1
doctor=$?
say '```'
say ""
write_reports
if [ $doctor -ne 0 ]; then
    cat "$work/head"
    echo "check-gpu: no GPU can be used here"
    exit 69
fi
say "| stage | what | result | time | |"
say "|---|---|---|---|---|"

# The catalogue's entry of this device.
if ! wanted catalogue; then
    :
elif ! command -v python3 > /dev/null; then
    result catalogue device skipped 0 "no python3"
elif our "$build/tests/gpu/device_facts" > "$report/device.json" 2> "$work/err"; then
    try catalogue device python3 tests/gpu/compare_device.py "$report/device.json" data/gpus.json
else
    result catalogue device skipped 0 "$(head -n 1 "$work/err")"
fi

# Every op against the double-precision reference.
programs() { (cd "$build/tests/$1" && for p in test_*; do case $p in *.*) ;; *) echo "$p" ;; esac; done); }
for test in $(wanted ops && programs ops); do
    [ "$test" = test_cpu_backend ] || try ops "$test" strictly "$build/tests/ops/$test"
done

# True if the device computes in that precision; else it is written down that it does not.
has_precision() { # has_precision STAGE NAME PRECISION
    [ "$(left_of_all)" -gt 0 ] || return 0
    our within 120 "$gan" train --net tiny --data digits --device cuda --precision "$3" --dry-run > "$work/out" 2>&1 &&
        return 0
    grep -q "cannot train in $3" "$work/out" || return 0 # whatever it is, the run itself says so
    result "$1" "$2" skipped 0 "the device has no $3"
    return 1
}

# Trajectories of Keras and PyTorch, in each precision that the device has.
for trace in $(wanted trace && ls tests/golden/*.safetensors); do
    of=$(basename "$trace" .safetensors)
    for precision in strict tf32 bf16 fp16; do
        # refused: the squares of a penalty do not fit fp16
        [ $precision = fp16 ] && head -c 8192 "$trace" | grep -aqE '\\n  r[12]: ' && continue
        has_precision trace "$of-$precision" "$precision" &&
            try trace "$of-$precision" patiently "$gan" verify "$trace" --device cuda \
                --precision "$precision"
    done
done

# A run in one piece, and one that is killed and resumed: the same bytes.
train() { # train OUTDIR STEPS [FLAGS]
    folder=$1 steps=$2
    shift 2
    patiently "$gan" train --net tiny --data digits --limit 2000 --batch-size 32 --device cuda --seed 3 \
        --outdir "$folder" --steps "$steps" --sample-every 0 --quiet "$@"
}
resume_check() {
    train "$work/whole" 60 --save-every 60 || return 1
    train "$work/parts" 25 --save-every 5 || return 1
    train "$work/parts" 60 --save-every 60 --resume auto || return 1
    for file in "$work"/whole/*/checkpoints/step-00000060.safetensors; do
        cmp "$file" "$work"/parts/*/checkpoints/step-00000060.safetensors || return 1
    done
    echo "60 steps, and 25 + 35 steps: the same checkpoint"
}
if wanted resume; then
    try resume exact resume_check
    try repeat same-bits patiently sh -c "
        '$gan' train --net $net --data digits --limit 2000 --device cuda --steps 20 --seed 5 --quiet \
            --sample-every 0 --outdir '$work/first' && \
        '$gan' train --net $net --data digits --limit 2000 --device cuda --steps 20 --seed 5 --quiet \
            --sample-every 0 --outdir '$work/second' && \
        cmp '$work'/first/*/checkpoints/*20.safetensors '$work'/second/*/checkpoints/*20.safetensors && \
        echo 'two runs, the same bytes'"

    # True nodes of the step's graph; the library calls of a launch list are more than one each.
    try graph nodes patiently sh -c "GAN_DEBUG_GRAPH=1 '$gan' train --net $net --data digits --limit 600 --device cuda \
        --steps 1 --sample-every 0 --outdir '$work/nodes' 2>&1 | grep 'graph nodes'"
fi

# The backend as a whole: state, streaming, 16 bits.
for test in $(wanted backend && programs cuda); do
    try backend "$test" patiently "$build/tests/cuda/$test"
done

# Both ways of batch normalization in turn, twice: which is faster on this GPU is what a default may be
# changed by.
norm_paths() { # norm_paths PRECISION
    : > "$work/paths"
    for how in cudnn fused cudnn fused; do
        patiently "$gan" bench --device cuda --net $net --data digits --precision "$1" --batch-sizes $size \
            --steps $bench_steps --batchnorm $how --json > "$work/path" 2> "$work/path.err"
        code=$?
        if grep -q 'cuDNN has none below' "$work/path.err"; then
            echo "this GPU has own kernels alone"
            return 75
        fi
        [ $code -eq 0 ] || { cat "$work/path.err"; return $code; }
        sed -n "s/.*\"img_per_s\": \([0-9.e+]*\),.*/$how \1/p" "$work/path" | tee -a "$work/paths"
    done
    awk '$2 > 0 { sum[$1] += $2 / 2; n++ }
        END { if (n != 4) exit 1
            faster = sum["fused"] > sum["cudnn"] ? "fused" : "cudnn"
            printf "%s is faster: cudnn %.1f, fused %.1f img/s\n", faster, sum["cudnn"], sum["fused"] }' "$work/paths"
}

# Speed, alone and beside PyTorch.
peer_python=""
for python in $(wanted bench && [ "${GAN_CHECK_SHORT:-0}" = 0 ] && echo "${GAN_PEER_PYTHON:-build/peers/pytorch/bin/python python3}"); do
    if [ -z "$peer_python" ] && within 120 "$python" -c 'import numpy, torch, yaml
assert torch.cuda.is_available()' > /dev/null 2>&1; then
        peer_python=$python
    fi
done
if ! wanted bench; then
    :
elif [ "${GAN_CHECK_SHORT:-0}" = 1 ]; then
    result bench all skipped 0 "GAN_CHECK_SHORT"
else
    for precision in fp32 bf16 fp16; do
        has_precision bench "sweep-$precision" "$precision" &&
            try bench "sweep-$precision" patiently "$gan" bench --device cuda --net $net --data digits \
                --precision "$precision" --batch-sizes $sizes --steps $bench_steps --markdown
    done
    for precision in fp32 bf16; do
        has_precision bench "norms-$precision" "$precision" &&
            try bench "norms-$precision" norm_paths "$precision"
    done
    try bench profile patiently "$gan" bench --device cuda --net $net --data digits \
        --batch-sizes $size --steps $bench_steps --profile
    if [ -n "$peer_python" ]; then
        like_fp32=tf32 # gan.c's fp32 takes TF32 products where there are any
        has_precision peer pytorch-tf32 tf32 || like_fp32=fp32
        for precision in $like_fp32 bf16; do
            has_precision peer "pytorch-$precision" "$precision" || continue
            for mode in eager compile graphs; do
                try peer "pytorch-$mode-$precision" within 120 "$peer_python" \
                    bench/peers/pytorch_step.py --device cuda --batch-size 256 --mode "$mode" \
                    --precision "$precision"
            done
        done
    else
        result peer pytorch skipped 0 \
            "no Python with PyTorch for CUDA, numpy and yaml (sh bench/peers/setup.sh pytorch, GAN_PEER_PYTHON)"
    fi
fi

# compute-sanitizer on our kernels (what it finds in the libraries' is not ours to mend), last: it is
# slow, and stops where the time does.
ours=$(grep -oh '[a-z0-9_]*_kernel\b' kernels/*.cu | sort -u | sed 's/^/--kernel-name kernel_substring=/')
sanitizer=$(PATH=$PATH:${CUDA_HOME:-/usr/local/cuda}/bin:/usr/local/cuda/bin; command -v compute-sanitizer)
sanitize() { # sanitize TOOL TEST
    left=$((${GAN_CHECK_SECONDS:-600} - $(date +%s) + began_all))
    [ "$left" -gt 0 ] || { echo "no time left of GAN_CHECK_SECONDS"; return 75; }
    # shellcheck disable=SC2086  # a list of words
    our within "$left" "$sanitizer" --tool "$1" --error-exitcode 9 $ours "$build/tests/ops/$2"
    code=$?
    [ $code -ne 124 ] || { echo "not done within GAN_CHECK_SECONDS"; code=75; }
    return $code
}
if ! wanted sanitizer; then
    :
elif [ "${GAN_CHECK_SHORT:-0}" = 1 ]; then
    result sanitizer all skipped 0 "GAN_CHECK_SHORT"
elif [ -n "$sanitizer" ]; then
    for tool in memcheck racecheck synccheck initcheck; do
        for op in adam add batch_norm ema gather gather_labels guard loss matmul noise norm report row_dot \
            scale_rows sigmoid stat_update tanh bias_leaky_dropout conv conv_dx conv_dw; do
            try "$tool" "test_$op" sanitize "$tool" "test_$op"
        done
    done
else
    result sanitizer all skipped 0 "compute-sanitizer is not installed (apt: cuda-sanitizer-13-0)"
fi

ended=''
write_reports
echo "$sums: $md"
[ "$failed" -eq 0 ]
