#!/bin/sh
# test_rooms.sh — an include that points the wrong way through the house is found, in whatever form.
. tests/cli/checks.sh
rooms=$(pwd -P)/tests/lint/rooms.sh
mkdir -p "$work/house/src/base" "$work/house/src/cpu" "$work/house/src/cli" "$work/house/src/new" \
    "$work/house/src/run" "$work/house/src/session" "$work/house/src/transform" \
    "$work/house/kernels" "$work/house/include/gan" "$work/house/examples"
cd "$work/house" || exit 1

# lint FILE LINE: what rooms.sh says of a house with that line alone.
lint() {
    printf '%s\n' "$2" > "$1"
    sh "$rooms"
    lint_code=$?
    rm "$1"
    return $lint_code
}
while IFS='|' read -r file line; do
    works "$file may $line" lint "$file" "$line"
done <<'END'
src/base/a.c|#include <stdio.h>
src/base/a.c|#include "gan/status.h"
src/cpu/a.c|#include "program/program.h"
src/cpu/a.c|#include "transform/transform.h"
src/cli/a.c|#include "gan/train.h"
src/cli/a.c|#include "base/number.h"
src/run/a.c|#include "session/session.h"
kernels/a.cu|#include "kernels/pack.h"
examples/a.c|#include "gan/gan.h"
include/gan/a.h|#include "gan/status.h"
END
while IFS='|' read -r file line; do
    lint "$file" "$line" > "$work/out"
    equal "$file may not $line" "$?:$(grep -c "^$file:" "$work/out")" 1:1
done <<'END'
src/base/a.c|#include "session/session.h"
src/base/a.c|#  include "session/session.h"
src/base/a.c|#include <session/session.h>
src/base/a.c|#include "../session/session.h"
src/base/a.c|#include "src/session/session.h"
src/base/a.c|#include "gan/train.h"
src/base/a.c|#include "gan/not-there.h"
src/cpu/a.c|#include "cuda/device.h"
src/cpu/a.c|#include <cudnn.h>
src/cli/a.c|#include "session/session.h"
src/session/a.c|#include "gan/train.h"
src/session/a.c|#include "run/start.h"
src/run/a.c|#include "bench/bench.h"
src/transform/a.c|#include "program/program.h"
src/transform/a.c|#include "cpu/step.h"
src/new/a.c|#include "base/file.h"
kernels/a.cu|#include "cpu/ops.h"
examples/a.c|#include "base/file.h"
include/gan/a.h|#include "base/file.h"
END
verdict
