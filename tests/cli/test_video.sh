#!/bin/sh
# test_video.sh — gan sample --video: by an ffmpeg, here one that keeps what it is given, and without one as
# an animated PNG; the frames are those of the seeds, to the byte.
. tests/cli/checks.sh
# shellcheck disable=SC2086,SC2016,SC2317  # lists of words; another shell's; a function that checks call
works "a run" "$gan" train $small --steps 1 --outdir "$work/runs"
run=$(cat "$work/out")
film() { "$gan" sample "$run" --device cpu --threads 1 "$@"; }
number() { od -An -tu1 -j"$2" -N4 "$1" | awk '{ print (($1 * 256 + $2) * 256 + $3) * 256 + $4 }'; } # number FILE AT

# An ffmpeg that keeps its input and its words, and writes a file.
mkdir "$work/bin" "$work/none"
cat > "$work/bin/ffmpeg" << 'END'
#!/bin/sh
for last; do :; done
echo "$*" > "$KEPT.words"
if [ "${FAILS:-}" = late ]; then cat > /dev/null; echo "no such encoder" >&2; exit 3; fi
if [ "${FAILS:-}" = early ]; then echo "cannot read" >&2; exit 4; fi
cat > "$KEPT.frames"
echo video > "$last"
END
chmod +x "$work/bin/ffmpeg"
KEPT=$work/kept GAN_FFMPEG=$work/bin/ffmpeg
export KEPT GAN_FFMPEG
works "a video" film --seeds 3,4 --interpolate 3 --video "$work/walk.mp4" --save-z "$work/z.npy"
equal "its name" "$(cat "$work/out")" "$work/walk.mp4"
equal "what ffmpeg wrote" "$(cat "$work/walk.mp4")" video
equal "nothing else is left" "$(find "$work" -maxdepth 1 -name "*walk*" | wc -l)" 1
equal "the frames: 6 of 280 x 280" "$(wc -c < "$KEPT.frames")" $((6 * 280 * 280))
equal "their shape is told" "$(grep -c -- '-pix_fmt gray -s 280x280 -r 20 -i -' "$KEPT.words")" 1

# Each tenth pixel of each tenth row is a pixel of the image, and the images are those of the latents.
works "the images" film --z "$work/z.npy" --each "$work/each"
works "one picture below the other" film --z "$work/z.npy" --grid 6x1 -o "$work/column.png"
works "as a video again" film --seeds 3,4 --interpolate 3 --video "$work/again.mkv"
cp "$KEPT.frames" "$work/again"
same_file "the same frames" "$KEPT.frames" "$work/again"
works "another seed" film --seeds 3,5 --interpolate 3 --video "$work/other.mkv"
if cmp -s "$KEPT.frames" "$work/again"; then not_ok "other frames" "the same" "others"; else ok "other frames"; fi
works "steps by default, all seeds" film --video "$work/long.mp4"
equal "8 seeds, 24 steps" "$(wc -c < "$KEPT.frames")" $((8 * 24 * 280 * 280))

# It fails.
for how in late early; do
    FAILS=$how
    export FAILS
    rm -f "$work/bad.mp4"
    refuses "an ffmpeg that fails $how" 74 "bad.mp4: ffmpeg .*: \(no such encoder\|cannot read\)" \
        film --video "$work/bad.mp4" --quiet
    equal "$how: no file" "$(find "$work" -maxdepth 1 -name "*bad*" | wc -l)" 0
done
unset FAILS
refuses "no folder" 73 "absent" film --video "$work/absent/a.mp4" --quiet
for extra in "--grid 2x2" "-o x.png" "--each x" "--seeds 1"; do
    refuses "--video $extra" 2 "video" film --video "$work/a.mp4" $extra --quiet
done

# None: an animated PNG, by the frames of which ffmpeg's were.
works "the frames" film --seeds 3,4 --interpolate 3 --video "$work/walk.mp4"
GAN_FFMPEG=$work/none/ffmpeg
works "without ffmpeg" film --seeds 3,4 --interpolate 3 --video "$work/still.mp4"
equal "it is told" "$(grep -c "there is no ffmpeg" "$work/err")" 1
equal "its name is a PNG's" "$(cat "$work/out")" "$work/still.png"
equal "signature, size, frames, for ever" "$(od -An -tx1 -N8 "$work/still.png" | tr -d ' ') $(number "$work/still.png" 16) \
$(number "$work/still.png" 20) $(number "$work/still.png" 41) $(number "$work/still.png" 45)" "89504e470d0a1a0a 280 280 6 0"
works "asked for" film --seeds 3,4 --interpolate 3 --video "$work/asked.png" --json
same_file "an animated PNG, asked for" "$work/asked.png" "$work/still.png"
verdict
