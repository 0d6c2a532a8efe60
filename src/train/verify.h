/* verify.h — the parts of gan_verify(): the trace, the comparisons, the replay. */
#ifndef GAN_TRAIN_VERIFY_H
#define GAN_TRAIN_VERIFY_H

#include "gan/verify.h"
#include "io/safetensors.h"
#include "program/backend.h"
#include "program/build.h"
#include "program/precision.h"

/* What is compared, each with its measure and tolerance (verify_compare.c). */
typedef enum gan_verify_kind {
    GAN_VERIFY_LOSS,
    GAN_VERIFY_LOGITS,
    GAN_VERIFY_FAKES,
    GAN_VERIFY_GRADIENT,
    GAN_VERIFY_ZERO_GRADIENT, /* exact arithmetic gives 0: a bias that batch norm takes away again
                               */
    GAN_VERIFY_PARAMETER,
    GAN_VERIFY_MOMENT,
    GAN_VERIFY_STATISTIC,
    GAN_VERIFY_KINK_GRADIENT, /* the same three in a step where a LeakyReLU's input is too near 0 to
                               */
    GAN_VERIFY_KINK_PARAMETER, /* say on which side it is (verify_kinks.c) */
    GAN_VERIFY_KINK_MOMENT,
    GAN_VERIFY_ADAM_ALONE,
    GAN_VERIFY_FREE_LOSS,
    GAN_VERIFY_KINDS
} gan_verify_kind;

/* How exactly products are computed: fp32, or with so many bits of fraction. */
typedef enum gan_verify_grade {
    GAN_VERIFY_EXACT,
    GAN_VERIFY_10_BITS,
    GAN_VERIFY_7_BITS,
    GAN_VERIFY_GRADES
} gan_verify_grade;

gan_verify_grade gan_verify_grade_of(const gan_precision *precision, const gan_backend *backend);

/* Error of got against want (n floats each) in the kind's measure. before: the values before the
 * step (parameters only), scale: what a zero gradient is measured against. NaN if anything is not
 * finite. */
double gan_verify_error(gan_verify_kind kind, const float *got, const float *want,
                        const float *before, double scale, int64_t n);
double gan_verify_tolerance(gan_verify_kind kind, gan_verify_grade grade);
const char *gan_verify_measure(gan_verify_kind kind);
const char *gan_verify_reason(gan_verify_kind kind);

/* The kind that stands for `kind` in a step with kinks; itself for those that kinks do not touch.
 */
gan_verify_kind gan_verify_with_kinks(gan_verify_kind kind);

/* Counts the inputs of LeakyReLU in the last run of a training step, of the passes through network
 * `side`
 * ('g' or 'd'), that are nearer to 0 than the rounding of fp32 lets anyone tell. */
gan_status gan_verify_count_kinks(const gan_backend *backend, gan_executable *executable,
                                  const gan_program *program, char side, int64_t *count,
                                  gan_error *err);

/* Rows under construction: the worst error of each tensor so far. */
typedef struct gan_verify_table {
    struct gan_verify_entry {
        char *tensor;
        gan_verify_kind kind;
        double error;
        int64_t worst_step;
    } * entries;
    size_t n, capacity;
} gan_verify_table;

gan_status gan_verify_record(gan_verify_table *table, const char *tensor, gan_verify_kind kind,
                             double error, int64_t step, gan_error *err);
void gan_verify_table_free(gan_verify_table *table);

/* An open trace. */
typedef struct gan_trace {
    gan_safetensors *file;
    gan_net *net;
    gan_build_options build; /* batch, schedule, loss, smoothing, Adam */
    char *loss;
    double lr_g, lr_d;
    int64_t steps;
    char framework[128];
} gan_trace;

gan_status gan_trace_open(const char *path, gan_trace *out, gan_error *err);
void gan_trace_close(gan_trace *trace);

/* n floats (or bytes) of the tensor of that name, printf-formatted; GAN_E_DATA when it is missing
 * or has another number of elements. *out is the caller's (free()). */
gan_status gan_trace_floats(const gan_trace *trace, int64_t n, float **out, gan_error *err,
                            const char *format, ...) __attribute__((format(printf, 5, 6)));
gan_status gan_trace_bytes(const gan_trace *trace, int64_t n, unsigned char **out, gan_error *err,
                           const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
