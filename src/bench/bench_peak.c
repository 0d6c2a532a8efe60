/* bench_peak.c — the roof of a roofline: what the device's own matrix product and sum reach here.
 *
 * Both are programs of one op on buffers that the host has written, so that no page of them is the
 * system's shared page of zeros. The best of several runs counts: a roof is what can be reached. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "bench/bench.h"
#include "program/cost.h"
#include "program/place.h"
#include "session/registry.h"

enum {
    SIDE = 1536,                   /* of the square matrices: 9 MB each */
    SUM_FLOATS = 32 * 1024 * 1024, /* 128 MB each: beyond any cache but the largest */
    N_RUNS = 12
};

typedef struct probe {
    const gan_backend *backend;
    gan_device *device;
    gan_program *program;
    gan_executable *executable;
} probe;

/* y = op(a, b), all of the same dims, as the program of a probe. */
static gan_status build(probe *p, gan_op_kind kind, const int64_t dims[4], const gan_attr *attr,
                        gan_error *err)
{
    int in[2] = {-1, -1}, out[1] = {-1};
    GAN_TRY(gan_program_create("peak", &p->program, err));
    GAN_TRY(gan_program_buffer(p->program, "peak.a", GAN_INPUT, GAN_F32, dims, &in[0], err));
    GAN_TRY(gan_program_buffer(p->program, "peak.b", GAN_INPUT, GAN_F32, dims, &in[1], err));
    GAN_TRY(gan_program_buffer(p->program, "peak.y", GAN_OUTPUT, GAN_F32, dims, &out[0], err));
    GAN_TRY(gan_program_op(p->program, kind, "peak", in, out, attr, err));
    return gan_program_place(p->program, true, err);
}

static gan_status fill(const probe *p, int64_t n, gan_error *err)
{
    void *memory = NULL;
    GAN_TRY(gan_calloc((size_t)n, sizeof(float), &memory, err));
    float *values = memory;
    for (int64_t i = 0; i < n; i++) {
        values[i] = (float)(i % 61 - 30) / 31.0F;
    }
    const int64_t bytes = n * (int64_t)sizeof(float);
    gan_status status = p->backend->write(p->device, "peak.a", 0, values, bytes, err);
    if (status == GAN_OK) {
        status = p->backend->write(p->device, "peak.b", 0, values, bytes, err);
    }
    free(memory);
    return status;
}

/* The least seconds of the op over several runs. */
static gan_status time_op(const probe *p, double *least, gan_error *err)
{
    const double *seconds = NULL;
    *least = DBL_MAX;
    GAN_TRY(p->backend->profile(p->executable, true, &seconds, err));
    for (int i = 0; i < N_RUNS; i++) {
        GAN_TRY(p->backend->run(p->executable, 1, err));
        GAN_TRY(p->backend->wait(p->device, err));
        GAN_TRY(p->backend->profile(p->executable, true, &seconds, err));
        *least = fmin(*least, seconds[0]);
    }
    return GAN_OK;
}

/* Runs one op on a device of its own. */
static gan_status measure(const gan_bench *b, gan_op_kind kind, const int64_t dims[4],
                          const gan_attr *attr, gan_cost *cost, double *seconds, gan_error *err)
{
    const gan_device_options options = {.threads = (int)b->options.threads};
    probe p = {0};
    gan_status status = GAN_OK;
    GAN_TRY_DONE(build(&p, kind, dims, attr, err));
    GAN_TRY_DONE(gan_registry_open(b->options.device, &options, &p.backend, &p.device, err));
    if (!p.backend->profile) {
        status = gan_fail(err, GAN_E_UNSUPPORTED, "the %s backend does not time single operations",
                          p.backend->name);
        goto done;
    }
    GAN_TRY_DONE(p.backend->compile(p.device, p.program, &p.executable, err));
    GAN_TRY_DONE(fill(&p, dims[0] * dims[3], err));
    *cost = gan_op_cost(p.program, &p.program->ops[0]);
    status = time_op(&p, seconds, err);
done:
    if (p.device) {
        p.backend->destroy(p.executable);
        p.backend->close(p.device);
    }
    gan_program_destroy(p.program);
    return status;
}

gan_status gan_bench_measure_peaks(gan_bench *bench, gan_bench_peaks *out, gan_error *err)
{
    const gan_attr product = {.matmul = {.m = SIDE, .n = SIDE, .k = SIDE}}, none = {0};
    const int64_t square[] = {SIDE, 1, 1, SIDE}, flat[] = {1, 1, 1, SUM_FLOATS};
    gan_cost cost = {0};
    double seconds = 0;
    bench->used = true;
    GAN_TRY(measure(bench, GAN_OP_matmul, square, &product, &cost, &seconds, err));
    out->flops = cost.flops / seconds;
    GAN_TRY(measure(bench, GAN_OP_add, flat, &none, &cost, &seconds, err));
    out->bytes = (cost.bytes_read + cost.bytes_written) / seconds;
    return GAN_OK;
}
