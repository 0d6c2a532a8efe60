/* cost.c — what each op of a program costs, counted from its shapes. */
#include "program/cost.h"

#include <string.h>

#include "program/place.h"

/* How many pairs (output position, tap) of one axis meet the map and not its padding. */
static double useful_taps(int64_t size, int64_t outputs, int64_t taps, int64_t stride, int64_t pad)
{
    double count = 0;
    for (int64_t p = 0; p < outputs; p++) {
        int64_t start = p * stride - pad;
        int64_t first = start < 0 ? -start : 0;
        int64_t last = size - start < taps ? size - start : taps;
        count += last > first ? (double)(last - first) : 0;
    }
    return count;
}

static double conv_flops(const gan_conv_attr *g, int64_t batch)
{
    return 2.0 * (double)batch * (double)g->c * (double)g->k *
           useful_taps(g->h, g->p, g->r, g->stride_h, g->pad_top) *
           useful_taps(g->w, g->q, g->s, g->stride_w, g->pad_left);
}

static double count(const gan_program *program, int id)
{
    return id >= 0 ? (double)program->buffers[id].count : 0;
}

/* Operations per element of the first input, for ops that go over it. */
static double elementwise_flops(const gan_op *op)
{
    switch (op->kind) {
    case GAN_OP_gather:
        return 2;
    case GAN_OP_noise:
        return 8;
    case GAN_OP_bias_leaky_dropout:
    case GAN_OP_bias_leaky_dropout_bwd:
    case GAN_OP_batch_norm_infer:
        return 4;
    case GAN_OP_batch_norm:
        return 8;
    case GAN_OP_batch_norm_bwd:
        return 14;
    case GAN_OP_tanh_bwd:
    case GAN_OP_sigmoid_bwd:
    case GAN_OP_stat_update:
    case GAN_OP_ema:
        return 3;
    case GAN_OP_row_dot:
    case GAN_OP_norm:
        return 2;
    case GAN_OP_loss:
        return 20;
    default:
        return 1;
    }
}

static double flops(const gan_program *program, const gan_op *op)
{
    double n = count(program, op->in[0]);
    switch (op->kind) {
    case GAN_OP_matmul:
        return 2.0 * (double)op->attr.matmul.m * (double)op->attr.matmul.n *
               (double)op->attr.matmul.k;
    case GAN_OP_conv:
    case GAN_OP_conv_dw:
    case GAN_OP_conv_dx:
        return conv_flops(&op->attr.conv, program->buffers[op->in[0]].dims[0]);
    case GAN_OP_gather:
    case GAN_OP_noise:
        return elementwise_flops(op) * count(program, op->out[0]);
    case GAN_OP_adam:
        return 12 * (n + count(program, op->in[1]));
    case GAN_OP_loss:
        return elementwise_flops(op) * (n + count(program, op->in[1]));
    default:
        return elementwise_flops(op) * n;
    }
}

static double bytes(const gan_program *program, int id)
{
    return id >= 0 ? (double)gan_buffer_bytes(&program->buffers[id]) : 0;
}

/* True where the outputs are read as well as written. */
static bool updates_outputs(gan_op_kind kind)
{
    return kind == GAN_OP_adam || kind == GAN_OP_ema || kind == GAN_OP_stat_update;
}

gan_cost gan_op_cost(const gan_program *program, const gan_op *op)
{
    gan_cost cost = {.flops = flops(program, op)};
    for (int k = 0; k < GAN_OP_MAX_IN; k++) {
        cost.bytes_read += bytes(program, op->in[k]);
    }
    for (int k = 0; k < GAN_OP_MAX_OUT; k++) {
        cost.bytes_written += bytes(program, op->out[k]);
    }
    if (op->kind == GAN_OP_gather) { /* reads a batch of the data set, not all of it */
        cost.bytes_read = count(program, op->out[0]);
    }
    if (op->kind == GAN_OP_report) { /* writes one row of its ring */
        cost.bytes_written = (double)GAN_METRIC_COUNT * 4 + bytes(program, op->out[0]);
    }
    if (updates_outputs(op->kind)) {
        cost.bytes_read += cost.bytes_written;
    }
    return cost;
}

gan_cost gan_program_cost(const gan_program *program)
{
    gan_cost sum = {0};
    for (int i = 0; i < program->n_ops; i++) {
        gan_cost cost = gan_op_cost(program, &program->ops[i]);
        sum.flops += cost.flops;
        sum.bytes_read += cost.bytes_read;
        sum.bytes_written += cost.bytes_written;
    }
    return sum;
}

void gan_program_memory(const gan_program *program, int64_t *bytes_by_class)
{
    memset(bytes_by_class, 0, GAN_BUFFER_CLASS_COUNT * sizeof *bytes_by_class);
    for (int i = 0; i < program->n_buffers; i++) {
        const gan_buffer *b = &program->buffers[i];
        if (b->base == i && gan_buffer_class_stored(b->cls)) {
            bytes_by_class[b->cls] += gan_buffer_bytes(b);
        }
    }
    bytes_by_class[GAN_ACTIVATION] = program->arena_bytes;
}

int gan_program_launches(const gan_program *program)
{
    return program->n_ops;
}
