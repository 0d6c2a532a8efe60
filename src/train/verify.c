/* verify.c — replaying a trace on a device, step by step from the recorded states. */
#include "train/verify.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "program/place.h"
#include "program/precision.h"
#include "train/peek.h"
#include "train/registry.h"
#include "train/session.h"

/* Of fp16 gradients: what is small stays a number, and nothing recorded so far overflows. */
static const float loss_scale = 1024;

typedef struct replay {
    gan_trace trace;
    const gan_backend *backend;
    gan_device *device;
    gan_program *step, *adam; /* the whole step; Adam alone on fed gradients */
    gan_executable *step_run, *adam_run;
    gan_train_ids ids;
    gan_verify_grade grade;
    bool is_scaled;        /* fp16: gradients are multiplied by loss_scale */
    bool kinks_g, kinks_d; /* in this step: gradients of that network cannot be told exactly */
    gan_verify_table table;
    gan_error *err;
} replay;

/* --- programs --- */

/* Adam alone: the gradients are INPUT buffers "fed/g.grad" and "fed/d.grad". */
static gan_status build_adam(replay *r)
{
    const gan_stack *stacks[] = {&r->trace.net->generator, &r->trace.net->discriminator};
    static const char *const names[][4] = {{"fed/g.grad", "g.param", "g.m", "g.v"},
                                           {"fed/d.grad", "d.param", "d.m", "d.v"}};
    static const gan_buffer_class classes[] = {GAN_INPUT, GAN_PARAM, GAN_MOMENT, GAN_MOMENT};
    const int64_t rates[] = {1, 1, 1, GAN_RATE_COUNT}, counters[] = {1, 1, 1, GAN_COUNTER_COUNT};
    const int64_t flag[] = {1, 1, 1, 2};
    int in[5] = {-1, -1, -1, -1, -1}, out[6] = {-1, -1, -1, -1, -1, -1};
    gan_attr attr = {.adam = {.n_segments = 2}};
    GAN_TRY(gan_program_create("adam", &r->adam, r->err));
    GAN_TRY(gan_program_buffer(r->adam, "rates", GAN_CONTROL, GAN_F32, rates, &in[2], r->err));
    GAN_TRY(
        gan_program_buffer(r->adam, "counters", GAN_CONTROL, GAN_I64, counters, &in[3], r->err));
    GAN_TRY(gan_program_buffer(r->adam, "flag", GAN_CONTROL, GAN_I32, flag, &in[4], r->err));
    for (int i = 0; i < 2; i++) {
        const int64_t dims[4] = {1, 1, 1, stacks[i]->param_floats};
        for (int k = 0; k < 4; k++) {
            int *id = k == 0 ? &in[i] : &out[3 * i + k - 1];
            GAN_TRY(
                gan_program_buffer(r->adam, names[i][k], classes[k], GAN_F32, dims, id, r->err));
        }
        attr.adam.segments[i] =
            (gan_adam_segment){.adam = i == 0 ? r->trace.build.adam_g : r->trace.build.adam_d,
                               .count = stacks[i]->param_floats,
                               .rate = i == 0 ? GAN_RATE_G : GAN_RATE_D,
                               .counter = i == 0 ? GAN_COUNTER_T_G : GAN_COUNTER_T_D};
    }
    GAN_TRY(gan_program_op(r->adam, GAN_OP_adam, "Adam alone", in, out, &attr, r->err));
    return gan_program_place(r->adam, true, r->err);
}

static gan_status prepare(replay *r, const gan_verify_options *o)
{
    const char *word = o->precision ? o->precision : "strict", *norm = o->batch_norm;
    gan_precision precision;
    if (norm && strcmp(norm, "cudnn") != 0 && strcmp(norm, "fused") != 0) {
        return gan_fail(r->err, GAN_E_USAGE, "batchnorm: '%s' is not one of cudnn, fused", norm);
    }
    GAN_TRY(gan_precision_find(word, &precision, r->err));
    const gan_device_options device = {.threads = o->threads,
                                       .conv = o->conv,
                                       .products = precision.products,
                                       .batch_norm = o->batch_norm,
                                       .note = o->note,
                                       .note_ctx = o->note_ctx};
    GAN_TRY(gan_registry_open(o->device ? o->device : "auto", &device, &r->backend, &r->device,
                              r->err));
    GAN_TRY(gan_session_check_precision(r->backend, r->device, word, r->err));
    r->grade = gan_verify_grade_of(&precision, r->backend);
    r->is_scaled = precision.type == GAN_F16;
    GAN_TRY(gan_precision_build(&precision, r->trace.net, r->trace.build, false, &r->step, &r->ids,
                                r->err));
    GAN_TRY(build_adam(r));
    GAN_TRY(r->backend->compile(r->device, r->step, &r->step_run, r->err));
    return r->backend->compile(r->device, r->adam, &r->adam_run, r->err);
}

/* --- state and inputs --- */

static gan_status write_bytes(replay *r, const char *buffer, int64_t offset, const void *bytes,
                              int64_t n)
{
    return r->backend->write(r->device, buffer, offset, bytes, n, r->err);
}

/* One recorded set of tensors of a stack into a stored buffer; prefix "step3/after" and so on.
 * NULL: 0. */
static gan_status write_params(replay *r, const gan_param *params, int n, const char *buffer,
                               const char *prefix)
{
    for (int i = 0; i < n; i++) {
        float *values = NULL;
        void *zeros = NULL;
        if (prefix) {
            GAN_TRY(gan_trace_floats(&r->trace, params[i].count, &values, r->err, "%s/%s", prefix,
                                     params[i].name));
        } else {
            GAN_TRY(gan_calloc((size_t)params[i].count, sizeof(float), &zeros, r->err));
            values = zeros;
        }
        gan_status status = write_bytes(r, buffer, params[i].offset * (int64_t)sizeof(float),
                                        values, params[i].count * (int64_t)sizeof(float));
        free(values);
        GAN_TRY(status);
    }
    return GAN_OK;
}

/* The recorded state before step s. */
static gan_status write_state(replay *r, int64_t s)
{
    char values[64] = "initial", m[64], v[64];
    if (s > 0) {
        snprintf(values, sizeof values, "step%lld/after", (long long)(s - 1));
    }
    snprintf(m, sizeof m, "step%lld/after_m", (long long)(s - 1));
    snprintf(v, sizeof v, "step%lld/after_v", (long long)(s - 1));
    for (int i = 0; i < 2; i++) {
        const gan_stack *stack = i == 0 ? &r->trace.net->generator : &r->trace.net->discriminator;
        const char *const names[] = {i == 0 ? "g.param" : "d.param", i == 0 ? "g.m" : "d.m",
                                     i == 0 ? "g.v" : "d.v", i == 0 ? "g.stat" : "d.stat"};
        GAN_TRY(write_params(r, stack->params, stack->n_params, names[0], values));
        GAN_TRY(write_params(r, stack->params, stack->n_params, names[1], s > 0 ? m : NULL));
        GAN_TRY(write_params(r, stack->params, stack->n_params, names[2], s > 0 ? v : NULL));
        GAN_TRY(write_params(r, stack->stats, stack->n_stats, names[3], values));
    }
    const float rates[GAN_RATE_COUNT] = {
        [GAN_RATE_G] = (float)r->trace.lr_g, [GAN_RATE_D] = (float)r->trace.lr_d};
    const int64_t counters[GAN_COUNTER_COUNT] = {s, s, s};
    const float scales[GAN_NET_COUNT] = {loss_scale, loss_scale};
    GAN_TRY(write_bytes(r, "rates", 0, rates, sizeof rates));
    if (r->is_scaled) {
        GAN_TRY(write_bytes(r, "loss_scale", 0, scales, sizeof scales));
    }
    return write_bytes(r, "counters", 0, counters, sizeof counters);
}

/* Writes n bytes to a buffer of the step's program that is fed, or a window of one. */
static gan_status feed(replay *r, int id, const void *bytes, int64_t n)
{
    const gan_buffer *b = &r->step->buffers[id];
    return write_bytes(r, r->step->buffers[b->base].name,
                       b->offset * (int64_t)gan_dtype_size(b->type), bytes, n);
}

static gan_status feed_floats(replay *r, int id, int64_t s, const char *what)
{
    float *values = NULL;
    int64_t n = r->step->buffers[id].count;
    GAN_TRY(gan_trace_floats(&r->trace, n, &values, r->err, "step%lld/%s", (long long)s, what));
    gan_status status = feed(r, id, values, n * (int64_t)sizeof(float));
    free(values);
    return status;
}

/* A part of a mask buffer: the recorded mask of one pass. */
static gan_status feed_mask(replay *r, const gan_buffer *mask, int64_t s, int k, const char *pass,
                            int64_t first, int64_t n)
{
    unsigned char *bytes = NULL;
    GAN_TRY(gan_trace_bytes(&r->trace, n, &bytes, r->err, "step%lld/mask.%d.%s", (long long)s, k,
                            pass));
    gan_status status = write_bytes(r, mask->name, first, bytes, n);
    free(bytes);
    return status;
}

/* "mask.<side>.<k>[.<pass>]": D's without a pass holds the real images' mask, then the fake ones'.
 */
static gan_status feed_masks(replay *r, int64_t s)
{
    for (int i = 0; i < r->step->n_buffers; i++) {
        const gan_buffer *b = &r->step->buffers[i];
        char side, pass[16] = "";
        int k;
        if (b->cls != GAN_INPUT || b->base != i ||
            sscanf(b->name, "mask.%c.%d.%15s", &side, &k, pass) < 2) {
            continue;
        }
        if (side == 'd' && !pass[0]) {
            GAN_TRY(feed_mask(r, b, s, k, "real", 0, b->count / 2));
            GAN_TRY(feed_mask(r, b, s, k, "fake", b->count / 2, b->count / 2));
        } else {
            GAN_TRY(feed_mask(r, b, s, k, side == 'g' ? "generator" : pass, 0, b->count));
        }
    }
    return GAN_OK;
}

static gan_status feed_step(replay *r, int64_t s)
{
    GAN_TRY(feed_floats(r, r->ids.real, s, "real"));
    GAN_TRY(feed_floats(r, r->ids.noise, s, "noise"));
    return feed_masks(r, s);
}

/* --- comparing --- */

static gan_status compare(replay *r, const char *tensor, gan_verify_kind kind, const float *got,
                          const float *want, const float *before, double scale, int64_t n,
                          int64_t s)
{
    return gan_verify_record(&r->table, tensor, kind,
                             gan_verify_error(kind, got, want, before, scale, n), s, r->err);
}

static gan_status peek(replay *r, int id, float **out)
{
    return gan_peek_floats(r->backend, r->step_run, r->step, id, out, r->err);
}

static gan_status compare_activation(replay *r, int id, const char *name, gan_verify_kind kind,
                                     int64_t s)
{
    float *got = NULL, *want = NULL;
    int64_t n = r->step->buffers[id].count;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(peek(r, id, &got));
    GAN_TRY_DONE(gan_trace_floats(&r->trace, n, &want, r->err, "step%lld/%s", (long long)s, name));
    GAN_TRY_DONE(compare(r, name, kind, got, want, NULL, 0, n, s));
done:
    free(got);
    free(want);
    return status;
}

static gan_status compare_losses(replay *r, int64_t s, bool free_run)
{
    static const char *const names[] = {"loss_d", "loss_g"};
    static const int metric[] = {GAN_METRIC_LOSS_D, GAN_METRIC_LOSS_G};
    float *got = NULL;
    GAN_TRY(peek(r, r->ids.metrics, &got));
    gan_status status = GAN_OK;
    for (int i = 0; i < 2 && status == GAN_OK; i++) {
        float *want = NULL;
        char name[64];
        if (free_run) {
            snprintf(name, sizeof name, "free run, step %lld: %s", (long long)s, names[i]);
        } else {
            snprintf(name, sizeof name, "%s", names[i]);
        }
        status =
            gan_trace_floats(&r->trace, 1, &want, r->err, "step%lld/%s", (long long)s, names[i]);
        if (status == GAN_OK) {
            status = compare(r, name, free_run ? GAN_VERIFY_FREE_LOSS : GAN_VERIFY_LOSS,
                             &got[metric[i]], want, NULL, 0, 1, s);
        }
        free(want);
    }
    free(got);
    return status;
}

/* True if batch norm follows and takes away what this parameter adds. */
static bool is_cancelled(const gan_stack *stack, const gan_param *p)
{
    return p->role == GAN_PARAM_BIAS && p->layer + 1 < stack->n_layers &&
           stack->layers[p->layer + 1].kind == GAN_LAYER_batch_norm;
}

static gan_verify_kind kind_for(const replay *r, const gan_stack *stack, gan_verify_kind kind)
{
    bool kinks = stack->side == 'g' ? r->kinks_g || r->kinks_d : r->kinks_d;
    return kinks ? gan_verify_with_kinks(kind) : kind;
}

static gan_status compare_gradients(replay *r, const gan_stack *stack, int64_t s)
{
    float *flat = NULL;
    int id = gan_program_find(r->step, stack->side == 'g' ? "g.grad" : "d.grad");
    double size = 0;
    GAN_TRY(peek(r, id, &flat));
    for (int64_t i = 0; i < stack->param_floats; i++) {
        flat[i] /= r->is_scaled ? loss_scale : 1;
        size += (double)flat[i] * (double)flat[i];
    }
    gan_status status = GAN_OK;
    for (int i = 0; i < stack->n_params && status == GAN_OK; i++) {
        const gan_param *p = &stack->params[i];
        float *want = NULL;
        char name[512];
        snprintf(name, sizeof name, "grad/%s", p->name);
        status =
            gan_trace_floats(&r->trace, p->count, &want, r->err, "step%lld/%s", (long long)s, name);
        if (status == GAN_OK) {
            status = compare(r, name,
                             is_cancelled(stack, p) ? GAN_VERIFY_ZERO_GRADIENT
                                                    : kind_for(r, stack, GAN_VERIFY_GRADIENT),
                             flat + p->offset, want, NULL, sqrt(size), p->count, s);
        }
        free(want);
    }
    free(flat);
    return status;
}

/* A stored buffer's tensors against recorded ones; before is compared with for parameters. */
static gan_status compare_stored(replay *r, const gan_stack *stack, const gan_param *params, int n,
                                 const char *buffer, const char *what, gan_verify_kind kind,
                                 int64_t s)
{
    for (int i = 0; i < n; i++) {
        const gan_param *p = &params[i];
        float *want = NULL, *before = NULL;
        void *got = NULL;
        char name[512];
        gan_status status = GAN_OK;
        if (is_cancelled(stack, p)) {
            continue; /* Adam's answer to rounding noise means nothing */
        }
        snprintf(name, sizeof name, "%s/%s", what, p->name);
        GAN_TRY_DONE(gan_calloc((size_t)p->count, sizeof(float), &got, r->err));
        GAN_TRY_DONE(r->backend->read(r->device, buffer, p->offset * (int64_t)sizeof(float), got,
                                      p->count * (int64_t)sizeof(float), r->err));
        GAN_TRY_DONE(gan_trace_floats(&r->trace, p->count, &want, r->err, "step%lld/%s",
                                      (long long)s, name));
        GAN_TRY_DONE(
            s == 0 ? gan_trace_floats(&r->trace, p->count, &before, r->err, "initial/%s", p->name)
                   : gan_trace_floats(&r->trace, p->count, &before, r->err, "step%lld/after/%s",
                                      (long long)(s - 1), p->name));
        if (kind == GAN_VERIFY_ADAM_ALONE) {
            snprintf(name, sizeof name, "adam alone/%s", p->name);
        }
        GAN_TRY_DONE(compare(r, name, kind, got, want, before, 0, p->count, s));
    done:
        free(got);
        free(want);
        free(before);
        GAN_TRY(status);
    }
    return GAN_OK;
}

static gan_status compare_state(replay *r, const gan_stack *stack, int64_t s)
{
    bool g = stack->side == 'g';
    GAN_TRY(compare_stored(r, stack, stack->params, stack->n_params, g ? "g.param" : "d.param",
                           "after", kind_for(r, stack, GAN_VERIFY_PARAMETER), s));
    GAN_TRY(compare_stored(r, stack, stack->params, stack->n_params, g ? "g.m" : "d.m", "after_m",
                           kind_for(r, stack, GAN_VERIFY_MOMENT), s));
    GAN_TRY(compare_stored(r, stack, stack->params, stack->n_params, g ? "g.v" : "d.v", "after_v",
                           kind_for(r, stack, GAN_VERIFY_MOMENT), s));
    return compare_stored(r, stack, stack->stats, stack->n_stats, g ? "g.stat" : "d.stat", "after",
                          GAN_VERIFY_STATISTIC, s);
}

static gan_status find_kinks(replay *r)
{
    int64_t g = 0, d = 0;
    GAN_TRY(gan_verify_count_kinks(r->backend, r->step_run, r->step, 'g', &g, r->err));
    GAN_TRY(gan_verify_count_kinks(r->backend, r->step_run, r->step, 'd', &d, r->err));
    r->kinks_g = g > 0 || r->grade != GAN_VERIFY_EXACT;
    r->kinks_d = d > 0 || r->grade != GAN_VERIFY_EXACT;
    return GAN_OK;
}

static gan_status verify_step(replay *r, int64_t s)
{
    const gan_stack *stacks[] = {&r->trace.net->generator, &r->trace.net->discriminator};
    GAN_TRY(write_state(r, s));
    GAN_TRY(feed_step(r, s));
    GAN_TRY(r->backend->run(r->step_run, 1, r->err));
    GAN_TRY(find_kinks(r));
    GAN_TRY(compare_losses(r, s, false));
    GAN_TRY(compare_activation(r, r->ids.fakes, "fakes", GAN_VERIFY_FAKES, s));
    GAN_TRY(compare_activation(r, r->ids.logits_real, "logits_real", GAN_VERIFY_LOGITS, s));
    GAN_TRY(compare_activation(r, r->ids.logits_fake, "logits_fake", GAN_VERIFY_LOGITS, s));
    if (r->trace.build.schedule == GAN_ALTERNATING) {
        GAN_TRY(compare_activation(r, r->ids.logits_g, "logits_fake2", GAN_VERIFY_LOGITS, s));
    }
    for (int i = 0; i < 2; i++) {
        GAN_TRY(compare_gradients(r, stacks[i], s));
        GAN_TRY(compare_state(r, stacks[i], s));
    }
    return GAN_OK;
}

/* Adam alone: recorded gradients and state in, recorded parameters out. */
static gan_status verify_adam(replay *r, int64_t s)
{
    char prefix[64];
    snprintf(prefix, sizeof prefix, "step%lld/grad", (long long)s);
    GAN_TRY(write_state(r, s));
    for (int i = 0; i < 2; i++) {
        const gan_stack *stack = i == 0 ? &r->trace.net->generator : &r->trace.net->discriminator;
        GAN_TRY(write_params(r, stack->params, stack->n_params,
                             i == 0 ? "fed/g.grad" : "fed/d.grad", prefix));
    }
    GAN_TRY(r->backend->run(r->adam_run, 1, r->err));
    for (int i = 0; i < 2; i++) {
        const gan_stack *stack = i == 0 ? &r->trace.net->generator : &r->trace.net->discriminator;
        GAN_TRY(compare_stored(r, stack, stack->params, stack->n_params,
                               i == 0 ? "g.param" : "d.param", "after", GAN_VERIFY_ADAM_ALONE, s));
    }
    return GAN_OK;
}

/* All steps without looking back at the recorded states: shows how fast trajectories part. */
static gan_status run_freely(replay *r)
{
    GAN_TRY(write_state(r, 0));
    for (int64_t s = 0; s < r->trace.steps; s++) {
        GAN_TRY(feed_step(r, s));
        GAN_TRY(r->backend->run(r->step_run, 1, r->err));
        GAN_TRY(compare_losses(r, s, true));
    }
    return GAN_OK;
}

static gan_status report(const replay *r, void (*row)(void *ctx, const gan_verify_row *row),
                         void *ctx, gan_verify_summary *summary, gan_error *err)
{
    for (size_t i = 0; i < r->table.n; i++) {
        const struct gan_verify_entry *e = &r->table.entries[i];
        double tolerance = gan_verify_tolerance(e->kind, r->grade);
        const gan_verify_row line = {.tensor = e->tensor,
                                     .error = e->error,
                                     .tolerance = tolerance,
                                     .measure = gan_verify_measure(e->kind),
                                     .reason = gan_verify_reason(e->kind),
                                     .worst_step = e->worst_step,
                                     .passed = e->error <= tolerance,
                                     .shown_only = e->kind == GAN_VERIFY_FREE_LOSS};
        summary->rows++;
        summary->failed += !line.passed;
        if (row) {
            row(ctx, &line);
        }
    }
    return summary->failed == 0 ? GAN_OK
                                : gan_fail(err, GAN_E_MISMATCH, "%lld of %lld tensors differ",
                                           (long long)summary->failed, (long long)summary->rows);
}

static gan_status replay_all(replay *r, const gan_verify_options *o)
{
    if (o->max_steps > 0 && o->max_steps < r->trace.steps) {
        r->trace.steps = o->max_steps;
    }
    GAN_TRY(prepare(r, o));
    for (int64_t s = 0; s < r->trace.steps; s++) {
        GAN_TRY(verify_step(r, s));
        GAN_TRY(verify_adam(r, s));
    }
    return run_freely(r);
}

gan_status gan_verify(const char *trace, const gan_verify_options *options,
                      void (*row)(void *ctx, const gan_verify_row *row), void *ctx,
                      gan_verify_summary *summary, gan_error *err)
{
    static const gan_verify_options defaults = {0};
    gan_verify_summary own = {0};
    replay r = {.err = err};
    gan_status status = GAN_OK;
    summary = summary ? summary : &own;
    *summary = own;
    GAN_TRY_DONE(gan_trace_open(trace, &r.trace, err));
    GAN_TRY_DONE(replay_all(&r, options ? options : &defaults));
    summary->steps = r.trace.steps;
    snprintf(summary->framework, sizeof summary->framework, "%s", r.trace.framework);
    snprintf(summary->net, sizeof summary->net, "%s", gan_net_name(r.trace.net));
    status = report(&r, row, ctx, summary, err);
done:
    if (r.backend && r.device) {
        r.backend->destroy(r.step_run);
        r.backend->destroy(r.adam_run);
        r.backend->close(r.device);
    }
    gan_program_destroy(r.step);
    gan_program_destroy(r.adam);
    gan_verify_table_free(&r.table);
    gan_trace_close(&r.trace);
    return status;
}
