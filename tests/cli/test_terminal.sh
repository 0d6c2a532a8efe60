#!/bin/sh
# test_terminal.sh — progress on terminals: a bar that never wraps, however narrow; no bar where none
# can be drawn; no colours; numbers with a point in every locale.
. tests/cli/checks.sh
loud=$(echo "$small" | sed 's/ --quiet//')
escape=$(printf '\033')

# on_terminal COLUMNS COMMAND: what a terminal of that width gets, in $work/tty.
on_terminal() {
    rm -f "$work/code"
    script -qec "stty cols $1 rows 5; $2; echo \$? > $work/code" /dev/null < /dev/null > "$work/tty" 2>&1
    [ "$(cat "$work/code")" -eq 0 ] || not_ok "$2" "$(cat "$work/code"): $(cat "$work/tty")" "exit code 0"
}

# Every state of the bar, one a line.
bars() { tr '\r' '\n' < "$work/tty" | sed "s/$escape\[K//g" | grep '^\['; }

if ! script -qec true /dev/null < /dev/null > "$work/tty" 2>&1; then
    echo "skipped: there is no script(1) to make a terminal"
    verdict
fi
for columns in 1 2 20 40 60 80 200; do
    on_terminal $columns "TERM=xterm $gan train $loud --steps 400 --log-every 10 --outdir $work/a"
    widest=$(bars | awk '{ if (length > n) n = length } END { print n + 0 }')
    if [ "$widest" -ge 1 ] && [ "$widest" -le "$columns" ] && { [ "$columns" -eq 1 ] ||
        [ "$widest" -lt "$columns" ]; }; then
        ok "$columns columns: the bar is $widest wide"
    else
        not_ok "$columns columns" "a bar of $widest" "one that does not wrap"
    fi
done
bars | tail -n 1 | grep -q '^\[[0-9]*/400\] \[=* *>* *\]  epoch [0-9.]*/33.33  [0-9]* img/s  eta .*Loss_D.*D(G(z))' ||
    not_ok "200 columns: all that there is to say" "$(bars | tail -n 1)" "step, bar, epoch, speed, time, losses"
on_terminal 80 "TERM=xterm $gan train $loud --steps 400 --log-every 10 --outdir $work/a"
equal "80 columns: no field is cut" "$(bars | grep -cvE '^\[[0-9]*/400\]( \[.*\])? +epoch [0-9.]*/33.33 +[0-9]* img/s +eta [0-9.ms ]*[ms]( +Loss_D [0-9]\.[0-9]{4}( +Loss_G [0-9]\.[0-9]{4})?)?( +D\(x\) [0-9]\.[0-9]{3})?$')" 0
bars | grep -q 'Loss_D [0-9.]* *Loss_G' || not_ok "80 columns: losses" "$(bars | tail -n 1)" "both"
equal "no colours" "$(grep -c "$escape\[[0-9;]*m" "$work/tty")" 0
on_terminal 80 "TERM=xterm NO_COLOR=1 $gan train $loud --steps 20 --outdir $work/a"
equal "NO_COLOR: no colours" "$(grep -c "$escape\[[0-9;]*m" "$work/tty")" 0
on_terminal 80 "TERM=dumb $gan train $loud --steps 20 --log-every 10 --outdir $work/a"
equal "a dumb terminal: no escapes" "$(grep -c "$escape" "$work/tty")" 0
equal "a dumb terminal: lines" "$(grep -c '^\[.*Loss_D' "$work/tty")" 3
on_terminal 80 "TERM=xterm $gan train $small --steps 20 --outdir $work/a"
equal "--quiet: the run folder alone" "$(tr -d '\r' < "$work/tty" | sed 's/[0-9]*-tiny.*//')" "$work/a/"
capture env TERM=xterm "$gan" train $loud --steps 20 --log-every 10 --outdir "$work/a"
equal "no terminal: no escapes" "$(grep -c "$escape" "$work/err")" 0
equal "no terminal: lines" "$(grep -c '^\[[0-9.]*/1.67\]\[[0-9]*/20\]  Loss_D [0-9.]*  Loss_G [0-9.]*  D(x) ' "$work/err")" 3
capture "$gan" train $loud --steps 1000000000 --max-time 0.3 --save-every 0 --log-every 100 --outdir "$work/a"
equal "--max-time: the time left is no longer" "$(grep '^\[' "$work/err" | grep -cv 'eta [0-9.]* [mu]*s$')" 0
grep -q '^\[' "$work/err" || not_ok "--max-time: lines" "$(cat "$work/err")" "some"

# A locale with a decimal comma, made here.
mkdir "$work/locale"
printf 'LC_NUMERIC\ndecimal_point "<U002C>"\nthousands_sep "<U002E>"\ngrouping 3;3\nEND LC_NUMERIC\n' \
    > "$work/locale/source"
localedef -c -i "$work/locale/source" "$work/locale/comma_COMMA" > "$work/out" 2>&1
comma() { LC_ALL='' LC_NUMERIC=comma_COMMA LOCPATH=$work/locale "$@"; }
if [ -e "$work/locale/comma_COMMA/LC_NUMERIC" ]; then
    flags="--steps 4 --log-every 1 --lr 0.0005 --save-every 0.25e"
    # shellcheck disable=SC2086  # lists of words
    {
        works "a point" "$gan" train $small $flags --outdir "$work/point"
        works "a comma" comma "$gan" train $small $flags --outdir "$work/comma"
        for file in latest config.yaml; do
            same_file "a comma: $file" "$work/comma/00000-tiny-digits-b8/$file" \
                "$work/point/00000-tiny-digits-b8/$file"
        done
        equal "a comma: statistics" "$(grep -c '"Loss/D": [0-9]*\.[0-9]*, ' \
            "$work/comma/00000-tiny-digits-b8/stats.jsonl")" 4
        refuses "a comma: as a number" 2 "lr: '0,5' is not a finite" comma "$gan" train $small --lr 0,5
    }
else
    echo "skipped: no locale with a decimal comma can be made"
fi

# --preview: what chafa draws is on the terminal; without it, a line says so; elsewhere nothing is drawn.
mkdir "$work/bin"
printf '#!/bin/sh\necho "CHAFA $*"\n' > "$work/bin/chafa"
chmod 755 "$work/bin/chafa"
on_terminal 50 "PATH=$work/bin:\$PATH TERM=xterm $gan train $loud --steps 4 --sample-every 2 --preview --outdir $work/a"
equal "preview: each grid, as wide as the terminal" "$(grep -c 'CHAFA --size=50x25 .*/samples/[^/]*.png' "$work/tty")" 3
on_terminal 50 "PATH=$work/bin:\$PATH TERM=xterm NO_COLOR=1 $gan train $loud --steps 2 --preview --outdir $work/a"
equal "preview: NO_COLOR" "$(grep -c 'CHAFA .*--colors=none' "$work/tty" | sed 's/^[1-9].*/some/')" some
on_terminal 50 "PATH=$work/bin:\$PATH TERM=xterm $gan train $small --steps 2 --preview --outdir $work/a"
equal "preview: not with --quiet" "$(grep -c CHAFA "$work/tty")" 0
# shellcheck disable=SC2086  # a list of flags
PATH=$work/bin:$PATH "$gan" train $loud --steps 2 --preview --outdir "$work/a" > "$work/out" 2>&1
equal "preview: nothing on a pipe" "$(grep -c -e CHAFA -e '--preview' "$work/out")" 0
printf '#!/bin/sh\nexit 1\n' > "$work/bin/chafa"
on_terminal 200 "PATH=$work/bin:\$PATH TERM=xterm $gan train $loud --steps 2 --preview --outdir $work/a"
equal "preview: what it lacks is said once" "$(grep -c 'no chafa here' "$work/tty")" 1
verdict
