/* executable.c — a program bound to the CPU: compile once, then run as a loop over steps.
 *
 * Compiling has two phases: prepare() needs no memory of the program, so a forecast is the first
 * phase alone; attach() gives each step its addresses. Stored buffers are the device's, by name;
 * all else is one arena, with the offsets that place.c gave, and one scratch that every step may
 * use. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "cpu/conv_engine.h"
#include "cpu/device.h"
#include "cpu/parallel.h"
#include "cpu/step.h"
#include "cpu/team.h"
#include "program/place.h"

enum { RUNNING_BYTES = 16 << 20 }; /* what a library takes while it runs, at most */

struct gan_executable {
    gan_device *device;
    const gan_program *program;
    gan_cpu_step *steps;   /* one per op */
    int n_prepared;        /* of them, whose state is ours to destroy */
    void *arena, *scratch; /* the lender's, where they are not own ones */
    bool owns_arena, owns_scratch;
    void **stored; /* per buffer: the address of a stored base; NULL otherwise */
    int64_t scratch_bytes;
    bool profiling;
    double *seconds; /* per op, of the last run */
};

/* First phase for every op: no memory of the program is needed or made. */
static gan_status prepare_steps(gan_executable *e, gan_error *err)
{
    const gan_program *program = e->program;
    void *steps = NULL;
    GAN_TRY(gan_calloc((size_t)program->n_ops, sizeof *e->steps, &steps, err));
    e->steps = steps;
    for (int i = 0; i < program->n_ops; i++) {
        gan_cpu_step *step = &e->steps[i];
        const char *way = gan_tune_find(e->device->tune, program, i);
        GAN_TRY(gan_cpu_step_prepare(e->device, program, i, way, step, err));
        e->n_prepared++;
        if (i > 0) {
            GAN_TRY(gan_conv_join(&e->steps[i - 1], step, err));
        }
    }
    for (int i = 0; i < program->n_ops; i++) {
        int64_t bytes = e->steps[i].scratch_bytes;
        e->scratch_bytes = bytes > e->scratch_bytes ? bytes : e->scratch_bytes;
    }
    return GAN_OK;
}

/* An executable with every op prepared. */
static gan_status prepare(gan_device *device, const gan_program *program, gan_executable **out,
                          gan_error *err)
{
    void *block = NULL;
    *out = NULL;
    if (program->arena_bytes < 0) {
        return gan_fail(err, GAN_E_FAILED, "program \"%s\" has not been placed", program->name);
    }
    GAN_TRY(gan_calloc(1, sizeof **out, &block, err));
    gan_executable *e = block;
    e->device = device;
    e->program = program;
    device->n_executables++;
    /* Libraries fix the number of threads when a primitive is made. */
    int former = gan_cpu_set_threads(device->threads);
    gan_status status = prepare_steps(e, err);
    gan_cpu_set_threads(former);
    if (status != GAN_OK) {
        gan_cpu_destroy(e);
        return status;
    }
    *out = e;
    return GAN_OK;
}

gan_status gan_cpu_forecast(gan_device *device, const gan_program *program, gan_memory_report *out,
                            gan_error *err)
{
    *out = (gan_memory_report){.store_bytes = gan_cpu_store_bytes(&device->store),
                               .arena_bytes = program->arena_bytes};
    for (int i = 0; i < program->n_buffers; i++) {
        const gan_buffer *b = &program->buffers[i];
        if (b->base == i && gan_buffer_class_stored(b->cls) &&
            !gan_cpu_store_find(&device->store, b->name)) {
            out->store_bytes += gan_buffer_bytes(b);
        }
    }
    gan_executable *e = NULL;
    GAN_TRY(prepare(device, program, &e, err));
    out->workspace_bytes = e->scratch_bytes;
    gan_cpu_destroy(e);
    return GAN_OK;
}

/* A lent block that is too small is not used: programs of one session share the largest. */
static gan_status make_block(void *lent, int64_t lent_bytes, int64_t bytes, void **out, bool *owns,
                             gan_error *err)
{
    *owns = !lent || bytes > lent_bytes;
    *out = lent;
    return *owns ? gan_aligned_alloc((size_t)bytes, out, err) : GAN_OK;
}

static gan_status make_memory(gan_executable *e, const gan_executable *lender, gan_error *err)
{
    const gan_program *program = e->program;
    void *stored = NULL, *seconds = NULL;
    GAN_TRY(gan_calloc((size_t)program->n_buffers, sizeof *e->stored, &stored, err));
    e->stored = stored;
    GAN_TRY(gan_calloc((size_t)program->n_ops, sizeof *e->seconds, &seconds, err));
    e->seconds = seconds;
    for (int i = 0; i < program->n_buffers; i++) {
        const gan_buffer *b = &program->buffers[i];
        if (b->base == i && gan_buffer_class_stored(b->cls)) {
            GAN_TRY(gan_cpu_store_need(&e->device->store, b->name, gan_buffer_bytes(b),
                                       &e->stored[i], err));
        }
    }
    GAN_TRY(make_block(lender ? lender->arena : NULL, lender ? lender->program->arena_bytes : 0,
                       program->arena_bytes, &e->arena, &e->owns_arena, err));
    return make_block(lender ? lender->scratch : NULL, lender ? lender->scratch_bytes : 0,
                      e->scratch_bytes, &e->scratch, &e->owns_scratch, err);
}

/* Where a buffer or a window lies; NULL for id -1 and for a buffer that nothing uses. */
static void *address_of(const gan_executable *e, int id)
{
    if (id < 0) {
        return NULL;
    }
    const gan_buffer *b = &e->program->buffers[id], *base = &e->program->buffers[b->base];
    char *start = e->stored[b->base];
    if (!start && base->place >= 0) {
        start = (char *)e->arena + base->place;
    }
    return start ? start + b->offset * (int64_t)gan_dtype_size(b->type) : NULL;
}

/* Second phase: every op gets its addresses. */
static gan_status attach_steps(gan_executable *e, gan_error *err)
{
    for (int i = 0; i < e->program->n_ops; i++) {
        gan_cpu_step *step = &e->steps[i];
        for (int k = 0; k < step->op->n_in; k++) {
            step->in[k] = address_of(e, step->op->in[k]);
        }
        for (int k = 0; k < step->op->n_out; k++) {
            step->out[k] = address_of(e, step->op->out[k]);
        }
        step->scratch = e->scratch;
        if (step->attach) {
            GAN_TRY(step->attach(step, err));
        }
    }
    return GAN_OK;
}

gan_status gan_cpu_compile_beside(gan_device *device, const gan_program *program,
                                  const gan_executable *lender, gan_executable **out,
                                  gan_error *err)
{
    gan_executable *e = NULL;
    *out = NULL;
    GAN_TRY(prepare(device, program, &e, err));
    gan_status status = make_memory(e, lender, err);
    if (status == GAN_OK) {
        status = attach_steps(e, err);
    }
    if (status == GAN_OK) {
        status = gan_memory_room(RUNNING_BYTES, "a step", err);
    }
    if (status != GAN_OK) {
        gan_cpu_destroy(e);
        return status;
    }
    *out = e;
    return GAN_OK;
}

gan_status gan_cpu_compile(gan_device *device, const gan_program *program, gan_executable **out,
                           gan_error *err)
{
    return gan_cpu_compile_beside(device, program, NULL, out, err);
}

void gan_cpu_destroy(gan_executable *executable)
{
    gan_executable *e = executable;
    if (!e) {
        return;
    }
    for (int i = 0; i < e->n_prepared; i++) {
        gan_cpu_step_destroy(&e->steps[i]);
    }
    e->device->n_executables--;
    gan_aligned_free(e->owns_arena ? e->arena : NULL);
    gan_aligned_free(e->owns_scratch ? e->scratch : NULL);
    free(e->stored);
    free(e->seconds);
    free(e->steps);
    free(e);
}

static gan_status run_once(gan_executable *e, gan_error *err)
{
    for (int i = 0; i < e->program->n_ops; i++) {
        const gan_cpu_step *step = &e->steps[i];
        double start = e->profiling ? gan_clock_seconds() : 0.0;
        gan_status status = step->run(step, err);
        if (status != GAN_OK) {
            return gan_fail_in(err, status, "op %s (%s)", gan_op_describe(step->op->kind)->name,
                               step->op->label);
        }
        if (e->profiling) {
            e->seconds[i] = gan_clock_seconds() - start;
            if (step->with_previous) {
                /* Two steps in one: each is shown with half of the time. */
                e->seconds[i - 1] = e->seconds[i] /= 2;
            }
        }
    }
    return GAN_OK;
}

typedef struct runs {
    gan_executable *executable;
    int64_t n;
} runs;

static gan_status run_all(void *ctx, gan_error *err)
{
    const runs *r = ctx;
    for (int64_t i = 0; i < r->n; i++) {
        GAN_TRY(run_once(r->executable, err));
    }
    return GAN_OK;
}

gan_status gan_cpu_run(gan_executable *executable, int64_t n, gan_error *err)
{
    return gan_team_run(executable->device->threads, run_all, &(runs){executable, n}, err);
}

gan_status gan_cpu_peek(gan_executable *executable, int buffer, void *to, int64_t bytes,
                        gan_error *err)
{
    const gan_program *program = executable->program;
    const void *from =
        buffer >= 0 && buffer < program->n_buffers ? address_of(executable, buffer) : NULL;
    if (!from) {
        return gan_fail(err, GAN_E_FAILED, "buffer %d of program \"%s\" has no memory", buffer,
                        program->name);
    }
    if (bytes < 0 || bytes > gan_buffer_bytes(&program->buffers[buffer])) {
        return gan_fail(err, GAN_E_FAILED, "%lld bytes are not in \"%s\"", (long long)bytes,
                        program->buffers[buffer].name);
    }
    memcpy(to, from, (size_t)bytes);
    return GAN_OK;
}

void gan_cpu_memory(const gan_executable *executable, gan_memory_report *out)
{
    *out = (gan_memory_report){
        .store_bytes = gan_cpu_store_bytes(&executable->device->store),
        .arena_bytes = executable->owns_arena ? executable->program->arena_bytes : 0,
        .workspace_bytes = executable->owns_scratch ? executable->scratch_bytes : 0};
}

gan_status gan_cpu_profile(gan_executable *executable, bool on, const double **seconds,
                           gan_error *err)
{
    (void)err;
    executable->profiling = on;
    if (seconds) {
        *seconds = executable->seconds;
    }
    return GAN_OK;
}

const char *gan_cpu_explain(const gan_executable *executable, int op)
{
    const char *how = executable->steps[op].how;
    return how ? how : "loops";
}
