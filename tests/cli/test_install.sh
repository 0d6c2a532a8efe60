#!/bin/sh
# test_install.sh — what `make install` puts under a prefix works from wherever that is moved to: the
# program, and the library for pkg-config and CMake, shared and static. What the shared library shows
# is what the public headers declare.
. tests/cli/checks.sh

works "install" make --no-print-directory install BUILD="$build" DESTDIR="$work/root" PREFIX=/opt/gan \
    LIBDIR=/opt/gan/lib/here
mv "$work/root/opt/gan" "$work/moved"
export PKG_CONFIG_PATH="$work/moved/lib/here/pkgconfig" LD_LIBRARY_PATH="$work/moved/lib/here"
cc=${CC:-cc}

(cd "$work" && unset GAN_NETS && "$work/moved/bin/gan" train --net tiny --data digits --limit 8 -b 8 --dry-run) > "$work/out" 2> "$work/err" &&
    ok "the program finds its networks" || not_ok "the program finds its networks" "$(cat "$work/err")" "a dry run"
capture sh -c "cd '$work' && unset GAN_NETS && moved/bin/gan eval digits --data digits --features nowhere -n 2 2>&1"
if grep -q OpenBLAS "$work/out"; then
    echo "skipped: no OpenBLAS"
else
    works "and its features" sh -c "cd '$work' && unset GAN_NETS && moved/bin/gan train --net tiny --data digits --limit 8 -b 4 \
        --steps 1 -q --sample-every 0 --no-gif && moved/bin/gan eval runs/0* -n 8 -q --json"
    equal "those of the data set" "$(grep -c '"features": "digits"' "$work/out")" 1
fi
equal "one version" "$(pkg-config --modversion libgan)" "$("$work/moved/bin/gan" --version | head -n 1 | cut -d' ' -f2)"

cp examples/train.c "$work/"
works "compile by pkg-config" sh -c "$cc -std=c11 -o '$work/shared' '$work/train.c' \$(pkg-config --cflags --libs libgan)"
works "link all statically that gan.c is" sh -c "$cc -std=c11 -o '$work/static' '$work/train.c' \
    \$(pkg-config --cflags libgan) '$work/moved/lib/here/libgan.a' \
    \$(pkg-config --libs --static libgan | sed 's/-lgan//')"
for kind in shared static; do
    (cd "$work" && "./$kind" "$kind.png" 1) > "$work/out" 2> "$work/err" && ok "$kind: it trains" ||
        not_ok "$kind: it trains" "$(cat "$work/err")" "a picture"
done
same_file "the same picture" "$work/shared.png" "$work/static.png"

if command -v cmake > "$work/out"; then
    cat > "$work/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.13)
project(user C)
find_package(gan 0.1 REQUIRED)
add_executable(user train.c)
target_link_libraries(user gan::gan)
add_executable(user_static train.c)
target_link_libraries(user_static gan::static)
END
    works "CMake finds it" cmake -S "$work" -B "$work/cmade" -DCMAKE_PREFIX_PATH="$work/moved" \
        -DCMAKE_LIBRARY_ARCHITECTURE=here -Dgan_DIR="$work/moved/lib/here/cmake/gan"
    works "and builds with it" cmake --build "$work/cmade"
    (cd "$work" && cmade/user cmake.png 1) > "$work/out" 2> "$work/err"
    same_file "by CMake: the same picture" "$work/cmake.png" "$work/shared.png"
else
    echo "skipped: no cmake here"
fi

# Functions that the public headers declare, as the compiler sees them.
printf '#include "gan/gan.h"\n' | ${CC:-cc} -std=c11 -Iinclude -E -P - | tr '\n' ' ' | tr ';{}' '\n\n\n' |
    grep -v 'typedef\|static' | grep -o '\bgan_[a-z0-9_]*(' | tr -d '(' | sort -u > "$work/declared"
nm -D --defined-only "$build/libgan.so" | awk '$3 !~ /^\.gomp/ { print $3 }' | sort -u > "$work/shown"
equal "declared and not in the library" "$(comm -23 "$work/declared" "$work/shown" | tr '\n' ' ')" ""
equal "in the library and not declared" "$(comm -13 "$work/declared" "$work/shown" | tr '\n' ' ')" ""
[ "$(wc -l < "$work/shown")" -gt 60 ] && ok "all of it" || not_ok "functions" "$(wc -l < "$work/shown")" "more than 60"
verdict
