#!/bin/sh
# check-gpu — of the kit that `make kit` packs: everything that only a GPU can tell, on a machine that has one
# and perhaps no network, no compiler, no root. It needs a shell, NVIDIA's driver, and NVIDIA's libraries:
# from a toolkit, from a module, or from Python's nvidia-* packages.
#   ./check-gpu [--minutes N] [--report DIR]
#     --minutes N    end within so long; the most telling checks come first
#     --report DIR   where report.md and report.json go (default ./gpu-report-DATE); they are written anew
#                    after every part, so that a run that is cut short leaves them too
#   GAN_NVIDIA=DIR:DIR      folders of NVIDIA's libraries, looked at first
#   GAN_PEER_PYTHON=FILE    a Python that has PyTorch, to compare speed with; else python3
set -u
fail() { echo "check-gpu: $*" >&2; exit 69; }
usage() { sed -n '2,/^set/s/^# \{0,1\}//p' "$kit/check-gpu"; }
kit=$(cd "$(dirname "$0")" && pwd -P) || exit 1
minutes='' report=''
while [ $# -gt 0 ]; do
    case $1 in
    --minutes=*) minutes=${1#*=} ;;
    --report=*) report=${1#*=} ;;
    --minutes | --report)
        [ $# -ge 2 ] || { echo "check-gpu: $1 needs a value" >&2; exit 2; }
        [ "$1" = --report ] || minutes=$2
        [ "$1" = --minutes ] || report=$2
        shift
        ;;
    -h | --help) usage; exit 0 ;;
    *) echo "check-gpu: unknown word '$1': ./check-gpu [--minutes N] [--report DIR]" >&2; exit 2 ;;
    esac
    shift
done
case $minutes in *[!0-9]*) echo "check-gpu: --minutes: '$minutes' is not a whole number" >&2; exit 2 ;; esac

# What was built elsewhere: for this processor, and for this C library or an older one.
[ "$(uname -m)" = "$(cat "$kit/machine")" ] ||
    fail "this kit is for $(cat "$kit/machine"), and this machine is $(uname -m): make one there"
at_least() { [ "$(printf '%s\n' "$1" "$2" | sort -V | tail -n 1)" = "$1" ]; } # at_least HAS NEEDS
has=$(getconf GNU_LIBC_VERSION 2> /dev/null | sed 's/glibc //')
[ -n "$has" ] || has=$(ldd --version 2> /dev/null | sed -n '1s/.* //p')
at_least "${has:-0}" "$(cat "$kit/glibc")" ||
    fail "this kit needs glibc $(cat "$kit/glibc") or newer, and this machine has ${has:-none}: make the kit on a machine as old as this one"
libraries=$kit/lib
if at_least "$has" "$(cat "$kit/lib/c++/glibc")"; then
    libraries=$libraries:$kit/lib/c++
else
    own=$({ ldconfig -p || /sbin/ldconfig -p; } 2> /dev/null | sed -n 's/.*libstdc++\.so\.6 .*x86-64.* => //p; s/.*libstdc++\.so\.6 .*AArch64.* => //p' | head -n 1)
    grep -q "GLIBCXX_$(cat "$kit/glibcxx")" "${own:-/none}" 2> /dev/null ||
        fail "this kit needs glibc $(cat "$kit/lib/c++/glibc") or newer (this machine has $has), or a libstdc++ of the machine with GLIBCXX_$(cat "$kit/glibcxx") (${own:-none was found}): make the kit on a machine as old as this one"
fi
for program in timeout mktemp cmp sed grep cut; do
    command -v $program > /dev/null || fail "there is no program '$program' here"
done

# Folders where NVIDIA's libraries may be, the likeliest first, one a line.
places() {
    printf '%s\n' "${GAN_NVIDIA:-}" "${LD_LIBRARY_PATH:-}" | tr ':' '\n'
    for home in "${CUDA_HOME:-}" "${CUDA_PATH:-}" "${CUDA_ROOT:-}" "${CUDATOOLKIT_HOME:-}" "${CUDNN_HOME:-}" \
        "${CUDNN_PATH:-}" "${CUDNN_ROOT:-}" "${EBROOTCUDA:-}" "${EBROOTCUDNN:-}" "${CONDA_PREFIX:-}" \
        "$(command -v nvcc 2> /dev/null | sed 's|/bin/nvcc$||')" /usr/local/cuda /usr/local/cuda-* /opt/cuda; do
        [ -n "$home" ] && printf '%s\n' "$home/lib64" "$home/lib" "$home/targets/$(uname -m)-linux/lib"
    done
    { ldconfig -p || /sbin/ldconfig -p; } 2> /dev/null | sed -n 's|.* => \(/.*\)/libcu[^/]*$|\1|p' | sort -u
    printf '%s\n' "/usr/lib/$(uname -m)-linux-gnu" /usr/lib64 /usr/lib
    for python in "${GAN_PEER_PYTHON:-}" python3; do
        [ -n "$python" ] && "$python" -c '
import site, sys
for path in dict.fromkeys(sys.path + site.getsitepackages() + [site.getusersitepackages()]):
    print(path)' 2> /dev/null
    done | while IFS= read -r site; do
        for folder in "$site"/nvidia/*/lib "$site/torch/lib"; do
            [ -d "$folder" ] && printf '%s\n' "$folder"
        done
    done
}

# The first place that has each library that the plugin needs; what is missing is told, with what was looked at.
all=$(places | while IFS= read -r place; do [ -n "$place" ] && [ -d "$place" ] && printf '%s\n' "$place"; done)
set -f
IFS='
'
missing='' others='' cuda=$(cat "$kit/cuda")
# cuDNN compiles its batch normalization by libnvrtc: it looks for it by itself, and the rest works without.
for library in $(cat "$kit/nvidia") ${cuda:+libnvrtc.so.$cuda}; do
    found=''
    for place in $all; do
        [ -n "$found" ] || [ ! -e "$place/$library" ] || found=$place
    done
    case :$libraries: in
    *":$found:"*) ;;
    *) libraries=$libraries${found:+:$found} ;;
    esac
    [ -n "$found" ] && continue
    case $library in
    libnvrtc.*) echo "check-gpu: $library was not found: cuDNN's batch normalization will fail without it" >&2; continue ;;
    esac
    missing="$missing $library"
    for place in $all; do
        others=$others$(set +f; cd "$place" && for other in "${library%%.so.*}".so.*; do
            case $other in *.so.*[!0-9]*) ;; *) printf ' %s/%s' "$place" "$other" ;; esac
        done)
    done
done
if [ -n "$missing" ]; then
    echo "check-gpu: these of NVIDIA's libraries were not found:$missing"
    [ -z "$others" ] || echo "of another version there are:$others"
    echo "looked for in:"
    printf '  %s\n' $all | sort -u
    echo "Load the modules of CUDA $cuda and cuDNN 9, say where they are by GAN_NVIDIA=DIR:DIR, or bring them from where there"
    echo "is a network: pip download nvidia-cublas nvidia-cuda-nvrtc nvidia-cudnn-cu$cuda, and unzip the wheels."
    exit 69
fi >&2
unset IFS
set +f

[ -n "$report" ] || report=$PWD/gpu-report-$(date -u +%Y%m%d-%H%M%S)
mkdir -p "$report" 2> /dev/null && [ -w "$report" ] || fail "cannot write to $report: say where the report goes by --report DIR"
GAN_CHECK_REPORT=$(cd "$report" && pwd -P)
GAN_CHECK_LIBRARIES=$libraries
GAN_CHECK_MINUTES=$minutes
BUILD=$kit/build
GAN_NETS=$kit/data/nets
GAN_GPUS=$kit/data/gpus.json
GAN_CUDA_PLUGIN=$kit/build/gan-cuda.so
PYTHONDONTWRITEBYTECODE=1
export GAN_CHECK_REPORT GAN_CHECK_LIBRARIES BUILD GAN_NETS GAN_GPUS GAN_CUDA_PLUGIN PYTHONDONTWRITEBYTECODE
[ -z "$minutes" ] || export GAN_CHECK_MINUTES
[ -n "$minutes" ] || unset GAN_CHECK_MINUTES
cd "$kit" && exec sh tests/gpu/check.sh
