#!/bin/sh
# licences.sh — every library that a build needs (mk/deps.sh, packages/debian/control.in) has a row with its licence in
# packages/licences.md, and no row is of a package that nothing needs.
set -u
table=packages/licences.md
rows=$(sed -n 's/^| \(lib[a-z0-9-]*\|[a-z0-9-]*-dev\) |.*| [A-Za-z].* |$/\1/p' $table | sort)
{
    sed -n "/^needed='/,/^'/s/^\([a-z0-9.+-]*-dev\):.*/\1/p" mk/deps.sh
    sed -n '/^Build-Depends:/,/^Standards-Version:/p' packages/debian/control.in | grep -o '[a-z0-9.+-]*-dev'
} | grep -vx libcmocka-dev | sort -u > "${TMPDIR:-/tmp}/gan-needed-$$"
missing=$(echo "$rows" | comm -13 - "${TMPDIR:-/tmp}/gan-needed-$$")
idle=$(echo "$rows" | comm -23 - "${TMPDIR:-/tmp}/gan-needed-$$")
n=$(wc -l < "${TMPDIR:-/tmp}/gan-needed-$$")
rm -f "${TMPDIR:-/tmp}/gan-needed-$$"
[ -z "$missing" ] || printf 'packages without a licence in %s:\n%s\n' "$table" "$missing"
[ -z "$idle" ] || printf 'rows of %s that nothing needs:\n%s\n' "$table" "$idle"
[ -z "$missing$idle" ] && [ "$n" -gt 5 ] || exit 1
echo "licences: of all $n libraries that a build needs"
