/* feed.c — a data set that is larger than the device: each step's images are copied to it, one step
 * ahead, through two buffers of pinned memory and two on the device.
 *
 * The host computes the same order that the gather kernel would (permute.h); flips stay the
 * kernel's. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cuda/device.h"
#include "program/gather.h"
#include "program/place.h"

/* The program's gather: its index, or -1 if there is none. More than one is GAN_E_UNSUPPORTED. */
static gan_status find_gather(const gan_program *program, int *out, gan_error *err)
{
    *out = -1;
    for (int i = 0; i < program->n_ops; i++) {
        if (program->ops[i].kind == GAN_OP_gather && *out >= 0) {
            return gan_fail(err, GAN_E_UNSUPPORTED,
                            "a streamed data set serves one batch a step; take --data-store "
                            "resident");
        }
        *out = program->ops[i].kind == GAN_OP_gather ? i : *out;
    }
    return GAN_OK;
}

/* Bytes of one step's images. */
static int64_t batch_bytes(const gan_program *program, int gather)
{
    return program->buffers[program->ops[gather].out[0]].count;
}

int64_t gan_cuda_feed_bytes(const gan_program *program)
{
    int gather = -1;
    return find_gather(program, &gather, NULL) == GAN_OK && gather >= 0
               ? GAN_CUDA_FEED_SLOTS * batch_bytes(program, gather)
               : 0;
}

static gan_status make_slots(gan_cuda_feed *feed, gan_error *err)
{
    const size_t bytes = (size_t)(feed->batch * feed->image_bytes);
    for (int i = 0; i < GAN_CUDA_FEED_SLOTS; i++) {
        CUDA_TRY(cudaMallocHost((void **)&feed->pinned[i], bytes));
        CUDA_TRY(cudaMalloc(&feed->staged[i], bytes));
        CUDA_TRY(cudaEventCreateWithFlags(&feed->copied[i],
                                          cudaEventDisableTiming | cudaEventBlockingSync));
        CUDA_TRY(cudaEventCreateWithFlags(&feed->used[i], cudaEventDisableTiming));
    }
    return GAN_OK;
}

gan_status gan_cuda_feed_open(gan_executable *e, gan_error *err)
{
    const gan_program *program = e->program;
    int gather = -1;
    void *memory = NULL;
    if (!e->device->streams_data) {
        return GAN_OK;
    }
    GAN_TRY(find_gather(program, &gather, err));
    if (gather < 0) {
        return GAN_OK;
    }
    GAN_TRY(gan_calloc(1, sizeof *e->feed, &memory, err));
    gan_cuda_feed *feed = e->feed = memory;
    const gan_op *op = &program->ops[gather];
    feed->op = gather;
    feed->attr = &op->attr.gather;
    feed->batch = program->buffers[op->out[0]].dims[0];
    feed->image_bytes = batch_bytes(program, gather) / feed->batch;
    feed->images = e->items[program->buffers[op->in[0]].base]->host;
    feed->counters = e->items[program->buffers[op->in[1]].base];
    e->device->step_changed = true;
    return make_slots(feed, err);
}

void gan_cuda_feed_close(gan_cuda_feed *feed)
{
    for (int i = 0; feed && i < GAN_CUDA_FEED_SLOTS; i++) {
        if (feed->pinned[i]) {
            (void)cudaFreeHost(feed->pinned[i]);
        }
        if (feed->staged[i]) {
            (void)cudaFree(feed->staged[i]);
        }
        if (feed->copied[i]) {
            (void)cudaEventDestroy(feed->copied[i]);
        }
        if (feed->used[i]) {
            (void)cudaEventDestroy(feed->used[i]);
        }
    }
    free(feed);
}

/* The step that the device stands at, after the host set it or at the first run. All feeds of a
 * device bring the images of one row of steps. */
static gan_status find_step(gan_executable *e, gan_error *err)
{
    int64_t counters[GAN_COUNTER_COUNT] = {0};
    if (!e->device->step_changed) {
        return GAN_OK;
    }
    GAN_TRY(gan_cuda_read(e->device, e->feed->counters->name, 0, counters, sizeof counters, err));
    e->device->fed_step = counters[GAN_COUNTER_STEP];
    e->device->step_changed = false;
    return GAN_OK;
}

/* One step's images in the order of the endless stream of epochs (ops.def, gather). */
static void collect(const gan_cuda_feed *feed, int64_t step, uint8_t *to)
{
    const gan_gather_attr *a = feed->attr;
    for (int64_t i = 0; i < feed->batch; i++) {
        const uint64_t sample = gan_gather_start(a, step, feed->batch) + (uint64_t)i;
        memcpy(to + i * feed->image_bytes,
               feed->images + gan_gather_image(a, sample) * feed->image_bytes,
               (size_t)feed->image_bytes);
    }
}

gan_status gan_cuda_feed_next(gan_executable *e, int *slot, gan_error *err)
{
    gan_cuda_feed *feed = e->feed;
    const size_t bytes = (size_t)(feed->batch * feed->image_bytes);
    GAN_TRY(find_step(e, err));
    const int k = *slot = (int)(feed->n_fed % GAN_CUDA_FEED_SLOTS);
    if (feed->n_fed >= GAN_CUDA_FEED_SLOTS) {
        CUDA_TRY(cudaEventSynchronize(feed->copied[k])); /* the pinned memory is free again */
        CUDA_TRY(cudaStreamWaitEvent(e->device->copier, feed->used[k], 0));
    }
    collect(feed, e->device->fed_step, feed->pinned[k]);
    CUDA_TRY(cudaMemcpyAsync(feed->staged[k], feed->pinned[k], bytes, cudaMemcpyHostToDevice,
                             e->device->copier));
    CUDA_TRY(cudaEventRecord(feed->copied[k], e->device->copier));
    CUDA_TRY(cudaStreamWaitEvent(e->device->stream, feed->copied[k], 0));
    feed->n_copies++;
    feed->n_bytes += (int64_t)bytes;
    feed->n_fed++;
    e->device->fed_step++;
    return GAN_OK;
}

gan_status gan_cuda_feed_used(gan_executable *e, int slot, gan_error *err)
{
    CUDA_TRY(cudaEventRecord(e->feed->used[slot], e->device->stream));
    return GAN_OK;
}
