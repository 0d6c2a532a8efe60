#!/bin/sh
# collect.sh — prints one C++ file of all planted defects: NAME [planted] runs one.
set -eu
folder=$(dirname "$0")
cat <<'END'
/* Made by tests/sim/defects/collect.sh. */
#include <cublas_v2.h>
#include <string.h>
#include "kernels/pack.h"
#include "kernels/together.h"
#include "sim/defects/conv_reference.h"
END
for file in "$folder"/*.cu; do
    name=$(basename "$file" .cu)
    printf 'namespace %s {\n#include "sim/defects/%s.cu"\n}\n' "$name" "$name"
done
printf 'static const struct {\n    const char *name;\n    int (*run)(void);\n} defects[] = {\n'
for file in "$folder"/*.cu; do
    name=$(basename "$file" .cu)
    printf '    {"%s", %s::run},\n' "$name" "$name"
done
cat <<'END'
};

int main(int argc, char **argv)
{
    planted = argc > 2 && strcmp(argv[2], "planted") == 0;
    for (const auto &d : defects) {
        if (argc > 1 && strcmp(argv[1], d.name) == 0) {
            return d.run();
        }
    }
    fprintf(stderr, "usage: %s NAME [planted]\n", argv[0]);
    return 2;
}
END
