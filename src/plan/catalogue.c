/* catalogue.c — the GPUs that can be planned for: data/gpus.json, read and checked. */
#include "plan/catalogue.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json_memory.h"
#include "base/memory.h"
#include "base/nearest.h"
#include "base/share.h"
#include "base/text.h"

enum { FILE_CAP = 4 << 20, GPUS_MAX = 256 };

static const char *const unit_names[GAN_UNIT_COUNT] = {"fp32", "tf32", "bf16", "fp16"};

/* What cuDNN 9 wants in a device description, all of it integers unless an array (memoryBusWidth is
 * asked for by 9.28, and taken by 9.19). */
static const char *const device_fields[] = {"cudaDeviceId",
                                            "deviceVer",
                                            "driverVer",
                                            "isTccDriver",
                                            "l2CacheSize",
                                            "maxCtasPerSM",
                                            "maxRegistersPerSM",
                                            "maxSharedMemoryPerBlock",
                                            "maxSharedMemoryPerBlockOptin",
                                            "maxThreadsPerBlock",
                                            "maxThreadsPerSM",
                                            "memClockRateKHz",
                                            "memoryBusWidth",
                                            "multiProcessorCount",
                                            "pciDeviceId",
                                            "regsPerBlock",
                                            "reservedSharedMemoryPerBlock",
                                            "smClockRateKHz",
                                            "supportCoopLaunch",
                                            "totalGlobalMem",
                                            "warpSize"};
static const char *const device_triples[] = {"maxBlockSize", "maxGridSize"};

/* Where a reader stands, for messages. */
typedef struct place {
    const char *label, *gpu;
    gan_error *err;
} place;

static gan_status bad(const place *at, const char *field, const char *what)
{
    return gan_fail(at->err, GAN_E_DATA, "%s: gpu %s: %s %s", at->label, at->gpu, field, what);
}

static gan_status read_text(const place *at, const json_t *object, const char *field, char **out)
{
    const json_t *value = json_object_get(object, field);
    if (!json_is_string(value) || json_string_length(value) == 0) {
        return bad(at, field, "must be a text");
    }
    return gan_strdup(json_string_value(value), out, at->err);
}

static gan_status read_number(const place *at, const json_t *object, const char *field, double low,
                              double high, double *out)
{
    const json_t *value = json_object_get(object, field);
    if (!json_is_number(value)) {
        return bad(at, field, "must be a number");
    }
    *out = json_number_value(value);
    return *out >= low && *out <= high ? GAN_OK : bad(at, field, "is out of range");
}

static gan_status check_device(const place *at, const json_t *device)
{
    if (!json_is_object(device)) {
        return bad(at, "deviceprop", "must be an object");
    }
    if (!json_is_string(json_object_get(device, "deviceName"))) {
        return bad(at, "deviceprop.deviceName", "must be a text");
    }
    for (size_t i = 0; i < sizeof device_fields / sizeof device_fields[0]; i++) {
        if (!json_is_integer(json_object_get(device, device_fields[i]))) {
            return bad(at, device_fields[i], "must be a whole number in deviceprop");
        }
    }
    for (size_t i = 0; i < sizeof device_triples / sizeof device_triples[0]; i++) {
        const json_t *triple = json_object_get(device, device_triples[i]);
        bool good = json_array_size(triple) == 3;
        for (size_t k = 0; good && k < 3; k++) {
            good = json_is_integer(json_array_get(triple, k));
        }
        if (!good) {
            return bad(at, device_triples[i], "must be three whole numbers in deviceprop");
        }
    }
    return GAN_OK;
}

/* Memory, multiprocessors, peaks: what the roofline is made of. */
static gan_status read_speeds(const place *at, const json_t *entry, gan_gpu *gpu)
{
    const json_t *device = json_object_get(entry, "deviceprop");
    const json_t *rates = json_object_get(entry, "flop_per_clock_per_sm");
    double bandwidth = 0, memory = 0, multiprocessors = 0, clock = 0, version = 0;
    GAN_TRY(read_number(at, entry, "memory_bandwidth_gbs", 1, 1e6, &bandwidth));
    GAN_TRY(read_number(at, device, "totalGlobalMem", 1e8, 1e15, &memory));
    GAN_TRY(read_number(at, device, "multiProcessorCount", 1, 1e5, &multiprocessors));
    GAN_TRY(read_number(at, device, "smClockRateKHz", 1e4, 1e8, &clock));
    GAN_TRY(read_number(at, device, "deviceVer", 100, 9999, &version));
    if ((int)version != gpu->sm * 10) {
        return bad(at, "deviceVer", "is not ten times sm");
    }
    gpu->bandwidth = bandwidth * 1e9;
    gpu->memory_bytes = (int64_t)memory;
    gpu->multiprocessors = (int)multiprocessors;
    for (int i = 0; i < GAN_UNIT_COUNT; i++) {
        double rate = 0;
        GAN_TRY(read_number(at, rates, unit_names[i], 0, 1e6, &rate));
        gpu->flops[i] = rate * multiprocessors * clock * 1e3;
    }
    return gpu->flops[GAN_UNIT_FP32] > 0 ? GAN_OK : bad(at, "fp32", "must not be 0");
}

static gan_status read_provider(const place *at, const char *name, const json_t *names,
                                gan_gpu_provider *provider)
{
    void *memory = NULL;
    GAN_TRY(gan_strdup(name, &provider->name, at->err));
    if (json_array_size(names) == 0) {
        return bad(at, name, "must be a list of instance names");
    }
    GAN_TRY(gan_calloc(json_array_size(names), sizeof *provider->instances, &memory, at->err));
    provider->instances = memory;
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *text = json_string_value(json_array_get(names, i));
        if (!text) {
            return bad(at, name, "must be a list of instance names");
        }
        GAN_TRY(gan_strdup(text, &provider->instances[i], at->err));
        provider->n_instances++;
    }
    return GAN_OK;
}

static gan_status read_providers(const place *at, const json_t *entry, gan_gpu *gpu)
{
    json_t *object = json_object_get(entry, "instances"), *names;
    const char *name;
    void *memory = NULL;
    if (!json_is_object(object)) {
        return bad(at, "instances", "must be an object");
    }
    GAN_TRY(gan_calloc(json_object_size(object), sizeof *gpu->providers, &memory, at->err));
    gpu->providers = memory;
    json_object_foreach(object, name, names)
    {
        GAN_TRY(read_provider(at, name, names, &gpu->providers[gpu->n_providers++]));
    }
    return GAN_OK;
}

static gan_status read_gpu(const char *label, const json_t *entry, gan_gpu *gpu, gan_error *err)
{
    place at = {label, "?", err};
    double sm = 0;
    GAN_TRY(read_text(&at, entry, "id", &gpu->id));
    at.gpu = gpu->id;
    GAN_TRY(read_text(&at, entry, "name", &gpu->name));
    GAN_TRY(read_number(&at, entry, "sm", 10, 999, &sm));
    gpu->sm = (int)sm;
    if (json_object_get(entry, "note")) {
        GAN_TRY(read_text(&at, entry, "note", &gpu->note));
    }
    GAN_TRY(check_device(&at, json_object_get(entry, "deviceprop")));
    GAN_TRY(read_speeds(&at, entry, gpu));
    GAN_TRY(read_providers(&at, entry, gpu));
    gpu->device = json_dumps(json_object_get(entry, "deviceprop"), JSON_COMPACT);
    return gpu->device ? GAN_OK : gan_fail(err, GAN_E_MEMORY, "no memory for a string");
}

static gan_status read_gpus(const json_t *root, const char *label, gan_catalogue *out,
                            gan_error *err)
{
    const json_t *list = json_object_get(root, "gpus");
    void *memory = NULL;
    size_t n = json_array_size(list);
    if (n < 1 || n > GPUS_MAX) {
        return gan_fail(err, GAN_E_DATA, "%s: \"gpus\" must be a list of 1 to %d GPUs", label,
                        GPUS_MAX);
    }
    GAN_TRY(gan_calloc(n, sizeof *out->gpus, &memory, err));
    out->gpus = memory;
    for (size_t i = 0; i < n; i++) {
        GAN_TRY(read_gpu(label, json_array_get(list, i), &out->gpus[out->n_gpus++], err));
        for (size_t k = 0; k < i; k++) {
            if (strcmp(out->gpus[k].id, out->gpus[i].id) == 0) {
                return gan_fail(err, GAN_E_DATA, "%s: two GPUs have the id %s", label,
                                out->gpus[i].id);
            }
        }
    }
    return GAN_OK;
}

gan_status gan_catalogue_parse(const char *json, const char *label, gan_catalogue *out,
                               gan_error *err)
{
    json_error_t reason = {0};
    *out = (gan_catalogue){0};
    json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, &reason);
    if (!root && gan_json_no_memory(&reason)) {
        return gan_fail(err, GAN_E_MEMORY, "%s: no memory to read it", label);
    }
    if (!root) {
        return gan_fail(err, GAN_E_DATA, "%s:%d: not JSON: %s", label, reason.line, reason.text);
    }
    gan_status status = gan_strdup(label, &out->path, err);
    if (status == GAN_OK) {
        status = read_gpus(root, label, out, err);
    }
    json_decref(root);
    if (status != GAN_OK) {
        gan_catalogue_free(out);
    }
    return status;
}

/* The first catalogue that exists, in a new string; NULL when there is none. */
static gan_status find_file(char **out, gan_error *err)
{
    const char *chosen = getenv("GAN_GPUS");
    return chosen && *chosen ? gan_strdup(chosen, out, err) : gan_share_find("gpus.json", out, err);
}

gan_status gan_catalogue_load(const char *path, gan_catalogue *out, gan_error *err)
{
    char *found = NULL, *text = NULL;
    size_t n = 0;
    *out = (gan_catalogue){0};
    GAN_TRY(path ? gan_strdup(path, &found, err) : find_file(&found, err));
    if (!found) {
        return gan_fail(err, GAN_E_NO_INPUT,
                        "there is no gpus.json in data/ or where gan is installed; set GAN_GPUS to "
                        "its path");
    }
    gan_status status = gan_file_read_whole(found, FILE_CAP, &text, &n, err);
    if (status == GAN_OK) {
        status = gan_catalogue_parse(text, found, out, err);
    }
    free(text);
    free(found);
    return status;
}

void gan_catalogue_free(gan_catalogue *catalogue)
{
    for (int i = 0; i < catalogue->n_gpus; i++) {
        gan_gpu *gpu = &catalogue->gpus[i];
        for (int p = 0; p < gpu->n_providers; p++) {
            for (int k = 0; k < gpu->providers[p].n_instances; k++) {
                free(gpu->providers[p].instances[k]);
            }
            free(gpu->providers[p].instances);
            free(gpu->providers[p].name);
        }
        free(gpu->providers);
        free(gpu->id);
        free(gpu->name);
        free(gpu->note);
        free(gpu->device);
    }
    free(catalogue->gpus);
    free(catalogue->path);
    *catalogue = (gan_catalogue){0};
}

/* The GPU of that id, else the first whose id begins with it; NULL if there is none. */
static const gan_gpu *find_gpu(const gan_catalogue *catalogue, const char *id)
{
    const gan_gpu *begins = NULL;
    for (int i = catalogue->n_gpus - 1; i >= 0; i--) {
        const gan_gpu *gpu = &catalogue->gpus[i];
        if (strcmp(gpu->id, id) == 0) {
            return gpu;
        }
        begins = *id && strncmp(gpu->id, id, strlen(id)) == 0 ? gpu : begins;
    }
    return begins;
}

gan_status gan_catalogue_find(const gan_catalogue *catalogue, const char *id, const gan_gpu **out,
                              gan_error *err)
{
    *out = find_gpu(catalogue, id);
    if (*out) {
        return GAN_OK;
    }
    const char *ids[GPUS_MAX];
    gan_text all = {0};
    for (int i = 0; i < catalogue->n_gpus; i++) {
        ids[i] = catalogue->gpus[i].id;
        gan_text_add(&all, "%s%s", i ? ", " : "", ids[i]);
    }
    char hint[80], *list = NULL, clean[GAN_TEXT_CLEAN_SIZE];
    GAN_TRY(gan_text_take(&all, &list, err));
    gan_nearest_hint(id, ids, (size_t)catalogue->n_gpus, hint, sizeof hint);
    gan_status status = gan_fail(err, GAN_E_USAGE, "unknown GPU '%s'%s; there are %s",
                                 gan_text_clean(id, clean), hint, list);
    free(list);
    return status;
}
