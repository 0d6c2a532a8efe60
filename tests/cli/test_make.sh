#!/bin/sh
# test_make.sh — on a machine that has no compiler yet, make still says what it can do and installs one;
# what needs a compiler says so.
. tests/cli/checks.sh
unset MAKEFLAGS MAKELEVEL

works "help without a compiler" make help CC=no-such-compiler
equal "help: the line of demo" "$(grep -c '^  demo  *install what is missing' "$work/out")" 1
works "deps without a compiler" make -n deps CC=no-such-compiler
refuses "all without a compiler" 2 "no-such-compiler.*make deps" make all CC=no-such-compiler
verdict
