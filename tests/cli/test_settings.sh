#!/bin/sh
# test_settings.sh — every setting of a run, row by row of options.def, makes a difference, or is refused,
# or is told to make none. A new row fails here until it has its line.
. tests/cli/checks.sh
# shellcheck disable=SC2086,SC2317  # lists of words; functions that `works` calls
rows=$(settings_table | cut -d' ' -f1)
base="--net tiny --data digits --limit 64 --batch-size 8 --grid 2x2 --device cpu --threads 1 --steps 3
      --save-every 0 --sample-every 0 --log-every 1"
tried=""

signature() { # signature RUN: of all that a run made, but for times, and the settings that it repeats
    (cd "$1" && find . -type f | sort && sed 's/, "Timing.*//' stats.jsonl &&
     cat reals.png $(find samples -type f | sort) | cksum)
}

run() { # run FLAGS...: its signature is in $work/signature, what it told in $work/err
    rm -rf "$work/runs"
    works "$setting $*" "$gan" train $base --outdir "$work/runs" "$@"
    [ "$code" -ne 0 ] || signature "$work"/runs/0* > "$work/signature"
}

differs() { # differs SETTING "FLAGS" "FLAGS": two runs that differ by it make different things
    setting=$1 tried="$tried $1"
    run $2
    mv "$work/signature" "$work/first"
    run $3
    if cmp -s "$work/first" "$work/signature"; then
        not_ok "$1 makes a difference" "the same from '$2' and '$3'" "others"
    else
        ok "$1 makes a difference"
    fi
}

told() { # told SETTING TEXT FLAGS...: a run with it says so
    setting=$1 text=$2 tried="$tried $1"; shift 2
    run "$@"
    equal "$setting: it is told" "$(grep -c "$text" "$work/err")" 1
}

no() { # no SETTING CODE TEXT FLAGS...: a run with it is refused
    setting=$1 wanted=$2 text=$3 tried="$tried $1"; shift 3
    refuses "$setting $*" "$wanted" "$text" "$gan" train $base --outdir "$work/none" "$@"
}

# Pictures: of the images' shape, twice as wide, and one that is none.
works "a run to take pictures from" "$gan" train $base --steps 1 --outdir "$work/source"
works "pictures" "$gan" sample "$work"/source/0* --seeds 0-9 --each "$work/square" --device cpu --quiet
mkdir "$work/wide"
for i in 0 1 2 3 4 5 6 7; do
    "$gan" sample "$work"/source/0* --seeds $i,1$i --grid 1x2 -o "$work/wide/$i.png" --device cpu --quiet \
        > "$work/out" 2>&1 || not_ok "a wide picture" "$(cat "$work/out")" "one"
done
cp -r "$work/square" "$work/bad"
echo "no picture" > "$work/bad/none.png"
sed 's/slope: 0.3/slope: 0.1/' data/nets/tiny.yaml > "$work/other.yaml"

differs net "" "--net $work/other.yaml"
differs data "" "--data $work/square"
differs split "" "--split test"
no holdout 2 "pictures in folders and archives" --holdout 0.5
differs holdout "--data $work/square" "--data $work/square --holdout 0.5"
differs split "--data $work/square --holdout 0.5" "--data $work/square --holdout 0.5 --split test"
differs fit "--data $work/wide --fit crop" "--data $work/wide --fit stretch"
differs filter "--data $work/wide --fit stretch" "--data $work/wide --fit stretch --filter box"
differs flip "" "--flip"
differs limit "" "--limit 32"
no skip_bad 65 "none.png" --quiet --data "$work/bad"
differs skip_bad "" "--data $work/bad --skip-bad"
differs steps "" "--steps 2"
no epochs 2 "not both" --epochs 1
no budget 2 "not two of them" --budget 1s
base_with_steps=$base base=${base% --steps 3*}" --save-every 0 --sample-every 0 --log-every 1"
differs epochs "--epochs 1" "--epochs 2"
differs budget "" "--budget 0.5s"
base=$base_with_steps
differs batch_size "" "--batch-size 4"
differs nz "" "--nz 8"
differs lr "" "--lr 0.01"
no lr 2 "leave it out" --lr 0.01 --lr-g 0.02 --lr-d 0.03
differs lr_g "" "--lr-g 0.01"
differs lr_d "" "--lr-d 0.01"
differs beta1 "" "--beta1 0.9"
differs beta2 "" "--beta2 0.9"
differs d_steps "" "--d-steps 2"
differs generator_reals "--loss relativistic" "--loss relativistic --generator-reals fresh"
differs schedule "" "--schedule alternating"
for pair in hinge:lsgan lsgan:wasserstein wasserstein:bce; do
    differs loss "--loss ${pair%:*}" "--loss ${pair#*:}"
done
for loss in bce lsgan; do
    differs r1 "--loss $loss" "--loss $loss --r1 2"
    differs r2 "--loss $loss --schedule alternating" "--loss $loss --schedule alternating --r2 0.5"
    differs label_smoothing "--loss $loss" "--loss $loss --label-smoothing 0.1"
done
for loss in hinge wasserstein; do
    no label_smoothing 2 "the loss $loss has no labels" --loss $loss --label-smoothing 0.1
done
differs ema "--sample-every 1" "--sample-every 1 --ema 0.9"
differs ema_half_life "--sample-every 1" "--sample-every 1 --ema-half-life 20"
differs ema_ramp "--sample-every 1 --ema-half-life 20" "--sample-every 1 --ema-half-life 20 --ema-ramp 0.5"
differs ema_warmup "--sample-every 1 --ema 0.99" "--sample-every 1 --ema 0.99 --no-ema-warmup"
no ema_warmup 2 "there is no averaged generator" --ema-warmup
averaged="--sample-every 1 --ema 0.9 --no-precise-bn"
differs ema_statistics "$averaged" "$averaged --ema-statistics copy"
no ema_statistics 2 "there is no averaged generator" --ema-statistics copy
differs init "" "--init $work/source/0*"
differs init_only "--init $work/source/0*" "--init $work/source/0* --init-only g"
no init_only 2 "names no tensor" --init "$work"/source/0* --init-only x
no init_sha256 65 "has the SHA-256" --init "$work"/source/0* --init-sha256 00
differs seed "" "--seed 2"
differs device "" "--device reference"
differs precision "" "--precision bf16"
differs conv "--conv direct" "--conv dft"
told conv "^conv direct makes no difference on reference" --conv direct --device reference
told batchnorm "^batchnorm fused makes no difference on cpu" --batchnorm fused
told data_store "^data_store stream makes no difference on cpu" --data-store stream
no tune_file 66 "absent.yaml" --tune-file "$work/absent.yaml"
differs sample_every "" "--sample-every 1"
differs save_every "" "--save-every 1"
differs log_every "" "--log-every 3"
differs max_time "" "--max-time 0.000001"
differs eval_every "" "--eval-every 2"
differs eval_samples "--eval-every 2 --eval-samples 20" "--eval-every 2 --eval-samples 30"
differs eval_features "--eval-every 2 --eval-samples 20" "--eval-every 2 --eval-samples 20 --eval-features pixels"
differs stop_when "--eval-every 2 --eval-samples 20" "--eval-every 2 --eval-samples 20 --stop-when fd>0"
no stop_when 2 "no measure is called" --eval-every 2 --stop-when "x > 0"
no patience 2 "nothing is measured" --eval-every 0 --patience 1
differs precise_bn "--sample-every 1" "--sample-every 1 --no-precise-bn"
differs bn_batches "--sample-every 1" "--sample-every 1 --bn-batches 1"
differs bn_batch "--sample-every 1" "--sample-every 1 --bn-batch 8"
no bn_batch 2 "" --bn-batch 1
differs watch "--steps 100 --log-every 50" "--steps 100 --log-every 50 --watch off"
no rollbacks 2 "rollbacks" --rollbacks 0
differs keep "--save-every 1 --keep 1" "--save-every 1 --keep 2"
differs grid "" "--grid 1x2"
differs tensorboard "" "--tensorboard"
differs report "" "--report"
differs gif "--sample-every 1 --gif" "--sample-every 1 --no-gif"
no gif 2 "no sample grids" --gif

setting=threads tried="$tried threads"
for n in 1 2; do
    run --threads $n
    equal "threads $n: so many" "$(grep -c " $n threads\{0,1\}," "$work"/runs/0*/log.txt)" 1
done
setting=reschedule tried="$tried reschedule"
run --lr '1e-3 to 0'
refuses "another length" 2 "with --reschedule" "$gan" train --resume "$work"/runs/0* --steps 4
works "reschedule" "$gan" train --resume "$work"/runs/0* --steps 4 --reschedule
setting=outdir tried="$tried outdir resume"
run
works "resume" "$gan" train --resume "$work"/runs/0* --steps 4 --outdir "$work/elsewhere"
equal "outdir: it is told" "$(grep -c "outdir makes no difference" "$work/err")" 1
equal "resume: the run goes on" "$(steps_of "$work"/runs/0*/stats.jsonl)" "1 2 3 4 "

for row in $rows; do
    case " $tried " in
    *" $row "*) ;;
    *) not_ok "$row has a line in this test" none "a line" ;;
    esac
done

# Flags of other commands that what is asked for does not heed.
for flag in --steps=3 --rounds=2 --markdown; do
    refuses "bench --serve $flag" 2 "--serve has no use for" "$gan" bench --net tiny -b 8 --serve $flag
done
refuses "bench --profile --rounds" 2 "--profile has no use for --rounds" "$gan" bench --net tiny -b 8 --profile --rounds 2
refuses "plan --net without a GPU" 2 "net: say which --gpu" "$gan" plan --net tiny
refuses "plan --all --explain" 2 "--explain is for the text of one --gpu" "$gan" plan --all --explain
verdict
