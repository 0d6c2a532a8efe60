/* fuse.c — merges neighbouring forward ops into one. */
#include "program/fuse.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static int count_readers(const gan_program *program, int buffer)
{
    const gan_buffer *b = &program->buffers[buffer];
    int readers = 0;
    for (int i = 0; i < program->n_ops; i++) {
        for (int k = 0; k < program->ops[i].n_in; k++) {
            int id = program->ops[i].in[k];
            readers += id >= 0 && program->buffers[id].base == b->base;
        }
    }
    return readers;
}

static bool is_plain_leaky(const gan_op *op)
{
    const gan_bias_leaky_dropout_attr *a = &op->attr.bias_leaky_dropout;
    return op->kind == GAN_OP_bias_leaky_dropout && !a->has_bias && a->drop_rate == 0;
}

/* Within one op the order is bias, LeakyReLU, dropout: b may join a if its stages come after a's.
 */
static bool stages_follow(const gan_op *a, const gan_op *b)
{
    const gan_bias_leaky_dropout_attr *first = &a->attr.bias_leaky_dropout;
    const gan_bias_leaky_dropout_attr *second = &b->attr.bias_leaky_dropout;
    int last_of_first = first->drop_rate > 0 ? 2 : first->slope != 1 ? 1 : 0;
    int first_of_second = second->has_bias ? 0 : second->slope != 1 ? 1 : 2;
    return last_of_first < first_of_second;
}

/* True for a batch norm that no LeakyReLU was merged into yet. */
static bool is_plain_norm(const gan_op *op)
{
    return (op->kind == GAN_OP_batch_norm || op->kind == GAN_OP_batch_norm_infer) &&
           op->attr.norm.slope == 1;
}

/* Makes a do b's work too, writing b's output. False if the two do not merge. */
static bool merge(gan_op *a, const gan_op *b)
{
    if (is_plain_norm(a) && is_plain_leaky(b)) {
        a->attr.norm.slope = b->attr.bias_leaky_dropout.slope;
    } else if (a->kind == GAN_OP_bias_leaky_dropout && b->kind == GAN_OP_bias_leaky_dropout &&
               stages_follow(a, b)) {
        gan_bias_leaky_dropout_attr *first = &a->attr.bias_leaky_dropout;
        const gan_bias_leaky_dropout_attr *second = &b->attr.bias_leaky_dropout;
        if (second->slope != 1) {
            first->slope = second->slope;
        }
        if (second->drop_rate > 0) {
            first->drop_rate = second->drop_rate;
            first->stream = second->stream;
            first->seed = second->seed;
            first->first = second->first;
            a->in[2] = b->in[2];
            a->in[3] = b->in[3];
        }
    } else {
        return false;
    }
    a->out[0] = b->out[0];
    return true;
}

static void remove_op(gan_program *program, int index)
{
    gan_op_clear(&program->ops[index]);
    memmove(&program->ops[index], &program->ops[index + 1],
            (size_t)(program->n_ops - index - 1) * sizeof(gan_op));
    program->n_ops--;
    memset(&program->ops[program->n_ops], 0, sizeof(gan_op));
}

void gan_program_fuse(gan_program *program, int first_op)
{
    for (int i = first_op; i + 1 < program->n_ops;) {
        gan_op *a = &program->ops[i];
        const gan_op *b = &program->ops[i + 1];
        bool chained = b->n_in > 0 && b->in[0] >= 0 && a->out[0] == b->in[0] &&
                       program->buffers[a->out[0]].cls == GAN_ACTIVATION &&
                       count_readers(program, a->out[0]) == 1;
        if (chained && merge(a, b)) {
            remove_op(program, i + 1);
        } else {
            i++;
        }
    }
}

/* True for nearest upsampling by whole factors. */
static bool is_upsampling(const gan_op *op)
{
    const gan_resample *r = &op->attr.resample;
    return op->kind == GAN_OP_resample && r->kind == GAN_RESAMPLE_NEAREST && !r->transposed &&
           r->h.out % r->h.in == 0 && r->w.out % r->w.in == 0;
}

/* A convolution of stride 1, in one group. With one tap nothing would be saved. */
static bool can_be_widened(const gan_op *op)
{
    const gan_conv_geometry *g = &op->attr.conv;
    return op->kind == GAN_OP_conv && g->stride_h == 1 && g->stride_w == 1 && g->groups == 1 &&
           g->r * g->s > 1;
}

/* The ordinary convolution that the transposed one is the transpose of. Its padding is not below 0:
 * that of a layer is less than its filter (net/geometry.c). */
static gan_conv_geometry widened(const gan_conv_geometry *g, const gan_resample *up)
{
    const int64_t f_h = up->h.out / up->h.in, f_w = up->w.out / up->w.in;
    return (gan_conv_geometry){.h = g->p,
                               .w = g->q,
                               .c = g->k,
                               .p = up->h.in,
                               .q = up->w.in,
                               .k = g->c,
                               .r = g->r + f_h - 1,
                               .s = g->s + f_w - 1,
                               .stride_h = f_h,
                               .stride_w = f_w,
                               .pad_top = g->r - 1 - g->pad_top,
                               .pad_left = g->s - 1 - g->pad_left,
                               .pad_bottom = g->r - 1 - g->pad_bottom,
                               .pad_right = g->s - 1 - g->pad_right,
                               .groups = 1};
}

/* The upsampling becomes the widening of the filter, the convolution the transposed one. */
static gan_status join(gan_program *program, gan_op *up, gan_op *conv, gan_error *err)
{
    const gan_resample by = up->attr.resample;
    const gan_conv_geometry g = widened(&conv->attr.conv, &by);
    const int64_t dims[4] = {g.k, g.r, g.s, g.c};
    const int x = up->in[0], w = conv->in[1];
    int v = -1;
    char *name = NULL;
    GAN_TRY(gan_format(&name, err, "%s widened", conv->label));
    gan_status status = gan_program_buffer(program, name, GAN_ACTIVATION, GAN_F32, dims, &v, err);
    free(name);
    GAN_TRY(status);
    up->kind = GAN_OP_widen_filter;
    up->attr = (gan_attr){.widen_filter = {g.stride_h, g.stride_w, false}};
    up->in[0] = w;
    up->out[0] = v;
    conv->kind = GAN_OP_conv_dx;
    conv->attr = (gan_attr){.conv = g};
    conv->in[0] = x;
    conv->in[1] = v;
    return GAN_OK;
}

gan_status gan_program_join_upsampling(gan_program *program, int first_op, gan_error *err)
{
    for (int i = first_op; i + 1 < program->n_ops; i++) {
        gan_op *up = &program->ops[i], *conv = &program->ops[i + 1];
        if (is_upsampling(up) && can_be_widened(conv) && up->out[0] == conv->in[0] &&
            program->buffers[up->out[0]].cls == GAN_ACTIVATION &&
            count_readers(program, up->out[0]) == 1) {
            GAN_TRY(join(program, up, conv, err));
        }
    }
    return GAN_OK;
}

static bool is_needed(const gan_program *program, const gan_op *op)
{
    for (int k = 0; k < op->n_out; k++) {
        const int id = op->out[k];
        if (id >= 0 &&
            (gan_buffer_class_stored(program->buffers[id].cls) || count_readers(program, id) > 0)) {
            return true;
        }
    }
    return false;
}

/* From the end on: an op that goes may have been the last reader of those before it. */
void gan_program_drop_unread(gan_program *program)
{
    for (int i = program->n_ops - 1; i >= 0; i--) {
        if (!is_needed(program, &program->ops[i])) {
            remove_op(program, i);
        }
    }
}
