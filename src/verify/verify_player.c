/* verify_player.c — a step of a trace on one device: state and inputs in, numbers out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/normal.h"
#include "program/rate_curve.h"
#include "session/peek.h"
#include "verify/verify.h"

/* --- making --- */

gan_status gan_verify_player_open(gan_verify_player *p, const gan_trace *trace,
                                  const gan_verify_programs *programs, const gan_backend *backend,
                                  gan_device *device, float loss_scale, gan_error *err)
{
    *p = (gan_verify_player){.trace = trace,
                             .programs = programs,
                             .backend = backend,
                             .device = device,
                             .loss_scale = loss_scale};
    gan_status status = GAN_OK;
    for (int i = 0; i < GAN_STEP_PARTS; i++) {
        const gan_verify_part *part = &programs->parts[i];
        if (part->step) {
            GAN_TRY_DONE(backend->compile(device, part->step, &p->step[i], err));
            GAN_TRY_DONE(backend->compile(device, part->adam, &p->adam[i], err));
        }
    }
done:
    if (status != GAN_OK) {
        gan_verify_player_close(p);
    }
    return status;
}

gan_status gan_verify_player_open_reference(gan_verify_player *p, const gan_trace *trace,
                                            const gan_verify_programs *programs,
                                            gan_rounding rounding, uint64_t seed, int threads,
                                            gan_error *err)
{
    const gan_device_options options = {
        .threads = threads, .rounding = rounding, .rounding_seed = seed};
    gan_device *device = NULL;
    *p = (gan_verify_player){0};
    GAN_TRY(gan_reference_backend.open(&options, &device, err));
    return gan_verify_player_open(p, trace, programs, &gan_reference_backend, device, 1, err);
}

void gan_verify_player_close(gan_verify_player *p)
{
    if (p->backend) {
        for (int i = 0; i < GAN_STEP_PARTS; i++) {
            p->backend->destroy(p->step[i]);
            p->backend->destroy(p->adam[i]);
        }
        p->backend->close(p->device);
    }
    *p = (gan_verify_player){0};
}

/* --- state --- */

static gan_status write_bytes(const gan_verify_player *p, const char *buffer, int64_t offset,
                              const void *bytes, int64_t n, gan_error *err)
{
    return p->backend->write(p->device, buffer, offset, bytes, n, err);
}

/* Errors as rounding a kernel's numbers makes them. */
static void move_kernel(const gan_verify_player *p, const gan_param *param, float *values)
{
    enum { PIECE = 1024 };
    float u[PIECE];
    for (int64_t first = 0; first < param->count; first += PIECE) {
        const int64_t left = param->count - first, n = left < PIECE ? left : PIECE;
        gan_normal_fill(p->seed, 0, 0, param->offset + first, n, u);
        for (int64_t i = 0; i < n; i++) {
            values[first + i] *= 1.0f + (float)p->kernel_error * u[i];
        }
    }
}

/* One recorded set of tensors of a network into a stored buffer; prefix "step3/after" and so on.
 * NULL: 0. is_values: the kernels among them get errors, where errors are asked for. */
static gan_status write_params(const gan_verify_player *p, const gan_param *params, int n,
                               const char *buffer, bool is_values, const char *prefix,
                               gan_error *err)
{
    for (int i = 0; i < n; i++) {
        float *values = NULL;
        void *zeros = NULL;
        if (prefix) {
            GAN_TRY(gan_trace_floats(p->trace, params[i].count, &values, err, "%s/%s", prefix,
                                     params[i].name));
        } else {
            GAN_TRY(gan_calloc((size_t)params[i].count, sizeof(float), &zeros, err));
            values = zeros;
        }
        if (p->kernel_error > 0 && params[i].role == GAN_PARAM_KERNEL && is_values) {
            move_kernel(p, &params[i], values);
        }
        gan_status status = write_bytes(p, buffer, params[i].offset * (int64_t)sizeof(float),
                                        values, params[i].count * (int64_t)sizeof(float), err);
        free(values);
        GAN_TRY(status);
    }
    return GAN_OK;
}

/* Rates, counters, scale, and a flag that an earlier step may have raised. */
static gan_status write_controls(const gan_verify_player *p, int64_t s, gan_error *err)
{
    double rates[GAN_RATE_COUNT];
    int64_t counters[GAN_COUNTER_COUNT] = {s};
    const float scales[GAN_NET_COUNT] = {p->loss_scale, p->loss_scale};
    const int32_t flag[2] = {0, 0};
    for (int i = 0; i < GAN_NET_COUNT; i++) {
        counters[gan_counter_of(i)] = gan_trace_updates(p->trace, i, s);
    }
    gan_build_rates(&p->trace->build, p->trace->lr_g, p->trace->lr_d, 0, rates);
    for (int i = 0; i < p->trace->build.n_rate_rows; i++) { /* for Adam alone */
        const gan_rate_row *row = &p->trace->build.rate_rows[i];
        rates[row->rate] = gan_rate_at_step(row, NULL, s, p->trace->build.batch);
    }
    GAN_TRY(write_bytes(p, GAN_STORED_RATES, 0, rates, sizeof rates, err));
    GAN_TRY(write_bytes(p, GAN_STORED_FLAG, 0, flag, sizeof flag, err));
    if (p->loss_scale != 1) {
        GAN_TRY(write_bytes(p, GAN_STORED_LOSS_SCALE, 0, scales, sizeof scales, err));
    }
    return write_bytes(p, GAN_STORED_COUNTERS, 0, counters, sizeof counters, err);
}

/* The recorded state before step s. */
static gan_status write_state(const gan_verify_player *p, int64_t s, gan_error *err)
{
    char values[64] = "initial", m[64], v[64];
    if (s > 0) {
        snprintf(values, sizeof values, "step%lld/after", (long long)(s - 1));
    }
    snprintf(m, sizeof m, "step%lld/after_m", (long long)(s - 1));
    snprintf(v, sizeof v, "step%lld/after_v", (long long)(s - 1));
    for (int i = 0; i < p->trace->net->n_stacks; i++) {
        const gan_stack *stack = &p->trace->net->stacks[i];
        const gan_flat_names *names = gan_flat_names_of(stack->network);
        const int n = stack->n_params;
        GAN_TRY(write_params(p, stack->params, n, names->param, true, values, err));
        GAN_TRY(write_params(p, stack->params, n, names->m, false, s > 0 ? m : NULL, err));
        GAN_TRY(write_params(p, stack->params, n, names->v, false, s > 0 ? v : NULL, err));
        GAN_TRY(write_params(p, stack->stats, stack->n_stats, names->stat, false, values, err));
    }
    return write_controls(p, s, err);
}

/* --- inputs --- */

static const gan_verify_part *part_of(const gan_verify_player *p, int64_t s)
{
    return &p->programs->parts[gan_trace_part(p->trace, s)];
}

/* A recorded tensor into a buffer of the step's program that is fed, or a window of one. */
static gan_status feed_floats(const gan_verify_player *p, int id, int64_t s, const char *what,
                              gan_error *err)
{
    const gan_program *program = part_of(p, s)->step;
    const gan_buffer *b = &program->buffers[id];
    float *values = NULL;
    GAN_TRY(gan_trace_floats(p->trace, b->count, &values, err, "step%lld/%s", (long long)s, what));
    gan_status status =
        write_bytes(p, program->buffers[b->base].name, b->offset * (int64_t)gan_dtype_size(b->type),
                    values, b->count * (int64_t)sizeof(float), err);
    free(values);
    return status;
}

/* A part of a mask buffer: the recorded mask of one pass. */
static gan_status feed_mask(const gan_verify_player *p, const gan_buffer *mask, int64_t s, int k,
                            const char *pass, int64_t first, int64_t n, gan_error *err)
{
    unsigned char *bytes = NULL;
    GAN_TRY(
        gan_trace_bytes(p->trace, n, &bytes, err, "step%lld/mask.%d.%s", (long long)s, k, pass));
    gan_status status = write_bytes(p, mask->name, first, bytes, n, err);
    free(bytes);
    return status;
}

static gan_status feed_masks(const gan_verify_player *p, int64_t s, gan_error *err)
{
    const gan_program *program = part_of(p, s)->step;
    for (int i = 0; i < program->n_masks; i++) {
        const gan_fed_mask *mask = &program->masks[i];
        const gan_buffer *b = &program->buffers[mask->buffer];
        const int n_passes = mask->passes[1] ? 2 : 1;
        const int64_t n = b->count / n_passes;
        for (int k = 0; k < n_passes; k++) {
            GAN_TRY(feed_mask(p, b, s, mask->number, mask->passes[k], k * n, n, err));
        }
    }
    return GAN_OK;
}

static gan_status feed_labels(const gan_verify_player *p, int64_t s, gan_error *err)
{
    const gan_verify_part *part = part_of(p, s);
    const gan_buffer *b = &part->step->buffers[part->ids.labels];
    int32_t *labels = NULL;
    char name[64];
    snprintf(name, sizeof name, "step%lld/labels", (long long)s);
    GAN_TRY(gan_trace_labels(p->trace, b->count, &labels, err, name));
    const gan_status status =
        write_bytes(p, b->name, 0, labels, b->count * (int64_t)sizeof *labels, err);
    free(labels);
    return status;
}

static gan_status feed_step(const gan_verify_player *p, int64_t s, gan_error *err)
{
    const gan_train_ids *ids = &part_of(p, s)->ids;
    const bool is_gan = p->trace->net->kind == GAN_NET_KIND_GAN;
    GAN_TRY(feed_floats(p, ids->real, s, is_gan ? "real" : "images", err));
    GAN_TRY(is_gan ? feed_floats(p, ids->noise, s, "noise", err) : feed_labels(p, s, err));
    return feed_masks(p, s, err);
}

static gan_status feed_gradients(const gan_verify_player *p, int64_t s, gan_error *err)
{
    char prefix[64];
    snprintf(prefix, sizeof prefix, "step%lld/grad", (long long)s);
    for (int i = 0; i < p->trace->net->n_stacks; i++) {
        const gan_stack *stack = &p->trace->net->stacks[i];
        if (gan_trace_trains(gan_trace_part(p->trace, s), i)) {
            GAN_TRY(write_params(p, stack->params, stack->n_params, gan_verify_fed_gradient(stack),
                                 false, prefix, err));
        }
    }
    return GAN_OK;
}

static gan_status feed_own_gradients(const gan_verify_player *p, int64_t s, gan_error *err)
{
    for (int i = 0; i < p->trace->net->n_stacks; i++) {
        const gan_stack *stack = &p->trace->net->stacks[i];
        if (stack->param_floats > 0 && gan_trace_trains(gan_trace_part(p->trace, s), i)) {
            GAN_TRY(write_bytes(p, gan_verify_fed_gradient(stack), 0, p->gradients[i],
                                stack->param_floats * (int64_t)sizeof(float), err));
        }
    }
    return GAN_OK;
}

/* --- running --- */

gan_status gan_verify_player_run(gan_verify_player *p, gan_verify_run run, int64_t s,
                                 gan_error *err)
{
    const gan_step_part part = gan_trace_part(p->trace, s);
    GAN_TRY(write_state(p, s, err));
    if (run == GAN_VERIFY_STEP) {
        GAN_TRY(feed_step(p, s, err));
        return p->backend->run(p->step[part], 1, err);
    }
    GAN_TRY(run == GAN_VERIFY_ADAM ? feed_gradients(p, s, err) : feed_own_gradients(p, s, err));
    return p->backend->run(p->adam[part], 1, err);
}

gan_status gan_verify_player_begin_free(gan_verify_player *p, gan_error *err)
{
    return write_state(p, 0, err);
}

gan_status gan_verify_player_run_free(gan_verify_player *p, int64_t s, gan_error *err)
{
    GAN_TRY(feed_step(p, s, err));
    return p->backend->run(p->step[gan_trace_part(p->trace, s)], 1, err);
}

/* --- reading --- */

static gan_status read_stored(const gan_verify_player *p, const gan_verify_tensor *t, double *out,
                              gan_error *err)
{
    void *memory = NULL;
    if (p->backend->read_doubles) {
        return p->backend->read_doubles(p->device, t->store, t->first, out, t->n, err);
    }
    GAN_TRY(gan_calloc((size_t)t->n, sizeof(float), &memory, err));
    float *values = memory;
    gan_status status = p->backend->read(p->device, t->store, t->first * (int64_t)sizeof(float),
                                         values, t->n * (int64_t)sizeof(float), err);
    for (int64_t i = 0; i < t->n && status == GAN_OK; i++) {
        out[i] = (double)values[i];
    }
    free(values);
    return status;
}

/* A part of a buffer of the last run: backends copy buffers from their start on. */
static gan_status peek_part(const gan_verify_player *p, const gan_verify_tensor *t, double *out,
                            gan_error *err)
{
    const gan_program *step = p->programs->parts[t->part].step;
    const int64_t count = step->buffers[t->buffer].count;
    void *memory = NULL;
    float *floats = NULL;
    if (!p->backend->peek_doubles) {
        GAN_TRY(gan_peek_floats(p->backend, p->step[t->part], step, t->buffer, &floats, err));
        for (int64_t i = 0; i < t->n; i++) {
            out[i] = (double)floats[t->first + i];
        }
        free(floats);
        return GAN_OK;
    }
    GAN_TRY(gan_calloc((size_t)count, sizeof(double), &memory, err));
    const double *doubles = memory;
    gan_status status = p->backend->peek_doubles(p->step[t->part], t->buffer, memory, count, err);
    if (status == GAN_OK) {
        memcpy(out, doubles + t->first, (size_t)t->n * sizeof *out);
    }
    free(memory);
    return status;
}

gan_status gan_verify_player_read(gan_verify_player *p, const gan_verify_tensor *t, double *out,
                                  gan_error *err)
{
    if (t->store) {
        return read_stored(p, t, out, err);
    }
    GAN_TRY(peek_part(p, t, out, err));
    for (int64_t i = 0; i < t->n && t->is_gradient && p->loss_scale != 1; i++) {
        out[i] /= (double)p->loss_scale;
    }
    return GAN_OK;
}
