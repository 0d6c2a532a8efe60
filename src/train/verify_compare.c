/* verify_compare.c — measures and tolerances of gan_verify(), and the table of worst errors.
 *
 * fp32 against fp32 or against rounded fp64; or products of numbers with 10 bits of fraction (TF32,
 * fp16) or 7 (bf16), where every step has inputs of LeakyReLU too near 0 to tell. What passes is
 * stated (error <= tolerance), so NaN fails. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "train/verify.h"

#define KINK_REASON                                                                                \
    "an input of LeakyReLU lies within rounding of 0: one side or the other is right, and one "    \
    "element's gradient differs by 1 - slope"

static const struct {
    double tolerance[GAN_VERIFY_GRADES]; /* exact, 10 bits, 7 bits */
    const char *measure, *reason;
} kinds[GAN_VERIFY_KINDS] = {
    [GAN_VERIFY_LOSS] = {{1e-5, 5e-3, 3e-2},
                         "relative",
                         "a mean over the batch: sums in another order"},
    [GAN_VERIFY_LOGITS] = {{2e-5, 1e-2, 1e-1},
                           "L2, relative",
                           "rounding of the chain of layers before them"},
    [GAN_VERIFY_FAKES] = {{2e-5, 5e-3, 3e-2},
                          "L2, relative",
                          "rounding of the chain of layers before them"},
    [GAN_VERIFY_GRADIENT] = {{1e-4, NAN, NAN}, "L2, relative", "rounding forth and back"},
    [GAN_VERIFY_ZERO_GRADIENT] = {{1e-5, 5e-3, 5e-2},
                                  "L2 over that of the network's gradient",
                                  "0 in exact arithmetic: only rounding noise is left"},
    [GAN_VERIFY_PARAMETER] =
        {{1e-3, NAN, NAN},
         "L2 of the error less 2 ulp of the weights, over the step's change",
         "Adam divides small gradients by their own size: PyTorch's fp32 differs "
         "from its fp64 by 2e-4"},
    [GAN_VERIFY_MOMENT] = {{2e-4, NAN, NAN}, "L2, relative", "the gradient's error, squared in v"},
    [GAN_VERIFY_STATISTIC] = {{1e-5, 5e-3, 3e-2}, "L2, relative", "means and variances of a batch"},
    [GAN_VERIFY_KINK_GRADIENT] = {{5e-2, 2e-1, 6e-1},
                                  "L2, relative, in steps with kinks",
                                  KINK_REASON},
    [GAN_VERIFY_KINK_PARAMETER] = {{2e-1, 5e-1, 1},
                                   "L2 over the step's change, in steps with kinks",
                                   KINK_REASON},
    [GAN_VERIFY_KINK_MOMENT] = {{5e-2, 4e-1, 8e-1},
                                "L2, relative, in steps with kinks",
                                KINK_REASON},
    [GAN_VERIFY_ADAM_ALONE] =
        {{2e-5, 2e-5, 2e-5},
         "L2 of the error less 2 ulp of the weights, over the step's change",
         "the recorded gradient goes in; Keras takes 1 - beta2^t in fp32, which "
         "is off by 6e-6 in its first step"},
    [GAN_VERIFY_FREE_LOSS] = {{INFINITY, INFINITY, INFINITY},
                              "relative",
                              "shown only: errors of a GAN grow from step to step"},
};

gan_verify_grade gan_verify_grade_of(const gan_precision *precision, const gan_backend *backend)
{
    bool has_tf32 = strcmp(backend->name, "cpu") != 0 && strcmp(precision->products, "tf32") == 0;
    if (precision->type == GAN_BF16) {
        return GAN_VERIFY_7_BITS;
    }
    return precision->type == GAN_F16 || has_tf32 ? GAN_VERIFY_10_BITS : GAN_VERIFY_EXACT;
}

double gan_verify_tolerance(gan_verify_kind kind, gan_verify_grade grade)
{
    return kinds[kind].tolerance[grade];
}

const char *gan_verify_measure(gan_verify_kind kind)
{
    return kinds[kind].measure;
}

const char *gan_verify_reason(gan_verify_kind kind)
{
    return kinds[kind].reason;
}

gan_verify_kind gan_verify_with_kinks(gan_verify_kind kind)
{
    switch (kind) {
    case GAN_VERIFY_GRADIENT:
        return GAN_VERIFY_KINK_GRADIENT;
    case GAN_VERIFY_PARAMETER:
        return GAN_VERIFY_KINK_PARAMETER;
    case GAN_VERIFY_MOMENT:
        return GAN_VERIFY_KINK_MOMENT;
    default:
        return kind;
    }
}

static double norm(const float *a, const float *b, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        double d = (double)a[i] - (b ? (double)b[i] : 0);
        sum += d * d;
    }
    return sqrt(sum);
}

double gan_verify_error(gan_verify_kind kind, const float *got, const float *want,
                        const float *before, double scale, int64_t n)
{
    double error = norm(got, want, n);
    switch (kind) {
    case GAN_VERIFY_ZERO_GRADIENT:
        return norm(got, NULL, n) / scale;
    case GAN_VERIFY_PARAMETER:
    case GAN_VERIFY_KINK_PARAMETER:
    case GAN_VERIFY_ADAM_ALONE: {
        double slack = 2 * (double)FLT_EPSILON * norm(want, NULL, n);
        double change = norm(want, before, n);
        if (error <= slack) {
            return 0;
        }
        return change > 0 ? (error - slack) / change : error - slack;
    }
    default: {
        double size = norm(want, NULL, n);
        return size > 0 ? error / size : error;
    }
    }
}

gan_status gan_verify_record(gan_verify_table *table, const char *tensor, gan_verify_kind kind,
                             double error, int64_t step, gan_error *err)
{
    for (size_t i = 0; i < table->n; i++) {
        struct gan_verify_entry *e = &table->entries[i];
        if (e->kind == kind && strcmp(e->tensor, tensor) == 0) {
            if (!(error <= e->error)) { /* NaN counts as worse */
                e->error = error;
                e->worst_step = step;
            }
            return GAN_OK;
        }
    }
    void *entries = table->entries;
    gan_status status =
        gan_grow(&entries, table->n + 1, sizeof *table->entries, &table->capacity, err);
    table->entries = entries;
    GAN_TRY(status);
    struct gan_verify_entry *e = &table->entries[table->n];
    GAN_TRY(gan_strdup(tensor, &e->tensor, err));
    e->kind = kind;
    e->error = error;
    e->worst_step = step;
    table->n++;
    return GAN_OK;
}

void gan_verify_table_free(gan_verify_table *table)
{
    for (size_t i = 0; i < table->n; i++) {
        free(table->entries[i].tensor);
    }
    free(table->entries);
    *table = (gan_verify_table){0};
}
