#!/bin/sh
# tidy.sh — clang-tidy (.clang-tidy) over the library, the program, the tests and the examples; skipped,
# with a word, where missing, but not in CI.
#   CPPFLAGS, CUDA_CPPFLAGS, ISA_avx2...   as the build has them; without the second, what includes CUDA is
#                                          left out
#   TIDY_FILES                             only these
set -u

# Whether a file needs CUDA's headers.
is_cuda() {
    grep -qE '^#include [<"](cuda|cudnn|cublas)' "$1"
}

# Whether a file is compiled only with a library that this build is without.
is_left_out() {
    case $1:$CPPFLAGS in
    src/io/hdf5.c:*GAN_WITH_HDF5*) return 1 ;;
    src/io/hdf5.c:*) return 0 ;;
    *) return 1 ;;
    esac
}

if [ "${1:-}" = one ]; then # tidy.sh one FILE: its findings
    file=$2
    flags="$CPPFLAGS -I. -Itests -std=c11 -fopenmp"
    is_cuda "$file" && flags="$flags $CUDA_CPPFLAGS"
    # As mk/flags.mk: a file's suffix says what it is compiled for.
    case $file in
    *_avx2.c) flags="$flags $ISA_avx2" ;;
    *_avx512.c) flags="$flags $ISA_avx512" ;;
    *_avx512bf16.c) flags="$flags $ISA_avx512bf16" ;;
    *_amx.c) flags="$flags $ISA_amx" ;;
    esac
    # The analyzer gives up on a function after so many states: a third of its own limit takes half the
    # time, and has found the same here.
    # shellcheck disable=SC2086  # a list of flags
    findings=$(clang-tidy --quiet "$file" -- $flags -Xclang -analyzer-config -Xclang max-nodes=75000 2>&1)
    status=$?
    [ $status -eq 0 ] || printf '%s\n' "$findings" | grep -vE '^[0-9]+ warnings? (generated|treated)'
    exit $status
fi

if ! command -v clang-tidy > /dev/null 2>&1; then
    echo "clang-tidy: not installed, skipped (sh mk/deps.sh ci installs it)"
    [ -z "${CI:-}" ]
    exit
fi
files='' without=0
for file in ${TIDY_FILES:-$(git ls-files -- 'src/*.c' 'tests/*.c' 'examples/*.c' ':!tests/lint/new_op')}; do
    if { [ -z "$CUDA_CPPFLAGS" ] && is_cuda "$file"; } || is_left_out "$file"; then
        without=$((without + 1))
    else
        files="$files $file"
    fi
done
# shellcheck disable=SC2086  # a list of words
printf '%s\n' $files | xargs -P "$(getconf _NPROCESSORS_ONLN)" -n 1 sh "$0" one ||
    { echo "clang-tidy: FAILED"; exit 1; }
# shellcheck disable=SC2086  # a list of words
echo "clang-tidy: nothing found in $(printf '%s\n' $files | wc -l) files; $without that need CUDA or a library left out"
