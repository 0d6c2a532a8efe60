# gan.fish — completion for fish: the commands and flags that the program itself lists; files elsewhere.
function __gan_commands
    gan --help 2>/dev/null | sed -n 's/^  \([a-z]\{1,\}\)  *\(.*\)/\1\t\2/p'
end

function __gan_flags
    set -l line (commandline -opc)
    gan help $line[2] 2>/dev/null |
        sed -n 's/^  \(-[a-z], \)\{0,1\}\(--[a-z0-9-]\{1,\}\).*/\2/p'
end

complete -c gan -n __fish_use_subcommand -f -a '(__gan_commands)'
complete -c gan -n 'not __fish_use_subcommand; and string match -q -- "-*" (commandline -ct)' -f -a '(__gan_flags)'
