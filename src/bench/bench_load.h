/* bench_load.h — what the system tells of this process: processor time, waiting, page faults. */
#ifndef GAN_BENCH_BENCH_LOAD_H
#define GAN_BENCH_BENCH_LOAD_H

#include <stdint.h>

/* Sums over all threads of the process since it started. */
typedef struct gan_bench_load {
    double wall;    /* gan_clock_seconds() */
    double cpu;     /* seconds that threads ran */
    double waiting; /* seconds that threads were ready to run and had no processor; NaN where the
                     * kernel does not tell */
    double stolen;  /* seconds that a host took from this machine's processors, to a clock tick; NaN
                     * where it is not told */
    int64_t page_faults; /* served without a disk */
} gan_bench_load;

gan_bench_load gan_bench_load_now(void);

/* Seconds since the kernel started this process, to a clock tick (10 ms); NaN where it is not
 * told. */
double gan_bench_since_exec(void);

#endif
