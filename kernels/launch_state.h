/* launch_state.h — launches of what changes the state at the end of a step: norms, guard, Adam,
 * moving statistics, the average, the report. `flag` is guard's: while flag[0] != 0 they change
 * nothing. The rules of kernels.h hold. */
#ifndef GAN_KERNELS_LAUNCH_STATE_H
#define GAN_KERNELS_LAUNCH_STATE_H

#include <cuda_runtime_api.h>

#include "program/program.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One vector: r (1) = sqrt(sum of (g / *scale)^2), summed in double; scale may be left out. finite
 * may be left out; else *finite = 0 when any element is not finite, and is untouched otherwise. */
typedef struct gan_norm_part {
    const void *g;
    int64_t n;
    const float *scale;
    float *r;
    int32_t *finite;
} gan_norm_part;

enum { GAN_NORM_MAX_PARTS = 2 };

/* norm_g, norm_d may be left out. finite (GAN_NET_COUNT) may be left out; else the norm of a
 * network whose gradients overflowed is not looked at: its step is skipped, the scale falls. */
typedef struct gan_guard_part {
    const float *metrics, *norm_g, *norm_d;
    const int64_t *counters;
    const int32_t *finite;
    int32_t *flag;
} gan_guard_part;

typedef struct gan_report_part {
    const float *metrics, *norm_g, *norm_d; /* norms may be left out */
    const int32_t *flag;
    int64_t *counters;
    float *ring; /* (rows, GAN_METRIC_COUNT) */
    int64_t rows;
} gan_report_part;

/* Which networks are updated: their t goes up by one, unless the flag is raised or a network's own
 * finite (GAN_NET_COUNT; may be NULL) is 0. */
typedef struct gan_count_part {
    int64_t *counters;
    const int32_t *flag, *finite;
    int nets[GAN_NET_COUNT];
    int n_nets;
} gan_count_part;

/* What a step does once its norms are known, in this order; each may be left out (NULL). */
typedef struct gan_norm_sequel {
    const gan_guard_part *guard;
    const gan_count_part *count;
    const gan_report_part *report;
} gan_norm_sequel;

/* The norms of one vector or two of one type, in one launch: the same bits as each by itself. Then,
 * in the same launch, the sequel. scratch: gan_norm_scratch() of each vector, together. */
gan_status gan_norm_launch(cudaStream_t stream, const gan_norm_part *parts, int n_parts,
                           gan_dtype type, const gan_norm_sequel *sequel, void *scratch,
                           gan_error *err);
int64_t gan_norm_scratch(int64_t n);

gan_status gan_guard_launch(cudaStream_t stream, const gan_guard_part *guard, gan_error *err);

/* batch, running: the flat statistics that the segments are offsets of. finite: the network's own
 * element, or NULL; 0 there skips the update. */
typedef struct gan_stat_part {
    const float *batch;
    float *running;
    const int32_t *finite;
    const gan_stat_segment *segments; /* host memory */
    int n_segments;
} gan_stat_part;

/* Segments are taken 64 to a launch. */
gan_status gan_stat_update_launch(cudaStream_t stream, const gan_stat_part *part,
                                  const int32_t *flag, gan_error *err);

/* One run of elements that share a network's numbers. */
typedef struct gan_adam_part {
    const void *g; /* gradient, read */
    gan_dtype g_type;
    float *param, *m, *v; /* updated in place */
    void *param16;        /* 16-bit copy of param, overwritten; may be left out */
    gan_dtype param16_type;
    int64_t count;
    double epsilon;
    bool epsilon_inside;
    int net;               /* whose rates and t are taken */
    const float *scale;    /* loss scale that g carries; may be left out */
    const int32_t *finite; /* 0 there skips this part; may be left out */
} gan_adam_part;

enum {
    GAN_ADAM_MAX_PARTS = 8,
    GAN_ADAM_MAX_STATS = 32 /* segments of moving statistics that go along */
};

/* Updates that are one launch. */
typedef struct gan_adam_desc {
    const gan_adam_part *parts; /* (n_parts); host memory */
    int n_parts;                /* at most GAN_ADAM_MAX_PARTS */
    const gan_stat_part *stats; /* (n_stats); host memory; moving statistics that go along */
    int n_stats;                /* their segments are GAN_ADAM_MAX_STATS in all at most */
    const double *rates;        /* (GAN_RATE_COUNT) */
    const int64_t *counters;    /* (GAN_COUNTER_COUNT) */
    bool is_ahead;              /* t is 1 more than the counter of a part's network:
                                 * gan_adam_count_launch() comes after this */
    const int32_t *flag;        /* (1) */
} gan_adam_desc;

/* Bias corrections in double. */
gan_status gan_adam_launch(cudaStream_t stream, const gan_adam_desc *d, gan_error *err);

gan_status gan_adam_count_launch(cudaStream_t stream, const gan_count_part *part, gan_error *err);

/* Rates that move, at the counters' step; rows are host memory. */
gan_status gan_rates_launch(cudaStream_t stream, const int64_t *counters, const double *factor,
                            double *rates, const gan_rates_attr *attr, gan_error *err);

/* counters NULL: no warm-up of the decay. */
gan_status gan_ema_launch(cudaStream_t stream, const float *source, const double *rates,
                          const int32_t *flag, const int64_t *counters, float *average, int64_t n,
                          gan_error *err);

gan_status gan_report_launch(cudaStream_t stream, const gan_report_part *report, gan_error *err);

#ifdef __cplusplus
}
#endif

#endif
