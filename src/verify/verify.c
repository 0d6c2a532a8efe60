/* verify.c — replaying a trace on a device and in double precision, step by step from the recorded
 * states, and comparing every tensor. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "verify/verify_replay.h"

enum {
    SEEDS = 5,      /* runs with errors that a step is given; the first rounds what is stored, which
                     * alike numbers have alike, and the others' errors are random */
    MORE_SEEDS = 32 /* where something differs by more than these explain: kinks are rare */
};

/* How many times what errors move a tensor by is allowed. The errors are those of sums with random
 * signs in one rounding each; what really computes has several roundings, sums of one sign, and
 * transforms, which spread a tile's errors. Beside each is the most that was seen in 90 networks
 * drawn at random, 45 in each framework, by one and two threads, DFT, Winograd and bf16. */
static const double of_device = 16;    /* 7.7, by Winograd's transform; 3.8 by others */
static const double of_16_bits = 24;   /* 12, in bf16 */
static const double of_framework = 52; /* 26, in fp32: Keras sums what is all but equal in turn */
static const double of_recorder = 3;   /* 2, in fp64: constants that are fp32 here */
static const double of_adam = 4;       /* 1: nothing is summed */

/* --- one step --- */

static const gan_verify_list *list_of(const gan_verify_replay *r, int64_t s)
{
    return &r->plain.parts[gan_trace_part(&r->trace, s)].list;
}

/* One case per tensor of that list. */
static gan_verify_case *cases_of(const gan_verify_replay *r, int64_t s)
{
    return r->cases[gan_trace_part(&r->trace, s)];
}

/* The tensor of a case where a player's own programs have it. */
static const gan_verify_tensor *tensor_of(const gan_verify_player *p, const gan_verify_case *c,
                                          size_t i)
{
    return &p->programs->parts[c->tensor->part].list.tensors[i];
}

static gan_status read_recorded(const gan_verify_replay *r, double *out, int64_t n,
                                const char *prefix, const char *name)
{
    float *values = NULL;
    GAN_TRY(gan_trace_floats(&r->trace, n, &values, r->err, "%s/%s", prefix, name));
    for (int64_t i = 0; i < n; i++) {
        out[i] = (double)values[i];
    }
    free(values);
    return GAN_OK;
}

/* What the trace says of step s, and of the state before it. */
static gan_status read_trace(gan_verify_replay *r, int64_t s)
{
    char now[64], before[64];
    snprintf(now, sizeof now, "step%lld", (long long)s);
    snprintf(before, sizeof before, "step%lld", (long long)(s - 1));
    for (size_t i = 0; i < list_of(r, s)->n; i++) {
        const gan_verify_case *c = &cases_of(r, s)[i];
        const gan_verify_tensor *t = c->tensor;
        GAN_TRY(read_recorded(r, c->want, t->n, now, t->name));
        if (t->is_state && s > 0) {
            GAN_TRY(read_recorded(r, c->before, t->n, before, t->name));
        } else if (t->initial) {
            GAN_TRY(read_recorded(r, c->before, t->n, "initial", t->initial));
        }
    }
    return GAN_OK;
}

/* i: the index of the case and of its tensor in a player's list. */
typedef gan_status visitor(gan_verify_replay *r, gan_verify_player *p, gan_verify_run run,
                           gan_verify_case *c, size_t i);

/* Does one run of step s; visit gets each tensor that the run tells of. */
static gan_status play(gan_verify_replay *r, gan_verify_player *p, gan_verify_run run, int64_t s,
                       visitor *visit)
{
    GAN_TRY(gan_verify_player_run(p, run, s, r->err));
    for (size_t i = 0; i < list_of(r, s)->n; i++) {
        gan_verify_case *c = &cases_of(r, s)[i];
        if (run == GAN_VERIFY_STEP || c->tensor->is_moved_by_adam) {
            GAN_TRY(visit(r, p, run, c, i));
        }
    }
    return GAN_OK;
}

static gan_status take_tested(gan_verify_replay *r, gan_verify_player *p, gan_verify_run run,
                              gan_verify_case *c, size_t i)
{
    const gan_verify_tensor *t = tensor_of(p, c, i);
    (void)run;
    GAN_TRY(gan_verify_player_read(p, t, c->got, r->err));
    for (int64_t k = 0; k < t->n && t->is_gradient; k++) {
        r->gradients[t->network][t->flat + k] = (float)c->got[k];
    }
    return GAN_OK;
}

/* Of what Adam moves, the runs of Adam alone come last and stay. */
static gan_status take_exact(gan_verify_replay *r, gan_verify_player *p, gan_verify_run run,
                             gan_verify_case *c, size_t i)
{
    double *to = run == GAN_VERIFY_OWN_ADAM ? c->aim : c->exact;
    return gan_verify_player_read(p, tensor_of(p, c, i), to, r->err);
}

static gan_status take_moved(gan_verify_replay *r, gan_verify_player *p, gan_verify_run run,
                             gan_verify_case *c, size_t i)
{
    const bool is_plain = p->programs == &r->plain;
    if (run == GAN_VERIFY_STEP && c->tensor->is_moved_by_adam) {
        return GAN_OK;
    }
    GAN_TRY(gan_verify_player_read(p, tensor_of(p, c, i), r->scratch, r->err));
    const double *from = run == GAN_VERIFY_OWN_ADAM ? c->aim : c->exact;
    const gan_verify_distance moved = gan_verify_distance_of(r->scratch, from, c->tensor->n);
    if (is_plain && run != GAN_VERIFY_OWN_ADAM) {
        gan_verify_allow(&c->by_trace, &moved);
    }
    if (run == GAN_VERIFY_OWN_ADAM ||
        (run == GAN_VERIFY_STEP && (r->is_rough ? !is_plain : is_plain))) {
        gan_verify_allow(&c->by_device, &moved);
    }
    return GAN_OK;
}

/* One seed's run with errors as fp32 makes them, or as the device does. */
static gan_status play_seed(gan_verify_replay *r, int64_t s, uint64_t seed, bool is_rough)
{
    gan_verify_player p = {0};
    gan_status status = GAN_OK;
    GAN_TRY(gan_verify_player_open_reference(
        &p, &r->trace, is_rough ? &r->rough : &r->plain,
        r->seeds == 0 ? GAN_ROUNDING_STORED : GAN_ROUNDING_RANDOM, seed, r->threads, r->err));
    p.gradients[0] = r->gradients[0];
    p.gradients[1] = r->gradients[1];
    p.kernel_error = is_rough ? r->kernel_error : 0;
    p.seed = seed;
    GAN_TRY_DONE(play(r, &p, GAN_VERIFY_STEP, s, take_moved));
    if (!is_rough) { /* Adam is fp32 everywhere */
        GAN_TRY_DONE(play(r, &p, GAN_VERIFY_ADAM, s, take_moved));
        GAN_TRY_DONE(play(r, &p, GAN_VERIFY_OWN_ADAM, s, take_moved));
    }
done:
    gan_verify_player_close(&p);
    return status;
}

/* Seeds until there are n of them. */
static gan_status play_seeds(gan_verify_replay *r, int64_t s, int n)
{
    for (; r->seeds < n; r->seeds++) {
        const uint64_t seed = (uint64_t)s * MORE_SEEDS + (uint64_t)r->seeds;
        GAN_TRY(play_seed(r, s, seed, false));
        if (r->is_rough) {
            GAN_TRY(play_seed(r, s, seed, true));
        }
    }
    return GAN_OK;
}

static bool passes(const gan_verify_case *c)
{
    return gan_verify_ratio(&c->device, &c->by_device) <= 1 &&
           gan_verify_ratio(&c->trace, &c->by_trace) <= 1;
}

/* Compares, before any seed is played. */
static void measure(gan_verify_replay *r, int64_t s)
{
    for (size_t i = 0; i < list_of(r, s)->n; i++) {
        gan_verify_case *c = &cases_of(r, s)[i];
        c->device = gan_verify_distance_of(c->got, c->aim, c->tensor->n);
        c->trace = gan_verify_distance_of(c->want, c->exact, c->tensor->n);
        const double factor = r->is_rough ? of_16_bits : of_device;
        const double recorded = r->trace.is_fp32 ? of_framework : of_recorder;
        const bool adam = c->tensor->is_moved_by_adam;
        c->by_device = (gan_verify_allowance){.factor = adam ? of_adam : factor};
        c->by_trace = (gan_verify_allowance){.factor = adam ? of_adam : recorded};
        gan_verify_set_floor(&c->by_device, c->tensor, c->aim, c->before, s);
        gan_verify_set_floor(&c->by_trace, c->tensor, c->exact, c->before, s);
    }
    r->seeds = 0;
}

/* True if something differs by more than the seeds so far explain, though it is finite. */
static bool wants_more_seeds(const gan_verify_replay *r, int64_t s)
{
    for (size_t i = 0; i < list_of(r, s)->n; i++) {
        const gan_verify_case *c = &cases_of(r, s)[i];
        if (!isnan(c->device.l2) && !isnan(c->trace.l2) && !passes(c)) {
            return true;
        }
    }
    return false;
}

/* --- rows --- */

static double size_of(const double *x, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        sum += x[i] * x[i];
    }
    return sqrt(sum);
}

static gan_status keep_row(gan_verify_replay *r, const gan_verify_case *c, int64_t s)
{
    gan_verify_row_state *row = &r->rows[c->tensor->row];
    const double by_device = gan_verify_ratio(&c->device, &c->by_device);
    const double by_trace = gan_verify_ratio(&c->trace, &c->by_trace);
    const double worst = by_trace > by_device || isnan(by_trace) ? by_trace : by_device;
    const double former =
        row->by_trace > row->by_device || isnan(row->by_trace) ? row->by_trace : row->by_device;
    if (row->is_seen && (worst <= former || isnan(former))) {
        return GAN_OK;
    }
    const double size = size_of(c->exact, c->tensor->n), unit = size > 0 ? size : 1;
    char *failure = NULL;
    if (!passes(c)) {
        GAN_TRY(gan_verify_say(c, s, r->words, r->seeds, &failure, r->err));
    }
    free(row->failure);
    *row = (gan_verify_row_state){.is_seen = true,
                                  .by_device = by_device,
                                  .by_trace = by_trace,
                                  .device_relative = c->device.l2 / unit,
                                  .trace_relative = c->trace.l2 / unit,
                                  .rounding_relative = c->by_device.moved_l2 / unit,
                                  .worst_step = s,
                                  .failure = failure};
    return GAN_OK;
}

static gan_status verify_step(gan_verify_replay *r, int64_t s)
{
    GAN_TRY(read_trace(r, s));
    GAN_TRY(play(r, &r->tested, GAN_VERIFY_STEP, s, take_tested));
    for (int run = GAN_VERIFY_STEP; run < GAN_VERIFY_RUNS; run++) {
        GAN_TRY(play(r, &r->exact, (gan_verify_run)run, s, take_exact));
    }
    measure(r, s);
    GAN_TRY(play_seeds(r, s, SEEDS));
    if (wants_more_seeds(r, s)) {
        GAN_TRY(play_seeds(r, s, MORE_SEEDS));
    }
    for (size_t i = 0; i < list_of(r, s)->n; i++) {
        GAN_TRY(keep_row(r, &cases_of(r, s)[i], s));
    }
    return GAN_OK;
}

/* All steps without looking back at the recorded states: shows how fast trajectories part. */
static gan_status run_freely(gan_verify_replay *r)
{
    GAN_TRY(gan_verify_player_begin_free(&r->tested, r->err));
    for (int64_t s = 0; s < r->trace.steps; s++) {
        GAN_TRY(gan_verify_player_run_free(&r->tested, s, r->err));
        const gan_step_part part = gan_trace_part(&r->trace, s);
        const gan_verify_tensor *losses = r->own.parts[part].list.tensors; /* they are first */
        for (int i = 0; i < gan_trace_losses(&r->trace, part); i++) {
            double got = 0, want = 0;
            char step[64];
            snprintf(step, sizeof step, "step%lld", (long long)s);
            GAN_TRY(gan_verify_player_read(&r->tested, &losses[i], &got, r->err));
            GAN_TRY(read_recorded(r, &want, 1, step, losses[i].name));
            const double error = fabs(got - want);
            r->free_losses[s][i] = (float)(want != 0 ? error / fabs(want) : error);
        }
    }
    return GAN_OK;
}

static gan_status replay_all(gan_verify_replay *r, const gan_verify_options *o)
{
    if (o->max_steps > 0 && o->max_steps < r->trace.steps) {
        r->trace.steps = o->max_steps;
    }
    GAN_TRY(gan_verify_prepare(r, o));
    for (int64_t s = 0; s < r->trace.steps; s++) {
        GAN_TRY(verify_step(r, s));
    }
    return run_freely(r);
}

gan_status gan_verify(const char *trace, const gan_verify_options *options,
                      void (*row)(void *ctx, const gan_verify_row *row), void *ctx,
                      gan_verify_summary *summary, gan_error *err)
{
    static const gan_verify_options defaults = {0};
    gan_verify_summary own = {0};
    gan_verify_replay r = {.err = err};
    gan_status status = GAN_OK;
    summary = summary ? summary : &own;
    *summary = own;
    GAN_TRY_DONE(gan_trace_open(trace, &r.trace, err));
    GAN_TRY_DONE(replay_all(&r, options ? options : &defaults));
    status = gan_verify_report(&r, row, ctx, summary);
done:
    gan_verify_release(&r);
    return status;
}
