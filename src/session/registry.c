/* registry.c — which backends there are, and the CUDA plugin. */
#include "session/registry.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/say.h"
#include "options/device_name.h"
#include "program/plugin.h"

/* The backend of this program with that name, or NULL. */
static const gan_backend *find_named(const char *name)
{
    static const gan_backend *const all[] = {&gan_cpu_backend, &gan_reference_backend};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (strcmp(all[i]->name, name) == 0) {
            return all[i];
        }
    }
    return NULL;
}

static gan_status open_cuda(int64_t index, const gan_device_options *options,
                            const gan_backend **backend, gan_device **device, gan_error *err)
{
    gan_device_options indexed = options ? *options : (gan_device_options){0};
    indexed.index = (int)index;
    gan_plugin plugin;
    GAN_TRY(gan_plugin_load(&plugin, err));
    *backend = plugin.backend;
    return (*backend)->open(&indexed, device, err);
}

static gan_status open_device(const char *spec, const gan_device_options *options,
                              const gan_backend **backend, gan_device **device, gan_error *err)
{
    int64_t index = 0;
    *device = NULL;
    if (gan_device_name_parse(spec, &index, err) != GAN_OK) {
        return gan_fail_in(err, GAN_E_USAGE, "device");
    }
    if (strcmp(spec, "auto") == 0) {
        gan_error why = {0};
        const gan_status status = open_cuda(0, options, backend, device, &why);
        if (status == GAN_OK) {
            return GAN_OK;
        }
        if (status == GAN_E_USAGE) { /* there is one, and what is asked of it cannot be */
            return gan_fail(err, status, "%s", why.text);
        }
        gan_say(options ? options->listener : NULL, "no GPU is used: %s", why.text);
        spec = "cpu";
    }
    const gan_backend *named = find_named(spec);
    if (named) {
        *backend = named;
        return named->open(options, device, err);
    }
    gan_status status = open_cuda(index, options, backend, device, err);
    return status == GAN_OK ? status : gan_fail_in(err, status, "device %s", spec);
}

/* Wishes that the device has no use for: a configuration may be for another one, so they are told,
 * not refused. */
static void tell_unheeded(const gan_backend *backend, const gan_device_options *options)
{
    const struct {
        const char *key, *value, *usual;
        bool heeded;
    } wishes[] = {{"conv", options->conv, "auto", backend->heeds_conv},
                  {"batchnorm", options->batch_norm, "auto", backend->heeds_batch_norm},
                  {"data_store", options->data_store, "resident", backend->heeds_data_store}};
    for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
        if (!wishes[i].heeded && wishes[i].value && strcmp(wishes[i].value, wishes[i].usual) != 0) {
            gan_say(options->listener, "%s %s makes no difference on %s", wishes[i].key,
                    wishes[i].value, backend->name);
        }
    }
}

gan_status gan_registry_open(const char *spec, const gan_device_options *options,
                             const gan_backend **backend, gan_device **device, gan_error *err)
{
    GAN_TRY(open_device(spec, options, backend, device, err));
    if (options) {
        tell_unheeded(*backend, options);
    }
    return GAN_OK;
}
