#!/bin/sh
# counted.sh — runs make on every core with a count of what it compiles, "[12/214] CC src/base/file.c": on a
# terminal in one line that is written over, else a line each. Its exit code is make's.
#   sh mk/counted.sh make TARGET...
set -u
make=$1
shift
case " ${MAKEFLAGS:-} " in *" -j"* | *jobserver*) ;; *) set -- "-j$(nproc)" "$@" ;; esac
total=$("$make" --no-print-directory -n "$@" 2> /dev/null | grep -c '^echo "  [A-Z][A-Z]*  *')

show() {
    done=0
    end='\n' begin=''
    [ -t 4 ] && end='' begin='\r\033[K'
    while IFS= read -r line; do
        case $line in
        "  "[A-Z][A-Z]*)
            done=$((done + 1))
            # shellcheck disable=SC2059  # how a line begins and ends
            printf "${begin}[%d/%d] %s$end" "$done" "$total" "${line#  }" >&4
            ;;
        *)
            # shellcheck disable=SC2059
            printf "$begin%s\n" "$line" >&4
            ;;
        esac
    done
}
exec 4>&1
code=$({ { "$make" --no-print-directory "$@" 3>&- 4>&-; echo $? >&3; } | show 3>&-; } 3>&1)
exit "$code"
