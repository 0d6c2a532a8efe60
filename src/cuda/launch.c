/* launch.c — one op of a program queued on the device's stream.
 *
 * An op works in its own type. An operand of another type is converted on the way, into scratch:
 *
 *     input --convert--> scratch --op--> scratch --convert--> output
 *
 * but for weights, which have a 16-bit copy beside them in the store that Adam keeps up to date.
 * Launches are captured once and replayed, so what is bound here, addresses above all, must hold
 * for the life of the executable. */
#include <string.h>

#include "base/memory.h"
#include "cuda/device.h"
#include "kernels/kernels.h"
#include "program/place.h"

/* The address of a stored base: its own, or that of what plays it in the first run. */
static char *stored_address(const gan_executable *e, int base)
{
    if (e->scratch_state && e->scratch_state[base]) {
        return e->scratch_state[base];
    }
    return e->items[base]->device;
}

void *gan_cuda_address(const gan_executable *e, int id)
{
    if (id < 0) {
        return NULL;
    }
    const gan_buffer *b = &e->program->buffers[id], *base = &e->program->buffers[b->base];
    char *start = NULL;
    if (e->items[b->base]) {
        start = stored_address(e, b->base);
    } else if (base->place >= 0) {
        start = e->arena + base->place;
    }
    return start ? start + b->offset * (int64_t)gan_dtype_size(b->type) : NULL;
}

/* The 16-bit copy of a weight. */
static void *copy_address(const gan_executable *e, int id)
{
    const gan_buffer *b = &e->program->buffers[id];
    char *copy = e->items[b->base] ? e->items[b->base]->copy : NULL;
    return copy ? copy + b->offset * (int64_t)gan_dtype_size(e->items[b->base]->copy_type) : NULL;
}

/* Input k in the op's type; queues the conversion where one is needed. */
static gan_status bind_input(gan_executable *e, const gan_cuda_work *work, int k,
                             gan_cuda_call *call, gan_error *err)
{
    const int id = work->op->in[k];
    const gan_cuda_cast *cast = &work->in[k];
    call->in[k] = gan_cuda_address(e, id);
    if (!cast->needed) {
        return GAN_OK;
    }
    if (cast->weight) {
        call->in[k] = copy_address(e, id);
        return GAN_OK;
    }
    const gan_buffer *b = &e->program->buffers[id];
    void *converted = e->scratch + cast->offset;
    GAN_TRY(gan_convert_launch(call->stream, call->in[k], b->type, converted, work->type, b->count,
                               err));
    call->in[k] = converted;
    return GAN_OK;
}

static void bind_outputs(gan_executable *e, const gan_cuda_work *work, gan_cuda_call *call)
{
    for (int k = 0; k < work->op->n_out; k++) {
        const int id = work->op->out[k];
        if (id < 0) {
            continue;
        }
        call->out[k] =
            work->out[k].needed ? e->scratch + work->out[k].offset : gan_cuda_address(e, id);
        /* the first, eager run must not touch the real copies either: it converts nothing */
        if (e->program->buffers[id].cls == GAN_PARAM && !e->scratch_state) {
            call->copies[k] = copy_address(e, id);
            if (call->copies[k]) { /* another program of the device may have asked for it */
                call->copy_type = e->items[e->program->buffers[id].base]->copy_type;
            }
        }
    }
}

static gan_status convert_outputs(gan_executable *e, const gan_cuda_work *work,
                                  const gan_cuda_call *call, gan_error *err)
{
    for (int k = 0; k < work->op->n_out; k++) {
        const int id = work->op->out[k];
        if (id < 0 || !work->out[k].needed) {
            continue;
        }
        const gan_buffer *b = &e->program->buffers[id];
        GAN_TRY(gan_convert_launch(call->stream, call->out[k], work->type, gan_cuda_address(e, id),
                                   b->type, b->count, err));
    }
    return GAN_OK;
}

static void bind_companions(gan_executable *e, const gan_cuda_work *work, gan_cuda_call *call)
{
    for (int i = 0; i < work->n_with; i++) {
        for (int k = 0; k < work->with[i]->n_in; k++) {
            call->with_in[i][k] = gan_cuda_address(e, work->with[i]->in[k]);
        }
        for (int k = 0; k < work->with[i]->n_out; k++) {
            call->with_out[i][k] = gan_cuda_address(e, work->with[i]->out[k]);
        }
    }
}

/* Gives the call room for its pointers in the executable's, all NULL. */
/* One block for all ops in turn: kernels get the pointers by value, so it is free after a launch.
 */
static void lay_out_pointers(gan_executable *e, const gan_cuda_work *work, gan_cuda_call *call)
{
    void **next = e->pointers;
    memset(next, 0, (size_t)e->n_pointers * sizeof *next);
    call->in = (const void **)next;
    next += work->op->n_in;
    call->out = next;
    next += work->op->n_out;
    call->copies = next;
    next += work->op->n_out;
    for (int i = 0; i < work->n_with; i++) {
        call->with_in[i] = next;
        next += work->with[i]->n_in;
        call->with_out[i] = next;
        next += work->with[i]->n_out;
    }
}

static int count_pointers(const gan_cuda_work *work)
{
    int n = work->op->n_in + 2 * work->op->n_out;
    for (int i = 0; i < work->n_with; i++) {
        n += work->with[i]->n_in + work->with[i]->n_out;
    }
    return n;
}

gan_status gan_cuda_make_pointers(gan_executable *e, gan_error *err)
{
    void *memory = NULL;
    for (int i = 0; i < e->works.n; i++) {
        const int n = count_pointers(&e->works.items[i]);
        e->n_pointers = n > e->n_pointers ? n : e->n_pointers;
    }
    GAN_TRY(gan_calloc((size_t)e->n_pointers, sizeof *e->pointers, &memory, err));
    e->pointers = memory;
    return GAN_OK;
}

gan_status gan_cuda_launch_op(gan_executable *e, int i, int slot, gan_error *err)
{
    const gan_cuda_work *work = &e->works.items[i];
    /* Computed along with another op (fuse.c). */
    if (work->absorbed) {
        return GAN_OK;
    }
    char *scratch = e->scratch + gan_cuda_aligned(work->cast_bytes);
    gan_cuda_call call = {.stream = e->device->stream,
                          .cudnn = e->device->cudnn,
                          .cublas = e->device->blas.handle,
                          .copy_type = e->copy_type,
                          .scratch = scratch,
                          .workspace = scratch + gan_cuda_aligned(work->scratch_bytes),
                          .scales = e->scales,
                          .growth = e->growth,
                          .finite = e->finite};
    lay_out_pointers(e, work, &call);
    for (int k = 0; k < work->op->n_in; k++) {
        /* A streamed data set has no address on the device: the feed's slot stands in for it
         * below. */
        if (work->op->in[k] >= 0 && !(e->feed && e->feed->op == i && k == 0)) {
            GAN_TRY(bind_input(e, work, k, &call, err));
        }
    }
    if (e->feed && e->feed->op == i) {
        call.in[0] = e->feed->staged[slot];
        call.in_order = true;
    }
    bind_outputs(e, work, &call);
    bind_companions(e, work, &call);
    GAN_TRY(gan_cuda_op_row(work->op->kind)->launch(work, &call, err));
    return convert_outputs(e, work, &call, err);
}

/* Waits for the op just queued, so that a fault is its own. */
static gan_status wait_for_op(const gan_executable *e, gan_error *err)
{
    CUDA_TRY(cudaStreamSynchronize(e->device->stream));
    return GAN_OK;
}

gan_status gan_cuda_launch_all(gan_executable *e, int slot, int *failed, gan_error *err)
{
    for (int i = 0; i < e->program->n_ops; i++) {
        gan_status status = gan_cuda_launch_op(e, i, slot, err);
        if (status == GAN_OK && e->device->debug_sync) {
            status = wait_for_op(e, err);
        }
        if (status != GAN_OK) {
            const gan_op *op = &e->program->ops[i];
            if (failed) {
                *failed = i;
            }
            return gan_fail_in(err, status, "op %d, %s (%s), %s", i,
                               gan_op_describe(op->kind)->name, op->label,
                               e->works.items[i].plan.how);
        }
    }
    return GAN_OK;
}

/* True if Adam updates that base. */
static bool is_adams(const gan_executable *e, int base)
{
    for (int i = 0; i < e->program->n_ops; i++) {
        const gan_op *op = &e->program->ops[i];
        for (int k = 0; op->kind == GAN_OP_adam && k < op->n_out; k++) {
            if (op->out[k] == base) {
                return true;
            }
        }
    }
    return false;
}

gan_status gan_cuda_find_written_copies(gan_executable *e, gan_error *err)
{
    void *memory = NULL;
    GAN_TRY(gan_calloc((size_t)e->program->n_buffers, sizeof *e->writes_copy, &memory, err));
    e->writes_copy = memory;
    for (int i = 0; i < e->program->n_buffers; i++) {
        e->writes_copy[i] = e->items[i] && e->items[i]->copy && is_adams(e, i);
    }
    return GAN_OK;
}

/* Before a run, outside of the captured graph: a copy is stale only after the host wrote the
 * weight, or an op other than Adam did. */
gan_status gan_cuda_refresh_copies(gan_executable *e, gan_error *err)
{
    for (int i = 0; i < e->program->n_buffers; i++) {
        gan_cuda_stored *item = e->items[i];
        if (item && item->copy && item->copy_stale) {
            GAN_TRY(gan_convert_launch(e->device->stream, item->device, GAN_F32, item->copy,
                                       item->copy_type, item->bytes / (int64_t)sizeof(float), err));
            item->copy_stale = false;
        }
    }
    return GAN_OK;
}

void gan_cuda_mark_copies(gan_executable *e)
{
    for (int i = 0; i < e->program->n_buffers; i++) {
        gan_cuda_stored *item = e->items[i];
        if (item && item->copy && !e->writes_copy[i] && gan_program_writes(e->program, i)) {
            item->copy_stale = true;
        }
    }
}
