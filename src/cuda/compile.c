/* compile.c — a program bound to a GPU: planned, counted, given memory, run once eagerly on state
 * of its own, captured. */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/say.h"
#include "cuda/device.h"
#include "kernels/kernels.h"
#include "program/place.h"
#include "program/stored.h"

static const float first_scale = 65536.0f; /* of fp16 losses: as common mixed precision has it */

/* --- memory --- */

static gan_status bind_store(gan_executable *e, gan_error *err)
{
    gan_device *d = e->device;
    const gan_program *program = e->program;
    for (int i = 0; i < program->n_buffers; i++) {
        const gan_buffer *b = &program->buffers[i];
        if (b->base != i || !gan_buffer_class_stored(b->cls)) {
            continue;
        }
        const bool on_host = gan_cuda_is_streamed(d, b);
        GAN_TRY(gan_cuda_store_need(&d->store, b->name, gan_buffer_bytes(b), on_host, d->stream,
                                    &e->items[i], err));
        if (gan_cuda_reads_copy(&e->works, program, i)) {
            GAN_TRY(gan_cuda_store_need_copy(e->items[i], e->copy_type, err));
        }
    }
    return GAN_OK;
}

/* The loss scales: stored, so that checkpoints can hold them. */
static gan_status bind_scales(gan_executable *e, gan_error *err)
{
    gan_device *d = e->device;
    gan_cuda_stored *scale = NULL, *growth = NULL, *finite = NULL;
    if (!gan_cuda_has_fp16_gradients(e->program)) {
        return GAN_OK;
    }
    const bool is_new = !gan_cuda_store_find(&d->store, GAN_STORED_LOSS_SCALE);
    GAN_TRY(gan_cuda_store_need(&d->store, GAN_STORED_LOSS_SCALE, GAN_NET_COUNT * sizeof(float),
                                false, d->stream, &scale, err));
    GAN_TRY(gan_cuda_store_need(&d->store, GAN_STORED_LOSS_GROWTH, GAN_NET_COUNT * sizeof(int32_t),
                                false, d->stream, &growth, err));
    GAN_TRY(gan_cuda_store_need(&d->store, GAN_STORED_LOSS_FINITE, GAN_NET_COUNT * sizeof(int32_t),
                                false, d->stream, &finite, err));
    e->scales = scale->device;
    e->growth = growth->device;
    e->finite = finite->device;
    return is_new
               ? gan_scale_init_launch(d->stream, e->scales, e->growth, e->finite, first_scale, err)
               : GAN_OK;
}

/* Scratch for the plans as they are now; more of it after a plan was replaced. */
static gan_status make_scratch(gan_executable *e, gan_error *err)
{
    if (e->scratch && e->scratch_bytes >= e->works.scratch_bytes) {
        return GAN_OK;
    }
    if (e->owns_scratch) {
        CUDA_TRY(cudaStreamSynchronize(e->device->stream));
        CUDA_TRY(cudaFree(e->scratch));
        e->scratch = NULL;
    }
    const int64_t bytes = e->works.scratch_bytes > 0 ? e->works.scratch_bytes : 1;
    e->scratch = NULL; /* not the lender's any more */
    CUDA_TRY(cudaMalloc((void **)&e->scratch, (size_t)bytes));
    e->scratch_bytes = e->works.scratch_bytes;
    e->owns_scratch = true;
    return GAN_OK;
}

static gan_status make_arena(gan_executable *e, const gan_executable *lender, gan_error *err)
{
    const int64_t wanted = e->program->arena_bytes;
    const size_t bytes = wanted > 0 ? (size_t)wanted : 1;
    if (lender && wanted <= lender->program->arena_bytes) {
        e->arena = lender->arena;
        return GAN_OK;
    }
    CUDA_TRY(cudaMalloc((void **)&e->arena, bytes));
    e->owns_arena = true;
    /* gaps of gradients stay zero */
    CUDA_TRY(cudaMemsetAsync(e->arena, 0, bytes, e->device->stream));
    return GAN_OK;
}

static gan_status make_memory(gan_executable *e, const gan_executable *lender, gan_error *err)
{
    void *items = NULL;
    GAN_TRY(gan_calloc((size_t)e->program->n_buffers, sizeof *e->items, &items, err));
    e->items = items;
    GAN_TRY(gan_cuda_make_pointers(e, err));
    GAN_TRY(bind_store(e, err));
    GAN_TRY(bind_scales(e, err));
    GAN_TRY(make_arena(e, lender, err));
    if (lender) {
        e->scratch = lender->scratch;
        e->scratch_bytes = lender->scratch_bytes;
    }
    GAN_TRY(make_scratch(e, err));
    return gan_cuda_feed_open(e, err);
}

/* --- the first run --- */

/* What the first run changes in place of the real state. */
typedef struct scratch_run {
    void **buffers; /* per buffer, NULL where the real one is only read */
    char *scales;   /* scales, growth, finite, 256 bytes apart */
    float *real_scales;
    int32_t *real_growth, *real_finite;
} scratch_run;

static bool is_written(const gan_program *program, int base)
{
    for (int i = 0; i < program->n_ops; i++) {
        for (int k = 0; k < program->ops[i].n_out; k++) {
            const int id = program->ops[i].out[k];
            if (id >= 0 && program->buffers[id].base == base) {
                return true;
            }
        }
    }
    return false;
}

static gan_status scratch_scales(gan_executable *e, scratch_run *u, gan_error *err)
{
    if (!e->scales) {
        return GAN_OK;
    }
    CUDA_TRY(cudaMalloc((void **)&u->scales, GAN_CUDA_SCALES_BYTES));
    u->real_scales = e->scales;
    u->real_growth = e->growth;
    u->real_finite = e->finite;
    e->scales = (void *)u->scales;
    e->growth = (int32_t *)(u->scales + 256);
    e->finite = (int32_t *)(u->scales + 512);
    return gan_scale_init_launch(e->device->stream, e->scales, e->growth, e->finite, 1.0f, err);
}

static gan_status begin_scratch_run(gan_executable *e, scratch_run *u, gan_error *err)
{
    const gan_program *program = e->program;
    void *memory = NULL;
    GAN_TRY(gan_calloc((size_t)program->n_buffers, sizeof *u->buffers, &memory, err));
    u->buffers = memory;
    for (int i = 0; i < program->n_buffers; i++) {
        if (e->items[i] && e->items[i]->device && is_written(program, i)) {
            const size_t bytes = (size_t)e->items[i]->bytes;
            CUDA_TRY(cudaMalloc(&u->buffers[i], bytes > 0 ? bytes : 1));
            CUDA_TRY(cudaMemsetAsync(u->buffers[i], 0, bytes, e->device->stream));
        }
    }
    GAN_TRY(scratch_scales(e, u, err));
    e->scratch_state = u->buffers;
    return GAN_OK;
}

static void end_scratch_run(gan_executable *e, scratch_run *u)
{
    e->scratch_state = NULL;
    if (u->scales) {
        e->scales = u->real_scales;
        e->growth = u->real_growth;
        e->finite = u->real_finite;
        (void)cudaFree(u->scales);
    }
    for (int i = 0; u->buffers && i < e->program->n_buffers; i++) {
        if (u->buffers[i]) {
            (void)cudaFree(u->buffers[i]);
        }
    }
    free(u->buffers);
    *u = (scratch_run){0};
}

/* Runs every op once, eagerly: kernels are loaded on their first launch, which a capture must not
 * see. The data of a feed are zeros then. */
static gan_status run_first(gan_executable *e, int *failed, gan_error *err)
{
    scratch_run u = {0};
    *failed = -1;
    gan_status status = begin_scratch_run(e, &u, err);
    if (e->feed && status == GAN_OK) {
        CUDA_TRY_DONE(cudaMemsetAsync(e->feed->staged[0], 0,
                                      (size_t)(e->feed->batch * e->feed->image_bytes),
                                      e->device->stream));
    }
    if (status == GAN_OK) {
        status = gan_cuda_launch_all(e, 0, failed, err);
    }
    if (status == GAN_OK) {
        CUDA_TRY_DONE(cudaStreamSynchronize(e->device->stream));
    }
done:
    if (status != GAN_OK) {
        (void)cudaStreamSynchronize(e->device->stream); /* nothing may use what is freed now */
        (void)cudaGetLastError();
    }
    end_scratch_run(e, &u);
    return status;
}

/* --- the graph --- */

static void destroy_graphs(gan_executable *e)
{
    for (int i = 0; i < GAN_CUDA_FEED_SLOTS; i++) {
        if (e->graphs[i]) {
            (void)cudaGraphExecDestroy(e->graphs[i]);
            e->graphs[i] = NULL;
        }
    }
}

/* The first run, then the capture: one graph, or one for each slot of a feed. */
static gan_status try_to_capture(gan_executable *e, int *failed, gan_error *err)
{
    GAN_TRY(run_first(e, failed, err));
    for (int slot = 0; slot < (e->feed ? GAN_CUDA_FEED_SLOTS : 1) && !e->device->debug_sync;
         slot++) {
        GAN_TRY(gan_cuda_graph_capture(e, slot, &e->graphs[slot], failed, err));
    }
    return GAN_OK;
}

/* Takes what the device would not run or capture out of the choice, and says so. */
static gan_status replan(gan_executable *e, int failed, gan_error *reason, gan_error *err)
{
    gan_device *d = e->device;
    bool changed = false;
    char how[160];
    snprintf(how, sizeof how, "%s", e->works.items[failed].plan.how);
    const bool is_conv = e->works.items[failed].conv.plan != NULL;
    GAN_TRY(gan_cuda_works_replan(&d->spec, &e->works, failed, &changed, err));
    if (!changed) {
        return gan_fail(err, reason->status, "%s", reason->text);
    }
    gan_say(&d->listener, "%s: %s does not run here (%s); from now on %s",
            e->program->ops[failed].label, how, reason->text,
            is_conv ? "the next plan is taken" : "own kernels do it");
    gan_cuda_append_choice(d, is_conv ? "; barred: " : "; batch norm fused after all: ",
                           is_conv ? how : e->program->ops[failed].label);
    return make_scratch(e, err);
}

/* Captures; where the device refuses a plan of cuDNN's, without it. */
static gan_status capture(gan_executable *e, gan_error *err)
{
    for (int attempt = 0; attempt < GAN_CUDNN_ENGINES; attempt++) {
        int failed = -1;
        gan_error reason = {0};
        gan_status status = try_to_capture(e, &failed, &reason);
        reason.status = status;
        if (status == GAN_OK) {
            return GAN_OK;
        }
        destroy_graphs(e);
        const cudaError_t left = cudaStreamSynchronize(e->device->stream);
        if (left != cudaSuccess && !e->device->debug_sync) {
            /* the launch that was told of a lost context need not be the one that lost it */
            return gan_cuda_fail(err, left, GAN_CUDA_PLACE(cudaStreamSynchronize(stream)));
        }
        if (failed < 0 || left != cudaSuccess) {
            return gan_fail(err, status, "%s", reason.text);
        }
        GAN_TRY(replan(e, failed, &reason, err));
    }
    return gan_fail(err, GAN_E_BACKEND, "no set of plans can be captured on this device");
}

/* Says once what the own kernels took over from cuDNN. */
static void note_fallbacks(const gan_executable *e)
{
    const gan_cuda_work *first = NULL;
    int n = 0;
    for (int i = 0; i < e->works.n; i++) {
        const gan_cuda_work *work = &e->works.items[i];
        const bool is_norm =
            work->op->kind == GAN_OP_batch_norm || work->op->kind == GAN_OP_batch_norm_bwd;
        if (is_norm && e->device->spec.cudnn_batch_norm && !work->norm.plan) {
            first = first ? first : work;
            n++;
        }
    }
    if (n > 0) {
        gan_say(&e->device->listener,
                "%d batch normalizations by own kernels instead of cuDNN's, %s "
                "first: %s",
                n, first->op->label, first->plan.why);
    }
}

gan_status gan_cuda_compile_beside(gan_device *device, const gan_program *program,
                                   const gan_executable *lender, gan_executable **out,
                                   gan_error *err)
{
    void *memory = NULL;
    *out = NULL;
    if (program->arena_bytes < 0) {
        return gan_fail(err, GAN_E_FAILED, "program \"%s\" has not been placed", program->name);
    }
    CUDA_TRY(cudaSetDevice(device->index));
    GAN_TRY(gan_calloc(1, sizeof **out, &memory, err));
    gan_executable *e = memory;
    e->device = device;
    e->program = program;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_cuda_works_prepare(&device->spec, program, &e->works, err));
    GAN_TRY_DONE(gan_cuda_find_copy_type(&e->works, &e->copy_type, err));
    gan_cuda_need need = gan_cuda_count_need(device, program, &e->works);
    if (lender) {
        need.arena = need.arena > lender->program->arena_bytes ? need.arena : 0;
        need.scratch = need.scratch > lender->scratch_bytes ? need.scratch : 0;
    }
    GAN_TRY_DONE(gan_cuda_check_need(device, program, &need, err));
    GAN_TRY_DONE(make_memory(e, lender, err));
    GAN_TRY_DONE(gan_cuda_refresh_copies(e, err));
    GAN_TRY_DONE(gan_cuda_find_written_copies(e, err));
    GAN_TRY_DONE(capture(e, err));
    note_fallbacks(e);
done:
    if (status != GAN_OK) {
        gan_cuda_destroy(e);
        return status;
    }
    *out = e;
    return GAN_OK;
}

gan_status gan_cuda_compile(gan_device *device, const gan_program *program, gan_executable **out,
                            gan_error *err)
{
    return gan_cuda_compile_beside(device, program, NULL, out, err);
}

void gan_cuda_destroy(gan_executable *e)
{
    if (!e) {
        return;
    }
    (void)cudaStreamSynchronize(e->device->stream);
    destroy_graphs(e);
    gan_cuda_feed_close(e->feed);
    for (int i = 0; e->events && i <= e->program->n_ops; i++) {
        if (e->events[i]) {
            (void)cudaEventDestroy(e->events[i]);
        }
    }
    if (e->owns_arena) {
        (void)cudaFree(e->arena);
    }
    if (e->owns_scratch) {
        (void)cudaFree(e->scratch);
    }
    gan_cuda_works_clear(&e->works);
    free(e->items);
    free(e->writes_copy);
    free(e->pointers);
    free(e->events);
    free(e->seconds);
    free(e);
}
