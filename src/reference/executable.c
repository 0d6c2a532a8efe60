/* executable.c — a program bound to the reference: compile once, then run as a loop over steps. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "reference/calls.h"
#include "reference/convert.h"
#include "reference/device.h"
#include "reference/rounding.h"

struct gan_executable {
    gan_device *device;
    const gan_program *program;
    gan_reference_calls list;
    bool owns_arena; /* else the lender's */
    void *arena, *scratch, *weights;
    void *narrowed; /* an operand of a product as it is read, see gan_reference_narrow_operand() */
    void **stored;  /* per buffer: the address of a stored base; NULL otherwise */
    gan_reference_need need;
    uint64_t n_runs;
    bool profiling;
    double *seconds; /* per op, of the last run */
};

/* An arena's places are bytes of the buffers' types. Everything moves out by one factor, so that
 * what shared a place still does, and nothing else. */
static int64_t spread_of(const gan_program *program)
{
    int64_t spread = 1;
    for (int i = 0; i < program->n_buffers; i++) {
        const gan_buffer *b = &program->buffers[i];
        const int64_t factor = gan_reference_size(b->type) / (int64_t)gan_dtype_size(b->type);
        if (!gan_buffer_class_stored(b->cls) && factor > spread) {
            spread = factor;
        }
    }
    return spread;
}

static int64_t workspace_of(const gan_reference_need *need)
{
    return need->scratch + need->weights + need->narrowed;
}

static gan_status check_placed(const gan_program *program, gan_error *err)
{
    return program->arena_bytes >= 0
               ? GAN_OK
               : gan_fail(err, GAN_E_FAILED, "program \"%s\" has not been placed", program->name);
}

gan_status gan_reference_forecast(gan_device *device, const gan_program *program,
                                  gan_memory_report *out, gan_error *err)
{
    GAN_TRY(check_placed(program, err));
    gan_reference_calls list;
    gan_reference_need need = {0};
    gan_status status = gan_reference_calls_plan(device, program, &list, err);
    if (status == GAN_OK) {
        need = gan_reference_measure(device, program, list.calls);
    }
    gan_reference_calls_free(&list);
    GAN_TRY(status);
    *out = (gan_memory_report){.store_bytes = gan_reference_store_bytes(&device->store),
                               .arena_bytes = program->arena_bytes * spread_of(program),
                               .workspace_bytes = workspace_of(&need)};
    for (int i = 0; i < program->n_buffers; i++) {
        const gan_buffer *b = &program->buffers[i];
        if (b->base == i && gan_buffer_class_stored(b->cls) &&
            !gan_reference_store_find(&device->store, b->name)) {
            out->store_bytes += b->count * gan_reference_size(b->type);
        }
    }
    return GAN_OK;
}

static int64_t arena_of(const gan_program *program)
{
    return program->arena_bytes * spread_of(program);
}

static gan_status make_memory(gan_executable *e, const gan_executable *lender, gan_error *err)
{
    const gan_program *program = e->program;
    void *stored = NULL, *seconds = NULL;
    GAN_TRY(gan_calloc((size_t)program->n_buffers, sizeof *e->stored, &stored, err));
    e->stored = stored;
    GAN_TRY(gan_calloc((size_t)program->n_ops, sizeof *e->seconds, &seconds, err));
    e->seconds = seconds;
    GAN_TRY(gan_reference_calls_plan(e->device, program, &e->list, err));
    for (int i = 0; i < program->n_buffers; i++) {
        const gan_buffer *b = &program->buffers[i];
        if (b->base == i && gan_buffer_class_stored(b->cls)) {
            GAN_TRY(gan_reference_store_need(&e->device->store, b, &e->stored[i], err));
        }
    }
    e->owns_arena = !lender || arena_of(program) > arena_of(lender->program);
    e->arena = lender ? lender->arena : NULL;
    if (e->owns_arena) {
        GAN_TRY(gan_aligned_alloc((size_t)arena_of(program), &e->arena, err));
    }
    e->need = gan_reference_measure(e->device, program, e->list.calls);
    GAN_TRY(gan_aligned_alloc((size_t)e->need.weights, &e->weights, err));
    GAN_TRY(gan_aligned_alloc((size_t)e->need.narrowed, &e->narrowed, err));
    return gan_aligned_alloc((size_t)e->need.scratch, &e->scratch, err);
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
        start = (char *)e->arena + base->place * spread_of(e->program);
    }
    return start ? start + b->offset * gan_reference_size(b->type) : NULL;
}

static void bind(gan_executable *e)
{
    gan_reference_tensor *tensor = e->list.tensors;
    for (int i = 0; i < e->program->n_ops; i++) {
        const gan_op *op = &e->program->ops[i];
        gan_reference_call *call = &e->list.calls[i];
        for (int k = 0; k < op->n_in + op->n_out; k++) {
            (tensor++)->data = address_of(e, op->in[k]);
        }
        call->scratch = e->scratch;
        if (e->device->rounding == GAN_ROUNDING_RANDOM) {
            double *weight = e->weights;
            for (int k = 0; k < op->n_out; k++) {
                if (gan_reference_is_weighted(op->kind, k) && call->out[k].data) {
                    call->weight[k] = weight;
                    weight += call->out[k].count;
                }
            }
        }
    }
}

gan_status gan_reference_compile_beside(gan_device *device, const gan_program *program,
                                        const gan_executable *lender, gan_executable **out,
                                        gan_error *err)
{
    void *block = NULL;
    *out = NULL;
    GAN_TRY(check_placed(program, err));
    GAN_TRY(gan_calloc(1, sizeof **out, &block, err));
    gan_executable *e = block;
    e->device = device;
    e->program = program;
    gan_status status = make_memory(e, lender, err);
    if (status != GAN_OK) {
        gan_reference_destroy(e);
        return status;
    }
    bind(e);
    *out = e;
    return GAN_OK;
}

gan_status gan_reference_compile(gan_device *device, const gan_program *program,
                                 gan_executable **out, gan_error *err)
{
    return gan_reference_compile_beside(device, program, NULL, out, err);
}

void gan_reference_destroy(gan_executable *executable)
{
    gan_executable *e = executable;
    if (!e) {
        return;
    }
    gan_aligned_free(e->owns_arena ? e->arena : NULL);
    gan_aligned_free(e->scratch);
    gan_aligned_free(e->weights);
    gan_aligned_free(e->narrowed);
    free(e->stored);
    free(e->seconds);
    gan_reference_calls_free(&e->list);
    free(e);
}

/* True if the op updates state, and the flag among its inputs is raised: then it has left its state
 * as it was. Of others a word is a label, or an index. */
static bool is_frozen(const gan_program *program, const gan_op *op, const gan_reference_call *call)
{
    for (int k = 0; k < op->n_in && gan_op_describe(op->kind)->updates_outputs; k++) {
        if (op->in[k] >= 0 && program->buffers[op->in[k]].type == GAN_I32 &&
            call->in[k].words[0] != 0) {
            return true;
        }
    }
    return false;
}

/* A stream has room for eight outputs; those that come after are another seed's. */
static uint64_t seed_of(const gan_executable *e, int output)
{
    return e->device->rounding_seed + (uint64_t)(output / 8) * 0x9E3779B97F4A7C15u;
}

static void put_errors(const gan_executable *e, int i)
{
    const gan_op *op = &e->program->ops[i];
    const gan_reference_call *call = &e->list.calls[i];
    if (e->device->rounding == GAN_ROUNDING_NONE || gan_reference_row_of(op->kind)->exact ||
        is_frozen(e->program, op, call)) {
        return;
    }
    for (int k = 0; k < op->n_out; k++) {
        const gan_buffer *b = op->out[k] < 0 ? NULL : &e->program->buffers[op->out[k]];
        if (b && gan_reference_is_real(b->type)) {
            gan_reference_put_errors(&(gan_reference_errors){.mode = e->device->rounding,
                                                             .type = b->type,
                                                             .seed = seed_of(e, k),
                                                             .stream = (uint32_t)(i * 8 + k % 8),
                                                             .run = e->n_runs,
                                                             .threads = e->device->threads,
                                                             .weight = call->weight[k],
                                                             .x = call->out[k].v,
                                                             .n = call->out[k].count});
        }
    }
}

static void run_op(gan_executable *e, int i)
{
    const gan_op *op = &e->program->ops[i];
    gan_reference_call call = e->list.calls[i];
    gan_reference_tensor factors[2]; /* of a product, one of them as it is read */
    gan_dtype type;
    const int wide = gan_reference_narrow_operand(e->device, e->program, op, &type);
    if (wide >= 0) {
        double *narrowed = e->narrowed;
        for (int64_t k = 0; k < call.in[wide].count; k++) {
            narrowed[k] = gan_reference_round(type, call.in[wide].v[k]);
        }
        memcpy(factors, call.in, sizeof factors);
        factors[wide].v = narrowed;
        call.in = factors;
    }
    if (e->need.weights > 0) {
        memset(e->weights, 0, (size_t)e->need.weights);
    }
    gan_reference_row_of(op->kind)->run(&call);
    put_errors(e, i);
}

static void run_once(gan_executable *e)
{
    for (int i = 0; i < e->program->n_ops; i++) {
        const double start = e->profiling ? gan_clock_seconds() : 0.0;
        run_op(e, i);
        if (e->profiling) {
            e->seconds[i] = gan_clock_seconds() - start;
        }
    }
    e->n_runs++;
}

gan_status gan_reference_run(gan_executable *executable, int64_t n, gan_error *err)
{
    (void)err;
    for (int64_t i = 0; i < n; i++) {
        run_once(executable);
    }
    return GAN_OK;
}

/* The address of a buffer that holds at least n elements. */
static gan_status find(const gan_executable *e, int buffer, int64_t n, void **from, gan_error *err)
{
    const gan_program *program = e->program;
    *from = buffer >= 0 && buffer < program->n_buffers ? address_of(e, buffer) : NULL;
    if (!*from) {
        return gan_fail(err, GAN_E_FAILED, "buffer %d of program \"%s\" has no memory", buffer,
                        program->name);
    }
    if (n < 0 || n > program->buffers[buffer].count) {
        return gan_fail(err, GAN_E_FAILED, "%lld elements are not in \"%s\"", (long long)n,
                        program->buffers[buffer].name);
    }
    return GAN_OK;
}

gan_status gan_reference_peek(gan_executable *executable, int buffer, void *to, int64_t bytes,
                              gan_error *err)
{
    void *from = NULL;
    GAN_TRY(find(executable, buffer, 0, &from, err));
    const gan_dtype type = executable->program->buffers[buffer].type;
    const int64_t n = bytes / (int64_t)gan_dtype_size(type);
    GAN_TRY(find(executable, buffer, n, &from, err));
    if (gan_reference_is_real(type)) {
        gan_reference_narrow(type, from, n, to);
    } else {
        memcpy(to, from, (size_t)bytes);
    }
    return GAN_OK;
}

gan_status gan_reference_peek_doubles(gan_executable *executable, int buffer, double *to, int64_t n,
                                      gan_error *err)
{
    void *from = NULL;
    GAN_TRY(find(executable, buffer, n, &from, err));
    const gan_buffer *b = &executable->program->buffers[buffer];
    if (!gan_reference_is_real(b->type)) {
        return gan_fail(err, GAN_E_FAILED, "\"%s\" is of type %s, which has no doubles", b->name,
                        gan_dtype_name(b->type));
    }
    memcpy(to, from, (size_t)n * sizeof *to);
    return GAN_OK;
}

void gan_reference_memory(const gan_executable *executable, gan_memory_report *out)
{
    const gan_executable *e = executable;
    *out = (gan_memory_report){.store_bytes = gan_reference_store_bytes(&e->device->store),
                               .arena_bytes = e->owns_arena ? arena_of(e->program) : 0,
                               .workspace_bytes = workspace_of(&e->need)};
}

gan_status gan_reference_profile(gan_executable *executable, bool on, const double **seconds,
                                 gan_error *err)
{
    (void)err;
    executable->profiling = on;
    if (seconds) {
        *seconds = executable->seconds;
    }
    return GAN_OK;
}
