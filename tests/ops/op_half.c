/* op_half.c — a case run with operands in 16 bits, as programs have them after
 * gan_program_retype().
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/half.h"
#include "ops/op_case.h"

/* Operands that are activations or gradients, as bits of their numbers; of others in fp32 (filters,
 * dense kernels), those whose values are rounded too. */
typedef struct retyped { /* of a variadic row's further operands each is as the last described */
    unsigned in, out, rounded;
} retyped;

static const retyped table[GAN_OP_COUNT] = {
    [GAN_OP_gather] = {0, 1, 0},
    [GAN_OP_noise] = {0, 1, 0},
    [GAN_OP_matmul] = {1, 1, 2},
    [GAN_OP_conv] = {1, 1, 2},
    [GAN_OP_conv_dx] = {1, 1, 2},
    [GAN_OP_conv_dw] = {3, 1, 0},
    [GAN_OP_widen_filter] = {0, 1, 0}, /* of a parameter */
    [GAN_OP_resample] = {1, 1, 0},
    [GAN_OP_max_pool] = {1, 1, 0},
    [GAN_OP_max_pool_bwd] = {2, 1, 0},
    [GAN_OP_max_pool_pick] = {2, 1, 0},
    [GAN_OP_concat] = {1, 1, 0},
    [GAN_OP_slice] = {1, 1, 0},
    [GAN_OP_bias_leaky_dropout] = {1, 1, 0},
    [GAN_OP_bias_leaky_dropout_bwd] = {3, 3, 0},
    [GAN_OP_batch_norm] = {1, 1, 0},
    [GAN_OP_batch_norm_bwd] = {3, 7, 0},
    [GAN_OP_batch_norm_infer] = {1, 1, 0},
    [GAN_OP_tanh] = {1, 1, 0},
    [GAN_OP_tanh_bwd] = {3, 1, 0},
    [GAN_OP_sigmoid] = {1, 1, 0},
    [GAN_OP_sigmoid_bwd] = {3, 1, 0},
    [GAN_OP_activation] = {3, 1, 0},
    [GAN_OP_normalize] = {7, 1, 0},
    [GAN_OP_minibatch_stddev] = {1, 1, 0},
    [GAN_OP_minibatch_stddev_bwd] = {3, 1, 0},
    [GAN_OP_scale_channels] = {1, 1, 0},
    [GAN_OP_channel_dot] = {3, 1, 0},
    [GAN_OP_add] = {3, 1, 0},
    [GAN_OP_multiply] = {3, 1, 0},
    [GAN_OP_fill] = {0, 1, 0},
    [GAN_OP_scale_rows] = {1, 1, 0},
    [GAN_OP_window_sum] = {3, 1, 0},
    [GAN_OP_row_dot] = {3, 0, 0},
    [GAN_OP_loss] = {3, 7, 0},
    [GAN_OP_softmax_cross_entropy] = {1, 1, 0},
    [GAN_OP_norm] = {1, 0, 0},
    [GAN_OP_adam] = {3, 0, 0},
};

/* Those that have none of either: state, flags, whole numbers. */
static const bool has_none[GAN_OP_COUNT] = {
    [GAN_OP_guard] = true,  [GAN_OP_stat_update] = true, [GAN_OP_ema] = true,
    [GAN_OP_report] = true, [GAN_OP_rates] = true,       [GAN_OP_gather_labels] = true,
};

/* Half a step of a type's bits, and half of its smallest number. */
typedef struct step_size {
    double rounding, smallest;
} step_size;

static step_size steps_of(gan_dtype type)
{
    return type == GAN_F16 ? (step_size){0x1p-11, 0x1p-25} : (step_size){0x1p-8, 0x1p-134};
}

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

uint16_t op_f16_bits(double value)
{
    const uint16_t sign = signbit(value) ? 0x8000u : 0;
    const double size = fabs(value);
    if (isnan(value)) {
        return (uint16_t)(sign | 0x7E00u);
    }
    if (size >= 65520.0) { /* halfway to what would come after the largest */
        return (uint16_t)(sign | 0x7C00u);
    }
    int exponent = 0;
    frexp(size, &exponent); /* size is in [2^(exponent-1), 2^exponent) */
    exponent = size < 0x1p-14 ? -13 : exponent;
    /* in steps of the type at this size: 1024 to 2047, fewer below the smallest normal number;
     * rint() breaks ties to even, and a carry into the exponent is what is wanted */
    const double steps = rint(ldexp(size, 11 - exponent));
    const int bits = (exponent + 13) * 1024 + (int)steps;
    return (uint16_t)(sign | (unsigned)bits);
}

double op_f16_value(uint16_t bits)
{
    return (double)gan_f16_to_f32(bits);
}

static double round_to(gan_dtype type, double value)
{
    return type == GAN_F16 ? op_f16_value(op_f16_bits(value)) : op_bf16(value);
}

/* o with values of its own: rounded, and typed if wanted. */
static void make_half(gan_dtype type, op_operand *o, bool typed, bool rounded)
{
    double *values = calloc(o->count ? (size_t)o->count : 1, sizeof *values);
    assert_non_null(values);
    bool is_float = o->type == GAN_F32;
    for (int64_t k = 0; k < o->count; k++) {
        values[k] = is_float && (typed || rounded) ? round_to(type, o->values[k]) : o->values[k];
    }
    o->values = values;
    o->type = is_float && typed ? type : o->type;
}

/* more_roundings: of terms that the result is a sum of, each as large as it or as the RMS of all.
 */
static void widen(op_tolerance *t, const op_tolerance *more, const step_size *step,
                  int more_roundings)
{
    t->relative += more->relative + (1 + 2 * more_roundings) * step->rounding;
    t->spread += more->spread + 2 * more_roundings * step->rounding;
    t->absolute += more->absolute + step->smallest;
}

static bool has_own(const op_tolerance *t)
{
    return t->absolute > 0.0 || t->relative > 0.0 || t->spread > 0.0;
}

/* n items of that size: those of `from`, or zeroes. */
static void *copy_of(const void *from, int n, size_t size)
{
    void *items = calloc(n ? (size_t)n : 1, size);
    assert_non_null(items);
    return from ? memcpy(items, from, (size_t)n * size) : items;
}

void op_case_check_half(op_case *c, gan_dtype type)
{
    static const op_tolerance none = {0};
    const retyped *types = &table[c->kind];
    unsigned out = types->out;
    bool shared = c->kind == GAN_OP_loss && c->attr.loss.shared;
    if (shared) {
        out &= ~4u; /* a ratio of wide range: it stays fp32, and is one to what was rounded */
    }
    const gan_op_row *row = gan_op_describe(c->kind);
    op_case half = *c;
    half.in = copy_of(c->in, c->n_in, sizeof *c->in);
    half.out = copy_of(c->out, c->n_out, sizeof *c->out);
    half.of_output = copy_of(c->of_output, c->n_out, sizeof *c->of_output);
    half.got = copy_of(NULL, c->n_out, sizeof *c->got);
    half.nan_fills_rows |= c->nan_fills_rows_in_bf16;
    for (int i = 0; i < c->n_in; i++) {
        if (half.in[i].present) {
            make_half(type, &half.in[i], gan_set_has_of(types->in, row->n_in, i),
                      gan_set_has_of(types->rounded, row->n_in, i));
        }
    }
    for (int i = 0; i < c->n_out; i++) {
        if (half.out[i].present) {
            make_half(type, &half.out[i], gan_set_has_of(out, row->n_out, i), false);
        }
        if (!has_own(&half.of_output[i])) {
            half.of_output[i] = half.tolerance;
        }
        const bool is_rounded = half.out[i].type == type || (shared && i == 2);
        const step_size step = is_rounded ? steps_of(type) : (step_size){0, 0};
        widen(&half.of_output[i], type == GAN_BF16 ? &c->more_in_bf16 : &none, &step,
              c->more_roundings);
    }
    op_case_check_as_is(&half);
    for (int i = 0; i < c->n_in; i++) {
        free(half.in[i].present ? half.in[i].values : NULL);
    }
    for (int i = 0; i < c->n_out; i++) {
        free(half.out[i].present ? half.out[i].values : NULL);
        free(half.got[i]);
    }
    free(half.in);
    free(half.out);
    free(half.of_output);
    free(half.got);
}

/* True if the backend's device computes in that precision; asked once, for a device is slow to
 * open.
 */
static bool has_precision(const gan_backend *backend, const char *word)
{
    static const gan_backend *known;
    static char all[80];
    if (known != backend) {
        gan_device *device = NULL;
        gan_error err = {0};
        assert_int_equal(backend->open(NULL, &device, &err), GAN_OK);
        snprintf(all, sizeof all, "%s", backend->precisions(device));
        backend->close(device);
        known = backend;
    }
    return strstr(all, word) != NULL;
}

/* True if a finite number of an operand that is in 16 bits is too large for fp16. */
static bool is_beyond_fp16(const op_case *c)
{
    for (int i = 0; i < c->n_in; i++) {
        const bool typed = c->in[i].present &&
                           gan_set_has_of(table[c->kind].in, gan_op_describe(c->kind)->n_in, i);
        for (int64_t k = 0; typed && k < c->in[i].count; k++) {
            const double size = fabs(c->in[i].values[k]);
            if (isfinite(size) && size >= 65520.0) {
                return true;
            }
        }
    }
    return false;
}

void op_case_check(op_case *c)
{
    const retyped *types = &table[c->kind];
    if ((types->in | types->out) == 0 && !has_none[c->kind]) {
        fail_msg("%s has no line in op_half.c", gan_op_describe(c->kind)->name);
    }
    /* GAN_TEST_FP32_ONLY: where a test takes long, and its types have been through another */
    const bool any = (types->in | types->out) != 0 && !getenv("GAN_TEST_FP32_ONLY");
    /* fp16 has a backward pass for each network: no shared gradients */
    const bool shared = c->kind == GAN_OP_loss && c->attr.loss.shared;
    if (any && (c->backend == &gan_cpu_backend || has_precision(c->backend, "bf16"))) {
        op_case_check_half(c, GAN_BF16);
    }
    /* a CPU has no fp16 to compare with */
    if (any && !shared && !c->oracle && has_precision(c->backend, "fp16") && !is_beyond_fp16(c)) {
        op_case_check_half(c, GAN_F16);
    }
    op_case_check_as_is(c);
}
