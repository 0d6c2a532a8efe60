/* device.c — opening a GPU, and the table of its backend.
 *
 * A half-opened device is closed by the same function as a whole one: what was not made is NULL.
 * The order of closing matters: first everything queued has ended, then the memory that it used
 * goes, then the libraries that are tied to the stream, the events, and the streams last. */
#include "cuda/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/words.h"
#include "cuda/cudnn_cache.h"
#include "cuda/diagnose.h"
#include "cuda/options.h"
#include "cuda/plugin.h"

static gan_status read_data_store(const char *word, bool *streams, gan_error *err)
{
    GAN_TRY(word ? gan_words_check("data store", word, "resident|stream", err) : GAN_OK);
    *streams = word && strcmp(word, "stream") == 0;
    return GAN_OK;
}

/* Events that only order streams carry no time, which makes them cheap. Those that the host waits
 * for let it sleep and not spin on a core. */
static gan_status make_streams(gan_device *d, gan_error *err)
{
    const unsigned event_flags = cudaEventDisableTiming | cudaEventBlockingSync;
    CUDA_TRY(cudaStreamCreateWithFlags(&d->stream, cudaStreamNonBlocking));
    CUDA_TRY(cudaStreamCreateWithFlags(&d->reader, cudaStreamNonBlocking));
    CUDA_TRY(cudaStreamCreateWithFlags(&d->copier, cudaStreamNonBlocking));
    CUDA_TRY(cudaEventCreateWithFlags(&d->marker, cudaEventDisableTiming));
    for (int i = 0; i < GAN_CUDA_IN_FLIGHT; i++) {
        CUDA_TRY(cudaEventCreateWithFlags(&d->flight[i], event_flags));
    }
    /* Reads go through pinned memory: only from there does a copy run beside the device's work. */
    CUDA_TRY(cudaMallocHost(&d->bounce, GAN_CUDA_BOUNCE));
    return GAN_OK;
}

static gan_status open_libraries(gan_device *d, gan_error *err)
{
    CUDNN_TRY(cudnnCreate(&d->cudnn));
    CUDNN_TRY(cudnnSetStream(d->cudnn, d->stream));
    d->spec.target.handle = d->cudnn;
    return gan_cublas_open(d->stream, d->spec.sm, &d->blas, err);
}

/* `description` is for people. `choices` is what decides the bits of a result, driver and
 * libraries included: a checkpoint saves it, and a resume on other choices says that it will not
 * be exact. */
static gan_status describe(gan_device *d, const struct cudaDeviceProp *p, gan_error *err)
{
    char libraries[128];
    int driver = 0;
    CUDA_TRY(cudaDriverGetVersion(&driver));
    gan_cuda_libraries(libraries, sizeof libraries);
    snprintf(d->description, sizeof d->description, "cuda:%d, %.200s, sm_%d, %s", d->index, p->name,
             d->spec.sm, libraries);
    snprintf(d->choices, sizeof d->choices,
             "cuda: %.200s, sm_%d, %d multiprocessors, driver for CUDA %d.%d, %s; products %s; "
             "batch norm %s; workspace %lld bytes; plans by static rules",
             p->name, d->spec.sm, p->multiProcessorCount, driver / 1000, driver % 1000 / 10,
             libraries, d->spec.strict ? "strict" : "tf32",
             d->spec.cudnn_batch_norm ? "cudnn" : "fused", (long long)d->spec.workspace_cap);
    if (d->spec.tune && gan_tune_size(d->spec.tune) > 0) {
        char digest[GAN_TUNE_DIGEST_SIZE];
        GAN_TRY(gan_tune_digest(d->spec.tune, digest, err));
        gan_cuda_append_choice(d, "; tune ", digest);
    }
    return GAN_OK;
}

static void close_device(gan_device *d)
{
    if (!d) {
        return;
    }
    if (d->stream) {
        (void)cudaStreamSynchronize(d->stream);
    }
    gan_cuda_store_clear(&d->store);
    gan_cublas_close(&d->blas);
    if (d->cudnn) {
        (void)cudnnDestroy(d->cudnn);
    }
    if (d->bounce) {
        (void)cudaFreeHost(d->bounce);
    }
    for (int i = 0; i < GAN_CUDA_IN_FLIGHT; i++) {
        if (d->flight[i]) {
            (void)cudaEventDestroy(d->flight[i]);
        }
    }
    if (d->marker) {
        (void)cudaEventDestroy(d->marker);
    }
    const cudaStream_t streams[] = {d->stream, d->reader, d->copier};
    for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++) {
        if (streams[i]) {
            (void)cudaStreamDestroy(streams[i]);
        }
    }
    free(d->cache);
    free(d);
}

static gan_status open_device(const gan_device_options *wishes, gan_device **out, gan_error *err)
{
    const gan_device_options options = wishes ? *wishes : (gan_device_options){0};
    struct cudaDeviceProp properties;
    void *memory = NULL;
    *out = NULL;
    GAN_TRY(gan_cuda_check_device(options.index, err));
    CUDA_TRY(cudaGetDeviceProperties(&properties, options.index));
    GAN_TRY(gan_calloc(1, sizeof(gan_device), &memory, err));
    gan_device *d = memory;
    gan_status status = GAN_OK;
    d->index = options.index;
    d->listener = options.listener ? *options.listener : (gan_listener){0};
    d->debug_sync = gan_cuda_debugs();
    GAN_TRY_DONE(
        gan_cuda_read_options(&options, properties.major * 10 + properties.minor, &d->spec, err));
    GAN_TRY_DONE(read_data_store(options.data_store, &d->streams_data, err));
    GAN_TRY_DONE(make_streams(d, err));
    GAN_TRY_DONE(open_libraries(d, err));
    GAN_TRY_DONE(gan_cuda_check_engines(d->spec.sm, err));
    d->spec.tune = options.tune;
    GAN_TRY_DONE(describe(d, &properties, err));
    d->spec.cache = d->cache = gan_cudnn_cache_folder(&properties);
done:
    if (status != GAN_OK) {
        close_device(d);
        return status;
    }
    *out = d;
    return GAN_OK;
}

static const char *describe_device(const gan_device *device)
{
    return device->description;
}

static const char *device_choices(const gan_device *device)
{
    return device->choices;
}

/* bf16 and tf32 came with the same generation, Ampere. */
static const char *precisions(const gan_device *device)
{
    return device->spec.sm >= GAN_CUDA_TF32_SM ? "bf16 fp16 fp32 tf32 strict" : "fp16 fp32 strict";
}

static gan_status try_op(const gan_device *device, const gan_program *program, const gan_op *op,
                         gan_error *err)
{
    gan_cuda_work work = {0};
    CUDA_TRY(cudaSetDevice(device->index)); /* cuDNN plans for the device at hand */
    gan_status status = gan_cuda_work_prepare(&device->spec, program, op, &work, err);
    gan_cuda_work_clear(&work);
    return status;
}

/* Whether an op is supported is found by planning it: there is no second list to keep in step. */
static bool supports(const gan_device *device, const gan_program *program, const gan_op *op,
                     gan_error *err)
{
    return try_op(device, program, op, err) == GAN_OK;
}

/* 0 where the device does not answer: a forecast then finds that nothing fits, and says so. */
static int64_t available(const gan_device *device)
{
    int64_t bytes = 0;
    return gan_cuda_available(device, &bytes, NULL) == GAN_OK ? bytes : 0;
}

/* Memory that is lent by another executable is counted there, and cuBLAS's workspace once a
 * device. */
static void report_memory(const gan_executable *e, gan_memory_report *out)
{
    *out = (gan_memory_report){
        .store_bytes = gan_cuda_store_bytes(&e->device->store),
        .arena_bytes = e->owns_arena ? e->program->arena_bytes : 0,
        .workspace_bytes = (e->owns_scratch ? e->scratch_bytes : 0) +
                           gan_cublas_workspace_bytes(e->device->spec.sm) +
                           (e->feed ? gan_cuda_feed_bytes(e->program) : 0),
    };
}

static const char *explain(const gan_executable *e, int op)
{
    return e->works.items[op].plan.how;
}

static int launches(const gan_executable *e, int op)
{
    return e->works.items[op].plan.launches;
}

const gan_backend gan_cuda_backend = {
    .name = "cuda",
    .heeds_batch_norm = true,
    .heeds_data_store = true,
    .open = open_device,
    .close = close_device,
    .describe = describe_device,
    .choices = device_choices,
    .precisions = precisions,
    .supports = supports,
    .forecast = gan_cuda_forecast,
    .available = available,
    .compile = gan_cuda_compile,
    .compile_beside = gan_cuda_compile_beside,
    .destroy = gan_cuda_destroy,
    .run = gan_cuda_run,
    .wait = gan_cuda_wait,
    .write = gan_cuda_write,
    .read = gan_cuda_read,
    .peek = gan_cuda_peek,
    .memory = report_memory,
    .profile = gan_cuda_profile,
    .ways = gan_cuda_ways,
    .explain = explain,
    .launches = launches,
};
