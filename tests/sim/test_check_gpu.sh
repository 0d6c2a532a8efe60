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
equal "PyTorch runs on the GPU" "$(grep -c -- '--device cuda .*--mode [a-z]* --precision [tb]f' "$work/peers")" 6
rm -r "$work/report" "$work/peers"

GAN_SIM_ARCH=75
check
equal "a T4 has no bf16" "$(rows '"sweep-bf16", "status": "skipped"') $code" "1 0"
equal "PyTorch's fp32 there" "$(grep -c -- '--precision fp32' "$work/peers") $(wc -l < "$work/peers")" "3 3"
rm -r "$work/report"

GAN_CHECK_ONLY=sanitizer GAN_CHECK_SECONDS=20
check
equal "a hazard fails" "$code" 1
equal "it is told" "$(rows '"stage": "racecheck", "name": "test_norm", "status": "FAILED", .*"exit 9: 1 hazard"')" 1
equal "time that is up is no failure" "$(rows '"name": "test_ema", "status": "skipped", .*not done within')" 1
equal "nor what is not begun" "$(rows 'no time left')" 16
equal "our kernels alone" "$(grep -c 'kernel_substring=adam_kernel ' "$work/sanitized")" "$(wc -l < "$work/sanitized")"
equal "JSON" "$(python3 -m json.tool "$work/report/report.json" > /dev/null && echo good)" good
equal "a report to read" "$(grep -c '^| memcheck | test_adam | ok |' "$work/report/report.md")" 1
verdict
