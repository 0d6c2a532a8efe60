/* backend.c — the reference as a backend: the device, its store, and the table that offers both. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/system.h"
#include "reference/device.h"

enum { THREADS_MAX = 1024 };

static void describe(gan_device *device)
{
    static const char *const errors[] = {[GAN_ROUNDING_NONE] = "",
                                         [GAN_ROUNDING_STORED] = ", results rounded to their types",
                                         [GAN_ROUNDING_RANDOM] =
                                             ", results with random rounding errors"};
    snprintf(device->description, sizeof device->description,
             "reference in double precision, %d thread%s%s", device->threads,
             gan_plural(device->threads), errors[device->rounding]);
    snprintf(device->choices, sizeof device->choices, "reference; rounding %d seed %llu",
             (int)device->rounding, (unsigned long long)device->rounding_seed);
}

static gan_status check_options(const gan_device_options *options, gan_error *err)
{
    if (options->index != 0) {
        return gan_fail(err, GAN_E_NO_DEVICE, "there is one reference, number 0, and no number %d",
                        options->index);
    }
    if (options->threads < 0 || options->threads > THREADS_MAX) {
        return gan_fail(err, GAN_E_USAGE,
                        "%d threads: give 1 to %d, or 0 for as many as there are cores",
                        options->threads, THREADS_MAX);
    }
    return GAN_OK;
}

static void device_close(gan_device *device)
{
    if (device) {
        gan_reference_store_clear(&device->store);
        free(device);
    }
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
    device->threads = options->threads > 0 ? options->threads : gan_system_processors();
    device->rounding = options->rounding;
    device->rounding_seed = options->rounding_seed;
    describe(device);
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

static const char *device_precisions(const gan_device *device)
{
    (void)device;
    return "fp32 strict"; /* words for buffers' types: what is computed is double in each */
}

static bool device_supports(const gan_device *device, const gan_program *program, const gan_op *op,
                            gan_error *err)
{
    (void)device;
    (void)program;
    (void)op;
    (void)err;
    return true;
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
    return gan_reference_store_write(&device->store, name, offset, from, bytes, err);
}

static gan_status device_read(gan_device *device, const char *name, int64_t offset, void *to,
                              int64_t bytes, gan_error *err)
{
    return gan_reference_store_read(&device->store, name, offset, to, bytes, err);
}

static gan_status device_write_doubles(gan_device *device, const char *name, int64_t first,
                                       const double *from, int64_t n, gan_error *err)
{
    double *at = NULL;
    GAN_TRY(gan_reference_store_doubles(&device->store, name, first, n, &at, err));
    memcpy(at, from, (size_t)n * sizeof *at);
    return GAN_OK;
}

static gan_status device_read_doubles(gan_device *device, const char *name, int64_t first,
                                      double *to, int64_t n, gan_error *err)
{
    double *at = NULL;
    GAN_TRY(gan_reference_store_doubles(&device->store, name, first, n, &at, err));
    memcpy(to, at, (size_t)n * sizeof *at);
    return GAN_OK;
}

const gan_backend gan_reference_backend = {
    .name = "reference",
    .open = device_open,
    .close = device_close,
    .describe = device_describe,
    .choices = device_choices,
    .precisions = device_precisions,
    .supports = device_supports,
    .forecast = gan_reference_forecast,
    .available = device_available,
    .compile = gan_reference_compile,
    .compile_beside = gan_reference_compile_beside,
    .destroy = gan_reference_destroy,
    .run = gan_reference_run,
    .wait = device_wait,
    .write = device_write,
    .read = device_read,
    .peek = gan_reference_peek,
    .write_doubles = device_write_doubles,
    .read_doubles = device_read_doubles,
    .peek_doubles = gan_reference_peek_doubles,
    .memory = gan_reference_memory,
    .profile = gan_reference_profile,
};
