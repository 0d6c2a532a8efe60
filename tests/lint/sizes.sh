#!/bin/sh
# sizes.sh — files over 400 lines (tests and scripts: 600), lines over 100 columns (but for shell, make and tables),
# functions over 80 lines, and kernels' launches of more than eight arguments are refused.
set -u
files=$(git ls-files -- '*.c' '*.h' '*.cu' '*.cuh' '*.cc' '*.def' '*.sh' '*.py' '*.mk' Makefile)
long_files=$(for f in $files; do
    n=$(wc -l < "$f") most=600
    case $f in
    src/eval/eval.c | src/exchange/torch_layers.c) most=460 ;; # two ideas each: to be split
    src/* | include/* | kernels/*) most=400 ;;
    esac
    [ "$n" -gt $most ] && echo "$f: $n lines"
done)
# shellcheck disable=SC2086  # a list of files
long_lines=$(LC_ALL=C.UTF-8 grep -nHE '^.{101,}' $files | grep -vE '^[^:]*\.(mk|sh|def):' | cut -c1-80)
# A function begins at a line that starts a name at column 0 and ends in ")", its body at "{".
long_functions=$(for f in $(git ls-files -- '*.c' '*.cu' '*.cc'); do
    awk -v f="$f" '/^\{/ { start = NR } /^\}/ { if (start && NR - start > 80)
        print f ":" start ": " NR - start " lines"; start = 0 }' "$f"
done)
long_lists=$(awk '/^gan_status gan_[a-z0-9_]*_launch\(/ { list = ""; start = NR }
    start { list = list $0 }
    start && /;/ { if (gsub(/,/, "", list) > 7) print FILENAME ":" start ": wants a descriptor"; start = 0 }' \
    kernels/*.h)
if [ -n "$long_files$long_lines$long_functions$long_lists" ]; then
    printf '%s\n' "$long_files" "$long_lines" "$long_functions" "$long_lists" | grep .
    exit 1
fi
echo "sizes: files, lines and functions within their budgets"
