# device.sh — what the scripts of tests/sim share, read after tests/cli/checks.sh: the simulated device as
# the plugin of $build, and no plans kept from one run to the next.
GAN_CUDA_PLUGIN=$build/gan-cuda-sim.so
GAN_CUDNN_CACHE=
TSAN_OPTIONS=atexit_sleep_ms=0
export GAN_CUDA_PLUGIN GAN_CUDNN_CACHE TSAN_OPTIONS
[ -f "$GAN_CUDA_PLUGIN" ] || not_ok "simulated device" "none" "$GAN_CUDA_PLUGIN"

# The settings of a small run; the device is the test's to name.
tiny="--net tiny --data digits --limit 96 --batch-size 8 --grid 2x2 --threads 1 --quiet"
