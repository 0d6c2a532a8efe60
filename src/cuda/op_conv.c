/* op_conv.c — convolutions and their gradients: cuDNN, with a padded scratch map where strict fp32
 * wants symmetric padding. */
#include <assert.h>
#include <stdio.h>

#include "cuda/work.h"
#include "kernels/kernels.h"
#include "program/place.h"

/* Which operands of an op are the map x, the filter w, the map y of its convolution. */
typedef struct roles {
    gan_conv_direction direction;
    const gan_buffer *x, *w, *y;
    const gan_cuda_cast *cast_x, *cast_w, *cast_y;
} roles;

static roles find_roles(const gan_cuda_work *work)
{
    const gan_buffer *a = gan_cuda_in(work, 0), *b = gan_cuda_in(work, 1);
    const gan_buffer *c = gan_cuda_out(work, 0);
    assert(a && b && c);
    switch (work->op->kind) {
    case GAN_OP_conv:
        return (roles){GAN_CONV_FWD, a, b, c, &work->in[0], &work->in[1], &work->out[0]};
    case GAN_OP_conv_dx:
        return (roles){GAN_CONV_DX, c, b, a, &work->out[0], &work->in[1], &work->in[0]};
    default:
        return (roles){GAN_CONV_DW, a, c, b, &work->in[0], &work->out[0], &work->in[1]};
    }
}

/* Rows of zeros after the map that cuDNN would pad with, so that its own size rule,
 * floor((size + before + after - taps) / stride) + 1, gives the outputs that the op asks for. False
 * when no padding does: a part of the map that no output reads is as long as a stride. */
static bool fit_padding(int64_t size, int64_t outputs, int64_t taps, int64_t stride, int64_t before,
                        int64_t *after)
{
    int64_t least = (outputs - 1) * stride + taps - size - before;
    if (*after < least || *after >= least + stride) {
        *after = least > 0 ? least : 0;
    }
    return (size + before + *after - taps) / stride + 1 == outputs;
}

/* cuDNN's best fp32 engines without tensor cores take symmetric padding only: an uneven one becomes
 * zeros in the map itself on its longer side, as much as the two differ. */
static bool make_symmetric(gan_conv_geometry *g)
{
    int64_t rows = g->pad_bottom - g->pad_top, columns = g->pad_right - g->pad_left;
    if (rows == 0 && columns == 0) {
        return false;
    }
    g->h += rows < 0 ? -rows : rows;
    g->w += columns < 0 ? -columns : columns;
    g->pad_top = g->pad_bottom = rows < 0 ? g->pad_bottom : g->pad_top;
    g->pad_left = g->pad_right = columns < 0 ? g->pad_right : g->pad_left;
    return true;
}

/* fp32 on a GPU without TF32 is as strict as strict. */
static bool is_strict(const gan_cuda_spec *spec, gan_dtype type)
{
    return type == GAN_F32 && (spec->strict || spec->sm < 80);
}

static void describe(gan_cuda_work *work)
{
    const gan_cudnn_choice *c = &work->conv.choice;
    gan_op_plan *plan = &work->plan;
    plan->maker = GAN_MADE_BY_PLAN;
    plan->tensor_core = c->tensor_core;
    plan->deterministic = c->deterministic;
    snprintf(
        plan->how, sizeof plan->how, "cuDNN engine %lld (%c %d), %s%s%s%s", (long long)c->engine,
        c->mode, c->rank, c->tensor_core ? "tensor cores" : (c->engine == 0 ? "generic" : "FMA"),
        c->deterministic ? "" : ", nondeterministic", work->is_padded ? ", zeros padded in" : "",
        work->adds                                  ? ", onto the sum"
        : work->plan.launches > 1 + work->is_padded ? ", converted"
                                                    : "");
    snprintf(plan->why, sizeof plan->why,
             "of %d listed, passed over: %d of narrower sums, %d nondeterministic, %d on tensor "
             "cores, %d compiled at run time, %d above the workspace cap, %d refused",
             c->listed, c->n_narrow, c->n_nondeterministic, c->n_tensor_core, c->n_runtime,
             c->n_workspace, c->n_refused);
}

void gan_cuda_name_plan(const gan_cudnn_choice *choice, char out[GAN_WAY_SIZE])
{
    snprintf(out, GAN_WAY_SIZE, "%c%d:%lld", choice->mode, choice->rank, (long long)choice->engine);
}

/* The plan that a way names; of mode 0 where it names none. */
static gan_cudnn_wish read_way(const char *way)
{
    gan_cudnn_wish wish = {0};
    long long engine = 0;
    int end = 0;
    if (way && sscanf(way, "%c%9d:%18lld%n", &wish.mode, &wish.rank, &engine, &end) == 3 &&
        way[end] == '\0') {
        wish.engine = engine;
        return wish;
    }
    return (gan_cudnn_wish){0};
}

/* The sum of gradients that a filter's is added to (fuse.c); NULL if there is none. */
static const gan_buffer *sum_of(const gan_cuda_work *work)
{
    const int sum = gan_cuda_sum_of(work, 0);
    return sum < 0 ? NULL : &work->program->buffers[work->with[sum]->out[0]];
}

/* A wish that the device or the rules refuse is none. */
static gan_status plan(const gan_cuda_spec *spec, gan_cuda_work *work, const roles *r,
                       gan_error *err)
{
    gan_cudnn_rules rules = {.deterministic = !spec->nondeterministic,
                             .strict = work->type == GAN_F32 && spec->strict,
                             .workspace_cap = spec->workspace_cap,
                             .barred = spec->barred,
                             .wish = read_way(gan_cuda_way(spec, work)),
                             .skip = spec->skip};
    const gan_buffer *sum = sum_of(work);
    const int64_t align_w = gan_cuda_alignment(r->w, r->cast_w);
    const int64_t align_sum = sum ? gan_cuda_alignment(sum, &(gan_cuda_cast){0}) : align_w;
    const gan_conv_task task = {
        .direction = r->direction,
        .geometry = work->padded,
        .n = r->x->dims[0],
        .type = work->type,
        .align_x = work->is_padded ? 16 : gan_cuda_alignment(r->x, r->cast_x),
        .align_w = work->adds ? align_sum
                   : sum      ? 16
                              : align_w,
        .align_y = gan_cuda_alignment(r->y, r->cast_y),
        .accumulate = work->adds,
    };
    if (rules.wish.mode != 0) {
        if (gan_cudnn_conv_plan(&spec->target, &rules, &task, &work->conv, NULL) == GAN_OK) {
            return GAN_OK;
        }
        gan_cudnn_conv_destroy(&work->conv);
        rules.wish = (gan_cudnn_wish){0};
    }
    return gan_cudnn_conv_plan(&spec->target, &rules, &task, &work->conv, err);
}

/* Where cuDNN has no plan that adds, the gradient goes to the scratch and is added by a kernel. */
static gan_status plan_with_sum(const gan_cuda_spec *spec, gan_cuda_work *work, const roles *r,
                                gan_error *err)
{
    work->adds = sum_of(work) != NULL;
    if (!work->adds) {
        return plan(spec, work, r, err);
    }
    if (plan(spec, work, r, NULL) == GAN_OK) {
        work->plan.again_bytes -= 2 * gan_buffer_bytes(r->w); /* by itself it is never in memory */
        return GAN_OK;
    }
    gan_cudnn_conv_destroy(&work->conv);
    work->adds = false;
    work->scratch_bytes = gan_cuda_aligned(work->scratch_bytes) + gan_buffer_bytes(r->w);
    work->plan.launches++;
    return plan(spec, work, r, err);
}

static gan_status prepare_conv(const gan_cuda_spec *spec, gan_cuda_work *work, gan_error *err)
{
    const roles r = find_roles(work);
    gan_conv_geometry *g = &work->padded;
    *g = work->op->attr.conv;
    if (!fit_padding(g->h, g->p, g->r, g->stride_h, g->pad_top, &g->pad_bottom) ||
        !fit_padding(g->w, g->q, g->s, g->stride_w, g->pad_left, &g->pad_right)) {
        return gan_fail(err, GAN_E_UNSUPPORTED,
                        "a stride's worth of the map's last rows or columns is read by no output");
    }
    work->is_padded = is_strict(spec, work->type) && make_symmetric(g);
    if (work->is_padded) {
        work->scratch_bytes =
            r.x->dims[0] * g->h * g->w * g->c * (int64_t)gan_dtype_size(work->type);
        work->plan.launches++;
    }
    GAN_TRY(plan_with_sum(spec, work, &r, err));
    work->workspace_bytes = work->conv.choice.workspace;
    describe(work);
    return GAN_OK;
}

/* The op's map of n samples in the padded one. */
static gan_frame frame_of(const gan_cuda_work *work, int64_t n)
{
    const gan_conv_geometry *own = &work->op->attr.conv, *padded = &work->padded;
    return (gan_frame){.n = n,
                       .h = own->h,
                       .w = own->w,
                       .c = own->c,
                       .out_h = padded->h,
                       .out_w = padded->w,
                       .top = own->pad_top - padded->pad_top,
                       .left = own->pad_left - padded->pad_left};
}

static gan_status pad(const gan_cuda_work *work, const gan_cuda_call *call, const void *x,
                      int64_t n, gan_error *err)
{
    const gan_frame frame = frame_of(work, n);
    return gan_pad_launch(call->stream, x, call->scratch, work->type, &frame, err);
}

static gan_status launch_conv(const gan_cuda_work *work, const gan_cuda_call *call, gan_error *err)
{
    const void *x = call->in[0], *w = call->in[1];
    if (work->is_padded) {
        GAN_TRY(pad(work, call, x, gan_cuda_in(work, 0)->dims[0], err));
        x = call->scratch;
    }
    return gan_cudnn_conv_run(&work->conv, call->cudnn, x, w, call->out[0], call->workspace, err);
}

/* A filter's gradient at the scratch's end, before it is added to `sum`. */
static void *part_in_scratch(const gan_cuda_work *work, const gan_cuda_call *call,
                             const gan_buffer *sum)
{
    return (char *)call->scratch + work->scratch_bytes - gan_buffer_bytes(sum);
}

static gan_status launch_conv_dw(const gan_cuda_work *work, const gan_cuda_call *call,
                                 gan_error *err)
{
    const void *x = call->in[0], *dy = call->in[1];
    if (work->is_padded) {
        GAN_TRY(pad(work, call, x, gan_cuda_in(work, 0)->dims[0], err));
        x = call->scratch;
    }
    const gan_buffer *sum = sum_of(work);
    void *total = sum ? call->with_out[gan_cuda_sum_of(work, 0)][0] : NULL;
    void *dw = !sum ? call->out[0] : work->adds ? total : part_in_scratch(work, call, sum);
    GAN_TRY(gan_cudnn_conv_run(&work->conv, call->cudnn, x, dw, dy, call->workspace, err));
    return sum && !work->adds
               ? gan_add_launch(call->stream, total, dw, total, work->type, sum->count, err)
               : GAN_OK;
}

static gan_status launch_conv_dx(const gan_cuda_work *work, const gan_cuda_call *call,
                                 gan_error *err)
{
    const void *dy = call->in[0], *w = call->in[1];
    void *dx = work->is_padded ? call->scratch : call->out[0];
    GAN_TRY(gan_cudnn_conv_run(&work->conv, call->cudnn, dx, w, dy, call->workspace, err));
    if (!work->is_padded) {
        return GAN_OK;
    }
    const gan_frame frame = frame_of(work, gan_cuda_in(work, 0)->dims[0]);
    return gan_crop_launch(call->stream, call->scratch, call->out[0], work->type, &frame, err);
}

const gan_cuda_op gan_cuda_op_conv = {3, 1, prepare_conv, launch_conv};
const gan_cuda_op gan_cuda_op_conv_dx = {3, 1, prepare_conv, launch_conv_dx};
const gan_cuda_op gan_cuda_op_conv_dw = {3, 1, prepare_conv, launch_conv_dw};
