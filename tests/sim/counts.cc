/* counts.cc — see counts.h. */
#include "sim/counts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

gan_sim_counts gan_sim_now;

gan_sim_counts gan_sim_read_counts(void)
{
    const gan_sim_counts counts = gan_sim_now;
    gan_sim_now.device_bytes_peak = gan_sim_now.device_bytes;
    return counts;
}

/* Writes the report when the process, or the plugin, goes. */
__attribute__((destructor)) static void write_report(void)
{
    const char *path = getenv("GAN_SIM_REPORT");
    FILE *file = path != NULL ? fopen(path, "w") : NULL;
    if (file == NULL) {
        return;
    }
    const char *comma = "";
    fputs("{", file);
#define GAN_SIM_COUNT_PRINT(name)                                                                  \
    fprintf(file, "%s\n  \"%s\": %" PRId64, comma, #name, gan_sim_now.name);                       \
    comma = ",";
    GAN_SIM_COUNT_LIST(GAN_SIM_COUNT_PRINT)
#undef GAN_SIM_COUNT_PRINT
    fputs("\n}\n", file);
    fclose(file);
}
