/* defect.h — what the planted defects share.
 *
 * Each .cu here is two programs: run plain it is right and returns 0; run as "NAME planted" it has
 * one mistake, and the simulated device must stop it with words that match what "caught:" says,
 * in each of the builds after "builds:". tests/sim/defects.sh puts all into one program, each in a
 * namespace of its name, and runs them. */
#ifndef SIM_DEFECTS_DEFECT_H
#define SIM_DEFECTS_DEFECT_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernels/device.h"

static bool planted; /* whether this run has the mistake */

#define PLANT(wrong, right) (planted ? (wrong) : (right))
#define IF_PLANTED(statement)                                                                      \
    do {                                                                                           \
        if (planted) {                                                                             \
            statement;                                                                             \
        }                                                                                          \
    } while (0)
#define UNLESS_PLANTED(statement)                                                                  \
    do {                                                                                           \
        if (!planted) {                                                                            \
            statement;                                                                             \
        }                                                                                          \
    } while (0)

/* Ends the program when a CUDA call fails, naming the code. */
static inline void must(cudaError_t code, int line)
{
    if (code != cudaSuccess) {
        fprintf(stderr, "line %d: %s\n", line, cudaGetErrorName(code));
        exit(1);
    }
}

#define MUST(call) must((call), __LINE__)

static inline void *device_memory(size_t bytes)
{
    void *p = NULL;
    MUST(cudaMalloc(&p, bytes));
    return p;
}

static inline float *device_floats(const float *values, size_t n)
{
    float *p = (float *)device_memory(n * sizeof *p);
    MUST(cudaMemcpy(p, values, n * sizeof *p, cudaMemcpyHostToDevice));
    return p;
}

/* Reads n floats back and compares; a difference or NaN ends the program. */
static inline void expect(const float *device, const float *want, size_t n, float tolerance)
{
    float *got = (float *)malloc(n * sizeof *got);
    MUST(cudaMemcpy(got, device, n * sizeof *got, cudaMemcpyDeviceToHost));
    for (size_t i = 0; i < n; i++) {
        if (!(fabsf(got[i] - want[i]) <= tolerance)) {
            fprintf(stderr, "wrong result: element %zu is %g, not %g\n", i, (double)got[i],
                    (double)want[i]);
            free(got);
            exit(1);
        }
    }
    free(got);
}

#endif
