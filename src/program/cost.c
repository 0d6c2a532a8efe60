/* cost.c — what each op of a program costs, counted from its shapes.
 *
 * FLOPs are those of the plain algorithm, whatever way computes it: a faster algorithm shows as
 * more of them a second. Bytes are each operand once, the least that any implementation must move.
 * Most kinds follow from their row (so many FLOPs for each element of an operand); the others have
 * a function here. */
#include "program/cost.h"

#include <string.h>

#include "program/op_rules.h"
#include "program/place.h"
#include "program/resample_terms.h"

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

/* All three directions multiply and add once for each triple of output pixel, tap and pair of
 * channels of a group. */
static double conv_flops(const gan_conv_attr *g, int64_t batch)
{
    return 2.0 * (double)batch * (double)gan_conv_group_c(g) * (double)g->k *
           useful_taps(g->h, g->p, g->r, g->stride_h, g->pad_top) *
           useful_taps(g->w, g->q, g->s, g->stride_w, g->pad_left);
}

/* How many numbers of an axis' matrix are not 0. */
static double taps_of(const gan_resample *r, const gan_map_axis *a)
{
    double taps = 0;
    for (int64_t p = 0; p < a->out; p++) {
        const gan_taps t = gan_resample_taps(r, a, p);
        taps += (double)(t.end - t.first);
    }
    return taps;
}

static double count(const gan_program *program, int id)
{
    return id >= 0 ? (double)program->buffers[id].count : 0;
}

static double bytes(const gan_program *program, int id)
{
    return id >= 0 ? (double)gan_buffer_bytes(&program->buffers[id]) : 0;
}

void gan_cost_matmul(const gan_program *program, const gan_op *op, gan_cost *sum)
{
    const gan_matmul_attr *a = &op->attr.matmul;
    (void)program;
    sum->flops = 2.0 * (double)a->m * (double)a->n * (double)a->k;
}

void gan_cost_conv(const gan_program *program, const gan_op *op, gan_cost *sum)
{
    sum->flops = conv_flops(&op->attr.conv, program->buffers[op->in[0]].dims[0]);
}

void gan_cost_resample(const gan_program *program, const gan_op *op, gan_cost *sum)
{
    const gan_resample *r = &op->attr.resample;
    const gan_buffer *x = &program->buffers[op->in[0]];
    sum->flops = 2.0 * (double)(x->dims[0] * x->dims[3]) * taps_of(r, &r->h) * taps_of(r, &r->w);
}

/* A comparison, or an addition, for each pixel of each window. */
void gan_cost_max_pool(const gan_program *program, const gan_op *op, gan_cost *sum)
{
    const gan_map_axis *h = &op->attr.max_pool.h, *w = &op->attr.max_pool.w;
    const gan_buffer *x = &program->buffers[op->in[op->kind == GAN_OP_max_pool_bwd]];
    sum->flops = (double)(x->dims[0] * x->dims[3]) *
                 useful_taps(h->in, h->out, h->window, h->stride, h->before) *
                 useful_taps(w->in, w->out, w->window, w->stride, w->before);
}

/* Reads a batch of the data set, not all of it. */
void gan_cost_gather(const gan_program *program, const gan_op *op, gan_cost *sum)
{
    const gan_dtype type = program->buffers[op->in[0]].type;
    sum->bytes_read = count(program, op->out[0]) * (double)gan_dtype_size(type);
}

/* Writes one row of its ring. */
void gan_cost_report(const gan_program *program, const gan_op *op, gan_cost *sum)
{
    sum->bytes_written = (double)GAN_METRIC_COUNT * 4 + bytes(program, op->out[0]);
}

static double extent(const gan_program *program, const gan_op *op, gan_op_extent per)
{
    switch (per) {
    case GAN_PER_INPUT:
        return count(program, op->in[0]);
    case GAN_PER_INPUTS: {
        const int n = gan_op_describe(op->kind)->variadic_in ? op->n_in : 2;
        double sum = 0;
        for (int k = 0; k < n; k++) {
            sum += count(program, op->in[k]);
        }
        return sum;
    }
    case GAN_PER_OUTPUT:
        return count(program, op->out[0]);
    }
    return 0;
}

gan_cost gan_op_cost(const gan_program *program, const gan_op *op)
{
    const gan_op_row *row = gan_op_describe(op->kind);
    gan_cost cost = {.flops = row->flops * extent(program, op, row->per)};
    for (int k = 0; k < op->n_in; k++) {
        cost.bytes_read += bytes(program, op->in[k]);
    }
    for (int k = 0; k < op->n_out; k++) {
        cost.bytes_written += bytes(program, op->out[k]);
    }
    /* State is read before it is written. */
    if (row->updates_outputs) {
        cost.bytes_read += cost.bytes_written;
    }
    if (row->cost) {
        row->cost(program, op, &cost);
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
