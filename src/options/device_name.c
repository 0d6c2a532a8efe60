/* device_name.c — the words that name a device. */
#include "options/device_name.h"

#include <string.h>

#include "base/nearest.h"
#include "base/number.h"

enum { MAX_DEVICES = 1024 };

gan_status gan_device_name_parse(const char *name, int64_t *index, gan_error *err)
{
    int64_t i = -1;
    if (strcmp(name, "cuda") == 0) {
        i = 0;
    } else if (strcmp(name, "auto") != 0 && strcmp(name, "cpu") != 0 &&
               strcmp(name, "reference") != 0 &&
               (strncmp(name, "cuda:", 5) != 0 || gan_number_int64(name + 5, &i, NULL) != GAN_OK ||
                i < 0 || i >= MAX_DEVICES)) {
        static const char *const words[] = {"auto", "cpu", "cuda", "cuda:0", "reference"};
        char hint[64];
        gan_nearest_hint(name, words, sizeof words / sizeof *words, hint, sizeof hint);
        return gan_fail(err, GAN_E_USAGE, "'%s' is not one of auto, cpu, cuda, cuda:N, reference%s",
                        name, hint);
    }
    if (index) {
        *index = i;
    }
    return GAN_OK;
}
