#!/bin/sh
# revision.sh — the commit that this checkout is of, in a word, with ", changed" where files differ from it.
if name=$(git rev-parse --short HEAD 2> /dev/null); then
    git diff --quiet HEAD 2> /dev/null || name="$name, changed"
    echo "$name"
else
    echo unknown
fi
