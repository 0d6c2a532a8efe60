/* work.c — the ops of a program made ready for a device.
 *
 * An op computes in the narrowest type among its activations. An operand of another type is cast: a
 * parameter has a 16-bit copy in the store, anything else is converted in the op's scratch, before
 * or after its launch. Scratch is one block for all ops, as they run in order: the largest need
 * counts. First ops are fused (fuse.c), since one that runs within another's launch needs nothing.
 */
#include "cuda/work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "program/place.h"

static const gan_cuda_op *const rows[GAN_OP_COUNT] = {
#define GAN_OP(name, attr, n_in, n_out, summary, ...) [GAN_OP_##name] = &gan_cuda_op_##name,
#include "program/ops.def"
#undef GAN_OP
};

const gan_cuda_op *gan_cuda_op_row(gan_op_kind kind)
{
    return rows[kind];
}

static bool is_16_bit(gan_dtype type)
{
    return type == GAN_BF16 || type == GAN_F16;
}

/* The narrowest type among the op's activations. */
static gan_dtype find_type(const gan_cuda_work *work, const gan_cuda_op *row)
{
    const gan_op_row *facts = gan_op_describe(work->op->kind);
    for (int i = 0; i < work->op->n_in; i++) {
        const gan_buffer *b = gan_cuda_in(work, i);
        if (b && gan_set_has_of(row->in_mask, facts->n_in, i) && is_16_bit(b->type)) {
            return b->type;
        }
    }
    for (int i = 0; i < work->op->n_out; i++) {
        const gan_buffer *b = gan_cuda_out(work, i);
        if (b && gan_set_has_of(row->out_mask, facts->n_out, i) && is_16_bit(b->type)) {
            return b->type;
        }
    }
    return GAN_F32;
}

static void plan_cast(gan_cuda_work *work, const gan_buffer *buffer, bool is_input,
                      gan_cuda_cast *cast)
{
    *cast = (gan_cuda_cast){.needed = buffer->type != work->type};
    cast->weight = cast->needed && is_input && buffer->cls == GAN_PARAM;
    if (cast->needed && !cast->weight) {
        cast->offset = work->cast_bytes;
        work->cast_bytes += gan_cuda_aligned(buffer->count * (int64_t)gan_dtype_size(work->type));
        work->plan.launches++;
    }
}

static void plan_casts(gan_cuda_work *work, const gan_cuda_op *row)
{
    const gan_op_row *facts = gan_op_describe(work->op->kind);
    for (int i = 0; i < work->op->n_in; i++) {
        const gan_buffer *b = gan_cuda_in(work, i);
        if (b && gan_set_has_of(row->in_mask, facts->n_in, i)) {
            plan_cast(work, b, true, &work->in[i]);
        }
    }
    for (int i = 0; i < work->op->n_out; i++) {
        const gan_buffer *b = gan_cuda_out(work, i);
        if (b && gan_set_has_of(row->out_mask, facts->n_out, i)) {
            plan_cast(work, b, false, &work->out[i]);
        }
    }
}

int64_t gan_cuda_work_bytes(const gan_cuda_work *work)
{
    return gan_cuda_aligned(work->cast_bytes) + gan_cuda_aligned(work->scratch_bytes) +
           gan_cuda_aligned(work->workspace_bytes);
}

/* The whole of prepare, on a work whose with, absorbed and skip are set. */
static gan_status prepare(const gan_cuda_spec *spec, const gan_program *program, const gan_op *op,
                          gan_cuda_work *work, gan_error *err)
{
    const gan_cuda_op *row = gan_cuda_op_row(op->kind);
    work->program = program;
    work->op = op;
    work->plan = (gan_op_plan){.launches = 1, .deterministic = true};
    void *casts = NULL;
    GAN_TRY(gan_calloc((size_t)op->n_in + (size_t)op->n_out, sizeof *work->in, &casts, err));
    work->in = casts;
    work->out = work->in + op->n_in;
    if (work->absorbed) {
        work->plan.launches = 0;
        snprintf(work->plan.how, sizeof work->plan.how, "within another launch");
        return GAN_OK;
    }
    work->type = find_type(work, row);
    plan_casts(work, row);
    snprintf(work->plan.how, sizeof work->plan.how, "own kernel");
    gan_status status = row->prepare ? row->prepare(spec, work, err) : GAN_OK;
    work->plan.workspace_bytes = work->workspace_bytes;
    work->plan.scratch_bytes =
        gan_cuda_aligned(work->cast_bytes) + gan_cuda_aligned(work->scratch_bytes);
    work->plan.again_bytes += 2 * work->plan.scratch_bytes; /* written, then read */
    return status == GAN_OK
               ? GAN_OK
               : gan_fail_in(err, status, "op %s (%s)", gan_op_describe(op->kind)->name, op->label);
}

gan_status gan_cuda_work_prepare(const gan_cuda_spec *spec, const gan_program *program,
                                 const gan_op *op, gan_cuda_work *work, gan_error *err)
{
    return prepare(spec, program, op, work, err);
}

void gan_cuda_work_clear(gan_cuda_work *work)
{
    gan_cudnn_conv_destroy(&work->conv);
    gan_cudnn_norm_destroy(&work->norm);
    free(work->in);
    *work = (gan_cuda_work){0};
}

/* What all works need together. */
static void measure(gan_cuda_works *works)
{
    works->scratch_bytes = 0;
    works->launches = 0;
    for (int i = 0; i < works->n; i++) {
        int64_t bytes = gan_cuda_work_bytes(&works->items[i]);
        works->scratch_bytes = bytes > works->scratch_bytes ? bytes : works->scratch_bytes;
        works->launches += works->items[i].plan.launches;
    }
}

static gan_status prepare_again(const gan_cuda_spec *spec, gan_cuda_work *work, gan_error *err)
{
    const gan_program *program = work->program;
    const gan_op *op = work->op;
    const gan_cuda_work former = *work;
    gan_cuda_work_clear(work);
    memcpy(work->with, former.with, sizeof work->with);
    work->n_with = former.n_with;
    return prepare(spec, program, op, work, err);
}

gan_status gan_cuda_works_replan(gan_cuda_spec *spec, gan_cuda_works *works, int i, bool *changed,
                                 gan_error *err)
{
    const gan_cuda_work *refused = &works->items[i];
    const bool is_conv = refused->conv.plan != NULL;
    const int64_t engine = refused->conv.choice.engine;
    const gan_norm_task task = refused->norm.task;
    *changed = is_conv || refused->norm.plan;
    if (!*changed) {
        return GAN_OK;
    }
    if (is_conv) {
        gan_cudnn_engine_add(&spec->barred, engine);
    } else if (spec->n_barred_norms < GAN_CUDA_BARRED_NORMS) {
        spec->barred_norms[spec->n_barred_norms++] = task;
    } else {
        spec->cudnn_batch_norm = false;
    }
    for (int k = 0; k < works->n; k++) {
        gan_cuda_work *work = &works->items[k];
        const bool is_barred =
            !spec->cudnn_batch_norm || gan_norm_task_same(&work->norm.task, &task);
        const bool uses_it = is_conv ? work->conv.plan && work->conv.choice.engine == engine
                                     : work->norm.plan && is_barred;
        if (uses_it) {
            GAN_TRY(prepare_again(spec, work, err));
        }
    }
    measure(works);
    return GAN_OK;
}

gan_status gan_cuda_works_prepare(const gan_cuda_spec *spec, const gan_program *program,
                                  gan_cuda_works *works, gan_error *err)
{
    void *memory = NULL;
    *works = (gan_cuda_works){0};
    GAN_TRY(gan_calloc((size_t)program->n_ops, sizeof *works->items, &memory, err));
    works->items = memory;
    works->n = program->n_ops;
    gan_cuda_works_fuse(works, program);
    for (int i = 0; i < works->n; i++) {
        gan_status status = prepare(spec, program, &program->ops[i], &works->items[i], err);
        if (status != GAN_OK) {
            gan_cuda_works_clear(works);
            return status;
        }
    }
    measure(works);
    return GAN_OK;
}

void gan_cuda_works_clear(gan_cuda_works *works)
{
    for (int i = 0; i < works->n; i++) {
        gan_cuda_work_clear(&works->items[i]);
    }
    free(works->items);
    *works = (gan_cuda_works){0};
}
