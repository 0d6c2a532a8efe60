#!/bin/sh
# test_help.sh — `gan help TOPIC` is the page of docs/topics, and what pages say of lists in the sources is all of it.
. tests/cli/checks.sh

for page in docs/topics/*.md; do
    name=$(basename "$page" .md)
    capture "$gan" help "$name"
    equal "$name: exit code" "$code" 0
    same_file "$name: the page" "$work/out" "$page"
    equal "$name: is listed" "$("$gan" --help | sed -n '/^`gan help TOPIC/,/[.]$/p' | tr ' ' '\n' | grep -c "^$name[,.]$")" 1
    equal "$name: lines that a terminal holds" "$(LC_ALL=C.UTF-8 grep -cE '^.{101,}' "$page")" 0
    # Commands and files that a page names are there.
    for command in $(grep -o '\bgan [a-z]*' "$page" | cut -d' ' -f2 | sort -u); do
        "$gan" --help | grep -q -e "^  $command " || [ "$command" = help ] || not_ok "$name: gan $command" "no such command" "one"
    done
    for file in $(grep -oE '\b(docs|data|examples|cloud|src)/[a-z/.-]*[a-z]' "$page" | sort -u); do
        [ -e "$file" ] || not_ok "$name: $file" "no such file" "one"
    done
    for flag in $(grep -oE -e '--[a-z][a-z0-9-]+' "$page" | sort -u); do
        for command in train eval data plan; do "$gan" help $command; done | grep -q -e "$flag\b" ||
            not_ok "$name: $flag" "no such flag" "one of train, eval, data or plan"
    done
done
words() { sed -n "$1" "$2" | sort | tr '\n' ' '; }
equal "losses: each" "$(tr ', ' '\n\n' < docs/topics/losses.md | grep -xF "$(sed -n 's/^GAN_LOSS(\([a-z_]*\),.*/\1/p' src/program/losses.def)" |
    sort -u | tr '\n' ' ')" "$(words 's/^GAN_LOSS(\([a-z_]*\),.*/\1/p' src/program/losses.def)"
equal "exit codes: each" "$(sed -n 's/^ *\([0-9][0-9]*\)  .*/\1/p' docs/topics/exit-codes.md | sort | tr '\n' ' ')" \
    "$(sed -n 's/^    X([A-Z_]*, \([0-9]*\),.*/\1/p' include/gan/status.h | grep -vx 130 | sort -u | tr '\n' ' ')"
refuses "an unknown topic" 2 "no command or topic 'loses' (did you mean 'losses'" "$gan" help loses
refuses "an unknown command" 2 "did you mean 'train'" "$gan" help trian
equal "a command's help" "$("$gan" help sample | head -n 1)" "$("$gan" sample --help | head -n 1)"
verdict
