/* op_bf16.c — a case run with bf16 operands, as programs have them after gan_program_retype(). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ops/op_case.h"

/* Operands that are activations or gradients, as bits of their numbers; of others in fp32 (filters,
 * dense kernels), those whose values are rounded too. */
typedef struct retyped {
    unsigned in, out, rounded;
} retyped;

static const retyped table[GAN_OP_COUNT] = {
    [GAN_OP_gather] = {0, 1, 0},
    [GAN_OP_noise] = {0, 1, 0},
    [GAN_OP_matmul] = {1, 1, 2},
    [GAN_OP_conv] = {1, 1, 2},
    [GAN_OP_conv_dx] = {1, 1, 2},
    [GAN_OP_conv_dw] = {3, 1, 0},
    [GAN_OP_bias_leaky_dropout] = {1, 1, 0},
    [GAN_OP_bias_leaky_dropout_bwd] = {3, 3, 0},
    [GAN_OP_batch_norm] = {1, 1, 0},
    [GAN_OP_batch_norm_bwd] = {3, 7, 0},
    [GAN_OP_batch_norm_infer] = {1, 1, 0},
    [GAN_OP_tanh] = {1, 1, 0},
    [GAN_OP_tanh_bwd] = {3, 1, 0},
    [GAN_OP_sigmoid] = {1, 1, 0},
    [GAN_OP_sigmoid_bwd] = {3, 1, 0},
    [GAN_OP_add] = {3, 1, 0},
    [GAN_OP_scale_rows] = {1, 1, 0},
    [GAN_OP_row_dot] = {3, 0, 0},
    [GAN_OP_loss] = {3, 7, 0},
    [GAN_OP_norm] = {1, 0, 0},
    [GAN_OP_adam] = {3, 0, 0},
};

/* Half a step of bf16's 8 bits, and half of its smallest number. */
static const double rounding = 0x1p-8, smallest = 0x1p-134;

uint16_t op_bf16_bits(double value)
{
    float single = (float)value;
    uint32_t bits;
    memcpy(&bits, &single, sizeof bits);
    if (isnan(single)) {
        return (uint16_t)(bits >> 16 | 0x40u);
    }
    uint32_t down = bits & 0xffff0000u, left = bits & 0xffffu; /* of one sign: bits grow with it */
    bool up = left > 0x8000u || (left == 0x8000u && (down & 0x10000u) != 0);
    return (uint16_t)((down >> 16) + up);
}

double op_bf16_value(uint16_t bits)
{
    uint32_t all = (uint32_t)bits << 16;
    float single;
    memcpy(&single, &all, sizeof single);
    return (double)single;
}

double op_bf16(double value)
{
    return op_bf16_value(op_bf16_bits(value));
}

/* o with values of its own: rounded, and typed if wanted. */
static void make_bf16(op_operand *o, bool typed, bool rounded)
{
    double *values = calloc(o->count ? (size_t)o->count : 1, sizeof *values);
    assert_non_null(values);
    bool is_float = o->type == GAN_F32;
    for (int64_t k = 0; k < o->count; k++) {
        values[k] = is_float && (typed || rounded) ? op_bf16(o->values[k]) : o->values[k];
    }
    o->values = values;
    o->type = is_float && typed ? GAN_BF16 : o->type;
}

static void widen(op_tolerance *t, const op_tolerance *more, bool is_rounded)
{
    t->relative += more->relative + (is_rounded ? rounding : 0.0);
    t->spread += more->spread;
    t->absolute += more->absolute + (is_rounded ? smallest : 0.0);
}

static bool has_own(const op_tolerance *t)
{
    return t->absolute > 0.0 || t->relative > 0.0 || t->spread > 0.0;
}

void op_case_check_bf16(op_case *c)
{
    const retyped *types = &table[c->kind];
    unsigned out = types->out;
    bool shared = c->kind == GAN_OP_loss && c->attr.loss.shared;
    if (shared) {
        out &= ~4u; /* a ratio of wide range: it stays fp32, and is one to what was rounded */
    }
    op_case half = *c;
    half.nan_fills_rows |= c->nan_fills_rows_in_bf16;
    for (int i = 0; i < GAN_OP_MAX_IN; i++) {
        if (half.in[i].present) {
            make_bf16(&half.in[i], types->in >> i & 1u, types->rounded >> i & 1u);
        }
    }
    for (int i = 0; i < GAN_OP_MAX_OUT; i++) {
        half.got[i] = NULL;
        if (half.out[i].present) {
            make_bf16(&half.out[i], out >> i & 1u, false);
        }
        if (!has_own(&half.of_output[i])) {
            half.of_output[i] = half.tolerance;
        }
        widen(&half.of_output[i], &c->more_in_bf16,
              half.out[i].type == GAN_BF16 || (shared && i == 2));
    }
    op_case_check_as_is(&half);
    for (int i = 0; i < GAN_OP_MAX_IN; i++) {
        free(half.in[i].present ? half.in[i].values : NULL);
    }
    for (int i = 0; i < GAN_OP_MAX_OUT; i++) {
        free(half.out[i].present ? half.out[i].values : NULL);
        free(half.got[i]);
    }
}

void op_case_check(op_case *c)
{
    const retyped *types = &table[c->kind];
    if (c->backend == &gan_cpu_backend && (types->in | types->out) != 0) {
        op_case_check_bf16(c);
    }
    op_case_check_as_is(c);
}
