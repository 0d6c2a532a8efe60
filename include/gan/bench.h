/* bench.h — how fast a network trains, and what that takes, measured.
 *
 * A gan_bench is a network, a data set in memory and, one after the other, training sessions at
 * different batch sizes. A timed step is run and waited for, as the frameworks do that read a loss
 * after each step. Whether something else was using the machine is measured beside, and said. */
#ifndef GAN_BENCH_H
#define GAN_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "gan/listener.h"
#include "gan/session.h"
#include "gan/status.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef struct gan_bench gan_bench;

/* Zero-initialize; a zero is the default where one is named. Texts need to live during
 * gan_bench_create() only. */
typedef struct gan_bench_options {
    const char *net;        /* as gan_net_load() takes it; NULL = "dcgan-mnist" */
    const char *data;       /* as gan_data_open() takes it; NULL = "digits" */
    int64_t limit;          /* use the first so many images; 0 = 4096 */
    int64_t d_steps;        /* updates of D for one of G; 0 = 1 */
    const char *device;     /* NULL = "auto" */
    const char *conv;       /* CPU convolutions; NULL = "auto" */
    const char *precision;  /* as --precision; NULL = "fp32" */
    const char *batch_norm; /* on a GPU: "cudnn" or "fused"; NULL = "auto" */
    const char *tune_file;  /* as --tune-file; NULL = static rules */
    int64_t threads;        /* CPU; 0 = every core this process may use */
    uint64_t seed;
    const gan_listener *listener; /* told while the bench is made and started, so it must live as
                                   * long; may be NULL */
} gan_bench_options;

/* gan_bench_create() — loads the network and draws or reads the data set; no session yet.
 *
 * Returns GAN_OK and *out, owned by the caller: gan_bench_destroy(). GAN_E_USAGE for a bad option
 * or an unknown word; errors of
 * gan_net_load() and gan_data_open(). */
gan_status gan_bench_create(const gan_bench_options *options, gan_bench **out, gan_error *err);
void gan_bench_destroy(gan_bench *bench); /* NULL is fine */

/* What is measured. Texts live with the bench; device is "" and threads 0 before the first start.
 */
typedef struct gan_bench_about {
    const char *net, *data, *device, *conv, *precision;
    int64_t net_batch; /* of the network's own `train:` section */
    int64_t n_images, height, width, channels;
    int threads; /* 0 where the device is not the CPU */
} gan_bench_about;

gan_bench_about gan_bench_describe(const gan_bench *bench); /* at any time */

/* Times of a start, in seconds. */
typedef struct gan_bench_start_times {
    double session;    /* from creating the session to the end of its first step */
    double since_exec; /* from the start of the process, as the kernel has it (to 10 ms), to the end
                        * of that step; NaN if the bench had measured something before */
} gan_bench_start_times;

/* gan_bench_start() — a fresh session at a batch size, in place of the one there was; runs its
 * first step and `warmup` more. After a failure the bench has no session. Errors of
 * gan_session_create() and gan_session_run(). times may be NULL. */
gan_status gan_bench_start(gan_bench *bench, int64_t batch, int64_t warmup,
                           gan_bench_start_times *times, gan_error *err);

/* The forecast of the session at hand: memory, useful operations, least bytes. This, steps and
 * profiles need a gan_bench_start() that succeeded before them. */
gan_session_plan gan_bench_plan(const gan_bench *bench);

/* Steps timed one by one. Shares are of the wall time that all threads have together. */
typedef struct gan_bench_block {
    int64_t steps;
    double seconds;   /* the sum of all steps */
    double p50, p95;  /* seconds of a step */
    double img_per_s; /* real images: batch size over the median step */
    double busy;      /* share in which the process's threads ran; NaN where the device is no CPU */
    double waiting;   /* share in which they were ready and had no core; NaN where not known */
    double stolen;    /* share of the machine's time that its host gave to others; NaN likewise */
    double page_faults; /* a step, served from memory */
} gan_bench_block;

/* gan_bench_steps() — runs n >= 1 timed steps of the session that was started. seconds[n], one a
 * step, may be NULL. GAN_E_NONFINITE when the training diverged: then the times mean nothing. */
gan_status gan_bench_steps(gan_bench *bench, int64_t n, double *seconds, gan_bench_block *out,
                           gan_error *err);

/* Steps, seconds, quantiles and images a second of n >= 1 step times, in any order; they are
 * sorted. What was not measured is NaN. */
gan_bench_block gan_bench_summarize(double *seconds, int64_t n, int64_t batch);

/* GAN_OK if a result can be written to that path later; nothing is left there. To be asked before
 * minutes of measuring. GAN_E_CREATE, GAN_E_IO, GAN_E_MEMORY. */
gan_status gan_bench_check_output(const char *path, gan_error *err);

/* Bytes of memory that the process has held at most. */
int64_t gan_bench_peak_bytes(void);

/* --- a table over batch sizes --- */

enum { GAN_BENCH_REMARK_SIZE = 128 };

typedef struct gan_bench_row {
    int64_t batch;
    gan_bench_block all; /* steps of all rounds; img_per_s is the median of the rounds' medians */
    double slowest, fastest;     /* img_per_s of rounds */
    gan_bench_start_times start; /* session: the median over the rounds */
    gan_session_plan plan;
    int64_t peak_bytes; /* of the process; -1 when it measured other sizes too */
    double bound;       /* least seconds of a step under the peaks, see gan_bench_op_bound(); NaN
                         * without peaks */
    bool disturbed;     /* something kept the threads from running, or rounds differ a lot */
    char remark[GAN_BENCH_REMARK_SIZE]; /* what was seen of it; "" if nothing */
} gan_bench_row;

/* What the device's own kernels reach here, in this run: the roof of a roofline. */
typedef struct gan_bench_peaks {
    double flops; /* a second, of a large fp32 matrix product */
    double bytes; /* a second, of a sum of tensors larger than the caches: two read, one written */
} gan_bench_peaks;

/* gan_bench_measure_peaks() — on a device handle of its own; about two seconds and half a gigabyte
 * on a CPU. GAN_E_UNSUPPORTED where the backend cannot time an op; GAN_E_MEMORY, GAN_E_NO_DEVICE.
 */
gan_status gan_bench_measure_peaks(gan_bench *bench, gan_bench_peaks *out, gan_error *err);

typedef struct gan_bench_sweep_options {
    const int64_t *batches; /* n_batches of them, each >= 1 */
    int n_batches;
    int64_t steps;                /* timed, in each round and size; >= 1 */
    int64_t warmup;               /* untimed, after a session's first step; >= 0 */
    int rounds;                   /* >= 1 */
    const gan_bench_peaks *peaks; /* NULL = not measured */
    const gan_listener *progress; /* a line after each block; may be NULL */
} gan_bench_sweep_options;

/* gan_bench_sweep() — measures every batch size in every round, with a fresh session each time;
 * odd rounds go backwards, so that a drift of the machine meets all sizes alike.
 * rows[n_batches] is overwritten, in the order of batches. Errors of start and steps. */
gan_status gan_bench_sweep(gan_bench *bench, const gan_bench_sweep_options *options,
                           gan_bench_row *rows, gan_error *err);

/* gan_bench_plot() — throughput against batch size, log x, with the spread of the rounds as bars:
 * an SVG file, in light or dark colours as its reader prefers. GAN_E_CREATE, GAN_E_IO. */
gan_status gan_bench_plot(const gan_bench *bench, const gan_bench_row *rows, int n_rows,
                          const char *path, gan_error *err);

/* --- ways of computing, chosen by measuring --- */

typedef struct gan_bench_tune_options {
    const char *path;       /* of the tune file; what it holds of other operations stays in it */
    const int64_t *batches; /* n_batches of them, each >= 1 */
    int n_batches;
    int64_t steps;                /* profiled in each round, and timed whole in the end; >= 1 */
    int64_t warmup;               /* as in gan_bench_sweep_options */
    int rounds;                   /* >= 1 */
    const gan_listener *progress; /* may be NULL */
} gan_bench_tune_options;

/* An operation that has another way than the static rules'. */
typedef struct gan_bench_tuned_op {
    const char *kind; /* "conv_dx" */
    char *label;      /* "g.conv_transpose1 bwd" */
    char *rule, *way; /* how the rules compute it, in the backend's words; the way in the file */
    double before, after; /* seconds by the rules and in this way: medians. An operation that is
                           * computed along with its neighbour has half of both's. */
} gan_bench_tuned_op;

/* One batch size. Ratios are tuned over static rules, in images a second. */
typedef struct gan_bench_tuned {
    int64_t batch;
    int choices;             /* operations that can be computed in several ways */
    gan_bench_tuned_op *ops; /* those that changed */
    int n_ops;
    double rules, tuned; /* img/s: medians of the rounds; NaN, as below, if nothing changed */
    double ratio, lowest, highest; /* the median of the rounds' ratios, and their range */
    bool kept; /* false: whole steps were no faster, and the file keeps the rules for this size */
} gan_bench_tuned;

/* gan_bench_tune() — times every way of every operation that has several, in whole steps with a
 * clock around each op, and writes those that are faster than the static rules' by more than noise
 * to a file for --tune-file. Whole steps by the rules and by the new choices are timed alternately
 * in the end; without a gain nothing is kept.
 *
 * rows[n_batches] is overwritten; free each by gan_bench_tuned_free(), also after a failure.
 * GAN_E_USAGE when the file was measured on another device, or the bench has a tune_file;
 * GAN_E_DATA when it is none; GAN_E_UNSUPPORTED where the backend cannot time an op; GAN_E_CREATE,
 * GAN_E_IO; errors of start and steps. */
gan_status gan_bench_tune(gan_bench *bench, const gan_bench_tune_options *options,
                          gan_bench_tuned *rows, gan_error *err);
void gan_bench_tuned_free(gan_bench_tuned *row); /* a zeroed one is fine */

/* --- where a step's time goes --- */

/* One op of the step. Texts live with the profile. */
typedef struct gan_bench_op {
    const char *kind, *label, *how; /* "conv_dx", "g.conv_transpose1", "dft 9x9 avx512" */
    const char *program;            /* "train", "d": which kind of step it is of */
    double share;                   /* how many of the steps are of that kind, in (0, 1] */
    /* Of a step of any kind, that is times the share: the median over the steps that have the op,
     * and the shortest; of the plain algorithm, each operand moved once. */
    double seconds, least;
    double flops, bytes;
} gan_bench_op;

typedef struct gan_bench_profile {
    gan_bench_op *ops; /* in the order of each program in turn */
    int n_ops;
    int64_t batch, steps;
    double step_seconds; /* median of a step while it is being profiled; of several kinds of steps
                            the mean of their medians, by their shares */
    double ops_seconds;  /* sum of the ops' medians */
    double *began;       /* [steps] seconds since the first of them began */
    double *op_seconds;  /* [steps][n_ops]; NAN of an op that the step has not */
} gan_bench_profile;

/* gan_bench_profile_make() — runs n >= 1 steps with a clock around every op, and more where n would
 * not have each kind of step. out is the caller's:
 * gan_bench_profile_free(), also after a failure. GAN_E_UNSUPPORTED where the backend cannot. */
gan_status gan_bench_profile_make(gan_bench *bench, int64_t n, gan_bench_profile *out,
                                  gan_error *err);
void gan_bench_profile_free(gan_bench_profile *profile); /* a zeroed one is fine */

/* The least seconds that an op can take under the peaks: the larger of flops / peak and bytes /
 * peak. A tensor that stays in a cache, and an algorithm with fewer multiplications, can be
 * faster. */
double gan_bench_op_bound(double flops, double bytes, const gan_bench_peaks *peaks);

/* gan_bench_trace() — the profiled steps as a JSON file of trace events (Chrome's Trace Event
 * Format, complete events) for chrome://tracing or Perfetto. Within a step, ops lie end to end from
 * where it began. GAN_E_CREATE, GAN_E_IO. */
gan_status gan_bench_trace(const gan_bench *bench, const gan_bench_profile *profile,
                           const char *path, gan_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
