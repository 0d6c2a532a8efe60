/* fuse.c — pairs of ops that one launch computes.
 *
 * Exact: the same numbers come out. A value that only the pair passes on is then never in memory,
 * so a program that was placed without sharing, for somebody to look at every buffer, is left as it
 * is. */
#include "cuda/work.h"
#include "program/place.h"

static const gan_buffer *buffer_of(const gan_program *program, int id)
{
    return id < 0 ? NULL : &program->buffers[id];
}

/* True if no two buffers of the arena share a byte. */
static bool is_unshared(const gan_program *program)
{
    int64_t bytes = 0;
    for (int i = 0; i < program->n_buffers; i++) {
        const gan_buffer *b = &program->buffers[i];
        if (b->base == i && b->place >= 0) {
            bytes += (gan_buffer_bytes(b) + GAN_PLACE_ALIGNMENT - 1) / GAN_PLACE_ALIGNMENT *
                     GAN_PLACE_ALIGNMENT;
        }
    }
    return bytes <= program->arena_bytes;
}

static bool same_place(const gan_program *program, int a, int b)
{
    int64_t start = gan_program_start(program, a);
    return start >= 0 && start == gan_program_start(program, b) &&
           gan_buffer_bytes(&program->buffers[a]) == gan_buffer_bytes(&program->buffers[b]);
}

/* True if of all ops only op number `reader` reads what is in buffer id. */
static bool is_read_only_by(const gan_program *program, int id, int reader)
{
    for (int i = 0; i < program->n_ops; i++) {
        for (int k = 0; k < GAN_OP_MAX_IN && i != reader; k++) {
            const gan_buffer *b = buffer_of(program, program->ops[i].in[k]);
            if (b && b->base == program->buffers[id].base) {
                return false;
            }
        }
    }
    return true;
}

/* Bias alone: no activation, no dropout. */
static bool is_plain_bias(const gan_op *op)
{
    const gan_bias_leaky_dropout_attr *a = &op->attr.bias_leaky_dropout;
    return a->slope == 1.0f && a->drop_rate == 0.0f;
}

/* A dense layer of one unit, then its bias: gan_matvec_launch() adds it. */
static bool is_matvec_bias(const gan_program *program, int i)
{
    const gan_op *product = &program->ops[i], *bias = &program->ops[i + 1];
    const gan_matmul_attr *a = &product->attr.matmul;
    if (product->kind != GAN_OP_matmul || bias->kind != GAN_OP_bias_leaky_dropout || a->n != 1 ||
        a->trans_a || bias->in[0] != product->out[0] || bias->in[1] < 0 || !is_plain_bias(bias)) {
        return false;
    }
    return buffer_of(program, bias->out[0])->type == program->buffers[product->out[0]].type &&
           is_read_only_by(program, product->out[0], i + 1) &&
           !gan_program_overlap(program, product->in[0], bias->out[0]) &&
           !gan_program_overlap(program, product->in[1], bias->out[0]);
}

/* A factor per sample, then tanh's backward: gan_tanh_bwd_launch() takes the factors. */
static bool is_scaled_tanh(const gan_program *program, int i)
{
    const gan_op *scale = &program->ops[i], *tanh = &program->ops[i + 1];
    return scale->kind == GAN_OP_scale_rows && tanh->kind == GAN_OP_tanh_bwd &&
           tanh->in[1] == scale->out[0] && program->buffers[scale->in[1]].type == GAN_F32 &&
           same_place(program, scale->in[0], scale->out[0]) &&
           program->buffers[scale->in[0]].type == program->buffers[tanh->in[0]].type &&
           is_read_only_by(program, scale->out[0], i + 1);
}

/* The norms of two networks, one after the other: gan_norm_launch() makes both. The first's result
 * must not lie where the second's input does. */
static bool is_norm_pair(const gan_program *program, int i)
{
    const gan_op *first = &program->ops[i], *second = &program->ops[i + 1];
    if (first->kind != GAN_OP_norm || second->kind != GAN_OP_norm) {
        return false;
    }
    return buffer_of(program, first->in[0])->type == buffer_of(program, second->in[0])->type &&
           !gan_program_overlap(program, first->in[0], second->out[0]) &&
           !gan_program_overlap(program, second->in[0], first->out[0]);
}

static bool is_read_between(const gan_program *program, int id, int first, int last)
{
    for (int i = first + 1; i < last; i++) {
        for (int k = 0; k < GAN_OP_MAX_IN; k++) {
            const gan_buffer *b = buffer_of(program, program->ops[i].in[k]);
            if (b && b->base == program->buffers[id].base) {
                return true;
            }
        }
    }
    return false;
}

/* The backward of a lone bias of one channel, in place: what is left of it is a sum, which
 * gan_matvec_dw_launch() makes. Returns the op that makes it, or -1. */
static int find_matvec_dw(const gan_program *program, int i)
{
    const gan_op *bias = &program->ops[i];
    if (bias->kind != GAN_OP_bias_leaky_dropout_bwd || bias->out[1] < 0 || !is_plain_bias(bias)) {
        return -1;
    }
    const gan_buffer *dx = buffer_of(program, bias->out[0]),
                     *dbias = buffer_of(program, bias->out[1]);
    if (dbias->count != 1 || dbias->type != dx->type ||
        !same_place(program, bias->in[1], bias->out[0])) {
        return -1;
    }
    for (int j = i + 1; j < program->n_ops; j++) {
        const gan_op *op = &program->ops[j];
        const gan_matmul_attr *a = &op->attr.matmul;
        if (op->kind == GAN_OP_matmul && a->trans_a && a->n == 1 && !a->trans_b &&
            op->in[1] == bias->out[0] && program->buffers[op->out[0]].type == dbias->type) {
            return is_read_between(program, bias->out[1], i, j) ? -1 : j;
        }
    }
    return -1;
}

void gan_cuda_works_fuse(gan_cuda_works *works, const gan_program *program)
{
    if (is_unshared(program)) {
        return;
    }
    for (int i = 0; i + 1 < program->n_ops; i++) {
        int host = find_matvec_dw(program, i);
        if (is_matvec_bias(program, i) || (is_norm_pair(program, i) && !works->items[i].absorbed)) {
            works->items[i].with = &program->ops[i + 1];
            works->items[i + 1].absorbed = true;
        } else if (is_scaled_tanh(program, i)) {
            works->items[i + 1].with = &program->ops[i];
            works->items[i].absorbed = true;
        } else if (host >= 0) {
            works->items[host].with = &program->ops[i];
            works->items[i].absorbed = true;
        }
    }
}
