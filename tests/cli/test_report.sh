#!/bin/sh
# test_report.sh — gan report: one file that needs no network and holds what the run folders do; where
# Chromium is there, it is used.
. tests/cli/checks.sh
flags="--log-every 1 --sample-every 2 --save-every 4"
# shellcheck disable=SC2086  # lists of words
works "a run" "$gan" train $small $flags --steps 8 --outdir "$work/runs"
# shellcheck disable=SC2086
works "another" "$gan" train $small $flags --steps 6 --lr 0.003 --loss hinge --outdir "$work/runs"
a=$work/runs/00000-tiny-digits-b8 b=$work/runs/00001-tiny-digits-b8
page=$work/two.html

works "a report" "$gan" report "$a" "$b/" -o "$page"
equal "where it is" "$(cat "$work/out")" "$page"
equal "no address but a name space" \
    "$(grep -oE "(https?:)?//[a-z][a-z0-9.-]*\.[a-z]+[^' <]*" "$page" | sort -u)" http://www.w3.org/2000/svg
equal "nothing else is asked for" "$(grep -cE '<(link|iframe|object|script src|img [^>]*src="[^d])' "$page")" 0
equal "frames of the first run" "$(sed -n '/class="run run0 samples"/,/<\/figure>/p' "$page" | grep -o 'data-step="[0-9]*"' |
    tr -dc '0-9\n' | tr '\n' ' ')" "0 2 4 6 8 "
sed -n 's/.*data-step="8" src="data:image\/png;base64,\([^"]*\)".*/\1/p' "$page" | base64 -d > "$work/frame.png"
same_file "a frame is the file" "$work/frame.png" "$a/samples/step-00000008.png"
equal "settings that differ" "$(sed -n '/<h3>that differ/,/<\/table>/s/.*scope="row">\([a-z_0-9]*\)<.*/\1/p' "$page" |
    tr '\n' ' ')" "steps lr lr_g lr_d loss "
losses() { sed -n 's/.*"Loss\/D": \([-0-9.e]*\),.*/\1/p' "$1/stats.jsonl" | awk '{ printf "%s%.7g", (NR > 1 ? "," : ""), $1 }'; }
for run in "$a" "$b"; do
    equal "a curve of ${run##*/}" "$(grep -cF "\"Loss/D\":[$(losses "$run")]" "$page")" 1
done

# The command that repeats a run does.
sed -n '/id="repeat"/,/<\/section>/s/.*<code>gan \(train .*\)/\1/p' "$page" | head -n 1 > "$work/command"
works "the command" sh -c "\"\$0\" $(sed 's/&#39;/'"'"'/g' "$work/command") --outdir '$work/again' --quiet" "$gan"
for run in "$a" "$work/again/00000-tiny-digits-b8"; do
    works "its picture" "$gan" sample "$run" --seeds 0-9 -o "$work/${run#"$work"/}.npy" --device cpu --threads 1 --quiet
done
same_file "the command makes the same" "$work/again/00000-tiny-digits-b8.npy" "$work/runs/00000-tiny-digits-b8.npy"

# Names are text, whatever is in them; a run without a checkpoint, with a torn line, is shown as far as it is.
strange="$work/<script>alert(1)<script>&\"'"
cp -R "$b" "$strange"
rm -r "$strange/checkpoints" "$strange/latest"
printf '{"step": 7, "Loss' >> "$strange/stats.jsonl"
works "a strange name" "$gan" report "$strange" -o "$work/strange.html"
equal "a strange name is text" "$(grep -c '<script>alert' "$work/strange.html")" 0
equal "a strange name: title" "$(sed -n 's/.*<title>\(.*\)<\/title>.*/\1/p' "$work/strange.html")" \
    "&lt;script&gt;alert(1)&lt;script&gt;&amp;&quot;&#39;"

# Quality and profile, where they are.
works "gan eval" "$gan" eval "$a" --features pixels --n 60 --device cpu --threads 1 --quiet
printf '{"kind": "conv", "label": "d.conv0", "how": "x", "ms": 3}\n{"kind": "adam", "label": "A", "how": "y", "ms": 1}\n' \
    > "$a/profile.jsonl"
works "with more" "$gan" report "$a" "$b" -o "$page"
fd=$(sed -n 's/.*"fd": \([-0-9.e+]*\),.*/\1/p' "$a/metrics.jsonl" | awk '{ printf "%.5g", $1 }')
equal "quality: in the table" "$(sed -n '/id="quality"/,/<\/section>/p' "$page" | grep -cF ">$fd <small>")" 1
equal "quality: a curve" "$(grep -c '"Metrics/fd":\[.*"Metrics/fd_floor":\[' "$page")" 1
equal "profile" "$(grep -c '75.0 %' "$page")" 1

# A classifier has other numbers, no sample grids, and another command.
works "a classifier" "$gan" classify --net mnist-classifier --data digits --limit 64 --batch-size 16 --steps 2 --device cpu \
    --threads 1 --quiet --log-every 1 --outdir "$work/classes"
works "of a classifier" "$gan" report "$work"/classes/0* -o "$work/classes.html"
equal "of a classifier: its columns" "$(grep -o '<th>[A-Za-z_() ]*</th>' "$work/classes.html" | head -n 8 | tr -d '\n')" \
    "<th>run</th><th>network</th><th>data</th><th>step</th><th>epoch</th><th>Loss</th><th>train acc</th><th>test acc</th>"
equal "of a classifier: its command" "$(grep -c '<code>gan classify --net mnist-classifier --data digits --limit 64 --steps 2' \
    "$work/classes.html")$(grep -c 'gan sample' "$work/classes.html")$(grep -c 'class="frames"' "$work/classes.html")" 100

# While training.
# shellcheck disable=SC2086
works "--report" "$gan" train $small $flags --steps 4 --report --outdir "$work/live"
equal "--report: frames" "$(grep -c 'data-step=' "$work"/live/0*/report.html)" 3

refuses "no run" 2 "no run is named" "$gan" report
refuses "not a run" 66 "is not a run's folder" "$gan" report "$work"
refuses "no folder to write to" 73 "nowhere" "$gan" report "$a" -o "$work/nowhere/x.html"

chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
if [ -n "$chromium" ]; then
    { sed '/<\/body><\/html>/d' "$page"; echo "<script>"; cat tests/cli/report_clicks.js; echo "</script></body></html>"; } \
        > "$work/clicks.html"
    for width in 390 800 1400; do
        HOME=$work timeout 60 "$chromium" --headless --no-sandbox --disable-gpu --user-data-dir="$work/chromium" \
            --window-size=$width,900 --virtual-time-budget=3000 --dump-dom "file://$work/clicks.html" 2> "$work/err" |
            sed -n 's/.*<body[^>]* data-clicks="\([^"]*\)".*/\1/p' | sed 's/; /\n/g' > "$work/clicks"
        equal "clicks at $width" "$(grep -c '^ok' "$work/clicks") $(grep -v '^ok' "$work/clicks")" "13 "
    done
else
    echo "skipped: clicks (there is no Chromium: apt-get install chromium)"
fi
verdict
