# gan.bash — completion for bash: the commands and flags that the program itself lists, so that they are
# always its own; files elsewhere.
_gan() {
    local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} words=
    if [ "$COMP_CWORD" -eq 1 ]; then
        words=$("$program" --help 2> /dev/null | sed -n 's/^  \([a-z]\{1,\}\) .*/\1/p')
    elif [ "${word#-}" != "$word" ]; then
        words=$("$program" help "${COMP_WORDS[1]}" 2> /dev/null |
            sed -n 's/^  \(-[a-z], \)\{0,1\}\(--[a-z0-9-]\{1,\}\).*/\2/p')
    fi
    # shellcheck disable=SC2207  # words without blanks
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _gan gan
