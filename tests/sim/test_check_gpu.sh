#!/bin/sh
# test_check_gpu.sh — the script of `make check-gpu` where no GPU can try it: with the simulated device, and
# stand-ins for PyTorch and compute-sanitizer that write down how they were called.
. tests/cli/checks.sh
. tests/sim/device.sh

mkdir "$work/bin"
cat > "$work/bin/python" << END
#!/bin/sh
[ "\$1" = -c ] || { echo "\$*" >> "$work/peers"; echo "a row"; }
END
cat > "$work/bin/compute-sanitizer" << END
#!/bin/sh
echo "\$*" >> "$work/sanitized"
case \$* in *racecheck*test_norm) echo "1 hazard"; exit 9 ;; *initcheck*test_ema) sleep 60 ;; esac
END
chmod +x "$work/bin/python" "$work/bin/compute-sanitizer"
export PATH="$work/bin:$PATH" GAN_PEER_PYTHON="$work/bin/python" GAN_CHECK_SIMULATED=1 GAN_CHECK_SHORT=0
export GAN_CHECK_ONLY=bench GAN_CHECK_SECONDS=600 GAN_CHECK_REPORT="$work/report" GAN_SIM_ARCH=80

check() { capture sh tests/gpu/check.sh; }
rows() { grep -c "$1" "$work/report/report.json"; }

check
equal "bench: exit code" "$code" 0
equal "bench: every precision" "$(rows '"stage": "bench", "name": "sweep-.*", "status": "ok"')" 3
equal "both ways of batch normalization" \
    "$(rows '"name": "norms-.*", "status": "ok", .*\(cudnn\|fused\) is faster: cudnn [0-9.]*, fused [0-9.]* img/s"')" 2
equal "PyTorch runs on the GPU" "$(grep -c -- '--device cuda .*--mode [a-z]* --precision [tb]f' "$work/peers")" 6
rm -r "$work/report" "$work/peers"

GAN_SIM_ARCH=75
check
equal "a T4 has no bf16" "$(rows '"sweep-bf16", "status": "skipped"') $code" "1 0"
equal "and own normalization alone" "$(rows '"norms-fp32", "status": "skipped", .*own kernels alone')" 1
equal "PyTorch's fp32 there" "$(grep -c -- '--precision fp32' "$work/peers") $(wc -l < "$work/peers")" "3 3"
rm -r "$work/report"

GAN_CHECK_ONLY=sanitizer GAN_CHECK_SECONDS=20
check
equal "a hazard fails" "$code" 1
equal "it is told" "$(rows '"stage": "racecheck", "name": "test_norm", "status": "FAILED", .*"exit 9: 1 hazard"')" 1
equal "time that is up is no failure" "$(rows '"name": "test_ema", "status": "skipped", .*not done within')" 1
equal "nor what is not begun" "$(rows 'no time left')" 17
equal "our kernels alone" "$(grep -c 'kernel_substring=adam_kernel ' "$work/sanitized")" "$(wc -l < "$work/sanitized")"
equal "JSON" "$(python3 -m json.tool "$work/report/report.json" > /dev/null && echo good)" good
equal "a report to read" "$(grep -c '^| memcheck | test_adam | ok |' "$work/report/report.md")" 1
unset GAN_CHECK_REPORT GAN_CHECK_SECONDS GAN_CUDA_PLUGIN

# A kit whose plugin is the simulated device, read-only, in a folder with a space, started from elsewhere.
sh mk/kit.sh "$build" "$work/a kit" "$build/gan-cuda-sim.so"
chmod -R a-w "$work/a kit"
cd "$work" || exit 1
readable() { # readable NAME FOLDER WHOLE: both reports can be read, and say if they are whole
    equal "$1: JSON" "$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["whole"])' "$2/report.json")" "$3"
    equal "$1: as text" "$(grep -c '^# gan.c on a GPU' "$2/report.md") $(grep -c 'passed, .*so far: it was stopped' "$2/report.md")" \
        "1 $([ "$3" = True ] && echo 0 || echo 1)"
}
GAN_CHECK_ONLY="resume"
capture sh "a kit/check-gpu" --report kept
equal "a kit works" "$code $(grep -c '"status": "ok"' kept/report.json)" "0 3"
readable "a whole run" kept True
GAN_CHECK_ONLY="ops trace"
capture sh "a kit/check-gpu" --minutes=0 --report none
equal "no time: exit code" "$code" 0
equal "no time: nothing is begun, and it is told" \
    "$(grep -c 'ok' none/report.json) $(grep -c '"ops", .*"skipped", .*no time left of 0 minutes' none/report.json)" \
    "0 $(ls "a kit/build/tests/ops" | wc -l)"
readable "no time" none True
for rows in 1 3; do # killed where it stands, after so many results and a moment
    sh "a kit/check-gpu" --report "cut $rows" > out 2> err &
    killed=$!
    waits=0
    until [ "$(grep -c '"stage"' "cut $rows/report.json" 2> /dev/null)" -ge $rows ] || [ $waits -ge 3000 ]; do
        sleep 0.02
        waits=$((waits + 1))
    done 2> /dev/null
    kill -9 $killed
    wait $killed 2> /dev/null
    readable "killed after $rows" "cut $rows" False
done
chmod -R u+w "a kit"
verdict
