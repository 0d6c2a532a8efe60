/* fuse.c — ops that one launch computes.
 *
 * The same numbers come out, to the bit in fp32, but that cuDNN may add a filter's gradient to
 * another's before it rounds it, or in another order; in 16 bits a sum before its bias, a gradient
 * before its tanh and one that is added to another's are not rounded on the way. A value that only
 * they pass on is never in memory, so a program that was placed without sharing, for somebody to
 * look at every buffer, is left as it is. */
#include <assert.h>

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
        for (int k = 0; k < program->ops[i].n_in && i != reader; k++) {
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
        for (int k = 0; k < program->ops[i].n_in; k++) {
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

/* The losses of what a layer of one unit gives: op i is the last of the layer's. Both are of one
 * type, so that no logit is converted on the way. */
static bool is_loss_of(const gan_program *program, int i, int loss)
{
    const gan_op *op = &program->ops[loss];
    const gan_buffer *y = buffer_of(program, program->ops[i].out[0]);
    if (op->kind != GAN_OP_loss) {
        return false;
    }
    bool reads = false;
    for (int k = 0; k < 2; k++) {
        const gan_buffer *logits = buffer_of(program, op->in[k]);
        const gan_buffer *gradient = buffer_of(program, op->out[k]);
        if ((logits && logits->type != y->type) || (gradient && gradient->type != y->type)) {
            return false;
        }
        reads = reads || (logits && logits->base == y->base);
    }
    return reads;
}

/* True if an op between writes where a buffer lies. */
static bool is_overwritten(const gan_program *program, int id, int first, int last)
{
    for (int i = first + 1; i < last; i++) {
        for (int k = 0; k < program->ops[i].n_out; k++) {
            const int out = program->ops[i].out[k];
            if (out >= 0 && gan_program_overlap(program, out, id)) {
                return true;
            }
        }
    }
    return false;
}

/* The gradient that a dense layer of one unit sends down, row[i] w[j], and the backward of bias,
 * LeakyReLU and dropout that takes it: gan_bias_leaky_dropout_bwd_launch() makes each element where
 * it is read. Returns that backward, or -1. */
static int find_outer_reader(const gan_program *program, int i)
{
    const gan_op *op = &program->ops[i];
    const gan_matmul_attr *a = &op->attr.matmul;
    if (op->kind != GAN_OP_matmul || a->k != 1 || a->trans_a || a->n == 1) {
        return -1;
    }
    const gan_buffer *dx = buffer_of(program, op->out[0]), *row = buffer_of(program, op->in[0]);
    const gan_buffer *w = buffer_of(program, op->in[1]);
    for (int j = i + 1; j < program->n_ops; j++) {
        const gan_op *reader = &program->ops[j];
        const gan_buffer *dy = buffer_of(program, reader->in[1]);
        if (reader->kind != GAN_OP_bias_leaky_dropout_bwd || !dy || dy->base != dx->base) {
            continue;
        }
        const gan_buffer *y = buffer_of(program, reader->in[0]);
        bool fits = same_place(program, op->out[0], reader->in[1]) && dy->type == dx->type &&
                    row->type == dx->type && y->type == dx->type &&
                    (w->type == GAN_F32 || w->type == dx->type) && a->n % y->dims[3] == 0 &&
                    is_read_only_by(program, op->out[0], j) &&
                    !is_overwritten(program, op->in[0], i, j) &&
                    !is_overwritten(program, op->in[1], i, j) &&
                    !gan_program_overlap(program, reader->out[0], op->in[0]) &&
                    !gan_program_overlap(program, reader->out[0], op->in[1]);
        return fits ? j : -1;
    }
    return -1;
}

/* A step's images, then its noise. */
static bool is_noise_after(const gan_program *program, int i)
{
    const gan_op *gather = &program->ops[i], *noise = &program->ops[i + 1];
    return gather->kind == GAN_OP_gather && noise->kind == GAN_OP_noise &&
           buffer_of(program, gather->out[0])->type == buffer_of(program, noise->out[0])->type &&
           !gan_program_overlap(program, gather->out[0], noise->out[0]);
}

/* Moving statistics, then Adam: no op reads what both write. Adam's number if the ops from i on are
 * so and few enough, else -1. */
static int find_adam_after(const gan_program *program, int i)
{
    int n = 0, n_segments = 0, j = i;
    for (; j < program->n_ops && program->ops[j].kind == GAN_OP_stat_update; j++) {
        n++;
        n_segments += program->ops[j].attr.stat_update.n_segments;
    }
    return n > 0 && n <= GAN_CUDA_WITH_MAX && n_segments <= GAN_ADAM_MAX_STATS &&
                   j < program->n_ops && program->ops[j].kind == GAN_OP_adam
               ? j
               : -1;
}

/* The report that ends a step, if nothing but state moves between the guard and it. With fp16
 * gradients it also moves the loss scales, which Adam reads, so it stays where it is. */
static int find_report_after(const gan_program *program, int guard)
{
    int i = guard + 1;
    while (i < program->n_ops &&
           (program->ops[i].kind == GAN_OP_stat_update || program->ops[i].kind == GAN_OP_adam ||
            program->ops[i].kind == GAN_OP_ema)) {
        i++;
    }
    return i < program->n_ops && program->ops[i].kind == GAN_OP_report &&
                   !gan_cuda_has_fp16_gradients(program)
               ? i
               : -1;
}

static bool touches(const gan_program *program, const gan_op *op, int id)
{
    for (int k = 0; k < op->n_in; k++) {
        if (op->in[k] >= 0 && gan_program_overlap(program, op->in[k], id)) {
            return true;
        }
    }
    for (int k = 0; k < op->n_out; k++) {
        if (op->out[k] >= 0 && gan_program_overlap(program, op->out[k], id)) {
            return true;
        }
    }
    return false;
}

/* A parameter's gradient of one pass, added in place to that of another: what makes it may do so
 * itself. Returns the add of output k of op i, or -1. */
static int find_sum(const gan_program *program, int i, int k)
{
    const int part = program->ops[i].out[k];
    for (int j = i + 1; part >= 0 && j < program->n_ops && program->ops[j].kind == GAN_OP_add;
         j++) {
        const gan_op *add = &program->ops[j];
        if (add->in[1] != part) {
            continue;
        }
        const int sum = add->out[0];
        bool fits = same_place(program, add->in[0], sum) &&
                    program->buffers[sum].type == program->buffers[part].type &&
                    is_read_only_by(program, part, j);
        for (int between = i; between < j; between++) {
            fits = fits && !touches(program, &program->ops[between], sum);
        }
        return fits ? j : -1;
    }
    return -1;
}

/* Op i's operands are bound for the host's launch, too. */
static void lend(gan_cuda_works *works, const gan_program *program, int host, int i)
{
    gan_cuda_work *work = &works->items[host];
    assert(work->n_with < GAN_CUDA_WITH_MAX);
    work->with[work->n_with++] = &program->ops[i];
}

static void attach(gan_cuda_works *works, const gan_program *program, int host, int i)
{
    lend(works, program, host, i);
    works->items[i].absorbed = true;
}

/* A layer of one unit: its bias, and the losses if they are what follows. */
static void fuse_unit(gan_cuda_works *works, const gan_program *program, int i)
{
    const gan_op *product = &program->ops[i];
    int last = i;
    if (is_matvec_bias(program, i)) {
        attach(works, program, i, i + 1);
        last = i + 1;
    } else if (product->kind != GAN_OP_matmul || product->attr.matmul.n != 1 ||
               product->attr.matmul.trans_a) {
        return;
    }
    if (last + 1 < program->n_ops && is_loss_of(program, last, last + 1)) {
        attach(works, program, i, last + 1);
    }
}

/* The Adam op that moves state behind a guard, after moving statistics; -1 if there is none. */
static int find_adam_of(const gan_program *program, int guard)
{
    int i = guard + 1;
    while (i < program->n_ops && program->ops[i].kind == GAN_OP_stat_update) {
        i++;
    }
    return i < program->n_ops && program->ops[i].kind == GAN_OP_adam ? i : -1;
}

/* Norms, the guard, the count of Adam's updates, the report. */
static void fuse_norms(gan_cuda_works *works, const gan_program *program, int i)
{
    int next = i + 1;
    if (works->items[i].absorbed || program->ops[i].kind != GAN_OP_norm) {
        return;
    }
    if (is_norm_pair(program, i)) {
        attach(works, program, i, next++);
    }
    if (next == program->n_ops || program->ops[next].kind != GAN_OP_guard) {
        return;
    }
    attach(works, program, i, next);
    const int report = find_report_after(program, next), adam = find_adam_of(program, next);
    if (report >= 0) {
        attach(works, program, i, report);
    }
    if (adam >= 0) {
        lend(works, program, i, adam);
        works->items[adam].counted = true;
    }
}

/* A filter's gradient; or gamma's and beta's, both or neither. */
static void fuse_sums(gan_cuda_works *works, const gan_program *program, int i)
{
    const gan_op *op = &program->ops[i];
    const gan_dtype type = op->out[0] < 0 ? GAN_F32 : program->buffers[op->out[0]].type;
    if (op->kind == GAN_OP_conv_dw) {
        const int sum = find_sum(program, i, 0);
        if (sum >= 0 && buffer_of(program, op->in[0])->type == type &&
            buffer_of(program, op->in[1])->type == type) {
            attach(works, program, i, sum);
        }
    } else if (op->kind == GAN_OP_batch_norm_bwd) {
        const int gamma = find_sum(program, i, 1), beta = find_sum(program, i, 2);
        if (gamma >= 0 && beta >= 0) {
            attach(works, program, i, gamma);
            attach(works, program, i, beta);
        }
    }
}

void gan_cuda_works_fuse(gan_cuda_works *works, const gan_program *program)
{
    if (is_unshared(program)) {
        return;
    }
    for (int i = 0; i + 1 < program->n_ops; i++) {
        int host = find_matvec_dw(program, i), reader = find_outer_reader(program, i);
        int adam = works->items[i].absorbed ? -1 : find_adam_after(program, i);
        fuse_unit(works, program, i);
        fuse_norms(works, program, i);
        fuse_sums(works, program, i);
        if (is_scaled_tanh(program, i)) {
            attach(works, program, i + 1, i);
        } else if (is_noise_after(program, i)) {
            attach(works, program, i, i + 1);
        } else if (host >= 0) {
            attach(works, program, host, i);
        } else if (reader >= 0) {
            attach(works, program, reader, i);
        }
        for (int k = i; k < adam; k++) {
            attach(works, program, adam, k);
        }
    }
}
