#!/bin/sh
# test_wait.sh — commands that compute start again once, so that OpenMP's threads do not wait at full
# speed for long; with the same arguments, and not where the environment says how they wait.
. tests/cli/checks.sh
unset OMP_WAIT_POLICY GOMP_SPINCOUNT KMP_BLOCKTIME

if ! ldd "$gan" | grep -q libgomp; then
    echo "skipped: not GNU's OpenMP"
    verdict
fi
spins() { # spins COMMAND...: how long threads wait, as the runtime says at each start
    OMP_DISPLAY_ENV=verbose "$@" 2>&1 | sed -n "s/.*GOMP_SPINCOUNT = '\(.*\)'.*/\1/p" | tr '\n' ' '
}
for command in train sample verify bench; do
    equal "gan $command starts again" "$(spins "$gan" $command --help | sed 's/^[0-9]* //')" "2500 "
done
for command in data plan doctor; do
    equal "gan $command does not" "$(spins "$gan" $command --help | wc -w)" 1
done
equal "nor with a policy" "$(OMP_WAIT_POLICY=active spins "$gan" train --help | wc -w)" 1
equal "nor with a count" "$(GOMP_SPINCOUNT=77 spins "$gan" train --help)" "77 "
refuses "arguments are the same ones" 66 "cannot read no .such ..file. .here.:" \
    "$gan" sample "no *such \$(file) \"here\""
verdict
