/* backend.c — the CPU as a backend: the device, its store, and the table that offers both. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/say.h"
#include "base/system.h"
#include "cpu/conv_engine.h"
#include "cpu/device.h"
#include "cpu/isa.h"
#include "cpu/parallel.h"
#include "cpu/team.h"

enum { STARTING_BYTES = 4 << 20 }; /* what threads take besides their stacks */

/* The processor's name as Linux tells it, "CPU" where it does not. */
static void cpu_name(char *name, size_t size)
{
    static const char key[] = "model name";
    char line[256];
    snprintf(name, size, "CPU");
    FILE *file = fopen("/proc/cpuinfo", "re");
    while (file && fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, key, sizeof key - 1) == 0 && colon) {
            line[strcspn(line, "\n")] = '\0';
            snprintf(name, size, "%s", colon + 1 + strspn(colon + 1, " "));
            break;
        }
    }
    if (file) {
        (void)fclose(file);
    }
}

static gan_status describe(gan_device *device, gan_error *err)
{
    char name[128], library[64];
    cpu_name(name, sizeof name);
    gan_onednn_describe(library, sizeof library);
    snprintf(device->description, sizeof device->description, "%s, %d thread%s, %s", name,
             device->threads, gan_plural(device->threads), library);
    snprintf(device->choices, sizeof device->choices, "cpu; %s; threads %d; conv %s", library,
             device->threads, device->conv);
    if (device->tune && gan_tune_size(device->tune) > 0) {
        char digest[GAN_TUNE_DIGEST_SIZE];
        const size_t used = strlen(device->choices);
        GAN_TRY(gan_tune_digest(device->tune, digest, err));
        snprintf(device->choices + used, sizeof device->choices - used, "; tune %s", digest);
    }
    return GAN_OK;
}

static gan_status check_options(const gan_device_options *options, gan_error *err)
{
    if (options->index != 0) {
        return gan_fail(err, GAN_E_NO_DEVICE, "there is one CPU device, number 0, and no number %d",
                        options->index);
    }
    if (options->threads < 0 || options->threads > GAN_CPU_THREADS_MAX) {
        return gan_fail(err, GAN_E_USAGE,
                        "%d threads: give 1 to %d, or 0 for as many as there are cores",
                        options->threads, GAN_CPU_THREADS_MAX);
    }
    if (options->conv && !gan_conv_engine_known(options->conv)) {
        return gan_fail(err, GAN_E_USAGE, "no convolution engine \"%s\": give %s", options->conv,
                        gan_conv_engine_names());
    }
    return GAN_OK;
}

/* OpenMP ends the process where it cannot start a thread. */
static gan_status check_stacks(int threads, gan_error *err)
{
    pthread_attr_t attr;
    size_t stack = 0;
    if (threads < 2 || pthread_attr_init(&attr) != 0) {
        return GAN_OK;
    }
    (void)pthread_attr_getstacksize(&attr, &stack);
    (void)pthread_attr_destroy(&attr);
    return gan_memory_room((int64_t)stack * (threads - 1) + STARTING_BYTES, "the threads' stacks",
                           err);
}

/* Counts the threads that there are, and says so where they are fewer than asked for. */
static gan_status settle_threads(gan_device *device, const gan_device_options *options,
                                 gan_error *err)
{
    int asked = options->threads > 0 ? options->threads : gan_system_processors();
    const char *why = "";
    GAN_TRY(check_stacks(asked, err));
    device->threads = gan_team_measure(asked, &why);
    if (device->threads != asked) {
        gan_say(options->listener, "computing with %d thread%s instead of %d: %s", device->threads,
                gan_plural(device->threads), asked, why);
    }
    return GAN_OK;
}

static void device_close(gan_device *device)
{
    if (!device) {
        return;
    }
    gan_onednn_close(device->onednn);
    gan_cpu_store_clear(&device->store);
    free(device);
}

static gan_status device_open(const gan_device_options *options, gan_device **out, gan_error *err)
{
    const gan_device_options defaults = {0};
    void *block = NULL;
    *out = NULL;
    options = options ? options : &defaults;
    GAN_TRY(check_options(options, err));
    GAN_TRY(gan_calloc(1, sizeof **out, &block, err));
    gan_device *device = block;
    snprintf(device->conv, sizeof device->conv, "%s", options->conv ? options->conv : "auto");
    device->tune = options->tune;
    gan_status status = gan_onednn_open(&device->onednn, err);
    if (status == GAN_OK) {
        status = settle_threads(device, options, err);
    }
    if (status == GAN_OK) {
        status = describe(device, err);
    }
    if (status != GAN_OK) {
        device_close(device);
        return status;
    }
    *out = device;
    return GAN_OK;
}

static const char *device_describe(const gan_device *device)
{
    return device->description;
}

static const char *device_choices(const gan_device *device)
{
    return device->choices;
}

static int device_threads(const gan_device *device)
{
    return device->threads;
}

static const char *device_precisions(const gan_device *device)
{
    (void)device;
    return gan_cpu_bf16_pays() ? "bf16 fp32 strict" : "fp32 strict bf16";
}

static int64_t device_available(const gan_device *device)
{
    (void)device;
    return gan_system_available_memory();
}

static gan_status device_wait(gan_device *device, gan_error *err)
{
    (void)device;
    (void)err;
    return GAN_OK; /* a run is done when it returns */
}

static gan_status device_write(gan_device *device, const char *name, int64_t offset,
                               const void *from, int64_t bytes, gan_error *err)
{
    void *span = NULL;
    GAN_TRY(gan_cpu_store_span(&device->store, name, offset, bytes, &span, err));
    memcpy(span, from, (size_t)bytes);
    return GAN_OK;
}

static gan_status device_read(gan_device *device, const char *name, int64_t offset, void *to,
                              int64_t bytes, gan_error *err)
{
    void *span = NULL;
    GAN_TRY(gan_cpu_store_span(&device->store, name, offset, bytes, &span, err));
    memcpy(to, span, (size_t)bytes);
    return GAN_OK;
}

static gan_status device_adopt(gan_device *device, const char *name, void *from, int64_t bytes,
                               gan_error *err)
{
    if (device->n_executables > 0 && gan_cpu_store_find(&device->store, name)) {
        return gan_fail(err, GAN_E_FAILED, "\"%s\" is in use by a compiled program", name);
    }
    return gan_cpu_store_adopt(&device->store, name, from, bytes, err);
}

const gan_backend gan_cpu_backend = {
    .name = "cpu",
    .heeds_conv = true,
    .open = device_open,
    .close = device_close,
    .describe = device_describe,
    .choices = device_choices,
    .threads = device_threads,
    .precisions = device_precisions,
    .supports = gan_cpu_supports,
    .forecast = gan_cpu_forecast,
    .available = device_available,
    .compile = gan_cpu_compile,
    .compile_beside = gan_cpu_compile_beside,
    .destroy = gan_cpu_destroy,
    .run = gan_cpu_run,
    .wait = device_wait,
    .write = device_write,
    .read = device_read,
    .adopt = device_adopt,
    .peek = gan_cpu_peek,
    .memory = gan_cpu_memory,
    .profile = gan_cpu_profile,
    .ways = gan_cpu_ways,
    .explain = gan_cpu_explain,
};
