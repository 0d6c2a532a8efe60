/* runner.c — images through a network, in chunks of one size. */
#include "session/runner.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "program/build.h"
#include "program/stored.h"

/* One output of a chunk. */
typedef struct result {
    const char *buffer; /* the program's */
    int64_t count;      /* floats of one image */
    float *values;      /* one chunk */
} result;

struct gan_runner {
    const gan_backend *backend;
    gan_device *device;
    gan_program *program;
    gan_executable *executable;
    int64_t chunk, in_count;
    float *images; /* one chunk */
    result *results;
    int n_results;
};

static gan_status make_floats(int64_t n, float **out, gan_error *err)
{
    void *memory = NULL;
    GAN_TRY(gan_calloc((size_t)n, sizeof(float), &memory, err));
    *out = memory;
    return GAN_OK;
}

static gan_status make_results(gan_runner *r, const int *ids, int n, gan_error *err)
{
    void *memory = NULL;
    GAN_TRY(gan_calloc((size_t)n, sizeof(result), &memory, err));
    r->results = memory;
    for (; r->n_results < n; r->n_results++) {
        const gan_buffer *b = &r->program->buffers[ids[r->n_results]];
        result *out = &r->results[r->n_results];
        *out = (result){.buffer = b->name, .count = b->count / r->chunk};
        GAN_TRY(make_floats(b->count, &out->values, err));
    }
    return GAN_OK;
}

gan_status gan_runner_create(const gan_backend *backend, gan_device *device, const gan_stack *stack,
                             bool averaged, int64_t chunk, const char *const *names, int n,
                             gan_runner **out, gan_error *err)
{
    void *memory = NULL, *ids = NULL;
    *out = NULL;
    GAN_TRY(gan_calloc(1, sizeof(gan_runner), &memory, err));
    gan_runner *r = memory;
    *r = (gan_runner){.backend = backend, .device = device, .chunk = chunk};
    r->in_count = stack->in.h * stack->in.w * stack->in.c;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_calloc((size_t)n, sizeof(int), &ids, err));
    GAN_TRY_DONE(gan_build_forward(stack, chunk, averaged, names, n, &r->program, ids, err));
    GAN_TRY_DONE(make_results(r, ids, n, err));
    GAN_TRY_DONE(make_floats(chunk * r->in_count, &r->images, err));
    GAN_TRY_DONE(backend->compile(device, r->program, &r->executable, err));
    *out = r;
    r = NULL;
done:
    free(ids);
    gan_runner_destroy(r);
    return status;
}

void gan_runner_destroy(gan_runner *runner)
{
    if (!runner) {
        return;
    }
    runner->backend->destroy(runner->executable);
    gan_program_destroy(runner->program);
    for (int i = 0; i < runner->n_results; i++) {
        free(runner->results[i].values);
    }
    free(runner->results);
    free(runner->images);
    free(runner);
}

int64_t gan_runner_in_count(const gan_runner *runner)
{
    return runner->in_count;
}

int64_t gan_runner_out_count(const gan_runner *runner, int i)
{
    return runner->results[i].count;
}

static gan_status run_chunk(gan_runner *r, gan_error *err)
{
    const int64_t bytes = r->chunk * r->in_count * (int64_t)sizeof(float);
    GAN_TRY(r->backend->write(r->device, GAN_STORED_X, 0, r->images, bytes, err));
    GAN_TRY(r->backend->run(r->executable, 1, err));
    for (int i = 0; i < r->n_results; i++) {
        const result *out = &r->results[i];
        GAN_TRY(r->backend->read(r->device, out->buffer, 0, out->values,
                                 r->chunk * out->count * (int64_t)sizeof(float), err));
    }
    return GAN_OK;
}

gan_status gan_runner_run(gan_runner *runner, const float *images, int64_t n, float *const *results,
                          gan_error *err)
{
    const int64_t chunk = runner->chunk, in = runner->in_count;
    for (int64_t done = 0; done < n; done += chunk) {
        const int64_t count = n - done < chunk ? n - done : chunk;
        memset(runner->images, 0, (size_t)(chunk * in) * sizeof(float));
        memcpy(runner->images, images + done * in, (size_t)(count * in) * sizeof(float));
        GAN_TRY(run_chunk(runner, err));
        for (int i = 0; i < runner->n_results; i++) {
            const result *out = &runner->results[i];
            memcpy(results[i] + done * out->count, out->values,
                   (size_t)(count * out->count) * sizeof(float));
        }
    }
    return GAN_OK;
}
