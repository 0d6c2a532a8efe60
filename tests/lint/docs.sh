#!/bin/sh
# docs.sh — the C API's pages in a folder (build/docs), without a warning: every function has a comment, every
# parameter that a comment names is one, every example is linked. Skipped, with a word, where Doxygen is missing,
# but not in CI.
#   GAN_VERSION=VERSION sh tests/lint/docs.sh [FOLDER]
set -u
GAN_DOCS=${1:-build/docs}
export GAN_DOCS
if ! command -v doxygen > /dev/null 2>&1; then
    echo "docs: no doxygen, skipped (sh mk/deps.sh ci installs it)"
    [ -z "${CI:-}" ]
    exit
fi
rm -rf "$GAN_DOCS"
mkdir -p "$GAN_DOCS" || exit 1
doxygen docs/api/Doxyfile > "$GAN_DOCS/warnings" 2>&1 || echo "doxygen: exit code $?" >> "$GAN_DOCS/warnings"
if [ -s "$GAN_DOCS/warnings" ]; then
    cat "$GAN_DOCS/warnings"
    echo "docs: FAILED"
    exit 1
fi
echo "docs: $GAN_DOCS/html/index.html, without a warning"
