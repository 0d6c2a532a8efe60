#!/bin/sh
# man.sh — manual pages out of the program's own help: gan.1, and gan-COMMAND.1 for each command.
#   sh mk/man.sh PROGRAM FOLDER
set -eu
program=$1 folder=$2
version=$("$program" --version | cut -d' ' -f2)
mkdir -p "$folder"

# Help as roff: the usage line, paragraphs, and a tagged paragraph for each line that begins with two
# blanks and a flag or a command. Backslashes, hyphens and what would be a request are escaped.
page() { # page NAME SUMMARY
    printf '.TH %s 1 "" "gan.c %s" "User Commands"\n.SH NAME\n' "$(echo "$1" | tr a-z A-Z)" "$version"
    printf '%s \\- %s\n' "$(echo "$1" | sed 's/-/\\-/g')" "$2" | sed 's/^\./\\\&./'
    awk '
    function clean(s) {
        gsub(/\\/, "\\e", s); gsub(/-/, "\\-", s)
        if (s ~ /^[.\x27]/) s = "\\&" s
        return s
    }
    /^usage: / { print ".SH SYNOPSIS\n.B " clean(substr($0, 8)) "\n.SH DESCRIPTION"; next }
    /^  [^ ]/ {
        s = substr($0, 3)
        at = match(s, /   *[^ ]/)
        if (!at) at = match(s, / [^ ]/)
        print ".TP\n.B " clean(substr(s, 1, at - 1))
        sub(/^ */, "", s)
        rest = substr(s, at); sub(/^ */, "", rest)
        print clean(rest); listed = 1; next
    }
    /^ / { s = $0; sub(/^ */, "", s); print clean(s); next }
    /^$/ { print ".PP"; listed = 0; next }
    { if (listed) { print ".PP"; listed = 0 } print clean($0) }'
}

"$program" --help | page gan "train generative adversarial networks" > "$folder/gan.1"
"$program" --help | sed -n 's/^  \([a-z]\{1,\}\)  *\(.*\)/\1 \2/p' | while read -r command summary; do
    "$program" help "$command" | page "gan-$command" "$summary" > "$folder/gan-$command.1"
done
