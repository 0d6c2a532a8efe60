#!/bin/sh
# test_completion.sh — completion in bash, zsh and fish, where they are, and manual pages: all of it is
# what the program's help says.
. tests/cli/checks.sh
completion=$(pwd -P)/packages/completion
PATH=$build:$PATH
cd "$work" || exit 1
commands=$("$gan" --help | sed -n 's/^  \([a-z]*\) .*/\1/p' | sort | tr '\n' ' ')

# in_bash WORD...: what bash offers for the last word.
in_bash() {
    bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _gan; printf "%s\n" "${COMPREPLY[@]}"' \
        bash "$completion/gan.bash" gan "$@" | sort | tr '\n' ' '
}
if command -v bash > /dev/null 2>&1; then
    equal "bash: every command" "$(in_bash '')" "$commands"
    equal "bash: those that begin so" "$(in_bash ex)" "export "
    equal "bash: flags" "$(in_bash export --n)" "--network "
    equal "bash: flags of train" "$(in_bash train --beta)" "$("$gan" help train | sed -n 's/.* \(--beta[0-9a-z-]*\) .*/\1/p' |
        sort | tr '\n' ' ')"
    equal "bash: files" "$(in_bash export x)" " "
else
    echo "skipped bash: it is not here"
fi
if command -v fish > /dev/null 2>&1; then
    in_fish() { fish --no-config -c "source $completion/gan.fish; complete -C '$1'" | cut -f1 | sort | tr '\n' ' '; }
    equal "fish: every command" "$(in_fish 'gan ')" "$commands"
    equal "fish: flags" "$(in_fish 'gan export --n')" "--network "
else
    echo "skipped fish: it is not here"
fi
if command -v zsh > /dev/null 2>&1; then
    equal "zsh: it is a script" "$(zsh -n "$completion/_gan" 2>&1)" ""
else
    echo "skipped zsh: it is not here"
fi

sh "$OLDPWD/mk/man.sh" "$gan" man
equal "a page for each command" "$(ls man | sed -n 's/^gan-\(.*\)\.1$/\1/p' | tr '\n' ' ')" "$commands"
for page in gan-train gan-export gan-sample; do
    flags=$("$gan" help "${page#gan-}" | sed -n 's/^  \(-[a-z], \)\{0,1\}\(--[a-z0-9-]*\).*/\2/p' | sort -u | tr '\n' ' ')
    equal "$page: every flag" "$(sed -n 's/^\.B \(\\-[a-z], \)\{0,1\}\(\\-\\-[a-z0-9\\-]*\).*/\2/p' "man/$page.1" | sed 's/\\//g' |
        sort -u | tr '\n' ' ')" "$flags"
done
if command -v mandoc > /dev/null 2>&1; then
    equal "the pages are roff" "$(mandoc -T lint -W error man/*.1 2>&1)" ""
else
    echo "skipped the pages' roff: mandoc is not here"
fi
verdict
