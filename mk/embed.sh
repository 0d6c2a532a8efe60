#!/bin/sh
# embed.sh — files as C strings:  sh mk/embed.sh NAME=FILE... > strings.c
# Numbers, not literals: a literal of more than 4095 characters is no C that every compiler must take.
set -eu
echo "/* made by mk/embed.sh */"
for pair in "$@"; do
    echo "extern const unsigned char ${pair%%=*}[];"
    echo "const unsigned char ${pair%%=*}[] = {"
    od -An -v -tu1 "${pair#*=}" | sed 's/ *\([0-9]\{1,3\}\)/\1,/g'
    echo "0};"
done
