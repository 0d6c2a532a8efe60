#!/bin/sh
# vectors.sh — a loop that the compiler vectorizes for AVX-512 must be vectorized for AVX2 too: what it
# leaves to single numbers there takes several times as long, and no test would see it.
# CC, CPPFLAGS, CFLAGS: of the build.
set -u
compiler=${CC:-cc}
if ! "$compiler" --version 2> /dev/null | grep -q 'Free Software Foundation' || [ "$(uname -m)" != x86_64 ]; then
    echo "vectors: skipped, not gcc for x86-64"
    exit 0
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
vectorized() { # vectorized FILE LEVEL BYTES: lines of its loops that are
    # shellcheck disable=SC2086  # lists of flags
    "$compiler" ${CPPFLAGS:-} ${CFLAGS:-} -w -DGAN_CPU_CLONES= -march="$2" -fopt-info-vec-optimized -c "$1" \
        -o /dev/null 2>&1 | sed -n "s/^\([^:]*:[0-9]*\):.*: loop vectorized using $3 byte vectors/\1/p" | sort -u
}
files=${1:-$(grep -l GAN_CPU_CLONES src/cpu/*.c)}
for file in $files; do
    vectorized "$file" x86-64-v4 64 > "$work/wide"
    vectorized "$file" x86-64-v3 32 > "$work/narrow"
    cat "$work/wide" >> "$work/all"
    comm -23 "$work/wide" "$work/narrow"
done > "$work/missed"
if [ -s "$work/missed" ]; then
    sed 's/$/: vectorized for AVX-512, not for AVX2/' "$work/missed"
    exit 1
fi
[ -s "$work/all" ] || { echo "vectors: no loop is vectorized at all"; exit 1; }
echo "vectors: $(wc -l < "$work/all") loops, for AVX2 as for AVX-512"
