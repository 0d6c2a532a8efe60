/* bench.h — the inside of a bench, for the files that measure with it. */
#ifndef GAN_BENCH_BENCH_H
#define GAN_BENCH_BENCH_H

#include "gan/bench.h"
#include "gan/listener.h"
#include "session/session.h"

struct gan_bench {
    gan_net *net;
    gan_data *data;
    gan_options options;  /* of the next session, batch_size apart */
    gan_session *session; /* NULL before the first start and after a failed one */
    const gan_listener *listener;
    const gan_tune *tune; /* of the next session, in place of options.tune_file; NULL = that */
    bool started;         /* there was a session before */
    bool used; /* something was measured: the process's peak and start would include it */
    char device[256];
};

/* True if the session at hand runs on the CPU. */
bool gan_bench_on_cpu(const gan_bench *bench);

/* The CPU threads of the session, or, before there is one, of the options. */
int gan_bench_threads(const gan_bench *bench);

/* Quantile q in [0, 1] of n >= 1 ascending values: the mean of the middle two at 0.5 where n is
 * even; otherwise the value at rank floor(q n), the last one at most. */
double gan_bench_quantile(const double *ascending, int64_t n, double q);

/* Sorts and returns the median. */
double gan_bench_median(double *values, int64_t n);

#endif
